//! Which deliveries are believed.

use jiff::{SignedDuration, Timestamp};
use memory::Lines;
use runtime::metrics::Meter;
use runtime::telemetry::subscriber;
use tracing::subscriber::set_global_default;

use crate::desk::{ABSENT, Delivery, Desk, OTHERS, SECRET, an_hour, gateway, problem, signature};

/// The example of the Standard Webhooks specification, which has no event of ours in it: it is
/// believed, and then not understood.
#[tokio::test]
async fn g38_the_published_example_is_believed() {
    let desk = Desk::new().await;
    desk.deps.clock.set(Timestamp::from_second(1_614_265_330).unwrap());
    let mut published = desk.delivery("msg_p5jXN8AQM9LWM0D4loKWxJek", r#"{"test": 2432232314}"#);
    assert_eq!(published.timestamp, "1614265330");
    published.signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".into();
    assert_eq!(problem(&desk.send(&published).await), (400, "malformed".into()));
    published.body.push(b' ');
    assert_eq!(problem(&desk.send(&published).await), (401, "unverified".into()));
}

/// G38: every delivery that is wrong in one place: 401, and nothing at all is stored.
#[tokio::test]
async fn g38_a_delivery_that_is_wrong_in_one_place_leaves_no_trace() {
    let desk = Desk::new().await;
    let before = desk.kept().await;
    let good = desk.delivery("msg_1", an_hour("e-1", 1).to_string());
    let (_, encoded) = good.signature.split_once(',').unwrap();
    let unsigned = |signature: String| Delivery { signature, ..good.clone() };
    let wrong = [
        unsigned(ABSENT.into()),
        unsigned(String::new()),
        unsigned("v1,".into()),
        unsigned("v1".into()),
        unsigned(encoded.into()),
        unsigned(format!("v2,{encoded}")),
        unsigned(format!("v1a,{encoded}")),
        unsigned(format!("V1,{encoded}")),
        unsigned(format!("v1,{}", encoded.trim_end_matches('='))),
        // Two headers as the gateway joins them.
        unsigned(format!("{0},{0}", good.signature)),
        unsigned(format!("v1,{}", "A".repeat(43) + "=")),
        unsigned(vec![good.signature.clone(); 100].join(" ")),
        good.clone().signed(OTHERS),
        Delivery { id: "msg_2".into(), ..good.clone() },
        Delivery { id: ABSENT.into(), ..good.clone() },
        Delivery { id: String::new(), ..good.clone() }.signed(SECRET),
        Delivery { id: "msg.1".into(), ..good.clone() }.signed(SECRET),
        Delivery { id: "x".repeat(257), ..good.clone() }.signed(SECRET),
        Delivery { timestamp: ABSENT.into(), ..good.clone() },
        Delivery { body: an_hour("e-2", 1).to_string().into(), ..good.clone() },
        Delivery { body: b"{}".to_vec(), ..good.clone() },
        Delivery { body: vec![], ..good.clone() },
        // Signed for one firm, sent to another.
        Delivery { path: "/webhooks/practice/other".into(), ..good.clone() },
    ];
    for wrong in wrong {
        let answer = desk.send(&wrong).await;
        assert_eq!(problem(&answer), (401, "unverified".into()), "{wrong:?}");
        assert_eq!(desk.kept().await, before, "{wrong:?}");
    }
    assert_eq!(desk.send(&good).await.status(), 202);
    assert_ne!(desk.kept().await, before);
}

#[tokio::test]
async fn g38_a_delivery_that_differs_in_one_bit_is_not_believed() {
    let desk = Desk::new().await;
    let before = desk.kept().await;
    let good = desk.delivery("msg_1", an_hour("e-1", 1).to_string());
    for bit in 0..good.body.len() * 8 {
        let mut flipped = good.clone();
        flipped.body[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(desk.send(&flipped).await.status(), 401, "bit {bit}");
    }
    for at in "v1,".len()..good.signature.len() {
        for other in ["A", "b", "9", "+", "/", "="] {
            let mut signature = good.signature.clone();
            signature.replace_range(at..=at, other);
            if signature != good.signature {
                let changed = Delivery { signature, ..good.clone() };
                assert_eq!(desk.send(&changed).await.status(), 401, "{at} {other}");
            }
        }
    }
    assert_eq!(desk.kept().await, before);
}

/// G39: 300 seconds either way, and not one more.
#[tokio::test]
async fn g39_a_delivery_may_be_five_minutes_late_or_early_and_no_more() {
    for (seconds, status) in [(-301, 401), (-300, 202), (0, 202), (300, 202), (301, 401)] {
        let desk = Desk::new().await;
        let before = desk.kept().await;
        let at = desk.now().as_second() + seconds;
        let timed = Delivery {
            timestamp: at.to_string(),
            ..desk.delivery("msg_1", an_hour("e-1", 1).to_string())
        };
        let answer = desk.send(&timed.signed(SECRET)).await;
        assert_eq!(answer.status(), status, "{seconds}");
        assert_eq!(desk.kept().await == before, status == 401, "{seconds}");
    }
}

/// G39: a recorded delivery, repeated when its time is over, even under a new id that nobody signed.
#[tokio::test]
async fn g39_a_recorded_delivery_is_refused_when_its_time_is_over() {
    let desk = Desk::new().await;
    let good = desk.delivery("msg_1", an_hour("e-1", 1).to_string());
    assert_eq!(desk.send(&good).await.status(), 202);
    let before = desk.kept().await;
    for _ in 0..1000 {
        assert_eq!(desk.send(&good).await.status(), 202);
    }
    desk.pass(SignedDuration::from_secs(301));
    assert_eq!(desk.send(&good).await.status(), 401);
    assert_eq!(desk.kept().await, before);
}

#[tokio::test]
async fn g39_a_timestamp_is_digits_and_nothing_else() {
    let desk = Desk::new().await;
    let before = desk.kept().await;
    let now = desk.now().as_second();
    for timestamp in [
        "-1".to_owned(),
        i64::MIN.to_string(),
        i64::MAX.to_string(),
        u64::MAX.to_string(),
        format!("+{now}"),
        format!(" {now}"),
        format!("{now} "),
        format!("{now}.0"),
        format!("{now}e0"),
        format!("{now}000"),
        format!("0x{now:x}"),
        "2026-11-22T12:00:00Z".into(),
        "NaN".into(),
        String::new(),
    ] {
        let good = desk.delivery("msg_1", an_hour("e-1", 1).to_string());
        let odd = Delivery { timestamp, ..good }.signed(SECRET);
        assert_eq!(desk.send(&odd).await.status(), 401, "{:?}", odd.timestamp);
    }
    assert_eq!(desk.kept().await, before);
}

/// G41: while a secret is replaced, both are good; then the old one is not.
#[tokio::test]
async fn g41_two_secrets_are_good_while_one_replaces_the_other() {
    let desk = Desk::new().await;
    desk.firm("demo", &[OTHERS, SECRET]).await;
    for (n, secret) in [OTHERS, SECRET].into_iter().enumerate() {
        let good = desk.delivery(&format!("msg_{n}"), an_hour("e-1", 1).to_string());
        assert_eq!(desk.send(&good.signed(secret)).await.status(), 202, "{secret}");
    }
    // A sender in the middle of the change signs twice; one of the two is known.
    desk.firm("demo", &[OTHERS]).await;
    let good = desk.delivery("msg_3", an_hour("e-1", 1).to_string());
    assert_eq!(desk.send(&good).await.status(), 401);
    let second = signature(OTHERS, &good.id, &good.timestamp, &good.body);
    let both = Delivery { signature: format!("{} {second}", good.signature), ..good };
    assert_eq!(desk.send(&both).await.status(), 202);
}

/// A firm whose secrets are gone, or were sealed for another, believes nobody.
#[tokio::test]
async fn g38_without_a_secret_nobody_is_believed() {
    let desk = Desk::new().await;
    let good = desk.delivery("msg_1", an_hour("e-1", 1).to_string());
    desk.firm("demo", &[]).await;
    assert_eq!(desk.send(&good).await.status(), 401);
    desk.firm("demo", &["not a secret"]).await;
    assert_eq!(desk.send(&good).await.status(), 401);
    // One that cannot be used does not spoil the other.
    desk.firm("demo", &["not a secret", SECRET]).await;
    assert_eq!(desk.send(&good).await.status(), 202);
}

#[tokio::test]
async fn g46_a_firm_that_does_not_exist_is_404() {
    let desk = Desk::new().await;
    let before = desk.kept().await;
    for path in [
        "/webhooks/practice/nobody",
        "/webhooks/practice/DEMO",
        "/webhooks/practice/",
        "/webhooks/practice",
        "/webhooks/practice/demo/x",
        "/webhooks/practice/..%2Fdemo",
        "/webhooks/other",
        "/webhooks",
        "/",
    ] {
        let good = desk.delivery("msg_1", an_hour("e-1", 1).to_string());
        let answer = desk.send(&Delivery { path: path.into(), ..good }).await;
        assert_eq!(problem(&answer), (404, "not_found".into()), "{path}");
    }
    assert_eq!(desk.kept().await, before);
}

#[tokio::test]
async fn g45_deliveries_are_posted() {
    let desk = Desk::new().await;
    let before = desk.kept().await;
    for path in ["/webhooks/practice/demo", "/webhooks/xero"] {
        for method in ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"] {
            let good = desk.delivery("msg_1", an_hour("e-1", 1).to_string());
            let answer = desk.send(&Delivery { path: path.into(), method, ..good }).await;
            assert_eq!(problem(&answer), (405, "method_not_allowed".into()), "{method} {path}");
        }
    }
    assert_eq!(desk.kept().await, before);
}

/// The base64 that API Gateway makes of a body is not what was signed.
#[tokio::test]
async fn g38_a_body_in_base64_is_verified_by_what_it_encodes() {
    let desk = Desk::new().await;
    let good = desk.delivery("msg_1", an_hour("e-1", 1).to_string());
    assert_eq!(desk.request(good.in_base64()).await.status(), 202);
    let encoded = desk.delivery("msg_2", "e30=");
    assert_eq!(desk.request(encoded.in_base64()).await.status(), 400);
}

#[tokio::test]
async fn g42_a_header_that_is_no_text_is_400() {
    let desk = Desk::new().await;
    let before = desk.kept().await;
    let body = an_hour("e-1", 1).to_string();
    let good = desk.delivery("msg_1", body);
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut request = good.request();
        let again = request.headers()[name].clone();
        request.headers_mut().append(name, again);
        assert_eq!(problem(&desk.request(request).await), (400, "malformed_header".into()));
    }
    assert_eq!(desk.kept().await, before);
}

/// G36: a refusal repeats neither the signature nor the body.
#[tokio::test]
async fn g36_a_refusal_shows_nothing_of_what_was_sent() {
    let desk = Desk::new().await;
    let headers = serde_json::json!({"webhook-id": "canary-id", "webhook-timestamp": "canary-time",
        "webhook-signature": "v1,canary"});
    let request =
        gateway("POST", "/webhooks/practice/demo", headers, r#"{"canary": "canary"}"#, false);
    let answer = desk.request(request).await;
    assert_eq!(answer.status(), 401);
    assert!(!String::from_utf8_lossy(answer.body()).contains("canary"));
}

thread_local! {
    static COUNTS: Lines = Lines::default();
}

#[tokio::test]
async fn what_was_taken_and_what_was_not_believed_is_counted() {
    let desk = Desk::new().await;
    // The subscriber is the process's, because one of a thread's own is missed by call sites that
    // another thread reaches first; the lines are the thread's.
    let meter = Meter { function: "webhook_ingest".into(), now: || Timestamp::UNIX_EPOCH };
    let counts = subscriber("off", || COUNTS.with(Lines::clone), Some(meter)).unwrap();
    let _ = set_global_default(counts);
    let lines = COUNTS.with(Lines::clone);
    lines.clear();
    let told = || (lines.sum("DeliveriesTaken"), lines.sum("SignaturesRefused"));

    let good = desk.delivery("msg_1", an_hour("e-1", 1).to_string());
    assert_eq!(desk.send(&good).await.status(), 202);
    assert_eq!(told(), (1, 0));
    assert_eq!(desk.send(&good.clone().signed(OTHERS)).await.status(), 401);
    assert_eq!(told(), (1, 1));
    // Believed, and yet of no use: neither.
    assert_eq!(desk.send(&desk.delivery("msg_2", "{}")).await.status(), 400);
    assert_eq!(told(), (1, 1));
    assert_eq!(lines.all().len(), 2);
    assert!(!lines.all().concat().contains("demo"));
}

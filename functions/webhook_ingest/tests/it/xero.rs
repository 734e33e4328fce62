//! Xero's own webhooks: the intent to receive (xpm-api 5).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::connection::{Connection, Organisation, State};
use domain::ids::{FirmId, TenantId};
use domain::ports::{Committed, Kind, Lane, Range, Store, Wake};
use domain::records;
use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use lambda_http::{Body, Response};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::desk::{Desk, XERO_KEY, firm, gateway};

/// RFC 4231, test case 2: this data, signed with the key `Jefe`, in base64.
const DATA: &str = "what do ya want for nothing?";
const SIGNATURE: &str = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";

#[tokio::test]
async fn g38_a_right_signature_of_xero_is_200_and_empty() {
    let desk = Desk::new().await;
    let before = desk.kept().await;
    for (body, base64) in [(DATA.to_owned(), false), (STANDARD.encode(DATA), true)] {
        let answer = send(&desk, &body, base64, Some(SIGNATURE)).await;
        assert_eq!((answer.status().as_u16(), answer.body().len()), (200, 0));
        assert!(!answer.headers().contains_key("set-cookie"));
    }
    // Only a hint: nothing is stored.
    assert_eq!(desk.kept().await, before);
}

#[tokio::test]
async fn g38_a_wrong_signature_of_xero_is_401_and_empty() {
    let desk = Desk::new().await;
    let lower = SIGNATURE.to_lowercase();
    let longer = format!("{SIGNATURE}AAAA");
    let hex = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    for signature in [
        None,
        Some(""),
        Some(&*lower),
        Some(&SIGNATURE[..43]),
        Some(&*longer),
        Some(hex),
        Some("=W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM"),
        Some(
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=,W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=",
        ),
    ] {
        let answer = send(&desk, DATA, false, signature).await;
        assert_eq!((answer.status().as_u16(), answer.body().len()), (401, 0), "{signature:?}");
    }
    for body in [&DATA[1..], "", &format!("{DATA} ")] {
        let answer = send(&desk, body, false, Some(SIGNATURE)).await;
        assert_eq!((answer.status().as_u16(), answer.body().len()), (401, 0), "{body:?}");
    }
}

#[tokio::test]
async fn g38_without_xeros_key_nothing_of_xero_is_believed() {
    let mut desk = Desk::new().await;
    desk.deps.xero_key = None;
    assert_eq!(send(&desk, DATA, false, Some(SIGNATURE)).await.status(), 401);
}

#[tokio::test]
async fn g42_a_body_of_xero_over_256_kib_is_401_unread() {
    let desk = Desk::new().await;
    let answer = send(&desk, &"x".repeat(262_145), false, Some(SIGNATURE)).await;
    assert_eq!((answer.status().as_u16(), answer.body().len()), (401, 0));
}

/// An event of Xero's, as its documentation shows one.
fn contact_changed(tenant: &str) -> Value {
    json!({"events": [{
        "resourceUrl": "https://api.xero.com/api.xro/2.0/Contacts/717f2bfc", "resourceId": "717f2bfc",
        "eventDateUtc": "2026-11-22T01:15:39.902", "eventType": "UPDATE", "eventCategory": "CONTACT",
        "tenantId": tenant, "tenantType": "ORGANISATION",
    }], "lastEventSequence": 1, "firstEventSequence": 1, "entropy": "S0m3r4Nd0mt3xt"})
}

async fn tell(desk: &Desk, event: &Value) -> u16 {
    let body = event.to_string();
    let mac = Hmac::<Sha256>::new_from_slice(XERO_KEY.as_bytes()).unwrap();
    let signature = STANDARD.encode(mac.chain_update(&body).finalize().into_bytes());
    let answer = send(desk, &body, false, Some(&signature)).await;
    assert!(answer.body().is_empty());
    answer.status().as_u16()
}

/// The firm, connected to the organisation by choosing it.
async fn connect(desk: &Desk, id: &str, tenant: &str) {
    let organisation =
        Organisation { tenant: TenantId::parse(tenant).unwrap(), name: "Demo".into() };
    let connection = Connection {
        state: State::Connected,
        organisation: Some(organisation),
        ..Connection::default()
    };
    let pointer = format!("{tenant}#{id}");
    let changes = vec![
        records::put(&firm(id), &connection, None).unwrap(),
        records::pointer(&FirmId::directory(), Kind::Tenant, pointer),
    ];
    assert_eq!(desk.deps.store.commit(changes).await.unwrap(), Committed::Done);
}

async fn pulls(desk: &Desk, id: &str) -> usize {
    let range = Range::of(&firm(id), Kind::Sync, "r", 100);
    desk.deps.store.list(&range).await.unwrap().items.len()
}

#[tokio::test]
async fn g39_a_changed_contact_brings_the_pull_of_its_firm_forward_and_no_others() {
    let desk = Desk::new().await;
    connect(&desk, "demo", "0f5c-aa").await;
    connect(&desk, "other", "77aa-bb").await;
    assert_eq!(tell(&desk, &contact_changed("0F5C-AA")).await, 200);
    assert_eq!((pulls(&desk, "demo").await, pulls(&desk, "other").await), (1, 0));
    let wake = Wake { firm: firm("demo"), lane: Lane::Contacts };
    assert_eq!(desk.deps.wakes.waiting(), [wake]);
}

#[tokio::test]
async fn g39_a_thousand_copies_cost_one_look_a_minute_and_firm() {
    let desk = Desk::new().await;
    connect(&desk, "demo", "0f5c-aa").await;
    for _ in 0..1000 {
        assert_eq!(tell(&desk, &contact_changed("0f5c-aa")).await, 200);
    }
    assert_eq!(desk.deps.wakes.waiting().len(), 1);
    desk.pass(SignedDuration::from_secs(59));
    tell(&desk, &contact_changed("0f5c-aa")).await;
    assert_eq!(desk.deps.wakes.waiting().len(), 1);
    desk.pass(SignedDuration::from_secs(1));
    tell(&desk, &contact_changed("0f5c-aa")).await;
    assert_eq!(desk.deps.wakes.waiting().len(), 2);
    assert_eq!(pulls(&desk, "demo").await, 1, "a run in progress is not started twice");
}

#[tokio::test]
async fn g39_nothing_else_that_xero_says_is_believed() {
    let desk = Desk::new().await;
    connect(&desk, "demo", "0f5c-aa").await;
    let before = desk.kept().await;
    let mut invoice = contact_changed("0f5c-aa");
    invoice["events"][0]["eventCategory"] = "INVOICE".into();
    let mut strange = contact_changed("0f5c-aa");
    strange["events"][0]["tenantId"] = "0f5c-aa#demo".into();
    let probe =
        json!({"events": [], "firstEventSequence": 0, "lastEventSequence": 0, "entropy": "x"});
    for event in [
        invoice,
        strange,
        probe,
        contact_changed("0f5c-ab"),
        contact_changed("0f5c"),
        json!({"events": {"a": 1}}),
        json!([1]),
        json!({"events": [7]}),
    ] {
        assert_eq!(tell(&desk, &event).await, 200, "{event}");
    }
    assert_eq!(desk.kept().await, before);
}

#[tokio::test]
async fn g39_a_firm_that_has_disconnected_is_left_alone() {
    let desk = Desk::new().await;
    connect(&desk, "demo", "0f5c-aa").await;
    let gone = Connection { state: State::ReconnectRequired, ..Connection::default() };
    let change = records::put(&firm("demo"), &gone, Some(1)).unwrap();
    let _ = desk.deps.store.commit(vec![change]).await.unwrap();
    assert_eq!(tell(&desk, &contact_changed("0f5c-aa")).await, 200);
    assert_eq!(pulls(&desk, "demo").await, 0);
}

/// Xero gives up on an address that does not answer well; a hint is not worth that.
#[tokio::test]
async fn g40_a_store_that_is_down_costs_the_hint_and_not_the_answer() {
    let desk = Desk::new().await;
    connect(&desk, "demo", "0f5c-aa").await;
    desk.deps.store.fail_reads(1);
    assert_eq!(tell(&desk, &contact_changed("0f5c-aa")).await, 200);
}

async fn send(desk: &Desk, body: &str, base64: bool, signature: Option<&str>) -> Response<Body> {
    let mut headers = json!({"content-type": "application/json"});
    if let Some(signature) = signature {
        headers["x-xero-signature"] = signature.into();
    }
    desk.request(gateway("POST", "/webhooks/xero", headers, body, base64)).await
}

//! Xero's own webhooks: the intent to receive (xpm-api 5).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_http::{Body, Response};
use serde_json::json;

use crate::desk::{Desk, gateway};

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

async fn send(desk: &Desk, body: &str, base64: bool, signature: Option<&str>) -> Response<Body> {
    let mut headers = json!({"content-type": "application/json"});
    if let Some(signature) = signature {
        headers["x-xero-signature"] = signature.into();
    }
    desk.request(gateway("POST", "/webhooks/xero", headers, body, base64)).await
}

//! What happens is told: signed, to an endpoint on this machine, and in the feed.

use std::sync::{Arc, Mutex};

use local::stack::Runner;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::stage::{Stage, binaries};

/// Headers and body of what was posted.
type Posted = Arc<Mutex<Vec<(HeaderMap, Vec<u8>)>>>;

#[tokio::test(flavor = "multi_thread")]
async fn by_09_a_change_reaches_an_endpoint_signed_and_stands_in_the_feed() {
    a_change_is_told(Runner::InProcess).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_09_the_real_binaries_tell_of_it_too() {
    a_change_is_told(Runner::Processes(binaries())).await;
}

/// BY-08, BY-09, G44.
async fn a_change_is_told(runner: Runner) {
    a_change_is_told_on(&Stage::open(runner).await).await;
}

pub(crate) async fn a_change_is_told_on(stage: &Stage) {
    let user = &stage.user;
    let (url, posted) = endpoint().await;
    let body = json!({"url": url, "types": ["settings.changed"]});
    let made = user.put("/v1/webhook-endpoints/here", body).await;
    let secret = made["secret"].as_str().unwrap();
    let mut settings = user.get("/v1/settings").await;
    settings["region"] = "NZ".into();
    user.put("/v1/settings", settings).await;
    user.until("the event", async || !posted.lock().unwrap().is_empty()).await;

    let (headers, body) = posted.lock().unwrap()[0].clone();
    // Verified by an implementation that is not ours.
    Webhook::new(secret).unwrap().verify(&body, &headers).unwrap();
    let told: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(told["type"], "settings.changed");
    let feed = user.get("/v1/events?type=settings.changed").await;
    assert_eq!(feed["items"], json!([told["data"]]));
    assert_eq!(feed["items"][0]["id"], headers["webhook-id"].to_str().unwrap());
    assert_eq!(feed["items"][0]["data"]["region"], "NZ");
    user.until("the log", async || {
        let log = user.get("/v1/webhook-endpoints/here/deliveries").await;
        log["items"][0]["state"] == "delivered" && log["items"][0]["last_status"] == 204
    })
    .await;
    let audit = user.get("/v1/audit?subject=settings/firm").await;
    assert_eq!(audit["items"][0]["before"]["region"], "AU");
    let refused = json!({"url": "https://169.254.169.254/latest/meta-data"});
    let refused = user.call(Method::PUT, "/v1/webhook-endpoints/there", Some(refused)).await;
    assert_eq!(refused.0, 422);
}

/// An endpoint that takes everything, and where it is.
async fn endpoint() -> (String, Posted) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let posted = Posted::default();
    let journal = Arc::clone(&posted);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = Vec::new();
            loop {
                if let Some(whole) = read(&bytes) {
                    journal.lock().unwrap().push(whole);
                    break;
                }
                bytes.push(stream.read_u8().await.unwrap());
            }
            let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        }
    });
    (url, posted)
}

/// A request, once it is there whole.
fn read(bytes: &[u8]) -> Option<(HeaderMap, Vec<u8>)> {
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let headers: HeaderMap = head
        .lines()
        .skip(1)
        .filter_map(|it| it.split_once(": "))
        .map(|(name, value)| {
            (HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap())
        })
        .collect();
    let body = &bytes[end + 4..];
    let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
    (body.len() == length).then(|| (headers, body.to_vec()))
}

//! G44: what is posted, and where nothing is ever posted.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use courier::resolver::{Lookup, system};
use courier::{HttpCourier, Reach};
use domain::ports::{Courier, Letter, Pause, Receipt};
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const PATIENCE: Duration = Duration::from_secs(30);

/// A server on loopback that gives one answer to all, and counts who connects.
struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn answering(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, heard) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<Vec<_>>>::default());
        let (count, journal) = (Arc::clone(&connections), Arc::clone(&heard));
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let mut bytes = vec![0; 8192];
                let mut read = 0;
                while !bytes[..read].ends_with(b"}") {
                    match stream.read(&mut bytes[read..]).await {
                        Ok(0) | Err(_) => break,
                        Ok(n) => read += n,
                    }
                }
                journal.lock().unwrap().push(String::from_utf8_lossy(&bytes[..read]).into_owned());
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { port, connections, heard }
    }

    fn at(&self, host: &str) -> String {
        format!("http://{host}:{}/hook", self.port)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";

fn letter(url: &str) -> Letter<'_> {
    let at = Timestamp::constant(1_795_348_800, 0);
    Letter { url, id: "evt_demo_0000000000000001", at, signature: "v1,a v1,b", body: b"{\"n\":1}" }
}

fn courier(lookup: Lookup, reach: Reach) -> HttpCourier {
    HttpCourier::new(lookup, reach, PATIENCE).unwrap()
}

/// A resolver that gives these answers, one after the other, and then the last for ever.
fn answers(all: &[&[&str]]) -> (Lookup, Arc<AtomicUsize>) {
    let all: Vec<Vec<IpAddr>> =
        all.iter().map(|one| one.iter().map(|it| it.parse().unwrap()).collect()).collect();
    let asked = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&asked);
    let lookup: Lookup = Arc::new(move |_| {
        let n = count.fetch_add(1, Ordering::SeqCst).min(all.len() - 1);
        let answer = all[n].clone();
        Box::pin(async move { Ok(answer) })
    });
    (lookup, asked)
}

#[tokio::test]
async fn g44_a_letter_is_posted_with_the_three_headers_of_standard_webhooks() {
    let server = Server::answering(OK).await;
    let receipt =
        courier(system(), Reach::Loopback).deliver(&letter(&server.at("127.0.0.1"))).await;
    assert_eq!(receipt, Receipt::Answered { status: 204, pause: None });
    let heard = server.heard.lock().unwrap().join("");
    assert!(heard.starts_with("POST /hook HTTP/1.1\r\n"), "{heard}");
    for line in [
        "webhook-id: evt_demo_0000000000000001\r\n",
        "webhook-timestamp: 1795348800\r\n",
        "webhook-signature: v1,a v1,b\r\n",
        "content-type: application/json\r\n",
    ] {
        assert!(heard.contains(line), "{heard}");
    }
    assert!(heard.ends_with("\r\n\r\n{\"n\":1}"), "{heard}");
}

#[tokio::test]
async fn g44_a_name_of_this_machine_is_reached_only_where_that_is_allowed() {
    let server = Server::answering(OK).await;
    let (lookup, _) = answers(&[&["127.0.0.1"]]);
    let here = courier(lookup, Reach::Loopback).deliver(&letter(&server.at("localhost"))).await;
    assert_eq!(here, Receipt::Answered { status: 204, pause: None });
    assert_eq!(server.connections(), 1);
}

/// The name is public when it is entered and looked at, and ours when it is connected to.
#[tokio::test]
async fn g44_a_name_that_changes_its_answer_leads_nowhere() {
    let server = Server::answering(OK).await;
    let url = format!("https://rebind.example:{}/", server.port);
    for last in [
        &["127.0.0.1"][..],
        &["::ffff:127.0.0.1"],
        &["::1"],
        &["93.184.216.34", "127.0.0.1"],
        &["127.0.0.1", "93.184.216.34"],
        &["169.254.169.254"],
        &["10.1.2.3"],
        &["fd00:ec2::254"],
        &["100.64.0.1"],
    ] {
        let (lookup, asked) = answers(&[&["93.184.216.34"], last]);
        assert_eq!(lookup("rebind.example".into()).await.unwrap().len(), 1);
        let receipt = courier(lookup, Reach::Public).deliver(&letter(&url)).await;
        assert!(matches!(receipt, Receipt::Forbidden(_)), "{last:?}: {receipt:?}");
        assert_eq!(asked.load(Ordering::SeqCst), 2, "asked at the moment of connecting");
    }
    assert_eq!(server.connections(), 0);
}

/// reqwest asks no resolver for an address that is written out.
#[tokio::test]
async fn g44_an_address_written_out_leads_nowhere_either() {
    let server = Server::answering(OK).await;
    let (lookup, asked) = answers(&[&["93.184.216.34"]]);
    let courier = courier(lookup, Reach::Public);
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "0"] {
        let url = format!("https://{host}:{}/", server.port);
        let receipt = courier.deliver(&letter(&url)).await;
        assert!(matches!(receipt, Receipt::Forbidden(_)), "{host}: {receipt:?}");
    }
    assert_eq!((server.connections(), asked.load(Ordering::SeqCst)), (0, 0));
}

#[tokio::test]
async fn g44_a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = Server::answering(OK).await;
    let target = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:{}/\r\ncontent-length: 0\r\n\r\n",
        elsewhere.port
    );
    let server = Server::answering(Box::leak(target.into_boxed_str())).await;
    let receipt =
        courier(system(), Reach::Loopback).deliver(&letter(&server.at("127.0.0.1"))).await;
    assert_eq!(receipt, Receipt::Answered { status: 307, pause: None });
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn g44_what_the_endpoint_asks_for_is_heard() {
    let date = Timestamp::constant(1_445_412_480, 0);
    for (answer, expected) in [
        (
            "HTTP/1.1 429 Slow\r\nretry-after: 120\r\ncontent-length: 0\r\n\r\n",
            Some(Pause::Lasting(SignedDuration::from_secs(120))),
        ),
        // The date of RFC 9110's own example of an HTTP date that is not long ago.
        (
            "HTTP/1.1 503 Busy\r\nretry-after: Wed, 21 Oct 2015 07:28:00 GMT\r\ncontent-length: 0\r\n\r\n",
            Some(Pause::Until(date)),
        ),
        ("HTTP/1.1 503 Busy\r\nretry-after: soon\r\ncontent-length: 0\r\n\r\n", None),
    ] {
        let server = Server::answering(answer).await;
        let receipt =
            courier(system(), Reach::Loopback).deliver(&letter(&server.at("127.0.0.1"))).await;
        let Receipt::Answered { pause, .. } = receipt else { panic!("{receipt:?}") };
        assert_eq!(pause, expected);
    }
}

#[tokio::test]
async fn g44_an_endpoint_that_says_nothing_is_given_up_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let hurry = Duration::from_millis(300);
    let courier = HttpCourier::new(system(), Reach::Loopback, hurry).unwrap();
    let receipt = courier.deliver(&letter(&url)).await;
    assert_eq!(receipt, Receipt::Silent("no answer in time".into()));
}

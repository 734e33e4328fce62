//! What is done with any bytes at all, and what must hold whatever they are (G38, G42, G49).
//!
//! `corpus.rs` runs these over the kept cases with every test run; a fuzzer can make up more.

use std::convert::Infallible;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use contract::list::{cursor, uncursor};
use domain::keys::firm_of;
use domain::ports::{Cause, ClientSink, Pause};
use domain::practice::Client;
use futures_util::stream;
use jiff::Timestamp;
use runtime::signature::{Delivery, WebhookSecret, XeroKey};
use xpm::xml_in::read_clients;

/// The secret of the demo firm.
const SECRET: &str = "whsec_bG9jYWwtZGVtby1zZWNyZXQtZm9yLXRhbmRlbQ==";
const NOW: i64 = 1_614_265_330;

/// An answer of XPM's reads the same however it arrives.
pub(crate) fn xml_in(bytes: &[u8]) {
    let whole = read(bytes, bytes.len().max(1));
    for chunk in [1, 7] {
        assert_eq!(read(bytes, chunk), whole, "in chunks of {chunk}");
    }
}

/// No delivery is believed that was not signed; what is signed is believed if it can be sent.
pub(crate) fn webhook(bytes: &[u8]) {
    let mut parts = bytes.splitn(4, |it| *it == b'\n');
    let mut text = || str::from_utf8(parts.next().unwrap_or_default()).unwrap_or_default();
    let (id, timestamp, signatures) = (text(), text(), text());
    let body = parts.next().unwrap_or_default();
    let (Ok(secret), Ok(now)) = (WebhookSecret::parse(SECRET), Timestamp::from_second(NOW)) else {
        unreachable!("a constant is good or never was");
    };
    let secrets = [secret];
    let delivery = Delivery { id, timestamp, signatures, body };
    assert!(delivery.verify(&secrets, now).is_err(), "believed, and nobody signed it");
    if let Ok(signed) = secrets[0].sign(id, now, body) {
        let timestamp = NOW.to_string();
        let delivery = Delivery { id, timestamp: &timestamp, signatures: &signed, body };
        assert_eq!(delivery.verify(&secrets, now), Ok(()));
        assert!(delivery.verify(&[], now).is_err());
    }
    assert!(!XeroKey::new(SECRET).is_ok_and(|key| key.signed(body, signatures)));
    let _ = WebhookSecret::parse(signatures);
}

/// A cursor that is taken is one that would be given.
pub(crate) fn cursor_of_a_list(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(id) = uncursor(&text) {
        assert_eq!(cursor(&id), text);
    }
    if text.len() <= 1_000 && !text.is_empty() {
        assert_eq!(uncursor(&cursor(&text)).as_deref(), Some(&*text));
    }
}

/// A key names the firm that it ends with, or none.
pub(crate) fn api_key(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(firm) = firm_of(&text) {
        assert!(text.starts_with("tdm_") && text.ends_with(&format!("_{firm}")), "{text}");
    }
}

/// A wait that is asked for is not below zero.
pub(crate) fn retry_after(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(Pause::Lasting(time)) = courier::post::pause(&text) {
        assert!(!time.is_negative() && text.trim().bytes().all(|it| it.is_ascii_digit()), "{text}");
    }
}

/// What came of a document that arrives in such chunks.
fn read(bytes: &[u8], chunk: usize) -> (Option<String>, Vec<Client>) {
    struct All(Vec<Client>);
    impl ClientSink for All {
        async fn take(&mut self, clients: Vec<Client>) -> Result<(), Cause> {
            self.0.extend(clients);
            Ok(())
        }
    }
    let mut all = All(vec![]);
    let chunks = stream::iter(bytes.chunks(chunk).map(Ok::<_, Infallible>));
    let read = {
        let reading = pin!(read_clients(chunks, 1 << 20, &mut all));
        match reading.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(read) => read,
            Poll::Pending => unreachable!("nothing is waited for"),
        }
    };
    // Of a list that is not whole nothing may be believed, so it does not matter what was handed on.
    match read {
        Ok(list) => (Some(format!("{list:?}")), all.0),
        Err(_) => (None, vec![]),
    }
}

//! A client list of any length is read in the memory of a few clients. Alone in its process, so
//! that what the process holds is what the reading holds.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;

use domain::ports::{Cause, ClientSink};
use domain::practice::Client;
use futures_util::stream;
use xpm::xml_in::{List, read_clients};

/// Counts clients and keeps none.
struct Count(u64);

impl ClientSink for Count {
    async fn take(&mut self, clients: Vec<Client>) -> Result<(), Cause> {
        assert!(clients.len() <= 200);
        self.0 += clients.len() as u64;
        Ok(())
    }
}

/// The most this process has held so far, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|it| it.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

fn client(number: u64) -> String {
    format!(
        "<Client><UUID>{number:08x}-0000-4000-8000-000000000000</UUID><Name>Client &amp; Sons {number}</Name>\
         <Email>someone@example.com</Email><Address>1 High St\n        Level 2</Address><City>Perth</City>\
         <Phone>(08) 1234 5678</Phone><ReferralSource>{}</ReferralSource><IsProspect>No</IsProspect>\
         <Contacts><Contact><UUID>{number:08x}</UUID><Name>Ann</Name><Email/></Contact></Contacts></Client>\n",
        "x".repeat(700)
    )
}

#[tokio::test]
async fn g49_twenty_megabytes_of_clients_are_read_in_less_than_eight() {
    const CLIENTS: u64 = 20_000;
    let made = (0..CLIENTS).map(client);
    let head = std::iter::once("<Response><Status>OK</Status><Clients>".to_owned());
    let tail = std::iter::once("</Clients></Response>".to_owned());
    let mut length = 0;
    let chunks = stream::iter(head.chain(made).chain(tail).map(|chunk| {
        length += chunk.len();
        Ok::<_, Cause>(chunk)
    }));
    let before = peak();
    let mut count = Count(0);
    let list = read_clients(chunks, 256 << 20, &mut count).await.unwrap();
    assert_eq!((list, count.0), (List::Whole(CLIENTS), CLIENTS));
    assert!(length > 20 << 20, "{length} bytes are too few to prove anything");
    assert!(peak() - before < 8 << 20, "{} bytes were held", peak() - before);
}

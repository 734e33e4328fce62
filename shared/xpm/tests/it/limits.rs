//! What `xpm-api 4` says of limits, as told to the one who paces the calls.

use std::time::Duration;

use domain::ports::{Fault, Left, Limit, Timesheets};

use crate::server::{Server, access, answer, ok, uuid};

async fn throttled(headers: &[(&str, &str)]) -> (Limit, Option<Duration>) {
    let server = Server::doing([answer(429, headers, "")]).await;
    let reply = server.xpm().time(&access(), &uuid("71ce")).await;
    let Err(Fault::Throttled { limit, retry_after }) = reply.outcome else {
        panic!("not throttled")
    };
    (limit, retry_after)
}

#[tokio::test]
async fn g26_retry_after_is_read_to_the_second_or_not_at_all() {
    for (text, seconds) in [
        ("1", Some(1)),
        ("37", Some(37)),
        (" 60 ", Some(60)),
        ("10800", Some(10_800)),
        ("0", Some(0)),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("99999999999999999999", None),
        ("Sun, 22 Nov 2026 12:00:00 GMT", None),
    ] {
        let (_, wait) = throttled(&[("Retry-After", text)]).await;
        assert_eq!(wait, seconds.map(Duration::from_secs), "{text:?}");
    }
    assert_eq!(throttled(&[]).await, (Limit::Unknown, None));
}

#[tokio::test]
async fn g26_the_limit_is_known_however_it_is_spelt() {
    for (text, limit) in [
        ("minute", Limit::Minute),
        ("Minute", Limit::Minute),
        ("day", Limit::Day),
        ("DAY", Limit::Day),
        ("concurrent", Limit::Concurrent),
        ("appminute", Limit::AppMinute),
        ("app-minute", Limit::AppMinute),
        ("AppMinute", Limit::AppMinute),
        ("else", Limit::Unknown),
    ] {
        assert_eq!(throttled(&[("X-Rate-Limit-Problem", text)]).await.0, limit, "{text:?}");
    }
}

#[tokio::test]
async fn the_counters_are_read_from_good_and_bad_answers() {
    let counters = [("X-DayLimit-Remaining", "4321"), ("x-minlimit-remaining", "59")];
    let left = Left { day: Some(4321), minute: Some(59) };
    let fine = "<Response><Status>OK</Status></Response>";
    for (status, body) in [(200, fine), (200, "<html/>"), (400, "no"), (429, ""), (500, "")] {
        let server = Server::doing([answer(status, &counters, body)]).await;
        assert_eq!(server.xpm().delete_time(&access(), &uuid("71ce")).await.left, left, "{status}");
    }
    let server =
        Server::doing([answer(403, &[("X-MinLimit-Remaining", "many")], ""), ok("")]).await;
    for _ in 0..2 {
        let reply = server.xpm().delete_time(&access(), &uuid("71ce")).await;
        assert_eq!(reply.left, Left::default());
    }
}

//! G27: an XPM that does not answer is asked by one call at a time, and only that firm waits.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use domain::budget::{self, Heard, NotNow};
use domain::copies;
use domain::gate::{self, CALL, Shut};
use domain::ids::FirmId;
use domain::ports::{Clock, Lane, Left};
use domain::reason::Reason;
use jiff::{SignedDuration, Timestamp};
use memory::MemoryPorts;
use memory::practice::{Method, Trouble};

use crate::desk::{Desk, LIMITS, MINUTE, SECOND, firm};

const WORKERS: usize = 40;
/// XPM is down for this long, from the second minute on.
const DOWN: SignedDuration = SignedDuration::from_mins(30);
const ALL: SignedDuration = SignedDuration::from_mins(35);
/// How long an answer takes.
const ANSWER: SignedDuration = SignedDuration::from_millis(300);
/// Between two calls of the other firm's workers.
const PACE: SignedDuration = SignedDuration::from_secs(10);

#[tokio::test]
async fn g27_forty_workers_ask_a_silent_xpm_once_in_an_interval() {
    let lived = live(true).await;
    // By then five calls, one each 1.2 s, have waited for their answers in vain.
    let [opened, up] = [lived.start + MINUTE + CALL + SECOND * 10, lived.start + MINUTE + DOWN];
    let probes: Vec<Timestamp> =
        lived.calls.iter().copied().filter(|it| *it >= opened && *it < up).collect();
    for two in probes.windows(2) {
        assert!(two[1].duration_since(two[0]) >= SECOND * 30, "{two:?}");
    }
    assert!((50..=60).contains(&probes.len()), "{} probes", probes.len());
}

#[tokio::test]
async fn g27_when_xpm_is_back_the_work_flows_again_within_a_minute() {
    let lived = live(true).await;
    let back = lived.start + MINUTE + DOWN + MINUTE;
    let flowing = lived.calls.iter().filter(|it| **it >= back && **it < back + MINUTE).count();
    assert!(flowing >= 48, "{flowing} calls in the minute");
}

#[tokio::test]
async fn g27_another_firm_notices_nothing() {
    assert_eq!(live(true).await.others, live(false).await.others);
}

/// The fifth silence in a row opens it, and one answer closes it, for all workers.
#[tokio::test]
async fn g27_five_silences_in_a_row_open_the_breaker_and_one_answer_closes_it() {
    let desk = Desk::connected().await;
    let silent = |n| {
        for _ in 0..n {
            desk.ports.practice.fail_next(Method::Tasks, Trouble::Uncertain);
        }
    };
    silent(4);
    for _ in 0..4 {
        ask(&desk).await.unwrap_err();
    }
    // An answer in between, be it a refusal, begins the count anew.
    let refused = Trouble::Refused(400, "no".into());
    desk.ports.practice.fail_next(Method::Tasks, refused);
    ask(&desk).await.unwrap_err();
    silent(5);
    for _ in 0..5 {
        ask(&desk).await.unwrap_err();
    }
    assert_eq!(desk.calls(Method::Tasks), 10);

    let shut = gate::enter(&desk.ports, &desk.firm, LIMITS, Lane::Time, CALL).await.unwrap_err();
    let Shut::Until { until, reason } = shut else { panic!("{shut:?}") };
    assert_eq!((until, reason), (desk.now() + SECOND * 30, Reason::XpmUnreachable));
    desk.ports.clock.set(until);
    let probe = gate::enter(&desk.ports, &desk.firm, LIMITS, Lane::Time, CALL).await.unwrap();
    assert!(gate::enter(&desk.ports, &desk.firm, LIMITS, Lane::Time, CALL).await.is_err());
    let answer = domain::ports::Reply { outcome: Ok(()), left: Left::default() };
    gate::leave(&desk.ports, &desk.firm, probe, answer).await.unwrap().unwrap();
    ask(&desk).await.unwrap();
}

/// A prober that dies holds the others up for as long as its call could last, and no longer.
#[tokio::test]
async fn g27_a_probe_whose_worker_died_is_followed_by_another() {
    let desk = Desk::connected().await;
    for _ in 0..5 {
        desk.ports.practice.fail_next(Method::Tasks, Trouble::NotProcessed);
        ask(&desk).await.unwrap_err();
    }
    desk.pass(SECOND * 30);
    let _dead = gate::enter(&desk.ports, &desk.firm, LIMITS, Lane::Time, CALL).await.unwrap();
    desk.pass(SECOND * 29);
    assert!(gate::enter(&desk.ports, &desk.firm, LIMITS, Lane::Time, CALL).await.is_err());
    desk.pass(SECOND);
    let _next = gate::enter(&desk.ports, &desk.firm, LIMITS, Lane::Time, CALL).await.unwrap();
}

/// When calls were made.
struct Lived {
    start: Timestamp,
    calls: Vec<Timestamp>,
    others: Vec<Timestamp>,
}

/// A firm with more to do than it may ask, and another one with a little.
async fn live(goes_down: bool) -> Lived {
    let ports = MemoryPorts::default();
    let start = ports.clock.now();
    let [down, up] = [start + MINUTE, start + MINUTE + DOWN];
    let mut lived = Lived { start, calls: Vec::new(), others: Vec::new() };
    let (busy, other) = (firm("busy"), firm("other"));
    // Who goes on when, and whether a call of theirs ends then.
    let mut turns: BinaryHeap<Reverse<(Timestamp, usize, Option<Timestamp>)>> =
        (0..WORKERS + 3).map(|n| Reverse((start + ANSWER * n as i32, n, None))).collect();
    while let Some(Reverse((now, n, began))) = turns.pop() {
        if now >= start + ALL {
            break;
        }
        ports.clock.set(now);
        let firm = if n < WORKERS { &busy } else { &other };
        let is_down = |it: Timestamp| goes_down && n < WORKERS && it >= down && it < up;
        let next = match began {
            None => begin(&ports, firm, n, now).await.map(|()| {
                if n < WORKERS { &mut lived.calls } else { &mut lived.others }.push(now);
                (if is_down(now) { now + CALL } else { now + ANSWER }, Some(now))
            }),
            Some(began) => {
                let heard = if is_down(began) { Heard::Silence } else { Heard::Answer };
                let owner = n.to_string();
                let left = Left::default();
                budget::give_back(&ports.cache, firm, &owner, left, heard, now).await.unwrap();
                Ok((if n < WORKERS { now } else { now + PACE }, None))
            }
        };
        let (at, began) = next.unwrap_or_else(|it| (it.until, None));
        turns.push(Reverse((at, n, began)));
    }
    lived
}

async fn begin(ports: &MemoryPorts, firm: &FirmId, n: usize, now: Timestamp) -> Result<(), NotNow> {
    let (owner, lease) = (n.to_string(), CALL + SECOND * 5);
    budget::take(&ports.cache, firm, LIMITS, Lane::Time, &owner, now, lease).await.unwrap()
}

async fn ask(desk: &Desk) -> Result<(), copies::Unavailable> {
    // So far apart that no limit is met.
    desk.pass(SECOND * 2);
    copies::tasks(&desk.ports, desk.asker()).await.map(drop)
}

//! The gate: one budget for all workers, kept in the cache that they share.

use std::cell::Cell;

use domain::budget;
use domain::copies;
use domain::firm::Limits;
use domain::gate::{self, CALL, Pass, Shut};
use domain::ports::{Lane, Left, Limit, Reply};
use domain::reason::Reason;
use memory::practice::{Method, Trouble};

use crate::desk::{Desk, LIMITS, SECOND, firm};
use crate::interleaved::{self, CutPorts, Worker, cut};

/// So many calls a minute that only the number at once matters.
const MANY: Limits = Limits { per_minute: 60_000, per_day: 100_000, ..LIMITS };

/// G24: fifty workers, whatever their order: five calls under way and no more, and all of them made.
#[tokio::test]
async fn g24_of_fifty_workers_never_more_than_five_have_a_call_under_way() {
    for seed in 0..20 {
        let desk = Desk::connected().await;
        let cutting = CutPorts::new(&desk.ports);
        let (now, most) = (Cell::new(0), Cell::new(0));
        let workers: Vec<Worker<'_, ()>> = (0..50)
            .map(|_| {
                let (cutting, firm, now, most) = (&cutting, &desk.firm, &now, &most);
                let it: Worker<'_, ()> = Box::pin(async move {
                    let pass = loop {
                        match gate::enter(cutting, firm, MANY, Lane::Time, CALL).await {
                            Ok(pass) => break pass,
                            Err(Shut::Until { reason, .. }) => {
                                assert_eq!(reason, Reason::OverLimit);
                                cut().await;
                            }
                            Err(other) => panic!("{other:?}"),
                        }
                    };
                    now.set(now.get() + 1);
                    most.set(most.get().max(now.get()));
                    // A call takes longer than taking a place does.
                    for _ in 0..50 {
                        cut().await;
                    }
                    now.set(now.get() - 1);
                    gate::leave(cutting, firm, pass, answer()).await.unwrap().unwrap();
                });
                it
            })
            .collect();
        interleaved::all(seed, workers);
        assert_eq!((now.get(), most.get()), (0, 5), "seed {seed}");
        let meter = budget::read(&desk.ports.cache, &desk.firm, desk.now()).await.unwrap();
        let meter = meter.meter(MANY, desk.now());
        assert_eq!((meter.used_today, meter.under_way), (50, 0), "seed {seed}");
    }
}

/// G24: a worker that died gives its place back when its call must have ended: 20 s, and 5 s more.
#[tokio::test]
async fn g24_a_dead_workers_place_is_free_again_after_its_lease() {
    let desk = Desk::connected().await;
    for _ in 0..5 {
        let _dead = enter(&desk).await.unwrap();
    }
    desk.pass(SECOND * 24);
    let Err(Shut::Until { until, reason }) = enter(&desk).await else { panic!("a sixth place") };
    assert_eq!(reason, Reason::OverLimit);
    assert!(until > desk.now());
    desk.pass(SECOND);
    let _pass = enter(&desk).await.unwrap();
}

#[tokio::test]
async fn g24_a_place_given_back_is_free_at_once() {
    let desk = Desk::connected().await;
    let mut passes = Vec::new();
    for _ in 0..5 {
        passes.push(enter(&desk).await.unwrap());
    }
    assert!(enter(&desk).await.is_err());
    let pass = passes.pop().unwrap();
    gate::leave(&desk.ports, &desk.firm, pass, answer()).await.unwrap().unwrap();
    let _pass = enter(&desk).await.unwrap();
    assert!(enter(&desk).await.is_err());
}

/// G24: no minute sees more than sixty calls, by however many workers.
#[tokio::test]
async fn g24_no_minute_sees_more_than_sixty_calls() {
    let desk = Desk::connected().await;
    let mut calls = Vec::new();
    while calls.len() < 200 {
        match gate::enter(&desk.ports, &desk.firm, LIMITS, Lane::Time, CALL).await {
            Ok(pass) => {
                calls.push(desk.now());
                gate::leave(&desk.ports, &desk.firm, pass, answer()).await.unwrap().unwrap();
            }
            Err(Shut::Until { until, .. }) => {
                assert!(until > desk.now());
                desk.ports.clock.set(until);
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    for (n, first) in calls.iter().enumerate() {
        let within = calls[n..].iter().filter(|it| it.duration_since(*first) < SECOND * 60).count();
        assert!(within <= 60, "{within}");
    }
}

/// G46: one firm's calls take nothing from another's.
#[tokio::test]
async fn g46_the_budget_is_the_firms_own() {
    let desk = Desk::connected().await;
    for _ in 0..5 {
        let _dead = enter(&desk).await.unwrap();
    }
    let (cache, other, now) = (&desk.ports.cache, firm("other"), desk.now());
    let taken = budget::take(cache, &other, LIMITS, Lane::Time, "a", now, CALL).await;
    taken.unwrap().unwrap();
}

/// G26: `Retry-After` to the second, for every worker of the firm.
#[tokio::test]
async fn g26_after_a_429_nobody_calls_before_its_time() {
    let desk = Desk::connected().await;
    let wait = std::time::Duration::from_secs(17);
    let throttled = Trouble::Throttled(Limit::Minute, Some(wait));
    desk.ports.practice.fail_next(Method::Tasks, throttled);
    copies::tasks(&desk.ports, desk.asker()).await.unwrap_err();
    let retry = desk.now() + SECOND * 17;
    desk.pass(SECOND * 16);
    let shut = enter(&desk).await.unwrap_err();
    let Shut::Until { until, reason } = shut else { panic!("{shut:?}") };
    assert_eq!((until, reason), (retry, Reason::OverLimit));
    assert!(copies::tasks(&desk.ports, desk.asker()).await.is_err());
    assert_eq!(desk.calls(Method::Tasks), 1);
    desk.pass(SECOND);
    copies::tasks(&desk.ports, desk.asker()).await.unwrap();
}

/// BY-07: what XPM says of its day counts.
#[tokio::test]
async fn by_07_xpms_own_counter_shuts_the_gate() {
    let desk = Desk::connected().await;
    let pass = enter(&desk).await.unwrap();
    let left = Left { day: Some(0), minute: None };
    let reply = Reply { outcome: Ok(()), left };
    gate::leave(&desk.ports, &desk.firm, pass, reply).await.unwrap().unwrap();
    assert!(matches!(enter(&desk).await, Err(Shut::Until { reason: Reason::OverLimit, .. })));
}

/// A budget that cannot be read opens no gate.
#[tokio::test]
async fn g24_without_its_budget_the_gate_is_shut() {
    let desk = Desk::connected().await;
    desk.ports.cache.fail_next(1);
    assert!(matches!(enter(&desk).await, Err(Shut::Down(_))));
}

async fn enter(desk: &Desk) -> Result<Pass, Shut> {
    gate::enter(&desk.ports, &desk.firm, MANY, Lane::Time, CALL).await
}

fn answer() -> Reply<()> {
    Reply { outcome: Ok(()), left: Left::default() }
}

//! A crash, a lost answer, a late worker: the only good token is never lost, nor an older one kept.

use domain::connection::State;
use domain::connection::tokens::{self, NoToken, Tokens};
use domain::ports::{Clock, Identity};
use jiff::SignedDuration;
use memory::identity::{Accepts, IdentityCall};

use crate::desk::{Desk, MINUTE, SECOND, tenant};
use crate::interleaved::{self, CutPorts, Worker, finish, step};

/// Later than the life of an access token.
const EXPIRED: SignedDuration = SignedDuration::from_mins(31);
/// A lease, and how far clocks may differ.
const LEASE_OVER: SignedDuration = SignedDuration::from_secs(41);

type Answer = Result<(domain::ports::Access, u64), NoToken>;

/// G31: Xero rotated and its answer was lost: the same old token is presented again within the grace.
#[tokio::test]
async fn g31_an_answer_lost_after_the_rotation_is_recovered_with_the_same_token() {
    for wait in [SECOND * 30, MINUTE * 5, MINUTE * 29] {
        let desk = expired().await;
        desk.ports.identity.lose_answers(1);
        let lost = tokens::access(&desk.ports, &desk.firm).await;
        let Err(NoToken::Silent { until, .. }) = lost else { panic!("{lost:?}") };
        assert!(until <= desk.now() + MINUTE);
        assert!(desk.stored().await.unwrap().refresh_started_at.is_some());
        desk.pass(wait);
        works(&desk).await;
        assert_eq!(desk.ports.identity.rotations(), 2);
        assert_eq!(desk.ports.identity.stale_refreshes(), 0);
        assert_eq!(desk.stored().await.unwrap().refresh_started_at, None);
    }
}

/// G31: nobody needs a token for a day after the worker died, and yet the grace is not missed.
#[tokio::test]
async fn g31_a_rotation_that_was_not_kept_is_recovered_although_nobody_calls_xpm() {
    let desk = expired().await;
    desk.ports.store.fail_commits_after(1);
    assert!(tokens::access(&desk.ports, &desk.firm).await.is_err());
    desk.ports.store.fail_commits(0);
    desk.idle(MINUTE * 5, MINUTE).await;
    assert_eq!(desk.ports.identity.rotations(), 2);
    desk.pass(MINUTE * 60 * 24);
    works(&desk).await;
    assert_eq!(desk.state().await, State::Connected);
}

/// G34: Xero forgets a refresh token after 60 idle days (xpm-api 3.2).
#[tokio::test]
async fn g34_an_idle_connection_is_kept_alive() {
    let desk = Desk::connected().await;
    let mut oldest = SignedDuration::ZERO;
    for _ in 0..400 {
        desk.idle(MINUTE * 60 * 24, MINUTE * 60 * 12).await;
        let age = desk.now().duration_since(desk.stored().await.unwrap().rotated_at);
        oldest = oldest.max(age);
    }
    assert!(oldest <= MINUTE * 60 * 24 * 30, "{oldest:?}");
    assert_eq!(desk.ports.identity.rotations(), 400 / 25);
    works(&desk).await;
}

#[tokio::test]
async fn g33_tokens_of_a_firm_that_must_connect_again_are_left_alone() {
    let desk = expired().await;
    let token = tokens::refresh_token(&desk.ports, &desk.firm).await.unwrap().unwrap();
    desk.ports.identity.revoke(&token).await.unwrap();
    assert!(tokens::access(&desk.ports, &desk.firm).await.is_err());
    let asked = desk.asked(IdentityCall::Refresh);
    desk.idle(MINUTE * 60, MINUTE).await;
    assert_eq!(desk.asked(IdentityCall::Refresh), asked);
}

#[tokio::test]
async fn g31_an_identity_service_that_is_silent_for_long_costs_nothing() {
    let desk = expired().await;
    desk.ports.identity.silent(100);
    for _ in 0..100 {
        assert!(matches!(
            tokens::access(&desk.ports, &desk.firm).await,
            Err(NoToken::Silent { .. })
        ));
        desk.pass(MINUTE);
    }
    works(&desk).await;
    assert_eq!(desk.ports.identity.rotations(), 1);
}

/// G31: the table fails between the rotation and its keeping.
#[tokio::test]
async fn g31_a_rotation_that_could_not_be_kept_is_recovered() {
    let desk = expired().await;
    let before = desk.stored().await.unwrap();
    // The lease is taken; nothing after it is written.
    desk.ports.store.fail_commits_after(1);
    let failed = tokens::access(&desk.ports, &desk.firm).await;
    assert!(matches!(failed, Err(NoToken::Down(_))));
    assert_eq!(desk.ports.identity.rotations(), 1);
    assert_eq!(desk.stored().await.unwrap().rotation, before.rotation);
    desk.ports.store.fail_commits(0);

    let early = tokens::access(&desk.ports, &desk.firm).await;
    assert!(matches!(early, Err(NoToken::Busy(_))), "{early:?}");
    desk.pass(LEASE_OVER);
    works(&desk).await;
    assert_eq!((desk.ports.identity.rotations(), desk.ports.identity.stale_refreshes()), (2, 0));
}

/// G29, G31: the table wrote and its answer was lost, of the lease or of the new tokens.
#[tokio::test]
async fn g31_a_write_whose_answer_was_lost_costs_nothing() {
    for rotated in [0, 1] {
        let desk = expired().await;
        let cutting = CutPorts::new(&desk.ports);
        let mut worker = worker(&cutting, &desk);
        while desk.ports.identity.rotations() < rotated {
            assert!(step(&mut worker).is_none());
        }
        desk.ports.store.lose_answers(1);
        assert!(matches!(finish(worker), Err(NoToken::Down(_))));
        desk.pass(LEASE_OVER);
        works(&desk).await;
        assert_eq!(
            (desk.ports.identity.rotations(), desk.ports.identity.stale_refreshes()),
            (1, 0)
        );
    }
}

/// G31: the worker dies at any of its awaits; after its lease the next one goes on, without a person.
#[tokio::test]
async fn g31_a_worker_that_dies_at_any_await_costs_nothing() {
    let mut cuts = 0;
    loop {
        let desk = expired().await;
        {
            let cutting = CutPorts::new(&desk.ports);
            let mut doomed = worker(&cutting, &desk);
            let ended = (0..cuts).any(|_| step(&mut doomed).is_some());
            if ended {
                break;
            }
        }
        desk.pass(LEASE_OVER);
        works(&desk).await;
        assert_eq!(desk.ports.identity.stale_refreshes(), 0, "cut {cuts}");
        cuts += 1;
    }
    // Reads of connection and tokens, lease (read, write), rotation, keeping (read, write): 7 calls.
    assert!(cuts >= 14, "{cuts}");
}

/// G31, G32: of many workers most die, in any order; whoever is left finds a token that is good.
#[tokio::test]
async fn g31_of_many_workers_that_die_no_order_loses_the_token() {
    for seed in 0..200 {
        let desk = expired().await;
        for round in 0..4 {
            let cutting = CutPorts::new(&desk.ports);
            let mut workers: Vec<_> = (0..4).map(|_| worker(&cutting, &desk)).collect();
            for (n, doomed) in workers.iter_mut().enumerate() {
                // Each goes so far, and no further.
                let cuts = (seed * 7 + round * 5 + n as u64 * 3) % 17;
                let _ = (0..cuts).any(|_| step(doomed).is_some());
            }
            drop(workers);
            desk.pass(LEASE_OVER);
        }
        works(&desk).await;
        assert_eq!(desk.ports.identity.stale_refreshes(), 0, "seed {seed}");
        assert_eq!(desk.state().await, State::Connected, "seed {seed}");
    }
}

/// G7, G32: paused with the new tokens in hand until another has taken over: nothing of it is written.
#[tokio::test]
async fn g32_a_late_worker_with_older_tokens_writes_nothing() {
    let desk = expired().await;
    let cutting = CutPorts::new(&desk.ports);
    let mut late = worker(&cutting, &desk);
    while desk.ports.identity.rotations() < 1 {
        assert!(step(&mut late).is_none());
    }
    desk.pass(LEASE_OVER);
    works(&desk).await;
    let stored = desk.stored().await.unwrap();
    let answer = finish(late);
    assert!(matches!(answer, Err(NoToken::Busy(_))), "{answer:?}");
    assert_eq!(desk.stored().await.unwrap(), stored);
    works(&desk).await;
    assert_eq!((desk.ports.identity.rotations(), desk.ports.identity.stale_refreshes()), (2, 0));
}

/// G7, G32: paused before it presented the token, for longer than its lease: it does not present it.
#[tokio::test]
async fn g32_a_late_worker_presents_no_token_after_its_lease() {
    for taken_over in [true, false] {
        let desk = expired().await;
        let commits = desk.ports.store.commits();
        let cutting = CutPorts::new(&desk.ports);
        let mut late = worker(&cutting, &desk);
        while desk.ports.store.commits() == commits {
            assert!(step(&mut late).is_none());
        }
        desk.pass(LEASE_OVER);
        if taken_over {
            works(&desk).await;
        }
        let stored = desk.stored().await.unwrap();
        let answer = finish(late);
        assert!(matches!(answer, Err(NoToken::Busy(_))), "{answer:?}");
        assert_eq!(desk.stored().await.unwrap(), stored);
        assert_eq!(desk.ports.identity.rotations(), u64::from(taken_over));
        works(&desk).await;
    }
}

/// G32: whatever the order, with leases that run out under way, versions only grow.
#[tokio::test]
async fn g32_a_stored_token_is_never_replaced_by_an_older_one() {
    for seed in 0..100 {
        let desk = expired().await;
        let cutting = CutPorts::new(&desk.ports);
        let history = std::cell::RefCell::new(Vec::new());
        let workers: Vec<Worker<'_, ()>> = (0..6)
            .map(|n| {
                let (desk, history, cutting) = (&desk, &history, &cutting);
                let it: Worker<'_, ()> = Box::pin(async move {
                    for _ in 0..4 {
                        if tokens::access(cutting, &desk.firm).await.is_ok() {
                            let Tokens { rotation, epoch, .. } = desk.stored().await.unwrap();
                            history.borrow_mut().push((rotation, epoch));
                        }
                        desk.pass(SECOND * (n * 5));
                    }
                });
                it
            })
            .collect();
        interleaved::all(seed, workers);
        let history = history.into_inner();
        assert!(history.is_sorted(), "seed {seed}: {history:?}");
        desk.pass(LEASE_OVER);
        works(&desk).await;
        assert_eq!(desk.ports.identity.stale_refreshes(), 0, "seed {seed}");
    }
}

/// P2: what we store is dead because the token before it was rotated once more: that one is tried.
#[tokio::test]
async fn g31_the_token_before_is_a_last_chance_within_the_grace() {
    for (wait, saved) in [(MINUTE * 25, true), (MINUTE * 31, false)] {
        let desk = expired().await;
        let before = tokens::refresh_token(&desk.ports, &desk.firm).await.unwrap().unwrap();
        works(&desk).await;
        desk.ports.identity.refresh(&before).await.unwrap();
        let calls = desk.asked(IdentityCall::Refresh);
        desk.pass(wait);
        let rotation = desk.stored().await.unwrap().rotation;
        tokens::reject(&desk.ports.store, &desk.firm, rotation, desk.now()).await.unwrap();
        if saved {
            works(&desk).await;
        } else {
            assert!(tokens::access(&desk.ports, &desk.firm).await.is_err());
            assert_eq!(desk.state().await, State::ReconnectRequired);
        }
        assert_eq!(desk.asked(IdentityCall::Refresh) - calls, if saved { 2 } else { 1 });
    }
}

/// P2: the last chance is kept for another time, because what it brought may be rotated away too.
#[tokio::test]
async fn g31_the_token_that_worked_stays_the_last_chance() {
    let desk = expired().await;
    let before = tokens::refresh_token(&desk.ports, &desk.firm).await.unwrap().unwrap();
    works(&desk).await;
    for _ in 0..2 {
        desk.ports.identity.refresh(&before).await.unwrap();
        desk.pass(MINUTE);
        let rotation = desk.stored().await.unwrap().rotation;
        tokens::reject(&desk.ports.store, &desk.firm, rotation, desk.now()).await.unwrap();
        works(&desk).await;
    }
}

/// A connected firm whose access token is over.
async fn expired() -> Desk {
    let desk = Desk::connected().await;
    desk.pass(EXPIRED);
    desk
}

fn worker<'a>(ports: &'a CutPorts<'_>, desk: &'a Desk) -> Worker<'a, Answer> {
    Box::pin(tokens::access(ports, &desk.firm))
}

/// A caller gets a token now, and it is good.
async fn works(desk: &Desk) {
    let answer = tokens::access(&desk.ports, &desk.firm).await;
    let (access, rotation) = answer.unwrap();
    let accepts = desk.ports.identity.accepts(&access.token, &tenant("tenant-1"));
    assert_eq!(accepts, Accepts::Yes);
    let stored = desk.stored().await.unwrap();
    assert_eq!(stored.rotation, rotation);
    assert!(stored.access_ends > desk.ports.clock.now());
}

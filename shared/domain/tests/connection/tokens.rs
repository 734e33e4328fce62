//! The token set: one refresh for all, and an end that is an end.

use domain::connection::tokens::{self, NoToken, TOKENS};
use domain::connection::{State, authorise};
use domain::copies::{self, Unavailable};
use domain::journal::Actor;
use domain::ports::{
    Change, Clock, Expect, Fault, Identity, Item, Key, Kind, Ports, Secret, Store,
};
use jiff::SignedDuration;
use memory::identity::{Accepts, IdentityCall};
use memory::practice::{Method, Trouble};

use crate::desk::{Desk, MINUTE, SECOND, firm, tenant};
use crate::interleaved::{self, CutPorts, Worker, cut};

/// Later than the life of an access token.
const EXPIRED: SignedDuration = SignedDuration::from_mins(31);

#[tokio::test]
async fn g30_a_token_is_used_as_it_is_until_two_minutes_before_its_end() {
    let desk = Desk::connected().await;
    let first = get(&desk).await;
    desk.pass(MINUTE * 28 - SECOND);
    assert_eq!(get(&desk).await, first);
    assert_eq!(desk.asked(IdentityCall::Refresh), 0);
    desk.pass(SECOND);
    let second = get(&desk).await;
    assert_ne!(second, first);
    assert_eq!(desk.asked(IdentityCall::Refresh), 1);
}

/// G30: whatever the order in which fifty callers go on, one of them refreshes and all use its token.
#[tokio::test]
async fn g30_fifty_callers_at_the_end_of_a_token_make_one_refresh() {
    for seed in 0..40 {
        let desk = Desk::connected().await;
        desk.pass(EXPIRED);
        let got = many(&desk, seed, 50);
        assert!(got.windows(2).all(|it| it[0] == it[1]), "seed {seed}");
        assert_eq!(got.len(), 50);
        assert_eq!(desk.ports.identity.accepts(&got[0], &tenant("tenant-1")), Accepts::Yes);
        assert_eq!((desk.asked(IdentityCall::Refresh), desk.ports.identity.rotations()), (1, 1));
    }
}

/// G30: shortly before the end the others need not wait: the old token is still good.
#[tokio::test]
async fn g30_while_one_refreshes_in_time_the_others_use_the_old_token() {
    for seed in 0..40 {
        let desk = Desk::connected().await;
        let old = get(&desk).await;
        desk.pass(MINUTE * 29);
        let cutting = CutPorts::new(&desk.ports);
        let workers = (0..20).map(|_| worker(&cutting, &desk)).collect();
        let got: Vec<Secret> = interleaved::all(seed, workers).into_iter().map(token).collect();
        assert_eq!(desk.asked(IdentityCall::Refresh), 1, "seed {seed}");
        assert!(got.iter().any(|it| *it != old), "seed {seed}");
        for one in got {
            assert_eq!(desk.ports.identity.accepts(&one, &tenant("tenant-1")), Accepts::Yes);
        }
    }
}

/// G30, G32: a day of work; each token is presented once, and the rotations are counted.
#[tokio::test]
async fn g32_over_a_day_each_refresh_token_is_presented_once() {
    let desk = Desk::connected().await;
    for round in 1..=48 {
        desk.pass(MINUTE * 30);
        many(&desk, round, 5);
        let stored = desk.stored().await.unwrap();
        assert_eq!((stored.rotation, stored.rotated_at), (round + 1, desk.now()));
        assert_eq!(stored.refresh_started_at, None);
    }
    assert_eq!((desk.asked(IdentityCall::Refresh), desk.ports.identity.rotations()), (48, 48));
    assert_eq!(desk.ports.identity.stale_refreshes(), 0);
}

/// G33: revoked at Xero: at most two calls, then a person is asked, and nothing is tried any more.
#[tokio::test]
async fn g33_a_revoked_token_ends_the_connection_after_two_calls_at_most() {
    for fresh in [false, true] {
        for seed in 0..20 {
            let desk = Desk::connected().await;
            desk.pass(EXPIRED);
            if fresh {
                // The token before this one is young enough to be tried as well.
                get(&desk).await;
                let rotation = desk.stored().await.unwrap().rotation;
                reject(&desk, rotation).await;
            }
            let before = desk.asked(IdentityCall::Refresh);
            revoke_at_xero(&desk).await;
            let cutting = CutPorts::new(&desk.ports);
            let workers = (0..20).map(|_| patient(&cutting, &desk)).collect();
            for answer in interleaved::all(seed, workers) {
                assert!(matches!(answer, Err(NoToken::NotConnected)), "seed {seed}");
            }
            let after = desk.asked(IdentityCall::Refresh);
            assert!((1..=2).contains(&(after - before)), "{} calls, seed {seed}", after - before);
            assert_eq!(desk.state().await, State::ReconnectRequired);
            for _ in 0..24 {
                desk.pass(MINUTE * 60);
                assert!(tokens::access(&desk.ports, &desk.firm).await.is_err());
            }
            assert_eq!(desk.asked(IdentityCall::Refresh), after, "seed {seed}");
        }
    }
}

/// G33: that our app is refused is no fault of the firm's connection, which works on when it is mended.
#[tokio::test]
async fn g33_a_refusal_of_our_app_costs_no_firm_its_connection() {
    let desk = Desk::connected().await;
    desk.pass(EXPIRED);
    desk.ports.identity.refuse_next("invalid_client");
    let answer = tokens::access(&desk.ports, &desk.firm).await;
    let Err(NoToken::Silent { until, .. }) = answer else { panic!("{answer:?}") };
    assert!(until >= desk.now() + SECOND * 30);
    assert_eq!(desk.state().await, State::Connected);
    desk.ports.clock.wait(until).await;
    get(&desk).await;
}

/// G33: a firm that connects again works with the new token.
#[tokio::test]
async fn g33_after_a_reconnect_the_new_token_is_used() {
    let desk = Desk::connected().await;
    let before = desk.stored().await.unwrap();
    revoke_at_xero(&desk).await;
    desk.pass(EXPIRED);
    assert!(tokens::access(&desk.ports, &desk.firm).await.is_err());
    desk.ports.identity.connect("ann", &tenant("tenant-1"), "Demo");
    desk.consent("ann").await;
    let after = desk.stored().await.unwrap();
    assert!(after.rotation > before.rotation && after.epoch > before.epoch);
    let access = get(&desk).await;
    assert_eq!(desk.ports.identity.accepts(&access, &tenant("tenant-1")), Accepts::Yes);
}

/// 401 before its time: the next use refreshes, once.
#[tokio::test]
async fn g30_a_token_that_xpm_refuses_is_refreshed_at_the_next_call() {
    let desk = Desk::connected().await;
    desk.ports.practice.fail_next(Method::Tasks, Trouble::Unauthorised);
    let refused = copies::tasks(&desk.ports, desk.asker()).await;
    assert!(matches!(refused, Err(Unavailable::Fault(Fault::Unauthorised))));
    assert_eq!(desk.state().await, State::Connected);
    assert_eq!(desk.asked(IdentityCall::Refresh), 0);
    let copy = copies::tasks(&desk.ports, desk.asker()).await.unwrap();
    assert_eq!((copy.items.len(), copy.stale), (1, false));
    assert_eq!(desk.asked(IdentityCall::Refresh), 1);
}

#[tokio::test]
async fn g30_a_late_refusal_of_an_older_token_costs_no_refresh() {
    let desk = Desk::connected().await;
    let old = desk.stored().await.unwrap().rotation;
    desk.pass(EXPIRED);
    let fresh = get(&desk).await;
    reject(&desk, old).await;
    assert_eq!(get(&desk).await, fresh);
    assert_eq!(desk.asked(IdentityCall::Refresh), 1);
}

/// 403: the organisation was disconnected at Xero.
#[tokio::test]
async fn g33_an_organisation_disconnected_at_xero_needs_a_reconnect() {
    let desk = Desk::connected().await;
    desk.ports.identity.disconnect(&tenant("tenant-1"));
    let refused = copies::tasks(&desk.ports, desk.asker()).await;
    assert!(matches!(refused, Err(Unavailable::Fault(Fault::Disconnected))));
    assert_eq!(desk.state().await, State::ReconnectRequired);
    let calls = desk.ports.practice.calls().len();
    let shut = copies::tasks(&desk.ports, desk.asker()).await.unwrap_err();
    assert_eq!(shut.reason(), domain::reason::Reason::NotConnected);
    assert_eq!(desk.ports.practice.calls().len(), calls);
}

/// G35: another firm's row, another rotation's token, another kind of token: none opens.
#[tokio::test]
async fn g35_a_token_that_was_moved_does_not_open() {
    let desk = Desk::connected().await;
    let first = row(&desk, "demo").await;
    desk.pass(EXPIRED);
    get(&desk).await;
    let second = row(&desk, "demo").await;
    let other = Desk { ports: desk.ports, firm: firm("other") };
    let grant = other.ports.identity.grant("bob");
    tokens::keep(&other.ports, &other.firm, &grant).await.unwrap();
    let others = row(&other, "other").await;
    let desk = Desk { ports: other.ports, firm: firm("demo") };

    let mut older = second.clone();
    older.body["access"] = first.body["access"].clone();
    let mut kinds = second.clone();
    kinds.body["access"] = second.body["refresh"].clone();
    let foreign = Item { body: others.body, ..second.clone() };
    for (name, wrong) in [("older", older), ("kinds", kinds), ("foreign", foreign)] {
        overwrite(&desk, wrong).await;
        let answer = tokens::access(&desk.ports, &desk.firm).await;
        assert!(matches!(answer, Err(NoToken::Down(_))), "{name}: {answer:?}");
    }
    // Nothing but the row was wrong.
    overwrite(&desk, second).await;
    get(&desk).await;
}

/// G35: nor is a refresh token that was moved presented to Xero.
#[tokio::test]
async fn g35_a_refresh_token_that_was_moved_is_not_presented() {
    let desk = Desk::connected().await;
    let mut swapped = row(&desk, "demo").await;
    swapped.body["refresh"] = swapped.body["access"].clone();
    overwrite(&desk, swapped).await;
    desk.pass(EXPIRED);
    assert!(tokens::access(&desk.ports, &desk.firm).await.is_err());
    assert!(authorise::disconnect(&desk.ports, &desk.firm, &Actor::Rule).await.is_err());
    assert_eq!(desk.asked(IdentityCall::Refresh) + desk.asked(IdentityCall::Revoke), 0);
}

/// The tokens of as many callers, each asking again while another refreshes.
fn many(desk: &Desk, seed: u64, callers: usize) -> Vec<Secret> {
    let cutting = CutPorts::new(&desk.ports);
    let workers = (0..callers).map(|_| patient(&cutting, desk)).collect();
    interleaved::all(seed, workers).into_iter().map(token).collect()
}

fn worker<'a>(
    ports: &'a CutPorts<'_>,
    desk: &'a Desk,
) -> Worker<'a, Result<(domain::ports::Access, u64), NoToken>> {
    Box::pin(tokens::access(ports, &desk.firm))
}

fn patient<'a>(
    ports: &'a CutPorts<'_>,
    desk: &'a Desk,
) -> Worker<'a, Result<(domain::ports::Access, u64), NoToken>> {
    Box::pin(async move {
        loop {
            match tokens::access(ports, &desk.firm).await {
                Err(NoToken::Busy(until)) => {
                    assert!(until <= ports.clock().now() + SECOND);
                    cut().await;
                }
                ended => return ended,
            }
        }
    })
}

fn token(answer: Result<(domain::ports::Access, u64), NoToken>) -> Secret {
    answer.unwrap().0.token
}

async fn get(desk: &Desk) -> Secret {
    token(tokens::access(&desk.ports, &desk.firm).await)
}

async fn reject(desk: &Desk, rotation: u64) {
    tokens::reject(&desk.ports.store, &desk.firm, rotation, desk.now()).await.unwrap();
}

async fn revoke_at_xero(desk: &Desk) {
    let refresh = tokens::refresh_token(&desk.ports, &desk.firm).await.unwrap().unwrap();
    desk.ports.identity.revoke(&refresh).await.unwrap();
}

async fn row(desk: &Desk, id: &str) -> Item {
    let key = Key::new(&firm(id), Kind::Token, TOKENS);
    desk.ports.store.read(&key).await.unwrap().unwrap()
}

async fn overwrite(desk: &Desk, item: Item) {
    let _ = desk.ports.store.commit(vec![Change::Put(item, Expect::Any)]).await.unwrap();
}

//! The twins keep the contracts, and their knobs do what they say.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod records;
mod scene;
mod xero;

use domain::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use memory::contract::{
    cache_contract, identity_contract, lanes_contract, practice_contract, store_contract,
    vault_contract,
};
use memory::{MemoryCache, MemoryClock, MemoryPorts};

use scene::{scene, tenant};

#[tokio::test]
async fn the_store_keeps_the_promises_of_a_store() {
    store_contract(&MemoryPorts::default().store).await;
}

#[tokio::test]
async fn the_store_keeps_the_promises_of_lanes() {
    lanes_contract(&MemoryPorts::default().store).await;
}

#[tokio::test]
async fn g17_the_cache_keeps_its_promises() {
    cache_contract(&MemoryCache::new()).await;
}

#[tokio::test]
async fn g35_the_vault_keeps_its_promises() {
    vault_contract(&MemoryPorts::default().vault).await;
}

#[tokio::test]
async fn the_identity_service_keeps_its_promises() {
    let ports = MemoryPorts::default();
    let identity = &ports.identity;
    identity.connect("ada", &tenant(), "Ada's practice");

    identity_contract(&**identity, ports.clock.now(), async |url| {
        let callback = identity.consent(&url, "ada");
        (callback.code, callback.state)
    })
    .await;
}

#[tokio::test]
async fn the_practice_keeps_its_promises() {
    let ports = MemoryPorts::default();
    let scene = scene(&ports.practice);

    practice_contract(&ports.practice, &scene).await;
}

#[test]
fn chance_repeats_itself_and_time_stands_still() {
    let clocks = [0; 2].map(|_| MemoryClock::seeded(Timestamp::UNIX_EPOCH, 7));
    let drawn = clocks.each_ref().map(|it| [it.random(), it.random()]);

    assert_eq!(drawn[0], drawn[1]);
    assert_ne!(drawn[0][0], drawn[0][1]);
    assert_ne!(MemoryClock::seeded(Timestamp::UNIX_EPOCH, 8).random(), drawn[0][0]);
    clocks[0].advance(SignedDuration::from_secs(5));
    assert_eq!(clocks[0].now().as_second(), 5);
    assert_eq!(clocks[1].now(), Timestamp::UNIX_EPOCH);
}

#[test]
fn the_twins_can_be_shared_by_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&MemoryPorts::default());
}

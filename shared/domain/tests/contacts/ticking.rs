//! The desk with time that passes while a worker works.

use domain::contacts::sync::work;
use domain::deadline::Deadline;
use domain::ports::{Clock, Ports};
use jiff::{SignedDuration, Timestamp};
use memory::{
    MemoryCache, MemoryIdentity, MemoryPorts, MemoryPractice, MemoryStore, MemoryVault, MemoryWakes,
};

use crate::desk::Desk;

impl Desk {
    /// One invocation on a clock that moves with every look at it, with so many seconds left.
    pub(crate) async fn tick(&self, seconds: i64) {
        let ticking = Ticking { ports: &self.ports, clock: TickingClock(&self.ports) };
        let deadline = Deadline { at: self.now() + SignedDuration::from_secs(seconds) };
        work(&ticking, &self.firm, deadline).await.unwrap();
    }
}

/// The twins on a clock that moves by two seconds with every look at it.
struct Ticking<'a> {
    ports: &'a MemoryPorts,
    clock: TickingClock<'a>,
}

struct TickingClock<'a>(&'a MemoryPorts);

impl Clock for TickingClock<'_> {
    fn now(&self) -> Timestamp {
        self.0.clock.advance(SignedDuration::from_secs(2));
        self.0.clock.now()
    }

    fn random(&self) -> [u8; 32] {
        self.0.clock.random()
    }

    async fn wait(&self, until: Timestamp) {
        self.0.clock.wait(until).await;
    }
}

impl<'a> Ports for Ticking<'a> {
    type Store = MemoryStore;
    type Cache = MemoryCache;
    type Wakes = MemoryWakes;
    type Vault = MemoryVault;
    type Identity = MemoryIdentity;
    type Practice = MemoryPractice;
    type Clock = TickingClock<'a>;

    fn store(&self) -> &MemoryStore {
        &self.ports.store
    }

    fn cache(&self) -> &MemoryCache {
        &self.ports.cache
    }

    fn wakes(&self) -> &MemoryWakes {
        &self.ports.wakes
    }

    fn vault(&self) -> &MemoryVault {
        &self.ports.vault
    }

    fn identity(&self) -> &MemoryIdentity {
        &self.ports.identity
    }

    fn practice(&self) -> &MemoryPractice {
        &self.ports.practice
    }

    fn clock(&self) -> &TickingClock<'a> {
        &self.clock
    }
}

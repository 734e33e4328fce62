//! All twins together.

use std::sync::Arc;

use domain::ports::Ports;

use crate::{
    MemoryCache, MemoryClock, MemoryIdentity, MemoryPractice, MemoryStore, MemoryVault, MemoryWakes,
};

/// The outside in memory, on one clock.
#[derive(Debug)]
pub struct MemoryPorts {
    /// What must not be lost.
    pub store: MemoryStore,
    /// What may vanish.
    pub cache: MemoryCache,
    /// The way to our own later selves.
    pub wakes: MemoryWakes,
    /// Keeps secrets.
    pub vault: MemoryVault,
    /// Xero's identity service; share it with [`MemoryPractice::check_tokens`].
    pub identity: Arc<MemoryIdentity>,
    /// XPM.
    pub practice: MemoryPractice,
    /// Time and chance.
    pub clock: Arc<MemoryClock>,
}

impl MemoryPorts {
    /// Empty, on this clock. XPM takes any access token until it is told to check.
    pub fn new(clock: MemoryClock) -> Self {
        let clock = Arc::new(clock);
        Self {
            store: MemoryStore::new(&clock),
            cache: MemoryCache::new(),
            wakes: MemoryWakes::new(),
            vault: MemoryVault::new(),
            identity: Arc::new(MemoryIdentity::new(&clock)),
            practice: MemoryPractice::new(&clock),
            clock,
        }
    }
}

impl Default for MemoryPorts {
    fn default() -> Self {
        Self::new(MemoryClock::default())
    }
}

impl Ports for MemoryPorts {
    type Store = MemoryStore;
    type Cache = MemoryCache;
    type Wakes = MemoryWakes;
    type Vault = MemoryVault;
    type Identity = MemoryIdentity;
    type Practice = MemoryPractice;
    type Clock = MemoryClock;

    fn store(&self) -> &MemoryStore {
        &self.store
    }

    fn cache(&self) -> &MemoryCache {
        &self.cache
    }

    fn wakes(&self) -> &MemoryWakes {
        &self.wakes
    }

    fn vault(&self) -> &MemoryVault {
        &self.vault
    }

    fn identity(&self) -> &MemoryIdentity {
        &self.identity
    }

    fn practice(&self) -> &MemoryPractice {
        &self.practice
    }

    fn clock(&self) -> &MemoryClock {
        &self.clock
    }
}

//! The twins as one worker sees them: every call is a chance to be stopped, killed or misled.

mod own;
mod xero;

pub(crate) use xero::at_once;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use domain::ids::{FirmId, TenantId};
use domain::ports::{Cause, Down, Ports, Wake};
use jiff::{SignedDuration, Timestamp};
use memory::MemoryPorts;

use crate::plant::Plant;
use crate::scheduler::{Me, lock};
use crate::weather::Weather;

/// Everything that workers share.
pub(crate) struct World {
    pub(crate) outside: MemoryPorts,
    pub(crate) plant: Option<Plant>,
    /// The most that a call to XPM takes each way, in milliseconds.
    pub(crate) slowness: u32,
    rng: Mutex<fastrand::Rng>,
    weather: Mutex<Weather>,
    /// Messages on their way.
    post: Mutex<Vec<Message>>,
    /// What XPM will do later, although it never said so.
    late: Mutex<Vec<Late>>,
    seen: Mutex<Seen>,
}

/// A wake on its way.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) wake: Wake,
    pub(crate) at: Timestamp,
    pub(crate) tries: u32,
}

/// Something that XPM does at an instant.
pub(crate) struct Late {
    pub(crate) at: Timestamp,
    pub(crate) act: Box<dyn FnOnce(&MemoryPorts) + Send>,
}

/// What was seen at XPM's door.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Creates.
    pub(crate) creates: u64,
    /// Creates without a durable intent (G1).
    pub(crate) without_intent: u64,
    /// Refusals over a limit that the World did not make up (G24).
    pub(crate) over_limit: u64,
    /// The most calls of one organisation at once (G24).
    pub(crate) most_at_once: usize,
    at_once: BTreeMap<TenantId, usize>,
}

impl World {
    pub(crate) fn new(outside: MemoryPorts, mut rng: fastrand::Rng, plant: Option<Plant>) -> Self {
        Self {
            outside,
            plant,
            slowness: 50 << rng.u32(0..6),
            rng: Mutex::new(rng),
            weather: Mutex::new(Weather::CALM),
            post: Mutex::default(),
            late: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    pub(crate) fn has(&self, plant: Plant) -> bool {
        self.plant == Some(plant)
    }

    pub(crate) fn now(&self) -> Timestamp {
        use domain::ports::Clock as _;
        self.outside.clock.now()
    }

    /// A number of the seed's.
    pub(crate) fn draw(&self, below: u32) -> u32 {
        lock(&self.rng).u32(0..below.max(1))
    }

    /// Whether what happens so often in a thousand times happens now.
    pub(crate) fn chance(&self, of: impl Fn(&Weather) -> u32) -> bool {
        let thousandths = of(&lock(&self.weather));
        thousandths > 0 && self.draw(1000) < thousandths
    }

    pub(crate) fn set_weather(&self, weather: Weather) {
        *lock(&self.weather) = weather;
    }

    pub(crate) fn seen(&self) -> Seen {
        lock(&self.seen).clone()
    }

    pub(crate) fn send(&self, wake: &Wake, tries: u32, after: SignedDuration) {
        let at = self.now() + after;
        lock(&self.post).push(Message { wake: wake.clone(), at, tries });
    }

    /// A message whose time has come, any of them.
    pub(crate) fn receive(&self) -> Option<Message> {
        let now = self.now();
        let mut post = lock(&self.post);
        let come: Vec<usize> = (0..post.len()).filter(|n| post[*n].at <= now).collect();
        let n = *come.get(self.draw(u32::try_from(come.len()).unwrap_or(u32::MAX)) as usize)?;
        Some(post.swap_remove(n))
    }

    /// Lets XPM do what it does at last.
    pub(crate) fn let_happen(&self) {
        let now = self.now();
        loop {
            let mut late = lock(&self.late);
            let Some(n) = late.iter().position(|it| it.at <= now) else { return };
            let it = late.swap_remove(n);
            drop(late);
            (it.act)(&self.outside);
        }
    }

    /// When a message or XPM moves next.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        let post = lock(&self.post).iter().map(|it| it.at).min();
        let late = lock(&self.late).iter().map(|it| it.at).min();
        post.into_iter().chain(late).min()
    }

    fn later(&self, at: Timestamp, act: impl FnOnce(&MemoryPorts) + Send + 'static) {
        lock(&self.late).push(Late { at, act: Box::new(act) });
    }

    fn note<T>(&self, note: impl FnOnce(&mut Seen) -> T) -> T {
        note(&mut lock(&self.seen))
    }
}

/// A call under way at XPM; it ends however its worker ends.
struct Flying<'a>(&'a World, TenantId);

impl<'a> Flying<'a> {
    fn begin(world: &'a World, tenant: &TenantId) -> Self {
        world.note(|it| {
            let count = it.at_once.entry(tenant.clone()).or_default();
            *count += 1;
            it.most_at_once = it.most_at_once.max(*count);
        });
        Self(world, tenant.clone())
    }
}

impl Drop for Flying<'_> {
    fn drop(&mut self) {
        self.0.note(|it| {
            it.at_once.entry(self.1.clone()).and_modify(|it| *it -= 1);
        });
    }
}

/// The outside of one worker.
#[derive(Clone)]
pub(crate) struct Worker {
    pub(crate) world: Arc<World>,
    pub(crate) me: Arc<Me>,
}

impl Worker {
    /// Does one thing to a table or queue, if the weather lets it.
    async fn own<T>(
        &self,
        act: impl AsyncFnOnce(&MemoryPorts) -> Result<T, Down>,
    ) -> Result<T, Down> {
        self.me.pause().await;
        if self.world.chance(|it| it.fail) {
            return Err(down("it was told to fail"));
        }
        let done = act(&self.world.outside).await;
        self.me.pause().await;
        if self.world.chance(|it| it.lose) {
            return Err(down("it was told to lose the answer"));
        }
        done
    }

    fn firm_of(tenant: &TenantId) -> Option<FirmId> {
        FirmId::parse(tenant.as_str().strip_prefix("tenant-")?).ok()
    }
}

fn down(cause: &'static str) -> Down {
    Down { what: "the World", cause: Cause::from(cause) }
}

impl Ports for Worker {
    type Store = Self;
    type Cache = Self;
    type Wakes = Self;
    type Vault = memory::MemoryVault;
    type Identity = Self;
    type Practice = Self;
    type Clock = Self;

    fn store(&self) -> &Self {
        self
    }

    fn cache(&self) -> &Self {
        self
    }

    fn wakes(&self) -> &Self {
        self
    }

    fn vault(&self) -> &memory::MemoryVault {
        &self.world.outside.vault
    }

    fn identity(&self) -> &Self {
        self
    }

    fn practice(&self) -> &Self {
        self
    }

    fn clock(&self) -> &Self {
        self
    }
}

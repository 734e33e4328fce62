//! Cycles that find nothing new: what they cost, and that nothing is lost by their costing so little.

use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use domain::contacts::sync::{self, Mode, RunState, work};
use domain::deadline::Deadline;
use domain::ports::{Clock, Lane, LaneState, Lanes, Ports};
use jiff::{SignedDuration, Timestamp};
use memory::{
    MemoryCache, MemoryIdentity, MemoryPorts, MemoryPractice, MemoryStore, MemoryVault, MemoryWakes,
};

use crate::desk::{Desk, company};

/// G18: one call, one commit for the run and for what the next one goes by, and nobody else is woken.
#[tokio::test]
async fn g18_a_cycle_without_news_is_one_call_and_one_commit() {
    let desk = settled().await;
    let before = (desk.ports.practice.called(), desk.ports.store.commits(), time(&desk).await);
    desk.pass(16);
    desk.work().await;
    let after = (desk.ports.practice.called(), desk.ports.store.commits(), time(&desk).await);
    assert_eq!(after, (before.0 + 1, before.1 + 1, before.2));
    assert!(desk.ports.wakes.take().is_empty());
    let run = &desk.runs().await[0];
    assert_eq!(
        (run.state, run.counts.read, run.finished_at),
        (RunState::Done, 0, Some(desk.now()))
    );
}

/// KB-09: what changed since then is read by the next cycle, and time hears of it.
#[tokio::test]
async fn kb_09_the_cycle_after_a_quiet_one_reads_what_changed_since() {
    let desk = settled().await;
    desk.pass(16);
    desk.work().await;
    desk.client(company("b1", "Beta", "b@beta.example"));
    desk.pass(15);
    desk.work().await;
    assert_eq!(desk.runs().await[0].counts.created, 1);
    let woken: Vec<Lane> = desk.ports.wakes.take().into_iter().map(|it| it.lane).collect();
    assert!(woken.contains(&Lane::Time), "{woken:?}");
}

/// The run was never written down, so it is made anew by whoever comes next.
#[tokio::test]
async fn a_quiet_cycle_that_dies_at_its_end_is_made_again() {
    let desk = settled().await;
    desk.pass(16);
    desk.ports.store.fail_commits(1);
    desk.try_work().await.unwrap_err();
    assert_eq!(desk.runs().await.len(), 1);
    desk.pass(1);
    desk.work().await;
    assert_eq!((desk.runs().await.len(), desk.lists()), (2, 3));
}

/// KB-07: Sync Now, pressed while a cycle reads: its wake finds the lane taken, so who has it works it.
#[tokio::test]
async fn kb_07_sync_now_during_a_quiet_cycle_is_worked_by_the_same_worker() {
    let desk = settled().await;
    desk.pass(16);
    let pressing = Pressing { desk: &desk, lists: desk.lists(), pressed: Mutex::new(None) };
    let deadline = Deadline { at: desk.now() + SignedDuration::from_secs(60) };
    work(&pressing, &desk.firm, deadline).await.unwrap();
    let pressed = pressing.pressed.lock().unwrap().take().unwrap();
    assert_eq!(desk.run(&pressed).await.state, RunState::Done);
    assert_eq!(desk.runs().await.len(), 2);
}

/// A firm that has been read, outside the next cycle's overlap.
async fn settled() -> Desk {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    desk.ports.wakes.take();
    desk
}

async fn time(desk: &Desk) -> LaneState {
    desk.ports.store.look(&desk.firm, Lane::Time).await.unwrap()
}

/// The twins, at which somebody presses Sync Now once the clients are read.
struct Pressing<'a> {
    desk: &'a Desk,
    lists: usize,
    pressed: Mutex<Option<sync::SyncRun>>,
}

impl Clock for Pressing<'_> {
    fn now(&self) -> Timestamp {
        let mut pressed = self.pressed.lock().unwrap();
        let Desk { ports, firm, .. } = self.desk;
        if pressed.is_none() && self.desk.lists() > self.lists {
            let mut press = Box::pin(sync::request(ports, firm, Mode::Apply, ports.clock.now()));
            let Poll::Ready(run) = press.as_mut().poll(&mut Context::from_waker(Waker::noop()))
            else {
                panic!("no twin waits")
            };
            *pressed = Some(run.unwrap());
        }
        ports.clock.now()
    }

    fn random(&self) -> [u8; 32] {
        self.desk.ports.clock.random()
    }

    async fn wait(&self, until: Timestamp) {
        self.desk.ports.clock.wait(until).await;
    }
}

impl Ports for Pressing<'_> {
    type Store = MemoryStore;
    type Cache = MemoryCache;
    type Wakes = MemoryWakes;
    type Vault = MemoryVault;
    type Identity = MemoryIdentity;
    type Practice = MemoryPractice;
    type Clock = Self;

    fn store(&self) -> &MemoryStore {
        &self.ports().store
    }

    fn cache(&self) -> &MemoryCache {
        &self.ports().cache
    }

    fn wakes(&self) -> &MemoryWakes {
        &self.ports().wakes
    }

    fn vault(&self) -> &MemoryVault {
        &self.ports().vault
    }

    fn identity(&self) -> &MemoryIdentity {
        &self.ports().identity
    }

    fn practice(&self) -> &MemoryPractice {
        &self.ports().practice
    }

    fn clock(&self) -> &Self {
        self
    }
}

impl Pressing<'_> {
    fn ports(&self) -> &MemoryPorts {
        &self.desk.ports
    }
}

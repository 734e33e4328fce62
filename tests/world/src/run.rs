//! One history, from the first statement to rest.

mod killed;

pub use killed::{Toll, at_every_call};

use std::sync::Arc;

use domain::deadline::Deadline;
use domain::ids::FirmId;
use domain::lanes;
use domain::ports::{Clock, Lane, Lanes, Wake};
use domain::time::work;
use jiff::{SignedDuration, Timestamp};
use memory::{MemoryClock, MemoryPorts};

use crate::history::{History, Statement};
use crate::judge::{Wrong, judge};
use crate::plant::Plant;
use crate::ports::{Message, Worker, World};
use crate::scene::{self, Made};
use crate::scheduler::{Me, Running};
use crate::weather::Weather;

/// How many statements a history has.
const STATEMENTS: u32 = 120;
/// The statements come within this time, or within seconds when the first firm is in a hurry.
const SPAN: SignedDuration = SignedDuration::from_hours(2);
const HURRY: SignedDuration = SignedDuration::from_secs(20);
/// When the weather has cleared up, everything must be at rest within this.
const REST: SignedDuration = SignedDuration::from_hours(48);
/// How long Lambda lets a worker run.
const INVOCATION: SignedDuration = SignedDuration::from_secs(60);
/// How long it lets a function run that a gateway waits for.
const REQUEST: SignedDuration = SignedDuration::from_secs(29);
/// How many workers there are at most.
const WORKERS: usize = 6;
/// How far a worker's clock may be off (G23), in milliseconds.
const SKEW: u32 = 2_000;

/// How a history ended.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Its seed.
    pub seed: u64,
    /// What went wrong.
    pub wrong: Vec<Wrong>,
    /// Creates sent to XPM.
    pub creates: u64,
    /// Entries that the firms recorded.
    pub entries: usize,
    /// Workers that were killed.
    pub killed: u64,
}

/// What a worker was sent for.
#[derive(Clone, Debug)]
enum Errand {
    Wake(Message),
    Sweep,
    Take(Statement),
}

/// Lives one history.
///
/// # Errors
/// The World itself could not be set up or read.
pub async fn run(seed: u64, plant: Option<Plant>) -> Made<Verdict> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let noon = MemoryClock::default().now();
    let outside = MemoryPorts::new(MemoryClock::seeded(noon, seed));
    let firms = scene::set_up(&outside).await?;
    outside.wakes.take();
    let hurry = rng.u32(0..4) == 0;
    let busy = if hurry { &firms[..1] } else { &firms[..] };
    let history = History::of(busy, STATEMENTS, &mut rng)?;
    // In a storm nobody gets as far as the limits.
    let weather = if hurry && rng.bool() { Weather::CALM } else { Weather::of(&mut rng) };
    let world = Arc::new(World::new(outside, rng.fork(), plant));
    world.set_weather(weather);
    let said = say(&history, if hurry { HURRY } else { SPAN }, world.now(), &mut rng);
    let mut play = Play::new(&world, firms, said);
    play.until(world.now() + SPAN);
    world.set_weather(Weather::CALM);
    let at_rest = play.rest();
    let mut wrong = judge(&world, &play.firms, &history).await?;
    if !at_rest {
        wrong.push(Wrong::NeverAtRest);
    }
    let (creates, killed) = (world.seen().creates, play.killed);
    let entries = play.firms.iter().map(|it| history.ids(it).len()).sum();
    Ok(Verdict { seed, wrong, creates, entries, killed })
}

/// When each statement is made; many are made again, some much later.
fn say(
    history: &History,
    span: SignedDuration,
    start: Timestamp,
    rng: &mut fastrand::Rng,
) -> Vec<(Timestamp, Statement)> {
    let span = span.as_millis() as i64;
    let mut said = Vec::new();
    for (n, statement) in history.statements.iter().enumerate() {
        let share = span * n as i64 / history.statements.len() as i64;
        for again in 0..=rng.i64(0..3) {
            let jitter = rng.i64(0..300_000) * again;
            let at = start + SignedDuration::from_millis((share + jitter).min(span));
            said.push((at, statement.clone()));
        }
    }
    said
}

struct Play {
    world: Arc<World>,
    firms: Vec<FirmId>,
    said: Vec<(Timestamp, Statement)>,
    workers: Vec<Running<Errand>>,
    next_sweep: Timestamp,
    killed: u64,
    /// After so many steps of those who work the lane, the one whose turn it is dies.
    doom: Option<u64>,
}

impl Play {
    fn new(world: &Arc<World>, firms: Vec<FirmId>, said: Vec<(Timestamp, Statement)>) -> Self {
        Self {
            world: Arc::clone(world),
            firms,
            said,
            workers: Vec::new(),
            next_sweep: world.now(),
            killed: 0,
            doom: None,
        }
    }

    /// Goes on until then.
    fn until(&mut self, end: Timestamp) {
        while self.world.now() < end {
            self.step();
        }
    }

    /// Goes on until nothing is left to do; says whether that came about in time.
    fn rest(&mut self) -> bool {
        let end = self.world.now() + REST;
        while self.world.now() < end {
            if self.said.is_empty() && self.workers.is_empty() && self.quiet() {
                return true;
            }
            self.step();
        }
        false
    }

    /// Whether no lane is due within an hour. What comes up every night is not waited for.
    fn quiet(&self) -> bool {
        let store = &self.world.outside.store;
        let soon = self.world.now() + SignedDuration::from_hours(1);
        let due = |firm| {
            let lane = at_once(store.look(firm, Lane::Time));
            lane.is_none_or(|it| it.due_at.is_some_and(|it| it < soon))
        };
        self.world.next().is_none() && !self.firms.iter().any(due)
    }

    fn step(&mut self) {
        let now = self.world.now();
        self.world.let_happen();
        self.begin(now);
        self.stop(now);
        let ready: Vec<usize> =
            (0..self.workers.len()).filter(|n| self.workers[*n].ready(now)).collect();
        if ready.is_empty() {
            return self.pass_time();
        }
        let n = ready[self.world.draw(u32::try_from(ready.len()).unwrap_or(1)) as usize];
        if self.is_doomed(n) || self.world.chance(|it| it.crash) {
            self.kill(n);
        } else if self.world.chance(|it| it.freeze) {
            let seconds = 1 << self.world.draw(14);
            self.workers[n].freeze(now + SignedDuration::from_secs(seconds));
            // Some are thawed long after their time, and must do no harm. Not those who take things
            // in: a lane is looked at a second time only for as long as one of them may live.
            let thaws = matches!(self.workers[n].errand, Errand::Wake(_));
            if thaws && self.world.draw(2) == 0 {
                self.workers[n].ends = Timestamp::MAX;
            }
        } else if let Some(well) = self.workers[n].step() {
            let errand = self.workers.swap_remove(n).errand;
            if !well {
                self.again(errand);
            }
        }
        self.world.outside.clock.advance(SignedDuration::from_millis(self.world.draw(15).into()));
    }

    /// Sends workers for what has come up.
    fn begin(&mut self, now: Timestamp) {
        if self.next_sweep <= now {
            self.next_sweep = now + SignedDuration::from_secs(60);
            self.send(Errand::Sweep);
        }
        let due = self.said.iter().position(|(at, _)| *at <= now);
        if let Some(n) = due {
            let (_, statement) = self.said.swap_remove(n);
            self.send(Errand::Take(statement));
        }
        if self.workers.len() < WORKERS
            && let Some(message) = self.world.receive()
        {
            self.send(Errand::Wake(message));
        }
        if self.world.chance(|it| it.ttl) {
            let world = &self.world;
            world.outside.cache.sweep(now, |_| world.draw(2) == 0);
        }
    }

    fn send(&mut self, errand: Errand) {
        let skew = i64::from(self.world.draw(2 * SKEW)) - i64::from(SKEW);
        let me = Me::new(SignedDuration::from_millis(skew));
        let worker = Worker { world: Arc::clone(&self.world), me: Arc::clone(&me) };
        let lasting = if matches!(errand, Errand::Take(_)) { REQUEST } else { INVOCATION };
        let ends = self.world.now() + lasting;
        let running = match errand.clone() {
            Errand::Take(statement) => Running::new(&me, ends, errand, statement.take_in(worker)),
            Errand::Sweep => Running::new(&me, ends, errand, async move {
                lanes::sweep(&worker, Lane::Time).await.is_ok()
            }),
            Errand::Wake(message) => Running::new(&me, ends, errand, async move {
                let deadline = Deadline { at: worker.now() + INVOCATION };
                work::work(&worker, &message.wake.firm, deadline).await.is_ok()
            }),
        };
        self.workers.push(running);
    }

    fn stop(&mut self, now: Timestamp) {
        while let Some(n) = self.workers.iter().position(|it| it.ends <= now) {
            self.kill(n);
        }
    }

    fn kill(&mut self, n: usize) {
        self.killed += 1;
        let errand = self.workers.swap_remove(n).errand;
        self.again(errand);
    }

    fn is_doomed(&mut self, n: usize) -> bool {
        let (Errand::Wake(_), Some(left)) = (&self.workers[n].errand, self.doom) else {
            return false;
        };
        self.doom = left.checked_sub(1);
        left == 0
    }

    /// What was not done well is tried again by whoever wanted it: SQS, five times; the practice app,
    /// until it is told that it is taken. The next sweep comes by itself.
    fn again(&mut self, errand: Errand) {
        match errand {
            Errand::Wake(Message { wake: Wake { firm, lane }, tries, .. }) if tries < 5 => {
                let after = SignedDuration::from_secs(360);
                self.world.send(&Wake { firm, lane }, tries + 1, after);
            }
            Errand::Take(statement) => {
                let after = SignedDuration::from_secs(1 + i64::from(self.world.draw(30)));
                self.said.push((self.world.now() + after, statement));
            }
            Errand::Wake(_) | Errand::Sweep => {}
        }
    }

    /// Nobody can go on: time passes until somebody can.
    fn pass_time(&self) {
        let workers =
            self.workers.iter().filter_map(|it| it.me.wakes_at().map(|at| at.min(it.ends)));
        let said = self.said.iter().map(|(at, _)| *at);
        let now = self.world.now();
        let next = workers.chain(said).chain(self.world.next()).chain([self.next_sweep]);
        // What is overdue waits for a worker.
        if let Some(next) = next.filter(|it| *it > now).min() {
            self.world.outside.clock.set(next);
        }
    }
}

fn at_once<T>(it: impl Future<Output = Result<T, domain::ports::Down>>) -> Option<T> {
    crate::ports::at_once(it).and_then(Result::ok)
}

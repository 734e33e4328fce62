//! P2: one token set, three workers, any number of deaths, and Xero as xpm-api 3.2 has it: it takes the
//! current refresh token, and for 30 minutes after a rotation the one before.
//!
//! Clocks are replaced by what time permits. A lease ends while its holder stands still; a request is
//! at Xero before that, or never, because its time-out is shorter than what is left and the difference
//! between clocks allowed for (`SKEW`). The grace ends only while no refresh is unended: `tokens::mend`
//! begins an unended one again within minutes. Where clocks differ by more, a lease is taken too early.

use stateright::{Checker, HasDiscoveries, Model, Property};

const WORKERS: usize = 3;
/// So often a lease is taken, and so often Xero rotates.
const MOST: u8 = 5;

/// The absence of one safety line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lacks {
    /// A refresh begins from what was seen before the lease was taken.
    Reread,
    /// Whoever's lease is over presents its token all the same.
    TimeOfLease,
    /// Another's lease is given back.
    OwnerAtRelease,
    /// What Xero gave is kept whoever has refreshed meanwhile.
    FenceAtKeeping,
    /// Nobody begins an unended refresh again.
    BeginningAgain,
    /// The token before the current one is not kept.
    Previous,
    /// After a second chance, the token that failed is kept as the one before.
    WhatWorked,
}

/// `Tokens`, with numbers for the sealed ones; Xero gives them out in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Tokens {
    rotation: u8,
    refresh: u8,
    previous: Option<u8>,
    epoch: u8,
    lease: Lease,
    /// `refresh_started_at` is set: the set is due in the lane `time`.
    unended: bool,
    /// The access token ends soon.
    ending: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Lease {
    Free,
    Held,
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Xero {
    current: u8,
    /// The one before, and whether its grace lasts.
    previous: Option<(u8, bool)>,
    given: u8,
}

/// The tokens as a worker read them when it took its lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Mine {
    epoch: u8,
    rotation: u8,
    refresh: u8,
    previous: Option<u8>,
    /// Its lease is not over by its clock.
    fresh: bool,
}

/// A request to Xero's identity service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Wire {
    Under,
    Granted(u8),
    Denied,
    Lost,
}

/// Where a worker stands between two calls of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Worker {
    Idle,
    /// `tokens::access` found the access token near its end.
    Saw(Tokens),
    /// `refresh::refresh` took the lease.
    Leads(Mine),
    /// `Identity::refresh` with the refresh token, or at the second chance with the one before.
    Asks {
        mine: Mine,
        second: bool,
        wire: Wire,
    },
    /// `invalid_grant`: `refresh::second_chance`.
    Denied(Mine),
    /// A grant that is not kept yet.
    Holds {
        mine: Mine,
        second: bool,
        fresh: u8,
    },
    /// `connection::lose` was decided on.
    GivesUp(Mine),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    tokens: Tokens,
    xero: Xero,
    connected: bool,
    workers: [Worker; WORKERS],
    /// Leases that were taken too early.
    skewed: u8,
    /// Xero saw a token older than the one before (G32).
    older_seen: bool,
    /// A kept token was replaced by an older one (G32).
    went_back: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    /// The access token nears its end, or XPM refuses it: `tokens::reject`.
    Ends,
    /// `tokens::access`.
    See(usize),
    /// The conditional write of `refresh::refresh`, on the newest state.
    Take(usize),
    /// `refresh::rotate`, up to the request.
    Present(usize),
    /// Xero has the request.
    Rotate(usize),
    /// What came back, or that nothing did: then `refresh::release`.
    Answer(usize),
    Silence(usize),
    /// `refresh::second_chance`, up to the request.
    SecondChance(usize),
    /// The conditional write at the end of `refresh::rotate`.
    Keep(usize),
    /// `connection::lose`.
    Lose(usize),
    /// Time passes until the lease may be taken over.
    LeaseOver,
    /// The same by a clock that is far ahead: its holder has not noticed.
    LeaseOverTooEarly,
    /// Time passes for a worker that stands still.
    Late(usize),
    GraceOver,
    Die(usize),
}

struct Refresh {
    lacks: Option<Lacks>,
    /// How many leases may be taken too early.
    skews: u8,
}

impl Xero {
    fn present(&mut self, token: u8) -> (Wire, bool) {
        let previous = if token == self.current {
            (token, true)
        } else {
            match self.previous {
                Some((it, true)) if it == token => (it, true),
                other => return (Wire::Denied, other.is_none_or(|(it, _)| it != token)),
            }
        };
        self.given += 1;
        *self = Self { current: self.given, previous: Some(previous), given: self.given };
        (Wire::Granted(self.given), false)
    }
}

impl Worker {
    fn mine(&mut self) -> Option<(&mut Mine, Option<&mut Wire>)> {
        match self {
            Self::Idle | Self::Saw(_) => None,
            Self::Leads(mine) | Self::Denied(mine) | Self::GivesUp(mine) => Some((mine, None)),
            Self::Holds { mine, .. } => Some((mine, None)),
            Self::Asks { mine, wire, .. } => Some((mine, Some(wire))),
        }
    }
}

impl Refresh {
    fn lacks(&self, it: Lacks) -> bool {
        self.lacks == Some(it)
    }

    /// Who of the workers is who, and what a worker means to do that its condition will refuse.
    fn forget_what_does_not_matter(&self, state: &mut State) {
        for worker in &mut state.workers {
            let in_vain = match worker {
                Worker::Saw(seen) => {
                    seen.rotation != state.tokens.rotation && !self.lacks(Lacks::Reread)
                }
                Worker::Holds { mine, .. } => {
                    mine.epoch != state.tokens.epoch && !self.lacks(Lacks::FenceAtKeeping)
                }
                Worker::Idle
                | Worker::Leads(_)
                | Worker::Asks { .. }
                | Worker::Denied(_)
                | Worker::GivesUp(_) => false,
            };
            if in_vain {
                *worker = Worker::Idle;
            }
        }
        state.workers.sort_unstable();
    }

    fn steps_of(&self, state: &State, w: usize, steps: &mut Vec<Step>) {
        match state.workers[w] {
            Worker::Idle => {
                // Nobody calls XPM for a firm that is not connected; `mend` comes by what is due.
                let asked = state.tokens.ending || state.tokens.unended;
                return if asked && state.connected {
                    steps.push(Step::See(w))
                };
            }
            Worker::Saw(_) => steps.push(Step::Take(w)),
            Worker::Leads(_) => steps.push(Step::Present(w)),
            Worker::Asks { wire, .. } => {
                if wire == Wire::Under && state.xero.given < MOST {
                    steps.push(Step::Rotate(w));
                }
                if matches!(wire, Wire::Granted(_) | Wire::Denied) {
                    steps.push(Step::Answer(w));
                }
                steps.push(Step::Silence(w));
            }
            Worker::Denied(_) => steps.push(Step::SecondChance(w)),
            Worker::Holds { .. } => steps.push(Step::Keep(w)),
            Worker::GivesUp(_) => steps.push(Step::Lose(w)),
        }
        let mut worker = state.workers[w];
        if worker.mine().is_some_and(|(mine, _)| mine.fresh && mine.epoch != state.tokens.epoch) {
            steps.push(Step::Late(w));
        }
        steps.push(Step::Die(w));
    }

    fn take(&self, state: &mut State, seen: Tokens) -> Worker {
        let tokens = &mut state.tokens;
        let moved = tokens.rotation != seen.rotation && !self.lacks(Lacks::Reread);
        if moved || tokens.lease == Lease::Held || tokens.epoch == MOST {
            return Worker::Idle;
        }
        tokens.epoch += 1;
        tokens.lease = Lease::Held;
        tokens.unended = !self.lacks(Lacks::BeginningAgain);
        let from = if self.lacks(Lacks::Reread) { seen } else { *tokens };
        Worker::Leads(Mine {
            epoch: tokens.epoch,
            rotation: from.rotation,
            refresh: from.refresh,
            previous: from.previous,
            fresh: true,
        })
    }

    fn release(&self, state: &mut State, mine: Mine) {
        if state.tokens.epoch == mine.epoch || self.lacks(Lacks::OwnerAtRelease) {
            state.tokens.lease = Lease::Free;
        }
    }

    fn keep(&self, state: &mut State, mine: Mine, second: bool, fresh: u8) {
        let tokens = &mut state.tokens;
        let ours = tokens.epoch == mine.epoch && tokens.rotation == mine.rotation;
        if !ours && !self.lacks(Lacks::FenceAtKeeping) {
            return;
        }
        state.went_back |= fresh < tokens.refresh;
        let worked = if second && !self.lacks(Lacks::WhatWorked) {
            mine.previous
        } else {
            Some(mine.refresh)
        };
        *tokens = Tokens {
            rotation: mine.rotation + 1,
            refresh: fresh,
            previous: worked.filter(|_| !self.lacks(Lacks::Previous)),
            epoch: tokens.epoch,
            lease: Lease::Free,
            unended: false,
            ending: false,
        };
    }

    fn work(&self, state: &mut State, w: usize, step: Step) {
        let next = match (step, state.workers[w]) {
            (Step::See(_), _) => Worker::Saw(Tokens {
                epoch: 0,
                lease: Lease::Free,
                unended: false,
                ending: false,
                ..state.tokens
            }),
            (Step::Take(_), Worker::Saw(seen)) => self.take(state, seen),
            (Step::Present(_), Worker::Leads(mine)) => {
                if !state.connected {
                    self.release(state, mine);
                    Worker::Idle
                } else if mine.fresh || self.lacks(Lacks::TimeOfLease) {
                    Worker::Asks { mine, second: false, wire: Wire::Under }
                } else {
                    Worker::Idle
                }
            }
            (Step::Rotate(_), Worker::Asks { mine, second, .. }) => {
                let token = if second { mine.previous } else { Some(mine.refresh) };
                let (wire, older) = state.xero.present(token.unwrap_or_default());
                state.older_seen |= older;
                Worker::Asks { mine, second, wire }
            }
            (Step::Answer(_), Worker::Asks { mine, second, wire }) => match wire {
                Wire::Granted(fresh) => Worker::Holds { mine, second, fresh },
                Wire::Denied if second => Worker::GivesUp(mine),
                Wire::Denied => Worker::Denied(mine),
                Wire::Under | Wire::Lost => Worker::Idle,
            },
            (Step::Silence(_), Worker::Asks { mine, .. }) => {
                self.release(state, mine);
                Worker::Idle
            }
            (Step::SecondChance(_), Worker::Denied(mine)) => {
                if state.tokens.rotation != mine.rotation {
                    Worker::Idle
                } else if mine.previous.is_some() {
                    Worker::Asks { mine, second: true, wire: Wire::Under }
                } else {
                    Worker::GivesUp(mine)
                }
            }
            (Step::Keep(_), Worker::Holds { mine, second, fresh }) => {
                self.keep(state, mine, second, fresh);
                Worker::Idle
            }
            (Step::Lose(_), Worker::GivesUp(mine)) => {
                state.connected &= state.tokens.rotation != mine.rotation;
                self.release(state, mine);
                Worker::Idle
            }
            _ => Worker::Idle,
        };
        state.workers[w] = next;
    }
}

/// What is under way is at Xero before the lease of who sent it can be taken over, or never.
fn late(worker: &mut Worker) {
    if let Some((mine, wire)) = worker.mine() {
        mine.fresh = false;
        if let Some(wire @ Wire::Under) = wire {
            *wire = Wire::Lost;
        }
    }
}

impl Model for Refresh {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        let tokens = Tokens {
            rotation: 0,
            refresh: 0,
            previous: None,
            epoch: 0,
            lease: Lease::Free,
            unended: false,
            ending: false,
        };
        vec![State {
            tokens,
            xero: Xero { current: 0, previous: None, given: 0 },
            connected: true,
            workers: [Worker::Idle; WORKERS],
            skewed: 0,
            older_seen: false,
            went_back: false,
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        if !state.tokens.ending {
            steps.push(Step::Ends);
        }
        if state.tokens.lease == Lease::Held {
            steps.push(Step::LeaseOver);
            if state.skewed < self.skews {
                steps.push(Step::LeaseOverTooEarly);
            }
        }
        // With clocks that far apart, only what is refreshed within the grace is promised.
        let live = state.xero.previous.is_some_and(|(_, live)| live);
        if live && !state.tokens.unended && self.skews == 0 {
            steps.push(Step::GraceOver);
        }
        for w in 0..WORKERS {
            if w == 0 || state.workers[w] != state.workers[w - 1] {
                self.steps_of(state, w, steps);
            }
        }
    }

    fn next_state(&self, last: &State, step: Step) -> Option<State> {
        let mut state = last.clone();
        match step {
            Step::Ends => state.tokens.ending = true,
            Step::LeaseOver => {
                state.tokens.lease = Lease::Over;
                let epoch = state.tokens.epoch;
                for worker in &mut state.workers {
                    if worker.mine().is_some_and(|(mine, _)| mine.epoch == epoch) {
                        late(worker);
                    }
                }
            }
            Step::LeaseOverTooEarly => {
                state.tokens.lease = Lease::Over;
                state.skewed += 1;
            }
            Step::Late(w) => late(&mut state.workers[w]),
            Step::GraceOver => {
                state.xero.previous = state.xero.previous.map(|(it, _)| (it, false));
            }
            Step::Die(w) => state.workers[w] = Worker::Idle,
            Step::See(w)
            | Step::Take(w)
            | Step::Present(w)
            | Step::Rotate(w)
            | Step::Answer(w)
            | Step::Silence(w)
            | Step::SecondChance(w)
            | Step::Keep(w)
            | Step::Lose(w) => self.work(&mut state, w, step),
        }
        self.forget_what_does_not_matter(&mut state);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut promised = vec![
            Property::always("G31: the connection is not lost", |_, it: &State| it.connected),
            Property::always("G32: no older token replaces a newer", |_, it: &State| !it.went_back),
            Property::sometimes("it is refreshed twice", |_, it: &State| it.tokens.rotation == 2),
        ];
        if self.skews == 0 {
            promised.push(Property::always(
                "G32: none but the last two are presented",
                |_, it: &State| !it.older_seen,
            ));
            promised.push(Property::always("G31: Xero takes what is kept", |_, it: &State| {
                let kept = it.tokens.refresh;
                kept == it.xero.current || it.xero.previous == Some((kept, true))
            }));
        }
        promised
    }
}

/// G31, G32: in no order of steps is the only valid token lost.
#[test]
fn g31_no_order_of_steps_loses_the_only_valid_token() {
    proven(0, 30_000);
}

/// G31: a lease that is taken too early, because two clocks are far apart, costs a rotation and not the
/// connection, as long as the tokens are used again within the grace.
#[test]
fn g31_two_leaders_at_once_do_not_lose_the_connection() {
    proven(2, 350_000);
}

/// Each line is there for a reason: without it the checker shows how it goes wrong.
#[test]
fn g31_each_safety_line_is_needed() {
    for (lacks, skews) in [
        (Lacks::Reread, 0),
        (Lacks::TimeOfLease, 0),
        (Lacks::OwnerAtRelease, 0),
        (Lacks::FenceAtKeeping, 0),
        (Lacks::BeginningAgain, 0),
        (Lacks::Previous, 1),
        (Lacks::WhatWorked, 2),
    ] {
        let model = Refresh { lacks: Some(lacks), skews };
        let checker =
            model.checker().finish_when(HasDiscoveries::AnyFailures).threads(2).spawn_bfs().join();
        let refuted = checker.discoveries().into_keys().any(|it| it.starts_with('G'));
        assert!(refuted, "nothing goes wrong without {lacks:?}");
    }
}

fn proven(skews: u8, at_least: usize) {
    let checker = Refresh { lacks: None, skews }.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    let states = checker.unique_state_count();
    assert!(states > at_least, "only {states} states: the model has lost some of its steps");
}

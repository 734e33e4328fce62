//! P1: two twins (the same person, task, day, minutes and note), three workers, any number of deaths.
//!
//! The lane's lease only saves work, so here there is none: any worker may take any step at any time.
//! Clocks are replaced by what time permits: each attempt goes through three ages, and no age of one is
//! bound to an age of the other. That permits more than real clocks do. Steps that touch nothing shared,
//! or that one conditional commit makes one, are one.

use stateright::{Checker, HasDiscoveries, Model, Property};

const WORKERS: usize = 3;
const ENTRIES: usize = 2;
/// An entry is sent at most so often; more adds states and no new meeting of steps.
const ATTEMPTS: usize = 2;

/// The absence of one safety line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lacks {
    /// What is uncertain is sent again without a look.
    ReadBack,
    /// A look that finds nothing counts before the quiet time is over.
    QuietTime,
    /// A look counts by when its answer came, and not by when it was asked.
    TimeOfAsking,
    /// While a twin is being sent, what XPM holds is taken all the same.
    WaitForTwin,
    /// While a twin is uncertain too, what XPM holds is taken before the quiet time is over.
    PatienceWithTwin,
    /// Two lookers may take the same entry of XPM.
    Claim,
    /// What a twin already holds counts as found.
    Known,
    /// A worker that stood still sends what it meant to.
    Start,
    /// Sending begins whatever the record has become.
    VersionOfIntent,
    /// An answer ends whatever is being sent.
    Attempt,
    /// The request leaves before its intent is written.
    Intent,
}

impl Lacks {
    const ALL: [Self; 11] = [
        Self::ReadBack,
        Self::QuietTime,
        Self::TimeOfAsking,
        Self::WaitForTwin,
        Self::PatienceWithTwin,
        Self::Claim,
        Self::Known,
        Self::Start,
        Self::VersionOfIntent,
        Self::Attempt,
        Self::Intent,
    ];
}

/// How old an attempt is: `push::begin` sets its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Age {
    /// Within `START`: its request may leave.
    Fresh,
    /// Later, within `QUIET` of the deadline: XPM may still carry it out (A1).
    Late,
    /// What XPM carried out can be read, and nothing more comes (A1 and A2).
    Over,
}

/// A request, by entry and attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Wire {
    NotSent,
    /// XPM may carry it out, or never.
    Under,
    /// XPM holds it; its id is that of the request.
    Landed,
    Gone,
}

/// `push::State`, as far as a create goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Push {
    Planned,
    Sending,
    Unknown { misses: u8 },
    Confirmed { uuid: u8 },
    Ambiguous,
}

/// `EntryRecord`. Its version is left out: a commit asks whether all of it is as it was read, which
/// permits a little more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Entry {
    push: Push,
    attempts: u8,
}

/// `push::Ending`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Ending {
    Done { uuid: u8 },
    NotProcessed,
    Uncertain,
}

/// `read_back::Verdict`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Verdict {
    Landed { uuid: u8 },
    Missing,
    Ambiguous,
}

/// Where a worker stands between two calls of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Worker {
    Idle,
    /// `send::send` has read a planned entry and passed the gate.
    Decided {
        e: u8,
        seen: Entry,
    },
    /// The intent is committed.
    Intended {
        e: u8,
        attempt: u8,
    },
    /// The request has left.
    Waiting {
        e: u8,
        attempt: u8,
    },
    /// The answer is there, or will not come.
    Answered {
        e: u8,
        attempt: u8,
        ending: Ending,
    },
    /// `look_back::look_back` noted the time, `asked`, and `times_of_job` answered: a set of ids.
    Read {
        e: u8,
        seen: Entry,
        over: bool,
        in_xpm: u8,
    },
    /// `read_back::ours` was read and `read_back::verdict` given.
    Judged {
        e: u8,
        seen: Entry,
        over: bool,
        verdict: Verdict,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct State {
    entries: [Entry; ENTRIES],
    ages: [[Age; ATTEMPTS]; ENTRIES],
    wires: [[Wire; ATTEMPTS]; ENTRIES],
    /// `uuid:` pointers, written by `decide::claim`.
    claimed: u8,
    /// In order, because it matters nowhere who is who.
    workers: [Worker; WORKERS],
    /// A request left without a durable intent (G1).
    without_intent: bool,
    /// A request left after its time (G7).
    too_late: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    /// Time passes for an attempt.
    Age(usize, usize),
    /// XPM carries a request out.
    Land(usize, usize),
    /// `advance::advance` finds the deadline past: `Push::expire`, committed on what was read.
    Expire(usize),
    /// `advance::step` reads the entry, `plan::next` says to send.
    Decide(usize, usize),
    /// `records::replace` with `Push::begin`.
    Intend(usize),
    /// `send::request`, or `NotProcessed` when `START` is over.
    Send(usize),
    /// What the reply says.
    Answer(usize, Ending),
    /// `send::end` on the newest state.
    End(usize),
    /// `look_back::look_back`, `Timesheets::times_of_job`.
    Look(usize, usize),
    /// `read_back::ours`, `read_back::verdict`.
    Judge(usize),
    /// `look_back::adopt`, or `Push::missed`.
    Conclude(usize),
    Die(usize),
}

struct Pushes {
    lacks: Option<Lacks>,
}

fn uuid(e: usize, attempt: usize) -> u8 {
    (e * ATTEMPTS + attempt) as u8
}

impl State {
    fn landed(&self) -> u8 {
        let mut set = 0;
        for (e, wires) in self.wires.iter().enumerate() {
            for (attempt, wire) in wires.iter().enumerate() {
                if *wire == Wire::Landed {
                    set |= 1 << uuid(e, attempt);
                }
            }
        }
        set
    }

    fn known(&self) -> u8 {
        self.entries.iter().fold(0, |set, it| match it.push {
            Push::Confirmed { uuid } => set | 1 << uuid,
            Push::Planned | Push::Sending | Push::Unknown { .. } | Push::Ambiguous => set,
        })
    }

    /// The same with the twins' names exchanged.
    fn seen_from_the_twin(&self) -> Self {
        let set = |it: u8| (it & 0b0011) << 2 | it >> 2;
        let id = |it: u8| (it + 2) % 4;
        let entry = |it: Entry| Entry {
            push: match it.push {
                Push::Confirmed { uuid } => Push::Confirmed { uuid: id(uuid) },
                Push::Planned | Push::Sending | Push::Unknown { .. } | Push::Ambiguous => it.push,
            },
            ..it
        };
        let mut workers = self.workers.map(|it| match it {
            Worker::Idle => Worker::Idle,
            Worker::Decided { e, seen } => Worker::Decided { e: 1 - e, seen: entry(seen) },
            Worker::Intended { e, attempt } => Worker::Intended { e: 1 - e, attempt },
            Worker::Waiting { e, attempt } => Worker::Waiting { e: 1 - e, attempt },
            Worker::Answered { e, attempt, ending } => {
                let ending = match ending {
                    Ending::Done { uuid } => Ending::Done { uuid: id(uuid) },
                    Ending::NotProcessed | Ending::Uncertain => ending,
                };
                Worker::Answered { e: 1 - e, attempt, ending }
            }
            Worker::Read { e, seen, over, in_xpm } => {
                Worker::Read { e: 1 - e, seen: entry(seen), over, in_xpm: set(in_xpm) }
            }
            Worker::Judged { e, seen, over, verdict } => {
                let verdict = match verdict {
                    Verdict::Landed { uuid } => Verdict::Landed { uuid: id(uuid) },
                    Verdict::Missing | Verdict::Ambiguous => verdict,
                };
                Worker::Judged { e: 1 - e, seen: entry(seen), over, verdict }
            }
        });
        workers.sort_unstable();
        Self {
            entries: [entry(self.entries[1]), entry(self.entries[0])],
            ages: [self.ages[1], self.ages[0]],
            wires: [self.wires[1], self.wires[0]],
            claimed: set(self.claimed),
            workers,
            ..*self
        }
    }

    fn age(&self, e: usize) -> Age {
        self.ages[e][usize::from(self.entries[e].attempts) - 1]
    }
}

impl Pushes {
    fn lacks(&self, it: Lacks) -> bool {
        self.lacks == Some(it)
    }

    /// Who of the workers is who, which twin is which, how old a request is of which nothing more can
    /// come, and what a worker means to do that its condition will refuse: a record never becomes again
    /// what it was.
    fn forget_what_does_not_matter(&self, state: &mut State) {
        for w in 0..WORKERS {
            if self.is_in_vain(state, state.workers[w]) {
                state.workers[w] = Worker::Idle;
            }
        }
        for e in 0..ENTRIES {
            for attempt in 0..ATTEMPTS {
                let settled = matches!(state.wires[e][attempt], Wire::Landed | Wire::Gone);
                let newest = attempt + 1 >= usize::from(state.entries[e].attempts);
                let confirmed = matches!(state.entries[e].push, Push::Confirmed { .. });
                if settled && (!newest || confirmed) {
                    state.ages[e][attempt] = Age::Over;
                }
            }
        }
        state.workers.sort_unstable();
        let other = state.seen_from_the_twin();
        if other < *state {
            *state = other;
        }
    }

    fn is_in_vain(&self, state: &State, worker: Worker) -> bool {
        let sending = |e: u8, attempt: u8| {
            let entry = state.entries[usize::from(e)];
            entry.push == Push::Sending && entry.attempts == attempt + 1
        };
        match worker {
            Worker::Idle | Worker::Intended { .. } => false,
            Worker::Decided { e, seen } => {
                state.entries[usize::from(e)] != seen && !self.lacks(Lacks::VersionOfIntent)
            }
            Worker::Waiting { e, attempt } | Worker::Answered { e, attempt, .. } => {
                !sending(e, attempt) && !self.lacks(Lacks::Attempt)
            }
            Worker::Read { e, seen, .. } | Worker::Judged { e, seen, .. } => {
                state.entries[usize::from(e)] != seen
            }
        }
    }

    /// `read_back::verdict`; `None` is its `Wait`.
    fn verdict(&self, state: &State, e: usize, over: bool, in_xpm: u8) -> Option<Verdict> {
        let twin = 1 - e;
        let sending = state.entries[twin].push == Push::Sending;
        if sending && !self.lacks(Lacks::WaitForTwin) {
            return None;
        }
        let known = if self.lacks(Lacks::Known) { 0 } else { state.known() };
        let extra = in_xpm & !known;
        let unsure =
            state.entries.iter().filter(|it| matches!(it.push, Push::Unknown { .. })).count();
        if unsure > 1 && !over && !self.lacks(Lacks::PatienceWithTwin) {
            return None;
        }
        Some(match extra.count_ones() as usize {
            0 => Verdict::Missing,
            n if n <= unsure => Verdict::Landed { uuid: extra.trailing_zeros() as u8 },
            _ => Verdict::Ambiguous,
        })
    }

    /// `send::end` and `Push::end`.
    fn end(&self, entry: &mut Entry, attempt: u8, ending: Ending) {
        let newest = entry.attempts == attempt + 1 || self.lacks(Lacks::Attempt);
        if entry.push != Push::Sending || !newest {
            return;
        }
        entry.push = match ending {
            Ending::Done { uuid } => Push::Confirmed { uuid },
            Ending::NotProcessed => Push::Planned,
            Ending::Uncertain if self.lacks(Lacks::ReadBack) => Push::Planned,
            Ending::Uncertain => Push::Unknown { misses: 0 },
        };
    }

    /// `look_back::adopt` and `Push::missed`.
    fn conclude(&self, state: &mut State, e: usize, seen: Entry, over: bool, verdict: Verdict) {
        let Push::Unknown { misses } = seen.push else { return };
        if state.entries[e] != seen {
            return;
        }
        let entry = &mut state.entries[e];
        match verdict {
            Verdict::Landed { uuid } => {
                if state.claimed & (1 << uuid) == 0 || self.lacks(Lacks::Claim) {
                    state.claimed |= 1 << uuid;
                    entry.push = Push::Confirmed { uuid };
                }
            }
            Verdict::Missing if !over && !self.lacks(Lacks::QuietTime) => {}
            Verdict::Missing if misses == 0 => entry.push = Push::Unknown { misses: 1 },
            Verdict::Missing => entry.push = Push::Planned,
            Verdict::Ambiguous => entry.push = Push::Ambiguous,
        }
    }

    fn endings(&self, state: &State, e: u8, attempt: u8) -> Vec<Ending> {
        let wire = state.wires[usize::from(e)][usize::from(attempt)];
        let done = Ending::Done { uuid: uuid(e.into(), attempt.into()) };
        match wire {
            Wire::Under => vec![Ending::NotProcessed, Ending::Uncertain],
            Wire::Landed => vec![done, Ending::Uncertain],
            Wire::NotSent | Wire::Gone => vec![Ending::Uncertain],
        }
    }

    fn steps_of(&self, state: &State, w: usize, steps: &mut Vec<Step>) {
        match state.workers[w] {
            Worker::Idle => {
                for e in 0..ENTRIES {
                    let entry = state.entries[e];
                    match entry.push {
                        Push::Planned if usize::from(entry.attempts) < ATTEMPTS => {
                            steps.push(Step::Decide(w, e));
                        }
                        Push::Unknown { .. } => steps.push(Step::Look(w, e)),
                        Push::Planned
                        | Push::Sending
                        | Push::Confirmed { .. }
                        | Push::Ambiguous => {}
                    }
                }
                return;
            }
            Worker::Decided { .. } => steps.push(Step::Intend(w)),
            Worker::Intended { .. } => steps.push(Step::Send(w)),
            Worker::Waiting { e, attempt } => {
                steps.extend(
                    self.endings(state, e, attempt).into_iter().map(|it| Step::Answer(w, it)),
                );
            }
            Worker::Answered { .. } => steps.push(Step::End(w)),
            Worker::Read { .. } => steps.push(Step::Judge(w)),
            Worker::Judged { .. } => steps.push(Step::Conclude(w)),
        }
        steps.push(Step::Die(w));
    }

    fn work(&self, state: &mut State, w: usize, step: Step) {
        let next = match (step, state.workers[w]) {
            (Step::Decide(_, e), _) => Worker::Decided { e: e as u8, seen: state.entries[e] },
            (Step::Intend(_), Worker::Decided { e, seen }) => self.intend(state, e, seen),
            (Step::Send(_), Worker::Intended { e, attempt }) => self.send(state, e, attempt),
            (Step::Answer(_, ending), Worker::Waiting { e, attempt }) => {
                if ending == Ending::NotProcessed {
                    state.wires[usize::from(e)][usize::from(attempt)] = Wire::Gone;
                }
                Worker::Answered { e, attempt, ending }
            }
            (Step::End(_), Worker::Answered { e, attempt, ending }) => {
                self.end(&mut state.entries[usize::from(e)], attempt, ending);
                Worker::Idle
            }
            (Step::Look(_, e), _) => Worker::Read {
                e: e as u8,
                seen: state.entries[e],
                // At the latest: whoever asked earlier concludes less.
                over: state.age(e) == Age::Over,
                in_xpm: state.landed(),
            },
            (Step::Judge(_), Worker::Read { e, seen, over, in_xpm }) => {
                let over = if self.lacks(Lacks::TimeOfAsking) {
                    state.age(e.into()) == Age::Over
                } else {
                    over
                };
                match self.verdict(state, e.into(), over, in_xpm) {
                    Some(verdict) => Worker::Judged { e, seen, over, verdict },
                    None => Worker::Idle,
                }
            }
            (Step::Conclude(_), Worker::Judged { e, seen, over, verdict }) => {
                self.conclude(state, e.into(), seen, over, verdict);
                Worker::Idle
            }
            _ => Worker::Idle,
        };
        state.workers[w] = next;
    }

    fn intend(&self, state: &mut State, e: u8, seen: Entry) -> Worker {
        let entry = &mut state.entries[usize::from(e)];
        let unchanged = *entry == seen;
        if !unchanged && !self.lacks(Lacks::VersionOfIntent)
            || usize::from(entry.attempts) == ATTEMPTS
        {
            return Worker::Idle;
        }
        let attempt = entry.attempts;
        entry.attempts += 1;
        entry.push = if self.lacks(Lacks::Intent) { entry.push } else { Push::Sending };
        Worker::Intended { e, attempt }
    }

    fn send(&self, state: &mut State, e: u8, attempt: u8) -> Worker {
        let (at, nth) = (usize::from(e), usize::from(attempt));
        // The check and the write to the socket are one step: the residual of G7.
        let late = state.ages[at][nth] != Age::Fresh;
        if late && !self.lacks(Lacks::Start) {
            return Worker::Answered { e, attempt, ending: Ending::NotProcessed };
        }
        let entry = state.entries[at];
        state.too_late |= late;
        state.without_intent |= entry.push != Push::Sending || entry.attempts != attempt + 1;
        state.wires[at][nth] = Wire::Under;
        Worker::Waiting { e, attempt }
    }
}

impl Model for Pushes {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            entries: [Entry { push: Push::Planned, attempts: 0 }; ENTRIES],
            ages: [[Age::Fresh; ATTEMPTS]; ENTRIES],
            wires: [[Wire::NotSent; ATTEMPTS]; ENTRIES],
            claimed: 0,
            workers: [Worker::Idle; WORKERS],
            without_intent: false,
            too_late: false,
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        for e in 0..ENTRIES {
            for attempt in 0..usize::from(state.entries[e].attempts) {
                if state.ages[e][attempt] < Age::Over {
                    steps.push(Step::Age(e, attempt));
                }
                if state.wires[e][attempt] == Wire::Under {
                    steps.push(Step::Land(e, attempt));
                }
            }
            if state.entries[e].push == Push::Sending && state.age(e) >= Age::Late {
                steps.push(Step::Expire(e));
            }
        }
        for w in 0..WORKERS {
            // One of those who stand at the same place is as good as another.
            if w == 0 || state.workers[w] != state.workers[w - 1] {
                self.steps_of(state, w, steps);
            }
        }
    }

    fn next_state(&self, last: &State, step: Step) -> Option<State> {
        let mut state = last.clone();
        match step {
            Step::Age(e, attempt) => {
                let age = &mut state.ages[e][attempt];
                *age = match age {
                    Age::Fresh => Age::Late,
                    Age::Late | Age::Over => Age::Over,
                };
                // A1: what has not landed by now never will.
                if *age == Age::Over && state.wires[e][attempt] == Wire::Under {
                    state.wires[e][attempt] = Wire::Gone;
                }
            }
            Step::Land(e, attempt) => state.wires[e][attempt] = Wire::Landed,
            Step::Expire(e) => {
                let entry = &mut state.entries[e];
                self.end(entry, entry.attempts - 1, Ending::Uncertain);
            }
            Step::Die(w) => {
                state.workers[w] = Worker::Idle;
            }
            Step::Decide(w, _)
            | Step::Intend(w)
            | Step::Send(w)
            | Step::Answer(w, _)
            | Step::End(w)
            | Step::Look(w, _)
            | Step::Judge(w)
            | Step::Conclude(w) => self.work(&mut state, w, step),
        }
        self.forget_what_does_not_matter(&mut state);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("G1: no create without its intent", |_, it: &State| {
                !it.without_intent
            }),
            Property::always("G2: at most one each", |_, it: &State| {
                it.landed().count_ones() as usize <= ENTRIES
            }),
            Property::always("G3: what is confirmed is there, each its own", |_, it: &State| {
                let confirmed =
                    it.entries.iter().filter(|it| matches!(it.push, Push::Confirmed { .. }));
                let known = it.known();
                known.count_ones() as usize == confirmed.count() && known & !it.landed() == 0
            }),
            Property::always("G3: nobody has to be asked", |_, it: &State| {
                it.entries.iter().all(|it| it.push != Push::Ambiguous)
            }),
            Property::always("G7: nothing leaves too late", |_, it: &State| !it.too_late),
            Property::sometimes("both arrive", |_, it: &State| {
                it.known().count_ones() as usize == ENTRIES
            }),
            Property::sometimes("one arrives at the second attempt", |_, it: &State| {
                it.entries.iter().all(|it| matches!(it.push, Push::Confirmed { .. }))
                    && it.entries.iter().any(|it| it.push == Push::Confirmed { uuid: 1 })
            }),
        ]
    }
}

/// G1, G2, G3, G4, G7: in no order of steps is an entry doubled or lost.
#[test]
fn g01_g02_no_order_of_steps_doubles_or_loses_an_entry() {
    let checker = Pushes { lacks: None }.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    let states = checker.unique_state_count();
    assert!(states > 300_000, "only {states} states: the model has lost some of its steps");
}

/// Each line is there for a reason: without it the checker shows how it goes wrong.
#[test]
fn g02_each_safety_line_is_needed() {
    for lacks in Lacks::ALL {
        let model = Pushes { lacks: Some(lacks) };
        let checker =
            model.checker().finish_when(HasDiscoveries::AnyFailures).threads(2).spawn_bfs().join();
        let refuted = checker.discoveries().into_keys().any(|it| it.starts_with('G'));
        assert!(refuted, "nothing goes wrong without {lacks:?}");
    }
}

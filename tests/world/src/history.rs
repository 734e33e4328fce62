//! What the practice apps say in a history, and what must be true of it in the end.

use std::collections::BTreeMap;

use domain::desired::Stamp;
use domain::ids::{EntryId, FirmId};
use domain::ports::{Clock, Down, Lane, Wake, Wakes};
use domain::practice::Timesheet;
use domain::time::entry::{TimeEntry, When};
use domain::time::intake;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};

use crate::ports::Worker;
use crate::scene::{self, EACH, Made};

/// A statement about an entry, with the version that the practice app gives it.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) firm: FirmId,
    pub(crate) id: EntryId,
    pub(crate) version: u64,
    /// What it says; `None` when the entry is gone.
    pub(crate) says: Option<Spell>,
}

/// An hour or so of somebody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spell {
    person: u32,
    task: u32,
    day: Date,
    /// When the timer was started, if it was one; then that is what is said, and not the day (G23).
    started_at: Option<Timestamp>,
    minutes: u32,
    note: String,
}

/// Everything the firms say, newest last.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    newest: BTreeMap<(FirmId, EntryId), Statement>,
    pub(crate) statements: Vec<Statement>,
}

impl History {
    /// So many statements of these firms. One in ten new entries is the twin of an older one.
    pub(crate) fn of(firms: &[FirmId], statements: u32, rng: &mut fastrand::Rng) -> Made<Self> {
        let mut it = Self::default();
        for n in 0..statements {
            let known: Vec<Statement> = it.newest.values().cloned().collect();
            let edit = !known.is_empty() && rng.u32(0..100) < 45;
            let statement = if edit {
                let old = known[rng.usize(0..known.len())].clone();
                let gone = rng.u32(0..4) == 0;
                let says = (!gone).then(|| spell(n, rng));
                Statement { version: old.version + 1, says, ..old }
            } else {
                let firm = firms[rng.usize(0..firms.len())].clone();
                let twin = known.iter().find(|it| it.firm == firm).and_then(|it| it.says.clone());
                let says = twin.filter(|_| rng.u32(0..10) == 0).unwrap_or_else(|| spell(n, rng));
                Statement {
                    firm,
                    id: EntryId::parse(format!("e-{n}"))?,
                    version: 1,
                    says: Some(says),
                }
            };
            let key = (statement.firm.clone(), statement.id.clone());
            it.newest.insert(key, statement.clone());
            it.statements.push(statement);
        }
        Ok(it)
    }

    /// So many entries of one firm, each said once; every other one is the twin of the one before.
    pub(crate) fn new_entries(firm: &FirmId, entries: u32, rng: &mut fastrand::Rng) -> Made<Self> {
        let mut it = Self::default();
        let mut twin = spell(0, rng);
        for n in 0..entries {
            if n % 2 == 0 {
                twin = spell(n, rng);
            }
            let id = EntryId::parse(format!("e-{n}"))?;
            let says = Some(twin.clone());
            let statement = Statement { firm: firm.clone(), id: id.clone(), version: 1, says };
            it.newest.insert((firm.clone(), id), statement.clone());
            it.statements.push(statement);
        }
        Ok(it)
    }

    /// What XPM must hold for a firm in the end, in order.
    pub(crate) fn sheets(&self, firm: &FirmId) -> Made<Vec<Timesheet>> {
        let newest = self.newest.values().filter(|it| it.firm == *firm);
        let mut sheets = newest
            .filter_map(|it| it.says.as_ref())
            .map(Spell::sheet)
            .collect::<Made<Vec<Timesheet>>>()?;
        sheets.sort_by_key(|it| format!("{it:?}"));
        Ok(sheets)
    }

    /// The ids of a firm's entries.
    pub(crate) fn ids(&self, firm: &FirmId) -> Vec<EntryId> {
        self.newest.keys().filter(|(it, _)| it == firm).map(|(_, id)| id.clone()).collect()
    }
}

fn spell(n: u32, rng: &mut fastrand::Rng) -> Spell {
    let started_at = rng.bool().then(|| near_a_turn(rng));
    let day = started_at.map_or_else(
        || date(2026, 11, 16).saturating_add(i64::from(rng.u32(0..5)).days()),
        day_in_sydney,
    );
    Spell {
        person: rng.u32(0..EACH),
        task: rng.u32(0..EACH),
        day,
        started_at,
        minutes: 6 * rng.u32(1..80),
        note: format!("work {}", n % 7),
    }
}

/// Within an hour and a half of a midnight, of the end of a year or of a change of the clocks in Sydney,
/// all after the tasks were linked.
fn near_a_turn(rng: &mut fastrand::Rng) -> Timestamp {
    const TWO: i64 = 2 * 3_600;
    let turns = [WINTER.0, WINTER.0 - TWO, WINTER.1, WINTER.1 - TWO, NEW_YEAR, MIDNIGHT];
    let second = turns[rng.usize(0..turns.len())] + rng.i64(-5_400..5_400);
    Timestamp::from_second(second).unwrap_or_default()
}

/// From 4 April 2027, 3:00 summer time, to 3 October 2027, 2:00, Sydney is 10 hours ahead, else 11.
const WINTER: (i64, i64) = (1_806_768_000, 1_822_492_800);
/// 2027 begins in Sydney.
const NEW_YEAR: i64 = 1_798_722_000;
/// 25 November 2026 begins in Sydney.
const MIDNIGHT: i64 = 1_795_525_200;

/// Reckoned by hand, so that it cannot share a mistake with the rules.
fn day_in_sydney(at: Timestamp) -> Date {
    let second = at.as_second();
    let ahead = if (WINTER.0..WINTER.1).contains(&second) { 10 } else { 11 };
    date(1970, 1, 1).saturating_add((second + ahead * 3_600).div_euclid(86_400).days())
}

impl Spell {
    fn sheet(&self) -> Made<Timesheet> {
        Ok(Timesheet {
            job: scene::job(self.task)?,
            job_task: scene::job_task(self.task)?,
            staff: scene::staff_of(self.person)?,
            date: self.day,
            minutes: self.minutes.into(),
            note: self.note.clone(),
        })
    }

    fn entry(&self, id: &EntryId) -> Made<TimeEntry> {
        Ok(TimeEntry {
            id: id.clone(),
            task_id: Some(scene::task(self.task)?),
            user_id: scene::person(self.person)?,
            when: match self.started_at {
                Some(started_at) => When::Span { started_at, ended_at: None },
                None => When::Day { date: self.day },
            },
            seconds: self.minutes * 60,
            note: self.note.clone(),
            billable: None,
            running: false,
        })
    }
}

impl Statement {
    /// Takes it in, as a webhook does; a practice app says it again until it is taken.
    pub(crate) async fn take_in(self, worker: Worker) -> bool {
        self.store(&worker).await.is_ok()
    }

    async fn store(&self, worker: &Worker) -> Result<(), Down> {
        let now = worker.now();
        let stamp = Stamp { version: Some(self.version), as_of: now };
        let unsayable = |it: Box<dyn std::error::Error>| Down {
            what: "the history",
            cause: it.to_string().into(),
        };
        match &self.says {
            Some(spell) => {
                let entry = spell.entry(&self.id).map_err(unsayable)?;
                intake::put(worker, &self.firm, entry, stamp, now).await?;
            }
            None => {
                intake::delete(worker, &self.firm, &self.id, stamp, now).await?;
            }
        }
        // The lane is marked: a wake that fails makes it later, not never.
        drop(worker.wake(&Wake { firm: self.firm.clone(), lane: Lane::Time }).await);
        Ok(())
    }
}

//! What the practice apps say in a history, and what must be true of it in the end.

use std::collections::BTreeMap;

use domain::desired::Stamp;
use domain::ids::{EntryId, FirmId};
use domain::ports::{Clock, Down, Lane, Wake, Wakes};
use domain::practice::Timesheet;
use domain::time::entry::{TimeEntry, When};
use domain::time::intake;
use jiff::ToSpan;
use jiff::civil::{Date, date};

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
    Spell {
        person: rng.u32(0..EACH),
        task: rng.u32(0..EACH),
        day: date(2026, 11, 16).saturating_add(i64::from(rng.u32(0..5)).days()),
        minutes: 6 * rng.u32(1..80),
        note: format!("work {}", n % 7),
    }
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
            when: When::Day { date: self.day },
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

//! Everything the simulator knows, behind one lock. A change is made by
//! keeping a fact; the facts of a call reach the journal before its answer.

use std::collections::BTreeMap;
use std::io;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::calls::Calls;
use crate::faults::Fault;
use crate::firm::Firm;
use crate::identity::facts::{Identity, IdentityFact};
use crate::identity::keys::Keys;
use crate::journal::{Effect, Fact, Journal};
use crate::knobs::Knobs;
use crate::limits::{Counters, Limits};
use crate::model::Record;
use crate::server::Held;
use crate::{App, Options};

/// The simulator's memory.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) apps: Vec<App>,
    pub(crate) issuer: String,
    pub(crate) keys: Keys,
    pub(crate) demo: bool,
    pub(crate) firms: BTreeMap<Uuid, Firm>,
    pub(crate) identity: Identity,
    pub(crate) knobs: Knobs,
    pub(crate) limits: Limits,
    pub(crate) counters: Counters,
    pub(crate) faults: Vec<Fault>,
    pub(crate) held: Vec<Held>,
    pub(crate) calls: Calls,
    pub(crate) effects: Vec<Effect>,
    /// The call being answered.
    pub(crate) call: u64,
    frozen: Option<Timestamp>,
    ahead: i64,
    started: Option<Timestamp>,
    journal: Option<Journal>,
    unwritten: Vec<Fact>,
}

impl State {
    /// Opens the journal, or starts afresh.
    pub(crate) fn open(options: Options, issuer: String) -> io::Result<Self> {
        let keys = Keys::open(options.data_dir.as_deref())?;
        let (journal, facts) = match &options.data_dir {
            Some(folder) => {
                let (journal, facts) = Journal::open(folder)?;
                (Some(journal), facts)
            }
            None => (None, Vec::new()),
        };
        let mut state = Self {
            apps: options.apps,
            issuer,
            keys,
            demo: options.demo,
            firms: BTreeMap::new(),
            identity: Identity::default(),
            knobs: Knobs::default(),
            limits: Limits::default(),
            counters: Counters::default(),
            faults: Vec::new(),
            held: Vec::new(),
            calls: Calls::default(),
            effects: Vec::new(),
            call: 0,
            frozen: options.now,
            ahead: 0,
            started: options.now,
            journal,
            unwritten: Vec::new(),
        };
        state.found_firms();
        if facts.is_empty() {
            state.furnish();
            state.write()?;
        } else {
            for fact in facts {
                state.apply(fact);
            }
            state.calls.resume_after(state.effects.iter().map(|it| it.call).max().unwrap_or(0));
        }
        Ok(state)
    }

    /// Back to the beginning: the demo data, or nothing.
    pub(crate) fn reset(&mut self) -> io::Result<()> {
        if let Some(journal) = &mut self.journal {
            journal.clear()?;
        }
        self.unwritten.clear();
        self.firms.clear();
        self.identity = Identity::default();
        self.knobs = Knobs::default();
        self.limits = Limits::default();
        self.counters = Counters::default();
        self.faults.clear();
        self.held.clear();
        self.calls = Calls::default();
        self.effects.clear();
        self.frozen = self.started;
        self.ahead = 0;
        self.found_firms();
        self.furnish();
        self.write()
    }

    fn furnish(&mut self) {
        if self.demo {
            let tenant = self.first_tenant();
            for record in crate::demo::records() {
                self.keep(tenant, record);
            }
        }
    }

    fn found_firms(&mut self) {
        for name in &self.knobs.tenants {
            self.firms.entry(tenant_id(name)).or_default();
        }
    }

    /// Makes a change, now and for the journal.
    pub(crate) fn change(&mut self, fact: Fact) {
        if self.journal.is_some() {
            self.unwritten.push(fact.clone());
        }
        self.apply(fact);
    }

    /// Changes a record of a practice.
    pub(crate) fn keep(&mut self, tenant: Uuid, record: Record) {
        self.change(Fact::Practice { tenant, record });
    }

    /// Changes a record of the identity service.
    pub(crate) fn identify(&mut self, fact: IdentityFact) {
        self.change(Fact::Identity(fact));
    }

    fn apply(&mut self, fact: Fact) {
        match fact {
            Fact::Practice { tenant, record } => {
                self.firms.entry(tenant).or_default().apply(record);
            }
            Fact::Identity(fact) => self.identity.apply(fact),
            Fact::Effect(effect) => self.effects.push(effect),
            Fact::Knobs(knobs) => {
                self.knobs = *knobs;
                self.found_firms();
            }
            Fact::Limits(limits) => self.limits = limits,
            Fact::Clock { frozen, ahead } => {
                self.frozen = frozen;
                self.ahead = ahead;
            }
        }
    }

    /// Writes what has changed since the last time. An answer may only leave
    /// after this.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        let facts = std::mem::take(&mut self.unwritten);
        match &mut self.journal {
            Some(journal) if !facts.is_empty() => journal.append(&facts),
            Some(_) | None => Ok(()),
        }
    }

    /// The simulator's own time.
    pub(crate) fn now(&self) -> Timestamp {
        let base = self.frozen.unwrap_or_else(Timestamp::now);
        base.saturating_add(SignedDuration::from_secs(self.ahead)).unwrap_or(base)
    }

    /// The simulator's own day.
    pub(crate) fn today(&self) -> Date {
        self.now().to_zoned(TimeZone::UTC).date()
    }

    /// Moves the clock ahead.
    pub(crate) fn advance(&mut self, seconds: i64) {
        let ahead = self.ahead.saturating_add(seconds);
        self.change(Fact::Clock { frozen: self.frozen, ahead });
    }

    /// Sets the clock; frozen, it moves by [`Self::advance`] alone.
    pub(crate) fn set_clock(&mut self, now: Timestamp, frozen: bool) {
        let fact = if frozen {
            Fact::Clock { frozen: Some(now), ahead: 0 }
        } else {
            let ahead = now.as_second() - Timestamp::now().as_second();
            Fact::Clock { frozen: None, ahead }
        };
        self.change(fact);
    }

    /// The practice that control calls mean when they name none.
    pub(crate) fn first_tenant(&self) -> Uuid {
        tenant_id(self.knobs.tenants.first().map_or("", String::as_str))
    }

    /// A practice by its id or name.
    pub(crate) fn tenant_named(&self, name: &str) -> Option<Uuid> {
        let id = Uuid::try_parse(name).unwrap_or_else(|_| tenant_id(name));
        self.firms.contains_key(&id).then_some(id)
    }
}

/// The id of the practice of that name, the same in every run.
pub(crate) fn tenant_id(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_DNS, format!("practice/{name}").as_bytes())
}

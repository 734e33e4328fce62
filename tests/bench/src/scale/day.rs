//! A firm's working day: what people do in the practice app and in XPM, and when.

use std::sync::Arc;

use domain::ids::{ContactId, DocumentSetId, LineId, TaskId};
use domain::jobs::cost::Line;
use domain::jobs::desk::{self, Hand};
use domain::jobs::draft::Plan;
use domain::journal::Actor;
use domain::linking::by_hand;
use domain::ports::{Clock, Key, Kind, Store};
use domain::practice::{CostSheet, Named};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::cloud::Cloud;
use super::firm::{PEOPLE, Practice, TASKS, client, code, contact, edited, place, staff, template};
use super::model::lasting;
use crate::Cause;
use crate::chance::Dice;

/// How much happens in a day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plenty {
    /// Time entries. Half are timers, told when they start and when they end.
    pub(crate) entries: usize,
    /// Of a hundred entries: edited, deleted, on a task that is linked only in the afternoon, and
    /// deliveries that come twice.
    pub(crate) edited: usize,
    pub(crate) deleted: usize,
    pub(crate) held: usize,
    pub(crate) repeated: usize,
    /// Contacts changed in the app, and clients changed in XPM.
    pub(crate) contacts: usize,
    pub(crate) clients: usize,
    /// Jobs from documents, with two costs each.
    pub(crate) jobs: usize,
    /// Entries looked at through the API.
    pub(crate) looks: usize,
}

impl Plenty {
    /// A day with so many entries, and the rest as it goes with them.
    pub(crate) fn of(entries: usize) -> Self {
        Self {
            entries,
            edited: 15,
            deleted: 3,
            held: 4,
            repeated: 5,
            contacts: entries.div_ceil(33),
            clients: entries.div_ceil(20),
            jobs: entries.div_ceil(133),
            looks: entries / 2,
        }
    }
}

/// A day of one firm, being planned.
pub(crate) struct Day<'a> {
    cloud: &'a Arc<Cloud>,
    firm: &'a Practice,
    /// Midnight at the firm.
    midnight: Timestamp,
    date: Date,
    dice: Dice,
    sent: usize,
}

impl<'a> Day<'a> {
    /// The day that begins at `midnight`; chance follows from the seed.
    pub(crate) fn new(
        cloud: &'a Arc<Cloud>,
        firm: &'a Practice,
        (midnight, date): (Timestamp, Date),
        seed: u64,
    ) -> Self {
        Self { cloud, firm, midnight, date, dice: Dice::new(seed), sent: 0 }
    }

    /// Has all of it happen at its time.
    ///
    /// # Errors
    /// An id is none; never by chance.
    pub(crate) fn plan(mut self, plenty: &Plenty) -> Result<(), Cause> {
        let late = [format!("late-a-{}", self.date), format!("late-b-{}", self.date)];
        for (n, id) in late.iter().enumerate() {
            let data = json!({ "id": id, "name": "Something new", "version": 1 });
            self.tell(self.midnight + SignedDuration::from_hours(8), "task.updated", data);
            self.link(id, n)?;
        }
        for n in 0..plenty.entries {
            self.entry(n, plenty, &late);
        }
        for _ in 0..plenty.contacts {
            self.contact();
        }
        for _ in 0..plenty.clients {
            self.client()?;
        }
        for n in 0..plenty.jobs {
            self.job(n)?;
        }
        for n in 0..plenty.looks {
            let key = Key::new(&self.firm.id, Kind::Entry, format!("e-{}-{n}", self.date));
            let at = self.moment();
            self.cloud.ask(at, async move |it| {
                it.read(&key).await?;
                Ok(())
            });
        }
        Ok(())
    }

    /// Some moment of the working hours: 8:30 to 12:30 or 13:30 to 17:30, the middle of each likelier.
    fn moment(&mut self) -> Timestamp {
        let half = 4 * 3600 * 1000;
        let within = (self.dice.below(half) + self.dice.below(half)) / 2;
        let begins = if self.dice.percent(50) { 30_600 } else { 48_600 };
        self.midnight + lasting(begins as f64 + within as f64 / 1e3)
    }

    fn later(&mut self, minutes: usize) -> SignedDuration {
        lasting(60.0 + self.dice.below(minutes * 60_000) as f64 / 1e3)
    }

    fn tell(&mut self, at: Timestamp, kind: &str, data: Value) {
        self.sent += 1;
        let id = format!("msg-{}-{}", self.date, self.sent);
        let body = json!({ "type": kind, "timestamp": at.to_string(), "data": data });
        self.cloud.deliver(at, &self.firm.id, id, body);
    }

    fn entry(&mut self, n: usize, plenty: &Plenty, late: &[String]) {
        let id = format!("e-{}-{n}", self.date);
        let task = match self.dice.percent(plenty.held) {
            true => late[n % late.len()].clone(),
            false => format!("t-{}", self.dice.below(TASKS)),
        };
        let minutes = 6 * (1 + self.dice.below(12));
        let ended = self.moment();
        let data = |version: usize, minutes: usize| {
            json!({
                "id": id, "task_id": task, "user_id": format!("u-{}", n % PEOPLE),
                "date": self.date, "seconds": minutes * 60, "version": version, "billable": true,
                "note": "Reviewed the year-end workpapers and answered the bank's questions",
            })
        };
        let (timer, first, other) = (n.is_multiple_of(2), data(2, minutes), data(3, minutes + 6));
        if timer {
            let mut started = data(1, 0);
            started["running"] = true.into();
            let before = lasting(minutes as f64 * 60.0);
            self.tell(ended - before, "time_entry.updated", started);
        }
        self.tell(ended, "time_entry.updated", first.clone());
        if self.dice.percent(plenty.repeated) {
            self.sent -= 1;
            let again = ended + self.later(5);
            self.tell(again, "time_entry.updated", first);
        }
        if self.dice.percent(plenty.edited) {
            let edited = ended + self.later(60);
            self.tell(edited, "time_entry.updated", other);
        }
        if self.dice.percent(plenty.deleted) {
            let gone = ended + lasting(3_600.0) + self.later(60);
            self.tell(gone, "time_entry.deleted", json!({ "id": id, "version": 4 }));
        }
    }

    fn link(&self, task: &str, n: usize) -> Result<(), Cause> {
        let (firm, task, place) = (self.firm.id.clone(), TaskId::parse(task)?, place(n)?);
        let at = self.midnight + SignedDuration::from_hours(16);
        self.cloud.ask(at, async move |it| {
            by_hand::link(&it, &firm, &task, place, &Actor::App, it.now()).await?;
            Ok(())
        });
        Ok(())
    }

    fn phone(&mut self) -> String {
        format!("03 5550 {:04}", self.dice.below(10_000))
    }

    fn contact(&mut self) {
        let (n, phone) = (self.dice.below(self.firm.clients), self.phone());
        let at = self.moment();
        self.tell(at, "contact.updated", edited(n, &phone));
    }

    fn client(&mut self) -> Result<(), Cause> {
        let (mut client, phone) = (client(self.dice.below(self.firm.clients))?, self.phone());
        client.phone = Some(phone);
        let (cloud, tenant, at) = (Arc::clone(self.cloud), self.firm.tenant.clone(), self.moment());
        let put = async move { cloud.outside.practice.put_client(&tenant, client) };
        self.cloud.time.begin(at, put);
        Ok(())
    }

    fn job(&mut self, n: usize) -> Result<(), Cause> {
        let id = DocumentSetId::parse(format!("ds-{}-{n}", self.date))?;
        let plan = Plan {
            tenant: self.firm.tenant.clone(),
            contact: ContactId::parse(contact(self.dice.below(self.firm.clients)))?,
            template: Named { uuid: template()?, name: "Annual return".into() },
            name: "Annual return".into(),
            description: "Invented".into(),
            start_date: self.date,
            due_date: self.date,
            staff: vec![staff(n % PEOPLE)?],
            state_code: code(),
        };
        let lines = [self.line(0)?, self.line(1)?];
        let at = self.moment();
        for step in 0..3_u8 {
            let (firm, id, plan, lines) =
                (self.firm.id.clone(), id.clone(), plan.clone(), lines.clone());
            self.cloud.ask(at + SignedDuration::from_mins(step.into()), async move |it| {
                let hand = Hand { firm: &firm, actor: Actor::App, now: it.now() };
                let not = match step {
                    0 => desk::open(&it, &hand, &id, &plan).await?.err(),
                    1 => desk::put_costs(&it, &hand, &id, &lines).await?.err(),
                    _ => desk::confirm(&it, &hand, &id).await?.err(),
                };
                not.map_or(Ok(()), |not| Err(format!("{not:?}").into()))
            });
        }
        let out = at + lasting(300.0) + self.later(50);
        self.tell(out, "documents.delivered", json!({ "id": id, "action": "send" }));
        Ok(())
    }

    fn line(&self, n: usize) -> Result<Line, Cause> {
        let sheet: CostSheet = serde_json::from_value(json!({
            "date": self.date, "description": "Company return fee", "billable": true,
            "quantity": "1", "unit_cost": "0.00", "unit_price": "310.00",
        }))?;
        Ok(Line { id: LineId::parse(format!("l-{n}"))?, sheet })
    }
}

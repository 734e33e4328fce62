//! A firm on the twins that is ready, with a linked task and a mapped person.

use domain::connection::{Connection, Organisation, State, tokens};
use domain::deadline::Deadline;
use domain::desired::Stamp;
use domain::firm::{Firm, Settings};
use domain::ids::{FirmId, JobNumber, TaskId, TenantId, UserId, XpmUuid};
use domain::journal::Actor;
use domain::linking::by_hand;
use domain::linking::task::{self, Place, Task, TaskKind};
use domain::ports::{Clock, Committed, Lane, Lanes, Store};
use domain::practice::{Job, JobTask, Staff};
use domain::records;
use domain::time::entry::{TimeEntry, When};
use domain::time::user::{self, User};
use domain::time::{intake, work};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use memory::MemoryPorts;
use memory::practice::Method;

use crate::Cause;

pub(super) struct Desk {
    pub(super) ports: MemoryPorts,
    firm: FirmId,
}

impl Desk {
    pub(super) async fn open() -> Result<Self, Cause> {
        let desk = Self { ports: MemoryPorts::default(), firm: FirmId::parse("demo")? };
        let (ports, now) = (&desk.ports, desk.now());
        let settings = Settings {
            region: Some("AU".into()),
            time_zone: Some("Australia/Sydney".into()),
            ..Settings::default()
        };
        let id = desk.firm.clone();
        let firm = Firm { id, name: "Bench".into(), settings, webhook_secrets: vec![] };
        let tenant = TenantId::parse("tenant-1")?;
        let organisation = Some(Organisation { tenant: tenant.clone(), name: "Bench".into() });
        let connection = Connection {
            state: State::Connected,
            organisation,
            first_sync_at: Some(now),
            ..Connection::default()
        };
        let changes = vec![
            records::put(&desk.firm, &firm, None)?,
            records::put(&desk.firm, &connection, None)?,
        ];
        if ports.store.commit(changes).await? != Committed::Done {
            return Err("the firm was not stored".into());
        }
        tokens::keep(ports, &desk.firm, &ports.identity.grant("ann")).await?;
        let email = Some("ann@bench.example".to_owned());
        let staff = Staff { uuid: uuid("5701"), name: "Ann".into(), email: email.clone() };
        ports.practice.put_staff(&tenant, staff);
        ports.practice.put_job(&tenant, job_of(2026));
        let stamp = Stamp { version: None, as_of: now };
        let ann = User { id: UserId::parse("u-1")?, name: "Ann".into(), email };
        user::put(&ports.store, &desk.firm, ann, stamp, now).await?;
        task::put(&ports.store, &desk.firm, task_of("t-1"), stamp, now).await?;
        let place = Place {
            job_number: JobNumber::parse("J2026")?,
            job_task_uuid: uuid("aa2026"),
            name: "Accounts".into(),
            start_date: None,
        };
        let (id, by) = (TaskId::parse("t-1")?, Actor::App);
        by_hand::link(&ports.store, &desk.firm, &id, place, &by, now).await?;
        desk.work().await?;
        Ok(desk)
    }

    /// The practice app states an entry.
    pub(super) async fn record(&self, id: &str, seconds: u32, version: u64) -> Result<(), Cause> {
        let entry = TimeEntry {
            id: id.to_owned().try_into()?,
            task_id: TaskId::parse("t-1").ok(),
            user_id: UserId::parse("u-1")?,
            when: When::Day { date: date(2026, 11, 20) },
            seconds,
            note: id.into(),
            billable: None,
            running: false,
        };
        let (now, version) = (self.now(), Some(version));
        let stamp = Stamp { version, as_of: now };
        intake::put(&self.ports.store, &self.firm, entry, stamp, now).await?;
        Ok(())
    }

    /// One invocation, as soon as the lane is due.
    pub(super) async fn work(&self) -> Result<(), Cause> {
        let lane = self.ports.store.look(&self.firm, Lane::Time).await?;
        if let Some(due) = lane.due_at.filter(|it| *it > self.now()) {
            self.ports.clock.advance(due.duration_since(self.now()));
        }
        let deadline = Deadline { at: self.now() + SignedDuration::from_secs(60) };
        Ok(work::work(&self.ports, &self.firm, deadline).await?)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// How many entries XPM holds.
    pub(super) fn booked(&self) -> usize {
        TenantId::parse("tenant-1").map_or(0, |it| self.ports.practice.times_now(&it).len())
    }

    /// How often XPM was called.
    pub(super) fn calls(&self) -> usize {
        self.ports.practice.calls().len()
    }

    /// How many of those calls were not refused: what was booked, and the list of the staff.
    pub(super) fn answered(&self) -> usize {
        self.booked() + self.count(&[Method::Staff])
    }

    /// How often these were called.
    pub(super) fn count(&self, methods: &[Method]) -> usize {
        self.ports.practice.calls().iter().filter(|it| methods.contains(&it.method)).count()
    }
}

pub(super) fn task_of(id: &str) -> Task {
    Task {
        id: TaskId::parse(id).unwrap_or_else(|_| unreachable!("an id")),
        name: "Accounts".into(),
        kind: TaskKind::Task,
        process_id: None,
        contact_id: None,
        start_date: Some(date(2026, 2, 1)),
        due_date: None,
        rolled_over: false,
    }
}

/// A year's job with five tasks, one of which is of the type `7a01`.
pub(super) fn job_of(year: i16) -> Job {
    let task = |n: i16| JobTask {
        uuid: uuid(&if n == 1 { format!("aa{year}") } else { format!("ab{n}{year}") }),
        task_uuid: uuid(&format!("7a0{n}")),
        name: format!("Step {n}"),
        completed: false,
        billable: true,
        staff: vec![uuid("5701")],
    };
    Job {
        number: JobNumber::parse(format!("J{year}")).unwrap_or_else(|_| unreachable!("a number")),
        uuid: None,
        name: format!("Accounts {year}"),
        client: None,
        state: "Planned".into(),
        start_date: Some(date(year, 1, 1)),
        due_date: Some(date(year, 12, 31)),
        completed_date: None,
        tasks: Some((1..=5).map(task).collect()),
        staff: vec![],
    }
}

pub(super) fn uuid(text: &str) -> XpmUuid {
    XpmUuid::parse(text).unwrap_or_else(|_| unreachable!("a uuid"))
}

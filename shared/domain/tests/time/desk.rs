//! A firm that records time, on the twins.

use domain::connection::{Connection, Organisation, State as Connected, tokens};
use domain::deadline::Deadline;
use domain::desired::Stamp;
use domain::firm::{Firm, Settings};
use domain::ids::{EntryId, FirmId, JobNumber, TaskId, TenantId, UserId, XpmUuid};
use domain::issues;
use domain::journal;
use domain::journal::Actor;
use domain::linking::by_hand;
use domain::linking::task::{self, Place, Task, TaskKind, TaskRecord};
use domain::ports::{Clock, Kind, Lane, Lanes, Range, Store};
use domain::practice::{Job, JobTask, Named, Staff, Timesheet};
use domain::reason::Reason;
use domain::records;
use domain::time::entry::{EntryRecord, TimeEntry, When};
use domain::time::intake;
use domain::time::push::State;
use domain::time::user::{self, User};
use domain::time::work::work;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use memory::MemoryPorts;
use memory::practice::{Done, Method};

pub(crate) struct Desk {
    pub(crate) ports: MemoryPorts,
    pub(crate) firm: FirmId,
}

impl Desk {
    /// A firm that is connected and ready, with a linked task `t-1` and a mapped person `u-1`.
    pub(crate) async fn new() -> Self {
        let desk = Self { ports: MemoryPorts::default(), firm: FirmId::parse("demo").unwrap() };
        let settings = Settings {
            region: Some("AU".into()),
            time_zone: Some("Australia/Sydney".into()),
            ..Settings::default()
        };
        let firm =
            Firm { id: desk.firm.clone(), name: "Demo".into(), settings, webhook_secrets: vec![] };
        let connection = Connection {
            state: Connected::Connected,
            organisation: Some(Organisation { tenant: tenant(), name: "Demo".into() }),
            choices: vec![],
            connected_at: Some(desk.now()),
            first_sync_at: Some(desk.now()),
            changed_at: None,
        };
        for change in [
            records::put(&desk.firm, &firm, None).unwrap(),
            records::put(&desk.firm, &connection, None).unwrap(),
        ] {
            let _ = desk.ports.store.commit(vec![change]).await.unwrap();
        }
        desk.ports.identity.connect("ann", &tenant(), "Demo");
        let grant = desk.ports.identity.grant("ann");
        tokens::keep(&desk.ports, &desk.firm, &grant).await.unwrap();
        desk.ports.practice.check_tokens(&desk.ports.identity);
        desk.fill();
        desk.person("u-1", "ann@example.com").await;
        desk.task("t-1").await;
        desk.link("t-1").await;
        desk.work().await;
        desk
    }

    pub(crate) fn fill(&self) {
        let xpm = &self.ports.practice;
        for (staff, email) in [("5701", "ann@example.com"), ("5702", "bob@example.com")] {
            let (name, email) = (email.to_owned(), Some(email.to_owned()));
            xpm.put_staff(&tenant(), Staff { uuid: uuid(staff), name, email });
        }
        xpm.put_task(&tenant(), Named { uuid: uuid("7a5c"), name: "Accounts".into() });
        for (number, task) in [(job_number(), "7a01"), (other_job(), "7a02")] {
            let task = JobTask {
                uuid: uuid(task),
                task_uuid: uuid("7a5c"),
                name: "Accounts".into(),
                completed: false,
                billable: true,
                staff: vec![uuid("5701"), uuid("5702")],
            };
            xpm.put_job(
                &tenant(),
                Job {
                    number,
                    uuid: Some(uuid("0b01")),
                    name: "Accounts 2026".into(),
                    client: None,
                    state: "Planned".into(),
                    start_date: Some(date(2026, 1, 1)),
                    due_date: None,
                    completed_date: None,
                    tasks: Some(vec![task]),
                    staff: vec![],
                },
            );
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        self.ports.clock.advance(time);
    }

    pub(crate) async fn person(&self, id: &str, email: &str) {
        let user =
            User { id: UserId::parse(id).unwrap(), name: id.into(), email: Some(email.into()) };
        let stamp = Stamp { version: None, as_of: self.now() };
        user::put(&self.ports.store, &self.firm, user, stamp, self.now()).await.unwrap();
    }

    pub(crate) async fn task(&self, id: &str) {
        let task = Task {
            id: TaskId::parse(id).unwrap(),
            name: "Accounts".into(),
            kind: TaskKind::Task,
            process_id: None,
            contact_id: None,
            start_date: None,
            due_date: None,
            rolled_over: false,
        };
        let stamp = Stamp { version: None, as_of: self.now() };
        task::put(&self.ports.store, &self.firm, task, stamp, self.now()).await.unwrap();
    }

    pub(crate) async fn link(&self, id: &str) {
        self.link_to(id, job_number(), "7a01").await;
    }

    pub(crate) async fn link_to(&self, id: &str, job_number: JobNumber, job_task: &str) {
        let place = Place {
            job_number,
            job_task_uuid: uuid(job_task),
            name: "Accounts 2026".into(),
            start_date: None,
        };
        let id = TaskId::parse(id).unwrap();
        by_hand::link(&self.ports.store, &self.firm, &id, place, &Actor::App, self.now())
            .await
            .unwrap();
    }

    pub(crate) async fn task_record(&self, id: &str) -> TaskRecord {
        let kept = records::get::<TaskRecord>(&self.ports.store, &self.firm, id).await.unwrap();
        kept.unwrap().record
    }

    /// What the journal says of an entry, in order.
    pub(crate) async fn journal(&self, id: &str) -> Vec<journal::Entry> {
        let prefix = journal::Subject::new(journal::Sort::TimeEntry, id).prefix();
        let range = Range::of(&self.firm, Kind::Journal, prefix, 100);
        let (kept, _) = records::page(&self.ports.store, &range).await.unwrap();
        kept.into_iter().map(|it| it.record).collect()
    }

    /// The entries that this cause holds up, as the index has them.
    pub(crate) async fn waiting_for(&self, cause: Reason) -> Vec<String> {
        let prefix = issues::prefix(cause, "time_entry");
        records::pointed(&self.ports.store, &self.firm, Kind::Cause, &prefix).await.unwrap()
    }

    pub(crate) async fn record(&self, entry: TimeEntry) {
        let stamp = Stamp { version: None, as_of: self.now() };
        intake::put(&self.ports.store, &self.firm, entry, stamp, self.now()).await.unwrap();
    }

    pub(crate) async fn record_version(&self, entry: TimeEntry, version: u64) {
        let stamp = Stamp { version: Some(version), as_of: self.now() };
        intake::put(&self.ports.store, &self.firm, entry, stamp, self.now()).await.unwrap();
    }

    pub(crate) async fn delete(&self, id: &str, version: u64) {
        let id = EntryId::parse(id).unwrap();
        let stamp = Stamp { version: Some(version), as_of: self.now() };
        intake::delete(&self.ports.store, &self.firm, &id, stamp, self.now()).await.unwrap();
    }

    pub(crate) async fn settings(&self, change: impl FnOnce(&mut Settings)) {
        let kept = records::get::<Firm>(&self.ports.store, &self.firm, "firm").await.unwrap();
        let mut kept = kept.unwrap();
        change(&mut kept.record.settings);
        let change = records::put(&self.firm, &kept.record, Some(kept.version)).unwrap();
        let _ = self.ports.store.commit(vec![change]).await.unwrap();
    }

    pub(crate) async fn connection(&self, change: impl FnOnce(&mut Connection)) {
        let kept = records::get::<Connection>(&self.ports.store, &self.firm, "xpm").await.unwrap();
        let mut kept = kept.unwrap();
        change(&mut kept.record);
        let change = records::put(&self.firm, &kept.record, Some(kept.version)).unwrap();
        let _ = self.ports.store.commit(vec![change]).await.unwrap();
    }

    /// One invocation, if the lane is due: a wake, or the sweep.
    pub(crate) async fn work(&self) {
        let lane = self.ports.store.look(&self.firm, Lane::Time).await.unwrap();
        if lane.due_at.is_some_and(|it| it <= self.now()) {
            let deadline = Deadline { at: self.now() + SignedDuration::from_secs(60) };
            work(&self.ports, &self.firm, deadline).await.unwrap();
        }
    }

    /// An hour in which the sweep comes by every ten seconds.
    pub(crate) async fn rest(&self) {
        for _ in 0..360 {
            self.pass(SignedDuration::from_secs(10));
            self.work().await;
        }
    }

    /// One invocation whose tables fail for good once `commits` records are written.
    pub(crate) async fn die_after_commits(&self, commits: u32) {
        self.ports.store.fail_commits_after(commits);
        let deadline = Deadline { at: self.now() + SignedDuration::from_secs(60) };
        work(&self.ports, &self.firm, deadline).await.unwrap_err();
        self.ports.store.fail_commits(0);
    }

    pub(crate) async fn entry(&self, id: &str) -> EntryRecord {
        records::get::<EntryRecord>(&self.ports.store, &self.firm, id)
            .await
            .unwrap()
            .unwrap()
            .record
    }

    pub(crate) async fn found(&self, id: &str) -> Option<EntryRecord> {
        let kept = records::get::<EntryRecord>(&self.ports.store, &self.firm, id).await.unwrap();
        kept.map(|it| it.record)
    }

    pub(crate) async fn held(&self, id: &str) -> Option<Reason> {
        let State::Held { reason, .. } = self.entry(id).await.push.state else { return None };
        Some(reason)
    }

    pub(crate) fn in_xpm(&self) -> Vec<Timesheet> {
        self.ports.practice.times_now(&tenant()).into_iter().map(|it| it.sheet).collect()
    }

    pub(crate) fn ids(&self) -> Vec<XpmUuid> {
        self.ports.practice.times_now(&tenant()).into_iter().map(|it| it.uuid).collect()
    }

    pub(crate) fn minutes(&self) -> Vec<i64> {
        self.in_xpm().into_iter().map(|it| it.minutes).collect()
    }

    pub(crate) fn added(&self) -> usize {
        let effects = self.ports.practice.effects();
        effects.iter().filter(|it| matches!(it.done, Done::TimeAdded(_))).count()
    }

    pub(crate) fn calls(&self, method: Method) -> usize {
        self.ports.practice.calls().iter().filter(|it| it.method == method).count()
    }
}

pub(crate) fn an_hour(id: &str) -> TimeEntry {
    TimeEntry {
        id: EntryId::parse(id).unwrap(),
        task_id: Some(TaskId::parse("t-1").unwrap()),
        user_id: UserId::parse("u-1").unwrap(),
        when: When::Day { date: date(2026, 11, 22) },
        seconds: 3600,
        note: "reconciled the bank".into(),
        billable: None,
        running: false,
    }
}

pub(crate) fn sheet() -> Timesheet {
    Timesheet {
        job: job_number(),
        job_task: uuid("7a01"),
        staff: uuid("5701"),
        date: date(2026, 11, 22),
        minutes: 60,
        note: "reconciled the bank".into(),
    }
}

pub(crate) fn tenant() -> TenantId {
    TenantId::parse("tenant-1").unwrap()
}

pub(crate) fn job_number() -> JobNumber {
    JobNumber::parse("J000017").unwrap()
}

pub(crate) fn other_job() -> JobNumber {
    JobNumber::parse("J000018").unwrap()
}

pub(crate) fn uuid(text: &str) -> XpmUuid {
    XpmUuid::parse(text).unwrap()
}

//! A ready firm with one client, one process and one job of this year on the twins.

use domain::connection::{Connection, Organisation, State, tokens};
use domain::contacts::matches::{ContactMatch, Match, XpmKind};
use domain::deadline::Deadline;
use domain::desired::Stamp;
use domain::firm::change;
use domain::firm::{Firm, Settings};
use domain::ids::{ContactId, FirmId, JobNumber, ProcessId, TaskId, TenantId, XpmUuid};
use domain::issues;
use domain::journal::{Actor, Entry, Event, Sort, Subject};
use domain::linking::process::{self, Process};
use domain::linking::task::{self, Link, LinkState, Place, Task, TaskKind, TaskRecord};
use domain::linking::{by_hand, revisit_contact};
use domain::ports::{Change, Clock, Expect, Key, Kind, Lane, Lanes, Range, Store};
use domain::practice::{Client, Job, JobTask, Named};
use domain::reason::Reason;
use domain::records::{self, Record};
use domain::time::work::work;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use memory::MemoryPorts;
use memory::practice::Method;
use serde_json::json;

/// A firm and the outside.
pub(crate) struct Desk {
    pub(crate) ports: MemoryPorts,
    pub(crate) firm: FirmId,
}

impl Desk {
    /// The contact `c-1` is the client `c1`; the process `p-1` is mapped to the task type `7a01`, which
    /// job J1 of 2026 has as `aa01`. No task is known.
    pub(crate) async fn new() -> Self {
        let desk = Self { ports: MemoryPorts::default(), firm: FirmId::parse("demo").unwrap() };
        let settings = Settings {
            region: Some("AU".into()),
            time_zone: Some("Australia/Sydney".into()),
            ..Settings::default()
        };
        let (id, name) = (desk.firm.clone(), "Demo".to_owned());
        desk.keep(&Firm { id, name, settings, webhook_secrets: vec![] }).await;
        desk.connected_to("tenant-1").await;
        for client in ["c1", "c2"] {
            let client: Client =
                serde_json::from_value(json!({"uuid": client, "name": "Acme"})).unwrap();
            desk.ports.practice.put_client(&tenant(), client);
        }
        desk.types(&[("7a01", "Accounts"), ("7a02", "BAS")]);
        desk.matched("c1").await;
        desk.map(Some("7a01")).await;
        desk.job("J1", "aa01", date(2026, 1, 1));
        desk
    }

    pub(crate) async fn connected_to(&self, organisation: &str) {
        let tenant = TenantId::parse(organisation).unwrap();
        let organisation = Organisation { tenant: tenant.clone(), name: "Demo".into() };
        let connection = Connection {
            state: State::Connected,
            organisation: Some(organisation),
            connected_at: Some(self.now()),
            first_sync_at: Some(self.now()),
            ..Connection::default()
        };
        self.keep(&connection).await;
        self.ports.identity.connect("ann", &tenant, "Demo");
        tokens::keep(&self.ports, &self.firm, &self.ports.identity.grant("ann")).await.unwrap();
    }

    pub(crate) async fn keep<R: Record>(&self, record: &R) {
        let Change::Put(item, _) = records::put(&self.firm, record, None).unwrap() else {
            unreachable!()
        };
        let _ = self.ports.store.commit(vec![Change::Put(item, Expect::Any)]).await.unwrap();
    }

    /// The contact is matched with this client.
    pub(crate) async fn matched(&self, client: &str) {
        let contact = ContactId::parse("c-1").unwrap();
        let to =
            ContactMatch { contact: contact.clone(), xpm: uuid(client), kind: XpmKind::Client };
        self.keep(&to).await;
        revisit_contact(&self.ports.store, &self.firm, &contact, self.now()).await.unwrap();
    }

    /// A person takes the contact's match away.
    pub(crate) async fn unmatched(&self) {
        let contact = ContactId::parse("c-1").unwrap();
        let key = Key::new(&self.firm, Kind::ContactMatch, contact.as_str());
        let _ = self.ports.store.commit(vec![Change::Delete(key, Expect::Any)]).await.unwrap();
        revisit_contact(&self.ports.store, &self.firm, &contact, self.now()).await.unwrap();
    }

    /// XPM puts the client away, or brings it back.
    pub(crate) async fn archived(&self, client: &str, reason: Option<Reason>) {
        let it = json!({"state": "matched", "origin": "manual", "contact": "c-1", "reason": reason,
            "xpm": {"kind": "client", "uuid": client, "name": "Acme", "fields": {"name": "Acme"}}});
        self.keep(&serde_json::from_value::<Match>(it).unwrap()).await;
        self.matched(client).await;
    }

    /// What needs a person, with how many of what.
    pub(crate) async fn issues(&self) -> Vec<(Reason, String, usize)> {
        let open = issues::list(&self.ports.store, &self.firm).await.unwrap();
        open.into_iter().map(|it| (it.cause, it.subject, it.count)).collect()
    }

    /// The task types that XPM has.
    pub(crate) fn types(&self, types: &[(&str, &str)]) {
        for (id, name) in types {
            self.ports.practice.put_task(&tenant(), Named { uuid: uuid(id), name: (*name).into() });
        }
    }

    /// Somebody in XPM adds a job of the client `c1` with the task type `7a01`.
    pub(crate) fn job(&self, number: &str, task: &str, start: Date) {
        self.job_with(number, start, &[(task, "7a01")]);
    }

    /// The same with these tasks, each with its type.
    pub(crate) fn job_with(&self, number: &str, start: Date, tasks: &[(&str, &str)]) {
        let task = |(id, kind): &(&str, &str)| JobTask {
            uuid: uuid(id),
            task_uuid: uuid(kind),
            name: "Accounts".into(),
            completed: false,
            billable: true,
            staff: vec![],
        };
        let job = Job {
            number: JobNumber::parse(number).unwrap(),
            uuid: None,
            name: format!("Accounts {number}"),
            client: Some(Named { uuid: uuid("c1"), name: "Acme".into() }),
            state: "Planned".into(),
            start_date: Some(start),
            due_date: None,
            completed_date: None,
            tasks: Some(tasks.iter().map(task).collect()),
            staff: vec![],
        };
        self.ports.practice.put_job(&tenant(), job);
    }

    /// The practice app maps the process.
    pub(crate) async fn map(&self, to: Option<&str>) {
        let process = Process {
            id: ProcessId::parse("p-1").unwrap(),
            name: "Accounts".into(),
            xpm_task_uuid: to.map(uuid),
        };
        let stamp = Stamp { version: None, as_of: self.now() };
        let by = Actor::App;
        process::put(&self.ports.store, &self.firm, process, stamp, &by, self.now()).await.unwrap();
    }

    /// The practice app states a task of this year.
    pub(crate) async fn task(&self, id: &str) {
        self.state(task_of(id)).await;
    }

    pub(crate) async fn state(&self, task: Task) {
        let stamp = Stamp { version: None, as_of: self.now() };
        task::put(&self.ports.store, &self.firm, task, stamp, self.now()).await.unwrap();
    }

    pub(crate) async fn link(&self, id: &str, job: &str, job_task: &str) {
        let place = Place {
            job_number: JobNumber::parse(job).unwrap(),
            job_task_uuid: uuid(job_task),
            name: "Chosen".into(),
            start_date: None,
        };
        let (task, by) = (TaskId::parse(id).unwrap(), ann());
        by_hand::link(&self.ports.store, &self.firm, &task, place, &by, self.now()).await.unwrap();
    }

    pub(crate) async fn unlink(&self, id: &str) {
        let task = TaskId::parse(id).unwrap();
        by_hand::unlink(&self.ports.store, &self.firm, &task, &ann(), self.now()).await.unwrap();
    }

    pub(crate) async fn allow(&self, id: &str) {
        let task = TaskId::parse(id).unwrap();
        by_hand::allow(&self.ports.store, &self.firm, &task, &ann(), self.now()).await.unwrap();
    }

    /// Somebody changes the settings through the API.
    pub(crate) async fn set(&self, choose: impl FnOnce(&mut Settings)) {
        let firm = records::get::<Firm>(&self.ports.store, &self.firm, "firm").await.unwrap();
        let mut settings = firm.unwrap().record.settings;
        choose(&mut settings);
        let (store, by) = (&self.ports.store, ann());
        assert!(change::change(store, &self.firm, &settings, &by, self.now()).await.unwrap());
    }

    /// One invocation, if the lane is due.
    pub(crate) async fn work(&self) {
        let lane = self.ports.store.look(&self.firm, Lane::Time).await.unwrap();
        if lane.due_at.is_some_and(|it| it <= self.now()) {
            let deadline = Deadline { at: self.now() + SignedDuration::from_secs(60) };
            work(&self.ports, &self.firm, deadline).await.unwrap();
        }
    }

    /// As long as a copy is believed, and the sweep comes by.
    pub(crate) async fn rest(&self) {
        for _ in 0..11 {
            self.pass(60);
            self.work().await;
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.ports.clock.advance(SignedDuration::from_secs(seconds));
    }

    pub(crate) async fn link_of(&self, id: &str) -> Link {
        let kept = records::get::<TaskRecord>(&self.ports.store, &self.firm, id).await.unwrap();
        kept.unwrap().record.link
    }

    /// How the link stands, where to, and why.
    pub(crate) async fn stands(&self, id: &str) -> (LinkState, String, Option<Reason>) {
        let link = self.link_of(id).await;
        let place = link.place.map(|it| format!("{} {}", it.job_number, it.job_task_uuid));
        (link.state, place.unwrap_or_default(), link.reason)
    }

    /// What the journal tells of a subject, oldest first.
    pub(crate) async fn told(&self, sort: Sort, id: &str) -> Vec<Entry> {
        let prefix = Subject::new(sort, id).prefix();
        let range = Range::of(&self.firm, Kind::Journal, prefix, 100);
        let (entries, _) = records::page::<Entry>(&self.ports.store, &range).await.unwrap();
        entries.into_iter().map(|it| it.record).collect()
    }

    pub(crate) async fn events(&self, id: &str) -> Vec<Event> {
        self.told(Sort::Task, id).await.into_iter().map(|it| it.event).collect()
    }

    pub(crate) fn calls(&self, method: Method) -> usize {
        self.ports.practice.calls().iter().filter(|it| it.method == method).count()
    }
}

pub(crate) fn task_of(id: &str) -> Task {
    Task {
        id: TaskId::parse(id).unwrap(),
        name: "Accounts".into(),
        kind: TaskKind::Task,
        process_id: ProcessId::parse("p-1").ok(),
        contact_id: ContactId::parse("c-1").ok(),
        start_date: Some(date(2026, 2, 1)),
        due_date: None,
        rolled_over: false,
    }
}

pub(crate) fn ann() -> Actor {
    Actor::Key("key-of-ann".into())
}

pub(crate) fn tenant() -> TenantId {
    TenantId::parse("tenant-1").unwrap()
}

pub(crate) fn uuid(text: &str) -> XpmUuid {
    XpmUuid::parse(text).unwrap()
}

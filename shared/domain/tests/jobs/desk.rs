//! A firm whose jobs are switched on, with a client, a template, two people and the usual states.

use domain::connection::{self, Connection, Organisation, State as Connected, tokens};
use domain::contacts::book;
use domain::contacts::contact::Contact;
use domain::contacts::matches::{ContactMatch, XpmKind};
use domain::copies::Unavailable;
use domain::deadline::Deadline;
use domain::desired::Stamp;
use domain::firm::{Firm, JobState, Settings};
use domain::ids::{ContactId, DocumentSetId, FirmId, JobNumber, LineId, TenantId, XpmUuid};
use domain::invalid::Invalid;
use domain::jobs::cost::Line;
use domain::jobs::desk::{self, Hand, Not};
use domain::jobs::draft::{Action, JobDraft, Plan};
use domain::jobs::examine::{self, Wanted};
use domain::jobs::work::work;
use domain::jobs::{Standing, StepView, standing, steps};
use domain::journal::{Actor, Entry, Sort, Subject};
use domain::lanes::pause;
use domain::ports::{Clock, Kind, Lane, Lanes, Range, Store};
use domain::practice::{CostSheet, Job, JobCost, Named, Staff};
use domain::reason::Reason;
use domain::records;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use memory::MemoryPorts;
use memory::practice::{Done, Method};
use serde_json::json;

pub(crate) struct Desk {
    pub(crate) ports: MemoryPorts,
    pub(crate) firm: FirmId,
}

impl Desk {
    pub(crate) async fn new() -> Self {
        let (ports, firm) = (MemoryPorts::default(), FirmId::parse("demo").unwrap());
        ports.clock.set("2026-11-22T01:00:00Z".parse().unwrap());
        let desk = Self { ports, firm };
        desk.found().await;
        let practice = &desk.ports.practice;
        for (id, client) in [("c-1", "c1"), ("c-2", "c2")] {
            let it = json!({"uuid": client, "name": format!("Acme {id}")});
            practice.put_client(&tenant(), serde_json::from_value(it).unwrap());
            desk.contact(id, json!({})).await;
            desk.matched(id, client, XpmKind::Client).await;
        }
        for (id, name) in [("7e01", "BAS - Quarter"), ("7e02", "Tax return")] {
            practice.put_template(&tenant(), Named { uuid: uuid(id), name: name.into() });
        }
        for id in ["5701", "5702"] {
            let staff = Staff { uuid: uuid(id), name: id.into(), email: None };
            practice.put_staff(&tenant(), staff);
        }
        practice.put_state(&tenant(), "INPROGRESS", "In Progress");
        practice.put_state(&tenant(), "COMPLETED", "Completed");
        desk
    }

    async fn found(&self) {
        let mut settings = Settings {
            region: Some("AU".into()),
            time_zone: Some("Australia/Sydney".into()),
            ..Settings::default()
        };
        settings.jobs.enabled = true;
        let state = |code: &str| JobState { code: code.into(), name: code.into() };
        settings.jobs.states = ["INPROGRESS", "COMPLETED", "GONE"].map(state).into();
        let id = self.firm.clone();
        let firm = Firm { id, name: "Demo".into(), settings, webhook_secrets: vec![] };
        let organisation = Some(Organisation { tenant: tenant(), name: "Demo".into() });
        let state = Connected::Connected;
        let first_sync_at = Some(self.now());
        let connection = Connection { state, organisation, first_sync_at, ..Connection::default() };
        let changes = vec![
            records::put(&self.firm, &firm, None).unwrap(),
            records::put(&self.firm, &connection, None).unwrap(),
        ];
        let _ = self.ports.store.commit(changes).await.unwrap();
        tokens::keep(&self.ports, &self.firm, &self.ports.identity.grant("ann")).await.unwrap();
    }

    pub(crate) async fn contact(&self, id: &str, with: serde_json::Value) {
        let mut contact = json!({"id": id, "kind": "organisation", "name": format!("Acme {id}")});
        contact.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        let contact: Contact = serde_json::from_value(contact).unwrap();
        let stamp = Stamp { version: None, as_of: self.now() };
        book::put(&self.ports.store, &self.firm, contact, stamp).await.unwrap();
    }

    pub(crate) async fn matched(&self, id: &str, xpm: &str, kind: XpmKind) {
        let it = ContactMatch { contact: contact_id(id), xpm: uuid(xpm), kind };
        let change = records::put(&self.firm, &it, None).unwrap();
        let _ = self.ports.store.commit(vec![change]).await.unwrap();
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    pub(crate) fn pass(&self, duration: SignedDuration) {
        self.ports.clock.advance(duration);
    }

    pub(crate) fn hand(&self) -> Hand<'_> {
        Hand { firm: &self.firm, actor: Actor::App, now: self.now() }
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

    /// What comes of asking: a plan, what is wrong, or why not at all.
    pub(crate) async fn examine(
        &self,
        wanted: Wanted,
    ) -> Result<Result<Plan, Vec<Invalid>>, Reason> {
        let firm = records::get::<Firm>(&self.ports.store, &self.firm, "firm").await.unwrap();
        let firm = firm.unwrap().record;
        let connection = connection::read(&self.ports.store, &self.firm).await.unwrap();
        let choices = examine::choices(&self.ports, &firm, &connection, self.now()).await;
        let choices = choices.map_err(|it: Unavailable| it.to_string()).unwrap()?;
        let judged = examine::judge(&self.ports.store, &firm, &choices, wanted).await;
        let (plan, wrong) = judged.unwrap();
        Ok(if wrong.is_empty() { Ok(plan) } else { Err(wrong) })
    }

    /// The places of what is wrong, each with its code.
    pub(crate) async fn wrong(&self, wanted: Wanted) -> Vec<(String, &'static str)> {
        let wrong = self.examine(wanted).await.unwrap().unwrap_err();
        wrong.into_iter().map(|it| (it.pointer, it.code)).collect()
    }

    pub(crate) async fn draft(&self, id: &str, wanted: Wanted) -> JobDraft {
        let plan = self.examine(wanted).await.unwrap().unwrap();
        self.open(id, &plan).await.unwrap().0
    }

    pub(crate) async fn open(&self, id: &str, plan: &Plan) -> Result<(JobDraft, bool), Not> {
        desk::open(&self.ports.store, &self.hand(), &set(id), plan).await.unwrap()
    }

    pub(crate) async fn revise(&self, id: &str, wanted: Wanted) -> Result<JobDraft, Not> {
        let plan = self.examine(wanted).await.unwrap().unwrap();
        desk::revise(&self.ports.store, &self.hand(), &set(id), &plan).await.unwrap()
    }

    pub(crate) async fn put_costs(&self, id: &str, lines: &[Line]) -> Result<JobDraft, Not> {
        desk::put_costs(&self.ports.store, &self.hand(), &set(id), lines).await.unwrap()
    }

    pub(crate) async fn confirm(&self, id: &str) -> Result<JobDraft, Not> {
        desk::confirm(&self.ports.store, &self.hand(), &set(id)).await.unwrap()
    }

    /// Puts these lines and confirms them.
    pub(crate) async fn costs(&self, id: &str, lines: &[Line]) {
        self.put_costs(id, lines).await.unwrap();
        self.confirm(id).await.unwrap();
    }

    pub(crate) async fn deliver(&self, id: &str, action: Action) -> Result<JobDraft, Not> {
        let (store, id) = (&self.ports.store, set(id));
        desk::deliver(store, &self.hand(), &id, action, false).await.unwrap()
    }

    pub(crate) async fn deliver_early(&self, id: &str) -> Result<JobDraft, Not> {
        let (store, id) = (&self.ports.store, set(id));
        desk::deliver(store, &self.hand(), &id, Action::Send, true).await.unwrap()
    }

    pub(crate) async fn retry(&self, id: &str) -> Result<JobDraft, Not> {
        desk::retry(&self.ports.store, &self.hand(), &set(id)).await.unwrap()
    }

    pub(crate) async fn undo(&self, id: &str) -> Result<JobDraft, Not> {
        desk::undo(&self.ports.store, &self.hand(), &set(id)).await.unwrap()
    }

    pub(crate) async fn discard(&self, id: &str) -> Result<JobDraft, Not> {
        desk::discard(&self.ports.store, &self.hand(), &set(id)).await.unwrap()
    }

    pub(crate) async fn resolve(&self, id: &str, chosen: Option<&str>) -> Result<JobDraft, Not> {
        desk::resolve(&self.ports.store, &self.hand(), &set(id), chosen).await.unwrap()
    }

    /// One invocation, if the lane is due: a wake, or the sweep.
    pub(crate) async fn work(&self) {
        let lane = self.ports.store.look(&self.firm, Lane::Jobs).await.unwrap();
        if lane.due_at.is_some_and(|it| it <= self.now()) {
            let deadline = Deadline { at: self.now() + SignedDuration::from_secs(60) };
            work(&self.ports, &self.firm, deadline).await.unwrap();
        }
    }

    /// Why the lane stands still, as it was noted.
    pub(crate) async fn pause(&self) -> Option<Reason> {
        pause::reason(&self.ports.cache, &self.firm, Lane::Jobs, self.now()).await.unwrap()
    }

    /// One invocation whose tables fail for good once `commits` records are written; says whether
    /// it came so far.
    pub(crate) async fn die_after_commits(&self, commits: u32) -> bool {
        self.ports.store.fail_commits_after(commits);
        let deadline = Deadline { at: self.now() + SignedDuration::from_secs(60) };
        let died = work(&self.ports, &self.firm, deadline).await.is_err();
        self.ports.store.fail_commits(0);
        died
    }

    /// An hour in which the sweep comes by every ten seconds.
    pub(crate) async fn rest(&self) {
        for _ in 0..360 {
            self.pass(SignedDuration::from_secs(10));
            self.work().await;
        }
    }

    pub(crate) async fn read(&self, id: &str) -> JobDraft {
        desk::get(&self.ports.store, &self.firm, &set(id)).await.unwrap().unwrap()
    }

    pub(crate) async fn standing(&self, id: &str) -> Standing {
        standing(&self.read(id).await)
    }

    pub(crate) async fn steps(&self, id: &str) -> Vec<StepView> {
        steps(&self.read(id).await)
    }

    /// The first reason that a step gives.
    pub(crate) async fn reason(&self, id: &str) -> Option<Reason> {
        self.steps(id).await.into_iter().find_map(|it| it.reason)
    }

    pub(crate) fn jobs(&self) -> Vec<Job> {
        self.ports.practice.jobs_now(&tenant())
    }

    pub(crate) fn only_job(&self) -> Job {
        let [job] = &self.jobs()[..] else { panic!("{} jobs", self.jobs().len()) };
        job.clone()
    }

    pub(crate) fn costs_now(&self) -> Vec<JobCost> {
        self.ports.practice.costs_now(&tenant(), &self.only_job().number)
    }

    pub(crate) fn descriptions(&self) -> Vec<String> {
        self.costs_now().into_iter().map(|it| it.sheet.description).collect()
    }

    /// How many jobs were ever added.
    pub(crate) fn added(&self) -> usize {
        let effects = self.ports.practice.effects();
        effects.iter().filter(|it| matches!(it.done, Done::JobAdded(_))).count()
    }

    /// How often each method was called.
    pub(crate) fn calls(&self, method: Method) -> usize {
        self.ports.practice.calls().iter().filter(|it| it.method == method).count()
    }

    /// The journal's words of a draft, in order.
    pub(crate) async fn told(&self, id: &str) -> Vec<&'static str> {
        let prefix = Subject::new(Sort::JobDraft, id).prefix();
        let range = Range::of(&self.firm, Kind::Journal, prefix, 100);
        let (entries, _) = records::page::<Entry>(&self.ports.store, &range).await.unwrap();
        entries.into_iter().map(|it| it.record.event.as_str()).collect()
    }
}

/// A job for the first client, with two people, to be put in progress.
pub(crate) fn a_job() -> Wanted {
    Wanted {
        contact: contact_id("c-1"),
        template: uuid("7e01"),
        name: None,
        description: "Incorporation & <minutes>\nsecond line 🙂".into(),
        start_date: Some(date(2026, 11, 22)),
        due_date: Some(date(2026, 12, 31)),
        staff: vec![uuid("5701"), uuid("5702")],
        state_code: Some("INPROGRESS".into()),
    }
}

/// A line of the grid.
pub(crate) fn line(id: &str, description: &str, quantity: &str, price: &str) -> Line {
    Line { id: LineId::parse(id).unwrap(), sheet: sheet(description, quantity, price) }
}

pub(crate) fn sheet(description: &str, quantity: &str, price: &str) -> CostSheet {
    CostSheet {
        date: date(2026, 11, 22),
        description: description.into(),
        billable: true,
        quantity: quantity.parse().unwrap(),
        unit_cost: "1.10".parse().unwrap(),
        unit_price: price.parse().unwrap(),
    }
}

/// So many lines.
pub(crate) fn lines(count: usize) -> Vec<Line> {
    (0..count).map(|n| line(&format!("l-{n}"), &format!("cost {n}"), "2", "12.50")).collect()
}

pub(crate) fn set(id: &str) -> DocumentSetId {
    DocumentSetId::parse(id).unwrap()
}

pub(crate) fn contact_id(id: &str) -> ContactId {
    ContactId::parse(id).unwrap()
}

pub(crate) fn number(text: &str) -> JobNumber {
    JobNumber::parse(text).unwrap()
}

pub(crate) fn tenant() -> TenantId {
    TenantId::parse("tenant-1").unwrap()
}

pub(crate) fn uuid(text: &str) -> XpmUuid {
    XpmUuid::parse(text).unwrap()
}

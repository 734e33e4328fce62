//! A firm on the twins, whose clock is turned by hand.

use domain::budget;
use domain::connection::{Connection, Organisation, State, tokens};
use domain::contacts::book;
use domain::contacts::matches::{ContactMatch, XpmKind};
use domain::deadline::Deadline;
use domain::desired::Stamp;
use domain::firm::{Firm, Limits, Settings};
use domain::ids::{ContactId, DocumentSetId, FirmId, LineId, TenantId, XpmUuid};
use domain::jobs::cost::Line;
use domain::jobs::desk::{self, Hand, Ruling};
use domain::jobs::draft::{Action, Plan};
use domain::jobs::estimate::{calls, estimate};
use domain::jobs::work::work;
use domain::jobs::{Standing, standing};
use domain::journal::Actor;
use domain::ports::{Clock, Committed, Lane, Lanes, Store};
use domain::practice::{CostSheet, Named, Staff};
use domain::records;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use memory::MemoryPorts;
use memory::practice::CallLimits;
use serde_json::json;

use crate::Cause;

/// How many drafts made how many calls.
pub(super) struct Drained {
    pub(super) calls: usize,
    pub(super) refused: usize,
    pub(super) seconds: f64,
    pub(super) estimated: f64,
}

impl Drained {
    pub(super) fn per_minute(&self) -> f64 {
        self.calls as f64 * 60.0 / self.seconds
    }
}

/// The calls of a job with ten costs and two people: of the template's first, and of the next.
pub(super) async fn calls_of_a_job(state: Option<&str>) -> Result<(usize, usize), Cause> {
    let twin = Twin::found().await?;
    let mut counted = Vec::new();
    for id in ["first", "next"] {
        twin.draft(id, &["5701", "5702"], state, 10).await?;
        let before = twin.calls();
        twin.deliver(id).await?;
        twin.until_created(&[id.to_owned()], SignedDuration::from_mins(2)).await?;
        counted.push(twin.calls() - before);
    }
    Ok((counted[0], counted[1]))
}

/// So many drafts, each with a cost and a person, delivered at once.
pub(super) async fn drain(drafts: usize) -> Result<Drained, Cause> {
    let twin = Twin::found().await?;
    twin.ports.practice.limit_calls(CallLimits::default());
    let ids: Vec<String> = (0..drafts).map(|n| format!("d-{n}")).collect();
    let mut expected = 0;
    for id in &ids {
        expected += calls(&twin.draft(id, &["5701"], None, 1).await?, 1);
    }
    let (limits, now) = (Limits::default(), twin.now());
    let meter = budget::read(&twin.ports.cache, &twin.firm, now).await?.meter(limits, now);
    let estimated = estimate(expected, limits, meter).lasting.as_secs_f64();
    for id in &ids {
        twin.deliver(id).await?;
    }
    let (began, before) = (twin.now(), twin.calls());
    twin.until_created(&ids, SignedDuration::from_hours(2)).await?;
    let calls = twin.calls() - before;
    // A call that is carried out adds a job, puts somebody on it, adds a cost, or asks for costs once.
    let done = twin.ports.practice.effects().len() + 1;
    Ok(Drained {
        calls,
        refused: calls.saturating_sub(done),
        seconds: twin.now().duration_since(began).as_secs_f64(),
        estimated,
    })
}

struct Twin {
    ports: MemoryPorts,
    firm: FirmId,
    tenant: TenantId,
}

impl Twin {
    /// A firm with a client, a template, two people and a state.
    async fn found() -> Result<Self, Cause> {
        let ports = MemoryPorts::default();
        ports.clock.set("2026-11-22T01:00:00Z".parse()?);
        let (firm, tenant) = (FirmId::parse("bench")?, TenantId::parse("tenant-1")?);
        let twin = Self { ports, firm, tenant };
        let mut settings = Settings {
            region: Some("AU".into()),
            time_zone: Some("Australia/Sydney".into()),
            ..Settings::default()
        };
        settings.jobs.enabled = true;
        let record =
            Firm { id: twin.firm.clone(), name: "Bench".into(), settings, webhook_secrets: vec![] };
        let connection = Connection {
            state: State::Connected,
            organisation: Some(Organisation { tenant: twin.tenant.clone(), name: "Bench".into() }),
            first_sync_at: Some(twin.now()),
            ..Connection::default()
        };
        let contact = json!({"id": "c-1", "kind": "organisation", "name": "Acme"});
        let matched = ContactMatch {
            contact: ContactId::parse("c-1")?,
            xpm: XpmUuid::parse("c1")?,
            kind: XpmKind::Client,
        };
        let changes = vec![
            records::put(&twin.firm, &record, None)?,
            records::put(&twin.firm, &connection, None)?,
            records::put(&twin.firm, &matched, None)?,
        ];
        if twin.ports.store.commit(changes).await? != Committed::Done {
            return Err("the twin was not empty".into());
        }
        tokens::keep(&twin.ports, &twin.firm, &twin.ports.identity.grant("ann")).await?;
        let stamp = Stamp { version: None, as_of: twin.now() };
        book::put(&twin.ports.store, &twin.firm, serde_json::from_value(contact)?, stamp).await?;
        let practice = &twin.ports.practice;
        let client = serde_json::from_value(json!({"uuid": "c1", "name": "Acme"}))?;
        practice.put_client(&twin.tenant, client);
        practice.put_template(&twin.tenant, twin.template()?);
        for id in ["5701", "5702"] {
            let staff = Staff { uuid: XpmUuid::parse(id)?, name: id.into(), email: None };
            practice.put_staff(&twin.tenant, staff);
        }
        practice.put_state(&twin.tenant, "INPROGRESS", "In Progress");
        Ok(twin)
    }

    fn template(&self) -> Result<Named, Cause> {
        Ok(Named { uuid: XpmUuid::parse("7e01")?, name: "BAS".into() })
    }

    /// A draft whose costs are confirmed.
    async fn draft(
        &self,
        id: &str,
        staff: &[&str],
        state: Option<&str>,
        costs: usize,
    ) -> Result<Plan, Cause> {
        let staff: Result<Vec<XpmUuid>, _> = staff.iter().map(|it| XpmUuid::parse(*it)).collect();
        let plan = Plan {
            tenant: self.tenant.clone(),
            contact: ContactId::parse("c-1")?,
            template: self.template()?,
            name: format!("Job {id}"),
            description: String::new(),
            start_date: date(2026, 11, 22),
            due_date: date(2026, 12, 31),
            staff: staff?,
            state_code: state.map(Into::into),
        };
        let lines: Vec<Line> = (0..costs)
            .map(|n| Line {
                id: LineId::numbered(n + 1),
                sheet: CostSheet {
                    date: date(2026, 11, 22),
                    description: format!("cost {n}"),
                    billable: true,
                    quantity: 1.into(),
                    unit_cost: 1.into(),
                    unit_price: 2.into(),
                },
            })
            .collect();
        let (store, set, hand) = (&self.ports.store, DocumentSetId::parse(id)?, self.hand());
        let opened = desk::open(store, &hand, &set, &plan).await?;
        opened.map_err(|not| format!("{id} was not made: {not:?}"))?;
        ruled(desk::put_costs(store, &hand, &set, &lines).await)?;
        ruled(desk::confirm(store, &hand, &set).await)?;
        Ok(plan)
    }

    async fn deliver(&self, id: &str) -> Result<(), Cause> {
        let set = DocumentSetId::parse(id)?;
        ruled(desk::deliver(&self.ports.store, &self.hand(), &set, Action::Send, false).await)
    }

    /// Works the lane whenever it is due, until every draft is a job.
    async fn until_created(&self, ids: &[String], within: SignedDuration) -> Result<(), Cause> {
        let began = self.now();
        let mut open = ids.to_vec();
        while let Some(last) = open.last() {
            let set = DocumentSetId::parse(last.as_str())?;
            let draft = desk::get(&self.ports.store, &self.firm, &set).await?;
            if draft.is_some_and(|it| standing(&it) == Standing::Created) {
                open.pop();
                continue;
            }
            if self.now() > began + within {
                return Err(format!("{last} was not created within {within}").into());
            }
            let lane = self.ports.store.look(&self.firm, Lane::Jobs).await?;
            if lane.due_at.is_some_and(|it| it <= self.now()) {
                let deadline = Deadline { at: self.now() + SignedDuration::from_secs(60) };
                work(&self.ports, &self.firm, deadline).await?;
            }
            self.ports.clock.advance(SignedDuration::from_millis(200));
        }
        Ok(())
    }

    fn calls(&self) -> usize {
        self.ports.practice.calls().len()
    }

    fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    fn hand(&self) -> Hand<'_> {
        Hand { firm: &self.firm, actor: Actor::App, now: self.now() }
    }
}

fn ruled(ruling: Ruling) -> Result<(), Cause> {
    ruling?.map(drop).map_err(|not| format!("refused: {not:?}").into())
}

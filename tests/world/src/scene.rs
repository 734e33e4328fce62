//! Three firms that are connected and ready, each with two people, two jobs, and two linked tasks.

use domain::connection::{Connection, Organisation, State, tokens};
use domain::desired::Stamp;
use domain::firm::{Firm, Settings};
use domain::ids::{FirmId, JobNumber, TaskId, TenantId, UserId, XpmUuid};
use domain::journal::Actor;
use domain::linking::by_hand;
use domain::linking::task::{self, Place, Task, TaskKind};
use domain::ports::{Clock, Down, Store};
use domain::practice::{Job, JobTask, Staff};
use domain::records::{self, Record};
use domain::time::user::{self, User};
use jiff::SignedDuration;
use memory::MemoryPorts;
use memory::practice::CallLimits;

/// How many firms there are.
pub(crate) const FIRMS: u32 = 3;
/// How many people and tasks a firm has.
pub(crate) const EACH: u32 = 2;

/// Whatever in setting up a World can be impossible; none of it is chance.
pub(crate) type Made<T> = Result<T, Box<dyn std::error::Error>>;

/// Sets the firms up, in calm weather.
pub(crate) async fn set_up(ports: &MemoryPorts) -> Made<Vec<FirmId>> {
    ports.practice.check_tokens(&ports.identity);
    ports.practice.limit_calls(CallLimits::default());
    ports.store.lag_due(true);
    let mut firms = Vec::new();
    for n in 0..FIRMS {
        let firm = FirmId::parse(format!("firm-{n}"))?;
        connect(ports, &firm).await?;
        fill(ports, &firm)?;
        for n in 0..EACH {
            let stamp = Stamp { version: None, as_of: ports.clock.now() };
            let user = User { id: person(n)?, name: format!("Person {n}"), email: Some(email(n)) };
            user::put(&ports.store, &firm, user, stamp, ports.clock.now()).await?;
            link(ports, &firm, n).await?;
        }
        firms.push(firm);
    }
    // Far enough from the first statement that no clock is in doubt which came first.
    ports.clock.advance(SignedDuration::from_hours(1));
    Ok(firms)
}

async fn connect(ports: &MemoryPorts, id: &FirmId) -> Made<()> {
    let tenant = tenant(id)?;
    let settings = Settings {
        region: Some("AU".into()),
        time_zone: Some("Australia/Sydney".into()),
        ..Settings::default()
    };
    let now = Some(ports.clock.now());
    let firm = Firm { id: id.clone(), name: id.to_string(), settings, webhook_secrets: vec![] };
    let connection = Connection {
        state: State::Connected,
        organisation: Some(Organisation { tenant: tenant.clone(), name: id.to_string() }),
        choices: vec![],
        connected_at: now,
        first_sync_at: now,
        changed_at: None,
    };
    write(ports, id, &firm).await?;
    write(ports, id, &connection).await?;
    ports.identity.connect(id.as_str(), &tenant, id.as_str());
    tokens::keep(ports, id, &ports.identity.grant(id.as_str())).await?;
    Ok(())
}

async fn write(ports: &MemoryPorts, firm: &FirmId, record: &impl Record) -> Result<(), Down> {
    let _ = ports.store.commit(vec![records::put(firm, record, None)?]).await?;
    Ok(())
}

fn fill(ports: &MemoryPorts, firm: &FirmId) -> Made<()> {
    let tenant = tenant(firm)?;
    let mut staff = Vec::new();
    for n in 0..EACH {
        let uuid = staff_of(n)?;
        let (name, email) = (format!("Person {n}"), Some(email(n)));
        ports.practice.put_staff(&tenant, Staff { uuid: uuid.clone(), name, email });
        staff.push(uuid);
    }
    for n in 0..EACH {
        let task = JobTask {
            uuid: job_task(n)?,
            task_uuid: XpmUuid::parse("7a5c")?,
            name: "Accounts".into(),
            completed: false,
            billable: true,
            staff: staff.clone(),
        };
        let job = Job {
            number: job(n)?,
            uuid: Some(XpmUuid::parse(format!("0b{n:02}"))?),
            name: format!("Accounts {n}"),
            client: None,
            state: "Planned".into(),
            start_date: None,
            due_date: None,
            completed_date: None,
            tasks: Some(vec![task]),
            staff: vec![],
        };
        ports.practice.put_job(&tenant, job);
    }
    Ok(())
}

async fn link(ports: &MemoryPorts, firm: &FirmId, n: u32) -> Made<()> {
    let now = ports.clock.now();
    let id = self::task(n)?;
    let task = Task {
        id: id.clone(),
        name: "Accounts".into(),
        kind: TaskKind::Task,
        process_id: None,
        contact_id: None,
        start_date: None,
        due_date: None,
        rolled_over: false,
    };
    task::put(&ports.store, firm, task, Stamp { version: None, as_of: now }, now).await?;
    let place = Place {
        job_number: job(n)?,
        job_task_uuid: job_task(n)?,
        name: format!("Accounts {n}"),
        start_date: None,
    };
    by_hand::link(&ports.store, firm, &id, place, &Actor::App, now).await?;
    Ok(())
}

pub(crate) fn tenant(firm: &FirmId) -> Made<TenantId> {
    Ok(TenantId::parse(format!("tenant-{firm}"))?)
}

pub(crate) fn person(n: u32) -> Made<UserId> {
    Ok(UserId::parse(format!("u-{n}"))?)
}

pub(crate) fn task(n: u32) -> Made<TaskId> {
    Ok(TaskId::parse(format!("t-{n}"))?)
}

pub(crate) fn staff_of(n: u32) -> Made<XpmUuid> {
    Ok(XpmUuid::parse(format!("57{n:02}"))?)
}

pub(crate) fn job(n: u32) -> Made<JobNumber> {
    Ok(JobNumber::parse(format!("J{n:06}"))?)
}

pub(crate) fn job_task(n: u32) -> Made<XpmUuid> {
    Ok(XpmUuid::parse(format!("7a{n:02}"))?)
}

fn email(n: u32) -> String {
    format!("person-{n}@example.com")
}

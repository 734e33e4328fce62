//! An invented firm: its clients, people, jobs and tasks, in XPM and in the app.

use domain::connection::{Connection, Organisation, State, tokens};
use domain::desired::Stamp;
use domain::events::endpoint::{self, Wanted};
use domain::firm::{Firm, JobState, Settings, webhook_seal};
use domain::ids::{EndpointId, FirmId, JobNumber, TaskId, TenantId, UserId, XpmUuid};
use domain::journal::Actor;
use domain::linking::by_hand;
use domain::linking::task::{self, Place, Task, TaskKind};
use domain::ports::{Clock, Committed, Lane, Secret, Store, Vault, Wake};
use domain::practice::{Client, Job, JobTask, Named, Staff};
use domain::records::{self, Record};
use domain::time::user::{self, User};
use local::demo;
use memory::MemoryPorts;
use serde_json::{Value, json};

use super::cloud::Cloud;
use crate::Cause;

/// How many people record time.
pub(crate) const PEOPLE: usize = 12;
/// How many tasks of a firm are linked.
pub(crate) const TASKS: usize = 60;
/// The type that is pushed to XPM.
const KIND: &str = "Client";
/// The code of the state that jobs end in.
const CODE: &str = "INPROGRESS";

/// One firm.
#[derive(Clone, Debug)]
pub(crate) struct Practice {
    pub(crate) id: FirmId,
    pub(crate) tenant: TenantId,
    pub(crate) clients: usize,
}

impl Practice {
    /// The firm of this number, connected, with so many clients in XPM and none in the app yet.
    ///
    /// # Errors
    /// It could not be made; never by chance.
    pub(crate) async fn found(
        outside: &MemoryPorts,
        n: usize,
        clients: usize,
    ) -> Result<Self, Cause> {
        let id = FirmId::parse(format!("firm-{n}"))?;
        let tenant = TenantId::parse(format!("tenant-{n}"))?;
        let it = Self { id, tenant, clients };
        it.fill(outside)?;
        it.connect(outside).await?;
        for n in 0..PEOPLE {
            it.person(outside, n).await?;
        }
        for n in 0..TASKS {
            it.link(outside, n).await?;
        }
        Ok(it)
    }

    /// Has its first sync run, which makes its contacts.
    pub(crate) fn begin(&self, cloud: &std::sync::Arc<Cloud>) {
        cloud.send(Wake { firm: self.id.clone(), lane: Lane::Contacts });
    }

    /// Has it hear of what happens.
    ///
    /// # Errors
    /// It could not be made.
    pub(crate) async fn listen(&self, outside: &MemoryPorts) -> Result<(), Cause> {
        let url = format!("https://{}.example/events", self.id);
        let wanted = Wanted { url, types: vec![], active: true };
        endpoint::put(outside, &self.id, &EndpointId::parse("app")?, &wanted, &Actor::App).await?;
        Ok(())
    }

    fn settings() -> Settings {
        let mut it = Settings {
            region: Some("AU".into()),
            time_zone: Some("Australia/Sydney".into()),
            contact_types: vec![KIND.into()],
            ..Settings::default()
        };
        it.contact_sync.assign_contact_type = Some(KIND.into());
        it.contact_sync.push_contact_types = vec![KIND.into()];
        it.jobs.enabled = true;
        it.jobs.states = vec![JobState { code: CODE.into(), name: "In Progress".into() }];
        it
    }

    async fn connect(&self, outside: &MemoryPorts) -> Result<(), Cause> {
        let secret = Secret::new(demo::WEBHOOK_SECRET);
        let sealed = outside.vault.seal(&webhook_seal(&self.id), &secret).await?;
        let firm = Firm {
            id: self.id.clone(),
            name: "Invented & Partners".into(),
            settings: Self::settings(),
            webhook_secrets: vec![sealed],
        };
        let now = Some(outside.clock.now());
        let organisation =
            Some(Organisation { tenant: self.tenant.clone(), name: self.id.to_string() });
        let connection = Connection {
            state: State::Connected,
            organisation,
            connected_at: now,
            ..Connection::default()
        };
        self.write(outside, &firm).await?;
        self.write(outside, &connection).await?;
        outside.identity.connect(self.id.as_str(), &self.tenant, self.id.as_str());
        tokens::keep(outside, &self.id, &outside.identity.grant(self.id.as_str())).await?;
        Ok(())
    }

    async fn write(&self, outside: &MemoryPorts, record: &impl Record) -> Result<(), Cause> {
        match outside.store.commit(vec![records::put(&self.id, record, None)?]).await? {
            Committed::Done => Ok(()),
            Committed::Conflict => Err("the firm is there already".into()),
        }
    }

    fn fill(&self, outside: &MemoryPorts) -> Result<(), Cause> {
        let (practice, tenant) = (&outside.practice, &self.tenant);
        for n in 0..self.clients {
            practice.put_client(tenant, client(n)?);
        }
        let staff = (0..PEOPLE).map(staff).collect::<Result<Vec<_>, _>>()?;
        for (n, uuid) in staff.iter().enumerate() {
            let (uuid, email) = (uuid.clone(), Some(email(n)));
            practice.put_staff(tenant, Staff { uuid, name: format!("Person {n}"), email });
        }
        for n in 0..TASKS {
            practice.put_job(tenant, job(n, self.clients, &staff)?);
        }
        let template = Named { uuid: template()?, name: "Annual return".into() };
        practice.put_template(tenant, template);
        practice.put_state(tenant, CODE, "In Progress");
        Ok(())
    }

    async fn person(&self, outside: &MemoryPorts, n: usize) -> Result<(), Cause> {
        let now = outside.clock.now();
        let (id, name) = (UserId::parse(format!("u-{n}"))?, format!("Person {n}"));
        let user = User { id, name, email: Some(email(n)) };
        user::put(&outside.store, &self.id, user, Stamp { version: None, as_of: now }, now).await?;
        Ok(())
    }

    async fn link(&self, outside: &MemoryPorts, n: usize) -> Result<(), Cause> {
        let now = outside.clock.now();
        let task = Task {
            id: TaskId::parse(format!("t-{n}"))?,
            name: format!("Annual accounts {n}"),
            kind: TaskKind::Task,
            process_id: None,
            contact_id: None,
            start_date: None,
            due_date: None,
            rolled_over: false,
        };
        let (id, stamp) = (task.id.clone(), Stamp { version: None, as_of: now });
        task::put(&outside.store, &self.id, task, stamp, now).await?;
        by_hand::link(&outside.store, &self.id, &id, place(n)?, &Actor::App, now).await?;
        Ok(())
    }
}

/// The contact that a first sync makes of a client.
pub(crate) fn contact(n: usize) -> String {
    format!("xpm-{}", client_uuid(n))
}

/// A client of XPM, with two people.
pub(crate) fn client(n: usize) -> Result<Client, Cause> {
    let person = |k: usize| {
        json!({
            "uuid": format!("{:08x}-0000-4000-8001-{n:012x}", k),
            "name": format!("Given{n} Family{k}x{n}"),
            "email": format!("person{k}@northgate{n}.example"),
            "phone": format!("02 {:04} {:04}", k * 1_000 + n / 10_000, n % 10_000),
            "position": "Director",
            "primary": k == 0,
        })
    };
    Ok(serde_json::from_value(json!({
        "uuid": client_uuid(n),
        "name": format!("Northgate Holdings {n} Pty Ltd"),
        "email": format!("office@northgate{n}.example"),
        "phone": format!("03 {:04} {:04}", n / 10_000, n % 10_000),
        "physical": { "lines": [format!("{n} Quay Road")], "city": "Melbourne", "region": "VIC",
            "postcode": format!("{}", 3000 + n % 900), "country": "Australia" },
        "business_structure": "Company",
        "contacts": [person(0), person(1)],
    }))?)
}

/// What the app says of a client's contact when its phone has changed.
pub(crate) fn edited(n: usize, phone: &str) -> Value {
    json!({
        "id": contact(n),
        "kind": "organisation",
        "name": format!("Northgate Holdings {n} Pty Ltd"),
        "emails": [format!("office@northgate{n}.example")],
        "phones": [{ "label": "", "number": phone }],
        "contact_type": KIND,
    })
}

/// Where a task's time goes.
pub(crate) fn place(n: usize) -> Result<Place, Cause> {
    Ok(Place {
        job_number: JobNumber::parse(format!("J{n:06}"))?,
        job_task_uuid: XpmUuid::parse(format!("7a{n:06x}"))?,
        name: "Annual accounts".into(),
        start_date: None,
    })
}

fn job(n: usize, clients: usize, staff: &[XpmUuid]) -> Result<Job, Cause> {
    let Place { job_number, job_task_uuid, name, .. } = place(n)?;
    let of = n % clients.max(1);
    let client = client(of)?;
    let task = JobTask {
        uuid: job_task_uuid,
        task_uuid: XpmUuid::parse("7a5c")?,
        name,
        completed: false,
        billable: true,
        staff: staff.to_vec(),
    };
    Ok(Job {
        number: job_number,
        uuid: Some(XpmUuid::parse(format!("0b{n:06x}"))?),
        name: format!("Accounts {n}"),
        client: Some(Named { uuid: client.uuid, name: client.name }),
        state: "In Progress".into(),
        start_date: None,
        due_date: None,
        completed_date: None,
        tasks: Some(vec![task]),
        staff: vec![],
    })
}

fn client_uuid(n: usize) -> String {
    format!("{n:08x}-0000-4000-8000-{n:012x}")
}

/// The template of jobs from documents.
pub(crate) fn template() -> Result<XpmUuid, Cause> {
    Ok(XpmUuid::parse("7e01")?)
}

/// A member of staff.
pub(crate) fn staff(n: usize) -> Result<XpmUuid, Cause> {
    Ok(XpmUuid::parse(format!("57{n:04x}"))?)
}

/// The code of the state that jobs end in.
pub(crate) fn code() -> Option<String> {
    Some(CODE.into())
}

fn email(n: usize) -> String {
    format!("person-{n}@invented.example")
}

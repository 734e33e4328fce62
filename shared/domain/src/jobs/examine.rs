//! Holding what a person asks for against the firm's own lists: everything that is wrong, at once (CA-10).

use jiff::Timestamp;
use jiff::civil::Date;

use super::cost;
use super::draft::{JobDraft, Plan};
use super::plan;
use crate::connection::Connection;
use crate::copies::{self, Asker, Unavailable};
use crate::firm::Firm;
use crate::ids::{ContactId, TenantId, XpmUuid};
use crate::invalid::Invalid;
use crate::ports::{Down, Lane, Ports, Store};
use crate::practice::{Named, Staff};
use crate::reason::Reason;

/// The longest name of a job, in characters.
const NAME: usize = 255;
/// The longest description, in characters.
const DESCRIPTION: usize = 10_000;
/// The most people on a job.
const STAFF: usize = 50;

/// What a person asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// For whom.
    pub contact: ContactId,
    /// The template.
    pub template: XpmUuid,
    /// The job's name; the template's where none is given.
    pub name: Option<String>,
    /// What it is about.
    pub description: String,
    /// First day; today at the firm where none is given.
    pub start_date: Option<Date>,
    /// Last day; the first where none is given.
    pub due_date: Option<Date>,
    /// Who is put on the job.
    pub staff: Vec<XpmUuid>,
    /// The code of the state it ends in.
    pub state_code: Option<String>,
}

impl Wanted {
    /// The same, with the days of the draft that is there already where none are given: asked for again on
    /// another day, it is the same still.
    #[must_use]
    pub fn on_days_of(self, known: Option<&JobDraft>) -> Self {
        let there = known.filter(|it| !it.discarded).and_then(|it| it.plan.as_ref());
        Self {
            start_date: self.start_date.or(there.map(|it| it.start_date)),
            due_date: self.due_date.or(there.map(|it| it.due_date)),
            ..self
        }
    }
}

/// What may be chosen from.
#[derive(Clone, Debug)]
pub struct Choices {
    tenant: TenantId,
    templates: Vec<Named>,
    staff: Vec<Staff>,
    today: Date,
}

/// Why the firm can create no jobs now, if so (CA-01, CA-03).
pub fn obstacle(firm: &Firm, connection: &Connection) -> Option<Reason> {
    let off = (!firm.settings.jobs.enabled).then_some(Reason::JobsOff);
    connection.obstacle(firm).or(off)
}

/// What the firm may choose from: its templates with its prefix, and its staff, from copies of at most
/// ten minutes; or why it can create no jobs.
pub async fn choices<P: Ports>(
    ports: &P,
    firm: &Firm,
    connection: &Connection,
    now: Timestamp,
) -> Result<Result<Choices, Reason>, Unavailable> {
    if let Some(reason) = obstacle(firm, connection) {
        return Ok(Err(reason));
    }
    let Some(organisation) = &connection.organisation else { return Ok(Err(Reason::NotConnected)) };
    let asker = Asker { firm: &firm.id, limits: firm.settings.budget, lane: Lane::Jobs };
    let mut templates = copies::templates(ports, asker).await?.items;
    templates.retain(|it| it.name.starts_with(&firm.settings.jobs.template_prefix));
    if templates.is_empty() {
        return Ok(Err(Reason::NoTemplates));
    }
    let staff = copies::staff(ports, asker).await?.items;
    let Some(zone) = firm.settings.zone() else { return Ok(Err(Reason::NotReady)) };
    let today = now.to_zoned(zone).date();
    Ok(Ok(Choices { tenant: organisation.tenant.clone(), templates, staff, today }))
}

/// The plan that comes of what is asked for, and everything that is wrong with it.
pub async fn judge(
    store: &impl Store,
    firm: &Firm,
    choices: &Choices,
    wanted: Wanted,
) -> Result<(Plan, Vec<Invalid>), Down> {
    let mut wrong = Vec::new();
    let template = choices.templates.iter().find(|it| it.uuid == wanted.template);
    if template.is_none() {
        wrong.push(told("/template_uuid", Reason::TemplateMissing));
    }
    let usual = template.map(|it| it.name.clone()).unwrap_or_default();
    let name = wanted.name.map_or(usual, |it| it.trim().to_owned());
    if name.is_empty() && template.is_some() {
        wrong.push(Invalid::new("/name", "required", "a name is required"));
    }
    wrong.extend(cost::text("/name", &name, NAME, false));
    wrong.extend(cost::text("/description", &wanted.description, DESCRIPTION, true));
    let start_date = wanted.start_date.unwrap_or(choices.today);
    let due_date = wanted.due_date.unwrap_or(start_date);
    if due_date < start_date {
        let detail = format!("not before the start, {start_date}");
        wrong.push(Invalid::new("/due_date", "before_start", detail));
    }
    if wanted.staff.len() > STAFF {
        wrong.push(Invalid::new("/staff_uuids", "too_many", format!("at most {STAFF}")));
    }
    for (n, uuid) in wanted.staff.iter().enumerate() {
        let place = format!("/staff_uuids/{n}");
        if wanted.staff[..n].contains(uuid) {
            wrong.push(Invalid::new(place, "duplicate", "it is in the list already"));
        } else if !choices.staff.iter().any(|it| it.uuid == *uuid) {
            wrong.push(told(&place, Reason::StaffMissing));
        }
    }
    if let Some(code) = &wanted.state_code
        && !firm.settings.jobs.states.iter().any(|it| it.code == *code)
    {
        let detail = "one of the codes of jobs.states in the settings";
        wrong.push(Invalid::new("/state_code", "not_one_of", detail));
    }
    let plan = Plan {
        tenant: choices.tenant.clone(),
        contact: wanted.contact,
        template: Named { uuid: wanted.template, name: usual_name(template) },
        name,
        description: crate::text::clean_note(&wanted.description),
        start_date,
        due_date,
        staff: wanted.staff,
        state_code: wanted.state_code,
    };
    if let Err(reason) = plan::client(store, &firm.id, &plan).await? {
        wrong.insert(0, told("/contact_id", reason));
    }
    Ok((plan, wrong))
}

fn usual_name(template: Option<&Named>) -> String {
    template.map(|it| it.name.clone()).unwrap_or_default()
}

/// A reason as a fault of a field, with what to do about it.
fn told(pointer: &str, reason: Reason) -> Invalid {
    let detail = format!("{} {}", reason.sentence(), reason.next_step());
    Invalid::new(pointer, reason.code(), detail)
}

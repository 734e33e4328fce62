//! Drafts of jobs, and the costs that the jobs are to have.

mod costs;
pub mod csv;
mod estimate;
mod view;

pub use costs::{CostView, CostsView, TotalsView};
pub use estimate::EstimateView;
pub use view::*;

use domain::ids::{ContactId, DocumentSetId, LineId, XpmUuid};
use domain::invalid::Invalid;
use domain::jobs::cost::{self, Line};
use domain::jobs::draft::{Action, Plan};
use domain::jobs::examine::Wanted;
use domain::practice::CostSheet;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::body::{Body, BodyError};
use crate::check::Check;
use crate::object::objects;

/// A job to be created when its document set goes out. To make one, the document set, the contact and
/// the template are needed; to change one, whatever is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobDraftBody {
    /// The document set: one set makes one job. It cannot change.
    #[schema(pattern = "^[A-Za-z0-9._:-]{1,128}$")]
    #[serde(default)]
    document_set_id: Option<String>,
    /// For whom: a contact that is matched with an XPM client.
    #[schema(pattern = "^[A-Za-z0-9._:-]{1,128}$")]
    #[serde(default)]
    contact_id: Option<String>,
    /// The template, of `/v1/xpm/templates`.
    #[serde(default)]
    template_uuid: Option<String>,
    /// The job's name; the template's where none is given.
    #[schema(max_length = 255)]
    #[serde(default)]
    name: Option<String>,
    /// What it is about.
    #[schema(max_length = 10000)]
    #[serde(default)]
    description: Option<String>,
    /// First day; today at the firm where none is given.
    #[schema(format = "date")]
    #[serde(default)]
    start_date: Option<String>,
    /// Last day, not before the first; the first where none is given.
    #[schema(format = "date")]
    #[serde(default)]
    due_date: Option<String>,
    /// Who is put on the job, of `/v1/xpm/staff`.
    #[schema(max_items = 50)]
    #[serde(default)]
    staff_uuids: Option<Vec<String>>,
    /// The state it ends in, of `/v1/xpm/job-states`; null leaves it in XPM's first.
    #[schema(value_type = Option<String>)]
    #[serde(default, deserialize_with = "told")]
    state_code: Option<Option<String>>,
}

/// The whole grid of a draft's costs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CostsBody {
    /// The lines.
    #[schema(max_items = 100)]
    #[serde(deserialize_with = "objects")]
    costs: Vec<CostBody>,
}

/// A line of the grid.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CostBody {
    /// Which line; one without an id is a new one.
    #[schema(pattern = "^[A-Za-z0-9._:-]{1,64}$")]
    #[serde(default)]
    id: Option<String>,
    /// The day.
    #[schema(value_type = String, required, format = "date")]
    #[serde(default)]
    date: Option<String>,
    /// What it is for.
    #[schema(value_type = String, required, min_length = 1, max_length = 255)]
    #[serde(default)]
    description: Option<String>,
    /// Whether it is billed; it is where nothing is said.
    #[serde(default)]
    billable: Option<bool>,
    /// How many; above zero.
    #[schema(value_type = String, required, pattern = "^[0-9]{1,9}([.][0-9]{1,4})?$", example = "2.5")]
    #[serde(default)]
    quantity: Option<String>,
    /// What one costs the firm.
    #[schema(value_type = String, required, pattern = "^-?[0-9]{1,9}([.][0-9]{1,4})?$", example = "12.50")]
    #[serde(default)]
    unit_cost: Option<String>,
    /// What one is billed at; below zero it is a credit.
    #[schema(value_type = String, required, pattern = "^-?[0-9]{1,9}([.][0-9]{1,4})?$", example = "15.00")]
    #[serde(default)]
    unit_price: Option<String>,
}

/// That the documents went out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveredBody {
    /// How.
    #[schema(value_type = ActionWord, required)]
    #[serde(default)]
    action: Option<String>,
}

/// Which of the candidates is the one that was sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CandidateBody {
    /// One of the draft's `candidates`; null says that none of them is.
    #[serde(default)]
    candidate: Option<String>,
}

/// What was asked for, and what of it cannot even be read.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What was asked for; something harmless stands where it could not be read.
    pub wanted: Wanted,
    /// What could not be read.
    pub wrong: Vec<Invalid>,
    /// The fields that were given.
    pub given: Vec<&'static str>,
}

impl Asked {
    /// Everything that is wrong, without what is only wrong because something else could not be read.
    pub fn and(self, more: Vec<Invalid>) -> Vec<Invalid> {
        let mut wrong = self.wrong;
        let news = |it: &Invalid| wrong.iter().all(|old| !it.pointer.starts_with(&old.pointer));
        let more: Vec<Invalid> = more.into_iter().filter(news).collect();
        wrong.extend(more);
        wrong
    }
}

/// Reads a draft and the document set that it is for.
pub fn read_draft(body: Body<'_>) -> Result<(Option<DocumentSetId>, Asked), BodyError> {
    let body: JobDraftBody = body.read()?;
    let mut check = Check::default();
    let set = body.document_set_id.clone();
    let set = check.required_id("/document_set_id", set, DocumentSetId::parse);
    Ok((set, asked(check, body, None)))
}

/// Reads a change of a document set's draft.
pub fn read_patch(body: Body<'_>, set: &DocumentSetId, old: &Plan) -> Result<Asked, BodyError> {
    let body: JobDraftBody = body.read()?;
    let mut check = Check::default();
    if body.document_set_id.as_ref().is_some_and(|it| it != set.as_str()) {
        check.wrong("/document_set_id", "fixed", "a draft stays with its document set");
    }
    Ok(asked(check, body, Some(old)))
}

fn asked(mut check: Check, it: JobDraftBody, old: Option<&Plan>) -> Asked {
    let given = [
        ("/contact_id", it.contact_id.is_some()),
        ("/template_uuid", it.template_uuid.is_some()),
        ("/name", it.name.is_some()),
        ("/description", it.description.is_some()),
        ("/start_date", it.start_date.is_some()),
        ("/due_date", it.due_date.is_some()),
        ("/staff_uuids", it.staff_uuids.is_some()),
        ("/state_code", it.state_code.is_some()),
    ];
    let (contact, template) = match old {
        Some(old) => (
            check
                .optional_id("/contact_id", it.contact_id, ContactId::parse)
                .unwrap_or_else(|| old.contact.clone()),
            check
                .optional_id("/template_uuid", it.template_uuid, XpmUuid::parse)
                .unwrap_or_else(|| old.template.uuid.clone()),
        ),
        None => (
            check
                .required_id("/contact_id", it.contact_id, ContactId::parse)
                .unwrap_or_else(ContactId::nobody),
            check
                .required_id("/template_uuid", it.template_uuid, XpmUuid::parse)
                .unwrap_or_else(XpmUuid::nothing),
        ),
    };
    let usual_name = |old: &Plan| old.name == old.template.name;
    let old_name = old.filter(|it| !usual_name(it)).map(|it| it.name.clone());
    let start_date = day(&mut check, "/start_date", it.start_date);
    let due_date = day(&mut check, "/due_date", it.due_date);
    let readable = start_date.is_ok() && due_date.is_ok();
    let staff = match it.staff_uuids {
        Some(staff) => staff
            .into_iter()
            .enumerate()
            .filter_map(|(n, it)| check.id(&format!("/staff_uuids/{n}"), it, XpmUuid::parse))
            .collect(),
        None => old.map(|it| it.staff.clone()).unwrap_or_default(),
    };
    let wanted = Wanted {
        contact,
        template,
        name: it.name.or(old_name),
        description: it
            .description
            .or_else(|| old.map(|it| it.description.clone()))
            .unwrap_or_default(),
        start_date: start_date.ok().flatten().or(old.map(|it| it.start_date)),
        due_date: due_date.ok().flatten().or(old.map(|it| it.due_date)).filter(|_| readable),
        staff,
        state_code: it.state_code.unwrap_or_else(|| old.and_then(|it| it.state_code.clone())),
    };
    let given = given.into_iter().filter(|it| it.1).map(|it| it.0).collect();
    Asked { wanted, wrong: check.wrongs(), given }
}

/// A day, if one was given; `Err` when it cannot be read.
fn day(check: &mut Check, pointer: &str, text: Option<String>) -> Result<Option<Date>, ()> {
    let given = text.is_some();
    let day = check.date(pointer, text);
    if given && day.is_none() { Err(()) } else { Ok(day) }
}

/// Reads a grid. A line without an id gets the first number that is free.
pub fn read_costs(body: Body<'_>) -> Result<Vec<Line>, BodyError> {
    let body: CostsBody = body.read()?;
    let mut check = Check::default();
    let taken: Vec<Option<LineId>> = body
        .costs
        .iter()
        .enumerate()
        .map(|(n, it)| check.optional_id(&format!("/costs/{n}/id"), it.id.clone(), LineId::parse))
        .collect();
    let mut free = (1..).map(LineId::numbered).filter(|it| !taken.contains(&Some(it.clone())));
    let mut lines = Vec::new();
    for (n, it) in body.costs.into_iter().enumerate() {
        let place = |name: &str| format!("/costs/{n}/{name}");
        let mut number = |name: &str, text: Option<String>| {
            let text = check.required(&place(name), text)?;
            cost::decimal(&place(name), &text).map_err(|it| check.also(vec![it])).ok()
        };
        let quantity = number("quantity", it.quantity);
        let unit_cost = number("unit_cost", it.unit_cost);
        let unit_price = number("unit_price", it.unit_price);
        let date = check.required(&place("date"), it.date);
        let date = check.date(&place("date"), date);
        let id = taken[n].clone().or_else(|| free.next());
        let description = it.description.unwrap_or_default();
        if let (Some(id), Some(date), Some(quantity), Some(unit_cost), Some(unit_price)) =
            (id, date, quantity, unit_cost, unit_price)
        {
            let billable = it.billable.unwrap_or(true);
            let sheet = CostSheet { date, description, billable, quantity, unit_cost, unit_price };
            lines.push(Line { id, sheet });
        }
    }
    check.finish(Some(lines))
}

/// Reads how documents went out.
pub fn read_delivered(body: Body<'_>) -> Result<Action, BodyError> {
    let body: DeliveredBody = body.read()?;
    let mut check = Check::default();
    let word = check.required("/action", body.action);
    let action = word.and_then(|it| {
        check.choice("/action", &it, &[("download", Action::Download), ("send", Action::Send)])
    });
    check.finish(action)
}

/// Reads a choice among candidates.
pub fn read_resolve(body: Body<'_>) -> Result<Option<String>, BodyError> {
    let body: CandidateBody = body.read()?;
    Ok(body.candidate)
}

/// Tells a null from nothing at all.
fn told<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

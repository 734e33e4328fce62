//! Putting one line right.

use domain::ids::{EntryId, JobNumber, XpmUuid};
use domain::reconcile::repair::{Repair, Wanted};
use domain::reconcile::{Extra, Place, Step};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use crate::body::{Body, BodyError};
use crate::check::Check;
use crate::problem::ReasonView;
use crate::pushes::XpmTime;

/// The most that one call has removed.
const MOST: usize = 50;

/// Which line is to be put right, as it was shown.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RepairLine)]
pub struct RepairLineBody {
    /// Who worked.
    #[schema(value_type = String, required, pattern = "^[0-9A-Fa-f-]{1,64}$")]
    #[serde(default)]
    staff_uuid: Option<String>,
    /// When.
    #[schema(value_type = String, format = "date", required)]
    #[serde(default)]
    date: Option<String>,
    /// On which job; none where the task is not linked.
    #[serde(default)]
    job_number: Option<String>,
    /// The practice app's minutes as they were shown; needed unless this is a preview.
    #[schema(value_type = Option<u64>)]
    #[serde(default)]
    app_minutes: Option<Number>,
    /// XPM's minutes as they were shown; needed unless this is a preview.
    #[schema(value_type = Option<u64>)]
    #[serde(default)]
    xpm_minutes: Option<Number>,
    /// What was recorded in XPM itself and is to go. Nothing else that XPM holds beyond the practice
    /// app's entries is touched.
    #[schema(max_items = 50)]
    #[serde(default)]
    remove: Vec<String>,
    /// Whether to tell only what would be done.
    #[serde(default)]
    preview: bool,
}

/// What is done about a line, or would be.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = LineRepair)]
pub struct RepairLineView {
    /// Whether nothing was set in motion.
    pub preview: bool,
    /// The practice app's minutes.
    pub app_minutes: i64,
    /// XPM's minutes.
    pub xpm_minutes: i64,
    /// What each of the practice app's entries needs.
    pub entries: Vec<LineStep>,
    /// What XPM holds beyond them.
    pub extra: Vec<ExtraTime>,
}

/// What one entry needs.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LineStep {
    /// The practice app's id.
    #[schema(value_type = String)]
    pub id: EntryId,
    /// What is done about it.
    pub step: StepWord,
    /// Why it waits, where it does.
    #[schema(required)]
    pub reason: Option<ReasonView>,
    /// What XPM says, where that is put right.
    #[schema(required)]
    pub xpm: Option<XpmTime>,
}

/// What is done about an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepWord {
    /// Nothing: XPM holds it as it should.
    None,
    /// Nothing now: it is under way, or waits.
    Wait,
    /// It is booked.
    Push,
    /// XPM's entry is made to say what the practice app says.
    Correct,
    /// What XPM carried out more than once goes, but for one.
    Single,
}

/// Time in XPM that no entry of the practice app stands for.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ExtraTime {
    /// XPM's id.
    #[schema(value_type = String)]
    pub xpm_uuid: XpmUuid,
    /// What it says.
    pub xpm: XpmTime,
    /// Whether it goes.
    pub removed: bool,
    /// What stands against removing it.
    #[schema(required)]
    pub reason: Option<ReasonView>,
}

/// Reads which line is to be put right.
pub fn read_repair(body: Body<'_>) -> Result<Wanted, BodyError> {
    let body: RepairLineBody = body.read()?;
    let mut check = Check::default();
    let staff = check.required_id("/staff_uuid", body.staff_uuid, XpmUuid::parse);
    let date = check.required("/date", body.date);
    let day = check.date("/date", date);
    let job = check.optional_id("/job_number", body.job_number, JobNumber::parse);
    let mut minutes = |pointer: &str, number: Option<Number>| {
        let number = if body.preview { number } else { check.required(pointer, number) };
        check.whole(pointer, number, 0, crate::check::MOST).and_then(|it| i64::try_from(it).ok())
    };
    let app = minutes("/app_minutes", body.app_minutes);
    let xpm = minutes("/xpm_minutes", body.xpm_minutes);
    if body.remove.len() > MOST {
        check.wrong("/remove", "too_many", format!("at most {MOST}"));
    }
    let mut remove = Vec::new();
    for (n, uuid) in body.remove.into_iter().take(MOST).enumerate() {
        remove.extend(check.id(&format!("/remove/{n}"), uuid, XpmUuid::parse));
    }
    let place = staff.zip(day).map(|(staff, day)| Place { staff, day, job });
    let shown = app.zip(xpm).filter(|_| !body.preview);
    check.finish(place.map(|place| Wanted { place, shown, remove }))
}

impl RepairLineView {
    /// What is done, or would be.
    pub fn of(wanted: &Wanted, repair: Repair) -> Self {
        let extra = repair.extra.into_iter();
        Self {
            preview: wanted.shown.is_none(),
            app_minutes: repair.line.app,
            xpm_minutes: repair.line.xpm,
            entries: repair.steps.into_iter().map(|(id, it)| LineStep::of(id, it)).collect(),
            extra: extra.map(|it| ExtraTime::of(it, &wanted.remove)).collect(),
        }
    }
}

impl LineStep {
    fn of(id: EntryId, step: Step) -> Self {
        let (step, reason, xpm) = match step {
            Step::Rest => (StepWord::None, None, None),
            Step::Wait(reason) => (StepWord::Wait, reason, None),
            Step::Push => (StepWord::Push, None, None),
            Step::Correct(there) => (StepWord::Correct, None, Some(there)),
            Step::Single => (StepWord::Single, None, None),
        };
        Self { id, step, reason: reason.map(Into::into), xpm: xpm.map(Into::into) }
    }
}

impl ExtraTime {
    fn of(it: Extra, remove: &[XpmUuid]) -> Self {
        Self {
            removed: remove.contains(&it.booked.uuid),
            xpm_uuid: it.booked.uuid,
            xpm: it.booked.sheet.into(),
            reason: it.obstacle.map(Into::into),
        }
    }
}

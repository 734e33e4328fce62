//! Users: the people who record time, and which XPM staff member each is.

use domain::copies::Copy;
use domain::ids::{UserId, XpmUuid};
use domain::practice::Staff;
use domain::time::health::Ailing;
use domain::time::user::{User, UserRecord, staff_of};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use crate::body::{Body, BodyError, Statement};
use crate::check::Check;
use crate::problem::ReasonView;

/// What the practice app says of a person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserBody {
    /// Their name.
    #[schema(value_type = String, required, min_length = 1, max_length = 500, pattern = r"\S")]
    #[serde(default)]
    name: Option<String>,
    /// By which they are found among the XPM staff.
    #[schema(max_length = 254, format = "email")]
    #[serde(default)]
    email: Option<String>,
    /// The app's version of it: a lower one than the stored changes nothing.
    #[schema(value_type = Option<u64>, maximum = 9007199254740991_u64)]
    #[serde(default)]
    version: Option<Number>,
}

/// Which member of the XPM staff a person is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffChoice {
    /// The member of staff; none leaves it to the e-mail address.
    #[schema(value_type = Option<String>, required, pattern = "^[0-9A-Fa-f-]{1,64}$")]
    #[serde(deserialize_with = "Option::deserialize")]
    staff_uuid: Option<String>,
}

/// A person as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    /// The practice app's id.
    #[schema(value_type = String)]
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    #[schema(required)]
    pub email: Option<String>,
    /// The member of the XPM staff they are, as far as it is known.
    #[schema(required)]
    pub xpm_staff: Option<XpmStaff>,
    /// Why they are nobody of the staff so far.
    #[schema(required)]
    pub reason: Option<ReasonView>,
    /// The version stored.
    pub version: u64,
    /// Whether the request was news; only in the answer to a `PUT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub applied: Option<bool>,
}

/// A member of the XPM staff, and how a person came to be taken for them.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct XpmStaff {
    /// XPM's id.
    #[schema(value_type = String)]
    pub uuid: XpmUuid,
    /// The name there, where XPM's list is at hand.
    #[schema(required)]
    pub name: Option<String>,
    /// Chosen by a person, or found by the e-mail address.
    pub origin: StaffOrigin,
}

/// How a person came to be taken for a member of staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StaffOrigin {
    /// By a person.
    Manual,
    /// By the e-mail address.
    Email,
}

/// Whether everyone who records time can be booked for.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = StaffHealth)]
pub struct HealthView {
    /// Whether nothing is wrong with anyone.
    pub healthy: bool,
    /// How many people there are.
    pub people: usize,
    /// Those with whom something is wrong.
    pub items: Vec<AilingView>,
    /// When XPM's list of staff was read.
    #[schema(value_type = String, format = "date-time")]
    pub as_of: Timestamp,
    /// Whether that is longer ago than it should be, because XPM does not answer.
    pub stale: bool,
}

/// Someone whose time cannot be booked, or not everywhere.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = AilingUser)]
pub struct AilingView {
    /// The person.
    pub user: UserView,
    /// Everything that is wrong.
    pub reasons: Vec<ReasonView>,
}

impl HealthView {
    /// What is wrong with whom, by this list of staff.
    pub fn of(people: usize, ailing: Vec<Ailing>, staff: &Copy<Staff>) -> Self {
        let show = |it: Ailing| AilingView {
            user: UserView::of(it.user, Some(&staff.items), None),
            reasons: it.reasons.into_iter().map(Into::into).collect(),
        };
        Self {
            healthy: ailing.is_empty(),
            people,
            items: ailing.into_iter().map(show).collect(),
            as_of: staff.as_of,
            stale: staff.stale,
        }
    }
}

/// Reads a person.
pub fn read_user(id: &str, body: Body<'_>) -> Result<Statement<User>, BodyError> {
    let body: UserBody = body.read()?;
    let mut check = Check::default();
    let id = check.id("/id", id, UserId::parse);
    let version = check.version(body.version);
    let (name, email) = (body.name.unwrap_or_default(), body.email);
    let value = id.map(|id| User { id, name, email });
    check.also(value.iter().flat_map(User::check).collect());
    check.finish(value.map(|value| Statement { value, version }))
}

/// Reads which member of staff a person is.
pub fn read_staff(body: Body<'_>) -> Result<Option<XpmUuid>, BodyError> {
    let body: StaffChoice = body.read()?;
    let mut check = Check::default();
    let staff = check.optional_id("/staff_uuid", body.staff_uuid, XpmUuid::parse);
    check.finish(Some(staff))
}

impl UserView {
    /// A person as it stands, with XPM's staff where its list is at hand.
    pub fn of(record: UserRecord, staff: Option<&[Staff]>, applied: Option<bool>) -> Self {
        let found = staff.map(|staff| staff_of(Some(&record), staff));
        let origin = if record.chosen.is_some() { StaffOrigin::Manual } else { StaffOrigin::Email };
        let (uuid, reason) = match found {
            Some(Ok(uuid)) => (Some(uuid), None),
            Some(Err(reason)) => (None, Some(reason)),
            None => (record.chosen, None),
        };
        let name_of = |uuid: &XpmUuid| {
            staff.and_then(|all| all.iter().find(|it| it.uuid == *uuid)).map(|it| it.name.clone())
        };
        let xpm_staff = uuid.map(|uuid| XpmStaff { name: name_of(&uuid), uuid, origin });
        let User { id, name, email } = record.user.value;
        let version = record.user.version;
        Self { id, name, email, xpm_staff, reason: reason.map(Into::into), version, applied }
    }
}

//! The connection to XPM.

use domain::budget::Meter;
use domain::connection::{Connection, Organisation, State, Step};
use domain::firm::{Firm, Limits};
use domain::ids::TenantId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{Body, BodyError};
use crate::check::Check;

/// How the connection to XPM stands.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Connection)]
pub struct ConnectionView {
    /// How it stands.
    pub state: ConnectionState,
    /// The organisation that links and matches belong to; stays after a disconnection.
    #[schema(required)]
    pub xpm_organisation: Option<OrganisationView>,
    /// What is missing before anything is pushed.
    pub missing_steps: Vec<MissingStep>,
    /// The calls to XPM.
    pub budget: BudgetView,
    /// How old the copies of XPM's lists are.
    pub freshness: Vec<Freshness>,
    /// What may be chosen, while the choice is open.
    pub choices: Vec<OrganisationView>,
}

/// How a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// Never connected, or disconnected by the firm.
    Disconnected,
    /// One of several organisations must be chosen.
    ChooseOrganisation,
    /// Connected.
    Connected,
    /// Xero does not accept the connection any more.
    ReconnectRequired,
}

/// A step that is missing before anything is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissingStep {
    /// Connect XPM.
    Connect,
    /// Choose among several organisations.
    ChooseOrganisation,
    /// Set the region.
    SetRegion,
    /// Set the time zone.
    SetTimeZone,
    /// Wait for the first sync to end.
    FirstSync,
}

/// An XPM organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Organisation)]
pub struct OrganisationView {
    /// Xero's id of it.
    #[schema(value_type = String)]
    pub tenant_id: TenantId,
    /// Its name.
    pub name: String,
}

/// The calls to XPM: allowed, made and left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Budget)]
pub struct BudgetView {
    /// Allowed in any minute.
    pub per_minute: u32,
    /// Allowed in a day.
    pub per_day: u32,
    /// Made today.
    pub used_today: u32,
    /// Left today, by the smaller of our count and XPM's.
    pub left_today: u32,
    /// Under way.
    pub under_way: usize,
    /// When calls may be made again, if not now.
    #[schema(required)]
    pub blocked_until: Option<Timestamp>,
}

/// How old a copy is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Freshness {
    /// Of what.
    #[schema(example = "staff")]
    pub resource: String,
    /// When it was made; none while there is none.
    #[schema(required)]
    pub as_of: Option<Timestamp>,
}

/// Where the person wants to be afterwards.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthorizeBody {
    /// A path of this site.
    #[schema(value_type = Option<String>, default = "/", pattern = r"^/([!-.0-\[\]-~][!-\[\]-~]*)?$", max_length = 2000)]
    #[serde(default)]
    return_to: Option<String>,
}

/// Where to send the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuthorizeAnswer {
    /// The address; good for one person, once, for ten minutes.
    pub url: String,
}

/// The organisation that was chosen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationChoice {
    /// Xero's id of it, one of `choices`.
    #[schema(value_type = String, required, pattern = "^[A-Za-z0-9._:-]{1,64}$")]
    #[serde(default)]
    tenant_id: Option<String>,
}

/// Reads where the person wants to be afterwards.
pub fn read_authorize(body: Body<'_>) -> Result<String, BodyError> {
    let body: AuthorizeBody = body.read()?;
    Ok(body.return_to.unwrap_or_else(|| "/".into()))
}

/// Reads which organisation was chosen.
pub fn read_organisation(body: Body<'_>) -> Result<TenantId, BodyError> {
    let body: OrganisationChoice = body.read()?;
    let mut check = Check::default();
    let tenant = check.required_id("/tenant_id", body.tenant_id, TenantId::parse);
    check.finish(tenant)
}

impl ConnectionView {
    /// How a firm's connection stands.
    pub fn of(
        connection: Connection,
        firm: &Firm,
        meter: Meter,
        freshness: Vec<Freshness>,
    ) -> Self {
        let steps = connection.missing_steps(firm).into_iter().map(Into::into);
        Self {
            state: connection.state.into(),
            missing_steps: steps.collect(),
            xpm_organisation: connection.organisation.map(Into::into),
            budget: BudgetView::of(firm.settings.budget, meter),
            freshness,
            choices: connection.choices.into_iter().map(Into::into).collect(),
        }
    }
}

impl BudgetView {
    fn of(limits: Limits, meter: Meter) -> Self {
        Self {
            per_minute: limits.per_minute,
            per_day: limits.per_day,
            used_today: meter.used_today,
            left_today: meter.left_today,
            under_way: meter.under_way,
            blocked_until: meter.blocked_until,
        }
    }
}

impl From<Organisation> for OrganisationView {
    fn from(it: Organisation) -> Self {
        Self { tenant_id: it.tenant, name: it.name }
    }
}

impl From<State> for ConnectionState {
    fn from(it: State) -> Self {
        match it {
            State::Disconnected => Self::Disconnected,
            State::ChooseOrganisation => Self::ChooseOrganisation,
            State::Connected => Self::Connected,
            State::ReconnectRequired => Self::ReconnectRequired,
        }
    }
}

impl From<Step> for MissingStep {
    fn from(it: Step) -> Self {
        match it {
            Step::Connect => Self::Connect,
            Step::ChooseOrganisation => Self::ChooseOrganisation,
            Step::SetRegion => Self::SetRegion,
            Step::SetTimeZone => Self::SetTimeZone,
            Step::FirstSync => Self::FirstSync,
        }
    }
}

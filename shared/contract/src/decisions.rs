//! What a person decides about a time entry.

use domain::ids::XpmUuid;
use domain::time::decide::Side;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::body::{Body, BodyError};
use crate::check::Check;

/// What is to become of a held entry; without a body, time that waits for its release is released.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseBody {
    /// Whether an entry deleted in the practice app goes from XPM as well.
    #[schema(value_type = Option<DeletionWord>)]
    #[serde(default)]
    decision: Option<String>,
}

/// What becomes in XPM of an entry deleted in the practice app.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum DeletionWord {
    /// It goes.
    Delete,
    /// It stays.
    Keep,
}

/// Which of several entries in XPM is this one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceBody {
    /// One of the candidates; none where it is none of them.
    #[schema(value_type = Option<String>, required, pattern = "^[0-9A-Fa-f-]{1,64}$")]
    #[serde(deserialize_with = "Option::deserialize")]
    xpm_uuid: Option<String>,
}

/// Which side of a difference is to hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RepairBody {
    /// The side that is right.
    #[schema(value_type = SideWord, required)]
    #[serde(default)]
    keep: Option<String>,
}

/// A side of a difference.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(as = Side, rename_all = "snake_case")]
pub enum SideWord {
    /// The practice app's.
    App,
    /// XPM's.
    Xpm,
}

/// Reads what is to become of a held entry. A deletion carried out is the practice app's side.
pub fn read_release(body: Body<'_>) -> Result<Option<Side>, BodyError> {
    let body: ReleaseBody = body.read()?;
    let mut check = Check::default();
    let words = [("delete", Side::App), ("keep", Side::Xpm)];
    let side = body.decision.map(|it| check.choice("/decision", &it, &words));
    check.finish(Some(side.flatten()))
}

/// Reads which entry was chosen.
pub fn read_choice(body: Body<'_>) -> Result<Option<XpmUuid>, BodyError> {
    let body: ChoiceBody = body.read()?;
    let mut check = Check::default();
    let uuid = check.optional_id("/xpm_uuid", body.xpm_uuid, XpmUuid::parse);
    check.finish(Some(uuid))
}

/// Reads which side is to hold.
pub fn read_side(body: Body<'_>) -> Result<Side, BodyError> {
    let body: RepairBody = body.read()?;
    let mut check = Check::default();
    let words = [("app", Side::App), ("xpm", Side::Xpm)];
    let side = check.choice("/keep", body.keep.as_deref().unwrap_or_default(), &words);
    check.finish(side)
}

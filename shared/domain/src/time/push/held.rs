//! What XPM holds of an entry, or may yet come to hold.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::XpmUuid;
use crate::practice::Timesheet;

/// A create that was given up as never carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lost {
    /// What was asked.
    pub sheet: Timesheet,
    /// When it was given up.
    pub at: Timestamp,
}

/// An entry of XPM that is ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// XPM's id.
    pub uuid: XpmUuid,
    /// What we last made it say.
    pub sheet: Timesheet,
    /// Whether XPM may say something else, because it did not answer a change.
    #[serde(default)]
    pub doubtful: bool,
    /// Whether XPM bills it, where XPM has said so.
    #[serde(default)]
    pub billable: Option<bool>,
}

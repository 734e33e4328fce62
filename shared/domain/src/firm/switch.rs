//! Who switched the creation of jobs on or off, and when (CA-03).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::FirmId;
use crate::journal::Actor;
use crate::ports::{Change, Down, Expect, Item, Kind, Store};
use crate::records::{self, Record};

/// The last time that it was switched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobsSwitch {
    /// Whether on.
    pub on: bool,
    /// Who did it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

const ID: &str = "jobs_switch";

impl Record for JobsSwitch {
    const KIND: Kind = Kind::Firm;

    fn id(&self) -> String {
        ID.into()
    }
}

impl JobsSwitch {
    /// What must be committed together with the settings: the last one of all counts.
    pub(super) fn change(&self, firm: &FirmId) -> Result<Change, Down> {
        let body = serde_json::to_value(self)
            .map_err(|it| Down { what: "the records", cause: it.into() })?;
        let item = Item { key: self.key(firm), version: 1, body, due: None, expires: None };
        Ok(Change::Put(item, Expect::Any))
    }
}

/// The last time that the firm switched it; none where it never did.
///
/// # Errors
/// The store does not answer.
pub async fn jobs(store: &impl Store, firm: &FirmId) -> Result<Option<JobsSwitch>, Down> {
    Ok(records::get::<JobsSwitch>(store, firm, ID).await?.map(|it| it.record))
}

//! Moving booked time to where its task is linked now.

use domain::ids::EntryId;
use domain::time::entry::EntryRecord;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{Body, BodyError};
use crate::pushes::XpmTime;

/// Whether time is to be moved, or only looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveBody {
    /// Whether to tell only what would be moved.
    #[serde(default)]
    preview: bool,
}

/// Time that XPM holds elsewhere than where its task is linked now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = TimeMove)]
pub struct MoveView {
    /// Whether nothing was set in motion.
    pub preview: bool,
    /// How many entries.
    pub entries: usize,
    /// How many minutes they hold in XPM.
    pub minutes: i64,
    /// The first two hundred of them, where they are now.
    pub items: Vec<MovedEntry>,
}

/// An entry that is to move.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MovedEntry {
    /// The practice app's id.
    #[schema(value_type = String)]
    pub id: EntryId,
    /// What XPM holds now.
    pub xpm: XpmTime,
}

/// Reads whether it is a preview.
pub fn read_move(body: Body<'_>) -> Result<bool, BodyError> {
    Ok(body.read::<MoveBody>()?.preview)
}

impl MoveView {
    /// What moves, or would.
    pub fn of(preview: bool, entries: Vec<EntryRecord>) -> Self {
        let known = |it: EntryRecord| Some((it.entry.value.id, it.push.known?.sheet));
        let all: Vec<_> = entries.into_iter().filter_map(known).collect();
        Self {
            preview,
            entries: all.len(),
            minutes: all.iter().map(|it| it.1.minutes).sum(),
            items: all
                .into_iter()
                .take(crate::list::MOST)
                .map(|(id, sheet)| MovedEntry { id, xpm: sheet.into() })
                .collect(),
        }
    }
}

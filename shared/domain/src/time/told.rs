//! What the journal is told of pushes (BY-08), in the commit of the step itself.

use jiff::Timestamp;

use super::entry::EntryRecord;
use super::push::State;
use crate::ids::FirmId;
use crate::journal::{Actor, Entry, Event, Sort, Subject};
use crate::ports::{Change, Down};
use crate::records::Kept;

/// What tells of a step that changed what XPM holds, or of XPM's refusal; nothing of any other step.
pub(super) fn told(
    firm: &FirmId,
    before: &Kept<EntryRecord>,
    after: &EntryRecord,
    now: Timestamp,
) -> Result<Option<Change>, Down> {
    let sheet = |it: &EntryRecord| it.push.known.as_ref().map(|it| it.sheet.clone());
    let (old, new) = (sheet(&before.record), sheet(after));
    let (event, reason) = match &after.push.state {
        State::Confirmed | State::Deleted if old != new => (Event::TimePushed, None),
        State::Rejected { reason, .. } => (Event::TimeRejected, Some(*reason)),
        State::Confirmed
        | State::Deleted
        | State::Planned { .. }
        | State::Held { .. }
        | State::Sending { .. }
        | State::Unknown { .. }
        | State::Ambiguous { .. } => return Ok(None),
    };
    let subject = Subject::new(Sort::TimeEntry, &after.entry.value.id);
    Entry::new(subject, before.version + 1, event, Actor::Rule, now)
        .because(reason)
        .between(old.as_ref(), new.as_ref())?
        .change(firm)
        .map(Some)
}

//! What each entry of a line needs so that XPM holds what the practice app says.

use std::collections::{BTreeMap, HashSet};

use crate::ids::{EntryId, XpmUuid};
use crate::practice::{Booked, Timesheet};
use crate::reason::Reason;
use crate::time::compare::{Finding, at_rest};
use crate::time::entry::{Decided, Drift, EntryRecord};
use crate::time::plan::Target;
use crate::time::push::{Call, State};
use crate::time::read_back::same;

/// What an entry needs.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Nothing: XPM holds it as it should.
    Rest,
    /// It is under way already, or cannot be sent, for this reason.
    Wait(Option<Reason>),
    /// XPM has nothing of it there: it is booked, or brought back from where it was moved in XPM.
    Push,
    /// XPM says this instead: it is made to say what the practice app says.
    Correct(Timesheet),
    /// XPM carried it out more than once: what is too much goes.
    Single,
}

/// Time in XPM that no entry of the practice app stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Extra {
    /// What XPM holds.
    pub booked: Booked,
    /// The entry of the practice app that it once was.
    pub entry: Option<EntryId>,
    /// Why it cannot be removed, if so.
    pub obstacle: Option<Reason>,
}

/// What one entry needs, given what it should say, and what XPM was found to say.
pub(super) fn step(entry: &EntryRecord, wanted: &Target, finding: &Finding) -> Step {
    if !at_rest(entry) {
        return Step::Wait(None);
    }
    let known = entry.push.known.as_ref().map(|it| it.sheet.clone());
    let there = match &finding.drift {
        Some(Drift::Changed(sheet)) => Some(sheet.clone()),
        Some(Drift::Gone) => None,
        None => known.filter(|_| finding.astray.is_none()),
    };
    match (wanted, there) {
        (Target::Held(Reason::LateLink) | Target::Sheet(_), None) => Step::Push,
        (Target::Held(reason), _) => Step::Wait(Some(*reason)),
        (Target::Sheet(sheet), Some(there)) if same(sheet, &there) => match finding.extra[..] {
            [] => Step::Rest,
            [..] => Step::Single,
        },
        (Target::Sheet(_) | Target::Nothing, Some(there)) => Step::Correct(there),
        (Target::Nothing, None) => Step::Rest,
    }
}

/// Does the step: on the record alone, for the lane to carry out. The practice app's side is to hold.
pub(super) fn take(entry: &mut EntryRecord, step: &Step, finding: &Finding) {
    match step {
        Step::Rest | Step::Wait(_) => return,
        Step::Single => {}
        Step::Push | Step::Correct(_) => {
            // Whoever asks for this line to be put right has released what waited for that.
            entry.released |= *step == Step::Push;
            entry.decided = None;
            // Told to XPM again: one that it does not know any more is booked anew.
            if let Some(known) = &mut entry.push.known {
                known.doubtful = true;
            }
            entry.push.retry();
        }
    }
    entry.drift = None;
    entry.extra.clear();
    entry.push.discard.extend(finding.extra.iter().cloned());
}

/// What XPM holds of a line beyond the entries that are to be there. `ours` are all entries of these
/// people, `late` what XPM was found to have carried out twice.
pub(super) fn extras(
    line: &[Booked],
    ours: &[&EntryRecord],
    late: &HashSet<&XpmUuid>,
) -> Vec<Extra> {
    let owners: BTreeMap<&XpmUuid, &EntryRecord> = ours
        .iter()
        .filter_map(|it| it.push.known.as_ref().map(|known| (&known.uuid, *it)))
        .collect();
    let going: HashSet<&XpmUuid> = ours.iter().flat_map(|it| &it.push.discard).collect();
    let unclaimed = |it: &&Booked| {
        let owner = owners.get(&it.uuid);
        !late.contains(&it.uuid) && !going.contains(&it.uuid) && owner.is_none_or(|it| stays(it))
    };
    let extra = |it: &Booked| Extra {
        booked: it.clone(),
        entry: owners.get(&it.uuid).map(|it| it.entry.value.id.clone()),
        obstacle: if it.invoiced {
            Some(Reason::Invoiced)
        } else if ours.iter().any(|entry| may_be(entry, &it.sheet)) {
            Some(Reason::Uncertain)
        } else {
            None
        },
    };
    line.iter().filter(unclaimed).map(extra).collect()
}

/// Whether XPM keeps it by a person's word, although the practice app has it no more.
fn stays(entry: &EntryRecord) -> bool {
    entry.entry.deleted && matches!(entry.decided, Some(Decided::Keep(_)))
}

/// Whether time in XPM may be the doing of an entry whose request has not come to an end.
fn may_be(entry: &EntryRecord, sheet: &Timesheet) -> bool {
    match &entry.push.state {
        State::Sending { call: Call::Create { sheet: sent }, .. }
        | State::Unknown { sheet: sent, .. }
        | State::Ambiguous { sheet: sent, .. } => same(sent, sheet),
        State::Sending { .. }
        | State::Planned { .. }
        | State::Held { .. }
        | State::Confirmed
        | State::Rejected { .. }
        | State::Deleted => false,
    }
}

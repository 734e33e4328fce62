//! What XPM holds against what we last made it say: changes made there, entries that are gone, and
//! creates that it carried out long after it had fallen silent (G8, XB-79).

use std::collections::{BTreeMap, HashSet};

use super::entry::{Drift, EntryRecord};
use super::push::State;
use super::read_back::same;
use crate::ids::{EntryId, XpmUuid};
use crate::practice::Booked;

/// What a comparison found about one entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finding {
    /// How XPM's entry differs; none where both agree.
    pub drift: Option<Drift>,
    /// XPM's entry is not where it should be: it is elsewhere, or gone.
    pub astray: Option<XpmUuid>,
    /// Entries of XPM that are this one once more.
    pub extra: Vec<XpmUuid>,
}

/// Compares entries of ours with all of XPM's of the same person and days. Only entries at rest are
/// judged. An entry of XPM that nobody knows is one of ours too many only if it says what a create said
/// that was given up as lost: whatever else stands there, someone recorded in XPM itself.
pub fn compare(ours: &[EntryRecord], theirs: &[Booked]) -> BTreeMap<EntryId, Finding> {
    let mut known: HashSet<&XpmUuid> = ours
        .iter()
        .flat_map(|it| it.push.known.iter().map(|it| &it.uuid).chain(&it.push.discard))
        .collect();
    let mut found = BTreeMap::new();
    for entry in ours.iter().filter(|it| at_rest(it)) {
        let mut finding = Finding::default();
        if let Some(ours) = entry.push.known.as_ref().filter(|it| !it.doubtful) {
            match theirs.iter().find(|it| it.uuid == ours.uuid) {
                Some(theirs) if !same(&theirs.sheet, &ours.sheet) => {
                    finding.drift = Some(Drift::Changed(theirs.sheet.clone()));
                }
                Some(_) => {}
                None => finding.astray = Some(ours.uuid.clone()),
            }
        }
        for lost in &entry.push.lost {
            let late =
                theirs.iter().find(|it| !known.contains(&it.uuid) && same(&it.sheet, &lost.sheet));
            if let Some(late) = late {
                known.insert(&late.uuid);
                finding.extra.push(late.uuid.clone());
            }
        }
        found.insert(entry.entry.value.id.clone(), finding);
    }
    found
}

/// Whether nothing is under way that a comparison could mistake for a difference.
pub fn at_rest(entry: &EntryRecord) -> bool {
    match &entry.push.state {
        State::Confirmed | State::Deleted | State::Held { .. } | State::Rejected { .. } => true,
        State::Planned { .. }
        | State::Sending { .. }
        | State::Unknown { .. }
        | State::Ambiguous { .. } => false,
    }
}

//! Looking again at the contacts that may go to XPM, because the firm has chosen to let more of them go.

use jiff::Timestamp;

use super::state::State;
use crate::contacts::book::ContactRecord;
use crate::contacts::matches::{ContactMatch, Match};
use crate::contacts::pull::pull;
use crate::firm::{FIRM, Firm};
use crate::ids::FirmId;
use crate::lanes::look_again;
use crate::ports::{Down, Range, Store};
use crate::records::{self, Kept, Record as _};

/// How many contacts are looked through at a time.
const PAGE: usize = 50;

/// Has the next contacts looked at, up to `most` of them; says after which one to go on.
///
/// # Errors
/// The store does not answer.
pub(crate) async fn revisit(
    store: &impl Store,
    firm: &FirmId,
    after: &Option<String>,
    most: usize,
    now: Timestamp,
) -> Result<Option<String>, Down> {
    let Some(Kept { record: whose, .. }) = records::get::<Firm>(store, firm, FIRM).await? else {
        return Ok(None);
    };
    let range = Range { after: after.clone(), ..Range::of(firm, ContactRecord::KIND, "", PAGE) };
    let (page, next) = records::page::<ContactRecord>(store, &range).await?;
    let matches = matches_of(store, firm, &page).await?;
    let mut chosen = 0;
    for Kept { record, .. } in &page {
        if !may_go(record, &matches, &whose) {
            continue;
        }
        look_again::<ContactRecord>(store, firm, &record.id(), now).await?;
        chosen += 1;
        if chosen == most {
            return Ok(Some(record.id()));
        }
    }
    Ok(next)
}

/// Whether a contact waits for nothing but to be chosen. One that was made from an XPM record and says no
/// more than that needs no look.
fn may_go(it: &ContactRecord, matches: &[Match], firm: &Firm) -> bool {
    let value = &it.contact.value;
    match it.push.state {
        _ if it.contact.deleted || it.look_at.is_some() => false,
        State::Held { .. } => true,
        State::Idle => {
            let own = matches.iter().find(|other| other.contact.as_ref() == Some(&value.id));
            own.is_none_or(|own| {
                let merged = pull(value, &own.xpm, &own.base, &firm.settings.contact_sync);
                !merged.send.is_empty()
            })
        }
        State::Planned { .. }
        | State::Sending { .. }
        | State::Unknown { .. }
        | State::Ambiguous { .. }
        | State::Settled { .. }
        | State::Rejected { .. } => false,
    }
}

/// What these contacts are matched with.
async fn matches_of(
    store: &impl Store,
    firm: &FirmId,
    contacts: &[Kept<ContactRecord>],
) -> Result<Vec<Match>, Down> {
    let idle = contacts.iter().filter(|it| matches!(it.record.push.state, State::Idle));
    let ids: Vec<String> = idle.map(|it| it.record.id()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let pointers = records::get_many::<ContactMatch>(store, firm, &ids).await?;
    let ids: Vec<String> = pointers.iter().map(|it| it.record.xpm.to_string()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = records::get_many::<Match>(store, firm, &ids).await?;
    Ok(found.into_iter().map(|it| it.record).collect())
}

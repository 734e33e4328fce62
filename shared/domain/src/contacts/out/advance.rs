//! Bringing one contact a step further: at most one request that changes XPM.

use super::eligible::{Target, Workplace, target};
use super::look_back::look_back;
use super::people::tell;
use super::state::{Ending, State};
use super::{find, rejudge, update};
use crate::contacts::book::ContactRecord;
use crate::contacts::contact::ContactKind;
use crate::contacts::matches::{self, ContactMatch, Match, MatchState, XpmKind};
use crate::deadline::Deadline;
use crate::firm::Firm;
use crate::ids::FirmId;
use crate::ports::{Clock, Committed, Down, Ports, Store};
use crate::reason::Reason;
use crate::records::{self, Kept};
use crate::time::advance::Stop;

/// Brings a contact one step further; says whether it was due at all.
pub(super) async fn advance<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    id: &str,
) -> Result<bool, Stop> {
    let now = ports.clock().now();
    let Some(kept) = records::get::<ContactRecord>(ports.store(), &firm.id, id).await? else {
        return Ok(false);
    };
    if kept.record.look_at.is_none_or(|it| it > now) {
        return Ok(false);
    }
    let later = match &kept.record.push.state {
        State::Sending { deadline, .. } => Some(*deadline).filter(|it| *it > now),
        State::Unknown { look_at, .. } => Some(*look_at).filter(|it| *it > now),
        State::Planned { not_before, .. } => not_before.filter(|it| *it > now),
        State::Idle
        | State::Held { .. }
        | State::Ambiguous { .. }
        | State::Settled { .. }
        | State::Rejected { .. } => None,
    };
    if later.is_some() {
        replace(ports, &firm.id, &kept, |it| it.look_at = later).await?;
        return Ok(true);
    }
    match &kept.record.push.state {
        // Its worker died.
        State::Sending { .. } => {
            let end = |it: &mut ContactRecord| it.look_at = it.push.end(Ending::Uncertain, now);
            replace(ports, &firm.id, &kept, end).await?;
        }
        State::Unknown { create, .. } => look_back(ports, firm, &kept, create).await?,
        State::Idle
        | State::Planned { .. }
        | State::Held { .. }
        | State::Ambiguous { .. }
        | State::Settled { .. }
        | State::Rejected { .. } => step(ports, firm, deadline, kept).await?,
    }
    Ok(true)
}

async fn step<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    kept: Kept<ContactRecord>,
) -> Result<(), Stop> {
    let now = ports.clock().now();
    let standing = rejudge::around(ports.store(), firm, &kept.record, now).await?;
    if standing.changed {
        return Ok(());
    }
    let matched = matched(ports.store(), &firm.id, &kept.record).await?;
    let workplaces = workplaces(ports.store(), &firm.id, &kept.record).await?;
    let kind = matched.as_ref().map(|it| it.record.xpm.kind);
    let target = match target(&kept.record, kind, &workplaces, &firm.settings.contact_sync) {
        Ok(target) => target,
        Err(reason) => return Ok(hold(ports, firm, &kept, reason).await?),
    };
    match (target, matched, standing.reason) {
        (Target::Client, Some(it), _) => update::client(ports, firm, deadline, &kept, &it).await,
        (Target::ContactOf(at), Some(it), _) => {
            update::contact(ports, firm, deadline, &kept, &it, &at).await
        }
        (_, None, _) if matches!(kept.record.push.state, State::Ambiguous { .. }) => {
            Ok(ambiguous(ports, firm, &kept).await?)
        }
        (_, None, Some(reason)) => Ok(hold(ports, firm, &kept, reason).await?),
        (Target::Client, None, None) => find::client(ports, firm, deadline, &kept).await,
        (Target::ContactOf(at), None, None) => {
            find::contact(ports, firm, deadline, &kept, &at).await
        }
    }
}

/// A person says which record it is. If it is none of them, it is to be added after all.
async fn ambiguous<P: Ports>(
    ports: &P,
    firm: &Firm,
    kept: &Kept<ContactRecord>,
) -> Result<(), Down> {
    let State::Ambiguous { candidates } = &kept.record.push.state else { return Ok(()) };
    let ids: Vec<String> = candidates.iter().map(ToString::to_string).collect();
    let known = records::get_many::<Match>(ports.store(), &firm.id, &ids).await?;
    let own = &kept.record.contact.value.id;
    let others = known.iter().filter(|it| it.record.is_not(own)).count();
    let decided = others == ids.len();
    replace(ports, &firm.id, kept, |it| match decided {
        true => it.push.state = State::planned(),
        false => it.look_at = None,
    })
    .await?;
    Ok(())
}

/// What the contact is matched with, if it is.
pub(super) async fn matched(
    store: &impl Store,
    firm: &FirmId,
    contact: &ContactRecord,
) -> Result<Option<Kept<Match>>, Down> {
    let id = &contact.contact.value.id;
    let Some(it) = records::get::<ContactMatch>(store, firm, id.as_str()).await? else {
        return Ok(None);
    };
    let found = matches::get(store, firm, &it.record.xpm).await?;
    Ok(found.filter(|it| {
        it.record.state == MatchState::Matched && it.record.contact.as_ref() == Some(id)
    }))
}

/// Where a person works.
async fn workplaces(
    store: &impl Store,
    firm: &FirmId,
    contact: &ContactRecord,
) -> Result<Vec<Workplace>, Down> {
    let it = &contact.contact.value;
    if it.kind == ContactKind::Organisation || it.organisations.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = it.organisations.iter().map(|it| it.id.to_string()).collect();
    let mut unique = ids.clone();
    unique.sort();
    unique.dedup();
    let records = records::get_many::<ContactRecord>(store, firm, &unique).await?;
    let clients = records::get_many::<ContactMatch>(store, firm, &unique).await?;
    let at = it.organisations.iter().map(|at| {
        let organisation = records.iter().find(|it| it.record.contact.value.id == at.id);
        let client = clients.iter().find(|it| it.record.contact == at.id);
        let client = client.filter(|it| it.record.kind == XpmKind::Client);
        Workplace {
            position: at.position.clone(),
            organisation: organisation.map(|it| it.record.clone()),
            client: client.map(|it| it.record.xpm.clone()),
        }
    });
    Ok(at.collect())
}

/// Leaves the contact as it is in XPM, and says why. Whoever goes by it learns that it does not go.
pub(super) async fn hold<P: Ports>(
    ports: &P,
    firm: &Firm,
    kept: &Kept<ContactRecord>,
    reason: Reason,
) -> Result<(), Down> {
    let now = ports.clock().now();
    if kept.record.push.told.is_some() {
        tell(ports, &firm.id, &kept.record.contact.value.id, now).await?;
    }
    replace(ports, &firm.id, kept, |it| {
        it.push.state = State::Held { reason };
        it.push.told = None;
        it.look_at = None;
    })
    .await?;
    Ok(())
}

/// Changes the contact as it was read; whoever changed it meanwhile has set it due again. Says whether
/// it is written.
pub(super) async fn replace<P: Ports>(
    ports: &P,
    firm: &FirmId,
    kept: &Kept<ContactRecord>,
    change: impl Fn(&mut ContactRecord),
) -> Result<bool, Down> {
    let mut next = kept.record.clone();
    change(&mut next);
    if next == kept.record {
        return Ok(true);
    }
    let change = records::put(firm, &next, Some(kept.version))?;
    Ok(ports.store().commit(vec![change]).await? == Committed::Done)
}

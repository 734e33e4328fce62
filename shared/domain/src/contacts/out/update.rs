//! A matched contact: merged with what XPM says now, and what differs is sent (KB-56, KB-60 to KB-64).

use super::advance::hold;
use super::confirm::{contact_changes, match_changes};
use super::people::tell;
use super::send::{Errand, Request, send};
use super::state::{Call, State};
use super::{ask, draft};
use crate::contacts::book::ContactRecord;
use crate::contacts::client::{barrier, employer, kind_of};
use crate::contacts::matches::{Match, XpmKind, XpmSide};
use crate::contacts::pull::{self, Asked, Pulled, Synced};
use crate::deadline::Deadline;
use crate::firm::{ContactSync, Firm};
use crate::ids::XpmUuid;
use crate::journal::Actor;
use crate::ports::{Clock, Ports, Store};
use crate::practice::{ClientDraft, ContactDraft};
use crate::reason::Reason;
use crate::records::Kept;
use crate::time::advance::Stop;

/// Brings a client of XPM in step with its contact.
pub(super) async fn client<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    kept: &Kept<ContactRecord>,
    it: &Kept<Match>,
) -> Result<(), Stop> {
    let uuid = &it.record.xpm.uuid;
    let sync = &firm.settings.contact_sync;
    if let Some(new) = at_rest(kept, &it.record, sync) {
        let becomes = kind_of(new.xpm.business_structure.as_deref(), sync);
        let flag = (kept.record.contact.value.kind != becomes).then_some(Reason::KindMismatch);
        return settle(ports, firm, kept, kept.record.clone(), (it, new), flag).await;
    }
    let Some(there) = ask::client(ports, firm, uuid).await? else {
        return Ok(hold(ports, firm, kept, Reason::ClientMissing).await?);
    };
    if let Some(reason) = barrier(&there) {
        return Ok(hold(ports, firm, kept, reason).await?);
    }
    let becomes = kind_of(there.business_structure.as_deref(), sync);
    let side = XpmSide::of_client(&there, becomes);
    let merged = pull::pull(&kept.record.contact.value, &side, &it.record.base, sync);
    let draft = draft::client(&merged.contact, &merged.send, &there, &it.record.base);
    let request = (draft != ClientDraft::default()).then(|| {
        let then = XpmSide::of_client(&draft::changed_client(&there, &draft), becomes);
        (Request::UpdateClient(uuid.clone(), draft), then)
    });
    let reason = (kept.record.contact.value.kind != becomes).then_some(Reason::KindMismatch);
    let turn = Turn { side, merged, request, reason, more: false, flag: reason };
    finish(ports, firm, deadline, kept, it, turn).await
}

/// Brings a contact of clients of XPM in step with the person, and has it stand at all these clients.
pub(super) async fn contact<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    kept: &Kept<ContactRecord>,
    it: &Kept<Match>,
    at: &[(XpmUuid, Option<String>)],
) -> Result<(), Stop> {
    let known = &it.record.xpm.clients;
    let stands = |client: &XpmUuid| known.iter().any(|it| it.client == *client);
    let missing = at.iter().find(|(client, _)| !stands(client));
    let Some((home, _)) = at.iter().find(|(client, _)| stands(client)) else {
        return match missing {
            Some(to) => link(ports, firm, deadline, kept, it, to).await,
            None => Ok(hold(ports, firm, kept, Reason::OrganisationNotInXpm).await?),
        };
    };
    let sync = &firm.settings.contact_sync;
    let elsewhere = known.iter().any(|it| at.iter().all(|(client, _)| *client != it.client));
    let flag = elsewhere.then_some(Reason::StillAtClient);
    if let Some(new) = at_rest(kept, &it.record, sync).filter(|_| missing.is_none()) {
        return settle(ports, firm, kept, kept.record.clone(), (it, new), flag).await;
    }
    let Some(client) = ask::client(ports, firm, home).await? else {
        return Ok(hold(ports, firm, kept, Reason::ClientMissing).await?);
    };
    if let Some(reason) = barrier(&client) {
        return Ok(hold(ports, firm, kept, reason).await?);
    }
    let uuid = &it.record.xpm.uuid;
    let Some(there) = client.contacts.iter().find(|it| it.uuid == *uuid) else {
        return Ok(hold(ports, firm, kept, Reason::NotAtClient).await?);
    };
    let role = employer(&client, there, sync);
    let roles = known.iter().map(|it| if it.client == *home { role.clone() } else { it.clone() });
    let roles: Vec<_> = roles.collect();
    let side = XpmSide::of_contact(there, roles.clone());
    let merged = pull::pull(&kept.record.contact.value, &side, &it.record.base, sync);
    let draft = draft::contact(&merged.contact, &merged.send, there, &it.record.base);
    let request = (draft != ContactDraft::default()).then(|| {
        let then = XpmSide::of_contact(&draft::changed_contact(there, &draft), roles);
        let (client, contact) = (home.clone(), uuid.clone());
        (Request::UpdateContact { client, contact, draft }, then)
    });
    if let (None, Some(to)) = (&request, missing) {
        return link(ports, firm, deadline, kept, it, to).await;
    }
    let turn = Turn { side, merged, request, reason: None, more: missing.is_some(), flag };
    finish(ports, firm, deadline, kept, it, turn).await
}

/// The match as it stands, where the contact says nothing that XPM did not say when it was last read:
/// then XPM need not be asked. Not while XPM may still do what it was asked to, or has put the record away.
fn at_rest(kept: &Kept<ContactRecord>, it: &Match, sync: &ContactSync) -> Option<Match> {
    let sound = it.reason.is_none_or(|it| it == Reason::KindMismatch);
    let sure = it.base.values().all(|it| it.asked.is_none());
    let contact = &kept.record.contact.value;
    let merged = pull::pull(contact, &it.xpm, &it.base, sync);
    let still = merged.send.is_empty() && merged.contact == *contact;
    let (base, conflicts) = (merged.base, merged.conflicts);
    (sound && sure && still).then(|| Match { base, conflicts, ..it.clone() })
}

async fn link<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    kept: &Kept<ContactRecord>,
    it: &Kept<Match>,
    (client, position): &(XpmUuid, Option<String>),
) -> Result<(), Stop> {
    let contact = it.record.xpm.uuid.clone();
    let call = Call::Link { client: client.clone(), contact: contact.clone() };
    let position = position.clone();
    let request = Request::Link { client: client.clone(), contact, position };
    let record = kept.record.clone();
    let matched = Some((it, it.record.clone()));
    let errand =
        Errand { kept, record, matched, call, request, sent: vec![], more: true, flag: None };
    send(ports, firm, deadline, errand).await
}

struct Turn {
    /// XPM as it is.
    side: XpmSide,
    merged: Pulled,
    /// What is to be sent, and XPM as it will be then.
    request: Option<(Request, XpmSide)>,
    reason: Option<Reason>,
    more: bool,
    flag: Option<Reason>,
}

async fn finish<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    kept: &Kept<ContactRecord>,
    it: &Kept<Match>,
    turn: Turn,
) -> Result<(), Stop> {
    let Turn { side, merged, request, reason, more, flag } = turn;
    let mut record = kept.record.clone();
    record.change(merged.contact);
    let mut new = it.record.clone();
    new.xpm = side;
    new.base = merged.base;
    new.conflicts = merged.conflicts;
    new.reason = reason;
    let contact = &record.contact.value;
    let Some((request, then)) = request else {
        // What cannot be told apart in XPM is in step as it is.
        for field in merged.send {
            let now = Synced::now(field, contact, new.xpm.kind, &new.xpm.fields);
            new.base.insert(field, now);
        }
        return settle(ports, firm, kept, record, (it, new), flag).await;
    };
    for field in &merged.send {
        let xpm = field.in_xpm(&then.fields, contact.kind);
        let asked = Asked { xpm, app: field.outgoing(contact, then.kind) };
        let nothing = || Synced { xpm: String::new(), app: String::new(), asked: None };
        new.base.entry(*field).or_insert_with(nothing).asked = Some(asked);
    }
    let call = Call::Update { uuid: new.xpm.uuid.clone() };
    let (matched, sent) = (Some((it, new)), merged.send);
    let errand = Errand { kept, record, matched, call, request, sent, more, flag };
    send(ports, firm, deadline, errand).await
}

/// Both sides say the same. Those who go by the contact's client are told of it first: done twice it does
/// no harm, forgotten it would.
async fn settle<P: Ports>(
    ports: &P,
    firm: &Firm,
    kept: &Kept<ContactRecord>,
    mut record: ContactRecord,
    (before, new): (&Kept<Match>, Match),
    flag: Option<Reason>,
) -> Result<(), Stop> {
    let now = ports.clock().now();
    if new.xpm.kind == XpmKind::Client && record.push.told.as_ref() != Some(&new.xpm.uuid) {
        tell(ports, &firm.id, &record.contact.value.id, now).await?;
        record.push.told = Some(new.xpm.uuid.clone());
    }
    record.push.state = State::Settled { flag };
    record.push.words = None;
    record.look_at = None;
    let mut changes =
        contact_changes(ports.store(), &firm.id, kept, &record, &Actor::Rule, now).await?;
    changes.extend(match_changes(&firm.id, Some(before), &new)?);
    if !changes.is_empty() {
        let _ = ports.store().commit(changes).await?;
    }
    Ok(())
}

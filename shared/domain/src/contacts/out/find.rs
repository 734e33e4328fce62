//! Looking before adding (KB-55): what XPM has already is matched or put before a person, by the rules
//! by which it would be matched coming from there.

use std::collections::BTreeMap;

use super::advance::hold;
use super::confirm::{Adopted, adopt};
use super::send::{Errand, Request, send};
use super::state::{Call, Create};
use super::{ask, draft, rejudge};
use crate::contacts::book::ContactRecord;
use crate::contacts::client::{barrier, employer, kind_of};
use crate::contacts::contact::ContactKind;
use crate::contacts::fields::{Field, main_email};
use crate::contacts::matches::{self, Match, MatchState, XpmKind, XpmSide};
use crate::contacts::matching::{Agreement, Traits};
use crate::contacts::names::tidy;
use crate::contacts::pull::Base;
use crate::deadline::Deadline;
use crate::firm::Firm;
use crate::ids::XpmUuid;
use crate::ports::{Clock, Ports};
use crate::practice::Client;
use crate::reason::Reason;
use crate::records::Kept;
use crate::time::advance::Stop;

/// Adds the contact as a client, unless XPM has one that may be it.
pub(super) async fn client<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    kept: &Kept<ContactRecord>,
) -> Result<(), Stop> {
    let it = &kept.record.contact.value;
    let mut there: Vec<Client> = ask::search(ports, firm, &tidy(&it.name)).await?;
    if let Some(email) = main_email(it) {
        for other in ask::search(ports, firm, email).await? {
            if there.iter().all(|it| it.uuid != other.uuid) {
                there.push(other);
            }
        }
    }
    let sync = &firm.settings.contact_sync;
    let sides = there.iter().filter(|it| !it.deleted).map(|it| {
        let becomes = kind_of(it.business_structure.as_deref(), sync);
        (XpmSide::of_client(it, becomes), becomes, barrier(it))
    });
    let before = match look_through(ports, firm, kept, sides.collect()).await? {
        Looked::Dealt => return Ok(()),
        Looked::Nothing(before) => before,
    };
    let request = Request::AddClient(draft::new_client(it));
    add(ports, firm, deadline, kept, None, before, request, false).await
}

/// Adds the person as a contact of the first of these clients, unless one of them has one that may be it.
pub(super) async fn contact<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    kept: &Kept<ContactRecord>,
    at: &[(XpmUuid, Option<String>)],
) -> Result<(), Stop> {
    let sync = &firm.settings.contact_sync;
    let mut sides: Vec<(XpmSide, ContactKind, Option<Reason>)> = Vec::new();
    let mut open: Option<&(XpmUuid, Option<String>)> = None;
    let mut closed = Reason::ClientMissing;
    for to in at {
        let Some(client) = ask::client(ports, firm, &to.0).await? else { continue };
        if let Some(reason) = barrier(&client) {
            closed = reason;
            continue;
        }
        open = open.or(Some(to));
        for person in &client.contacts {
            let role = employer(&client, person, sync);
            match sides.iter_mut().find(|(it, _, _)| it.uuid == person.uuid) {
                Some((known, _, _)) => known.clients.push(role),
                None => {
                    let side = XpmSide::of_contact(person, vec![role]);
                    sides.push((side, ContactKind::Person, None));
                }
            }
        }
    }
    for (side, _, _) in &mut sides {
        side.clients.sort_by(|a, b| a.client.cmp(&b.client));
    }
    let Some((client, position)) = open else {
        return Ok(hold(ports, firm, kept, closed).await?);
    };
    let before = match look_through(ports, firm, kept, sides).await? {
        Looked::Dealt => return Ok(()),
        Looked::Nothing(before) => before,
    };
    let draft = draft::new_contact(&kept.record.contact.value, position.clone());
    let request = Request::AddContact(client.clone(), draft);
    let more = at.len() > 1;
    add(ports, firm, deadline, kept, Some(client.clone()), before, request, more).await
}

#[expect(clippy::too_many_arguments, reason = "all that a create is made of, named once")]
async fn add<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    kept: &Kept<ContactRecord>,
    at: Option<XpmUuid>,
    before: Vec<XpmUuid>,
    request: Request,
    more: bool,
) -> Result<(), Stop> {
    let it = &kept.record.contact.value;
    let to = if at.is_some() { XpmKind::Contact } else { XpmKind::Client };
    let said = Field::ALL.into_iter().map(|field| (field, field.outgoing(it, to)));
    let said: BTreeMap<Field, String> = said.collect();
    let call = Call::Create(Create { at, name: it.name.clone(), before, said });
    let record = kept.record.clone();
    let sent = Field::ALL.to_vec();
    let errand = Errand { kept, record, matched: None, call, request, sent, more, flag: None };
    send(ports, firm, deadline, errand).await
}

enum Looked {
    /// Matched, or put before a person.
    Dealt,
    /// None may be the contact; these have its name, and are known to be others.
    Nothing(Vec<XpmUuid>),
}

/// Compares what XPM has with the contact.
async fn look_through<P: Ports>(
    ports: &P,
    firm: &Firm,
    kept: &Kept<ContactRecord>,
    there: Vec<(XpmSide, ContactKind, Option<Reason>)>,
) -> Result<Looked, Stop> {
    let own = &kept.record.contact.value;
    let traits = Traits::of(own);
    let mut others = Vec::new();
    let mut perhaps: Vec<(XpmSide, Option<Kept<Match>>, bool)> = Vec::new();
    let mut put_away = None;
    for (side, becomes, barrier) in there {
        let number = side.business_number.as_deref();
        let agreement = Traits::of_import(becomes, &side.fields, number).agreement(&traits);
        if agreement == Agreement::None {
            continue;
        }
        let before = matches::get(ports.store(), &firm.id, &side.uuid).await?;
        let other = before.as_ref().is_some_and(|it| it.record.is_not(&own.id));
        // It was the contact's own, and is about to be so again.
        let own_still = before.as_ref().filter(|it| it.record.state == MatchState::Matched);
        let own_still = own_still.filter(|it| it.record.contact.as_ref() == Some(&own.id));
        if let Some(it) = own_still {
            put_away = put_away.or(it.record.reason).or(Some(Reason::FormerMatch));
        } else if other {
            others.push(side.uuid);
        } else if barrier.is_some() {
            put_away = put_away.or(barrier);
        } else {
            let exact = agreement == Agreement::Exact && becomes == own.kind;
            perhaps.push((side, before, exact));
        }
    }
    let exact = perhaps.iter().filter(|(_, _, exact)| *exact).count();
    let now = ports.clock().now();
    let mut reason = None;
    let mut first = true;
    for (side, before, is_exact) in perhaps {
        // One exact record is the contact, whatever else resembles it; of several none is certain.
        if exact == 1 && !is_exact {
            continue;
        }
        let doubled = exact > 1;
        let judged = rejudge::one(ports.store(), firm, side, before.as_ref(), doubled, now).await?;
        let Some(it) = judged else { return Ok(Looked::Dealt) };
        if it.state == MatchState::Matched && it.contact.as_ref() == Some(&own.id) {
            return Ok(Looked::Dealt);
        }
        if first || it.reason == Some(Reason::AmbiguousExact) {
            reason = it.reason.or(Some(Reason::Partial));
        }
        first = false;
    }
    // What is put away in XPM under this name must not be there twice.
    if let Some(reason) = reason.or(put_away) {
        hold(ports, firm, kept, reason).await?;
        return Ok(Looked::Dealt);
    }
    Ok(Looked::Nothing(others))
}

/// Takes what was found in XPM for the one whose create had no answer.
pub(super) async fn adopt_created<P: Ports>(
    ports: &P,
    firm: &Firm,
    kept: &Kept<ContactRecord>,
    create: &Create,
    side: XpmSide,
) -> Result<(), Stop> {
    let kind = kept.record.contact.value.kind;
    let synced = create.said.iter().map(|(field, app)| {
        let xpm = field.in_xpm(&side.fields, kind);
        (*field, crate::contacts::pull::Synced { xpm, app: app.clone(), asked: None })
    });
    let base: Base = synced.collect();
    let adopted = Adopted { side, base };
    Ok(adopt(ports, &firm.id, kept, adopted, ports.clock().now()).await?)
}

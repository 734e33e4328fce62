//! Finding out what became of a create without an answer (G5).

use super::advance::{matched, replace};
use super::find::adopt_created;
use super::state::{Create, State};
use super::{ask, rejudge};
use crate::contacts::book::ContactRecord;
use crate::contacts::client::{employer, kind_of};
use crate::contacts::matches::{self, XpmSide};
use crate::contacts::names::{name_key, tidy};
use crate::firm::Firm;
use crate::ports::{Clock, Ports};
use crate::records::Kept;
use crate::time::advance::Stop;

/// Looks for it by its exact name among what was not there before. Finding it is taken for proof at once;
/// only *not* finding it needs the quiet time.
pub(super) async fn look_back<P: Ports>(
    ports: &P,
    firm: &Firm,
    kept: &Kept<ContactRecord>,
    create: &Create,
) -> Result<(), Stop> {
    // A sync may have read and matched it meanwhile.
    if matched(ports.store(), &firm.id, &kept.record).await?.is_some() {
        replace(ports, &firm.id, kept, |it| it.push.state = State::planned()).await?;
        return Ok(());
    }
    let sync = &firm.settings.contact_sync;
    let own = &kept.record.contact.value.id;
    let there: Vec<XpmSide> = match &create.at {
        None => {
            let found = ask::search(ports, firm, &tidy(&create.name)).await?;
            let kind = |it: Option<&str>| kind_of(it, sync);
            let present = found.iter().filter(|it| !it.deleted);
            let side = |it| XpmSide::of_client(it, kind(it.business_structure.as_deref()));
            present.map(side).collect()
        }
        Some(client) => {
            let client = ask::client(ports, firm, client).await?;
            let at = client.iter().flat_map(|at| at.contacts.iter().map(move |it| (at, it)));
            let side = |(at, it)| XpmSide::of_contact(it, vec![employer(at, it, sync)]);
            at.map(side).collect()
        }
    };
    let mut new = Vec::new();
    for side in there {
        let same = name_key(&side.fields.name) == name_key(&create.name);
        if !same || create.before.contains(&side.uuid) {
            continue;
        }
        let known = matches::get(ports.store(), &firm.id, &side.uuid).await?;
        if known.as_ref().is_none_or(|it| !it.record.is_not(own)) {
            new.push((side, known));
        }
    }
    let now = ports.clock().now();
    match (new.pop(), new.is_empty()) {
        (Some((side, _)), true) => adopt_created(ports, firm, kept, create, side).await,
        (None, _) => {
            let miss = |it: &mut ContactRecord| it.look_at = it.push.missed(now);
            replace(ports, &firm.id, kept, miss).await?;
            Ok(())
        }
        (Some(last), false) => {
            let all = || new.iter().chain([&last]);
            // Each is put before a person, and only then the contact rests (KB-40).
            for (side, known) in all() {
                let (store, side) = (ports.store(), side.clone());
                let put = rejudge::one(store, firm, side, known.as_ref(), true, now).await?;
                if put.is_none() {
                    // Somebody was faster; the contact is still due.
                    return Ok(());
                }
            }
            let candidates: Vec<_> = all().map(|(it, _)| it.uuid.clone()).collect();
            replace(ports, &firm.id, kept, |it| {
                it.push.state = State::Ambiguous { candidates: candidates.clone() };
                it.look_at = None;
            })
            .await?;
            Ok(())
        }
    }
}

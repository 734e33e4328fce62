//! One request that changes XPM, from its intent to its ending (protocols P1 and P3).

use jiff::SignedDuration;

use super::ask::enter;
use super::confirm::{self, Confirmed, contact_changes, match_changes};
use super::state::{Call, Ending, State};
use crate::contacts::book::ContactRecord;
use crate::contacts::client::{Employer, kind_of};
use crate::contacts::fields::Field;
use crate::contacts::matches::{Match, XpmSide};
use crate::deadline::Deadline;
use crate::firm::Firm;
use crate::gate::{self, CALL, Pass};
use crate::ids::XpmUuid;
use crate::journal::{Actor, Event, Sort, Subject};
use crate::ports::{Clock, Committed, Directory, Down, Fault, Left, Ports, Reply, Store};
use crate::practice::{Client, ClientContact, ClientDraft, ContactDraft};
use crate::reason::Reason;
use crate::records::{self, Edit, Kept};
use crate::time::advance::Stop;
use crate::time::push::START;

/// What a request needs of the invocation beside its own time.
const ROOM: SignedDuration = SignedDuration::from_secs(5);

/// What is sent, and what is to be remembered with it.
pub(super) struct Errand<'a> {
    /// The contact as it was read.
    pub(super) kept: &'a Kept<ContactRecord>,
    /// The contact with what came over from XPM.
    pub(super) record: ContactRecord,
    /// Its match as it was read, and as it is now.
    pub(super) matched: Option<(&'a Kept<Match>, Match)>,
    /// The intent.
    pub(super) call: Call,
    /// What is sent.
    pub(super) request: Request,
    /// Which fields are in it.
    pub(super) sent: Vec<Field>,
    /// Whether there is more to send afterwards.
    pub(super) more: bool,
    /// What a person may want to know once it is done.
    pub(super) flag: Option<Reason>,
}

/// A request that changes XPM.
pub(super) enum Request {
    AddClient(ClientDraft),
    UpdateClient(XpmUuid, ClientDraft),
    AddContact(XpmUuid, ContactDraft),
    UpdateContact { client: XpmUuid, contact: XpmUuid, draft: ContactDraft },
    Link { client: XpmUuid, contact: XpmUuid, position: Option<String> },
}

enum Answer {
    Client(Box<Client>),
    Contact(ClientContact),
    Linked,
}

/// Sends it. The ending is written on whatever the contact has become meanwhile.
pub(super) async fn send<P: Ports>(
    ports: &P,
    firm: &Firm,
    deadline: Deadline,
    errand: Errand<'_>,
) -> Result<(), Stop> {
    let pass = enter(ports, firm).await?;
    let began = ports.clock().now();
    if !deadline.allows(began, CALL + ROOM) {
        give_back(ports, firm, pass).await?;
        return Err(Stop::NoTime);
    }
    let mut sending = errand.record.clone();
    sending.look_at = Some(sending.push.begin(errand.call.clone(), began));
    let mut changes =
        contact_changes(ports.store(), &firm.id, errand.kept, &sending, &Actor::Rule, began)
            .await?;
    if let Some((before, new)) = &errand.matched {
        changes.extend(match_changes(&firm.id, Some(before), new)?);
    }
    let answer = match ports.store().commit(changes).await? {
        // Checked again right before the bytes leave: a worker that was paused sends nothing.
        Committed::Done if ports.clock().now() < began + START => {
            let subject = Subject::new(Sort::Contact, &sending.contact.value.id);
            gate::asking(&firm.id, &subject, sending.push.attempts);
            request(ports, firm, pass, &errand.request).await?
        }
        Committed::Done => {
            give_back(ports, firm, pass).await?;
            Err(Ending::NotProcessed(Reason::XpmUnreachable))
        }
        Committed::Conflict => return Ok(give_back(ports, firm, pass).await?),
    };
    let now = ports.clock().now();
    let attempt = sending.push.attempts;
    match answer {
        Ok(answer) => {
            let Some(confirmed) = confirmed(firm, errand, sending, answer) else { return Ok(()) };
            Ok(confirm::done(ports, &firm.id, confirmed, now).await?)
        }
        Err(ending) => {
            let id = sending.contact.value.id.as_str();
            records::amend(ports.store(), &firm.id, id, |it: Option<ContactRecord>| match it {
                Some(mut it) if is_newest(&it, attempt) => {
                    it.look_at = it.push.end(ending.clone(), now);
                    Edit::Write(it, vec![], ())
                }
                Some(_) | None => Edit::Leave(()),
            })
            .await?;
            Ok(())
        }
    }
}

/// Whether the attempt is the newest, and under way.
pub(super) fn is_newest(it: &ContactRecord, attempt: u32) -> bool {
    it.push.attempts == attempt && matches!(it.push.state, State::Sending { .. })
}

/// What XPM's answer says.
fn confirmed(
    firm: &Firm,
    errand: Errand<'_>,
    sent: ContactRecord,
    answer: Answer,
) -> Option<Confirmed> {
    let before = errand.matched.as_ref().map(|(before, _)| before.record.xpm.fields.clone());
    let matched = errand.matched.map(|(_, new)| new);
    let at = |client: &XpmUuid, position: &Option<String>| Employer {
        client: client.clone(),
        position: position.clone().filter(|it| !it.trim().is_empty()),
        barrier: None,
    };
    let mut clients = matched.as_ref().map(|it| it.xpm.clients.clone()).unwrap_or_default();
    let side = match (answer, &errand.request) {
        (Answer::Client(it), _) => {
            let sync = &firm.settings.contact_sync;
            XpmSide::of_client(&it, kind_of(it.business_structure.as_deref(), sync))
        }
        (Answer::Contact(it), Request::AddContact(client, _)) => {
            XpmSide::of_contact(&it, vec![at(client, &it.position)])
        }
        (Answer::Contact(it), _) => XpmSide::of_contact(&it, clients),
        (Answer::Linked, request) => {
            if let Request::Link { client, position, .. } = request {
                clients.push(at(client, position));
                clients.sort_by(|a, b| a.client.cmp(&b.client));
            }
            // Only a matched contact is linked.
            XpmSide { clients, ..matched?.xpm }
        }
    };
    let event = match errand.request {
        Request::AddClient(_) => Event::ClientCreated,
        Request::UpdateClient(..) => Event::ClientUpdated,
        Request::AddContact(..) => Event::ClientContactCreated,
        Request::UpdateContact { .. } | Request::Link { .. } => Event::ClientContactUpdated,
    };
    let Errand { sent: fields, more, flag, .. } = errand;
    Some(Confirmed { sent, side, fields, event, before, more, flag })
}

async fn request<P: Ports>(
    ports: &P,
    firm: &Firm,
    pass: Pass,
    request: &Request,
) -> Result<Result<Answer, Ending>, Down> {
    let (xpm, access) = (ports.practice(), pass.access.clone());
    let whole = |it| Answer::Client(Box::new(it));
    let reply = match request {
        Request::AddClient(draft) => of(xpm.add_client(&access, draft).await, whole),
        Request::UpdateClient(uuid, draft) => {
            of(xpm.update_client(&access, uuid, draft).await, whole)
        }
        Request::AddContact(client, draft) => {
            of(xpm.add_contact(&access, client, draft).await, Answer::Contact)
        }
        Request::UpdateContact { client, contact, draft } => {
            let reply = xpm.update_contact(&access, client, contact, draft).await;
            of(reply, Answer::Contact)
        }
        Request::Link { client, contact, position } => {
            let reply = xpm.link_contact(&access, client, contact, position.as_deref()).await;
            of(reply, |()| Answer::Linked)
        }
    };
    Ok(gate::leave(ports, &firm.id, pass, reply).await?.map_err(|fault| match fault {
        Fault::Refused { words, .. } => Ending::Refused(words),
        Fault::Throttled { .. } => Ending::NotProcessed(Reason::OverLimit),
        Fault::Disconnected => Ending::NotProcessed(Reason::ReconnectRequired),
        Fault::NotProcessed(_) | Fault::Unauthorised => {
            Ending::NotProcessed(Reason::XpmUnreachable)
        }
        Fault::Uncertain(cause) => {
            tracing::warn!(firm.id = %firm.id, error = %cause, "XPM did not say whether it took the contact");
            Ending::Uncertain
        }
    }))
}

fn of<T>(reply: Reply<T>, answer: impl Fn(T) -> Answer) -> Reply<Answer> {
    Reply { outcome: reply.outcome.map(answer), left: reply.left }
}

async fn give_back<P: Ports>(ports: &P, firm: &Firm, pass: Pass) -> Result<(), Down> {
    let unused = Reply { outcome: Ok(()), left: Left::default() };
    let _ = gate::leave(ports, &firm.id, pass, unused).await?;
    Ok(())
}

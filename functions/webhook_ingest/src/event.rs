//! What a delivery announces: one record, new, changed or gone.

use contract::body::{Body, BodyError, Statement, read};
use contract::contacts::{kind_fixed, read_contact};
use contract::drafts::read_delivered;
use contract::entries::read_entry;
use contract::processes::read_process;
use contract::tasks::read_task;
use contract::users::read_user;
use domain::contacts::book;
use domain::contacts::contact::Contact;
use domain::desired::Stamp;
use domain::ids::{BadId, ContactId, DocumentSetId, EntryId, FirmId, TaskId};
use domain::invalid::Invalid;
use domain::jobs::desk::{self, Hand, Not};
use domain::jobs::draft::Action;
use domain::journal::Actor;
use domain::linking::process::{self, Process};
use domain::linking::task::{self, Task};
use domain::ports::{Lane, Lanes, Store};
use domain::time::entry::TimeEntry;
use domain::time::intake;
use domain::time::user::{self, User};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::Refusal;

/// One event, read and checked.
pub(crate) struct Event {
    /// What it speaks of, by the word that the log has for it.
    pub(crate) subject: String,
    said: Said,
    stamp: Stamp,
}

enum Said {
    Contact(Contact),
    NoContact(ContactId),
    Process(Process),
    Task(Task),
    NoTask(TaskId),
    User(User),
    Entry(TimeEntry),
    NoEntry(EntryId),
    Delivered(DocumentSetId, Action),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    r#type: String,
    timestamp: String,
    data: Value,
}

impl Event {
    /// Reads an event: an envelope around the body of the matching `PUT`.
    pub(crate) fn read(text: &[u8]) -> Result<Self, BodyError> {
        let Envelope { r#type: kind, timestamp, data } = read(text)?;
        let (id, body) = Body::of_data(data).map_err(within_data)?;
        let as_of = timestamp.parse::<Timestamp>().map_err(|_| {
            let detail = "an instant such as 2026-11-22T03:04:05Z is expected";
            Invalid::new("/timestamp", "invalid", detail)
        });
        match (as_of, said(&kind, &id, body)) {
            (Ok(as_of), Ok((said, version))) => {
                let sort = kind
                    .split('.')
                    .next()
                    .map(|it| if it == "documents" { "job_draft" } else { it });
                let subject = format!("{}/{id}", sort.unwrap_or_default());
                Ok(Self { subject, said, stamp: Stamp { version, as_of } })
            }
            (Err(wrong), Err(BodyError::Invalid(more))) => {
                Err(BodyError::Invalid([vec![wrong], more].concat()))
            }
            (Err(wrong), Ok(_)) => Err(BodyError::Invalid(vec![wrong])),
            (_, Err(error)) => Err(error),
        }
    }

    /// Stores it as the desired state; says which lane has work.
    pub(crate) async fn store(
        self,
        store: &(impl Store + Lanes),
        firm: &FirmId,
        now: Timestamp,
    ) -> Result<Lane, Refusal> {
        // A sender whose clock is ahead must not outrank what is said later.
        let stamp = Stamp { as_of: self.stamp.as_of.min(now), ..self.stamp };
        match self.said {
            Said::Contact(it) => {
                if book::put(store, firm, it, stamp).await?.kind_fixed {
                    return Err(within_data(kind_fixed()).into());
                }
                return Ok(Lane::ContactsOut);
            }
            Said::NoContact(id) => {
                book::delete(store, firm, &id, stamp).await?;
                return Ok(Lane::ContactsOut);
            }
            Said::Process(it) => {
                drop(process::put(store, firm, it, stamp, &Actor::App, now).await?)
            }
            Said::Task(it) => drop(task::put(store, firm, it, stamp, now).await?),
            Said::NoTask(id) => drop(task::delete(store, firm, &id, stamp).await?),
            Said::User(it) => drop(user::put(store, firm, it, stamp, now).await?),
            Said::Entry(it) => drop(intake::put(store, firm, it, stamp, now).await?),
            Said::NoEntry(id) => drop(intake::delete(store, firm, &id, stamp, now).await?),
            Said::Delivered(id, action) => {
                let hand = Hand { firm, actor: Actor::App, now };
                if let Err(not) = desk::deliver(store, &hand, &id, action, true).await? {
                    // It may come before its draft; one that was discarded stays so.
                    let code = if let Not::Now(reason) = &not { reason.code() } else { "no_draft" };
                    tracing::info!(firm.id = %firm, code, "a delivery commits no draft");
                }
                return Ok(Lane::Jobs);
            }
        }
        Ok(Lane::Time)
    }
}

fn said(kind: &str, id: &str, body: Body<'_>) -> Result<(Said, Option<u64>), BodyError> {
    fn both<T>(
        read: Result<Statement<T>, BodyError>,
        said: impl Fn(T) -> Said,
    ) -> Result<(Said, Option<u64>), BodyError> {
        let Statement { value, version } = read.map_err(within_data)?;
        Ok((said(value), version))
    }
    match kind {
        "contact.updated" => both(read_contact(id, body), Said::Contact),
        "process.updated" => both(read_process(id, body), Said::Process),
        "task.updated" => both(read_task(id, body), Said::Task),
        "user.updated" => both(read_user(id, body), Said::User),
        "time_entry.updated" => both(read_entry(id, body), Said::Entry),
        "documents.delivered" => delivered(id, body),
        "contact.deleted" => gone(ContactId::parse(id), &body, Said::NoContact),
        "task.deleted" => gone(TaskId::parse(id), &body, Said::NoTask),
        "time_entry.deleted" => gone(EntryId::parse(id), &body, Said::NoEntry),
        _ => {
            let unknown = Invalid::new("/type", "unknown", "this type of event is not known");
            Err(BodyError::Invalid(vec![unknown]))
        }
    }
}

/// That a document set went out.
fn delivered(id: &str, body: Body<'_>) -> Result<(Said, Option<u64>), BodyError> {
    let id = DocumentSetId::parse(id)
        .map_err(|error| Invalid::new("/data/id", "bad_id", error.to_string()));
    match (id, read_delivered(body).map_err(within_data)) {
        (Ok(id), Ok(action)) => Ok((Said::Delivered(id, action), None)),
        (Err(wrong), Err(BodyError::Invalid(more))) => {
            Err(BodyError::Invalid([vec![wrong], more].concat()))
        }
        (Err(wrong), Ok(_)) => Err(BodyError::Invalid(vec![wrong])),
        (_, Err(error)) => Err(error),
    }
}

/// A deletion; what else it repeats of the record does not matter.
fn gone<T>(
    id: Result<T, BadId>,
    body: &Body<'_>,
    said: impl Fn(T) -> Said,
) -> Result<(Said, Option<u64>), BodyError> {
    let id = id.map_err(|error| Invalid::new("/data/id", "bad_id", error.to_string()));
    match (id, version(body)) {
        (Ok(id), Ok(version)) => Ok((said(id), version)),
        (id, version) => {
            Err(BodyError::Invalid(id.err().into_iter().chain(version.err()).collect()))
        }
    }
}

fn version(body: &Body<'_>) -> Result<Option<u64>, Invalid> {
    /// What every program can count to exactly, as in the other events.
    const MOST: u64 = (1 << 53) - 1;
    let Body::Data(Value::Object(fields)) = body else { return Ok(None) };
    match fields.get("version") {
        None | Some(Value::Null) => Ok(None),
        Some(it) => it.as_u64().filter(|it| *it <= MOST).map(Some).ok_or_else(|| {
            let detail = format!("a whole number from 0 to {MOST}");
            Invalid::new("/data/version", "out_of_range", detail)
        }),
    }
}

/// The faults of a record, at their place in the envelope.
fn within_data(error: BodyError) -> BodyError {
    match error {
        BodyError::Malformed { pointer, detail } => {
            BodyError::Malformed { pointer: format!("/data{pointer}"), detail }
        }
        BodyError::Invalid(wrong) => BodyError::Invalid(
            wrong
                .into_iter()
                .map(|it| Invalid { pointer: format!("/data{}", it.pointer), ..it })
                .collect(),
        ),
    }
}

//! What a delivery announces: one record, new, changed or gone.

use contract::body::{Body, BodyError, Statement, read};
use contract::contacts::read_contact;
use contract::entries::read_entry;
use contract::processes::read_process;
use contract::tasks::read_task;
use contract::users::read_user;
use domain::contacts::book;
use domain::contacts::contact::Contact;
use domain::desired::Stamp;
use domain::ids::{ContactId, EntryId, FirmId, TaskId};
use domain::invalid::Invalid;
use domain::linking::process::{self, Process};
use domain::linking::task::{self, Task};
use domain::ports::{Down, Lane, Lanes, Store};
use domain::time::entry::{self, TimeEntry};
use domain::time::user::{self, User};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// One event, read and checked.
pub(crate) struct Event {
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
        let as_of: Timestamp = timestamp.parse().map_err(|_| {
            wrong("/timestamp", "invalid", "an instant such as 2026-11-22T03:04:05Z is expected")
        })?;
        let (id, body) = Body::of_data(data).map_err(within_data)?;
        let (said, version) = said(&kind, &id, body)?;
        Ok(Self { said, stamp: Stamp { version, as_of } })
    }

    /// Stores it as the desired state; says which lane has work.
    pub(crate) async fn store(
        self,
        store: &(impl Store + Lanes),
        firm: &FirmId,
        now: Timestamp,
    ) -> Result<Lane, Down> {
        let stamp = self.stamp;
        match self.said {
            Said::Contact(it) => drop(book::put(store, firm, it, stamp).await?),
            Said::NoContact(id) => drop(book::delete(store, firm, &id, stamp).await?),
            Said::Process(it) => drop(process::put(store, firm, it, stamp, now).await?),
            Said::Task(it) => drop(task::put(store, firm, it, stamp, now).await?),
            Said::NoTask(id) => drop(task::delete(store, firm, &id, stamp).await?),
            Said::User(it) => drop(user::put(store, firm, it, stamp, now).await?),
            Said::Entry(it) => drop(entry::put(store, firm, it, stamp, now).await?),
            Said::NoEntry(id) => drop(entry::delete(store, firm, &id, stamp, now).await?),
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
        "contact.deleted" => Ok((Said::NoContact(of(ContactId::parse(id))?), version(&body)?)),
        "task.deleted" => Ok((Said::NoTask(of(TaskId::parse(id))?), version(&body)?)),
        "time_entry.deleted" => Ok((Said::NoEntry(of(EntryId::parse(id))?), version(&body)?)),
        _ => Err(wrong("/type", "unknown", "this type of event is not known")),
    }
}

fn of<T>(id: Result<T, domain::ids::BadId>) -> Result<T, BodyError> {
    id.map_err(|error| wrong("/data/id", "invalid", &error.to_string()))
}

/// The version of a deletion; whatever else it repeats of the record does not matter.
fn version(body: &Body<'_>) -> Result<Option<u64>, BodyError> {
    let Body::Data(Value::Object(fields)) = body else { return Ok(None) };
    match fields.get("version") {
        None | Some(Value::Null) => Ok(None),
        Some(it) => match it.as_u64() {
            Some(version) => Ok(Some(version)),
            None => Err(wrong("/data/version", "invalid", "a non-negative integer is expected")),
        },
    }
}

fn wrong(pointer: &str, code: &'static str, detail: &str) -> BodyError {
    BodyError::Invalid(vec![Invalid::new(pointer, code, detail)])
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

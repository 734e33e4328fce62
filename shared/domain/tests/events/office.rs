//! A firm whose things change, each change with its entry in the journal.

use domain::deadline::Deadline;
use domain::events::feed::{self, Stretch};
use domain::events::work;
use domain::ids::FirmId;
use domain::journal::{self, Actor, Entry, Event, Sort, Subject};
use domain::ports::{Clock, Down, Kind, Lanes, Ports, Store};
use domain::records::{self, Edit, Record};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Something that changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Thing {
    pub(crate) id: String,
    pub(crate) n: u64,
}

impl Record for Thing {
    const KIND: Kind = Kind::Contact;

    fn id(&self) -> String {
        self.id.clone()
    }
}

pub(crate) fn firm() -> FirmId {
    FirmId::parse("demo").unwrap()
}

/// Changes a thing, and tells of it in the same commit, at a time of the writer's own clock.
pub(crate) async fn change(
    store: &(impl Store + Lanes),
    id: &str,
    at: Timestamp,
) -> Result<(), Down> {
    journal::open(store, &firm(), at).await?;
    records::amend_kept(store, &firm(), id, |it: Option<records::Kept<Thing>>| {
        let version = it.as_ref().map_or(1, |it| it.version + 1);
        let before = it.map(|it| it.record);
        let after = Thing { id: id.into(), n: before.as_ref().map_or(0, |it| it.n) + 1 };
        let entry = Entry::new(
            Subject::new(Sort::Contact, id),
            version,
            Event::ContactUpdated,
            Actor::Rule,
            at,
        )
        .between(before.as_ref(), Some(&after))?;
        Ok(Edit::Write(after, vec![entry.change(&firm())?], ()))
    })
    .await
}

/// Lets the publisher work, as long as Lambda would.
pub(crate) async fn publish<P: Ports>(ports: &P) -> Result<(), Down> {
    let at = ports.clock().now() + SignedDuration::from_secs(60);
    work::publish(ports, &firm(), Deadline { at }).await
}

/// Reads on from a number.
pub(crate) async fn follow(store: &impl Store, after: u64, limit: usize) -> Result<Stretch, Down> {
    let after = Some(after);
    let read = feed::read(store, &firm(), after, limit, Timestamp::UNIX_EPOCH, |_| true).await?;
    Ok(read.unwrap())
}

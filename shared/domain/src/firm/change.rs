//! Changing a firm's settings, which takes effect at once: the lanes look again at what depends on them,
//! page by page, so that no request reads through a firm (XB-20, KB-50).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::switch::JobsSwitch;
use super::{ContactSync, FIRM, Firm, Scope, Settings};
use crate::contacts::out;
use crate::ids::FirmId;
use crate::journal::{self, Actor, Entry, Event, Sort, Subject};
use crate::lanes::{Waiting, look_again};
use crate::linking::task::{LinkState, TaskRecord};
use crate::ports::{Change, Clock, Down, Due, Expect, Kind, Lane, Lanes, Ports, Range, Store};
use crate::records::{self, Edit, Kept, Record};
use crate::time::entry::EntryRecord;
use crate::time::push::State;

/// How many records are looked through at a time.
const PAGE: usize = 50;
/// So many contacts are set due at a time, for each may cost several calls: an edit that a person has
/// just made waits behind no more than these (KB-53).
const CONTACTS: usize = 10;

/// Records to be looked through because the settings changed; gone when all have been.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revisit {
    /// Which records.
    pub of: Revisited,
    /// The version that the change gave the firm's record: each change looks from the beginning.
    pub change: u64,
    /// The last one that was looked at.
    pub after: Option<String>,
    /// Since when this is due.
    pub since: Timestamp,
}

/// What is looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revisited {
    /// Tasks that were never linked.
    Tasks,
    /// Time that is held. What XPM has got stays as it is until it is edited.
    Entries,
    /// Contacts that may go to XPM now. Those that no longer go stay as they are there.
    Contacts,
}

impl Revisited {
    /// Who looks through them.
    fn lane(self) -> Lane {
        match self {
            Self::Tasks | Self::Entries => Lane::Time,
            Self::Contacts => Lane::ContactsOut,
        }
    }
}

impl Record for Revisit {
    const KIND: Kind = Kind::Revisit;

    fn id(&self) -> String {
        let of = match self.of {
            Revisited::Tasks => "tasks",
            Revisited::Entries => "entries",
            Revisited::Contacts => "contacts",
        };
        format!("{of}#{}", self.change)
    }

    fn due(&self) -> Option<Due> {
        Some(Due { lane: self.of.lane(), at: self.since })
    }
}

/// Replaces a firm's settings; says whether there is such a firm.
///
/// # Errors
/// The store does not answer.
pub async fn change(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    settings: &Settings,
    by: &Actor,
    now: Timestamp,
) -> Result<bool, Down> {
    store.mark(firm, Lane::Time, now).await?;
    store.mark(firm, Lane::ContactsOut, now).await?;
    journal::open(store, firm, now).await?;
    records::amend_kept(store, firm, FIRM, |kept: Option<Kept<Firm>>| {
        let version = kept.as_ref().map_or(1, |it| it.version + 1);
        let it = kept.map(|it| it.record);
        let Some(it) = it else { return Ok(Edit::Leave(false)) };
        if it.settings == *settings {
            return Ok(Edit::Leave(true));
        }
        let subject = Subject::new(Sort::Settings, FIRM);
        let entry = Entry::new(subject, version, Event::SettingsChanged, by.clone(), now)
            .between(Some(&it.settings), Some(settings))?;
        let mut changes = vec![entry.change(firm)?];
        if it.settings.jobs.enabled != settings.jobs.enabled {
            let switch = JobsSwitch { on: settings.jobs.enabled, by: by.clone(), at: now };
            changes.push(switch.change(firm)?);
        }
        for of in dependent(&it.settings, settings) {
            let revisit = Revisit { of, change: version, after: None, since: now };
            changes.push(records::put(firm, &revisit, None)?);
        }
        Ok(Edit::Write(Firm { settings: settings.clone(), ..it }, changes, true))
    })
    .await
}

/// What is decided otherwise under the new settings than under the old.
fn dependent(old: &Settings, new: &Settings) -> Vec<Revisited> {
    let days = old.time_zone != new.time_zone;
    let tasks = (days || old.auto_link != new.auto_link).then_some(Revisited::Tasks);
    let entries = (days || old.time != new.time).then_some(Revisited::Entries);
    let contacts = more_contacts(&old.contact_sync, &new.contact_sync);
    let contacts = contacts.then_some(Revisited::Contacts);
    tasks.into_iter().chain(entries).chain(contacts).collect()
}

/// Whether contacts may go to XPM that did not go before (KB-50, KB-04).
fn more_contacts(old: &ContactSync, new: &ContactSync) -> bool {
    let (before, after) = (&old.push_contact_types, &new.push_contact_types);
    let people = old.scope == Scope::ClientsOnly && new.scope == Scope::ClientsAndContacts;
    after.iter().any(|it| !before.contains(it)) || people && !after.is_empty()
}

/// Has the next page of records looked at; says whether there was any to look through.
pub(crate) async fn step<P: Ports>(ports: &P, firm: &FirmId, id: &str) -> Result<bool, Down> {
    let (store, now) = (ports.store(), ports.clock().now());
    let Some(Kept { record, version }) = records::get::<Revisit>(store, firm, id).await? else {
        return Ok(false);
    };
    let next = match record.of {
        Revisited::Tasks => {
            let never = |it: &TaskRecord| it.link.state == LinkState::Never && !it.task.deleted;
            page(store, firm, &record.after, never, now).await?
        }
        Revisited::Entries => {
            let held = |it: &EntryRecord| matches!(it.push.state, State::Held { .. });
            page(store, firm, &record.after, held, now).await?
        }
        Revisited::Contacts => out::revisit(store, firm, &record.after, CONTACTS, now).await?,
    };
    let change = match next {
        Some(after) => {
            let next = Revisit { after: Some(after), ..record };
            records::put(firm, &next, Some(version))?
        }
        None => Change::Delete(record.key(firm), Expect::Version(version)),
    };
    // Whoever was faster has done the same.
    let _ = store.commit(vec![change]).await?;
    Ok(true)
}

/// Has the chosen ones of a page looked at; says where the next page begins.
async fn page<R: Waiting>(
    store: &impl Store,
    firm: &FirmId,
    after: &Option<String>,
    chosen: impl Fn(&R) -> bool,
    now: Timestamp,
) -> Result<Option<String>, Down> {
    let range = Range { after: after.clone(), ..Range::of(firm, R::KIND, "", PAGE) };
    let (records, next) = records::page::<R>(store, &range).await?;
    for Kept { record, .. } in records.iter().filter(|it| chosen(&it.record)) {
        look_again::<R>(store, firm, &record.id(), now).await?;
    }
    Ok(next)
}

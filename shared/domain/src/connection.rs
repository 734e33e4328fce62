//! The connection of a firm to its XPM organisation.

pub mod authorise;
pub mod tenants;
pub mod tokens;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::firm::Firm;
use crate::ids::{FirmId, TenantId};
use crate::journal::{self, Actor, Entry, Event, Sort, Subject};
use crate::ports::{Connected, Down, Kind, Lanes, Store};
use crate::reason::Reason;
use crate::records::{self, Edit, Kept, Record};
use tokens::{TOKENS, Tokens};

/// The one connection of a firm.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// How it stands.
    pub state: State,
    /// The organisation that the firm's links belong to; stays when the firm disconnects.
    pub organisation: Option<Organisation>,
    /// What may be chosen, while the choice is open.
    pub choices: Vec<Organisation>,
    /// When the firm last connected.
    pub connected_at: Option<Timestamp>,
    /// When the first sync with this organisation ended.
    pub first_sync_at: Option<Timestamp>,
    /// Since when it has been another organisation than before. Links made earlier belong to the
    /// former one, where the same job number is another job (XB-05).
    #[serde(default)]
    pub changed_at: Option<Timestamp>,
}

/// An XPM organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Xero's id of it.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
}

/// How a connection stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Never connected, or disconnected by the firm.
    #[default]
    Disconnected,
    /// Consent was given for several organisations; one must be chosen.
    ChooseOrganisation,
    /// Connected.
    Connected,
    /// Xero does not accept the connection any more.
    ReconnectRequired,
}

/// A step that is missing before anything is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Connect XPM.
    Connect,
    /// Choose among several organisations.
    ChooseOrganisation,
    /// Set the region.
    SetRegion,
    /// Set the time zone.
    SetTimeZone,
    /// Wait for the first sync to end.
    FirstSync,
}

/// A firm that lacks nothing for its tasks to be linked and its time to be pushed.
#[derive(Clone, Debug)]
pub struct Ready<'a> {
    /// The firm.
    pub firm: &'a Firm,
    /// The zone in which its days begin.
    pub zone: TimeZone,
    /// See [`Connection::changed_at`].
    pub changed_at: Option<Timestamp>,
}

/// The id under which a firm's connection is kept.
pub const CONNECTION: &str = "xpm";

impl Record for Connection {
    const KIND: Kind = Kind::Connection;

    fn id(&self) -> String {
        CONNECTION.into()
    }
}

impl Connection {
    /// What is missing before anything is pushed (XB-04); nothing when the firm is ready.
    pub fn missing_steps(&self, firm: &Firm) -> Vec<Step> {
        let connect = match self.state {
            State::Disconnected | State::ReconnectRequired => Some(Step::Connect),
            State::ChooseOrganisation => Some(Step::ChooseOrganisation),
            State::Connected => None,
        };
        let region = firm.settings.served_region().is_none().then_some(Step::SetRegion);
        let zone = firm.settings.zone().is_none().then_some(Step::SetTimeZone);
        let sync = self.first_sync_at.is_none().then_some(Step::FirstSync);
        [connect, region, zone, sync].into_iter().flatten().collect()
    }

    /// The firm, if nothing stands against pushing.
    ///
    /// # Errors
    /// Why nothing can be pushed now.
    pub fn ready<'a>(&self, firm: &'a Firm) -> Result<Ready<'a>, Reason> {
        match self.state {
            State::Disconnected | State::ChooseOrganisation => Err(Reason::NotConnected),
            State::ReconnectRequired => Err(Reason::ReconnectRequired),
            State::Connected => match firm.settings.zone() {
                Some(zone) if self.missing_steps(firm).is_empty() => {
                    Ok(Ready { firm, zone, changed_at: self.changed_at })
                }
                Some(_) | None => Err(Reason::NotReady),
            },
        }
    }

    /// Why nothing can be pushed now, if so.
    pub fn obstacle(&self, firm: &Firm) -> Option<Reason> {
        self.ready(firm).err()
    }
}

/// Reads a firm's connection; one that never was is disconnected.
pub async fn read(store: &impl Store, firm: &FirmId) -> Result<Connection, Down> {
    let kept = records::get::<Connection>(store, firm, CONNECTION).await?;
    Ok(kept.map(|it| it.record).unwrap_or_default())
}

/// Notes that Xero does not accept the connection any more, unless the tokens that it refused were
/// replaced meanwhile: the firm may just have connected again.
pub async fn lose(
    store: &(impl Store + Lanes),
    firm: &FirmId,
    rotation: u64,
    now: Timestamp,
) -> Result<(), Down> {
    let tokens = records::get::<Tokens>(store, firm, TOKENS).await?;
    if tokens.is_some_and(|it| it.record.rotation != rotation) {
        return Ok(());
    }
    journal::open(store, firm, now).await?;
    records::amend_kept(store, firm, CONNECTION, |kept: Option<Kept<Connection>>| match kept {
        Some(kept) if kept.record.state == State::Connected => {
            let next = Connection { state: State::ReconnectRequired, ..kept.record.clone() };
            let told = told(Some(&kept), &next, Event::ReconnectRequired, Actor::Rule, now)?;
            let told = told.because(Some(Reason::ReconnectRequired)).change(firm)?;
            Ok(Edit::Write(next, vec![told], ()))
        }
        Some(_) | None => Ok(Edit::Leave(())),
    })
    .await
}

/// What is told of a change of the connection: its state and its organisations.
fn told(
    before: Option<&Kept<Connection>>,
    after: &Connection,
    event: Event,
    actor: Actor,
    now: Timestamp,
) -> Result<Entry, Down> {
    #[derive(Serialize)]
    struct Told<'a> {
        state: State,
        organisation: &'a Option<Organisation>,
        choices: &'a [Organisation],
    }

    fn of(it: &Connection) -> Told<'_> {
        Told { state: it.state, organisation: &it.organisation, choices: &it.choices }
    }

    let version = before.map_or(1, |it| it.version + 1);
    let subject = Subject::new(Sort::Connection, CONNECTION);
    let before = before.map(|it| of(&it.record));
    Entry::new(subject, version, event, actor, now).between(before.as_ref(), Some(&of(after)))
}

/// Notes that a sync with the organisation has ended, the first one for good, and says whether it was
/// the first; and that the organisation leads to the firm, which was not noted of those that connected
/// long ago.
pub async fn synced(store: &impl Store, firm: &FirmId, at: Timestamp) -> Result<bool, Down> {
    let (first, organisation) =
        records::amend(store, firm, CONNECTION, |it: Option<Connection>| match it {
            Some(it) if it.first_sync_at.is_none() => {
                let organisation = it.organisation.clone();
                let now = Connection { first_sync_at: Some(at), ..it };
                Edit::Write(now, vec![], (true, organisation))
            }
            it => Edit::Leave((false, it.and_then(|it| it.organisation))),
        })
        .await?;
    if let Some(it) = organisation {
        tenants::ensure(store, firm, &it).await?;
    }
    Ok(first)
}

impl From<Connected> for Organisation {
    fn from(it: Connected) -> Self {
        Self { tenant: it.tenant, name: it.name }
    }
}

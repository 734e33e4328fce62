//! A connected firm on the twins, with what the tests do to it.

use domain::connection::{Connection, Organisation, State, tokens};
use domain::contacts::book::{self, ContactRecord};
use domain::contacts::contact::Contact;
use domain::contacts::matches::{self, Match, MatchState};
use domain::contacts::out::match_keys;
use domain::contacts::sync::{self, Mode, SyncRun, work};
use domain::deadline::Deadline;
use domain::desired::Stamp;
use domain::firm::{Firm, Settings};
use domain::ids::{ContactId, FirmId, TenantId, XpmUuid};
use domain::ports::{Change, Clock, Down, Expect, Key, Kind, Lane, Lanes, Store};
use domain::practice::Client;
use domain::reason::Reason;
use domain::records::{self, Kept};
use jiff::{SignedDuration, Timestamp};
use memory::MemoryPorts;
use memory::practice::Method;
use serde_json::{Value, json};

/// A firm and the outside.
pub(crate) struct Desk {
    pub(crate) ports: MemoryPorts,
    pub(crate) firm: FirmId,
}

impl Desk {
    /// Connected, never synchronised; XPM holds nobody.
    pub(crate) async fn new() -> Self {
        let desk = Self { ports: MemoryPorts::default(), firm: FirmId::parse("demo").unwrap() };
        let (id, name) = (desk.firm.clone(), "Demo".to_owned());
        let firm = Firm { id, name, settings: Settings::default(), webhook_secrets: vec![] };
        let organisation = Organisation { tenant: tenant(), name: "Demo".into() };
        let connection = Connection {
            state: State::Connected,
            organisation: Some(organisation),
            ..Connection::default()
        };
        let firm = records::put(&desk.firm, &firm, None).unwrap();
        let connection = records::put(&desk.firm, &connection, None).unwrap();
        let _ = desk.ports.store.commit(vec![firm, connection]).await.unwrap();
        desk.ports.identity.connect("ann", &tenant(), "Demo");
        let grant = desk.ports.identity.grant("ann");
        tokens::keep(&desk.ports, &desk.firm, &grant).await.unwrap();
        desk.ports.practice.check_tokens(&desk.ports.identity);
        // An organisation that was never filled is not connected, so someone stays whom no sync takes.
        desk.client(json!({"uuid": "dead", "name": "Gone", "deleted": true}));
        desk
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    pub(crate) fn pass(&self, minutes: i64) {
        self.ports.clock.advance(SignedDuration::from_mins(minutes));
    }

    /// Somebody adds or changes a client in XPM.
    pub(crate) fn client(&self, client: Value) {
        let client: Client = serde_json::from_value(client).unwrap();
        self.ports.practice.put_client(&tenant(), client);
    }

    /// The practice app states a contact.
    pub(crate) async fn contact(&self, contact: Value) {
        let contact: Contact = serde_json::from_value(contact).unwrap();
        assert_eq!(contact.check(), []);
        let stamp = Stamp { version: None, as_of: self.now() };
        book::put(&self.ports.store, &self.firm, contact, stamp).await.unwrap();
    }

    pub(crate) async fn settings(&self, change: impl FnOnce(&mut Settings)) {
        let kept = records::get::<Firm>(&self.ports.store, &self.firm, "firm").await.unwrap();
        let mut kept = kept.unwrap();
        change(&mut kept.record.settings);
        let change = records::put(&self.firm, &kept.record, Some(kept.version)).unwrap();
        let _ = self.ports.store.commit(vec![change]).await.unwrap();
    }

    pub(crate) async fn connection(&self, state: State) {
        let kept = records::get::<Connection>(&self.ports.store, &self.firm, "xpm").await.unwrap();
        let mut kept = kept.unwrap();
        kept.record.state = state;
        let change = records::put(&self.firm, &kept.record, Some(kept.version)).unwrap();
        let _ = self.ports.store.commit(vec![change]).await.unwrap();
    }

    /// A person takes a match away.
    pub(crate) async fn remove(&self, id: &str) {
        let kept = matches::get(&self.ports.store, &self.firm, &uuid(id)).await.unwrap().unwrap();
        let removed = Match { state: MatchState::Removed, ..kept.record.clone() };
        let mut changes = match_keys::rekey(&self.firm, Some(&kept.record), Some(&removed));
        changes.push(records::put(&self.firm, &removed, Some(kept.version)).unwrap());
        if let Some(contact) = &removed.contact {
            let key = Key::new(&self.firm, Kind::ContactMatch, contact.as_str());
            changes.push(Change::Delete(key, Expect::Any));
        }
        let _ = self.ports.store.commit(changes).await.unwrap();
    }

    pub(crate) async fn request(&self) -> SyncRun {
        sync::request(&self.ports, &self.firm, Mode::Apply, self.now()).await.unwrap()
    }

    /// One invocation with a minute left.
    pub(crate) async fn try_work(&self) -> Result<(), Down> {
        let deadline = Deadline { at: self.now() + SignedDuration::from_secs(60) };
        work(&self.ports, &self.firm, deadline).await
    }

    pub(crate) async fn work(&self) {
        self.try_work().await.unwrap();
    }

    /// Sync Now, and the worker that is woken by it; long enough after everything before for that to
    /// be outside the next one's overlap.
    pub(crate) async fn sync(&self) -> SyncRun {
        self.pass(6);
        let run = self.request().await;
        self.work().await;
        self.run(&run).await
    }

    pub(crate) async fn run(&self, run: &SyncRun) -> SyncRun {
        sync::get(&self.ports.store, &self.firm, &run.id).await.unwrap().unwrap()
    }

    pub(crate) async fn runs(&self) -> Vec<SyncRun> {
        let page = sync::list(&self.ports.store, &self.firm, None, 200).await.unwrap();
        page.0.into_iter().map(|it| it.record).collect()
    }

    pub(crate) async fn matched(&self, uuid: &str) -> Match {
        self.try_matched(uuid).await.unwrap()
    }

    pub(crate) async fn try_matched(&self, id: &str) -> Option<Match> {
        let kept = matches::get(&self.ports.store, &self.firm, &uuid(id)).await.unwrap();
        kept.map(|it| it.record)
    }

    pub(crate) async fn state(&self, uuid: &str) -> (MatchState, Option<Reason>) {
        let it = self.matched(uuid).await;
        (it.state, it.reason)
    }

    pub(crate) async fn book(&self, id: &str) -> ContactRecord {
        let id = ContactId::parse(id).unwrap();
        book::get(&self.ports.store, &self.firm, &id).await.unwrap().unwrap()
    }

    /// Ids of the contacts that there are.
    pub(crate) async fn contacts(&self) -> Vec<String> {
        let page = book::list(&self.ports.store, &self.firm, None, 200).await.unwrap().0;
        page.into_iter().map(|Kept { record, .. }| record.contact.value.id.to_string()).collect()
    }

    /// All contacts, look-up keys and matches, as stored.
    pub(crate) fn kept(&self) -> Vec<(String, u64, Value)> {
        let kinds = [Kind::Contact, Kind::ContactKey, Kind::Match, Kind::ContactMatch];
        let items = self.ports.store.items().into_iter();
        let items = items.filter(|it| kinds.contains(&it.key.kind));
        items.map(|it| (it.key.id, it.version, it.body)).collect()
    }

    /// How many items of a kind there are.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        self.ports.store.items().iter().filter(|it| it.key.kind == kind).count()
    }

    /// How often XPM was asked for its clients.
    pub(crate) fn lists(&self) -> usize {
        let calls = self.ports.practice.calls();
        calls.iter().filter(|it| it.method == Method::Clients).count()
    }

    pub(crate) async fn due(&self) -> Option<Timestamp> {
        self.ports.store.look(&self.firm, Lane::Contacts).await.unwrap().due_at
    }
}

/// A company with an e-mail address.
pub(crate) fn company(uuid: &str, name: &str, email: &str) -> Value {
    json!({"uuid": uuid, "name": name, "email": email, "business_structure": "Company"})
}

/// An organisation of the practice app with an e-mail address.
pub(crate) fn organisation(id: &str, name: &str, email: &str) -> Value {
    json!({"id": id, "kind": "organisation", "name": name, "emails": [email]})
}

/// Puts more fields into a JSON object.
pub(crate) fn with(mut it: Value, more: Value) -> Value {
    it.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    it
}

pub(crate) fn tenant() -> TenantId {
    TenantId::parse("tenant-1").unwrap()
}

pub(crate) fn uuid(text: &str) -> XpmUuid {
    XpmUuid::parse(text).unwrap()
}

/// The skipped ones of a run, by the word of the reason.
pub(crate) fn skipped(run: &SyncRun) -> Vec<(&'static str, u64)> {
    run.skipped.iter().map(|(reason, count)| (reason.code(), *count)).collect()
}

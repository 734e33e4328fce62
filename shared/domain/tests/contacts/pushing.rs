//! What the tests do to a desk whose contacts go to XPM.

use domain::connection::Connection;
use domain::contacts::contact::Contact;
use domain::contacts::out;
use domain::contacts::out::state::State;
use domain::deadline::Deadline;
use domain::desired::Stamp;
use domain::ids::ContactId;
use domain::ports::Store;
use domain::practice::{Client, ClientContact};
use domain::records;
use jiff::SignedDuration;
use memory::practice::{Done, Method};
use serde_json::{Value, json};

use crate::desk::{Desk, organisation, tenant, with};

impl Desk {
    /// Connected, synchronised once, and with `Client` and `Supplier` as the types that go to XPM.
    pub(crate) async fn pushing() -> Self {
        let desk = Self::new().await;
        desk.settings(|it| {
            it.region = Some("AU".into());
            it.time_zone = Some("Australia/Sydney".into());
            it.contact_sync.push_contact_types = vec!["Client".into(), "Supplier".into()];
        })
        .await;
        let kept = records::get::<Connection>(&desk.ports.store, &desk.firm, "xpm").await.unwrap();
        let mut kept = kept.unwrap();
        kept.record.first_sync_at = Some(desk.now());
        let change = records::put(&desk.firm, &kept.record, Some(kept.version)).unwrap();
        let _ = desk.ports.store.commit(vec![change]).await.unwrap();
        desk
    }

    /// One invocation with five minutes left.
    pub(crate) async fn push(&self) {
        let deadline = Deadline { at: self.now() + SignedDuration::from_mins(5) };
        out::work(&self.ports, &self.firm, deadline).await.unwrap();
    }

    /// The practice app states a contact, and the worker that is woken by it works.
    pub(crate) async fn pushed(&self, contact: Value) {
        self.ports.clock.advance(SignedDuration::from_secs(1));
        self.contact(contact).await;
        self.push().await;
    }

    /// The practice app says that a contact is gone.
    pub(crate) async fn gone(&self, id: &str) {
        let stamp = Stamp { version: None, as_of: self.now() };
        let id = ContactId::parse(id).unwrap();
        domain::contacts::book::delete(&self.ports.store, &self.firm, &id, stamp).await.unwrap();
    }

    /// XPM's clients that are not deleted.
    pub(crate) fn there(&self) -> Vec<Client> {
        let all = self.ports.practice.clients_now(&tenant());
        all.into_iter().filter(|it| !it.deleted).collect()
    }

    /// The only client.
    pub(crate) fn only(&self) -> Client {
        let [it] = <[Client; 1]>::try_from(self.there()).unwrap();
        it
    }

    /// The only contact of the only client.
    pub(crate) fn only_person(&self) -> ClientContact {
        let [it] = <[ClientContact; 1]>::try_from(self.only().contacts).unwrap();
        it
    }

    /// Somebody changes a client in XPM.
    pub(crate) fn edit(&self, client: &Client, change: impl FnOnce(&mut Client)) {
        let mut client = client.clone();
        change(&mut client);
        self.ports.practice.put_client(&tenant(), client);
    }

    /// How a contact stands, in short.
    pub(crate) async fn standing(&self, id: &str) -> Value {
        let state = serde_json::to_value(self.book(id).await.push.state).unwrap();
        match state.get("reason").or(state.get("flag")) {
            Some(Value::String(reason)) => json!([state["at"], reason]),
            Some(_) | None => state["at"].clone(),
        }
    }

    pub(crate) async fn push_state(&self, id: &str) -> State {
        self.book(id).await.push.state
    }

    /// What calls changed in XPM, in short.
    pub(crate) fn done(&self) -> Vec<&'static str> {
        let word = |it: &Done| match it {
            Done::ClientAdded(_) => "client added",
            Done::ClientUpdated(_) => "client updated",
            Done::ContactAdded { .. } => "contact added",
            Done::ContactUpdated { .. } => "contact updated",
            Done::ContactLinked { .. } => "contact linked",
            Done::TimeAdded(_) | Done::TimeUpdated(_) | Done::TimeDeleted(_) => "time",
            Done::JobAdded(_)
            | Done::JobChanged(_)
            | Done::JobDeleted(_)
            | Done::CostAdded(..)
            | Done::CostUpdated(_) => "job",
        };
        self.ports.practice.effects().iter().map(|it| word(&it.done)).collect()
    }

    /// The methods of XPM that were called from the `n`th call on.
    pub(crate) fn calls_from(&self, n: usize) -> Vec<Method> {
        self.ports.practice.calls().iter().skip(n).map(|it| it.method).collect()
    }
}

/// A client of the practice app, of a type that goes to XPM.
pub(crate) fn acme() -> Value {
    with(organisation("o-1", "Acme", "a@acme.example"), json!({"contact_type": "Client"}))
}

/// A person who works there.
pub(crate) fn ann() -> Value {
    json!({"id": "p-1", "kind": "person", "name": "Ann Lee", "first_name": "Ann", "last_name": "Lee",
        "emails": ["ann@lee.example"], "organisations": [{"id": "o-1", "position": "CEO"}]})
}

pub(crate) fn contact(it: Value) -> Contact {
    serde_json::from_value(it).unwrap()
}

//! What follows a match: what the practice app says and XPM does not goes there once (KB-50, KB-60).

use domain::contacts::matches;
use domain::contacts::review::{self, Decision, Refused};
use domain::firm::{Firm, Policy};
use domain::ids::ContactId;
use domain::journal::Actor;
use domain::ports::{Lane, Lanes, Store};
use domain::records::{self, Kept};
use serde_json::json;

use crate::desk::{Desk, company, uuid, with};
use crate::pushing::{acme, ann};

/// Acme waits for a person, because XPM has it with another e-mail address; it has a phone that XPM lacks.
async fn waiting() -> Desk {
    let desk = Desk::pushing().await;
    desk.client(company("a1", "Acme", "old@acme.example"));
    let phone = json!({"phones": [{"label": "Work", "number": "5550 1"}]});
    desk.pushed(with(acme(), phone)).await;
    assert_eq!(desk.standing("o-1").await, json!(["held", "partial"]));
    desk
}

/// Nothing is written any more, and nobody is asked.
async fn at_rest(desk: &Desk) {
    let (kept, done) = (desk.kept(), desk.done());
    let calls = desk.ports.practice.calls().len();
    desk.pass(10);
    desk.push().await;
    assert_eq!(desk.calls_from(calls), []);
    desk.sync().await;
    desk.push().await;
    assert_eq!((desk.kept(), desk.done()), (kept, done));
    assert_eq!(desk.ports.store.look(&desk.firm, Lane::ContactsOut).await.unwrap().due_at, None);
}

#[tokio::test]
async fn kb_50_kb_60_g18_what_xpm_lacks_goes_there_once_when_a_sync_has_made_the_match() {
    let desk = waiting().await;
    desk.edit(&desk.only(), |it| it.email = Some("a@acme.example".into()));
    desk.sync().await;
    assert_eq!(desk.done(), Vec::<&str>::new());
    desk.push().await;
    assert_eq!(desk.only().phone.as_deref(), Some("5550 1"));
    assert_eq!(desk.done(), ["client updated"]);
    assert_eq!(desk.standing("o-1").await, "settled");
    at_rest(&desk).await;
}

#[tokio::test]
async fn kb_50_kb_60_what_xpm_lacks_goes_there_once_when_a_person_has_made_the_match() {
    let desk = Desk::pushing().await;
    desk.settings(|it| it.contact_sync.push_contact_types.clear()).await;
    desk.client(company("a1", "Acme", "old@acme.example"));
    desk.pushed(with(acme(), json!({"phones": [{"label": "Work", "number": "5550 1"}]}))).await;
    desk.sync().await;
    desk.settings(|it| it.contact_sync.push_contact_types = vec!["Client".into()]).await;
    desk.confirm("a1", "o-1").await;
    desk.push().await;
    assert_eq!(desk.only().phone.as_deref(), Some("5550 1"));
    assert_eq!(desk.done(), ["client updated"]);
    at_rest(&desk).await;
}

#[tokio::test]
async fn kb_64_what_both_say_otherwise_goes_by_the_policy_when_they_meet() {
    for (policy, expected) in [(Policy::Xpm, "9 X St"), (Policy::App, "1 A St"), (Policy::Ask, "")]
    {
        let desk = Desk::pushing().await;
        desk.settings(|it| it.contact_sync.conflict.physical_address = policy).await;
        let there = json!({"physical": {"lines": ["9 X St"]}});
        desk.client(with(company("a1", "Acme", "old@acme.example"), there));
        let here = json!({"addresses": [{"label": "physical", "lines": ["1 A St"]}]});
        desk.pushed(with(acme(), here)).await;
        desk.edit(&desk.only(), |it| it.email = Some("a@acme.example".into()));
        desk.sync().await;
        desk.push().await;
        let there = desk.only().physical.unwrap().lines[0].clone();
        let here = desk.book("o-1").await.contact.value.addresses[0].lines[0].clone();
        let both = if policy == Policy::Ask { ("9 X St", "1 A St") } else { (expected, expected) };
        assert_eq!((there.as_str(), here.as_str()), both, "{policy:?}");
        let sent = if policy == Policy::App { vec!["client updated"] } else { vec![] };
        assert_eq!(desk.done(), sent, "{policy:?}");
        at_rest(&desk).await;
    }
}

#[tokio::test]
async fn kb_29_a_match_without_a_difference_costs_no_call() {
    let desk = Desk::pushing().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.contact(acme()).await;
    desk.sync().await;
    let calls = desk.ports.practice.calls().len();
    desk.push().await;
    assert_eq!(desk.calls_from(calls), []);
    assert_eq!(desk.standing("o-1").await, "settled");
    at_rest(&desk).await;
}

#[tokio::test]
async fn kb_51_the_people_of_a_matched_organisation_follow_it() {
    let desk = waiting().await;
    desk.pushed(ann()).await;
    assert_eq!(desk.standing("p-1").await, json!(["held", "organisation_not_in_xpm"]));
    desk.edit(&desk.only(), |it| it.email = Some("a@acme.example".into()));
    desk.sync().await;
    desk.push().await;
    assert_eq!(desk.only_person().name, "Ann Lee");
}

/// A store of the version before knows matches whose values nobody has sent.
#[tokio::test]
async fn kb_60_what_an_earlier_match_left_unsent_goes_when_the_client_is_read_again() {
    let desk = Desk::pushing().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.contact(with(acme(), json!({"phones": [{"label": "Work", "number": "5550 1"}]}))).await;
    desk.sync().await;
    let id = ContactId::parse("o-1").unwrap();
    let kept = records::get(&desk.ports.store, &desk.firm, id.as_str()).await.unwrap();
    let mut kept: Kept<domain::contacts::book::ContactRecord> = kept.unwrap();
    kept.record.look_at = None;
    let change = records::put(&desk.firm, &kept.record, Some(kept.version)).unwrap();
    let _ = desk.ports.store.commit(vec![change]).await.unwrap();
    desk.push().await;
    assert_eq!(desk.done(), Vec::<&str>::new());
    desk.pass(8 * 24 * 60);
    desk.sync().await;
    desk.push().await;
    assert_eq!(desk.only().phone.as_deref(), Some("5550 1"));
    at_rest(&desk).await;
}

impl Desk {
    /// A person confirms a match.
    pub(crate) async fn confirm(&self, xpm: &str, contact: &str) {
        let decision = Decision::Confirm(ContactId::parse(contact).unwrap());
        let told = self.decided(xpm, decision).await;
        assert!(told.is_ok(), "{:?}", told.err());
    }

    /// A person confirms a match; the contact may be another's by now.
    pub(crate) async fn confirm_unless_taken(&self, xpm: &str, contact: &str) {
        let decision = Decision::Confirm(ContactId::parse(contact).unwrap());
        let told = self.decided(xpm, decision).await;
        assert!(matches!(told, Ok(()) | Err(Refused::MatchedElsewhere)), "{told:?}");
    }

    /// A person says that it is none of those offered.
    pub(crate) async fn create(&self, xpm: &str) {
        let told = self.decided(xpm, Decision::Create).await;
        assert!(told.is_ok(), "{:?}", told.err());
    }

    async fn decided(&self, xpm: &str, decision: Decision) -> Result<(), Refused> {
        let kept = records::get(&self.ports.store, &self.firm, "firm").await.unwrap();
        let firm: Kept<Firm> = kept.unwrap();
        let actor = Actor::App;
        let (store, firm, now) = (&self.ports.store, &firm.record, self.now());
        let desk = review::Desk { store, firm, actor: &actor, now };
        let id = uuid(xpm);
        let version = matches::get(&self.ports.store, &self.firm, &id).await.unwrap().unwrap();
        let told = review::decide(&desk, &id, &decision, version.version).await.unwrap();
        told.map(drop)
    }
}

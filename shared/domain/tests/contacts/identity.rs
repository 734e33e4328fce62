//! Records that change who they are in XPM, and organisations that come and go.

use domain::connection::{Connection, Organisation};
use domain::contacts::matches::{MatchState, Origin, dead};
use domain::contacts::review::{Decision, Refused};
use domain::contacts::sync::{Followed, Obstacle, RunState};
use domain::ids::{ContactId, TenantId};
use domain::ports::{Kind, Lane, Lanes, Store};
use domain::practice::Client;
use domain::reason::Reason;
use domain::records;
use serde_json::{Value, json};

use crate::desk::{Desk, company, organisation, skipped, tenant, uuid, with};

const WEEK: i64 = 8 * 24 * 60;

/// Archived, deleted, or a prospect again: in the same list as the record that took its place, in
/// whatever order.
#[tokio::test]
async fn by_13_a_client_made_anew_is_offered_the_contact_of_the_one_that_is_gone() {
    for (gone, reason) in [
        (json!({"archived": true}), Reason::Archived),
        (json!({"deleted": true}), Reason::Deleted),
        (json!({"prospect": true}), Reason::Prospect),
    ] {
        for new in ["a0", "b1"] {
            let desk = Desk::new().await;
            desk.client(company("a1", "Acme", "a@acme.example"));
            desk.sync().await;
            desk.pass(60);
            desk.client(with(company("a1", "Acme", "a@acme.example"), gone.clone()));
            desk.client(company(new, "Acme", "a@acme.example"));
            let run = desk.sync().await;
            assert_eq!((run.counts.partial, run.counts.created), (1, 0), "{reason:?}");
            assert_eq!(desk.state("a1").await, (MatchState::Matched, Some(reason)));
            assert!(dead(&desk.matched("a1").await));
            proposed(&desk, new, "xpm-a1").await;
            assert_eq!(desk.contacts().await, ["xpm-a1"]);
        }
    }
}

#[tokio::test]
async fn kb_65_confirming_a_relink_moves_the_match_and_the_old_record_stays_apart() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    desk.pass(60);
    desk.client(with(company("a1", "Acme", "a@acme.example"), json!({"archived": true})));
    desk.client(with(company("a2", "Acme", "a@acme.example"), json!({"phone": "02 5550 1"})));
    desk.sync().await;
    let contact = ContactId::parse("xpm-a1").unwrap();
    // It is offered although it is matched, and moves in one stroke.
    let shown = desk.shown("a2").await;
    assert_eq!(shown.record.candidates[0].contact_id, contact);
    let done = desk.decide("a2", Decision::Confirm(contact), shown.version).await.unwrap();
    assert_eq!(done.record.origin, Some(Origin::Manual));
    assert_eq!(desk.client_of("xpm-a1").await, Some("a2".into()));
    assert_eq!(desk.state("a1").await, (MatchState::Removed, Some(Reason::Relinked)));
    assert_eq!(desk.value("xpm-a1").await.phones[0].number, "02 5550 1");
    // Restoring the old record brings nothing over and nobody back.
    desk.pass(60);
    desk.client(company("a1", "Acme, restored", "a@acme.example"));
    desk.sync().await;
    assert_eq!(desk.state("a1").await, (MatchState::Removed, Some(Reason::Relinked)));
    assert_eq!(desk.contacts().await, ["xpm-a1"]);
    assert_eq!(desk.value("xpm-a1").await.name, "Acme");
}

/// While both records are alive, a contact belongs to one.
#[tokio::test]
async fn kb_26_a_match_that_is_alive_again_is_not_moved() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    desk.pass(60);
    desk.client(with(company("a1", "Acme", "a@acme.example"), json!({"archived": true})));
    desk.client(company("a2", "Acme", "a@acme.example"));
    desk.sync().await;
    let shown = desk.shown("a2").await;
    desk.pass(60);
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    let confirm = Decision::Confirm(ContactId::parse("xpm-a1").unwrap());
    let version = desk.shown("a2").await.version;
    assert_eq!(version, shown.version);
    assert_eq!(desk.decide("a2", confirm, version).await, Err(Refused::MatchedElsewhere));
    assert_eq!(desk.client_of("xpm-a1").await, Some("a1".into()));
}

/// Deleted and made anew, or merged into another: XPM no longer lists it.
#[tokio::test]
async fn kb_66_what_xpm_no_longer_lists_is_flagged_kept_and_a_relink_is_proposed() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-2", "Beta", "other@beta.example")).await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.client(company("b1", "Beta", "b@beta.example"));
    desk.client(company("c0", "Gamma", "c@gamma.example"));
    desk.sync().await;
    assert_eq!(desk.state("b1").await.0, MatchState::Partial);
    desk.forget("a1");
    desk.forget("b1");
    desk.client(company("a9", "Acme", "a@acme.example"));
    desk.pass(WEEK);
    let run = desk.sync().await;
    assert_eq!(run.counts.read, 3);
    assert_eq!((run.counts.partial, run.counts.created, run.counts.unchanged), (1, 0, 1));
    assert_eq!(desk.state("a1").await, (MatchState::Matched, Some(Reason::Vanished)));
    assert_eq!(desk.state("b1").await, (MatchState::Unmatched, Some(Reason::Vanished)));
    assert_eq!(desk.state("c0").await, (MatchState::Matched, None));
    assert_eq!(desk.value("xpm-a1").await.name, "Acme");
    proposed(&desk, "a9", "xpm-a1").await;
    let listed = desk.changes(&run).await.into_iter();
    let listed: Vec<_> = listed.map(|it| (it.uuid.to_string(), it.reason)).collect();
    let vanished = |id: &str| (id.to_owned(), Some(Reason::Vanished));
    assert_eq!(
        listed,
        [vanished("a1"), ("a9".to_owned(), Some(Reason::RelinkProposed)), vanished("b1"),]
    );

    // Nothing is flagged twice; a record that is listed again goes on.
    let before = desk.kept();
    desk.pass(WEEK);
    desk.sync().await;
    assert_eq!(desk.kept(), before);
    desk.client(company("a1", "Acme Ltd", "a@acme.example"));
    desk.sync().await;
    assert_eq!(desk.state("a1").await, (MatchState::Matched, None));
    assert_eq!(desk.value("xpm-a1").await.name, "Acme Ltd");
}

/// What only changed clients are read for says nothing of the others.
#[tokio::test]
async fn kb_66_a_list_of_changes_flags_nobody() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    desk.forget("a1");
    desk.pass(60);
    assert_eq!(desk.sync().await.counts.read, 0);
    assert_eq!(desk.state("a1").await, (MatchState::Matched, None));
}

#[tokio::test]
async fn by_13_a_plan_proposes_the_same_as_a_sync() {
    let desk = Desk::new().await;
    desk.client(company("b1", "Acme", "a@acme.example"));
    desk.client(company("c0", "Gamma", "c@gamma.example"));
    desk.sync().await;
    desk.forget("c0");
    desk.client(with(company("b1", "Acme", "a@acme.example"), json!({"archived": true})));
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.client(company("a2", "Gamma", "c@gamma.example"));
    desk.pass(WEEK);
    let plan = desk.plan().await;
    assert_eq!((plan.counts.partial, plan.counts.created), (2, 0));
    let run = desk.apply(&plan).await;
    assert_eq!((run.state, run.counts), (RunState::Done, plan.counts));
    proposed(&desk, "a1", "xpm-b1").await;
    proposed(&desk, "a2", "xpm-c0").await;
}

/// A contact that is free and equal is as likely as one whose own record is gone: a person decides.
#[tokio::test]
async fn by_13_a_free_equal_beside_the_gone_one_is_ambiguous() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    desk.contact(organisation("o-1", "Acme", "a@acme.example")).await;
    desk.client(with(company("a1", "Acme", "a@acme.example"), json!({"archived": true})));
    desk.client(company("a2", "Acme", "a@acme.example"));
    desk.sync().await;
    proposed(&desk, "a2", "xpm-a1").await;
    assert_eq!(desk.matched("a2").await.candidates.len(), 2);
}

/// XB-05, SH-04: the former organisation's matches rest, its contacts are free, and all of it comes
/// back with the organisation.
#[tokio::test]
async fn xb_05_another_organisation_matches_the_same_contacts_and_the_former_one_comes_back() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Acme", "a@acme.example")).await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.client(company("b1", "Beta", "b@beta.example"));
    let first = desk.sync().await;
    assert_eq!((first.counts.matched, first.counts.created), (1, 1));
    assert_eq!(desk.client_of("o-1").await, Some("a1".into()));

    desk.connect("tenant-2").await;
    desk.client_at("tenant-2", company("f1", "Acme", "a@acme.example"));
    desk.client_at("tenant-2", company("f2", "Beta", "b@beta.example"));
    let other = desk.sync().await;
    assert_eq!((other.counts.matched, other.counts.created), (2, 0));
    assert_eq!(desk.client_of("o-1").await, Some("f1".into()));
    assert_eq!(desk.client_of("xpm-b1").await, Some("f2".into()));
    assert_eq!(desk.state("a1").await, (MatchState::Matched, Some(Reason::FormerMatch)));
    assert_eq!(desk.try_undo(&first).await, Followed::Not(Obstacle::Moved));
    let refused = desk.decide_now("a1", Decision::Remove).await;
    assert_eq!(refused, Err(Refused::Barred(Reason::FormerMatch)));
    assert_eq!(desk.contacts().await, ["o-1", "xpm-b1"]);

    desk.connect("tenant-1").await;
    let back = desk.sync().await;
    assert_eq!((back.counts.created, back.counts.matched, back.counts.unchanged), (0, 0, 2));
    assert_eq!(desk.client_of("o-1").await, Some("a1".into()));
    assert_eq!(desk.client_of("xpm-b1").await, Some("b1".into()));
    assert_eq!(desk.state("a1").await, (MatchState::Matched, None));
    assert_eq!(desk.state("f1").await, (MatchState::Matched, Some(Reason::FormerMatch)));
    assert_eq!(desk.count(Kind::ContactMatch), 2);
    let before = desk.kept();
    desk.pass(WEEK);
    desk.sync().await;
    assert_eq!(desk.kept(), before);
}

#[tokio::test]
async fn xb_05_what_was_read_of_one_organisation_is_not_written_beside_another() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    let asked = desk.request().await;
    desk.tick(34).await;
    assert!(desk.run(&asked).await.progress.total > 0);
    desk.connect("tenant-2").await;
    desk.client_at("tenant-2", company("f1", "Omega", "o@omega.example"));
    desk.pass(2);
    desk.work().await;
    desk.work().await;
    let run = desk.run(&asked).await;
    assert_eq!((run.state, run.waiting.unwrap().reason), (RunState::Failed, Reason::FormerMatch));
    assert_eq!(desk.contacts().await, ["xpm-f1"]);
    assert_eq!(desk.runs().await.len(), 2);
}

/// The wait for the next sync is not for whoever has just connected another organisation, and a
/// switch that dies half way is finished.
#[tokio::test]
async fn xb_05_a_switch_that_dies_at_any_commit_ends_alike() {
    let mut after = 0;
    loop {
        let desk = Desk::new().await;
        for n in 0..30 {
            let id = format!("a{n:02}");
            desk.client(company(&id, &format!("C {n}"), &format!("c{n}@x.example")));
            let id = format!("f{n:02}");
            desk.client_at("tenant-2", company(&id, &format!("C {n}"), &format!("c{n}@x.example")));
        }
        desk.sync().await;
        desk.connect("tenant-2").await;
        desk.pass(6);
        let asked = desk.request().await;
        desk.ports.store.fail_commits_after(after);
        let died = desk.try_work().await.is_err();
        desk.ports.store.fail_commits(0);
        desk.pass(1);
        desk.work().await;
        let run = desk.run(&asked).await;
        assert_eq!((run.state, run.counts.matched, run.counts.created), (RunState::Done, 30, 0));
        assert_eq!(desk.contacts().await.len(), 30);
        if !died {
            break;
        }
        after += 1;
    }
    assert!(after > 4, "it never died");
}

#[tokio::test]
async fn kb_65_a_prospect_is_left_out_until_it_is_a_client() {
    let desk = Desk::new().await;
    desk.client(json!({"uuid": "e1", "name": "Pat", "prospect": true}));
    assert_eq!(skipped(&desk.sync().await), [("deleted", 1), ("prospect", 1)]);
    assert!(desk.contacts().await.is_empty());
    desk.client(json!({"uuid": "e2", "name": "Pat"}));
    assert_eq!(desk.sync().await.counts.created, 1);
}

async fn proposed(desk: &Desk, new: &str, contact: &str) {
    let it = desk.matched(new).await;
    assert_eq!((it.state, it.reason), (MatchState::Partial, Some(Reason::RelinkProposed)));
    assert_eq!(it.candidates[0].contact_id.as_str(), contact);
    assert!(it.candidates[0].signals.iter().any(|it| it.agrees));
}

impl Desk {
    /// XPM lists a client no more.
    fn forget(&self, id: &str) {
        self.ports.practice.drop_client(&tenant(), &uuid(id));
    }

    /// The firm connects another organisation, as the callback does.
    async fn connect(&self, name: &str) {
        let other = TenantId::parse(name).unwrap();
        let kept = records::get::<Connection>(&self.ports.store, &self.firm, "xpm").await.unwrap();
        let mut kept = kept.unwrap();
        kept.record.organisation = Some(Organisation { tenant: other.clone(), name: name.into() });
        kept.record.first_sync_at = None;
        kept.record.changed_at = Some(self.now());
        let change = records::put(&self.firm, &kept.record, Some(kept.version)).unwrap();
        let _ = self.ports.store.commit(vec![change]).await.unwrap();
        self.ports.identity.connect("ann", &other, name);
        self.ports.store.mark(&self.firm, Lane::Contacts, self.now()).await.unwrap();
    }

    fn client_at(&self, tenant: &str, client: Value) {
        let client: Client = serde_json::from_value(client).unwrap();
        self.ports.practice.put_client(&TenantId::parse(tenant).unwrap(), client);
    }
}

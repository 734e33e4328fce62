//! Requests whose answers are lost: nothing is in XPM twice, and nothing stays uncertain.

use domain::contacts::matches::MatchState;
use domain::contacts::out::state::State;
use domain::ports::Limit;
use jiff::SignedDuration;
use memory::practice::{Method, Trouble};
use serde_json::{Value, json};

use crate::desk::{Desk, company, with};
use crate::pushing::{acme, ann};

/// What may happen to a create.
fn troubles() -> Vec<Trouble> {
    vec![
        Trouble::NotProcessed,
        Trouble::Throttled(Limit::Minute, None),
        Trouble::Unauthorised,
        Trouble::Uncertain,
        Trouble::UncertainAfter,
    ]
}

/// As many rounds as everything needs to come to rest.
async fn come_to_rest(desk: &Desk) {
    for _ in 0..30 {
        desk.ports.clock.advance(SignedDuration::from_secs(20));
        desk.push().await;
    }
}

#[tokio::test]
async fn g05_a_create_in_trouble_makes_one_client() {
    for first in troubles() {
        for second in troubles() {
            let desk = Desk::pushing().await;
            desk.ports.practice.fail_next(Method::AddClient, first.clone());
            desk.ports.practice.fail_next(Method::AddClient, second.clone());
            desk.pushed(acme()).await;
            come_to_rest(&desk).await;
            assert_eq!(desk.done(), ["client added"], "{first:?} {second:?}");
            assert_eq!(desk.standing("o-1").await, "settled", "{first:?} {second:?}");
        }
    }
}

#[tokio::test]
async fn g05_a_contact_in_trouble_is_added_once() {
    for trouble in troubles() {
        let desk = Desk::pushing().await;
        desk.pushed(acme()).await;
        desk.ports.practice.fail_next(Method::AddContact, trouble.clone());
        desk.pushed(ann()).await;
        come_to_rest(&desk).await;
        assert_eq!(desk.done(), ["client added", "contact added"], "{trouble:?}");
        assert_eq!(desk.standing("p-1").await, "settled", "{trouble:?}");
    }
}

/// G4: between two creates of one intent lie two looks after the quiet time.
#[tokio::test]
async fn g05_a_second_create_is_sent_only_after_two_late_looks() {
    let desk = Desk::pushing().await;
    desk.ports.practice.fail_next(Method::AddClient, Trouble::Uncertain);
    desk.pushed(acme()).await;
    come_to_rest(&desk).await;
    let calls = desk.ports.practice.calls();
    let adds: Vec<usize> =
        (0..calls.len()).filter(|n| calls[*n].method == Method::AddClient).collect();
    let [first, second] = adds[..] else { panic!("{adds:?}") };
    let quiet = calls[first].at + SignedDuration::from_secs(25 + 120);
    let late = calls[first + 1..second].iter().filter(|it| it.at >= quiet).collect::<Vec<_>>();
    assert!(late.len() >= 2, "{calls:?}");
    assert!(late[1].at.duration_since(late[0].at) >= SignedDuration::from_secs(30));
}

#[tokio::test]
async fn g05_an_edit_made_meanwhile_follows_what_was_created() {
    let desk = Desk::pushing().await;
    desk.ports.practice.fail_next(Method::AddClient, Trouble::UncertainAfter);
    desk.ports.practice.fail_next(Method::SearchClients, Trouble::Uncertain);
    desk.contact(acme()).await;
    desk.push().await;
    desk.pushed(with(acme(), json!({"name": "Acme Ltd", "emails": ["new@acme.example"]}))).await;
    come_to_rest(&desk).await;
    let client = desk.only();
    assert_eq!(
        (client.name.as_str(), client.email.as_deref()),
        ("Acme Ltd", Some("new@acme.example"))
    );
    assert_eq!(desk.standing("o-1").await, "settled");
}

/// The sync reads the client whose creation had no answer, before anyone looks for it.
#[tokio::test]
async fn g05_a_sync_that_meets_the_created_client_first_adopts_it() {
    for email in [json!(["a@acme.example"]), json!([])] {
        let desk = Desk::pushing().await;
        desk.ports.practice.fail_next(Method::AddClient, Trouble::UncertainAfter);
        desk.pushed_in_trouble(with(acme(), json!({"emails": email}))).await;
        desk.sync().await;
        come_to_rest(&desk).await;
        assert_eq!(desk.done(), ["client added"]);
        assert_eq!(desk.contacts().await, ["o-1"]);
        assert_eq!(desk.standing("o-1").await, "settled");
    }
}

/// XPM took the client without saying so, and somebody there has made another like it.
async fn ambiguous(email: Value) -> (Desk, Vec<String>) {
    let desk = Desk::pushing().await;
    desk.ports.practice.fail_next(Method::AddClient, Trouble::UncertainAfter);
    desk.pushed_in_trouble(with(acme(), json!({"emails": email}))).await;
    let mut other = company("a1", "Acme", "");
    other["email"] = email[0].clone();
    desk.client(other);
    come_to_rest(&desk).await;
    let State::Ambiguous { candidates } = desk.push_state("o-1").await else { panic!() };
    assert_eq!(desk.done(), ["client added"]);
    (desk, candidates.into_iter().map(String::from).collect())
}

#[tokio::test]
async fn g05_kb_40_several_that_could_be_it_are_put_before_a_person_and_before_nobody_else() {
    for email in [json!(["a@acme.example"]), json!([])] {
        let (desk, both) = ambiguous(email).await;
        assert_eq!(both.len(), 2);
        for round in 0..3 {
            for uuid in &both {
                let it = desk.matched(uuid).await;
                assert_eq!(it.state, MatchState::Partial, "{round}");
                assert_eq!(it.candidates[0].contact_id.as_str(), "o-1");
            }
            // Neither a sync nor an edit decides.
            desk.sync().await;
            let name = format!("Acme {round}");
            desk.pushed(with(acme(), json!({"emails": [], "business_number": name}))).await;
            come_to_rest(&desk).await;
        }
        assert_eq!(desk.contacts().await, ["o-1"]);
        desk.pushed(acme()).await;
        for uuid in &both {
            desk.confirm_unless_taken(uuid, "o-1").await;
        }
        come_to_rest(&desk).await;
        assert_eq!(desk.standing("o-1").await, "settled");
        assert_eq!(desk.done().iter().filter(|it| **it == "client added").count(), 1);
        assert_eq!(desk.matched(&both[0]).await.state, MatchState::Matched);
        // The other one is somebody else's.
        desk.pass(8 * 24 * 60);
        desk.sync().await;
        assert_eq!(desk.contacts().await, ["o-1", &format!("xpm-{}", both[1])]);
    }
}

#[tokio::test]
async fn g05_kb_45_if_it_is_none_of_them_it_is_added_after_all() {
    let (desk, both) = ambiguous(json!(["a@acme.example"])).await;
    for (n, uuid) in both.iter().enumerate() {
        desk.create(uuid).await;
        come_to_rest(&desk).await;
        assert_eq!(desk.done().len(), 1 + n, "only once both are decided");
    }
    assert_eq!(desk.standing("o-1").await, "settled");
    assert_eq!(desk.there().len(), 3);
}

#[tokio::test]
async fn g06_an_update_without_an_answer_is_repeated_after_the_quiet_time_and_is_no_conflict() {
    for trouble in [Trouble::Uncertain, Trouble::UncertainAfter] {
        let desk = Desk::pushing().await;
        desk.pushed(acme()).await;
        desk.ports.practice.fail_next(Method::UpdateClient, trouble.clone());
        desk.pushed(with(acme(), json!({"name": "Acme Two"}))).await;
        desk.pushed(with(acme(), json!({"name": "Acme Three"}))).await;
        desk.sync().await;
        come_to_rest(&desk).await;
        assert_eq!(desk.only().name, "Acme Three", "{trouble:?}");
        assert_eq!(desk.standing("o-1").await, "settled");
        let uuid = desk.only().uuid;
        assert_eq!(desk.matched(uuid.as_str()).await.conflicts, []);
    }
}

#[tokio::test]
async fn what_xpm_refuses_waits_for_an_edit() {
    let desk = Desk::pushing().await;
    let refusal = Trouble::Refused(200, "Computer says no".into());
    desk.ports.practice.fail_next(Method::AddClient, refusal);
    desk.pushed(acme()).await;
    come_to_rest(&desk).await;
    assert_eq!(desk.standing("o-1").await, json!(["rejected", "xpm_refused"]));
    assert_eq!(desk.book("o-1").await.push.words.as_deref(), Some("Computer says no"));
    assert_eq!(desk.there(), []);
    desk.pushed(with(acme(), json!({"name": "Acme Ltd"}))).await;
    assert_eq!(desk.only().name, "Acme Ltd");
}

/// Dying between any two writes: the twin loses one commit after the other.
#[tokio::test]
async fn g05_a_worker_that_dies_at_any_write_leaves_one_client() {
    for n in 0..12 {
        let desk = Desk::pushing().await;
        desk.contact(acme()).await;
        desk.contact(ann()).await;
        desk.die_at_commit(n).await;
        come_to_rest(&desk).await;
        come_to_rest(&desk).await;
        assert_eq!(desk.there().len(), 1, "after commit {n}");
        assert_eq!(desk.only().contacts.len(), 1, "after commit {n}");
        assert_eq!(desk.standing("p-1").await, "settled", "after commit {n}");
    }
}

impl Desk {
    /// The worker dies before its next commit but `n`.
    async fn die_at_commit(&self, n: u32) {
        self.ports.store.fail_commits_after(n);
        let deadline = domain::deadline::Deadline { at: self.now() + SignedDuration::from_mins(5) };
        let _ = domain::contacts::out::work(&self.ports, &self.firm, deadline).await;
        self.ports.store.fail_commits(0);
    }

    /// The worker meets trouble; the first look back too.
    async fn pushed_in_trouble(&self, contact: Value) {
        self.contact(contact).await;
        let searches = 1 + usize::from(!self.book("o-1").await.contact.value.emails.is_empty());
        let deadline =
            domain::deadline::Deadline { at: self.now() + SignedDuration::from_secs(60) };
        // Only the searches before the create go well.
        for _ in 0..searches {
            self.ports.practice.fail_next(Method::SearchClients, Trouble::None);
        }
        self.ports.practice.fail_next(Method::SearchClients, Trouble::Uncertain);
        domain::contacts::out::work(&self.ports, &self.firm, deadline).await.unwrap();
    }
}

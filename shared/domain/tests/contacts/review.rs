//! What a person decides about matches, against the twins.

use domain::connection::Ready;
use domain::contacts::book;
use domain::contacts::matches::{self, Match, MatchState, Origin, client_of};
use domain::contacts::matching::Candidate;
use domain::contacts::review::{self, Ask, Decision, Filter, Refused, Told};
use domain::desired::Stamp;
use domain::firm::{Create, Firm};
use domain::ids::{ContactId, TaskId};
use domain::journal::{Actor, Entry, Event, Sort, Subject};
use domain::linking::task::{self, LinkState, Place, Task, TaskKind, TaskRecord};
use domain::linking::{auto, by_hand};
use domain::ports::{Kind, Range};
use domain::reason::Reason;
use domain::records::{self, Kept};
use serde_json::json;

use crate::desk::{Desk, company, organisation, skipped, uuid, with};

#[tokio::test]
async fn kb_40_kb_43_a_confirmed_partial_is_matched_and_filled_in_at_once() {
    let desk = partial().await;
    let shown = desk.shown("a1").await;
    assert_eq!(ids(&shown.record.candidates), ["o-1"]);
    let done = desk.decide("a1", confirm("o-1"), shown.version).await.unwrap();
    assert_eq!(
        (done.record.state, done.record.origin),
        (MatchState::Matched, Some(Origin::Manual))
    );
    assert_eq!(done.record, desk.matched("a1").await);
    assert!(done.record.candidates.is_empty() && done.record.reason.is_none());
    assert_eq!(desk.book("o-1").await.contact.value.phones[0].number, "02 5550 1234");
    assert_eq!(desk.client_of("o-1").await, Some("a1".into()));
    // It has left the list, and the next run leaves it as it is.
    assert!(desk.listed(MatchState::Partial).await.is_empty());
    desk.sync().await;
    assert_eq!(desk.matched("a1").await.contact, done.record.contact);
    // What XPM changes from now on comes over.
    desk.client(with(client(), json!({"phone": "02 5550 9999"})));
    desk.sync().await;
    assert_eq!(desk.book("o-1").await.contact.value.phones[0].number, "02 5550 9999");
}

/// KB-45: nor does it come back as a partial.
#[tokio::test]
async fn kb_40_kb_45_what_is_created_from_a_partial_stays_created() {
    let desk = partial().await;
    let version = desk.shown("a1").await.version;
    let done = desk.decide("a1", Decision::Create, version).await.unwrap();
    assert_eq!(
        (done.record.state, done.record.origin),
        (MatchState::Matched, Some(Origin::Created))
    );
    assert_eq!(desk.contacts().await, ["o-1", "xpm-a1"]);
    assert_eq!(desk.book("xpm-a1").await.contact.value.name, "Acme Pty Ltd");
    assert!(desk.book("o-1").await.contact.value.phones.is_empty());
    assert_eq!(ids_of(&done.record.rejected), ["o-1"]);
    desk.client(with(client(), json!({"phone": "1"})));
    desk.sync().await;
    assert_eq!(desk.state("a1").await, (MatchState::Matched, None));
    // Not even when the match is taken away and allowed again.
    let done = desk.decide_now("a1", Decision::Remove).await.unwrap();
    let done = desk.decide("a1", Decision::Allow, done.version).await.unwrap();
    assert_eq!(done.record.state, MatchState::Unmatched);
    assert_eq!(ids_of(&done.record.rejected), ["o-1", "xpm-a1"]);
}

#[tokio::test]
async fn kb_42_a_removed_match_stops_the_sync_and_is_not_made_again() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Acme Pty Ltd", "a@acme.example")).await;
    desk.client(client());
    desk.sync().await;
    assert_eq!(desk.state("a1").await.0, MatchState::Matched);
    let before = desk.book("o-1").await;
    let done = desk.decide_now("a1", Decision::Remove).await.unwrap();
    assert_eq!(
        (done.record.state, done.record.reason),
        (MatchState::Removed, Some(Reason::MatchRemoved))
    );
    assert_eq!(ids_of(&done.record.rejected), ["o-1"]);
    assert_eq!((desk.book("o-1").await, desk.client_of("o-1").await), (before.clone(), None));
    // Neither a run that reads it again, nor a change in XPM brings anything over.
    desk.client(with(client(), json!({"phone": "02 5550 9999"})));
    let run = desk.sync().await;
    assert_eq!(skipped(&run), [("match_removed", 1)]);
    assert_eq!(desk.state("a1").await.0, MatchState::Removed);
    assert_eq!(desk.book("o-1").await, before);
    assert_eq!(desk.client_of("o-1").await, None);
    // Allowed again, it is judged by what XPM says now, and the pair stays apart.
    let done = desk.decide_now("a1", Decision::Allow).await.unwrap();
    assert_eq!((done.record.state, done.record.reason), (MatchState::Unmatched, None));
    assert!(done.record.candidates.is_empty());
    assert_eq!(done.record.xpm.fields.phones[0].number, "02 5550 9999");
    // Only a person joins the two again.
    let done = desk.decide_now("a1", confirm("o-1")).await.unwrap();
    assert_eq!((done.record.state, done.record.rejected), (MatchState::Matched, vec![]));
}

#[tokio::test]
async fn kb_42_the_contact_of_a_removed_match_is_free_for_another_client() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Acme Pty Ltd", "a@acme.example")).await;
    desk.client(client());
    desk.sync().await;
    desk.decide_now("a1", Decision::Remove).await.unwrap();
    desk.client(company("b1", "Acme Pty Ltd", "a@acme.example"));
    desk.sync().await;
    assert_eq!(desk.client_of("o-1").await, Some("b1".into()));
    assert_eq!(desk.decide_now("a1", confirm("o-1")).await, Err(Refused::MatchedElsewhere));
}

#[tokio::test]
async fn kb_42_allowed_again_it_is_offered_to_a_person_or_matched_with_another() {
    for (email, state) in
        [("other@acme.example", MatchState::Partial), ("a@acme.example", MatchState::Matched)]
    {
        let desk = Desk::new().await;
        desk.client(client());
        desk.sync().await;
        desk.decide_now("a1", Decision::Remove).await.unwrap();
        desk.contact(organisation("o-2", "Acme Pty Ltd", email)).await;
        let done = desk.decide_now("a1", Decision::Allow).await.unwrap();
        assert_eq!(done.record.state, state);
        assert_eq!(desk.matched("a1").await, done.record);
    }
}

#[tokio::test]
async fn kb_44_a_stale_decision_changes_nothing() {
    let desk = partial().await;
    let version = desk.shown("a1").await.version;
    desk.client(with(client(), json!({"email": "new@acme.example"})));
    desk.sync().await;
    let before = desk.everything();
    for decision in [confirm("o-1"), Decision::Create, Decision::Remove, Decision::Allow] {
        assert_eq!(desk.decide("a1", decision, version).await, Err(Refused::Stale));
    }
    assert_eq!(desk.decide("dd", confirm("o-1"), 1).await, Err(Refused::Unknown));
    assert_eq!(desk.everything(), before);
}

/// The practice app's side changed: less speaks for the contact than when it was offered.
#[tokio::test]
async fn kb_44_a_contact_that_changed_since_it_was_offered_is_looked_at_again() {
    let desk = partial().await;
    let version = desk.shown("a1").await.version;
    desk.contact(organisation("o-1", "Zebra", "z@zebra.example")).await;
    assert_eq!(desk.decide("a1", confirm("o-1"), version).await, Err(Refused::ContactChanged));
    assert_eq!(desk.client_of("o-1").await, None);
    // What is offered has been brought up to date; on that version, a person may insist.
    let shown = desk.shown("a1").await;
    assert_eq!((shown.version, shown.record.candidates[0].score), (version + 1, 0.0));
    assert_eq!(desk.decide("a1", confirm("o-1"), version).await, Err(Refused::Stale));
    desk.decide("a1", confirm("o-1"), version + 1).await.unwrap();

    let desk = partial().await;
    desk.contact(
        json!({"id": "o-1", "kind": "person", "name": "Acme", "emails": ["a@acme.example"]}),
    )
    .await;
    assert_eq!(desk.decide_now("a1", confirm("o-1")).await, Err(Refused::ContactChanged));
    // A change that takes nothing away from what was seen does not.
    let desk = partial().await;
    let more = json!({"phones": [{"number": "1"}]});
    desk.contact(with(organisation("o-1", "Acme", "a@acme.example"), more)).await;
    desk.decide_now("a1", confirm("o-1")).await.unwrap();
}

#[tokio::test]
async fn kb_44_a_contact_that_is_gone_or_matched_elsewhere_is_neither_offered_nor_confirmed() {
    let desk = partial().await;
    assert_eq!(desk.decide_now("a1", confirm("nobody")).await, Err(Refused::ContactUnknown));
    let stamp = Stamp { version: None, as_of: desk.now() };
    let id = ContactId::parse("o-1").unwrap();
    book::delete(&desk.ports.store, &desk.firm, &id, stamp).await.unwrap();
    assert!(desk.shown("a1").await.record.candidates.is_empty());
    assert_eq!(desk.decide_now("a1", confirm("o-1")).await, Err(Refused::ContactUnknown));

    let desk = partial().await;
    desk.client(company("b1", "Acme", "a@acme.example"));
    desk.sync().await;
    assert_eq!(desk.client_of("o-1").await, Some("b1".into()));
    assert!(desk.shown("a1").await.record.candidates.is_empty());
    assert_eq!(desk.decide_now("a1", confirm("o-1")).await, Err(Refused::MatchedElsewhere));
}

#[tokio::test]
async fn kb_65_what_xpm_put_away_is_not_decided_on() {
    let desk = Desk::new().await;
    desk.client(client());
    desk.sync().await;
    desk.decide_now("a1", Decision::Remove).await.unwrap();
    desk.client(with(client(), json!({"archived": true})));
    desk.sync().await;
    let refused = Err(Refused::Barred(Reason::Archived));
    assert_eq!(desk.decide_now("a1", Decision::Create).await, refused);
    assert_eq!(desk.decide_now("a1", confirm("xpm-a1")).await, refused);
    let done = desk.decide_now("a1", Decision::Allow).await.unwrap();
    assert_eq!(
        (done.record.state, done.record.reason),
        (MatchState::Unmatched, Some(Reason::Archived))
    );
    assert_eq!(desk.contacts().await, ["xpm-a1"]);
    // Restored, it goes on; the contact that it is not stays as it is.
    desk.client(client());
    desk.sync().await;
    assert_eq!(desk.contacts().await, ["xpm-a1", "xpm-a1-2"]);
}

#[tokio::test]
async fn kb_42_only_a_match_is_removed_and_only_a_removed_one_allowed() {
    let desk = partial().await;
    assert_eq!(desk.decide_now("a1", Decision::Remove).await, Err(Refused::NotMatched));
    assert_eq!(desk.decide_now("a1", Decision::Allow).await, Err(Refused::NotRemoved));
    desk.decide_now("a1", confirm("o-1")).await.unwrap();
    assert_eq!(desk.decide_now("a1", Decision::Create).await, Err(Refused::AlreadyMatched));
    assert_eq!(desk.decide_now("a1", confirm("o-1")).await, Err(Refused::AlreadyMatched));
    assert_eq!(desk.decide_now("a1", Decision::Allow).await, Err(Refused::NotRemoved));
}

/// A run that has read the client already finds the decision made, and leaves it.
#[tokio::test]
async fn kb_42_kb_44_a_run_in_progress_does_not_undo_a_decision() {
    for decision in [confirm("o-1"), Decision::Create] {
        let desk = partial().await;
        desk.pass(6);
        desk.client(with(client(), json!({"phone": "02 5550 7777"})));
        let run = desk.request().await;
        desk.tick(30).await;
        let progress = desk.run(&run).await.progress;
        assert!(progress.total > 0 && progress.done == 0, "{progress:?}");
        let done = desk.decide_now("a1", decision).await.unwrap();
        desk.pass(2);
        desk.work().await;
        let it = desk.matched("a1").await;
        assert_eq!((it.state, it.contact), (MatchState::Matched, done.record.contact));
        let counts = desk.run(&run).await.counts;
        assert_eq!((counts.partial, counts.updated), (0, 1), "{counts:?}");
    }
}

#[tokio::test]
async fn a_decision_that_meets_others_is_made_once_and_whole() {
    let desk = partial().await;
    let version = desk.shown("a1").await.version;
    desk.ports.store.conflict_next(3);
    desk.decide("a1", confirm("o-1"), version).await.unwrap();
    // Two decisions on one version: one of them is carried out.
    let desk = partial().await;
    let version = desk.shown("a1").await.version;
    let both =
        (desk.decide("a1", confirm("o-1"), version), desk.decide("a1", Decision::Create, version));
    let (one, other) = tokio::join!(both.0, both.1);
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    // Two records and one contact: one of them gets it (KB-26, SH-03).
    let desk = partial().await;
    desk.client(company("b1", "Acme", "b@acme.example"));
    desk.sync().await;
    desk.decide_now("a1", confirm("o-1")).await.unwrap();
    assert_eq!(desk.decide_now("b1", confirm("o-1")).await, Err(Refused::MatchedElsewhere));
    assert_eq!(desk.client_of("o-1").await, Some("a1".into()));
}

#[tokio::test]
async fn a_decision_that_failed_has_left_nothing_behind() {
    let desk = partial().await;
    let before = desk.kept();
    let version = desk.shown("a1").await.version;
    desk.ports.store.fail_commits(1);
    let firm = desk.firm_record().await;
    let it = desk.as_person(&firm, &Actor::Rule);
    assert!(review::decide(&it, &uuid("a1"), &confirm("o-1"), version).await.is_err());
    assert_eq!(desk.kept(), before);
}

/// XB-24: the tasks of both contacts are looked at again; a link that stands is not moved.
#[tokio::test]
async fn xb_24_another_contact_for_a_client_moves_no_link_silently() {
    let desk = partial().await;
    desk.contact(organisation("o-2", "Other", "x@other.example")).await;
    desk.decide_now("a1", confirm("o-1")).await.unwrap();
    for (id, contact) in [("t-1", "o-1"), ("t-2", "o-2")] {
        let task = Task {
            id: TaskId::parse(id).unwrap(),
            name: "Accounts".into(),
            kind: TaskKind::Task,
            process_id: None,
            contact_id: Some(ContactId::parse(contact).unwrap()),
            start_date: None,
            due_date: None,
            rolled_over: false,
        };
        let stamp = Stamp { version: None, as_of: desk.now() };
        task::put(&desk.ports.store, &desk.firm, task, stamp, desk.now()).await.unwrap();
    }
    let place = Place {
        job_number: domain::ids::JobNumber::parse("J1").unwrap(),
        job_task_uuid: uuid("ab"),
        name: "Job".into(),
        start_date: None,
    };
    let linked = TaskId::parse("t-1").unwrap();
    let (store, by) = (&desk.ports.store, Actor::App);
    by_hand::link(store, &desk.firm, &linked, place.clone(), &by, desk.now()).await.unwrap();
    desk.pass(1);
    let done = desk.decide_now("a1", confirm("o-2")).await.unwrap();
    assert_eq!(ids_of(&done.record.rejected), ["o-1"]);
    assert_eq!(
        (desk.client_of("o-1").await, desk.client_of("o-2").await),
        (None, Some("a1".into()))
    );
    for id in ["t-1", "t-2"] {
        assert_eq!(desk.task(id).await.look_at, Some(desk.now()), "{id}");
    }
    let firm = desk.firm_record().await;
    let ready = Ready { firm: &firm, zone: jiff::tz::TimeZone::UTC, changed_at: None };
    auto::relink(&desk.ports, &ready, "t-1").await.unwrap();
    let link = desk.task("t-1").await.link;
    assert_eq!((link.state, link.place), (LinkState::Manual, Some(place)));
}

#[tokio::test]
async fn by_08_each_decision_is_in_the_journal_with_who_made_it() {
    let desk = partial().await;
    desk.decide_now("a1", confirm("o-1")).await.unwrap();
    desk.decide_now("a1", Decision::Remove).await.unwrap();
    desk.decide_now("a1", Decision::Allow).await.unwrap();
    desk.decide_now("a1", Decision::Create).await.unwrap();
    let entries = desk.journal(&Subject::new(Sort::Match, "a1")).await;
    let events: Vec<Event> = entries.iter().map(|it| it.event).collect();
    let by_hand = events.iter().rposition(|it| *it == Event::MatchPartial).map_or(0, |it| it + 1);
    assert_eq!(
        events[by_hand..],
        [Event::MatchMade, Event::MatchRemoved, Event::MatchAllowed, Event::MatchMade]
    );
    for it in &entries[by_hand..] {
        assert_eq!(it.actor, Actor::Key("k-1".into()));
        assert!(it.before.is_some() && it.after.is_some());
    }
    let contact = desk.journal(&Subject::new(Sort::Contact, "o-1")).await;
    let changed = contact.last().unwrap();
    assert_eq!((changed.event, &changed.actor), (Event::ContactUpdated, &Actor::Key("k-1".into())));
    assert_eq!(changed.version, desk.version(Kind::Contact, "o-1"));
    assert_eq!(desk.journal(&Subject::new(Sort::Contact, "xpm-a1")).await.len(), 1);
}

/// KB-24: alike is not equal. Created without asking where the firm says so, offered where it asks.
#[tokio::test]
async fn by_02_kb_24_one_that_is_only_alike_is_suggested_where_a_person_is_asked() {
    for ask in [false, true] {
        let desk = Desk::new().await;
        desk.settings(|it| {
            it.region = Some("AU".into());
            if ask {
                it.contact_sync.create_in_practice = Create::Ask;
            }
        })
        .await;
        let alike = with(
            organisation("o-1", "Smith, Jones Holdings", "office@sj.example"),
            json!({"phones": [{"number": "+61 2 5550 1234"}]}),
        );
        desk.contact(alike).await;
        desk.contact(organisation("o-2", "Zebra", "z@zebra.example")).await;
        let more = json!({"phone": "(02) 5550 1234"});
        desk.client(with(company("a1", "Jones & Smith Holdings P/L", "a@x.example"), more));
        let run = desk.sync().await;
        if ask {
            assert_eq!(desk.state("a1").await, (MatchState::Unmatched, Some(Reason::AskFirst)));
            let shown = desk.shown("a1").await;
            assert_eq!(ids(&shown.record.candidates), ["o-1"]);
            assert!(
                shown.record.candidates[0].signals.iter().any(|it| it.name == "phone" && it.agrees)
            );
            desk.decide("a1", confirm("o-1"), shown.version).await.unwrap();
        } else {
            assert_eq!((run.counts.created, desk.state("a1").await.0), (1, MatchState::Matched));
        }
    }
}

/// KB-26: who shares a name and who shares an address are shown together, with one that is alike.
#[tokio::test]
async fn kb_26_all_who_may_be_meant_are_shown_together() {
    let desk = Desk::new().await;
    let at =
        json!({"addresses": [{"label": "physical", "lines": ["1 High St"], "postcode": "2000"}]});
    desk.contact(json!({"id": "p-1", "kind": "person", "name": "Jane Smith", "emails": ["family@smith.example"]})).await;
    desk.contact(organisation("o-1", "Smith Family Trust", "family@smith.example")).await;
    desk.contact(with(json!({"id": "p-2", "kind": "person", "name": "Jon Smith"}), at)).await;
    desk.client(json!({"uuid": "a1", "name": "John Smith", "email": "family@smith.example",
        "business_structure": "Individual", "physical": {"lines": ["1 High St"], "postcode": "2000"}}));
    desk.sync().await;
    assert_eq!(desk.state("a1").await, (MatchState::Partial, Some(Reason::Partial)));
    let shown = desk.shown("a1").await.record.candidates;
    let mut shown = ids(&shown);
    shown.sort_unstable();
    assert_eq!(shown, ["o-1", "p-1", "p-2"]);
}

#[tokio::test]
async fn kb_41_matches_are_found_by_name_and_email() {
    let desk = Desk::new().await;
    for (uuid, name) in [("a1", "Acme & Söhne 株式会社"), ("b1", "Beta \u{1F600}")] {
        desk.client(company(uuid, name, &format!("{uuid}@x.example")));
    }
    desk.sync().await;
    for (query, found) in [
        ("acme", vec!["a1"]),
        ("SÖHNE", vec!["a1"]),
        ("株式会社", vec!["a1"]),
        ("\u{1F600}", vec!["b1"]),
        ("b1@X", vec!["b1"]),
        ("", vec!["a1", "b1"]),
        ("nobody", vec![]),
    ] {
        let filter = Filter { query: Some(query.into()), ..Filter::default() };
        assert_eq!(desk.find(&filter).await, found, "{query}");
    }
}

#[tokio::test]
async fn by_11_of_many_decisions_each_stands_for_itself() {
    let desk = partial().await;
    for n in 0..20 {
        desk.contact(organisation(&format!("c-{n:02}"), &format!("Name {n}"), "x@x.example")).await;
        desk.client(company(&format!("b{n:02}"), &format!("Name {n}"), &format!("{n}@y.example")));
    }
    desk.sync().await;
    let firm = desk.firm_record().await;
    let actor = Actor::Key("k-1".into());
    let it = desk.as_person(&firm, &actor);
    let mut asks = Vec::new();
    for n in 0..20 {
        let id = uuid(&format!("b{n:02}"));
        let version = desk.kept_match(id.as_str()).await.version;
        // Every fifth was looked at too long ago.
        let version = if n % 5 == 0 { version + 7 } else { version };
        asks.push(Ask { id, version, decision: confirm(&format!("c-{n:02}")) });
    }
    asks.push(asks[1].clone());
    let before = desk.everything();
    let would = review::decide_all(&it, &asks, true).await.unwrap();
    assert_eq!(desk.everything(), before, "a preview writes nothing");
    let told = review::decide_all(&it, &asks, false).await.unwrap();
    let short =
        |told: &[Told]| told.iter().map(|it| it.as_ref().err().copied()).collect::<Vec<_>>();
    assert_eq!(short(&would), short(&told));
    for (n, it) in told.iter().enumerate().take(20) {
        let stale = n % 5 == 0;
        assert_eq!(*it == Err(Refused::Stale), stale, "{n}");
        assert_eq!(desk.client_of(&format!("c-{n:02}")).await.is_some(), !stale, "{n}");
    }
    assert_eq!(told[20], Err(Refused::Repeated));
}

#[tokio::test]
async fn by_11_only_a_clear_candidate_is_taken_without_a_look() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Acme", "a@acme.example")).await;
    desk.client(client());
    desk.sync().await;
    let one = desk.shown("a1").await.record;
    assert_eq!(review::likeliest(&one).map(ContactId::as_str), Some("o-1"));
    desk.contact(organisation("o-2", "Acme", "a@acme.example")).await;
    desk.client(with(client(), json!({"phone": "1"})));
    desk.sync().await;
    let two = desk.shown("a1").await.record;
    assert_eq!((two.candidates.len(), review::likeliest(&two)), (2, None));
}

#[tokio::test]
async fn sh_04_another_firms_match_is_not_decided_on() {
    let desk = partial().await;
    let version = desk.shown("a1").await.version;
    let mut firm = desk.firm_record().await;
    firm.id = domain::ids::FirmId::parse("other").unwrap();
    let actor = Actor::Rule;
    let it = desk.as_person(&firm, &actor);
    let told = review::decide(&it, &uuid("a1"), &confirm("o-1"), version).await.unwrap();
    assert_eq!(told, Err(Refused::Unknown));
}

impl Desk {
    pub(crate) async fn firm_record(&self) -> Firm {
        records::get::<Firm>(&self.ports.store, &self.firm, "firm").await.unwrap().unwrap().record
    }

    pub(crate) fn as_person<'a>(
        &'a self,
        firm: &'a Firm,
        actor: &'a Actor,
    ) -> review::Desk<'a, memory::MemoryStore> {
        review::Desk { store: &self.ports.store, firm, actor, now: self.now() }
    }

    pub(crate) async fn decide(
        &self,
        id: &str,
        decision: Decision,
        version: u64,
    ) -> Result<Kept<Match>, Refused> {
        let firm = self.firm_record().await;
        let actor = Actor::Key("k-1".into());
        let it = self.as_person(&firm, &actor);
        review::decide(&it, &uuid(id), &decision, version).await.unwrap()
    }

    /// On the version that there is.
    pub(crate) async fn decide_now(
        &self,
        id: &str,
        decision: Decision,
    ) -> Result<Kept<Match>, Refused> {
        let version = self.kept_match(id).await.version;
        self.decide(id, decision, version).await
    }

    async fn kept_match(&self, id: &str) -> Kept<Match> {
        matches::get(&self.ports.store, &self.firm, &uuid(id)).await.unwrap().unwrap()
    }

    pub(crate) async fn shown(&self, id: &str) -> Kept<Match> {
        let firm = self.firm_record().await;
        review::get(&self.ports.store, &firm, &uuid(id)).await.unwrap().unwrap()
    }

    async fn find(&self, filter: &Filter) -> Vec<String> {
        let firm = self.firm_record().await;
        let page = review::list(&self.ports.store, &firm, filter, None, 200).await.unwrap();
        page.0.into_iter().map(|it| it.record.xpm.uuid.to_string()).collect()
    }

    async fn listed(&self, state: MatchState) -> Vec<String> {
        self.find(&Filter { state: Some(state), ..Filter::default() }).await
    }

    pub(crate) async fn client_of(&self, contact: &str) -> Option<String> {
        let id = ContactId::parse(contact).unwrap();
        let found = client_of(&self.ports.store, &self.firm, &id).await.unwrap();
        found.map(|it| it.to_string())
    }

    async fn task(&self, id: &str) -> TaskRecord {
        records::get::<TaskRecord>(&self.ports.store, &self.firm, id).await.unwrap().unwrap().record
    }

    async fn journal(&self, subject: &Subject) -> Vec<Entry> {
        let range = Range::of(&self.firm, Kind::Journal, subject.prefix(), 100);
        let page = records::page::<Entry>(&self.ports.store, &range).await.unwrap();
        page.0.into_iter().map(|it| it.record).collect()
    }

    fn version(&self, kind: Kind, id: &str) -> u64 {
        let items = self.ports.store.items();
        items.iter().find(|it| it.key.kind == kind && it.key.id == id).unwrap().version
    }

    /// Everything stored, whatever it is.
    fn everything(&self) -> String {
        format!("{:?}", self.ports.store.items())
    }
}

/// One client that is a contact's namesake in its e-mail address alone.
async fn partial() -> Desk {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Acme", "a@acme.example")).await;
    desk.client(client());
    desk.sync().await;
    assert_eq!(desk.state("a1").await, (MatchState::Partial, Some(Reason::Partial)));
    desk
}

fn client() -> serde_json::Value {
    let more = json!({"phone": "02 5550 1234"});
    with(company("a1", "Acme Pty Ltd", "a@acme.example"), more)
}

fn confirm(contact: &str) -> Decision {
    Decision::Confirm(ContactId::parse(contact).unwrap())
}

fn ids(candidates: &[Candidate]) -> Vec<&str> {
    candidates.iter().map(|it| it.contact_id.as_str()).collect()
}

fn ids_of(contacts: &[ContactId]) -> Vec<&str> {
    contacts.iter().map(ContactId::as_str).collect()
}

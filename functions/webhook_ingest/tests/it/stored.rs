//! What a delivery stores, once.

use domain::contacts::book::ContactRecord;
use domain::ids::{DocumentSetId, EntryId};
use domain::jobs::desk::{self, Hand};
use domain::jobs::draft::{Action, JobDraft, Plan};
use domain::journal::Actor;
use domain::linking::process::ProcessRecord;
use domain::linking::task::TaskRecord;
use domain::ports::{Lane, Lanes, Wake};
use domain::records::{self, Record};
use domain::time::entry::EntryRecord;
use domain::time::user::UserRecord;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::desk::{Desk, an_hour, firm, problem};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[tokio::test]
async fn xb_70_a_signed_event_is_stored_and_the_worker_woken() {
    let desk = Desk::new().await;
    let answer = desk.say("msg_1", &an_hour("e-1", 7)).await;
    assert_eq!((answer.status().as_u16(), answer.body().len()), (202, 0));
    let entry = entry(&desk, "e-1").await.unwrap();
    assert_eq!(entry.entry.value.id, EntryId::parse("e-1").unwrap());
    assert_eq!((entry.entry.value.seconds, entry.entry.version), (3600, 7));
    assert_eq!((entry.received_at, entry.look_at), (desk.now(), Some(desk.now())));
    assert_eq!(desk.deps.wakes.take(), [Wake { firm: firm("demo"), lane: Lane::Time }]);
    let lane = desk.deps.store.look(&firm("demo"), Lane::Time).await.unwrap();
    assert_eq!(lane.due_at, Some(desk.now()));
}

/// Every event that the contract names and that we have a use for (api.md, webhooks).
#[tokio::test]
async fn xb_70_every_type_of_event_is_taken() {
    let desk = Desk::new().await;
    for (kind, data) in [
        ("contact.updated", json!({"id": "c-1", "kind": "organisation", "name": "Acme"})),
        ("process.updated", json!({"id": "p-1", "name": "BAS", "xpm_task_uuid": "7a5c"})),
        ("task.updated", json!({"id": "t-1", "name": "BAS Feb", "process_id": "p-1"})),
        ("user.updated", json!({"id": "u-1", "name": "Ann", "email": "ann@acme.example"})),
        ("time_entry.updated", an_hour("e-1", 1)["data"].clone()),
    ] {
        say(&desk, kind, data).await;
    }
    let process = kept::<ProcessRecord>(&desk, "p-1").await.unwrap();
    assert_eq!(process.process.value.xpm_task_uuid.unwrap().as_str(), "7a5c");
    assert_eq!(kept::<TaskRecord>(&desk, "t-1").await.unwrap().task.value.name, "BAS Feb");
    let user = kept::<UserRecord>(&desk, "u-1").await.unwrap();
    assert_eq!(user.user.value.email.as_deref(), Some("ann@acme.example"));
    assert_eq!(kept::<ContactRecord>(&desk, "c-1").await.unwrap().contact.value.name, "Acme");

    for (kind, data) in [
        ("contact.deleted", json!({"id": "c-1"})),
        ("task.deleted", json!({"id": "t-1"})),
        ("time_entry.deleted", json!({"id": "e-1", "version": 2})),
    ] {
        say(&desk, kind, data).await;
    }
    assert!(kept::<ContactRecord>(&desk, "c-1").await.unwrap().contact.deleted);
    assert!(kept::<TaskRecord>(&desk, "t-1").await.unwrap().task.deleted);
    assert!(entry(&desk, "e-1").await.unwrap().entry.deleted);
}

/// CA-15: however often and in whatever order it is told, the draft is committed once; a delivery that
/// comes before its draft is remembered for it.
#[tokio::test]
async fn ca_15_delivered_documents_commit_their_draft_and_wake_its_worker() {
    let desk = Desk::new().await;
    let plan: Plan = serde_json::from_value(json!({
        "tenant": "tenant-1", "contact": "c-1", "template": {"uuid": "7e01", "name": "BAS"},
        "name": "BAS", "description": "", "start_date": "2026-11-22", "due_date": "2026-11-22",
        "staff": [], "state_code": null}))
    .unwrap();
    let demo = firm("demo");
    let hand = Hand { firm: &demo, actor: Actor::App, now: desk.now() };
    let store = &desk.deps.store;
    let [first, early] = ["d-1", "d-2"].map(|it| DocumentSetId::parse(it).unwrap());
    desk::open(store, &hand, &first, &plan).await.unwrap().unwrap();
    for (set, action) in [("d-1", "send"), ("d-1", "download"), ("d-2", "download")] {
        say(&desk, "documents.delivered", json!({"id": set, "action": action})).await;
    }
    desk::open(store, &hand, &early, &plan).await.unwrap().unwrap();
    let draft = kept::<JobDraft>(&desk, "d-1").await.unwrap();
    assert_eq!(draft.delivered.unwrap().action, Action::Send);
    assert_eq!(draft.look_at, Some(desk.now()));
    assert!(kept::<JobDraft>(&desk, "d-2").await.unwrap().delivered.is_some());
    let wake = Wake { firm: firm("demo"), lane: Lane::Jobs };
    assert_eq!(desk.deps.wakes.take(), [wake.clone(), wake.clone(), wake]);
}

/// XB-77: versions decide, whichever event comes first; what a deletion repeats does not matter.
#[tokio::test]
async fn xb_77_a_deletion_with_a_version_stands_against_older_edits() {
    let desk = Desk::new().await;
    let whole = an_hour("e-1", 3)["data"].clone();
    say(&desk, "time_entry.deleted", whole).await;
    assert!(entry(&desk, "e-1").await.unwrap().entry.deleted);
    for (version, deleted) in [(1, true), (2, true), (3, true), (4, false)] {
        say(&desk, "time_entry.updated", an_hour("e-1", version)["data"].clone()).await;
        assert_eq!(entry(&desk, "e-1").await.unwrap().entry.deleted, deleted, "{version}");
    }
    say(&desk, "time_entry.deleted", json!({"id": "e-1", "version": 3})).await;
    assert!(!entry(&desk, "e-1").await.unwrap().entry.deleted);
    say(&desk, "time_entry.deleted", json!({"id": "e-1", "version": 4})).await;
    assert!(entry(&desk, "e-1").await.unwrap().entry.deleted);
}

/// Without versions the event's own time decides.
#[tokio::test]
async fn xb_77_a_deletion_without_a_version_stands_against_edits_made_before_it() {
    let desk = Desk::new().await;
    desk.pass(MINUTE * 60);
    let at = |kind: &str, time: &str| {
        let mut data = an_hour("e-1", 0)["data"].clone();
        data.as_object_mut().unwrap().remove("version");
        json!({"type": kind, "timestamp": time, "data": data})
    };
    let steps = [
        ("time_entry.updated", "2026-11-22T12:10:00Z", false),
        ("time_entry.deleted", "2026-11-22T12:20:00Z", true),
        ("time_entry.updated", "2026-11-22T12:15:00Z", true),
        ("time_entry.updated", "2026-11-22T12:20:00Z", true),
        ("time_entry.updated", "2026-11-22T12:21:00Z", false),
    ];
    for (n, (kind, time, deleted)) in steps.into_iter().enumerate() {
        assert_eq!(desk.say(&format!("msg_{n}"), &at(kind, time)).await.status(), 202);
        assert_eq!(entry(&desk, "e-1").await.unwrap().entry.deleted, deleted, "{kind} {time}");
    }
}

/// A sender whose clock is ahead does not outrank what it says later.
#[tokio::test]
async fn xb_77_an_event_from_the_future_counts_as_of_now() {
    let desk = Desk::new().await;
    let said = |time: &str, seconds: u32| {
        json!({"type": "time_entry.updated", "timestamp": time,
            "data": {"id": "e-1", "user_id": "u-1", "date": "2026-11-22", "seconds": seconds}})
    };
    assert_eq!(desk.say("msg_1", &said("2999-01-01T00:00:00Z", 60)).await.status(), 202);
    desk.pass(MINUTE);
    assert_eq!(desk.say("msg_2", &said("2026-11-22T12:01:00Z", 120)).await.status(), 202);
    assert_eq!(entry(&desk, "e-1").await.unwrap().entry.value.seconds, 120);
}

/// G12: the same delivery again, at any time in 30 days, in whatever state the firm is by then.
#[tokio::test]
async fn g12_a_repeated_delivery_has_no_second_effect() {
    let desk = Desk::new().await;
    assert_eq!(desk.say("msg_1", &an_hour("e-1", 1)).await.status(), 202);
    let before = desk.kept().await;
    let gaps = [0, 1, 299, 3_600, 86_400, 28 * 86_400];
    for seconds in gaps {
        desk.pass(SignedDuration::from_secs(seconds));
        for _ in 0..3 {
            // A sender that tries again signs again, under the same id.
            assert_eq!(desk.say("msg_1", &an_hour("e-1", 1)).await.status(), 202);
        }
        assert_eq!(desk.kept().await, before, "{seconds}");
    }
    // The id is what counts, whatever is said under it.
    assert_eq!(desk.say("msg_1", &an_hour("e-1", 9)).await.status(), 202);
    assert_eq!(desk.kept().await, before);
    assert_eq!(desk.say("msg_2", &an_hour("e-1", 9)).await.status(), 202);
    assert_eq!(entry(&desk, "e-1").await.unwrap().entry.version, 9);
}

/// G17: remembered for 30 days, whether the row was deleted or not; and nothing is lost with it.
#[tokio::test]
async fn g12_a_cache_that_forgot_a_delivery_costs_no_second_effect() {
    let desk = Desk::new().await;
    assert_eq!(desk.say("msg_1", &an_hour("e-1", 1)).await.status(), 202);
    let before = desk.deps.store.items();
    desk.deps.cache.clear();
    assert_eq!(desk.say("msg_1", &an_hour("e-1", 1)).await.status(), 202);
    assert_eq!(desk.deps.store.items(), before);
    desk.pass(MINUTE * (60 * 24 * 31));
    assert_eq!(desk.say("msg_1", &an_hour("e-1", 1)).await.status(), 202);
    assert_eq!(desk.deps.store.items(), before);
}

/// G46: an id is a firm's own: two firms' apps may count alike.
#[tokio::test]
async fn g46_the_same_id_at_another_firm_is_another_delivery() {
    let desk = Desk::new().await;
    desk.firm("other", &[crate::desk::SECRET]).await;
    let good = desk.delivery("msg_1", an_hour("e-1", 1).to_string());
    assert_eq!(desk.send(&good).await.status(), 202);
    let path = "/webhooks/practice/other".into();
    assert_eq!(desk.send(&crate::desk::Delivery { path, ..good }).await.status(), 202);
    for id in ["demo", "other"] {
        let it = records::get::<EntryRecord>(&desk.deps.store, &firm(id), "e-1").await.unwrap();
        assert!(it.is_some(), "{id}");
    }
    let wakes: Vec<String> = desk.deps.wakes.take().iter().map(|it| it.firm.to_string()).collect();
    assert_eq!(wakes, ["demo", "other"]);
}

/// G11: whatever fails before the event is stored: 503, and the same delivery is taken later.
#[tokio::test]
async fn g11_a_delivery_that_could_not_be_stored_is_taken_when_it_comes_again() {
    type Break = fn(&Desk);
    let faults: [(&str, Break); 7] = [
        ("reads", |it| it.deps.store.fail_reads(1)),
        ("commits", |it| it.deps.store.fail_commits(1)),
        ("lanes", |it| it.deps.store.fail_lanes(1)),
        ("cache", |it| it.deps.cache.fail_next(1)),
        ("vault", |it| it.deps.vault.fail_next(1)),
        ("lost answer", |it| it.deps.store.lose_answers(1)),
        ("lost answer of the cache", |it| it.deps.cache.lose_answers(1)),
    ];
    for (name, fault) in faults {
        let desk = Desk::new().await;
        let good = desk.delivery("msg_1", an_hour("e-1", 1).to_string());
        fault(&desk);
        let answer = desk.send(&good).await;
        assert_eq!(problem(&answer), (503, "unavailable".into()), "{name}");
        assert_eq!(answer.headers()["retry-after"], "1", "{name}");
        if !name.starts_with("lost") {
            assert!(entry(&desk, "e-1").await.is_none(), "{name}");
            assert_eq!(desk.deps.cache.items(), [], "{name}: remembered");
        }
        assert_eq!(desk.send(&good).await.status(), 202, "{name}");
        assert_eq!(entry(&desk, "e-1").await.unwrap().entry.version, 1, "{name}");
        let lane = desk.deps.store.look(&firm("demo"), Lane::Time).await.unwrap();
        assert!(lane.due_at.is_some(), "{name}");
    }
}

/// G11, G16: the table fails for good after any number of writes: every 2xx is stored.
#[tokio::test]
async fn g11_what_is_answered_with_2xx_is_stored() {
    for commits in 0..6 {
        let desk = Desk::new().await;
        desk.deps.store.fail_commits_after(commits);
        for n in 0..8 {
            let id = format!("e-{n}");
            let status = desk.say(&format!("msg_{n}"), &an_hour(&id, 1)).await.status();
            assert_eq!(entry(&desk, &id).await.is_some(), status == 202, "{commits} {n}");
        }
        desk.deps.store.fail_commits(0);
        for n in 0..8 {
            let id = format!("e-{n}");
            assert_eq!(desk.say(&format!("msg_{n}"), &an_hour(&id, 1)).await.status(), 202);
            assert!(entry(&desk, &id).await.is_some());
        }
    }
}

/// G16: the lane is marked, so the sweep finds what no message told of.
#[tokio::test]
async fn g16_a_wake_that_failed_is_still_202() {
    let desk = Desk::new().await;
    desk.deps.wakes.fail_next(1);
    assert_eq!(desk.say("msg_1", &an_hour("e-1", 1)).await.status(), 202);
    assert!(entry(&desk, "e-1").await.is_some());
    assert_eq!(desk.deps.wakes.take(), []);
    let lane = desk.deps.store.look(&firm("demo"), Lane::Time).await.unwrap();
    assert_eq!((lane.marks, lane.due_at), (1, Some(desk.now())));
    // It is taken all the same, so it is not worked twice.
    let before = desk.kept().await;
    assert_eq!(desk.say("msg_1", &an_hour("e-1", 1)).await.status(), 202);
    assert_eq!(desk.kept().await, before);
}

/// A version of an event that breaks a rule does not use its id up: mended, it is taken.
#[tokio::test]
async fn g12_a_refused_delivery_is_not_remembered() {
    let desk = Desk::new().await;
    let mut broken = an_hour("e-1", 1);
    broken["data"]["seconds"] = 86_401.into();
    assert_eq!(desk.say("msg_1", &broken).await.status(), 422);
    assert_eq!(desk.say("msg_1", &an_hour("e-1", 1)).await.status(), 202);
    assert!(entry(&desk, "e-1").await.is_some());
}

/// The largest contact that keeps every rule fits into a record, also when it replaces another.
#[tokio::test]
async fn g42_the_largest_contact_that_keeps_the_rules_is_stored() {
    let desk = Desk::new().await;
    for round in 0..2 {
        let many = |n: usize, of: &dyn Fn(usize) -> Value| (0..n).map(of).collect::<Vec<_>>();
        let text = |n: usize| "é".repeat(n);
        let data = json!({
            "id": "c-1", "kind": "person", "name": text(500 - round),
            "emails": many(20, &|n| json!(format!("a{n}-{round}@{}.example", "x".repeat(60)))),
            "phones": many(20, &|_| json!({"label": text(255), "number": text(255)})),
            "addresses": many(20, &|_| json!({"label": "mailing", "lines": vec![text(80); 20],
                "city": text(80)})),
            "organisations": many(100, &|n| json!({"id": format!("o-{n}"), "position": text(255)})),
        });
        let event =
            json!({"type": "contact.updated", "timestamp": "2026-11-22T12:00:00Z", "data": data});
        let delivery = desk.delivery(&format!("msg_{round}"), event.to_string());
        assert!(delivery.body.len() <= 262_144, "{}", delivery.body.len());
        assert_eq!(desk.send(&delivery).await.status(), 202);
    }
}

async fn say(desk: &Desk, kind: &str, data: Value) {
    let event = json!({"type": kind, "timestamp": "2026-11-22T12:00:00Z", "data": data});
    let id = format!("msg_{}", desk.deps.cache.items().len());
    assert_eq!(desk.say(&id, &event).await.status(), 202, "{kind}");
}

async fn entry(desk: &Desk, id: &str) -> Option<EntryRecord> {
    kept(desk, id).await
}

async fn kept<R: Record>(desk: &Desk, id: &str) -> Option<R> {
    let it = records::get::<R>(&desk.deps.store, &firm("demo"), id).await.unwrap();
    it.map(|it| it.record)
}

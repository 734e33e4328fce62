//! How a run goes on through crashes, lost pieces, conflicts and shut gates.

use std::time::Duration;

use domain::connection::tenants;
use domain::connection::{self, State};
use domain::contacts::sync::{self, Mode, RunState, SyncRun, work};
use domain::deadline::Deadline;
use domain::ports::{Cache, CacheKey, Cached, Expect, Kind, Lane, Lanes, Limit, Shelf};
use domain::reason::Reason;
use jiff::SignedDuration;
use memory::practice::{Method, Trouble};
use serde_json::{Value, json};

use crate::desk::{Desk, company, organisation, with};

/// KB-07, XB-03: nobody presses anything; connecting marks the lane.
#[tokio::test]
async fn kb_07_the_first_sync_runs_by_itself() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.ports.store.mark(&desk.firm, Lane::Contacts, desk.now()).await.unwrap();
    desk.work().await;
    let runs = desk.runs().await;
    assert_eq!((runs.len(), runs[0].state, runs[0].counts.created), (1, RunState::Done, 1));
    let connection = connection::read(&desk.ports.store, &desk.firm).await.unwrap();
    assert_eq!(connection.first_sync_at, Some(desk.now()));
    // Time that waited for it is looked at again.
    let time = desk.ports.store.look(&desk.firm, Lane::Time).await.unwrap();
    assert_eq!(time.due_at, Some(desk.now()));
}

/// A firm that connected before organisations led to firms needs not connect again for Xero's hints.
#[tokio::test]
async fn g39_the_next_sync_has_the_organisation_lead_to_the_firm() {
    let desk = Desk::new().await;
    let tenant = crate::desk::tenant();
    let firms = || tenants::firms(&desk.ports.store, &tenant);
    assert_eq!(firms().await.unwrap(), []);
    desk.sync().await;
    assert_eq!(firms().await.unwrap(), std::slice::from_ref(&desk.firm));
    desk.sync().await;
    assert_eq!(desk.count(Kind::Tenant), 1);
}

#[tokio::test]
async fn kb_07_pressing_twice_is_one_run() {
    let desk = Desk::new().await;
    let (one, two) = (desk.request().await, desk.request().await);
    assert_eq!(one.id, two.id);
    assert_eq!(one.state, RunState::Queued);
    desk.work().await;
    assert_eq!(desk.runs().await.len(), 1);
    assert_ne!(desk.request().await.id, one.id);
}

#[tokio::test]
async fn kb_07_a_firm_without_clients_is_done_at_once() {
    let desk = Desk::new().await;
    desk.pass(10);
    desk.sync().await;
    desk.pass(60);
    let run = desk.sync().await;
    assert_eq!((run.state, run.counts.read, run.progress.total), (RunState::Done, 0, 0));
}

#[tokio::test]
async fn kb_09_a_firm_is_synchronised_once_per_interval_and_reads_only_what_changed() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    for hour in 1..=3 {
        desk.client(company("b1", &format!("Beta {hour}"), "b@beta.example"));
        for _ in 0..60 {
            desk.pass(1);
            let due = desk.due().await.unwrap();
            assert!(due <= desk.now() + SignedDuration::from_mins(15));
            if due <= desk.now() {
                desk.work().await;
            }
        }
        assert_eq!(desk.lists(), 1 + 4 * hour);
    }
    let counts: Vec<(u64, u64, u64)> = desk
        .runs()
        .await
        .iter()
        .map(|it| (it.counts.read, it.counts.created, it.counts.updated))
        .collect();
    let quiet = (0, 0, 0);
    let renamed = (1, 0, 1);
    assert_eq!(counts.iter().filter(|it| **it == (1, 1, 0)).count(), 1);
    assert_eq!(counts.iter().filter(|it| **it == renamed).count(), 2);
    assert_eq!(counts.iter().filter(|it| **it == quiet).count(), 9);
}

/// A change that becomes visible late is still within the overlap; a week later everything is read.
#[tokio::test]
async fn changes_are_read_with_an_overlap_and_everything_once_a_week() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    desk.client(company("b1", "Beta", "b@beta.example"));
    for (minutes, read) in [(0, 1), (0, 0), (7 * 24 * 60, 3), (0, 0)] {
        desk.pass(minutes);
        assert_eq!(desk.sync().await.counts.read, read, "after {minutes} minutes more");
    }
    desk.ports.clock.advance(-SignedDuration::from_mins(3));
    desk.client(company("a1", "Late", "a@acme.example"));
    desk.ports.clock.advance(SignedDuration::from_mins(3));
    assert_eq!(desk.sync().await.counts.updated, 1);
}

/// Every commit of a run is the last one before a crash, once: the counts and the contacts are the same.
#[tokio::test]
async fn kb_08_a_crash_anywhere_leads_to_the_same_counts() {
    let whole = crowd().await;
    let run = whole.sync().await;
    let expected = (run.counts, run.skipped.clone(), told(&whole));
    assert!(run.counts.created > 400 && run.counts.matched == 10 && run.counts.partial == 10);
    let commits = whole.ports.store.commits() - crowd().await.ports.store.commits();
    // The first commit is the request.
    for n in 0..u32::try_from(commits - 1).unwrap() {
        let desk = crowd().await;
        let asked = desk.request().await;
        desk.ports.store.fail_commits_after(n);
        desk.try_work().await.unwrap_err();
        desk.ports.store.fail_commits(0);
        desk.pass(2);
        desk.work().await;
        let run = desk.run(&asked).await;
        assert_eq!(run.state, RunState::Done, "crash after {n}");
        assert_eq!((run.counts, run.skipped, told(&desk)), expected, "crash after {n}");
    }
}

#[tokio::test]
async fn an_answer_lost_after_the_commit_counts_nothing_twice() {
    let whole = crowd().await;
    let expected = whole.sync().await.counts;
    let desk = crowd().await;
    let run = desk.request().await;
    desk.ports.store.lose_answers(3);
    while desk.try_work().await.is_err() {}
    assert_eq!(desk.run(&run).await.counts, expected);
    assert_eq!(told(&desk), told(&whole));
}

/// A conflict in a commit of many is fought out one by one.
#[tokio::test]
async fn kb_26_records_changed_by_others_meanwhile_are_tried_again() {
    let whole = crowd().await;
    let expected = whole.sync().await.counts;
    let desk = crowd().await;
    let run = desk.request().await;
    desk.work_until_chunks(&run).await;
    desk.ports.store.conflict_next(7);
    desk.work().await;
    desk.pass(2);
    desk.work().await;
    assert_eq!(desk.run(&run).await.counts, expected);
    assert_eq!(told(&desk), told(&whole));
}

#[tokio::test]
async fn kb_07_a_run_goes_on_over_several_invocations_and_reads_xpm_once() {
    let desk = crowd().await;
    let expected = crowd().await.sync().await.counts;
    let asked = desk.request().await;
    let mut seen = Vec::new();
    for _ in 0..20 {
        desk.tick(40).await;
        let run = desk.run(&asked).await;
        if seen.last() != Some(&run.progress.done) {
            seen.push(run.progress.done);
        }
        if run.state == RunState::Done {
            break;
        }
        assert_eq!(run.state, RunState::Running);
        let wakes = desk.ports.wakes.take();
        assert!(wakes.iter().any(|it| it.lane == Lane::Contacts), "nobody goes on");
    }
    assert!(seen.len() > 1, "all in one: {seen:?}");
    assert_eq!(desk.run(&asked).await.counts, expected);
    assert_eq!(desk.lists(), 1);
}

#[tokio::test]
async fn a_vanished_chunk_is_read_again_and_nothing_counts_twice() {
    let expected = crowd().await.sync().await.counts;
    let desk = crowd().await;
    let asked = desk.request().await;
    while desk.run(&asked).await.progress.done == 0 {
        desk.tick(40).await;
    }
    desk.ports.cache.clear();
    desk.work().await;
    let run = desk.run(&asked).await;
    assert_eq!((run.state, run.counts), (RunState::Done, expected));
    assert_eq!(desk.lists(), 2);
}

/// What was written before the pieces were lost is not read again by this run, so the next must.
#[tokio::test]
async fn a_change_made_while_a_run_has_to_read_again_is_the_next_runs() {
    let desk = crowd().await;
    let asked = desk.request().await;
    while desk.run(&asked).await.progress.done == 0 {
        desk.tick(40).await;
    }
    desk.client(company("a000", "Renamed", "c0@x.example"));
    desk.pass(20);
    desk.ports.cache.clear();
    desk.work().await;
    assert_eq!(desk.run(&asked).await.state, RunState::Done);
    desk.sync().await;
    assert_eq!(desk.book("o-a000").await.contact.value.name, "Renamed");
}

#[tokio::test]
async fn a_cache_that_loses_everything_does_not_cost_call_after_call() {
    let desk = crowd().await;
    let asked = desk.request().await;
    for _ in 0..10 {
        desk.tick(34).await;
        desk.ports.cache.clear();
    }
    assert!(desk.lists() <= 6, "{} calls", desk.lists());
    for _ in 0..30 {
        desk.pass(1);
        desk.work().await;
    }
    assert_eq!(desk.run(&asked).await.state, RunState::Done);
}

#[tokio::test]
async fn a_cache_that_fails_while_xpm_is_read_is_no_fault_of_xpm() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    let asked = desk.request().await;
    // The lease and the budget are in the cache too: somewhere among these calls the chunk fails.
    for n in 0..8 {
        desk.ports.cache.lose_answers(n);
        let _ = desk.try_work().await;
        desk.ports.cache.lose_answers(0);
        desk.pass(1);
    }
    desk.work().await;
    let run = desk.run(&asked).await;
    assert_eq!((run.state, run.counts.created, run.waiting), (RunState::Done, 1, None));
}

#[tokio::test]
async fn g26_a_throttled_run_waits_as_long_as_xpm_says_and_says_why() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    let throttled = Trouble::Throttled(Limit::Minute, Some(Duration::from_secs(90)));
    desk.ports.practice.fail_next(Method::Clients, throttled);
    let asked = desk.request().await;
    desk.work().await;
    let run = desk.run(&asked).await;
    let until = desk.now() + SignedDuration::from_secs(90);
    assert_eq!(run.state, RunState::Running);
    let waiting = run.waiting.unwrap();
    assert_eq!((waiting.reason, waiting.until), (Reason::OverLimit, Some(until)));
    desk.pass(1);
    desk.work().await;
    assert_eq!(desk.lists(), 1);
    assert_eq!(desk.due().await, Some(until));
    desk.pass(1);
    desk.work().await;
    let run = desk.run(&asked).await;
    assert_eq!((run.state, run.waiting), (RunState::Done, None));
}

#[tokio::test]
async fn a_run_waits_while_xpm_is_silent_and_then_ends() {
    let desk = Desk::new().await;
    for _ in 0..3 {
        desk.ports.practice.fail_next(Method::Clients, Trouble::Uncertain);
    }
    let asked = desk.request().await;
    for _ in 0..30 {
        desk.work().await;
        desk.pass(1);
    }
    assert_eq!(desk.run(&asked).await.state, RunState::Done);
    let refused_and_good = 3 + 1;
    assert!(desk.lists() >= refused_and_good);
}

/// Whatever came before the answer broke off: nobody is flagged as gone, nobody counted.
#[tokio::test]
async fn kb_66_half_a_list_is_no_list() {
    let desk = crowd().await;
    desk.sync().await;
    let before = desk.kept();
    desk.pass(8 * 24 * 60);
    desk.ports.practice.fail_next(Method::Clients, Trouble::UncertainAfter);
    let asked = desk.request().await;
    desk.work().await;
    let run = desk.run(&asked).await;
    assert_eq!((run.state, run.progress.done, run.counts.read), (RunState::Running, 0, 0));
    assert_eq!(desk.kept(), before);
    desk.pass(1);
    desk.work().await;
    let run = desk.run(&asked).await;
    assert_eq!((run.state, run.counts.unchanged), (RunState::Done, run.counts.read - 11));
    assert_eq!(desk.kept(), before);
}

/// The counts of every run add up to what was read, and a run and its changes are forgotten after
/// thirty days, a few at a time.
#[tokio::test]
async fn kb_08_old_runs_are_forgotten_with_their_changes_and_the_journal_stays() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    let first = desk.sync().await;
    let journal = desk.count(Kind::Journal);
    assert_eq!((desk.count(Kind::SyncChange), journal), (1, 1));
    desk.pass(29 * 24 * 60);
    desk.sync().await;
    assert_eq!(desk.runs().await.len(), 2);
    desk.pass(2 * 24 * 60);
    desk.sync().await;
    let left = desk.runs().await;
    assert!(left.len() == 2 && left.iter().all(|it| it.id != first.id));
    assert_eq!((desk.count(Kind::SyncChange), desk.count(Kind::Journal)), (0, journal));
    assert_eq!(desk.contacts().await, ["xpm-a1"]);
}

/// A clock that goes back moves no cursor back, and what XPM says later is still read.
#[tokio::test]
async fn g23_the_cursor_never_goes_back() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.sync().await;
    let cursor = |desk: &Desk| {
        let items = desk.ports.store.items().into_iter();
        let track = items.filter(|it| it.key.kind == Kind::Sync).find(|it| it.key.id == "track");
        track.unwrap().body["since"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap()
    };
    let before = cursor(&desk);
    assert_eq!(before, desk.now() - SignedDuration::from_mins(5));
    desk.pass(-60);
    desk.sync().await;
    assert_eq!(cursor(&desk), before);
    // Whatever waited for the clock to catch up is done, and then a run of its own.
    desk.pass(120);
    desk.work().await;
    desk.sync().await;
    assert_eq!(cursor(&desk), desk.now() - SignedDuration::from_mins(5));
}

#[tokio::test]
async fn a_token_that_xpm_refuses_is_replaced_at_once() {
    let desk = Desk::new().await;
    desk.ports.practice.fail_next(Method::Clients, Trouble::Unauthorised);
    assert_eq!(desk.sync().await.state, RunState::Done);
    assert_eq!(desk.ports.identity.rotations(), 1);
}

#[tokio::test]
async fn a_refusal_ends_the_run_with_xpms_words_and_the_next_one_is_scheduled() {
    let desk = Desk::new().await;
    let refusal = Trouble::Refused(400, "no such method".into());
    desk.ports.practice.fail_next(Method::Clients, refusal);
    let run = desk.sync().await;
    assert_eq!(run.state, RunState::Failed);
    assert_eq!(run.waiting.unwrap().words.as_deref(), Some("no such method"));
    let connection = connection::read(&desk.ports.store, &desk.firm).await.unwrap();
    assert_eq!(connection.first_sync_at, None);
    desk.pass(16);
    desk.work().await;
    assert_eq!(desk.runs().await[0].state, RunState::Done);
}

#[tokio::test]
async fn xb_05_a_disconnected_firm_rests_and_goes_on_when_it_is_connected_again() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    let asked = desk.request().await;
    desk.connection(State::ReconnectRequired).await;
    desk.work().await;
    desk.pass(1);
    desk.work().await;
    assert_eq!((desk.due().await, desk.lists()), (None, 0));
    let waiting = desk.run(&asked).await.waiting.unwrap();
    assert_eq!(waiting.reason, Reason::ReconnectRequired);

    desk.connection(State::Connected).await;
    desk.ports.store.mark(&desk.firm, Lane::Contacts, desk.now()).await.unwrap();
    desk.work().await;
    let run = desk.run(&asked).await;
    assert_eq!((run.state, run.counts.created, run.waiting), (RunState::Done, 1, None));
}

#[tokio::test]
async fn a_run_that_was_announced_but_not_yet_written_is_found_at_the_second_look() {
    let desk = Desk::new().await;
    desk.sync().await;
    desk.pass(1);
    desk.work().await;
    desk.ports.store.mark(&desk.firm, Lane::Contacts, desk.now()).await.unwrap();
    desk.work().await;
    assert_eq!(desk.due().await, Some(desk.now() + SignedDuration::from_mins(1)));
}

#[tokio::test]
async fn one_worker_at_a_time_until_its_lease_ends() {
    let desk = Desk::new().await;
    let key = CacheKey::new(&desk.firm, Shelf::Lease, "contacts");
    let until = desk.now() + SignedDuration::from_secs(30);
    let item = Cached { version: 0, body: json!({}), expires_at: until };
    let _ = desk.ports.cache.keep(&key, item, Expect::Any, desk.now()).await.unwrap();
    let asked = desk.request().await;
    desk.work().await;
    assert_eq!(desk.run(&asked).await.state, RunState::Queued);
    assert!(desk.due().await.is_some_and(|it| it <= desk.now()), "nobody comes back");
    desk.pass(1);
    desk.work().await;
    assert_eq!(desk.run(&asked).await.state, RunState::Done);
}

#[tokio::test]
async fn a_plan_counts_what_it_would_do_and_writes_no_record() {
    let desk = crowd().await;
    let before = desk.kept();
    let plan = sync::request(&desk.ports, &desk.firm, Mode::Plan, desk.now()).await.unwrap();
    desk.work().await;
    assert_eq!(desk.kept(), before);
    let plan = desk.run(&plan).await;
    let connection = connection::read(&desk.ports.store, &desk.firm).await.unwrap();
    assert_eq!((plan.state, connection.first_sync_at), (RunState::Done, None));
    assert_eq!(desk.sync().await.counts, plan.counts);
}

#[tokio::test]
async fn what_cannot_be_read_fails_alone() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.client(company("b1", "Beta", "b@beta.example"));
    desk.sync().await;
    desk.spoil(Kind::Match, "a1").await;
    desk.pass(8 * 24 * 60);
    desk.client(company("b1", "Beta Ltd", "b@beta.example"));
    let run = desk.sync().await;
    assert_eq!((run.state, run.counts.failed, run.counts.updated), (RunState::Done, 1, 1));
    assert_eq!(run.failures[0].name, "Acme");
}

#[tokio::test]
async fn what_is_too_large_to_keep_fails_alone() {
    let desk = Desk::new().await;
    desk.client(company("a1", &"a".repeat(60_000), "a@acme.example"));
    desk.client(company("b1", "Beta", &"many@beta.example;".repeat(1_000)));
    let run = desk.sync().await;
    assert_eq!((run.counts.failed, run.counts.created), (1, 1));
}

/// What is kept of a large record is several times as large; a commit ends at 4 MB.
#[tokio::test]
async fn many_large_records_are_written_all_the_same() {
    let desk = Desk::new().await;
    let rename = |letter: &str| {
        for n in 0..40 {
            let (id, name) = (format!("a{n:02}"), format!("{n} {}", letter.repeat(49_000)));
            desk.client(company(&id, &name, &format!("c{n}@x.example")));
        }
    };
    rename("a");
    assert_eq!(desk.sync().await.counts.created, 40);
    rename("b");
    let run = desk.sync().await;
    assert_eq!(run.counts.updated, 40);
    desk.pass(8 * 24 * 60);
    rename("c");
    assert_eq!(desk.plan().await.counts.updated, 40);
}

/// A run is shown in the shape of the contract.
#[tokio::test]
async fn kb_08_a_run_is_shown_as_the_contract_says() {
    let desk = Desk::new().await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    let run = desk.sync().await;
    assert_eq!(
        serde_json::to_value(run.shown()).unwrap(),
        json!({
            "id": run.id, "mode": "apply", "state": "done",
            "started_at": "2026-11-22T12:06:00Z", "finished_at": "2026-11-22T12:06:00Z",
            "progress": {"done": 2, "total": 2},
            "counts": {"read": 2, "matched": 0, "created": 1, "partial": 0, "updated": 0,
                "unchanged": 0, "skipped": 1, "failed": 0},
            "skipped": [{"reason": "deleted", "count": 1}]
        })
    );
}

impl Desk {
    /// Works until XPM is read and no chunk is done.
    async fn work_until_chunks(&self, run: &SyncRun) {
        self.tick(34).await;
        let run = self.run(run).await;
        assert!(run.progress.total > 0 && run.progress.done == 0, "{:?}", run.progress);
    }

    /// Leaves something unreadable in the place of a record.
    async fn spoil(&self, kind: Kind, id: &str) {
        use domain::ports::{Change, Item, Key, Store};
        let key = Key::new(&self.firm, kind, id);
        let item = Item { key, version: 0, body: json!({"state": 7}), due: None, expires: None };
        let change = vec![Change::Put(item, Expect::Any)];
        let _ = self.ports.store.commit(change).await.unwrap();
    }
}

/// 450 companies, some with people, ten of them matched and ten partial: three chunks and more.
async fn crowd() -> Desk {
    let desk = Desk::new().await;
    for n in 0..10 {
        let (id, name, email) = names(n);
        desk.contact(organisation(&format!("o-{id}"), &name, &email)).await;
        let (id, name, _) = names(n + 10);
        desk.contact(organisation(&format!("o-{id}"), &name, "other@x.example")).await;
    }
    for n in 0..450 {
        let (id, name, email) = names(n);
        let person = json!({"uuid": format!("c{:03}", n / 2), "name": format!("Person {}", n / 2)});
        let people = if n % 10 < 2 { json!([person]) } else { json!([]) };
        desk.client(with(company(&id, &name, &email), json!({"contacts": people})));
    }
    desk
}

fn names(n: usize) -> (String, String, String) {
    (format!("a{n:03}"), format!("Client {n}"), format!("c{n}@x.example"))
}

/// A digest of all contacts and matches, without what tells one run from another.
fn told(desk: &Desk) -> String {
    let strip = |(id, _, mut body): (String, u64, Value)| {
        if let Some(it) = body.as_object_mut() {
            it.remove("changed_in");
        }
        if let Some(it) = body.get_mut("contact").and_then(Value::as_object_mut) {
            it.remove("as_of");
        }
        (id, body)
    };
    let all: Vec<(String, Value)> = desk.kept().into_iter().map(strip).collect();
    domain::chance::digest(&format!("{all:?}"))
}

/// A worker's future may move between threads, as a runtime may want.
#[test]
fn the_work_may_move_between_threads() {
    fn moves(_: impl Send) {}
    fn check(desk: &Desk) {
        let deadline = Deadline { at: desk.now() };
        moves(work(&desk.ports, &desk.firm, deadline));
        moves(sync::request(&desk.ports, &desk.firm, Mode::Apply, desk.now()));
    }
    let _: fn(&Desk) = check;
}

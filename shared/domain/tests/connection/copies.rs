//! Copies of XPM's lists: believed for ten minutes, shown as stale when XPM is down, never empty by mistake.

use domain::copies::{self, Asker, STAFF, TASKS, Unavailable};
use domain::firm::Limits;
use domain::ids::JobNumber;
use domain::ports::{Cache, Clock, Fault};
use domain::practice::{Client, Job, JobTask, Named};
use domain::reason::Reason;
use jiff::SignedDuration;
use memory::practice::{Method, Trouble};
use serde_json::json;

use crate::desk::{Desk, LIMITS, MINUTE, SECOND, firm, tenant, uuid};

#[tokio::test]
async fn xb_30_a_copy_is_believed_for_ten_minutes() {
    let desk = Desk::connected().await;
    let first = copies::tasks(&desk.ports, desk.asker()).await.unwrap();
    assert_eq!((first.as_of, first.stale), (desk.now(), false));
    assert_eq!(desk.calls(Method::Tasks), 1);
    desk.pass(SECOND * 599);
    assert_eq!(copies::tasks(&desk.ports, desk.asker()).await.unwrap(), first);
    assert_eq!(desk.calls(Method::Tasks), 1);

    desk.pass(SECOND * 2);
    // The row is still in place: the reader itself knows that it is too old.
    let rows = desk.ports.cache.items();
    assert!(rows.iter().any(|(key, _)| key.id == TASKS));
    let second = copies::tasks(&desk.ports, desk.asker()).await.unwrap();
    assert_eq!((desk.calls(Method::Tasks), second.as_of), (2, desk.now()));
}

/// XB-31: a name changed in XPM is seen ten minutes later at the latest, or at once after "refresh now".
#[tokio::test]
async fn xb_31_a_change_in_xpm_is_seen_within_ten_minutes() {
    let desk = Desk::connected().await;
    copies::tasks(&desk.ports, desk.asker()).await.unwrap();
    desk.fill("tenant-1", "Renamed");
    desk.pass(MINUTE * 9);
    assert_eq!(name(&desk).await, "Accounts");
    desk.pass(MINUTE);
    assert_eq!(name(&desk).await, "Renamed");

    desk.fill("tenant-1", "Once more");
    assert_eq!(name(&desk).await, "Renamed");
    copies::forget(&desk.ports, &desk.firm, TASKS).await.unwrap();
    assert_eq!(name(&desk).await, "Once more");
    assert_eq!(desk.calls(Method::Tasks), 3);
}

#[tokio::test]
async fn xb_31_the_age_of_a_copy_is_told() {
    let desk = Desk::connected().await;
    assert_eq!(copies::age(&desk.ports, &desk.firm, STAFF).await.unwrap(), None);
    let as_of = desk.now();
    copies::staff(&desk.ports, desk.asker()).await.unwrap();
    desk.pass(MINUTE * 20);
    assert_eq!(copies::age(&desk.ports, &desk.firm, STAFF).await.unwrap(), Some(as_of));
}

#[tokio::test]
async fn xb_32_copies_are_per_firm_and_per_resource() {
    let desk = Desk::connected().await;
    copies::tasks(&desk.ports, desk.asker()).await.unwrap();
    copies::templates(&desk.ports, desk.asker()).await.unwrap();
    copies::staff(&desk.ports, desk.asker()).await.unwrap();
    for method in [Method::Tasks, Method::Templates, Method::Staff] {
        assert_eq!(desk.calls(method), 1, "{method:?}");
    }
    let other = firm("other");
    let asker = Asker { firm: &other, ..desk.asker() };
    let none = copies::tasks(&desk.ports, asker).await.unwrap_err();
    assert_eq!(none.reason(), Reason::NotConnected);
    copies::forget(&desk.ports, &other, TASKS).await.unwrap();
    copies::tasks(&desk.ports, desk.asker()).await.unwrap();
    assert_eq!(desk.calls(Method::Tasks), 1);
}

/// XB-05, XB-32: of another organisation nothing is believed, nor shown when XPM is down.
#[tokio::test]
async fn xb_32_after_a_change_of_organisation_nothing_of_the_former_one_is_shown() {
    for down in [false, true] {
        let desk = Desk::connected().await;
        assert_eq!(name(&desk).await, "Accounts");
        desk.ports.identity.disconnect(&tenant("tenant-1"));
        desk.ports.identity.connect("ann", &tenant("tenant-2"), "Other");
        desk.fill("tenant-2", "Other's");
        desk.consent("ann").await;
        assert_eq!(copies::age(&desk.ports, &desk.firm, TASKS).await.unwrap(), None);
        if down {
            desk.ports.practice.fail_next(Method::Tasks, Trouble::Uncertain);
            let none = copies::tasks(&desk.ports, desk.asker()).await;
            assert!(matches!(none, Err(Unavailable::Fault(_))), "{none:?}");
        }
        assert_eq!(name(&desk).await, "Other's");
    }
}

/// XB-32: that a client has no job is believed no longer than anything else.
#[tokio::test]
async fn xb_32_an_empty_list_is_believed_for_ten_minutes_too() {
    let desk = Desk::connected().await;
    with_client(&desk);
    for (pass, jobs) in [(SignedDuration::ZERO, 0), (SECOND * 599, 0), (SECOND * 2, 1)] {
        desk.pass(pass);
        let copy = copies::jobs_of(&desk.ports, desk.asker(), &uuid("c1")).await.unwrap();
        assert_eq!(copy.items.len(), jobs, "{pass}");
        desk.ports.practice.put_job(&tenant("tenant-1"), job(1));
    }
    assert_eq!(desk.calls(Method::JobsOf), 2);
}

#[tokio::test]
async fn xb_34_when_xpm_is_down_the_old_copy_is_shown_as_stale() {
    let desk = Desk::connected().await;
    let first = copies::tasks(&desk.ports, desk.asker()).await.unwrap();
    for trouble in [
        Trouble::NotProcessed,
        Trouble::Uncertain,
        Trouble::UncertainAfter,
        Trouble::Refused(200, "No".into()),
        Trouble::Unauthorised,
    ] {
        desk.pass(MINUTE * 11);
        desk.ports.practice.fail_next(Method::Tasks, trouble.clone());
        let old = copies::tasks(&desk.ports, desk.asker()).await.unwrap();
        assert!(old.stale, "{trouble:?}");
        assert_eq!((old.items, old.as_of), (first.items.clone(), first.as_of), "{trouble:?}");
    }
    // That it was shown as stale makes it no younger.
    let fresh = copies::tasks(&desk.ports, desk.asker()).await.unwrap();
    assert_eq!((fresh.stale, fresh.as_of), (false, desk.now()));
}

#[tokio::test]
async fn xb_34_over_the_budget_the_old_copy_is_shown_and_no_call_made() {
    let desk = Desk::connected().await;
    let none = Limits { per_day: 1, reserved_per_day: 1, ..LIMITS };
    copies::tasks(&desk.ports, desk.asker()).await.unwrap();
    desk.pass(MINUTE * 11);
    let asker = Asker { limits: none, ..desk.asker() };
    assert!(copies::tasks(&desk.ports, asker).await.unwrap().stale);
    assert_eq!(desk.calls(Method::Tasks), 1);
    let refused = copies::staff(&desk.ports, asker).await.unwrap_err();
    assert_eq!(refused.reason(), Reason::OverLimit);
}

#[tokio::test]
async fn xb_34_without_a_copy_a_silent_xpm_is_an_error_and_no_empty_list() {
    let desk = Desk::connected().await;
    for trouble in [Trouble::NotProcessed, Trouble::Uncertain] {
        desk.ports.practice.fail_next(Method::Staff, trouble);
        let error = copies::staff(&desk.ports, desk.asker()).await.unwrap_err();
        assert_eq!(error.reason(), Reason::XpmUnreachable);
    }
    desk.ports.practice.fail_next(Method::Staff, Trouble::Disconnected);
    let error = copies::staff(&desk.ports, desk.asker()).await.unwrap_err();
    assert!(matches!(error, Unavailable::Fault(Fault::Disconnected)));
}

/// G17: a copy of yesterday is gone, whether or not its row was deleted.
#[tokio::test]
async fn g17_a_copy_older_than_a_day_is_not_shown_at_all() {
    for (age, shown) in [(MINUTE * (24 * 60 - 1), true), (MINUTE * (24 * 60 + 1), false)] {
        let desk = Desk::connected().await;
        copies::tasks(&desk.ports, desk.asker()).await.unwrap();
        desk.pass(age);
        desk.ports.practice.fail_next(Method::Tasks, Trouble::Uncertain);
        let copy = copies::tasks(&desk.ports, desk.asker()).await;
        assert_eq!(copy.is_ok_and(|it| it.stale), shown, "{age}");
    }
}

#[tokio::test]
async fn xb_34_a_cache_that_forgets_costs_a_call_and_nothing_else() {
    let desk = Desk::connected().await;
    copies::tasks(&desk.ports, desk.asker()).await.unwrap();
    desk.ports.cache.clear();
    assert!(!copies::tasks(&desk.ports, desk.asker()).await.unwrap().stale);
    assert_eq!(desk.calls(Method::Tasks), 2);
}

/// xpm-api 2.3: where the list leaves tasks out, each open job is asked for, and once only.
#[tokio::test]
async fn xb_30_jobs_without_tasks_are_asked_for_one_by_one() {
    let desk = Desk::connected().await;
    with_client(&desk);
    desk.ports.practice.omit_tasks(true);
    for n in 1..=3 {
        desk.ports.practice.put_job(&tenant("tenant-1"), job(n));
    }
    let closed = Job { state: "Completed".into(), ..job(4) };
    desk.ports.practice.put_job(&tenant("tenant-1"), closed);
    for _ in 0..2 {
        let copy = copies::jobs_of(&desk.ports, desk.asker(), &uuid("c1")).await.unwrap();
        assert_eq!(tasks(&copy.items), [1, 1, 1, 0]);
        assert_eq!((desk.calls(Method::JobsOf), desk.calls(Method::Job)), (1, 3));
    }
    desk.pass(SECOND * 601);
    copies::jobs_of(&desk.ports, desk.asker(), &uuid("c1")).await.unwrap();
    assert_eq!((desk.calls(Method::JobsOf), desk.calls(Method::Job)), (2, 6));
}

/// A client with more open jobs than calls can be made at once: what was learnt is kept, so that
/// asking again goes on and does not begin anew.
#[tokio::test]
async fn xb_30_jobs_are_asked_for_until_all_are_known_however_many() {
    let desk = Desk::connected().await;
    with_client(&desk);
    desk.ports.practice.omit_tasks(true);
    for n in 1..=20 {
        desk.ports.practice.put_job(&tenant("tenant-1"), job(n));
    }
    let mut tries = 0;
    let copy = loop {
        tries += 1;
        assert!(tries < 60, "no progress");
        match copies::jobs_of(&desk.ports, desk.asker(), &uuid("c1")).await {
            Ok(copy) => break copy,
            Err(Unavailable::Shut(domain::gate::Shut::Until { until, .. })) => {
                desk.ports.clock.wait(until).await;
            }
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(tasks(&copy.items), [1; 20]);
    assert_eq!((desk.calls(Method::JobsOf), desk.calls(Method::Job)), (1, 20));
}

/// XB-34: a job that cannot be read leaves the list unread: no task is missing by mistake.
#[tokio::test]
async fn xb_34_a_job_that_is_not_answered_is_not_taken_for_one_without_tasks() {
    let desk = Desk::connected().await;
    with_client(&desk);
    desk.ports.practice.omit_tasks(true);
    for n in 1..=3 {
        desk.ports.practice.put_job(&tenant("tenant-1"), job(n));
    }
    desk.ports.practice.fail_next(Method::Job, Trouble::Uncertain);
    let error = copies::jobs_of(&desk.ports, desk.asker(), &uuid("c1")).await.unwrap_err();
    assert!(matches!(error, Unavailable::Fault(_)));
    let copy = copies::jobs_of(&desk.ports, desk.asker(), &uuid("c1")).await.unwrap();
    assert_eq!(tasks(&copy.items), [1; 3]);
}

/// XB-33: a firm that was told of a change asks anew, of that client only.
#[tokio::test]
async fn xb_33_forgetting_a_clients_jobs_asks_for_them_anew() {
    let desk = Desk::connected().await;
    with_client(&desk);
    let ask = async || copies::jobs_of(&desk.ports, desk.asker(), &uuid("c1")).await.unwrap();
    assert_eq!(ask().await.items.len(), 0);
    desk.ports.practice.put_job(&tenant("tenant-1"), job(1));
    let key = copies::jobs_key(&uuid("c2"));
    copies::forget(&desk.ports, &desk.firm, &key).await.unwrap();
    assert_eq!(ask().await.items.len(), 0);
    let key = copies::jobs_key(&uuid("C1"));
    copies::forget(&desk.ports, &desk.firm, &key).await.unwrap();
    assert_eq!(ask().await.items.len(), 1);
}

/// A cache that is down is our own trouble, and neither an empty list nor a call without a budget.
#[tokio::test]
async fn xb_34_a_cache_that_is_down_is_an_error_of_ours() {
    let desk = Desk::connected().await;
    desk.ports.cache.fail_next(1);
    let error = copies::tasks(&desk.ports, desk.asker()).await.unwrap_err();
    assert!(matches!(error, Unavailable::Shut(domain::gate::Shut::Down(_))));
    assert_eq!(desk.calls(Method::Tasks), 0);
    // Down for the budget only: the copy is read, the gate is not.
    copies::tasks(&desk.ports, desk.asker()).await.unwrap();
    let key = domain::ports::CacheKey::new(&desk.firm, domain::ports::Shelf::Xpm, TASKS);
    assert!(desk.ports.cache.fetch(&key, desk.now()).await.unwrap().is_some());
}

async fn name(desk: &Desk) -> String {
    let copy = copies::tasks(&desk.ports, desk.asker()).await.unwrap();
    copy.items[0].name.clone()
}

fn with_client(desk: &Desk) {
    for id in ["c1", "c2"] {
        let client: Client = serde_json::from_value(json!({"uuid": id, "name": "Acme"})).unwrap();
        desk.ports.practice.put_client(&tenant("tenant-1"), client);
    }
}

fn job(n: u32) -> Job {
    let task = JobTask {
        uuid: uuid(&format!("7a{n:02}")),
        task_uuid: uuid("7a5c"),
        name: "Accounts".into(),
        completed: false,
        billable: true,
        staff: vec![],
    };
    Job {
        number: JobNumber::parse(format!("J{n:06}")).unwrap(),
        uuid: None,
        name: format!("Accounts {n}"),
        client: Some(Named { uuid: uuid("c1"), name: "Acme".into() }),
        state: "Planned".into(),
        start_date: None,
        due_date: None,
        completed_date: None,
        tasks: Some(vec![task]),
        staff: vec![],
    }
}

/// How many tasks are known of each job.
fn tasks(jobs: &[Job]) -> Vec<usize> {
    jobs.iter().map(|it| it.tasks.as_ref().map_or(0, Vec::len)).collect()
}

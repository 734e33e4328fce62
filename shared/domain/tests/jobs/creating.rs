//! The documents go out, and the job comes into being: once, whole, and no more calls than it takes.

use domain::copies;
use domain::jobs::desk::Not;
use domain::jobs::draft::Action;
use domain::jobs::examine::Wanted;
use domain::jobs::steps::{StepName, StepState};
use domain::jobs::{Standing, costs_of};
use domain::ports::{Cache, CacheKey, Cached, Expect, Lane, Lanes, Shelf};
use domain::reason::Reason;
use jiff::SignedDuration;
use memory::practice::Method;
use serde_json::json;

use crate::desk::{Desk, a_job, line, lines, sheet, tenant, uuid};

#[tokio::test]
async fn ca_15_delivered_three_times_makes_one_job() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    for action in [Action::Download, Action::Send, Action::Download] {
        desk.deliver("d-1", action).await.unwrap();
        desk.work().await;
        desk.rest().await;
    }
    let job = desk.only_job();
    assert_eq!(job.name, "BAS - Quarter");
    assert_eq!(desk.read("d-1").await.delivered.unwrap().action, Action::Download);
}

/// CA-15: whichever comes first, the delivery or the draft; but a delivery of long ago, when nobody
/// wanted a job, does not send what a person has not reviewed.
#[tokio::test]
async fn ca_15_a_delivery_that_overtakes_its_draft_commits_it() {
    let desk = Desk::new().await;
    assert_eq!(desk.deliver_early("d-1").await, Err(Not::Missing));
    assert_eq!(desk.deliver_early("d-2").await, Err(Not::Missing));
    assert_eq!(desk.deliver("d-3", Action::Send).await, Err(Not::Missing));
    desk.rest().await;
    desk.draft("d-1", a_job()).await;
    desk.draft("d-3", Wanted { staff: vec![], ..a_job() }).await;
    desk.work().await;
    assert_eq!(desk.added(), 1);
    desk.pass(SignedDuration::from_hours(24));
    desk.draft("d-2", a_job()).await;
    desk.rest().await;
    assert_eq!((desk.standing("d-2").await, desk.added()), (Standing::Draft, 1));
}

/// One add, one assignment, ten costs, and a state if one is wanted. Of a template that made no job in
/// the last ten minutes, the first job is asked once for the costs that the template brought.
#[tokio::test]
async fn ca_18_a_job_with_ten_costs_and_two_people_takes_thirteen_calls() {
    for (state, expected) in [(Some("INPROGRESS".to_owned()), 13), (None, 12)] {
        let desk = Desk::new().await;
        for (id, surveys) in [("d-1", 1), ("d-2", 0)] {
            desk.draft(id, Wanted { state_code: state.clone(), ..a_job() }).await;
            desk.costs(id, &lines(10)).await;
            let (before, asked) = (desk.ports.practice.calls().len(), desk.calls(Method::CostsOf));
            desk.deliver(id, Action::Send).await.unwrap();
            desk.work().await;
            assert_eq!(desk.calls(Method::CostsOf) - asked, surveys, "{id}");
            assert_eq!(desk.ports.practice.calls().len() - before, expected + surveys, "{id}");
            assert_eq!(desk.standing(id).await, Standing::Created);
            assert_eq!(desk.read(id).await.made.costs.len(), 10);
        }
    }
}

#[tokio::test]
async fn ca_18_every_step_is_shown_and_done_in_order() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    desk.costs("d-1", &lines(2)).await;
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.work().await;
    let steps = desk.steps("d-1").await;
    use StepName::{Add, Assign, Cost, State};
    let names: Vec<_> = steps.iter().map(|it| it.name).collect();
    assert_eq!(names, [Add, Assign, Cost, Cost, State]);
    assert!(steps.iter().all(|it| it.state == StepState::Done && it.reason.is_none()), "{steps:?}");
    let calls: Vec<_> = desk.ports.practice.calls().into_iter().map(|it| it.method).collect();
    use Method::{AddCost, AddJob, Assign as Put, CostsOf, SetState, Staff, Templates};
    assert_eq!(calls, [Templates, Staff, AddJob, Put, CostsOf, AddCost, AddCost, SetState]);
    let job = desk.only_job();
    assert_eq!((job.state.as_str(), job.staff.len()), ("In Progress", 2));
    assert_eq!(
        desk.told("d-1").await,
        [
            "job_draft.created",
            "job_draft.costs_confirmed",
            "job_draft.committed",
            "job.created",
            "job.completed"
        ]
    );
}

#[tokio::test]
async fn ca_17_the_state_is_optional_and_comes_last() {
    let desk = Desk::new().await;
    desk.draft("d-1", Wanted { state_code: None, staff: vec![], ..a_job() }).await;
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.work().await;
    assert_eq!(desk.only_job().state, "Planned");
    let skipped = |it: &domain::jobs::StepView| it.state == StepState::Skipped;
    assert_eq!(desk.steps("d-1").await.iter().filter(|it| skipped(it)).count(), 2);
}

/// CA-18, CA-19: a failed tail does not hide the job, and leaves the other steps their turn.
#[tokio::test]
async fn ca_18_a_failed_tail_does_not_hide_the_job() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    desk.costs("d-1", &lines(1)).await;
    desk.ports.practice.drop_staff(&tenant(), &uuid("5702"));
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.rest().await;
    assert_eq!(desk.standing("d-1").await, Standing::Failed);
    let draft = desk.read("d-1").await;
    assert_eq!(draft.made.job.unwrap().number, desk.only_job().number);
    let states: Vec<_> =
        desk.steps("d-1").await.into_iter().map(|it| (it.state, it.reason)).collect();
    assert_eq!(
        states,
        [
            (StepState::Done, None),
            (StepState::Failed, Some(Reason::StaffMissing)),
            (StepState::Done, None),
            (StepState::Pending, Some(Reason::EarlierStep)),
        ]
    );
    assert_eq!(desk.only_job().state, "Planned");
    // What XPM has already is changed there; what it refused may be changed here.
    let one = Wanted { staff: vec![uuid("5701")], ..a_job() };
    let moved = Wanted { name: Some("Other".into()), ..one };
    assert_eq!(desk.revise("d-1", moved).await, Err(Not::Now(Reason::JobExists)));
    desk.revise("d-1", Wanted { staff: vec![uuid("5701")], ..a_job() }).await.unwrap();
    desk.rest().await;
    assert_eq!(desk.standing("d-1").await, Standing::Created);
    assert_eq!((desk.only_job().state.as_str(), desk.added()), ("In Progress", 1));
}

#[tokio::test]
async fn ca_17_a_state_that_xpm_does_not_know_is_told() {
    let desk = Desk::new().await;
    desk.draft("d-1", Wanted { state_code: Some("GONE".into()), ..a_job() }).await;
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.rest().await;
    assert_eq!(desk.reason("d-1").await, Some(Reason::StateUnknown));
    desk.revise("d-1", Wanted { state_code: None, ..a_job() }).await.unwrap();
    desk.rest().await;
    assert_eq!(desk.standing("d-1").await, Standing::Created);
}

#[tokio::test]
async fn ca_03_a_firm_that_switches_jobs_off_holds_what_is_committed() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    desk.settings(|it| it.jobs.enabled = false).await;
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.rest().await;
    assert_eq!((desk.reason("d-1").await, desk.added()), (Some(Reason::JobsOff), 0));
    desk.settings(|it| it.jobs.enabled = true).await;
    desk.rest().await;
    assert_eq!(desk.standing("d-1").await, Standing::Created);
}

/// XB-33: what we have made ourselves is seen at once, and the client's tasks are linked anew.
#[tokio::test]
async fn xb_33_a_new_job_drops_the_copies_and_has_tasks_looked_at() {
    use domain::desired::Stamp;
    use domain::ids::{ContactId, TaskId};
    use domain::linking::task::{self, Task, TaskKind, TaskRecord};
    use domain::records;

    let desk = Desk::new().await;
    let firm = &desk.firm;
    let task = Task {
        id: TaskId::parse("t-1").unwrap(),
        name: "BAS".into(),
        kind: TaskKind::Task,
        process_id: None,
        contact_id: ContactId::parse("c-1").ok(),
        start_date: None,
        due_date: None,
        rolled_over: false,
    };
    let stamp = Stamp { version: None, as_of: desk.now() };
    task::put(&desk.ports.store, firm, task, stamp, desk.now()).await.unwrap();
    domain::lanes::look_again::<TaskRecord>(&desk.ports.store, firm, "t-1", jiff::Timestamp::MAX)
        .await
        .unwrap();
    let key = CacheKey::new(firm, Shelf::Xpm, copies::jobs_key(&uuid("c1")));
    let body = json!({"source": "tenant-1", "items": [], "as_of": desk.now()});
    let expires_at = desk.now() + SignedDuration::from_hours(1);
    let item = Cached { version: 0, body, expires_at };
    let _ = desk.ports.cache.keep(&key, item, Expect::Any, desk.now()).await.unwrap();
    let marks = desk.ports.store.look(firm, Lane::Time).await.unwrap().marks;

    desk.draft("d-1", a_job()).await;
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.work().await;
    assert_eq!(desk.ports.cache.fetch(&key, desk.now()).await.unwrap(), None);
    let task = records::get::<TaskRecord>(&desk.ports.store, firm, "t-1").await.unwrap().unwrap();
    assert!(task.record.look_at.is_some_and(|it| it <= desk.now()));
    assert!(desk.ports.store.look(firm, Lane::Time).await.unwrap().marks > marks);
    let woken: Vec<Lane> = desk.ports.wakes.take().into_iter().map(|it| it.lane).collect();
    assert!(woken.contains(&Lane::Time), "the task may be linked to the job at once");
}

/// BY-09: whoever listens hears of a created, completed or refused job at once, and of it in no lost time.
#[tokio::test]
async fn by_09_what_became_of_a_job_wakes_the_events() {
    let desk = Desk::new().await;
    let woken = || {
        let woken = desk.ports.wakes.take();
        woken.into_iter().filter(|it| it.lane == Lane::Events).count()
    };
    desk.draft("d-1", Wanted { state_code: None, ..a_job() }).await;
    desk.deliver("d-1", Action::Send).await.unwrap();
    woken();
    desk.work().await;
    assert_eq!(woken(), 2, "created and completed");
    desk.draft("d-2", Wanted { state_code: Some("GONE".into()), ..a_job() }).await;
    desk.deliver("d-2", Action::Send).await.unwrap();
    desk.work().await;
    assert_eq!(woken(), 2, "created and refused");
    desk.ports.practice.fail_next(Method::AddJob, memory::practice::Trouble::UncertainAfter);
    desk.draft("d-3", Wanted { name: Some("other".into()), state_code: None, ..a_job() }).await;
    desk.deliver("d-3", Action::Send).await.unwrap();
    desk.work().await;
    assert_eq!(woken(), 2, "found and completed");
    desk.rest().await;
    assert_eq!(woken(), 0, "nothing happened");
}

#[tokio::test]
async fn ca_16_the_templates_costs_are_shown_once_xpm_has_made_them() {
    let desk = Desk::new().await;
    let fee = sheet("ASIC fee", "1", "576.00");
    desk.ports.practice.put_template_cost(&tenant(), &uuid("7e01"), fee.clone());
    desk.draft("d-1", a_job()).await;
    desk.costs("d-1", &[line("l-1", "courier", "1", "15")]).await;
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.work().await;
    let (draft, in_xpm) = (desk.read("d-1").await, desk.costs_now());
    let (ours, theirs) = costs_of(&draft, &in_xpm);
    assert_eq!(ours.len(), 1);
    assert_eq!(theirs.iter().map(|it| &it.sheet).collect::<Vec<_>>(), [&fee]);
}

//! Crashes and lost answers at every point: one job, each cost once (G1 to G5, CA-18).

use domain::jobs::Standing;
use domain::jobs::draft::Action;
use domain::jobs::examine::Wanted;
use domain::jobs::push::Wire;
use domain::ports::Limit;
use domain::reason::Reason;
use jiff::SignedDuration;
use memory::practice::{Method, Trouble};

use crate::desk::{Desk, a_job, line, lines, sheet, tenant, uuid};

/// CA-18, G20: the worker dies after any of its writes; whatever step that was, nothing is doubled.
#[tokio::test]
async fn ca_18_a_crash_after_any_write_resumes_without_a_second_job() {
    for commits in 0..40 {
        let desk = ready().await;
        let died = desk.die_after_commits(commits).await;
        desk.rest().await;
        assert_whole(&desk).await;
        if !died {
            assert!(commits > 8, "the worker wrote only {commits} times");
            return;
        }
    }
    panic!("the worker never came to an end");
}

/// G2, G5: each call meets each ending, carried out or not.
#[tokio::test]
async fn g05_whatever_becomes_of_a_call_nothing_is_doubled_and_nothing_lost() {
    use Method::{AddCost, AddJob, Assign, SetState, UpdateCost};
    let troubles = [
        Trouble::NotProcessed,
        Trouble::Throttled(Limit::Minute, Some(std::time::Duration::from_secs(3))),
        Trouble::Unauthorised,
        Trouble::Uncertain,
        Trouble::UncertainAfter,
    ];
    for method in [AddJob, Assign, AddCost, SetState, UpdateCost] {
        for trouble in &troubles {
            for times in 1..=2 {
                let desk = ready().await;
                for _ in 0..times {
                    desk.ports.practice.fail_next(method, trouble.clone());
                }
                desk.rest().await;
                desk.costs("d-1", &[line("l-0", "more", "9", "9"), lines(2)[1].clone()]).await;
                desk.rest().await;
                assert_eq!(desk.standing("d-1").await, Standing::Created, "{method:?} {trouble:?}");
                assert_eq!(desk.added(), 1, "{method:?} {trouble:?}");
                assert_eq!(desk.descriptions(), ["more", "cost 1"], "{method:?} {trouble:?}");
                assert_eq!(desk.only_job().staff.len(), 2);
                assert_eq!(desk.only_job().state, "In Progress");
            }
        }
    }
}

/// G4: a create without an answer is not repeated before two looks after its quiet time.
#[tokio::test]
async fn g04_an_uncertain_create_is_looked_for_twice_before_it_is_repeated() {
    for (method, look) in [(Method::AddJob, Method::JobsOf), (Method::AddCost, Method::CostsOf)] {
        let desk = ready().await;
        desk.ports.practice.fail_next(method, Trouble::Uncertain);
        desk.work().await;
        let sent = desk.now();
        let before = desk.calls(method);
        while desk.calls(method) == before {
            desk.pass(SignedDuration::from_secs(1));
            desk.work().await;
            assert!(desk.now() < sent + SignedDuration::from_secs(600), "never repeated");
        }
        // T + Q, and 30 s more.
        assert!(desk.now() >= sent + SignedDuration::from_secs(170), "{method:?}");
        assert!(desk.calls(look) >= 3, "{method:?}");
        desk.rest().await;
        assert_whole(&desk).await;
    }
}

/// SH-06: every lane that calls XPM says why it stands still, and no longer than that.
#[tokio::test]
async fn sh_06_while_xpm_is_silent_the_lane_of_jobs_says_so() {
    let desk = ready().await;
    desk.ports.practice.fail_next(Method::AddJob, Trouble::UncertainAfter);
    desk.ports.practice.fail_next(Method::JobsOf, Trouble::Uncertain);
    assert_eq!(desk.pause().await, None);
    desk.work().await;
    assert_eq!(desk.pause().await, Some(Reason::XpmUnreachable));
    desk.rest().await;
    assert_eq!(desk.pause().await, None);
    assert_whole(&desk).await;
}

/// G5: twins, that is the same job asked for by two document sets, are both made, each once.
#[tokio::test]
async fn g05_twins_are_both_made() {
    for trouble in [Trouble::Uncertain, Trouble::UncertainAfter] {
        let desk = Desk::new().await;
        for id in ["d-1", "d-2"] {
            desk.draft(id, a_job()).await;
            desk.deliver(id, Action::Send).await.unwrap();
            desk.ports.practice.fail_next(Method::AddJob, trouble.clone());
        }
        desk.rest().await;
        assert_eq!((desk.jobs().len(), desk.added()), (2, 2));
        let [one, two] = [desk.read("d-1").await, desk.read("d-2").await];
        assert_ne!(one.made.job.unwrap().number, two.made.job.unwrap().number);
    }
}

/// G5: a job that was there before is not taken for the one that was asked for, as far as we knew it.
#[tokio::test]
async fn g05_a_known_job_of_the_same_name_is_not_taken_for_ours() {
    let desk = Desk::new().await;
    let wanted = Wanted { staff: vec![], state_code: None, ..a_job() };
    desk.draft("d-0", wanted.clone()).await;
    desk.deliver("d-0", Action::Send).await.unwrap();
    desk.work().await;
    let old = desk.only_job();
    // Now it is somebody else's, but for our copy of the client's jobs.
    desk.undo("d-0").await.unwrap();
    desk.work().await;
    desk.ports.practice.put_job(&tenant(), old);
    desk.rest().await;
    let asker = domain::copies::Asker {
        firm: &desk.firm,
        limits: domain::firm::Limits::default(),
        lane: domain::ports::Lane::Jobs,
    };
    domain::copies::jobs_of(&desk.ports, asker, &uuid("c1")).await.unwrap();

    desk.ports.practice.fail_next(Method::AddJob, Trouble::Uncertain);
    desk.draft("d-1", wanted).await;
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.rest().await;
    assert_eq!(desk.jobs().len(), 2);
}

/// G5: where XPM holds several that could be it, a person says which; nothing is sent until then.
#[tokio::test]
async fn g05_what_could_be_several_waits_for_a_person() {
    for chosen in [Some("J000002"), None] {
        let desk = Desk::new().await;
        let wanted = Wanted { staff: vec![], state_code: None, ..a_job() };
        desk.draft("d-1", wanted).await;
        desk.deliver("d-1", Action::Send).await.unwrap();
        desk.ports.practice.fail_next(Method::AddJob, Trouble::UncertainAfter);
        // Somebody adds the very same by hand, before we look.
        desk.die_after_commits(1).await;
        let job = desk.only_job();
        let other = domain::practice::Job { number: crate::desk::number("J000002"), ..job };
        desk.ports.practice.put_job(&tenant(), other);
        desk.rest().await;
        assert_eq!(desk.standing("d-1").await, Standing::Failed);
        let Wire::Ambiguous { candidates, .. } = desk.read("d-1").await.wire else { panic!() };
        assert_eq!(candidates, ["J000001", "J000002"]);
        assert_eq!(desk.calls(Method::AddJob), 1);
        assert!(desk.resolve("d-1", Some("J000009")).await.is_err());
        desk.resolve("d-1", chosen).await.unwrap();
        desk.rest().await;
        let number = desk.read("d-1").await.made.job.unwrap().number;
        assert_eq!(number.as_str(), chosen.unwrap_or("J000003"));
    }
}

/// G2: the template's cost is nobody's line, however equal: what was lost is sent, what landed is found.
#[tokio::test]
async fn g02_a_templates_equal_cost_is_not_taken_for_ours() {
    for trouble in [Trouble::Uncertain, Trouble::UncertainAfter] {
        let desk = Desk::new().await;
        let fee = line("a", "fee", "1", "5");
        desk.ports.practice.put_template_cost(&tenant(), &uuid("7e01"), fee.sheet.clone());
        for id in ["d-1", "d-2"] {
            desk.draft(id, a_job()).await;
            desk.costs(id, std::slice::from_ref(&fee)).await;
            desk.ports.practice.fail_next(Method::AddCost, trouble.clone());
            desk.deliver(id, Action::Send).await.unwrap();
            desk.rest().await;
            assert_eq!(desk.standing(id).await, Standing::Created, "{trouble:?}");
            let made = desk.read(id).await.made;
            let in_xpm = desk.ports.practice.costs_now(&tenant(), &made.job.unwrap().number);
            assert_eq!(in_xpm.len(), 2, "{trouble:?}");
            assert_eq!(made.given.unwrap(), [in_xpm[0].uuid.clone()]);
            assert_eq!(made.costs[0].uuid, in_xpm[1].uuid);
        }
    }
}

/// G2: equal lines are two costs.
#[tokio::test]
async fn g02_equal_lines_are_each_sent_once() {
    for trouble in [Trouble::Uncertain, Trouble::UncertainAfter] {
        let desk = Desk::new().await;
        desk.draft("d-1", a_job()).await;
        desk.costs("d-1", &[line("a", "fee", "1", "5"), line("b", "fee", "1", "5")]).await;
        desk.ports.practice.fail_next(Method::AddCost, trouble.clone());
        desk.ports.practice.fail_next(Method::AddCost, trouble);
        desk.deliver("d-1", Action::Send).await.unwrap();
        desk.rest().await;
        assert_eq!(desk.descriptions(), ["fee", "fee"]);
        assert_eq!(desk.standing("d-1").await, Standing::Created);
    }
}

/// Two commits at once, and a worker beside another: one job.
#[tokio::test]
async fn ca_15_two_deliveries_at_once_make_one_job() {
    let desk = ready().await;
    let (one, two) =
        tokio::join!(desk.deliver("d-1", Action::Send), desk.deliver("d-1", Action::Download));
    assert_eq!(one.unwrap().delivered, two.unwrap().delivered);
    tokio::join!(desk.work(), desk.work());
    desk.rest().await;
    assert_whole(&desk).await;
}

/// G6: a cost whose change got no answer is written again, and not taken for changed.
#[tokio::test]
async fn g06_an_update_without_an_answer_is_written_again() {
    let desk = ready().await;
    desk.work().await;
    desk.ports.practice.fail_next(Method::UpdateCost, Trouble::Uncertain);
    desk.costs("d-1", &[line("l-0", "changed", "1", "1"), lines(2)[1].clone()]).await;
    desk.work().await;
    assert_eq!(desk.descriptions(), ["cost 0", "cost 1"]);
    desk.rest().await;
    assert_eq!(desk.descriptions(), ["changed", "cost 1"]);
    assert_eq!(desk.costs_now()[0].sheet, sheet("changed", "1", "1"));
}

async fn ready() -> Desk {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    desk.costs("d-1", &lines(2)).await;
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk
}

async fn assert_whole(desk: &Desk) {
    assert_eq!(desk.standing("d-1").await, Standing::Created);
    assert_eq!(desk.added(), 1);
    assert_eq!(desk.descriptions(), ["cost 0", "cost 1"]);
    let job = desk.only_job();
    assert_eq!((job.state.as_str(), job.staff.len()), ("In Progress", 2));
}

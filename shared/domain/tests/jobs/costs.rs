//! The cost grid: nothing is sent before it is confirmed, and every line has an ending.

use domain::jobs::Standing;
use domain::jobs::cost::LINES;
use domain::jobs::desk::Not;
use domain::jobs::draft::Action;
use domain::jobs::examine::Wanted;
use domain::jobs::steps::{StepName, StepState};
use domain::reason::Reason;
use memory::practice::{Method, Trouble};

use crate::desk::{Desk, a_job, line, lines};

#[tokio::test]
async fn ca_14_without_confirm_nothing_changes_and_confirming_twice_is_confirming_once() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    desk.put_costs("d-1", &lines(2)).await.unwrap();
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.rest().await;
    assert!(desk.costs_now().is_empty());
    let once = desk.confirm("d-1").await.unwrap();
    assert_eq!(desk.confirm("d-1").await.unwrap().confirmed, once.confirmed);
    desk.rest().await;
    assert_eq!(desk.calls(Method::AddCost), 2);
    desk.confirm("d-1").await.unwrap();
    desk.rest().await;
    assert_eq!((desk.calls(Method::AddCost), desk.calls(Method::UpdateCost)), (2, 0));
}

/// CA-13, CA-14: lines confirmed after the job exists become adds, and updates by id.
#[tokio::test]
async fn ca_14_after_the_job_exists_edits_are_updates_and_new_lines_are_adds() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    desk.costs("d-1", &[line("a", "fee", "1", "100"), line("b", "courier", "2", "12.50")]).await;
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.work().await;
    let before = desk.costs_now();
    let edited = [
        line("a", "fee", "1", "100"),
        line("b", "courier", "3", "12.50"),
        line("c", "stamp", "1", "1.20"),
    ];
    desk.costs("d-1", &edited).await;
    desk.rest().await;
    let after = desk.costs_now();
    assert_eq!((&after[0], &after[1].uuid), (&before[0], &before[1].uuid));
    assert_eq!(after[1].sheet.quantity, "3".parse().unwrap());
    assert_eq!(after[2].sheet.description, "stamp");
    assert_eq!((desk.calls(Method::AddCost), desk.calls(Method::UpdateCost)), (3, 1));
    assert_eq!(desk.standing("d-1").await, Standing::Created);
}

#[tokio::test]
async fn ca_14_a_line_that_xpm_refuses_is_told_and_the_others_go_on() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    desk.costs("d-1", &lines(3)).await;
    desk.ports.practice.fail_next(Method::AddCost, Trouble::Refused(200, "No such thing".into()));
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.rest().await;
    let steps = desk.steps("d-1").await;
    let costs: Vec<_> = steps.iter().filter(|it| it.name == StepName::Cost).collect();
    let states: Vec<_> = costs.iter().map(|it| it.state).collect();
    assert_eq!(states, [StepState::Failed, StepState::Done, StepState::Done]);
    assert_eq!(costs[0].reason, Some(Reason::XpmRefused));
    assert_eq!(costs[0].words.as_deref(), Some("No such thing"));
    assert_eq!(desk.only_job().state, "Planned", "not in its state before it is whole");
    desk.retry("d-1").await.unwrap();
    desk.rest().await;
    assert_eq!(desk.standing("d-1").await, Standing::Created);
    assert_eq!(desk.costs_now().len(), 3);
}

/// XPM cannot remove a cost (xpm-api 2.3.7).
#[tokio::test]
async fn ca_14_a_line_that_xpm_has_cannot_be_left_out_but_may_come_to_nothing() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    desk.costs("d-1", &[line("a", "fee", "1", "100"), line("b", "courier", "1", "1")]).await;
    desk.put_costs("d-1", &[line("a", "fee", "1", "100")]).await.unwrap();
    desk.confirm("d-1").await.unwrap();
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.work().await;
    assert_eq!(desk.descriptions(), ["fee"]);
    let Err(Not::Wrong(wrong)) = desk.put_costs("d-1", &[]).await else { panic!("taken") };
    assert_eq!((wrong[0].pointer.as_str(), wrong[0].code), ("/costs", "cost_stays"));
    desk.costs("d-1", &[line("a", "fee", "0", "100")]).await;
    desk.rest().await;
    assert!(desk.costs_now()[0].sheet.quantity.is_zero());
}

#[tokio::test]
async fn ca_12_everything_wrong_with_a_grid_is_told_and_none_of_it_kept() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    let bad = [
        line("a", "good & <better> 🙂", "1", "-5.00"),
        line("b", "nothing", "0", "1"),
        line("c", "back", "-1", "1"),
        line("d", " ", "1", "1"),
        line("d", &"x".repeat(10_000), "1", "1"),
        line("e", "two\nlines", "1", "1"),
    ];
    let Err(Not::Wrong(wrong)) = desk.put_costs("d-1", &bad).await else { panic!("taken") };
    let told: Vec<_> = wrong.iter().map(|it| (it.pointer.as_str(), it.code)).collect();
    assert_eq!(
        told,
        [
            ("/costs/1/quantity", "zero"),
            ("/costs/2/quantity", "negative"),
            ("/costs/3/description", "required"),
            ("/costs/4/id", "duplicate"),
            ("/costs/4/description", "too_long"),
            ("/costs/5/description", "control_characters"),
        ]
    );
    assert!(desk.read("d-1").await.lines().is_empty());
    desk.costs("d-1", &bad[..1]).await;
    let Err(Not::Wrong(wrong)) = desk.put_costs("d-1", &lines(LINES + 1)).await else { panic!() };
    assert_eq!((wrong[0].pointer.as_str(), wrong[0].code), ("/costs", "too_many"));
}

/// The largest draft fits into its record, in both grids and the longest characters.
#[tokio::test]
async fn ca_12_the_largest_grids_and_the_longest_description_are_kept() {
    let desk = Desk::new().await;
    let wanted = Wanted { description: "🙂".repeat(10_000), ..a_job() };
    desk.draft("d-1", wanted).await;
    let most = |mark: &str| -> Vec<_> {
        let text = format!("{mark}{}", "🙂".repeat(253));
        let id = |n: usize| format!("{n:064}");
        (0..LINES).map(|n| line(&id(n), &text, "999999999.9999", "-999999999.9999")).collect()
    };
    desk.costs("d-1", &most("a")).await;
    desk.put_costs("d-1", &most("b")).await.unwrap();
    assert_eq!(desk.read("d-1").await.lines().len(), LINES);
}

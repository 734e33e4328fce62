//! Many drafts at once stay within the budget and keep to their estimate (CA-22).

use domain::budget;
use domain::firm::Limits;
use domain::jobs::Standing;
use domain::jobs::draft::Action;
use domain::jobs::estimate::{calls, estimate};
use domain::jobs::examine::Wanted;
use jiff::SignedDuration;
use memory::practice::CallLimits;

use crate::desk::{Desk, a_job, lines};

#[tokio::test]
async fn ca_22_two_hundred_drafts_stay_inside_the_budget_and_the_estimate() {
    let desk = Desk::new().await;
    desk.ports.practice.limit_calls(CallLimits::default());
    let mut wanted_calls = 0;
    for n in 0..200 {
        let wanted = Wanted { name: Some(format!("Job {n}")), state_code: None, ..a_job() };
        let draft = desk.draft(&format!("d-{n}"), wanted).await;
        desk.costs(&format!("d-{n}"), &lines(1)).await;
        wanted_calls += calls(draft.plan.as_ref().unwrap(), 1);
    }
    assert_eq!(wanted_calls, 600);
    let now = desk.now();
    let limits = Limits::default();
    let meter = budget::read(&desk.ports.cache, &desk.firm, now).await.unwrap().meter(limits, now);
    let expected = estimate(wanted_calls, limits, meter);
    assert!(expected.fits_today);
    for n in 0..200 {
        desk.deliver(&format!("d-{n}"), Action::Send).await.unwrap();
    }
    let (began, before) = (desk.now(), desk.ports.practice.calls().len());
    let mut open: Vec<String> = (0..200).map(|n| format!("d-{n}")).collect();
    while let Some(last) = open.last() {
        if desk.standing(last).await == Standing::Created {
            open.pop();
            continue;
        }
        desk.work().await;
        desk.pass(SignedDuration::from_millis(200));
        assert!(desk.now() < began + SignedDuration::from_mins(20), "not done in time");
    }
    let all = desk.ports.practice.calls();
    // One more: for the costs that the template brought, which is known for the next ten minutes.
    assert_eq!(all.len() - before, 601, "no call more, none refused");
    let took = desk.now().duration_since(began);
    assert!(took.as_secs() * 48 <= 600 * 60, "fewer than 48 calls a minute: {took}");
    let off = took.as_secs() - expected.lasting.as_secs();
    assert!(off.abs() <= 30, "estimated {}, took {took}", expected.lasting);
}

#[test]
fn ca_22_an_estimate_says_when_the_day_does_not_suffice() {
    let limits = Limits::default();
    let meter = budget::Meter {
        used_today: 4300,
        left_today: 700,
        under_way: 0,
        blocked_until: None,
        silent_until: None,
    };
    let it = estimate(250, limits, meter);
    assert_eq!((it.calls, it.left_today, it.fits_today), (250, 200, false));
    assert!(estimate(200, limits, meter).fits_today);
    assert_eq!(estimate(0, limits, meter).lasting, SignedDuration::ZERO);
    assert_eq!(estimate(5, limits, meter).lasting, SignedDuration::ZERO);
    assert_eq!(estimate(55, limits, meter).lasting, SignedDuration::from_secs(60));
}

//! Taking a job back (CA-20).

use domain::jobs::Standing;
use domain::jobs::desk::Not;
use domain::jobs::draft::{Action, Undo};
use domain::practice::Timesheet;
use domain::reason::Reason;
use jiff::civil::date;
use memory::practice::{Done, Method, Trouble};

use crate::desk::{Desk, a_job, lines, number, sheet, tenant, uuid};

#[tokio::test]
async fn ca_20_a_job_that_nobody_worked_on_is_taken_back_with_its_costs() {
    let desk = created().await;
    desk.undo("d-1").await.unwrap();
    desk.work().await;
    assert_eq!(desk.standing("d-1").await, Standing::Discarded);
    assert!(desk.jobs().is_empty());
    assert_eq!(desk.told("d-1").await.last(), Some(&"job.deleted"));

    // A document set may have another draft then, and it makes one job.
    desk.deliver("d-1", Action::Send).await.unwrap_err();
    desk.draft("d-1", a_job()).await;
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.rest().await;
    assert_eq!((desk.only_job().number, desk.added()), (number("J000002"), 2));
}

#[tokio::test]
async fn ca_20_a_job_with_time_costs_or_an_invoice_stays() {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the three are listed")]
    for reason in [Reason::JobHasTime, Reason::JobHasCosts, Reason::JobInvoiced] {
        let desk = created().await;
        let (practice, job) = (&desk.ports.practice, desk.only_job().number);
        match reason {
            Reason::JobHasTime => {
                let sheet = Timesheet {
                    job,
                    job_task: uuid("7a01"),
                    staff: uuid("5701"),
                    date: date(2026, 11, 22),
                    minutes: 6,
                    note: String::new(),
                };
                practice.put_time(&tenant(), sheet);
            }
            Reason::JobHasCosts => drop(practice.put_cost(&tenant(), &job, sheet("x", "1", "1"))),
            _ => practice.invoice_job(&tenant(), &job),
        }
        desk.undo("d-1").await.unwrap();
        desk.rest().await;
        assert_eq!(desk.read("d-1").await.undo, Some(Undo::Kept(reason)));
        assert_eq!(desk.standing("d-1").await, Standing::Created);
        assert_eq!(desk.jobs().len(), 1);
    }
}

#[tokio::test]
async fn ca_20_a_deletion_without_an_answer_is_repeated_until_it_is_certain() {
    for trouble in [Trouble::Uncertain, Trouble::UncertainAfter] {
        let desk = created().await;
        desk.ports.practice.fail_next(Method::DeleteJob, trouble);
        desk.undo("d-1").await.unwrap();
        desk.rest().await;
        assert_eq!(desk.standing("d-1").await, Standing::Discarded);
        let effects = desk.ports.practice.effects();
        let deleted = |it: &&memory::practice::Effect| matches!(it.done, Done::JobDeleted(_));
        assert_eq!(effects.iter().filter(deleted).count(), 1);
    }
}

#[tokio::test]
async fn ca_20_there_is_nothing_to_undo_before_the_job_exists() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    assert_eq!(desk.undo("d-1").await, Err(Not::Now(Reason::NoJobYet)));
    assert_eq!(desk.undo("d-2").await, Err(Not::Missing));
}

#[tokio::test]
async fn ca_20_a_job_deleted_in_xpm_is_taken_for_gone() {
    let desk = created().await;
    desk.ports.practice.remove_job(&tenant(), &number("J000001"));
    desk.undo("d-1").await.unwrap();
    desk.rest().await;
    assert_eq!(desk.standing("d-1").await, Standing::Discarded);
}

async fn created() -> Desk {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    desk.costs("d-1", &lines(2)).await;
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.work().await;
    assert_eq!(desk.standing("d-1").await, Standing::Created);
    desk
}

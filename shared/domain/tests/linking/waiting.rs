//! Tasks that wait for a person: told by cause, for as long as the cause lasts.

use domain::linking::task::LinkState;
use domain::reason::Reason;
use domain::time::redrive;
use domain::why::Verdict;
use domain::why::task::{Facts, checks};
use jiff::civil::date;

use crate::desk::{Desk, task_of};

/// XB-24: a link stays when its contact's client is lost, or put away in XPM; the task and the issues say
/// so, and no longer than it is so.
#[tokio::test]
async fn xb_24_a_lost_client_is_told_and_the_link_stays() {
    let desk = Desk::new().await;
    desk.task("t-1").await;
    desk.work().await;
    let linked = |reason| (LinkState::Auto, "J1 aa01".to_owned(), reason);
    assert_eq!(desk.stands("t-1").await, linked(None));
    assert_eq!(desk.issues().await, []);

    desk.unmatched().await;
    desk.work().await;
    assert_eq!(desk.stands("t-1").await, linked(Some(Reason::ClientUnlinked)));
    assert_eq!(desk.issues().await, [(Reason::ClientUnlinked, "task".into(), 1)]);
    assert_eq!(desk.failed("t-1").await, Some(("linked_client", Reason::ClientUnlinked)));

    desk.archived("c1", Some(Reason::Archived)).await;
    desk.work().await;
    assert_eq!(desk.stands("t-1").await, linked(Some(Reason::Archived)));
    assert_eq!(desk.issues().await, [(Reason::Archived, "task".into(), 1)]);

    desk.archived("c1", None).await;
    desk.work().await;
    assert_eq!(desk.stands("t-1").await, linked(None));
    assert_eq!(desk.issues().await, []);
    assert_eq!(desk.failed("t-1").await, None);
}

/// BY-06: one issue for a cause and a sort of thing; what a person took away, and what is gone, is none;
/// it closes itself when the cause is gone.
#[tokio::test]
async fn by_06_tasks_without_a_link_are_told_by_cause_until_it_is_gone() {
    let desk = Desk::new().await;
    desk.map(None).await;
    for id in ["t-1", "t-2", "t-3", "t-4"] {
        desk.task(id).await;
    }
    let rolled = domain::linking::task::Task { rolled_over: true, ..task_of("t-5") };
    desk.state(rolled).await;
    desk.work().await;
    desk.link("t-3", "J7", "7777").await;
    desk.unlink("t-3").await;
    let stamp = domain::desired::Stamp { version: None, as_of: desk.now() };
    let gone = domain::ids::TaskId::parse("t-4").unwrap();
    domain::linking::task::delete(&desk.ports.store, &desk.firm, &gone, stamp).await.unwrap();
    desk.work().await;
    assert_eq!(desk.issues().await, [(Reason::ProcessUnmapped, "task".into(), 3)]);
    desk.map(Some("7a01")).await;
    desk.rest().await;
    assert_eq!(desk.issues().await, [(Reason::RolledOver, "task".into(), 1)]);
}

/// BY-06: a redrive has the rule asked again for the tasks of its cause, at once, and for no others.
#[tokio::test]
async fn by_06_a_redrive_links_the_tasks_of_its_cause() {
    let desk = Desk::new().await;
    let last_year =
        domain::linking::task::Task { start_date: Some(date(2025, 2, 1)), ..task_of("t-1") };
    desk.state(last_year).await;
    desk.work().await;
    assert_eq!(desk.stands("t-1").await.2, Some(Reason::NoJobInPeriod));
    desk.job("J5", "bb05", date(2025, 1, 1));
    domain::copies::forget(&desk.ports, &desk.firm, "jobs:c1").await.unwrap();
    redrive::order(&desk.ports.store, &desk.firm, Reason::NoOpenJob, desk.now()).await.unwrap();
    desk.work().await;
    assert_eq!(desk.stands("t-1").await.0, LinkState::Never, "another cause");
    let cause = Reason::NoJobInPeriod;
    redrive::order(&desk.ports.store, &desk.firm, cause, desk.now()).await.unwrap();
    desk.work().await;
    assert_eq!(desk.stands("t-1").await.1, "J5 bb05");
    assert_eq!(desk.issues().await, []);
}

impl Desk {
    /// The first check that fails of a task whose firm lacks nothing.
    async fn failed(&self, id: &str) -> Option<(&'static str, Reason)> {
        let task = domain::records::get(&self.ports.store, &self.firm, id).await.unwrap();
        let task: domain::linking::task::TaskRecord =
            task.map(|it: domain::records::Kept<_>| it.record).unwrap();
        let facts =
            Facts { obstacle: None, task: &task, client: true, mapped: true, auto_link: true };
        checks(&facts).into_iter().find_map(|it| match it.verdict {
            Verdict::Failed(reason) => Some((it.name, reason)),
            Verdict::Passed | Verdict::NotReached => None,
        })
    }
}

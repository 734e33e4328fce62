//! Mapping processes to XPM's task types: any time, effective at once, and no further than asked.

use domain::connection;
use domain::firm::Firm;
use domain::ids::ProcessId;
use domain::journal::{Actor, Event, Sort};
use domain::linking::bulk::{self, Halted, OldLinks, Relinked};
use domain::linking::period::Names;
use domain::linking::process::{self, Process, ProcessRecord};
use domain::linking::task::{LinkState, Task};
use domain::ports::{Clock, Ports};
use domain::reason::Reason;
use domain::records;
use jiff::civil::date;

use crate::desk::{Desk, ann, task_of, uuid};
use crate::interleaved::{CutPorts, Worker, step};

/// XB-11: two processes may be mapped to one task type; the second mapping of one replaces its first.
#[tokio::test]
async fn xb_11_many_processes_may_share_a_task_and_each_has_one() {
    let desk = Desk::new().await;
    let other = Process {
        id: ProcessId::parse("p-2").unwrap(),
        name: "Review".into(),
        xpm_task_uuid: Some(uuid("7a01")),
    };
    let stamp = domain::desired::Stamp { version: None, as_of: desk.now() };
    let (store, now) = (&desk.ports.store, desk.now());
    process::put(store, &desk.firm, other.clone(), stamp, &Actor::App, now).await.unwrap();
    desk.task("t-1").await;
    desk.state(Task { process_id: Some(other.id), ..task_of("t-2") }).await;
    desk.work().await;
    for task in ["t-1", "t-2"] {
        assert_eq!(desk.stands(task).await.1, "J1 aa01");
    }
    desk.job_with("J2", date(2026, 1, 1), &[("bb01", "7a02")]);
    desk.map(Some("7a02")).await;
    desk.task("t-3").await;
    desk.rest().await;
    desk.rest().await;
    assert_eq!(desk.stands("t-3").await.1, "J2 bb01");
}

/// XB-12: an emptied mapping links nothing new and takes nothing away.
#[tokio::test]
async fn xb_12_an_emptied_mapping_leaves_links_and_makes_none() {
    let desk = Desk::new().await;
    desk.task("t-1").await;
    desk.work().await;
    desk.map(None).await;
    desk.task("t-2").await;
    desk.rest().await;
    assert_eq!(desk.stands("t-1").await, (LinkState::Auto, "J1 aa01".into(), None));
    assert_eq!(desk.stands("t-2").await.2, Some(Reason::ProcessUnmapped));
}

/// XB-13: a mapping follows the id through a change of name; of a type that is gone it does not take
/// another of the same name.
#[tokio::test]
async fn xb_13_a_mapping_goes_by_the_id_and_never_by_the_name() {
    let desk = Desk::new().await;
    desk.types(&[("7a01", "Year end"), ("7a09", "Lost")]);
    desk.task("t-1").await;
    desk.work().await;
    assert_eq!(desk.stands("t-1").await.1, "J1 aa01");
    // Mapped to one that was deleted, beside another with its name.
    desk.map(Some("dead")).await;
    desk.types(&[("7a02", "Accounts")]);
    desk.task("t-2").await;
    desk.rest().await;
    assert_eq!(desk.stands("t-2").await.2, Some(Reason::MappedTaskMissing));
    assert_eq!(desk.stands("t-1").await.1, "J1 aa01");
}

/// XB-14: a task without a mapped process is of the one XPM task that its name begins with.
#[tokio::test]
async fn xb_14_a_name_stands_in_for_a_mapping_where_there_is_none() {
    let desk = Desk::new().await;
    desk.map(None).await;
    desk.job_with("J2", date(2026, 2, 1), &[("bb01", "7a02")]);
    desk.set(|it| it.auto_link.names = Names::Months).await;
    desk.state(Task { name: "bas - Feb".into(), ..task_of("t-1") }).await;
    desk.state(Task { name: "BAS - Mar".into(), ..task_of("t-2") }).await;
    desk.state(Task { name: "VAT - Feb".into(), ..task_of("t-3") }).await;
    desk.work().await;
    assert_eq!(desk.stands("t-1").await.1, "J2 bb01");
    assert_eq!(desk.stands("t-2").await.2, Some(Reason::NoJobInPeriod));
    assert_eq!(desk.stands("t-3").await.2, Some(Reason::ProcessUnmapped));
    // Two types of the name are none.
    desk.types(&[("7a03", "BAS")]);
    desk.ports.cache.clear();
    desk.state(Task { name: "BAS - Feb".into(), ..task_of("t-4") }).await;
    desk.work().await;
    assert_eq!(desk.stands("t-4").await.2, Some(Reason::ProcessUnmapped));
}

/// XB-40: a new mapping holds from the moment it is saved, although XPM's lists are minutes old.
#[tokio::test]
async fn xb_40_a_new_mapping_takes_effect_at_once() {
    let desk = Desk::new().await;
    desk.job_with("J1", date(2026, 1, 1), &[("aa02", "7a02")]);
    desk.task("t-1").await;
    desk.work().await;
    assert_eq!(desk.stands("t-1").await.2, Some(Reason::TaskNotOnJob));
    desk.map(Some("7a02")).await;
    desk.work().await;
    assert_eq!(desk.stands("t-1").await.1, "J1 aa02");
    let told = desk.told(Sort::Process, "p-1").await;
    let mapped = |n: usize| told[n].after.as_ref().unwrap()["xpm_task_uuid"].clone();
    assert_eq!((told.len(), told[1].event), (2, Event::ProcessMapped));
    assert_eq!((mapped(0), mapped(1)), ("7a01".into(), "7a02".into()));
}

/// XB-41: links of the old mapping stay and are counted; made anew in bulk they go where the rule
/// says, after a preview that changes nothing; links by hand and those without a place stay.
#[tokio::test]
async fn xb_41_links_of_an_old_mapping_are_made_anew_only_when_asked() {
    let desk = Desk::new().await;
    for task in ["t-1", "t-2", "t-3"] {
        desk.task(task).await;
    }
    desk.state(Task { start_date: Some(date(2027, 2, 1)), ..task_of("t-4") }).await;
    desk.job("J9", "9901", date(2027, 1, 1));
    desk.work().await;
    desk.link("t-3", "J7", "7777").await;
    desk.job_with("J1", date(2026, 1, 1), &[("aa01", "7a01"), ("aa02", "7a02")]);
    desk.ports.cache.clear();
    desk.map(Some("7a02")).await;
    desk.rest().await;
    assert_eq!(desk.stands("t-1").await.1, "J1 aa01");
    assert_eq!(old(&desk).await, OldLinks { count: 3, more: false });

    let expected = [
        ("t-1".to_owned(), "aa01".to_owned(), Ok("aa02".to_owned())),
        ("t-2".into(), "aa01".into(), Ok("aa02".into())),
        ("t-4".into(), "9901".into(), Err(Reason::NoJobInPeriod)),
    ];
    assert_eq!(relink(&desk, true).await, expected);
    assert_eq!(old(&desk).await.count, 3);
    assert_eq!(relink(&desk, false).await, expected);
    desk.work().await;
    assert_eq!(desk.stands("t-1").await, (LinkState::Auto, "J1 aa02".into(), None));
    assert_eq!(desk.stands("t-3").await.1, "J7 7777");
    assert_eq!(desk.stands("t-4").await.1, "J9 9901");
    assert_eq!(old(&desk).await.count, 1);
    let told = desk.told(Sort::Task, "t-1").await;
    assert_eq!((told.len(), &told[1].actor), (2, &ann()));
}

/// XB-42: each link tells the version of the mapping that made it, and a bulk that the mapping
/// changes under stops instead of mixing two.
#[tokio::test]
async fn xb_42_no_decision_mixes_two_versions_of_a_mapping() {
    let desk = Desk::new().await;
    desk.job_with("J1", date(2026, 1, 1), &[("aa01", "7a01"), ("aa02", "7a02")]);
    desk.task("t-1").await;
    desk.work().await;
    desk.map(Some("7a02")).await;
    desk.task("t-2").await;
    desk.work().await;
    for (task, version, mapped) in [("t-1", 1, "7a01"), ("t-2", 2, "7a02")] {
        let told = desk.told(Sort::Task, task).await;
        let basis = told[0].after.as_ref().unwrap()["basis"].clone();
        assert_eq!((&basis["mapping"], &basis["mapped"]), (&version.into(), &mapped.into()));
    }

    let (firm, connection) = (firm(&desk).await, connection(&desk).await);
    let ready = connection.ready(&firm).unwrap();
    let ports = CutPorts::new(&desk.ports);
    let id = ProcessId::parse("p-1").unwrap();
    let by = ann();
    let mut bulk: Worker<'_, Result<_, Halted>> =
        Box::pin(bulk::relink(&ports, &ready, &id, None, false, &by));
    // The process is read, and then the pointers to its tasks.
    for _ in 0..6 {
        assert!(step(&mut bulk).is_none());
    }
    desk.map(None).await;
    let ended = crate::interleaved::finish(bulk);
    assert!(matches!(ended, Err(Halted::Changed)), "{ended:?}");
    assert_eq!(desk.stands("t-1").await.1, "J1 aa01");
}

async fn relink(desk: &Desk, preview: bool) -> Vec<(String, String, Result<String, Reason>)> {
    let (firm, connection) = (firm(desk).await, connection(desk).await);
    let ready = connection.ready(&firm).unwrap();
    let id = ProcessId::parse("p-1").unwrap();
    let (all, next) = bulk::relink(&desk.ports, &ready, &id, None, preview, &ann()).await.unwrap();
    assert_eq!(next, None);
    let told = |Relinked { task, from, to }| {
        let to = to.map(|it: domain::linking::task::Place| it.job_task_uuid.to_string());
        (task.to_string(), from.job_task_uuid.to_string(), to)
    };
    all.into_iter().map(told).collect()
}

async fn old(desk: &Desk) -> OldLinks {
    let process = records::get::<ProcessRecord>(&desk.ports.store, &desk.firm, "p-1").await;
    let process = process.unwrap().unwrap().record;
    bulk::old_links(&desk.ports.store, &desk.firm, &process).await.unwrap()
}

async fn firm(desk: &Desk) -> Firm {
    assert_eq!(desk.ports.clock().now(), desk.now());
    records::get::<Firm>(&desk.ports.store, &desk.firm, "firm").await.unwrap().unwrap().record
}

async fn connection(desk: &Desk) -> connection::Connection {
    connection::read(&desk.ports.store, &desk.firm).await.unwrap()
}

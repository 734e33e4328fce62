//! Why a draft is no job yet, and what of it needs a person (BY-03, BY-06).

use domain::issues;
use domain::jobs::draft::Action;
use domain::jobs::examine::Wanted;
use domain::jobs::{Standing, client, desk};
use domain::practice::Named;
use domain::reason::Reason;
use domain::why::draft::{Facts, checks};
use domain::why::{Verdict, failure};
use memory::practice::{Method, Trouble};
use serde_json::json;

use crate::desk::{Desk, a_job, contact_id, lines, tenant, uuid};

/// BY-03: each thing that can stand in the way is told under its own check, and nothing behind it is reached.
#[tokio::test]
async fn by_03_the_first_thing_that_stands_in_the_way_is_told() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    assert_eq!(why(&desk, "d-1").await, Some(("delivery", Reason::NotDelivered)));
    desk.contact("c-1", json!({"archived": true})).await;
    assert_eq!(why(&desk, "d-1").await, Some(("client", Reason::ContactArchived)));
    desk.deliver("d-1", Action::Send).await.unwrap();
    desk.rest().await;
    assert_eq!(why(&desk, "d-1").await, Some(("client", Reason::ContactArchived)));
    // What the worker remembers is out of date as soon as the contact is back.
    desk.contact("c-1", json!({})).await;
    assert_eq!(why(&desk, "d-1").await, None);

    desk.ports.practice.drop_template(&tenant(), &uuid("7e01"));
    desk.rest().await;
    assert_eq!(why(&desk, "d-1").await, Some(("job", Reason::TemplateMissing)));
    let template = Named { uuid: uuid("7e01"), name: "BAS - Quarter".into() };
    desk.ports.practice.put_template(&tenant(), template);
    desk.costs("d-1", &lines(1)).await;
    desk.ports.practice.drop_staff(&tenant(), &uuid("5702"));
    desk.ports.practice.fail_next(Method::AddCost, Trouble::Refused(200, "No".into()));
    desk.retry("d-1").await.unwrap();
    desk.rest().await;
    assert_eq!(why(&desk, "d-1").await, Some(("staff", Reason::StaffMissing)));
    desk.revise("d-1", Wanted { staff: vec![uuid("5701")], ..a_job() }).await.unwrap();
    desk.rest().await;
    assert_eq!(why(&desk, "d-1").await, Some(("costs", Reason::XpmRefused)));
    desk.retry("d-1").await.unwrap();
    desk.rest().await;
    assert_eq!((desk.standing("d-1").await, why(&desk, "d-1").await), (Standing::Created, None));

    desk.draft("d-2", Wanted { staff: vec![], ..a_job() }).await;
    desk.discard("d-2").await.unwrap();
    assert_eq!(why(&desk, "d-2").await, Some(("wanted", Reason::Discarded)));
}

#[tokio::test]
async fn by_03_a_check_behind_the_one_that_failed_is_not_reached() {
    let desk = Desk::new().await;
    let draft = desk.draft("d-1", a_job()).await;
    let facts = Facts {
        draft: &draft,
        obstacle: Some(Reason::NotConnected),
        spent: true,
        enabled: false,
        tenant: None,
        client: Err(Reason::ClientUnlinked),
    };
    let told = checks(&facts);
    let names: Vec<_> = told.iter().map(|it| it.name).collect();
    assert_eq!(
        names,
        [
            "wanted",
            "connection",
            "jobs_switch",
            "organisation",
            "client",
            "delivery",
            "rate_budget",
            "job",
            "staff",
            "costs",
            "state"
        ]
    );
    assert_eq!(told[0].verdict, Verdict::Passed);
    assert_eq!(told[1].verdict, Verdict::Failed(Reason::NotConnected));
    assert!(told[2..].iter().all(|it| it.verdict == Verdict::NotReached));
    for (facts, name) in [
        (Facts { obstacle: None, client: Ok(uuid("c1")), ..facts }, "jobs_switch"),
        (
            Facts {
                obstacle: None,
                enabled: true,
                client: Ok(uuid("c1")),
                tenant: None,
                draft: &draft,
                spent: false,
            },
            "organisation",
        ),
    ] {
        let failed = checks(&facts).into_iter().find(|it| it.verdict != Verdict::Passed).unwrap();
        assert_eq!(failed.name, name);
    }
}

/// BY-06: one issue for each cause, as long as it lasts, whatever it holds up; redriven by its cause.
#[tokio::test]
async fn by_06_what_needs_a_person_is_an_issue_until_it_does_not() {
    let desk = Desk::new().await;
    desk.ports.practice.drop_template(&tenant(), &uuid("7e02"));
    for n in 0..3 {
        desk.contact("c-2", json!({})).await;
        let wanted = Wanted { contact: contact_id("c-2"), ..a_job() };
        desk.draft(&format!("archived-{n}"), wanted).await;
    }
    desk.draft("waits", a_job()).await;
    desk.draft("fails", a_job()).await;
    assert_eq!(open(&desk).await, []);
    desk.contact("c-2", json!({"archived": true})).await;
    desk.ports.practice.drop_template(&tenant(), &uuid("7e01"));
    for id in ["archived-0", "archived-1", "archived-2", "fails"] {
        desk.deliver(id, Action::Send).await.unwrap();
    }
    desk.work().await;
    assert_eq!(open(&desk).await, [("contact_archived", 3), ("template_missing", 1)]);
    let oldest = issues::list(&desk.ports.store, &desk.firm).await.unwrap()[0].oldest;
    assert_eq!(oldest, desk.read("archived-0").await.delivered.unwrap().at);

    // Nobody has to wait for the worker to come by again.
    desk.contact("c-2", json!({})).await;
    let template = Named { uuid: uuid("7e01"), name: "BAS - Quarter".into() };
    desk.ports.practice.put_template(&tenant(), template);
    let redrive =
        async |cause| desk::retry_all(&desk.ports.store, &desk.hand(), cause).await.unwrap();
    assert_eq!(redrive(Reason::ContactArchived).await, 3);
    desk.work().await;
    assert_eq!(open(&desk).await, [("template_missing", 1)]);
    assert_eq!(redrive(Reason::TemplateMissing).await, 1);
    desk.work().await;
    assert_eq!((open(&desk).await, desk.added()), (vec![], 4));
    assert_eq!(redrive(Reason::TemplateMissing).await, 0);
}

/// BY-06: a draft that is discarded, or whose trouble passes by itself, is nobody's issue.
#[tokio::test]
async fn by_06_what_passes_by_itself_or_is_not_wanted_is_no_issue() {
    let desk = Desk::new().await;
    desk.draft("d-1", a_job()).await;
    desk.deliver("d-1", Action::Send).await.unwrap();
    for trouble in [Trouble::Uncertain, Trouble::NotProcessed] {
        desk.ports.practice.fail_next(Method::AddJob, trouble);
    }
    desk.work().await;
    assert_eq!(desk.reason("d-1").await, Some(Reason::Uncertain));
    assert_eq!(open(&desk).await, []);
    desk.rest().await;

    desk.settings(|it| it.jobs.enabled = false).await;
    let plan = desk.read("d-1").await.plan.unwrap();
    desk.open("d-2", &plan).await.unwrap();
    desk.deliver("d-2", Action::Send).await.unwrap();
    desk.work().await;
    assert_eq!(open(&desk).await, [("jobs_off", 1)]);
    desk.discard("d-2").await.unwrap();
    assert_eq!(open(&desk).await, []);
}

async fn open(desk: &Desk) -> Vec<(&'static str, usize)> {
    let open = issues::list(&desk.ports.store, &desk.firm).await.unwrap();
    assert!(open.iter().all(|it| it.subject == "job_draft"));
    open.into_iter().map(|it| (it.cause.code(), it.count)).collect()
}

async fn why(desk: &Desk, id: &str) -> Option<(&'static str, Reason)> {
    let draft = desk.read(id).await;
    let plan = draft.plan.as_ref().unwrap();
    let facts = Facts {
        draft: &draft,
        obstacle: None,
        spent: false,
        enabled: true,
        tenant: Some(&tenant()),
        client: client(&desk.ports.store, &desk.firm, plan).await.unwrap(),
    };
    let checks = checks(&facts);
    let failed = checks.iter().find(|it| matches!(it.verdict, Verdict::Failed(_)));
    failed.map(|it| it.name).zip(failure(&checks))
}

//! Each call: what is asked, and what is read from an answer in the shape of the sheet.

use domain::ports::{Directory, Jobs, Timesheets};
use domain::practice::{Booked, ClientDraft, ContactDraft, Job, JobTask, Named, Staff};
use jiff::civil::date;

use crate::server::{Act, Server, TIME, access, an_hour, ending, number, ok, uuid};

const CLIENT: &str = "<Client><UUID>c1</UUID><Name>Acmer</Name><Email>a@b.c</Email></Client>";
const CONTACT: &str =
    "<Contact><UUID>c2</UUID><Name>Ann</Name><Email></Email><IsPrimary>No</IsPrimary></Contact>";

/// In the order of the wire (xpm-api 2.3.1).
const JOB: &str = "<Job><ID>J000309</ID><UUID>1f</UUID><Name>Return</Name><Description>Long\nand &lt;wide&gt;</Description>\
    <Client><UUID>C1</UUID><Name>Acmer</Name></Client><Budget>10.50</Budget><State>Planned</State>\
    <StartDate>2029-10-23T00:00:00</StartDate><DueDate>2029-10-24</DueDate><CompletedDate>20291025</CompletedDate>\
    <Manager><UUID>5e</UUID><Name>Bo</Name></Manager>\
    <Assigned><Staff><UUID>5f</UUID><Name>Cy</Name></Staff></Assigned>\
    <Tasks><Task><UUID>7a</UUID><Name>Prepare</Name><TaskUUID>77</TaskUUID><EstimatedMinutes>0</EstimatedMinutes>\
    <Completed>true</Completed><Billable>false</Billable>\
    <Assigned><Staff><UUID>5f</UUID><Name>Cy</Name><AllocatedMinutes>9</AllocatedMinutes></Staff></Assigned></Task>\
    <Task><UUID>7b</UUID><Name>Review</Name><TaskUUID>77</TaskUUID></Task></Tasks></Job>";

fn job() -> Job {
    let name = |id: &str, name: &str| Named { uuid: uuid(id), name: name.to_owned() };
    let task = |id: &str, name: &str, done, billable, staff: &[&str]| JobTask {
        uuid: uuid(id),
        task_uuid: uuid("77"),
        name: name.to_owned(),
        completed: done,
        billable,
        staff: staff.iter().map(|it| uuid(it)).collect(),
    };
    Job {
        number: number("J000309"),
        uuid: Some(uuid("1f")),
        name: "Return".to_owned(),
        client: Some(name("c1", "Acmer")),
        state: "Planned".to_owned(),
        start_date: Some(date(2029, 10, 23)),
        due_date: Some(date(2029, 10, 24)),
        completed_date: Some(date(2029, 10, 25)),
        tasks: Some(vec![
            task("7a", "Prepare", true, false, &["5f"]),
            task("7b", "Review", false, true, &[]),
        ]),
        staff: vec![name("5f", "Cy")],
    }
}

fn booked() -> Booked {
    Booked { uuid: uuid("71ce"), sheet: an_hour(), invoiced: false, billable: Some(true) }
}

async fn asked(act: Act, check: impl AsyncFnOnce(xpm::Xpm)) -> crate::server::Heard {
    let server = Server::doing([act]).await;
    check(server.xpm()).await;
    let heard = server.heard();
    assert_eq!(heard.len(), 1);
    heard[0].clone()
}

#[tokio::test]
async fn every_call_says_who_asks_for_whom() {
    let heard = asked(ok(TIME), async |xpm| {
        xpm.add_time(&access(), &an_hour()).await.outcome.unwrap();
    })
    .await;
    for header in [
        "authorization: Bearer the-token",
        "xero-tenant-id: the-tenant",
        "accept: application/xml",
        "content-type: application/xml",
    ] {
        assert!(heard.has(header), "{header} in {heard:?}");
    }
}

#[tokio::test]
async fn a_client_is_found_added_and_changed() {
    let get = asked(ok(&format!("<WebUrl>https://x</WebUrl>{CLIENT}")), async |xpm| {
        let found = xpm.client(&access(), &uuid("C1")).await.outcome.unwrap().unwrap();
        assert_eq!((found.name.as_str(), found.email.as_deref()), ("Acmer", Some("a@b.c")));
    });
    assert_eq!(get.await.line(), "GET /client.api/get/c1");
    let search = asked(ok(&format!("<Clients>{CLIENT}{CLIENT}</Clients>")), async |xpm| {
        assert_eq!(xpm.search_clients(&access(), "Ng & Söns").await.outcome.unwrap().len(), 2);
    });
    assert_eq!(search.await.line(), "GET /client.api/search?query=Ng+%26+S%C3%B6ns");
    let draft = ClientDraft { name: Some("Acmer".to_owned()), ..ClientDraft::default() };
    let add = asked(ok(CLIENT), async |xpm| {
        assert_eq!(xpm.add_client(&access(), &draft).await.outcome.unwrap().uuid, uuid("c1"));
    })
    .await;
    assert_eq!(
        (add.line(), add.body.as_str()),
        ("POST /client.api/add", "<Client><Name>Acmer</Name></Client>")
    );
    let update = asked(ok(CLIENT), async |xpm| {
        assert_eq!(
            xpm.update_client(&access(), &uuid("c1"), &draft).await.outcome.unwrap().name,
            "Acmer"
        );
    })
    .await;
    assert_eq!(update.line(), "PUT /client.api/update");
    assert_eq!(update.body, "<Client><UUID>c1</UUID><Name>Acmer</Name></Client>");
}

#[tokio::test]
async fn a_contact_is_added_and_changed() {
    let draft = ContactDraft { name: Some("Ann".to_owned()), ..ContactDraft::default() };
    let body = "<Contact><Name>Ann</Name><Client><UUID>c1</UUID></Client></Contact>";
    let add = asked(ok(CONTACT), async |xpm| {
        let added = xpm.add_contact(&access(), &uuid("c1"), &draft).await.outcome.unwrap();
        assert_eq!((added.uuid, added.email, added.primary), (uuid("c2"), None, false));
    })
    .await;
    assert_eq!((add.line(), add.body.as_str()), ("POST /client.api/contact", body));
    let update = asked(ok(CONTACT), async |xpm| {
        let changed = xpm.update_contact(&access(), &uuid("c1"), &uuid("c2"), &draft).await;
        assert_eq!(changed.outcome.unwrap().name, "Ann");
    })
    .await;
    assert_eq!((update.line(), update.body.as_str()), ("PUT /client.api/contact/c2", body));
}

#[tokio::test]
async fn the_firms_lists_are_read() {
    let staff = "<StaffList><Staff><UUID>5f</UUID><Name>Cy</Name><Email>c@d.e</Email></Staff>\
        <Staff><UUID>60</UUID><Name>Cy</Name><Email/></Staff></StaffList>";
    let heard = asked(ok(staff), async |xpm| {
        let someone = |id: &str, email: Option<&str>| Staff {
            uuid: uuid(id),
            name: "Cy".to_owned(),
            email: email.map(str::to_owned),
        };
        let staff = xpm.staff(&access()).await.outcome.unwrap();
        assert_eq!(staff, [someone("5f", Some("c@d.e")), someone("60", None)]);
    });
    assert_eq!(heard.await.line(), "GET /staff.api/list");
    let one = [Named { uuid: uuid("77"), name: "Prepare".to_owned() }];
    let tasks =
        "<TaskList><Task><UUID>77</UUID><Name>Prepare</Name><Description/></Task></TaskList>";
    let heard = asked(ok(tasks), async |xpm| {
        assert_eq!(xpm.tasks(&access()).await.outcome.unwrap(), one);
    });
    assert_eq!(heard.await.line(), "GET /task.api/list");
    let templates =
        "<Templates><Template><Name>Prepare</Name><UUID>77</UUID></Template></Templates>";
    let heard = asked(ok(templates), async |xpm| {
        assert_eq!(xpm.templates(&access()).await.outcome.unwrap(), one);
    });
    assert_eq!(heard.await.line(), "GET /template.api/list");
}

#[tokio::test]
async fn jobs_are_read_with_their_tasks_or_knowingly_without() {
    let bare = "<Job><ID>Y 1;ä</ID><Name/><Assigned /></Job>";
    let heard = asked(ok(&format!("<Jobs>{JOB}{bare}</Jobs>")), async |xpm| {
        let jobs = xpm.jobs_of(&access(), &uuid("c1")).await.outcome.unwrap();
        assert_eq!(jobs[0], job());
        assert_eq!(
            (jobs[1].number.as_str(), &jobs[1].tasks, jobs[1].staff.len()),
            ("Y 1;ä", &None, 0)
        );
    });
    assert_eq!(heard.await.line(), "GET /job.api/client/c1?detailed=true");
    let heard = asked(ok("<Job><ID>Y 1;ä</ID><Tasks/></Job>"), async |xpm| {
        let job = xpm.job(&access(), &number("Y 1;ä")).await.outcome.unwrap().unwrap();
        assert_eq!(job.tasks, Some(Vec::new()));
    });
    assert_eq!(heard.await.line(), "GET /job.api/get/Y%201;%C3%A4");
    let foreign = "<Job><ID>A/1</ID></Job>";
    let heard = asked(ok(&format!("<Jobs>{foreign}{JOB}</Jobs>")), async |xpm| {
        assert_eq!(xpm.current_jobs(&access()).await.outcome.unwrap(), [job()]);
    });
    assert_eq!(heard.await.line(), "GET /job.api/current");
}

#[tokio::test]
async fn time_is_booked_changed_found_and_removed() {
    let add = asked(ok(TIME), async |xpm| {
        assert_eq!(xpm.add_time(&access(), &an_hour()).await.outcome.unwrap(), booked());
    })
    .await;
    assert_eq!(add.line(), "POST /time.api/add");
    let update = asked(ok(TIME), async |xpm| {
        let changed = xpm.update_time(&access(), &uuid("71ce"), &an_hour()).await;
        assert_eq!(changed.outcome.unwrap(), booked());
    })
    .await;
    assert_eq!(update.line(), "PUT /time.api/update");
    assert!(update.body.starts_with("<Timesheet><UUID>71ce</UUID><Job>J000309</Job>"));
    let invoiced =
        TIME.replace("<Billable>true</Billable>", "<InvoiceTaskUUID>9</InvoiceTaskUUID>");
    let get = asked(ok(&invoiced), async |xpm| {
        let found = xpm.time(&access(), &uuid("71ce")).await.outcome.unwrap().unwrap();
        assert_eq!(found, Booked { invoiced: true, billable: None, ..booked() });
    });
    assert_eq!(get.await.line(), "GET /time.api/get/71ce");
    let delete = asked(ok(""), async |xpm| {
        xpm.delete_time(&access(), &uuid("71ce")).await.outcome.unwrap();
    });
    assert_eq!(delete.await.line(), "DELETE /time.api/delete/71ce");
}

#[tokio::test]
async fn times_are_listed_without_those_that_cannot_be_ours() {
    let taskless = TIME.replace("<Task><UUID>7a5c</UUID><Name>Prepare</Name></Task>", "");
    let times = ok(&format!("<Times>{taskless}{TIME}</Times>"));
    let (from, to) = (date(2026, 1, 1), date(2026, 12, 31));
    let heard = asked(times.clone(), async |xpm| {
        let listed = xpm.times_of_job(&access(), &number("J000309"), from, to).await;
        assert_eq!(listed.outcome.unwrap(), [booked()]);
    });
    assert_eq!(heard.await.line(), "GET /time.api/job/J000309?from=20260101&to=20261231");
    let heard = asked(times, async |xpm| {
        let listed = xpm.times_of_staff(&access(), &uuid("57af"), from, to).await;
        assert_eq!(listed.outcome.unwrap(), [booked()]);
    });
    assert_eq!(heard.await.line(), "GET /time.api/staff/57af?from=20260101&to=20261231");
}

#[tokio::test]
async fn g02_a_listed_time_that_cannot_be_read_spoils_the_list() {
    // Counting the others would take an entry of ours for missing, and book it again.
    for (good, bad) in
        [("<Minutes>60<", "<Minutes>1h<"), ("2026-11-03T", "3 Nov T"), ("71ce", "time 1")]
    {
        let times = ok(&format!("<Times>{TIME}{}</Times>", TIME.replace(good, bad)));
        asked(times, async |xpm| {
            let day = date(2026, 11, 3);
            let listed = xpm.times_of_job(&access(), &number("J000309"), day, day).await;
            assert_eq!(ending(&listed.outcome), "uncertain", "{bad}");
        })
        .await;
    }
}

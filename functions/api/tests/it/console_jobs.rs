//! Jobs in the console: from the panel to the job in XPM, by forms alone.

use serde_json::json;

use crate::console::Browser;
use crate::drafts::{a_draft, practice, run};
use crate::world::{Answered, World, tenant};

const DRAFT: &str = "/console/jobs/drafts/d-1";

/// CA-05, CA-10: a client is found by name, everything wrong is told at once, and nothing typed is lost.
#[tokio::test]
async fn ca_10_the_panel_tells_all_faults_at_once_and_keeps_what_was_typed() {
    let world = practice().await;
    for (id, number) in [("n-1", "11 111"), ("n-2", "22 222")] {
        let body = json!({"kind": "organisation", "name": "Same Ltd", "business_number": number});
        world.put(&format!("/v1/contacts/{id}"), body).await.ok();
    }
    let ann = Browser::of_ann(&world).await.ready().await;
    let panel = ann.get("/console/jobs/new").await;
    for part in ["BAS - Quarter", ">In Progress<", "value=\"5701\"", "value=\"console-"] {
        assert!(panel.text.contains(part), "{part}: {}", panel.text);
    }
    let found = ann.get("/console/jobs/clients?client=same").await;
    assert!(found.text.contains("11 111") && found.text.contains("22 222"), "{}", found.text);

    let form = "act=create&document_set_id=a%2Fb&client=acm&name=My+%3Cjob%3E&template_uuid=7e01\
        &staff_uuids=5701&start_date=2026-11-22&due_date=2026-11-21&description=two%0Alines";
    let told = ann.post("/console/jobs/new", form).await;
    assert_eq!(told.status, 422, "{}", told.text);
    assert_eq!(told.text.matches("class=\"error\"").count(), 3, "{}", told.text);
    for kept in [
        "value=\"My &#60;job&#62;\"",
        "value=\"a/b\"",
        "value=\"acm\"",
        "two\nlines</textarea>",
        "value=\"5701\" checked",
        "value=\"7e01\" selected",
        "value=\"2026-11-21\"",
        "value=\"c-1\"",
    ] {
        assert!(told.text.contains(kept), "{kept}: {}", told.text);
    }
    assert_eq!(world.get("/v1/job-drafts").await.ok()["items"], json!([]));

    let form = "act=create&document_set_id=d-1&contact_id=c-1&template_uuid=7e01";
    let made = ann.post("/console/jobs/new", form).await;
    assert_eq!((made.status.as_u16(), to(&made)), (303, DRAFT));
    let list = ann.get("/console/jobs").await;
    assert!(list.text.contains("BAS - Quarter") && list.text.contains("Acme"), "{}", list.text);
    assert!(ann.get("/console/jobs?state=created").await.text.contains("No jobs here."));
    let audit = world.get("/v1/audit?subject=job_draft/d-1").await.ok();
    assert_eq!(audit["items"][0]["actor"]["id"], "ann@example.com");
}

/// CA-12, CA-14, CA-18, CA-20: the grid is typed, corrected, confirmed and delivered; every step shows.
#[tokio::test]
async fn ca_14_costs_are_typed_confirmed_and_followed_to_xpm() {
    let world = practice().await;
    world.post("/v1/job-drafts", a_draft()).await;
    let ann = Browser::of_ann(&world).await.ready().await;
    let costs = format!("{DRAFT}/costs");
    let good = "date.0=2026-11-22&description.0=ASIC+%26+fee&billable.0=1&quantity.0=2\
        &unit_cost.0=0.10&unit_price.0=12.50";

    let bad = "date.1=2026-11-22&description.1=x&quantity.1=1e3&unit_cost.1=1&unit_price.1=0.12345";
    let told = ann.post(&costs, &format!("act=confirm&rows=2&{good}&{bad}")).await;
    assert_eq!(told.status, 422);
    for part in [
        "value=\"ASIC &#38; fee\"",
        "value=\"1e3\"",
        "id=\"quantity.1-error\"",
        "id=\"unit_price.1-error\"",
    ] {
        assert!(told.text.contains(part), "{part}: {}", told.text);
    }
    assert_eq!(world.get("/v1/job-drafts/d-1").await.ok()["costs"], json!([]));

    let more = ann.post(&costs, &format!("act=add&rows=2&{good}&{bad}")).await;
    assert_eq!((more.status.as_u16(), more.text.matches("name=\"id.").count()), (200, 3));
    let less = ann.post(&costs, &format!("act=remove.1&rows=2&{good}&{bad}")).await;
    assert!(less.text.contains("<dd>25.00</dd>") && !less.text.contains("1e3"), "{}", less.text);
    assert_eq!(ann.post(&costs, &format!("act=save&rows=2&{good}")).await.status, 303);
    assert!(ann.get(DRAFT).await.text.contains("Not confirmed"));
    let kept = world.get("/v1/job-drafts/d-1").await.ok();
    assert_eq!(
        (&kept["costs_confirmed"], &kept["totals"]["price"]),
        (&json!(false), &json!("25.00"))
    );
    let line = format!("act=confirm&rows=1&id.0=line-1&{good}");
    assert_eq!(ann.post(&costs, &line).await.status, 303);
    assert_eq!(world.get("/v1/job-drafts/d-1").await.ok()["costs_confirmed"], true);

    assert_eq!(ann.post(DRAFT, "act=deliver").await.status, 303);
    let part = ann.get(&format!("{DRAFT}/progress")).await;
    assert!(part.text.contains("hx-trigger=\"every 2s\"") && !part.text.contains("<html"));
    run(&world).await;
    let part = ann.get(&format!("{DRAFT}/progress")).await;
    assert!(!part.text.contains("hx-trigger") && part.text.contains("J000001"), "{}", part.text);
    assert_eq!(part.text.matches("good\">Done").count(), 4, "{}", part.text);

    // What XPM has stays in the grid.
    let gone = ann.post(&costs, "act=save&rows=0").await;
    assert_eq!(gone.status, 422);
    assert!(gone.text.contains("XPM cannot remove a cost"), "{}", gone.text);
    assert_eq!(ann.post(DRAFT, "act=discard").await.status, 303);
    assert!(ann.get(DRAFT).await.text.contains("class=\"flash bad\""));
    assert_eq!(ann.post(DRAFT, "act=undo").await.status, 303);
    run(&world).await;
    assert!(world.ports().practice.jobs_now(&tenant()).is_empty());
    assert!(ann.get(DRAFT).await.text.contains("Taken back"));
    assert_eq!(ann.post("/console/jobs/drafts/nobody", "act=undo").await.status, 404);
}

/// CA-03, BY-03: without the switch the panel says so; a draft says why it is no job.
#[tokio::test]
async fn by_03_the_console_says_why_a_draft_is_no_job() {
    let world = practice().await;
    world.post("/v1/job-drafts", a_draft()).await;
    let ann = Browser::of_ann(&world).await.ready().await;
    let page = ann.get(DRAFT).await;
    assert!(page.text.contains("Download or send them"), "{}", page.text);
    let world = World::new().await;
    let ann = Browser::of_ann(&world).await.ready().await;
    for path in ["/console/jobs", "/console/jobs/new"] {
        assert!(ann.get(path).await.text.contains("class=\"why\""), "{path}");
    }
    let told = ann
        .post("/console/jobs/new", "act=create&document_set_id=d&contact_id=c&template_uuid=7e01")
        .await;
    assert_eq!(told.status, 409, "{}", told.text);
}

/// CA-21, CA-22: a table is looked at line by line with what it costs, kept, and there as a file.
#[tokio::test]
async fn ca_21_a_table_of_drafts_is_looked_at_before_it_is_kept() {
    let world = practice().await;
    let ann = Browser::of_ann(&world).await.ready().await;
    let path = "/console/jobs/table";
    let table = "table=document_set_id%2Ccontact_id%2Ctemplate_uuid%2Cname%0D%0A\
        d-1%2Cc-1%2C7e01%2C%3DSUM%28A1%29%0D%0Ad-2%2Cnobody%2C7e01%2C%0D%0A";
    let looked = ann.post(path, &format!("act=look&{table}")).await;
    assert_eq!(looked.status, 200);
    for part in
        ["1 good, 1 left out", "take 1 calls", "contact_id: ", "Make 1 drafts", "d-2,nobody"]
    {
        assert!(looked.text.contains(part), "{part}: {}", looked.text);
    }
    assert_eq!(world.get("/v1/job-drafts").await.ok()["items"], json!([]));
    assert_eq!(ann.post(path, &format!("act=keep&{table}")).await.status, 200);
    assert_eq!(world.get("/v1/job-drafts").await.ok()["items"][0]["id"], "d-1");
    let file = ann.get("/console/jobs/file?format=csv").await;
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    assert!(file.text.contains("d-1,c-1,7e01,\"'=SUM(A1)\""), "{}", file.text);
    assert_eq!(ann.post(path, "act=look&table=a%2Cb").await.status, 422);
}

fn to(answered: &Answered) -> &str {
    answered.headers.get("location").map_or("", |it| it.to_str().unwrap())
}

//! Documents go out, and the job is in XPM: once, with its people, costs and state.

use local::stack::Runner;
use reqwest::Method;
use serde_json::{Value, json};
use xpm_sim::Fault;

use crate::stage::{Stage, User, binaries};
use crate::world::Work;

#[tokio::test(flavor = "multi_thread")]
async fn ca_15_delivered_documents_become_one_job() {
    documents_go_out(Runner::InProcess).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_15_the_real_binaries_do_the_same() {
    documents_go_out(Runner::Processes(binaries())).await;
}

/// CA-10, CA-12, CA-14, CA-15, CA-17 to CA-19, G5: by webhook and by API, each told three times, and
/// XPM's answers to a job and to a cost are lost on the wire.
async fn documents_go_out(runner: Runner) {
    documents_go_out_on(&Stage::ready(runner).await).await;
}

pub(crate) async fn documents_go_out_on(stage: &Stage) {
    let user = &stage.user;
    let work = Work::find(user).await;
    switch_on(user).await;
    let template = user.get_soon("/v1/xpm/templates").await["items"][0].clone();
    let staff = user.get_soon("/v1/xpm/staff").await["items"].clone();
    let people = json!([staff[0]["uuid"], staff[1]["uuid"]]);
    stage.simulator().set_faults(vec![lost("job.api/add"), lost("job.api/cost")]);

    for set in ["by-webhook", "by-api"] {
        let name = format!("Minutes & <{set}>");
        let draft = json!({"document_set_id": set, "contact_id": work.contact, "name": name,
            "template_uuid": template["uuid"], "start_date": "2026-11-22",
            "due_date": "2026-12-31", "staff_uuids": people, "state_code": "INPROGRESS"});
        let (status, made) = user.call(Method::POST, "/v1/job-drafts", Some(draft)).await;
        assert_eq!(status, 201, "{made}");
        let line = |description: &str| {
            json!({"date": "2026-11-22", "description": description, "quantity": "2.5",
                "unit_cost": "0.10", "unit_price": "12.50"})
        };
        let grid = json!({"costs": [line("ASIC & fee"), line("courier")]});
        user.put(&format!("/v1/job-drafts/{set}/costs"), grid).await;
        let confirm = format!("/v1/job-drafts/{set}/costs/confirm");
        assert_eq!(user.call(Method::POST, &confirm, None).await.0, 200);
        for action in ["download", "send", "download"] {
            if set == "by-api" {
                let path = format!("/v1/document-sets/{set}/delivered");
                let body = json!({ "action": action });
                assert_eq!(user.call(Method::POST, &path, Some(body)).await.0, 202);
            } else {
                let data = json!({ "id": set, "action": action });
                assert_eq!(user.deliver("documents.delivered", data).await, 202);
            }
        }
        let path = format!("/v1/job-drafts/{set}");
        user.until("the job", async || user.get(&path).await["state"] == "created").await;
        let why = user.get(&format!("{path}/why")).await;
        assert_eq!(why["next_step"], Value::Null, "{why}");
        user.until("its link", async || user.get(&path).await["job_url"].is_string()).await;

        let ledger = user.ledger().await;
        let jobs = of(&ledger, "jobs", "name", &json!(name));
        assert_eq!(jobs.len(), 1);
        let number = user.get(&path).await["job_number"].clone();
        assert_eq!((&jobs[0]["number"], &jobs[0]["state_code"]), (&number, &json!("INPROGRESS")));
        assert_eq!(jobs[0]["staff_uuids"], people, "{}", jobs[0]);
        let costs = of(&ledger, "costs", "job", &number);
        let ours = |what: &str| costs.iter().filter(|it| it["description"] == what).count();
        assert_eq!((ours("ASIC & fee"), ours("courier")), (1, 1));
        assert!(costs.iter().any(|it| it["unit_price"] == "12.50" && it["quantity"] == "2.5"));
        // Read what we wrote: the new job is among the client's at once.
        let client = jobs[0]["client_uuid"].as_str().unwrap();
        let path = format!("/v1/xpm/clients/{client}/jobs");
        user.until("the client's jobs", async || {
            let (status, listed) = user.call(Method::GET, &path, None).await;
            // The first answer counts: it must show the new job.
            let items = listed["items"].as_array().cloned().unwrap_or_default();
            assert!(status == 503 || items.iter().any(|it| it["number"] == number), "{listed}");
            status == 200
        })
        .await;
    }
}

/// A draft whose documents go out while the firm creates no jobs: it waits, and is redriven.
pub(crate) async fn a_draft_waits_on(stage: &Stage) {
    let user = &stage.user;
    let work = Work::find(user).await;
    switch_on(user).await;
    let template = user.get_soon("/v1/xpm/templates").await["items"][0].clone();
    let draft = json!({"document_set_id": "late", "contact_id": work.contact, "name": "Late",
        "template_uuid": template["uuid"], "start_date": "2026-11-22", "due_date": "2026-12-31"});
    let (status, made) = user.call(Method::POST, "/v1/job-drafts", Some(draft)).await;
    assert_eq!(status, 201, "{made}");
    let enabled = async |on: bool| {
        let mut settings = user.get("/v1/settings").await;
        settings["jobs"]["enabled"] = on.into();
        user.put("/v1/settings", settings).await;
    };
    enabled(false).await;
    let sent = Some(json!({"action": "send"}));
    let (status, told) = user.call(Method::POST, "/v1/document-sets/late/delivered", sent).await;
    assert_eq!(status, 202, "{told}");
    user.until("the cause", async || user.get("/v1/issues").await.to_string().contains("jobs_off"))
        .await;
    enabled(true).await;
    let cause = Some(json!({"cause": "jobs_off"}));
    let (status, order) = user.call(Method::POST, "/v1/issues/redrive", cause).await;
    assert_eq!(status, 202, "{order}");
    user.until("the job", async || user.get("/v1/job-drafts/late").await["state"] == "created")
        .await;
}

async fn switch_on(user: &User) {
    let mut settings = user.get("/v1/settings").await;
    settings["jobs"] = json!({"enabled": true, "template_prefix": "",
        "states": [{"code": "INPROGRESS", "name": "In Progress"}]});
    user.put("/v1/settings", settings).await;
}

fn of(ledger: &Value, list: &str, field: &str, value: &Value) -> Vec<Value> {
    let all = ledger[list].as_array().unwrap().iter();
    all.filter(|it| it[field] == *value).cloned().collect()
}

/// XPM carries a call out, and its answer never arrives.
fn lost(path: &str) -> Fault {
    let fault = json!({
        "match": { "method": "POST", "path": path },
        "times": 1,
        "kind": "reset_after_commit",
    });
    serde_json::from_value(fault).unwrap()
}

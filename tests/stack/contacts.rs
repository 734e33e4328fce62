//! Contacts both ways: out to XPM and back, decided by a person, planned and undone.

use local::stack::Runner;
use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{Stage, User};

/// KB-50, KB-53, KB-55, KB-60, KB-62, G5: a contact becomes one client although XPM's answer is lost, a
/// change made in XPM comes back, and neither is sent on again.
#[tokio::test(flavor = "multi_thread")]
async fn kb_50_a_contact_goes_to_xpm_once_and_what_changes_there_comes_back() {
    a_contact_goes_out_on(&Stage::ready(Runner::InProcess).await).await;
}

pub(crate) async fn a_contact_goes_out_on(stage: &Stage) {
    let user = &stage.user;
    choose_types(user).await;
    let fault = json!([{
        "match": {"method": "POST", "path": "client.api/add"}, "times": 1, "kind": "reset_after_commit"
    }]);
    let fault = serde_json::from_value(fault).unwrap();
    stage.simulator().set_faults(fault);
    let bakery = json!({
        "kind": "organisation", "name": "Quokka Bakery Pty Ltd", "contact_type": "Client",
        "emails": ["hello@quokka.example"], "phones": [{"label": "shop", "number": "08 9555 0101"}]
    });
    user.put("/v1/contacts/o-9", bakery.clone()).await;
    user.until("the push", async || {
        user.get("/v1/contacts/o-9").await["push"]["state"] == "pushed"
    })
    .await;
    let clients = quokkas(user).await;
    assert_eq!(clients.len(), 1, "{clients:?}");
    assert_eq!(clients[0]["email"], "hello@quokka.example");

    let moved = json!([{"uuid": clients[0]["uuid"], "phone": "08 9555 0202"}]);
    stage.simulator().load("clients", &moved.to_string(), None).unwrap();
    let run = sync(user, "apply").await;
    assert_eq!(run["counts"]["updated"], 1, "{run}");
    let contact = user.get("/v1/contacts/o-9").await;
    assert_eq!(contact["phones"][0], json!({"label": "shop", "number": "08 9555 0202"}));
    let again = sync(user, "apply").await;
    assert_eq!(again["counts"]["updated"], 0, "{again}");
    let updates = user.ledger().await["effects"].clone();
    let sent = |it: &&Value| it["call"].as_str().is_some_and(|it| it.contains("client.api/update"));
    assert_eq!(updates.as_array().unwrap().iter().filter(sent).count(), 0);
}

/// BY-01, BY-10, KB-42: a plan changes nothing, a decision counts at once, and a run can be undone.
#[tokio::test(flavor = "multi_thread")]
async fn by_10_a_match_is_removed_and_allowed_again_and_a_run_is_undone() {
    a_run_is_undone_on(&Stage::ready(Runner::InProcess).await).await;
}

pub(crate) async fn a_run_is_undone_on(stage: &Stage) {
    let user = &stage.user;
    let before = user.all("/v1/contacts").await.len();
    let load = json!([{"name": "Numbat Nurseries", "email": "hi@numbat.example"}]).to_string();
    stage.simulator().load("clients", &load, None).unwrap();

    let plan = sync(user, "plan").await;
    assert_eq!(plan["counts"]["created"], 1, "{plan}");
    assert_eq!(user.all("/v1/contacts").await.len(), before);
    let run = sync(user, "apply").await;
    assert_eq!(run["counts"]["created"], 1, "{run}");
    assert_eq!(user.all("/v1/contacts").await.len(), before + 1);

    let undo = format!("/v1/syncs/{}/undo", run["id"].as_str().unwrap());
    let (status, undone) = user.call(Method::POST, &undo, None).await;
    assert_eq!(status, 202, "{undone}");
    ended(user, &undone).await;
    assert_eq!(user.all("/v1/contacts").await.len(), before);

    let found = user.get("/v1/matches?query=numbat").await["items"][0].clone();
    assert_eq!(found["state"], "removed", "{found}");
    let allow = format!("/v1/matches/{}/allow", found["id"].as_str().unwrap());
    let version = json!({"version": found["version"]});
    let (status, allowed) = user.call(Method::POST, &allow, Some(version.clone())).await;
    assert_eq!(status, 200, "{allowed}");
    let (status, stale) = user.call(Method::POST, &allow, Some(version)).await;
    assert_eq!(status, 409, "{stale}");
}

async fn choose_types(user: &User) {
    let mut settings = user.get("/v1/settings").await;
    settings["contact_types"] = json!(["Client"]);
    settings["contact_sync"]["push_contact_types"] = json!(["Client"]);
    user.put("/v1/settings", settings).await;
}

async fn quokkas(user: &User) -> Vec<Value> {
    let ledger = user.ledger().await;
    let clients = ledger["clients"].as_array().unwrap();
    let ours = |it: &&Value| it["name"].as_str().is_some_and(|it| it.contains("Quokka"));
    clients.iter().filter(ours).cloned().collect()
}

async fn sync(user: &User, mode: &str) -> Value {
    let (status, run) = user.call(Method::POST, "/v1/syncs", Some(json!({"mode": mode}))).await;
    assert_eq!(status, 202, "{run}");
    ended(user, &run).await
}

async fn ended(user: &User, run: &Value) -> Value {
    let path = format!("/v1/syncs/{}", run["id"].as_str().unwrap());
    user.until("the sync", async || user.get(&path).await["state"] == "done").await;
    user.get(&path).await
}

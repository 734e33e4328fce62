//! The smaller entities, and bodies in JSON.

use reqwest::Method;
use serde_json::json;

use crate::world::{read, world};

#[tokio::test]
async fn a_request_may_be_json_in_lower_camel() {
    let world = world().await;
    let client = world.get("job.api/get/J000001").await.one("Job/Client/UUID");
    let body = json!({"uuid": client, "webSite": "https://b.example.com", "phone": "1"});
    let request = world.request(Method::PUT, "client.api/update");
    let request = request.header("content-type", "application/json").body(body.to_string());
    let answer = read(request).await;
    assert_eq!(answer.one("Client/Website"), "https://b.example.com");
    assert_eq!(answer.one("Client/Phone"), "1");
}

#[tokio::test]
async fn a_group_needs_a_client_and_changes_members_by_attributes() {
    let world = world().await;
    let clients = world.get("client.api/paged-list").await.all("Clients/Client/UUID");
    let bare = world.post("clientgroup.api/add", "<Group><Name>G</Name></Group>").await;
    assert_eq!(bare.one("Status"), "ERROR");
    let body = format!("<Group><Name>G</Name><ClientUUID>{}</ClientUUID></Group>", clients[0]);
    let uuid = world.post("clientgroup.api/add", &body).await.one("Group/UUID");
    let body = format!(
        "<Group><UUID>{uuid}</UUID><add uuid=\"{}\" /><remove uuid=\"{}\" /></Group>",
        clients[1], clients[0]
    );
    let group = world.put("clientgroup.api/members", &body).await;
    assert_eq!(group.all("Group/Clients/Client/UUID"), clients[1..2]);
    let listed = world.get("clientgroup.api/list").await;
    assert!(listed.all("Groups/Group/Clients").is_empty());
}

#[tokio::test]
async fn a_custom_field_is_read_only_where_it_has_a_value() {
    let world = world().await;
    let field = world.get("customfield.api/definition").await;
    let field = field.one("CustomFieldDefinitions/CustomFieldDefinition/UUID");
    let client = world.get("job.api/get/J000001").await.one("Job/Client/UUID");
    let get = format!("client.api/get/{client}/customfield");
    assert!(world.get(&get).await.text.contains("<CustomFields />"));
    let put = format!("client.api/update/{client}/customfield");
    let body = |value: &str| {
        format!(
            "<CustomFields><CustomField><UUID>{field}</UUID><Date>{value}</Date></CustomField>\
             </CustomFields>"
        )
    };
    assert_eq!(world.put(&put, &body("20260701")).await.one("Status"), "OK");
    assert_eq!(world.get(&get).await.one("CustomFields/CustomField/Date"), "20260701");
    world.put(&put, &body("")).await;
    assert!(world.get(&get).await.text.contains("<CustomFields />"));
}

#[tokio::test]
async fn disabled_staff_file_no_time() {
    let world = world().await;
    let (number, task, staff) = world.open_job().await;
    let body = format!("<Staff><UUID>{staff}</UUID></Staff>");
    assert_eq!(world.post("staff.api/disable", &body).await.one("Status"), "OK");
    let sheet = crate::world::World::timesheet(&(number, task, staff), 6);
    let refused = world.post("time.api/add", &sheet).await;
    assert_eq!(refused.one("ErrorDescription"), "Invalid staff identifier");
}

#[tokio::test]
async fn notes_and_documents_are_kept_with_their_job() {
    let world = world().await;
    let note = "<Note><Job>J000001</Job><Title>T</Title><Text>one\ntwo</Text></Note>";
    let job = world.post("job.api/note", note).await;
    assert_eq!(job.one("Job/Notes/Note/Text"), "one\ntwo");
    let document = "<Document><Job>J000001</Job><Title>D</Title><FileName>d.txt</FileName>\
                    <Content>aGVsbG8=</Content></Document>";
    world.post("job.api/document", document).await;
    let documents = world.get("job.api/documents/J000001").await;
    assert_eq!(documents.one("Documents/Document/Date"), "20261122");
    assert_eq!(documents.one("Documents/Document/FileName"), "d.txt");
}

#[tokio::test]
async fn business_errors_take_another_status_when_switched() {
    let world = world().await;
    let mut knobs = world.simulator.control().knobs();
    knobs.business_error_status = 404;
    world.simulator.control().set_knobs(knobs).unwrap();
    let answer = world.get("job.api/get/J9").await;
    assert_eq!((answer.status, answer.one("Status").as_str()), (404, "ERROR"));
}

#[tokio::test]
async fn a_wrong_verb_is_405_and_an_unknown_path_404() {
    let world = world().await;
    assert_eq!(world.post("job.api/list", "").await.status, 405);
    assert_eq!(world.get("lead.api/list").await.status, 404);
}

//! BY-12: the envelope, XML and JSON.

use reqwest::Method;

use crate::world::{read, world};

/// BY-12, must-have 1.
#[tokio::test]
async fn by_12_an_answer_is_xml_in_an_envelope_that_names_its_handler() {
    let answer = world().await.get("template.api/list").await;
    assert_eq!(answer.header("content-type"), Some("text/xml; charset=utf-8"));
    assert!(answer.text.starts_with("<Response api-method=\"List\"><Status>OK</Status>"));
    assert_eq!(answer.all("Templates/Template/UUID").len(), 8);
}

/// BY-12, must-have 1.
#[tokio::test]
async fn by_12_json_needs_both_the_accept_and_the_feature_header() {
    let world = world().await;
    let accept =
        || world.request(Method::GET, "staff.api/list").header("Accept", "application/json");
    let only_accept = read(accept()).await;
    assert!(only_accept.text.starts_with("<Response"));

    let strict = read(accept().header("Xero-Features", "practice-strict-content-type")).await;
    let body = strict.json();
    assert_eq!(strict.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(body["status"], "OK");
    assert_eq!(body["staffList"].as_array().map(Vec::len), Some(12));
    assert!(body["staffList"][0]["payrollCode"].is_string());
}

#[tokio::test]
async fn containers_collapse_to_arrays_in_json() {
    let world = world().await;
    let job = world
        .request(Method::GET, "job.api/get/J000001")
        .header("Accept", "application/json")
        .header("Xero-Features", "practice-strict-content-type");
    let job = read(job).await.json();
    assert!(job["job"]["assigned"][0]["uuid"].is_string());
    assert!(job["job"]["tasks"][0]["taskUuid"].is_string());
    assert_eq!(job["job"]["internalId"], "1000");
    assert_eq!(job["job"]["tasks"][0]["completed"], false);
}

#[tokio::test]
async fn a_business_error_in_json_keeps_its_two_members() {
    let world = world().await;
    let request = world
        .request(Method::GET, "job.api/get/J999999")
        .header("Accept", "application/json")
        .header("Xero-Features", "practice-strict-content-type");
    let body = read(request).await.json();
    let expected = serde_json::json!({
        "status": "ERROR", "errorDescription": "Invalid job identifier",
    });
    assert_eq!(body, expected);
}

/// BY-12, must-have 11.
#[tokio::test]
async fn by_12_declaration_order_and_handler_name_are_switchable() {
    let world = world().await;
    let mut knobs = world.simulator.control().knobs();
    knobs.xml_declaration = true;
    knobs.unordered_elements = true;
    knobs.api_method = false;
    world.simulator.control().set_knobs(knobs).unwrap();
    let answer = world.get("category.api/list").await;
    assert!(
        answer.text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Status>")
    );
    assert!(answer.text.contains("<Category><Name>Compliance</Name><UUID>"));
}

#[tokio::test]
async fn only_the_fields_asked_for_are_returned() {
    let answer = world().await.get("staff.api/list?fields=UUID,Email").await;
    assert_eq!(answer.all("StaffList/Staff/Email").len(), 12);
    assert!(answer.all("StaffList/Staff/Name").is_empty());
}

//! The document and the page to read it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use lambda_http::Body;
use serde_json::Value;

use crate::world::World;

#[tokio::test]
async fn g51_every_route_is_in_the_document_with_every_method_that_it_serves() {
    let world = World::new().await;
    let paths = world.contract.0["paths"].as_object().unwrap().clone();
    for (path, operations) in paths {
        let asked = path.replace(['{', '}'], "x");
        let answered = world.ask("TRACE", &asked, crate::world::KEY, None).await;
        assert_eq!(answered.problem(), (405, "method_not_allowed"), "{path}");
        let allowed = answered.headers["allow"].to_str().unwrap();
        let mut served: Vec<String> = allowed.split(',').map(str::to_lowercase).collect();
        served.retain(|it| it != "head");
        served.sort();
        let told: Vec<&String> = operations.as_object().unwrap().keys().collect();
        assert_eq!(served.iter().collect::<Vec<_>>(), told, "{path}");
    }
}

#[tokio::test]
async fn g51_the_document_is_openapi_3_1_and_every_reference_in_it_leads_somewhere() {
    let world = World::new().await;
    let published = world.send("GET", "/openapi.json", &[], Body::Empty).await;
    assert_eq!(published.json, world.contract.0);
    assert_eq!(published.headers["content-type"], "application/json");
    let version = published.json["openapi"].as_str().unwrap();
    assert!(version.starts_with("3.1"), "{version}");
    let mut references = 0;
    follow(&published.json, &published.json, &mut references);
    assert!(references > 100);
}

#[tokio::test]
async fn g51_every_operation_has_an_id_of_its_own_and_tells_its_errors() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for (path, method, operation) in world.contract.operations() {
        ids.push(operation["operationId"].as_str().unwrap().to_owned());
        assert!(operation["summary"].is_string(), "{method} {path}");
        assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{method} {path}");
        let responses = operation["responses"].as_object().unwrap();
        for (status, it) in responses.iter().filter(|it| it.0.as_str() >= "400") {
            let schema = &it["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{method} {path} {status}");
        }
        assert_eq!(path.starts_with("/v1/"), responses.contains_key("401"));
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[tokio::test]
async fn g51_what_is_sent_names_no_field_that_is_not_in_the_document() {
    let world = World::new().await;
    for (path, method, operation) in world.contract.operations() {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let Some(reference) = schema["$ref"].as_str() else { continue };
        let schema = world.contract.0.pointer(&reference[1..]).unwrap();
        assert_eq!(schema["additionalProperties"], false, "{method} {path}");
    }
}

/// Schemas are kept by name, and the second of a name takes the place of the first.
#[test]
fn g51_no_two_types_of_the_document_share_a_name() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let (mut known, mut folders) = (BTreeMap::new(), vec![]);
    folders.extend(
        ["shared/contract/src", "functions/api/src"].map(|it| PathBuf::from(root).join(it)),
    );
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for part in text.split("ToSchema)]").skip(1) {
                let renamed = part.split_once("schema(as = ").filter(|it| !it.0.contains('{'));
                let named = part.split_once("struct ").filter(|it| !it.0.contains('{'));
                let named = named.or(part.split_once("enum "));
                let (_, name) = renamed.or(named).unwrap();
                let name: String = name.chars().take_while(|it| it.is_alphanumeric()).collect();
                let other = known.insert(name.clone(), path.clone());
                assert_eq!(other, None, "{name} is in {} as well", path.display());
            }
        }
    }
    assert!(known.len() > 80, "{}", known.len());
}

#[tokio::test]
async fn the_page_to_read_it_asks_no_other_host_and_runs_no_script_of_its_own() {
    let world = World::new().await;
    let page = world.send("GET", "/docs", &[], Body::Empty).await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!page.text.contains("http:") && !page.text.contains("https:"));
    assert!(!page.text.contains("style=") && !page.text.contains(" on"));
    assert!(page.text.matches("<script").count() == 1 && page.text.contains("<script src="));
    for (file, kind) in [("/docs/docs.js", "text/javascript"), ("/docs/docs.css", "text/css")] {
        assert!(page.text.contains(file));
        let answered = world.send("GET", file, &[], Body::Empty).await;
        assert!(answered.headers["content-type"].to_str().unwrap().starts_with(kind));
    }
    let script = world.send("GET", "/docs/docs.js", &[], Body::Empty).await.text;
    assert!(!script.contains("innerHTML") && !script.contains("eval("));
}

fn follow(part: &Value, whole: &Value, count: &mut usize) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                assert!(whole.pointer(&reference[1..]).is_some(), "{reference}");
                *count += 1;
            }
            fields.values().for_each(|it| follow(it, whole, count));
        }
        Value::Array(items) => items.iter().for_each(|it| follow(it, whole, count)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// G51: what is served is a copy, and the copy says what the handlers say. If this fails, run
/// `cargo run -p api --example openapi`.
#[test]
fn g51_the_copy_that_is_served_says_what_the_handlers_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/openapi.json");
    let copy: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(copy, api::document("https://tandem.example"));
}

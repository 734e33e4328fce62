//! The OpenAPI document: what the handlers do not say themselves because it holds for all of them.

use contract::problem::{FieldProblem, Problem};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tandem",
        description = "Keeps a practice app and Xero Practice Manager in step.\n\nErrors are problem details \
            (RFC 9457); `code` is a stable word. Every `PUT` may be repeated; a `POST` may be repeated under \
            one `Idempotency-Key`. Unknown fields are refused.",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(Problem, FieldProblem)),
    tags(
        (name = "service", description = "Needs no key"),
        (name = "connection", description = "The connection to XPM"),
        (name = "settings", description = "What the firm has chosen"),
        (name = "api-keys", description = "Keys to this API"),
        (name = "contacts", description = "Organisations and people of the practice app"),
        (name = "syncs", description = "Contact syncs"),
        (name = "matches", description = "What became of XPM's clients and contacts"),
        (name = "processes", description = "Kinds of work, mapped to XPM task types"),
        (name = "tasks", description = "Tasks and their links to jobs"),
        (name = "users", description = "People who record time"),
        (name = "time-entries", description = "Time and its push to XPM"),
        (name = "events", description = "What happened, as a feed"),
        (name = "webhook-endpoints", description = "Where outbound events go"),
        (name = "audit", description = "Who changed what, when and why"),
        (name = "job-drafts", description = "Jobs created when documents go out"),
        (name = "reconciliation", description = "Both sides' time"),
        (name = "issues", description = "What needs a person, by cause"),
        (name = "xpm", description = "XPM's lists, at most ten minutes old"),
    )
)]
struct Base;

/// Where no body is as good as an empty object.
const BODY_OPTIONAL: [&str; 4] = [
    "/v1/connection/authorize",
    "/v1/syncs",
    "/v1/time-entries/{id}/release",
    "/v1/tasks/{id}/link/move-time",
];

/// The document without any route.
pub(crate) fn base() -> Document {
    Base::openapi()
}

/// The paths whose cursors are places in the feed, which ends after seven years.
const READ_BY_FEED: [&str; 3] = ["/v1/events", "/v1/audit", "/v1/audit.csv"];

/// The whole document: with the key, and with the errors of each route.
pub(crate) fn finish(document: Document, public_url: &str) -> Value {
    let mut document = serde_json::to_value(document).unwrap_or_default();
    document["servers"] = json!([{ "url": public_url }]);
    document["components"]["securitySchemes"] = json!({"api_key": {
        "type": "http", "scheme": "bearer", "bearerFormat": "tdm_…",
        "description": "A key of the firm. No request names its firm.",
    }});
    let paths = document["paths"].as_object_mut().map(std::mem::take).unwrap_or_default();
    let told = paths.into_iter().map(|(path, mut operations)| {
        for (method, operation) in operations.as_object_mut().into_iter().flatten() {
            tell(&path, method, operation);
        }
        (path, operations)
    });
    document["paths"] = Value::Object(told.collect());
    document
}

fn tell(path: &str, method: &str, operation: &mut Value) {
    if !path.starts_with("/v1/") {
        operation["security"] = json!([]);
        return;
    }
    operation["security"] = json!([{ "api_key": [] }]);
    if method == "post" {
        idempotency(operation);
    }
    let body = operation.get("requestBody").is_some();
    if body && BODY_OPTIONAL.contains(&path) {
        operation["requestBody"]["required"] = json!(false);
    }
    let of_one = path.contains('{');
    let mut statuses = vec![400, 401, 413, 503];
    statuses.extend(of_one.then_some(404));
    let conflicts = method == "post" || operation["responses"].get("409").is_some();
    statuses.extend(conflicts.then_some(409));
    statuses.extend(READ_BY_FEED.contains(&path).then_some(410));
    statuses.extend(body.then_some(422));
    statuses.extend((path == "/v1/xpm/refresh").then_some(429));
    for status in statuses {
        operation["responses"][status.to_string()] = refusal(status);
    }
}

fn idempotency(operation: &mut Value) {
    let header = json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "The same key with the same request is carried out once; with another, it is refused.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
    });
    match operation["parameters"].as_array_mut() {
        Some(parameters) => parameters.push(header),
        None => operation["parameters"] = json!([header]),
    }
}

/// How an error is answered.
fn refusal(status: u16) -> Value {
    let description = match status {
        400 => "Malformed: no JSON, wrong types, unknown fields, a bad query",
        401 => "No valid key",
        404 => "Nothing of that name, or another firm's",
        409 => "It cannot be done as things stand, or the idempotency key was used",
        410 => "What came after the cursor is kept no more (`cursor_expired`)",
        413 => "The body is longer than 256 KiB",
        422 => "The body breaks rules; `errors` names them all",
        429 => "It was done just now: ask again after `Retry-After`",
        _ => "Not now: ask again after `Retry-After`",
    };
    let mut headers = Map::new();
    let text =
        |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    if status == 401 {
        headers.insert("WWW-Authenticate".into(), text("Always `Bearer`"));
    }
    if [429, 503].contains(&status) {
        headers.insert("Retry-After".into(), text("In so many seconds"));
    }
    json!({
        "description": description,
        "headers": headers,
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
}

//! SH-04: no firm sees or touches another's things. Three firms have one of everything, and each
//! tries the others' ids on every route that the document has.

use std::collections::HashMap;

use domain::contacts::matches::{ContactMatch, Match};
use domain::deadline::Deadline;
use domain::events::work::publish;
use domain::firm::{FIRM, Firm, JobState};
use domain::ids::{FirmId, JobNumber, TenantId};
use domain::ports::{Clock, Item, Kind};
use domain::practice::Job;
use domain::records;
use jiff::SignedDuration;
use lambda_http::Body;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::world::{Answered, KEY, OTHER_KEY, THIRD_KEY, World, an_hour, put};

#[tokio::test]
async fn g46_every_id_of_one_firm_is_not_found_by_another() {
    let (world, firms) = three().await;
    let mut tried = 0;
    for (owner, asker) in pairs(&firms) {
        for (path, method, _) in world.contract.operations() {
            // To put is to make one's own, and XPM is asked for one's own organisation.
            let makes = method == "PUT" && path.ends_with("s/{id}");
            if !path.contains('{') || makes || path.starts_with("/v1/xpm/") {
                continue;
            }
            let asked = path.replace("{id}", owner.id(&path)).replace("{number}", "1");
            let before = firms.iter().map(|it| items(&world, it)).collect::<Vec<_>>();
            let answered = world.ask(&method, &asked, asker.key, body(&path, &method)).await;
            assert_eq!(answered.problem(), (404, "not_found"), "{method} {asked}");
            let after = firms.iter().map(|it| items(&world, it)).collect::<Vec<_>>();
            assert_eq!(before, after, "{method} {asked}");
            let woken = world.ports().wakes.take();
            assert!(woken.iter().all(|it| it.firm.as_str() == asker.name), "{woken:?}");
            tried += 1;
        }
    }
    assert!(tried > 6 * 40, "{tried}");
}

#[tokio::test]
async fn g46_ones_own_ids_are_found_on_every_route() {
    let (world, firms) = three().await;
    let snapshot = world.ports().store.snapshot();
    let mut unfound = Vec::new();
    for (path, method, _) in world.contract.operations() {
        let asked = firms[0].own(&path);
        let answered = world.ask(&method, &asked, KEY, body(&path, &method)).await;
        if answered.status == 404 {
            unfound.push(format!("{method} {path}"));
        }
        world.ports().store.restore(&snapshot);
    }
    assert_eq!(unfound, [""; 0]);
}

#[tokio::test]
async fn g46_lists_cursors_exports_and_searches_lead_only_to_ones_own() {
    let (world, firms) = three().await;
    for (owner, asker) in pairs(&firms) {
        for (path, method, operation) in world.contract.operations() {
            if method != "GET" || !path.starts_with("/v1/") {
                continue;
            }
            let named = |name: &str| {
                let parameters = operation["parameters"].as_array();
                parameters.is_some_and(|all| all.iter().any(|it| it["name"] == name))
            };
            let mut queries = vec![String::new()];
            if named("query") {
                queries = vec![format!("query=Mark-{}", owner.name)];
            }
            if named("date_from") {
                queries = vec!["date_from=2026-11-01&date_to=2026-11-30".into()];
            }
            if named("subject") {
                queries.push(format!("subject=contact/{}", owner.id("/v1/contacts/{id}")));
            }
            if named("cursor") {
                // A cursor as it was given to the owner, where there was one.
                let path = owner.own(&path);
                let page = world.ask("GET", &format!("{path}?limit=1"), owner.key, None).await;
                let cursor = page.json["next_cursor"].as_str().map(|it| format!("cursor={it}"));
                queries.extend(cursor);
            }
            for query in queries {
                let asked = format!("{}?{query}", asker.own(&path));
                let answered = world.ask("GET", &asked, asker.key, None).await;
                sees_nothing(&answered, owner, &asked);
                let asked = format!("{}?{query}", owner.own(&path));
                let answered = world.ask("GET", &asked, asker.key, None).await;
                sees_nothing(&answered, owner, &asked);
            }
        }
    }
}

#[tokio::test]
async fn g46_ids_of_another_firm_in_a_body_lead_nowhere() {
    let (world, firms) = three().await;
    for (owner, asker) in pairs(&firms) {
        let before = items(&world, owner);
        let id = |path: &str| owner.id(path).to_owned();
        let (contact, found) = (id("/v1/contacts/{id}"), id("/v1/matches/{id}"));
        let table = format!("id,version,decision,contact_id\n{found},1,confirm,{contact}\n");
        for (method, path, body) in [
            (
                "POST",
                format!("/v1/matches/{}/confirm", asker.id("/v1/matches/{id}")),
                json!({"contact_id": contact, "version": 1}),
            ),
            ("POST", "/v1/tasks/links/allow".into(), json!({"ids": [id("/v1/tasks/{id}")]})),
            (
                "POST",
                "/v1/tasks/links/allow".into(),
                json!({"contact_id": contact, "preview": false}),
            ),
            (
                "POST",
                "/v1/job-drafts".into(),
                a_draft(&format!("d-{}-for-{}", asker.name, owner.name), &contact),
            ),
            (
                "PUT",
                format!("/v1/time-entries/e-{}-for-{}", asker.name, owner.name),
                json!({"user_id": id("/v1/users/{id}"), "task_id": id("/v1/tasks/{id}"),
                    "date": "2026-11-22", "seconds": 60}),
            ),
            ("POST", "/v1/issues/redrive".into(), json!({"cause": "not_linked"})),
            (
                "POST",
                "/v1/matches/bulk".into(),
                json!({"filter": {"state": "partial"}, "decision": "create", "preview": false}),
            ),
        ] {
            let sent = format!("{path} {body}");
            let answered = world.ask(method, &path, asker.key, Some(body)).await;
            sees_nothing(&answered, owner, &sent);
        }
        let authorization = format!("Bearer {}", asker.key);
        let headers = [("authorization", authorization.as_str()), ("content-type", "text/csv")];
        let path = "/v1/matches.csv?preview=false";
        let answered = world.send("POST", path, &headers, Body::Text(table)).await;
        assert_eq!(answered.ok()["done"], 0);
        assert_eq!(items(&world, owner), before, "{} of {}", asker.name, owner.name);
        let woken = world.ports().wakes.take();
        assert!(woken.iter().all(|it| it.firm.as_str() == asker.name), "{woken:?}");
    }
}

#[tokio::test]
async fn g46_the_same_id_at_two_firms_is_two_things() {
    let (world, firms) = three().await;
    for (owner, asker) in pairs(&firms).into_iter().filter(|it| it.0.name == "demo") {
        let before = items(&world, owner);
        for (path, method, _) in world.contract.operations() {
            if method != "PUT" || !path.ends_with("s/{id}") {
                continue;
            }
            let asked = owner.own(&path);
            let made = world.ask("PUT", &asked, asker.key, body(&path, &method)).await;
            assert!(made.status.is_success(), "{asked}: {}", made.text);
            sees_nothing(&made, owner, &asked);
        }
        assert_eq!(items(&world, owner), before);
    }
}

/// An `Idempotency-Key` and the answer kept under it are the firm's, too.
#[tokio::test]
async fn g46_an_idempotency_key_of_one_firm_means_nothing_to_another() {
    let (world, firms) = three().await;
    for firm in &firms {
        let authorization = format!("Bearer {}", firm.key);
        let headers =
            [("authorization", authorization.as_str()), ("idempotency-key", "one-and-the-same")];
        let path = firm.own("/v1/job-drafts/{id}/costs/confirm");
        let answered = world.send("POST", &path, &headers, Body::Text("{}".into())).await;
        assert!(!answered.headers.contains_key("idempotent-replayed"), "{path}");
        assert_eq!(answered.ok()["document_set_id"], firm.id(&path));
    }
}

/// A firm with one of everything.
struct One {
    name: &'static str,
    key: &'static str,
    /// The id of its one, by the word of the route.
    ids: HashMap<&'static str, String>,
}

impl One {
    /// Its id of what a route is about. A route that is not known here fails every test.
    fn id(&self, path: &str) -> &str {
        let word = path.split('/').nth(2).unwrap();
        self.ids.get(word).unwrap_or_else(|| panic!("which id of a firm's is one of {path}?"))
    }

    /// A route with its own ids in it.
    fn own(&self, path: &str) -> String {
        if !path.contains('{') {
            return path.to_owned();
        }
        let number = if path.contains("/xpm/") { &self.ids["job"] } else { "1" };
        path.replace("{id}", self.id(path))
            .replace("{uuid}", self.id(path))
            .replace("{number}", number)
    }
}

/// The answer has neither the firm's mark in it nor an id of its that was not sent.
#[track_caller]
fn sees_nothing(answered: &Answered, owner: &One, asked: &str) {
    let mark = format!("Mark-{}", owner.name);
    assert!(!answered.text.contains(&mark), "{asked}: {}", answered.text);
    for id in owner.ids.values().filter(|it| !asked.contains(it.as_str())) {
        assert!(!answered.text.contains(id), "{asked}: {}", answered.text);
    }
}

fn pairs(firms: &[One]) -> Vec<(&One, &One)> {
    let all = firms.iter().flat_map(|owner| firms.iter().map(move |asker| (owner, asker)));
    all.filter(|(owner, asker)| owner.name != asker.name).collect()
}

/// All that is kept of a firm, but for the lanes: whoever may store work marks one before.
fn items(world: &World, firm: &One) -> Vec<String> {
    let all: Vec<Item> = world.ports().store.items();
    let own = all.iter().filter(|it| it.key.firm.as_str() == firm.name);
    own.filter(|it| it.key.kind != Kind::Lane).map(|it| format!("{it:?}")).collect()
}

async fn three() -> (World, Vec<One>) {
    let world = World::new().await;
    let mut firms = Vec::new();
    for (n, (name, key)) in
        [("demo", KEY), ("other", OTHER_KEY), ("third", THIRD_KEY)].into_iter().enumerate()
    {
        firms.push(filled(&world, name, key, n + 1).await);
    }
    world.ports().wakes.take();
    (world, firms)
}

/// Puts one of everything.
async fn filled(world: &World, name: &'static str, key: &'static str, n: usize) -> One {
    let (ports, firm) = (world.ports(), FirmId::parse(name).unwrap());
    let tenant = TenantId::parse(format!("tenant-{name}")).unwrap();
    let mark = format!("Mark-{name}");
    let (client, job) = (format!("c0ffee0{n}-0000-4000-8000-000000000000"), format!("J00000{n}"));
    world.connect(&firm, tenant.clone()).await;
    let mut known = records::get::<Firm>(&ports.store, &firm, FIRM).await.unwrap().unwrap().record;
    known.settings.jobs.enabled = true;
    known.settings.jobs.states =
        vec![JobState { code: "INPROGRESS".into(), name: "In Progress".into() }];
    put(ports, &firm, &known).await;
    let practice = &ports.practice;
    practice.put_client(&tenant, of(json!({"uuid": client, "name": mark})));
    practice.put_template(&tenant, of(json!({"uuid": "7e01", "name": mark})));
    practice.put_task(&tenant, of(json!({"uuid": "a1", "name": mark})));
    practice.put_staff(&tenant, of(json!({"uuid": "5701", "name": mark})));
    practice.put_state(&tenant, "INPROGRESS", "In Progress");
    practice.put_job(&tenant, a_job(&job, &client, &mark));

    let ask = async |method: &str, path: &str, body: Value| {
        let answered = world.ask(method, path, key, Some(body)).await;
        assert!(answered.status.is_success(), "{path}: {}", answered.text);
        answered.json
    };
    for (word, body) in [
        ("contacts/c", json!({"kind": "organisation", "name": mark})),
        ("processes/p", json!({"name": mark})),
        ("tasks/t", json!({"name": mark})),
        ("users/u", json!({"name": mark})),
        ("webhook-endpoints/w", json!({"url": format!("https://hooks.example.com/{mark}")})),
    ] {
        ask("PUT", &format!("/v1/{word}-{name}"), body).await;
    }
    let mut entry = an_hour();
    entry["note"] = json!(mark);
    ask("PUT", &format!("/v1/time-entries/e-{name}"), entry).await;
    let second = json!({"kind": "person", "name": mark});
    ask("PUT", &format!("/v1/contacts/c-{name}-2"), second).await;
    let matched = json!({"contact": format!("c-{name}"), "xpm": client, "kind": "client"});
    put(ports, &firm, &of::<ContactMatch>(matched)).await;
    ask("POST", "/v1/job-drafts", a_draft(&format!("d-{name}"), &format!("c-{name}"))).await;
    let found_in = format!("5eed000{n}-0000-4000-8000-000000000000");
    let found = json!({
        "state": "partial", "origin": null, "contact": null, "reason": "partial",
        "candidates": [{"contact_id": format!("c-{name}-2"), "name": mark, "score": 0.5, "signals": []}],
        "xpm": {"kind": "client", "uuid": &found_in, "name": mark, "email": null,
            "fields": {"name": mark, "emails": [], "phones": []}}
    });
    put(ports, &firm, &of::<Match>(found)).await;
    let sync = ask("POST", "/v1/syncs", json!({"mode": "apply"})).await;
    let at = ports.clock.now() + SignedDuration::from_secs(60);
    publish(ports, &firm, Deadline { at }).await.unwrap();
    let keys = world.ask("GET", "/v1/api-keys", key, None).await.ok();

    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let ids = [
        ("contacts", format!("c-{name}")),
        ("processes", format!("p-{name}")),
        ("tasks", format!("t-{name}")),
        ("users", format!("u-{name}")),
        ("time-entries", format!("e-{name}")),
        ("webhook-endpoints", format!("w-{name}")),
        ("job-drafts", format!("d-{name}")),
        ("document-sets", format!("d-{name}")),
        ("matches", found_in),
        ("syncs", text(&sync["id"])),
        ("api-keys", text(&keys["items"][0]["id"])),
        ("xpm", client),
        ("job", job),
    ];
    One { name, key, ids: ids.into() }
}

fn a_job(number: &str, client: &str, name: &str) -> Job {
    Job {
        number: JobNumber::parse(number).unwrap(),
        uuid: None,
        name: name.into(),
        client: Some(of(json!({"uuid": client, "name": name}))),
        state: "In Progress".into(),
        start_date: None,
        due_date: None,
        completed_date: None,
        tasks: Some(vec![]),
        staff: vec![],
    }
}

fn of<T: DeserializeOwned>(it: Value) -> T {
    serde_json::from_value(it).unwrap()
}

fn a_draft(id: &str, contact: &str) -> Value {
    json!({"document_set_id": id, "contact_id": contact, "template_uuid": "7e01",
        "description": "Minutes", "start_date": "2026-11-22", "due_date": "2026-12-31",
        "staff_uuids": ["5701"], "state_code": "INPROGRESS"})
}

/// A body that a route takes.
fn body(path: &str, method: &str) -> Option<Value> {
    let word = path.rsplit('/').next().unwrap();
    Some(match (method, word) {
        ("GET" | "DELETE", _) => return None,
        ("PUT", "link") => json!({"job_number": "J1", "job_task_uuid": "ab"}),
        ("PUT", "xpm-staff") => json!({"staff_uuid": "ab"}),
        ("PUT", "costs") => json!({"costs": []}),
        ("PUT", "{id}") => match path.split('/').nth(2).unwrap() {
            "contacts" => json!({"kind": "organisation", "name": "Own"}),
            "time-entries" => an_hour(),
            "webhook-endpoints" => json!({"url": "https://hooks.example.com/own"}),
            _ => json!({"name": "Own"}),
        },
        ("POST", "confirm") if path.contains("/matches/") => {
            json!({"contact_id": "c-1", "version": 1})
        }
        ("POST", "resolve") if path.contains("/matches/") => {
            json!({"field": "name", "keep": "xpm", "version": 1})
        }
        ("POST", "create" | "remove" | "allow") if path.contains("/matches/") => {
            json!({"version": 1})
        }
        ("POST", "delivered") => json!({"action": "send"}),
        _ => json!({}),
    })
}

//! Matches: what a person sees of them, and decides.

use domain::contacts::matches::Match;
use domain::ids::FirmId;
use domain::journal::{Actor, Entry, Sort, Subject};
use domain::keys::ApiKey;
use domain::ports::{Kind, Range, Secret};
use domain::records;
use lambda_http::Body;
use serde_json::{Value, json};

use crate::world::{Answered, KEY, OTHER_KEY, World, demo, put};

#[tokio::test]
async fn kb_40_a_match_is_shown_with_both_sides_and_confirmed() {
    let world = partial().await;
    let shown = world.get("/v1/matches/a1").await.ok();
    assert_eq!((&shown["state"], &shown["version"]), (&json!("partial"), &json!(1)));
    assert_eq!(shown["reason"]["code"], "partial");
    assert_eq!(shown["xpm"]["phones"][0]["number"], "02 5550 1234");
    let offered = &shown["candidates"][0];
    assert_eq!((&offered["contact_id"], &offered["kind"]), (&json!("o-1"), &json!("organisation")));
    assert_eq!(world.get("/v1/matches?state=partial").await.ok()["items"][0], shown);

    let body = json!({"contact_id": "o-1", "version": 1});
    let done = world.post("/v1/matches/a1/confirm", body.clone()).await.ok();
    assert_eq!((&done["state"], &done["origin"]), (&json!("matched"), &json!("manual")));
    assert_eq!((&done["contact"]["id"], &done["version"]), (&json!("o-1"), &json!(2)));
    assert_eq!(world.get("/v1/matches/a1").await.ok(), done);
    assert_eq!(world.get("/v1/contacts/o-1").await.ok()["phones"][0]["number"], "02 5550 1234");
    assert_eq!(world.get("/v1/matches?state=partial").await.ok()["items"], json!([]));
    // KB-44: the version that was looked at is not the present one.
    let stale = world.post("/v1/matches/a1/confirm", body).await;
    assert_eq!(stale.problem(), (409, "stale_version"));
}

#[tokio::test]
async fn kb_42_kb_45_a_match_is_removed_allowed_and_created() {
    let world = partial().await;
    let post = async |action: &str, version: u64| {
        world.post(&format!("/v1/matches/a1/{action}"), json!({"version": version})).await
    };
    assert_eq!(post("remove", 1).await.problem(), (409, "not_matched"));
    assert_eq!(post("allow", 1).await.problem(), (409, "not_removed"));
    let done = post("create", 1).await.ok();
    assert_eq!((&done["origin"], &done["contact"]["id"]), (&json!("created"), &json!("xpm-a1")));
    assert_eq!(post("create", 2).await.problem(), (409, "already_matched"));
    let done = post("remove", 2).await.ok();
    assert_eq!(
        (&done["state"], &done["reason"]["code"]),
        (&json!("removed"), &json!("match_removed"))
    );
    let done = post("allow", 3).await.ok();
    assert_eq!((&done["state"], &done["contact"]), (&json!("unmatched"), &json!(null)));
    assert_eq!(world.get("/v1/contacts").await.ok()["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn kb_44_what_cannot_be_decided_is_refused_in_its_place() {
    let world = partial().await;
    for (action, body, problem, places) in [
        ("confirm", json!({"contact_id": "nobody", "version": 1}), (422, "unknown_contact"), None),
        (
            "confirm",
            json!({"contact_id": "a b", "version": 1}),
            (422, "invalid"),
            Some("/contact_id"),
        ),
        ("confirm", json!({"version": 1}), (422, "invalid"), Some("/contact_id")),
        ("confirm", json!({"contact_id": "o-1"}), (422, "invalid"), Some("/version")),
        ("create", json!({}), (422, "invalid"), Some("/version")),
        ("create", json!({"version": 1.5}), (422, "invalid"), Some("/version")),
        (
            "create",
            json!({"version": 1, "contact_id": "o-1"}),
            (400, "malformed"),
            Some("/contact_id"),
        ),
    ] {
        let answered = world.post(&format!("/v1/matches/a1/{action}"), body.clone()).await;
        let (status, code) = problem;
        assert_eq!(answered.status, status, "{action} {body}");
        if let Some(place) = places {
            assert_eq!((answered.problem().1, answered.places()), (code, vec![place]));
        } else {
            assert_eq!(answered.json["errors"][0]["code"], code);
        }
    }
    for id in ["ff", "A1", "x y", "nothing"] {
        let path = format!("/v1/matches/{}", id.replace(' ', "%20"));
        if id != "A1" {
            assert_eq!(world.get(&path).await.status, 404, "{id}");
            let answered = world.post(&format!("{path}/create"), json!({"version": 1})).await;
            assert_eq!(answered.problem(), (404, "not_found"));
        }
    }
    assert_eq!(world.get("/v1/matches/a1").await.ok()["version"], 1);
}

#[tokio::test]
async fn kb_26_a_contact_that_is_matched_elsewhere_is_refused() {
    let world = partial().await;
    keep(&world, "b1", "Acme Holdings").await;
    let body = json!({"contact_id": "o-1", "version": 1});
    world.post("/v1/matches/b1/confirm", body.clone()).await.ok();
    let refused = world.post("/v1/matches/a1/confirm", body).await;
    assert_eq!(refused.problem(), (409, "matched_elsewhere"));
    let detail = refused.json["detail"].as_str().unwrap();
    assert!(detail.contains("Choose another contact"), "SH-06: {detail}");
    assert_eq!(world.get("/v1/matches/a1").await.ok()["candidates"], json!([]));
}

#[tokio::test]
async fn g46_sh_04_another_firms_match_is_neither_seen_nor_decided_on() {
    let world = partial().await;
    let ask = async |method: &str, path: &str, body: Option<Value>| {
        world.ask(method, path, OTHER_KEY, body).await
    };
    assert_eq!(ask("GET", "/v1/matches/a1", None).await.status, 404);
    for action in ["confirm", "create", "remove", "allow"] {
        let path = format!("/v1/matches/a1/{action}");
        for body in [json!({"contact_id": "o-1", "version": 1}), json!({"version": 1}), json!({})] {
            let answered = ask("POST", &path, Some(body)).await;
            assert!([400, 404].contains(&answered.status.as_u16()), "{action}");
        }
    }
    let bulk = json!({"filter": {}, "decision": "create", "preview": false});
    assert_eq!(ask("POST", "/v1/matches/bulk", Some(bulk)).await.ok()["items"], json!([]));
    assert_eq!(ask("GET", "/v1/matches.csv", None).await.text.lines().count(), 1);
    assert_eq!(world.get("/v1/matches/a1").await.ok()["version"], 1);
}

#[tokio::test]
async fn by_08_a_decision_is_told_with_the_key_that_made_it() {
    let world = partial().await;
    world.post("/v1/matches/a1/create", json!({"version": 1})).await.ok();
    let subject = Subject::new(Sort::Match, "a1");
    let range = Range::of(&demo(), Kind::Journal, subject.prefix(), 10);
    let entries = records::page::<Entry>(&world.ports().store, &range).await.unwrap().0;
    let key = ApiKey::of(&Secret::new(KEY), "first", jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(entries.last().unwrap().record.actor, Actor::Key(key.id));
}

#[tokio::test]
async fn kb_41_matches_are_searched_by_name() {
    let world = partial().await;
    keep(&world, "b1", "Beta & Söhne").await;
    for (query, found) in [("acme", vec!["a1"]), ("s%C3%96hne", vec!["b1"]), ("zzz", vec![])] {
        let page = world.get(&format!("/v1/matches?query={query}")).await.ok();
        let ids: Vec<&str> =
            page["items"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
        assert_eq!(ids, found, "{query}");
    }
    let long = "x".repeat(256);
    assert_eq!(world.get(&format!("/v1/matches?query={long}")).await.problem(), (400, "bad_query"));
}

#[tokio::test]
async fn by_11_bulk_shows_first_and_then_decides() {
    let world = partial().await;
    let many = json!({"kind": "organisation", "name": "Twins", "emails": ["t@x.example"]});
    world.put("/v1/contacts/t-1", many.clone()).await.ok();
    world.put("/v1/contacts/t-2", many).await.ok();
    keep_with(&world, "b1", "Twins", &["t-1", "t-2"]).await;
    let bulk = |more: Value| {
        let mut it = json!({"filter": {"state": "partial", "reason": "partial", "min_score": 0.1},
            "decision": "confirm"});
        it.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        it
    };
    let before = format!("{:?}", world.ports().store.items());
    let would = world.post("/v1/matches/bulk", bulk(json!({}))).await.ok();
    assert_eq!(format!("{:?}", world.ports().store.items()), before);
    assert_eq!(
        (&would["preview"], &would["done"], &would["refused"]),
        (&json!(true), &json!(1), &json!(1))
    );
    assert_eq!(would["items"][0]["contact_id"], "o-1");
    assert_eq!(would["items"][1]["problem"]["code"], "no_clear_candidate");
    let first =
        world.post("/v1/matches/bulk", bulk(json!({"preview": false, "limit": 1}))).await.ok();
    assert_eq!((&first["done"], &first["items"][0]["state"]), (&json!(1), &json!("matched")));
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = bulk(json!({"preview": false, "cursor": cursor}));
    let rest = world.post("/v1/matches/bulk", rest).await.ok();
    assert_eq!((&rest["refused"], &rest["next_cursor"]), (&json!(1), &json!(null)));
    let bad = json!({"filter": {"state": "x", "reason": "y", "min_score": 2}, "decision": "z",
        "cursor": "é", "limit": 0});
    let answered = world.post("/v1/matches/bulk", bad).await;
    assert_eq!(
        answered.places(),
        ["/cursor", "/decision", "/filter/min_score", "/filter/reason", "/filter/state", "/limit"]
    );
}

#[tokio::test]
async fn by_11_the_table_goes_out_is_decided_in_and_comes_back() {
    let world = partial().await;
    keep(&world, "b1", "=HYPERLINK(\"x\")").await;
    keep(&world, "c1", "Beta, \"Söhne\" 株式会社 \u{1F600}").await;
    let answered = world.get("/v1/matches.csv?state=partial").await;
    assert_eq!(answered.headers["content-type"], "text/csv; charset=utf-8");
    assert!(answered.text.contains("\"'=HYPERLINK(\"\"x\"\")\""), "{}", answered.text);
    assert!(answered.text.contains("\"Beta, \"\"Söhne\"\" 株式会社 \u{1F600}\""));
    // In the spreadsheet, a person decides, and spoils a line.
    let decided: Vec<String> = answered
        .text
        .lines()
        .map(|it| match &it[..2] {
            "a1" => it.replacen("a1,1,,", "a1,1,confirm,", 1),
            "b1" => it.replacen("b1,1,,", "b1,9,create,", 1),
            _ => it.into(),
        })
        .collect();
    let file = format!("{}\ndd,1,remove,\nzz,1,create,\na1,1,create,\n", decided.join("\r\n"));
    let before = format!("{:?}", world.ports().store.items());
    let would = import(&world, "", &file).await.ok();
    assert_eq!(format!("{:?}", world.ports().store.items()), before, "a preview writes nothing");
    let done = import(&world, "?preview=false", &file).await.ok();
    let told = |it: &Value| -> Vec<(u64, Value, Value)> {
        let items = it["items"].as_array().unwrap().iter();
        items
            .map(|it| {
                (it["line"].as_u64().unwrap(), it["state"].clone(), it["problem"]["code"].clone())
            })
            .collect()
    };
    assert_eq!(
        told(&done),
        [
            (2, json!("matched"), json!(null)),
            (3, json!(null), json!("stale_version")),
            (5, json!(null), json!("not_found")),
            (6, json!(null), json!("bad_id")),
            (7, json!(null), json!("repeated")),
        ]
    );
    assert_eq!(told(&would), told(&done));
    assert_eq!(
        (&done["done"], &done["refused"], &done["preview"]),
        (&json!(1), &json!(4), &json!(false))
    );
    assert_eq!(world.get("/v1/matches/a1").await.ok()["contact"]["id"], "o-1");
    // Sent again, what was done is not done again.
    let again = import(&world, "?preview=false", &file).await.ok();
    assert_eq!(again["items"][0]["problem"]["code"], "stale_version");
}

#[tokio::test]
async fn by_11_what_is_no_table_is_refused_whole() {
    let world = partial().await;
    assert_eq!(import(&world, "", "{}").await.problem(), (422, "invalid"));
    let query = import(&world, "?preview=maybe", "id,version,decision,contact_id\n").await;
    assert_eq!(query.problem(), (400, "bad_query"));
    let long = format!("id,version,decision,contact_id\n{}", "x".repeat(256 << 10));
    assert_eq!(import(&world, "", &long).await.problem(), (413, "too_large"));
    for hostile in [
        "\u{0}",
        "id,version,decision,contact_id\n\"",
        "id,version,decision,contact_id\n,,x,\u{0}\n",
    ] {
        let status = import(&world, "", hostile).await.status.as_u16();
        assert!([200, 422].contains(&status), "{hostile:?}: {status}");
    }
}

async fn import(world: &World, query: &str, file: &str) -> Answered {
    let headers = [("authorization", "Bearer tdm_local_demo"), ("content-type", "text/csv")];
    let path = format!("/v1/matches.csv{query}");
    world.send("POST", &path, &headers, Body::Text(file.into())).await
}

/// A contact, and an XPM client that shares its e-mail address alone.
pub(crate) async fn partial() -> World {
    let world = World::new().await;
    let contact = json!({"kind": "organisation", "name": "Acme", "emails": ["a@x.example"]});
    world.put("/v1/contacts/o-1", contact).await.ok();
    keep(&world, "a1", "Acme Pty Ltd").await;
    world
}

pub(crate) async fn keep(world: &World, uuid: &str, name: &str) {
    keep_with(world, uuid, name, &["o-1"]).await;
}

/// Leaves a partial match as a run does.
pub(crate) async fn keep_with(world: &World, uuid: &str, name: &str, contacts: &[&str]) {
    let offered = contacts
        .iter()
        .map(|it| json!({"contact_id": it, "name": "x", "score": 0.5, "signals": []}));
    let it: Match = serde_json::from_value(json!({
        "state": "partial", "origin": null, "contact": null, "reason": "partial",
        "candidates": offered.collect::<Vec<_>>(),
        "xpm": {"kind": "client", "uuid": uuid, "name": name, "email": "a@x.example",
            "fields": {"name": name, "emails": ["a@x.example"],
                "phones": [{"label": "phone", "number": "02 5550 1234"}]}}
    }))
    .unwrap();
    let firm: FirmId = demo();
    put(world.ports(), &firm, &it).await;
}

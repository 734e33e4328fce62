//! The console's contacts: the client list, partial matches side by side, and what is decided there.

use domain::journal::{Actor, Entry, Sort, Subject};
use domain::ports::{Kind, Range};
use domain::records;
use serde_json::json;

use crate::console::{Browser, location};
use crate::matches::{keep, keep_with, partial};
use crate::world::{World, demo};

const NAUGHTY: &str = "<script>alert('x')</script> & \"Söhne\" 社 =1+1";

/// KB-40: both actions; both sides field by field; at once; the item leaves the list.
#[tokio::test]
async fn kb_40_a_partial_match_is_shown_side_by_side_and_confirmed() {
    let world = partial().await;
    let browser = Browser::of_ann(&world).await.ready().await;
    let page = browser.get("/console/matches").await.text;
    for words in ["Acme Pty Ltd", "02 5550 1234", "only in XPM", "differs", "same", "Confirm Acme"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    let form = "version=1&decision=confirm&contact=o-1&back=/console/matches%3Fstate%3Dpartial";
    let done = browser.post("/console/matches/a1", form).await;
    assert_eq!((done.status.as_u16(), location(&done)), (303, "/console/matches?state=partial"));
    let page = browser.get("/console/matches").await.text;
    assert!(
        page.contains("Acme Pty Ltd is matched.") && page.contains("No partial match"),
        "{page}"
    );
    let list = browser.get("/console/contacts?query=acme").await.text;
    assert!(list.contains("href=\"/console/matches/a1\""), "KB-41: {list}");
    assert!(list.contains("href=\"/console/contacts/o-1\"") && list.contains("by a person"));
    let none = browser.get("/console/contacts?query=zebra").await.text;
    assert!(none.contains("Nothing fits.") && !none.contains("/console/matches/a1"), "{none}");

    let subject = Subject::new(Sort::Match, "a1");
    let range = Range::of(&demo(), Kind::Journal, subject.prefix(), 10);
    let told = records::page::<Entry>(&world.ports().store, &range).await.unwrap().0;
    assert_eq!(told.last().unwrap().record.actor, Actor::Person("ann@example.com".into()));
}

/// KB-44: what is refused says what changed, and shows what stands now.
#[tokio::test]
async fn kb_44_a_stale_decision_says_what_changed_and_shows_the_present_state() {
    let world = partial().await;
    let browser = Browser::of_ann(&world).await.ready().await;
    let create = "version=1&decision=create";
    assert_eq!(browser.post("/console/matches/a1", create).await.status, 303);
    let stale = browser.post("/console/matches/a1", create).await;
    assert_eq!(stale.status, 409);
    for words in [
        "has changed since",
        "Since you looked at it",
        "Match matched",
        "ann@example.com",
        "Remove match",
    ] {
        assert!(stale.text.contains(words), "{words}: {}", stale.text);
    }
    let unknown = "version=2&decision=confirm&contact=a%20%22b";
    let refused = browser.post("/console/matches/a1", unknown).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    for bad in ["decision=create", "version=x&decision=create", "version=1&decision=burn"] {
        assert_eq!(browser.post("/console/matches/a1", bad).await.status, 400, "{bad}");
    }
    assert_eq!(browser.post("/console/matches/ff", create).await.status, 404);
}

#[tokio::test]
async fn kb_42_a_removed_match_is_kept_apart_and_can_be_made_again() {
    let world = partial().await;
    let browser = Browser::of_ann(&world).await.ready().await;
    let post = async |form: &str| browser.post("/console/matches/a1", form).await.status.as_u16();
    assert_eq!(post("version=1&decision=confirm&contact=o-1").await, 303);
    let contact = browser.get("/console/contacts/o-1").await.text;
    assert!(contact.contains("Remove match") && contact.contains("Acme Pty Ltd"), "{contact}");
    assert_eq!(post("version=2&decision=remove").await, 303);
    let removed = browser.get("/console/matches?state=removed").await.text;
    assert!(removed.contains("Match again") && removed.contains("Acme Pty Ltd"), "{removed}");
    assert!(browser.get("/console/contacts/o-1").await.status == 200, "nothing is deleted");
    assert_eq!(post("version=3&decision=allow").await, 303);
    let removed = browser.get("/console/matches?state=removed").await.text;
    assert!(removed.contains("No match was removed."), "{removed}");
}

#[tokio::test]
async fn by_03_a_contact_tells_what_stands_in_its_way_and_what_to_do() {
    let world = World::new().await;
    let contact = json!({"kind": "organisation", "name": NAUGHTY});
    world.put("/v1/contacts/o-1", contact).await.ok();
    let browser = Browser::of_ann(&world).await;
    let page = browser.get("/console/contacts/o-1").await.text;
    for words in ["Why not?", "Connection", "Failed", "Not reached", "History"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(browser.get("/console/contacts/nobody").await.status, 404);
}

#[tokio::test]
async fn g53_naughty_names_show_as_text_and_no_form_leads_away() {
    let world = partial().await;
    let contact = json!({"kind": "organisation", "name": NAUGHTY, "emails": ["a@x.example"]});
    world.put("/v1/contacts/o-2", contact).await.ok();
    keep_with(&world, "b1", NAUGHTY, &["o-1", "o-2"]).await;
    let browser = Browser::of_ann(&world).await.ready().await;
    let query = "%3Cscript%3Ealert%28%27x%27%29%3C%2Fscript%3E";
    for path in [
        "/console/matches".into(),
        "/console/matches/b1".into(),
        "/console/contacts?state=all".into(),
        "/console/contacts/o-2".into(),
        format!("/console/matches?query={query}"),
        format!("/console/contacts?query={query}&state={query}&cursor={query}"),
    ] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.text.contains("<script>alert"), "{path}: {}", page.text);
        assert!(page.text.contains("alert(&#39;x&#39;)"), "{path}: {}", page.text);
    }
    keep(&world, "c1", "Third").await;
    for (id, back) in
        [("a1", "https://evil.example"), ("b1", "//evil.example"), ("c1", "/console/%0d%0aX: y")]
    {
        let form = format!("version=1&decision=create&back={back}");
        let done = browser.post(&format!("/console/matches/{id}"), &form).await;
        assert_eq!(location(&done), format!("/console/matches/{id}"), "{back}");
    }
}

/// KB-64: both values are there; a choice a field; a choice on what has changed since is refused.
#[tokio::test]
async fn kb_64_a_conflict_shows_both_values_and_keeps_the_one_that_is_chosen() {
    let world = World::new().await;
    crate::contacts::matched(&world).await;
    let browser = Browser::of_ann(&world).await.ready().await;
    let page = browser.get("/console/conflicts").await.text;
    assert!(page.contains("5550 9") && page.contains("5550 7") && page.contains("Phone"), "{page}");
    let form = |version: u64| format!("version={version}&field=phones&keep=xpm");
    for bad in ["version=1&field=phones&keep=both", "version=1&field=age&keep=xpm"] {
        assert_eq!(browser.post("/console/conflicts/a1", bad).await.status, 400, "{bad}");
    }
    assert_eq!(browser.post("/console/conflicts/a1", &form(7)).await.status, 303);
    let page = browser.get("/console/conflicts").await.text;
    assert!(page.contains("has changed since you looked") && page.contains("5550 7"), "{page}");
    assert_eq!(browser.post("/console/conflicts/a1", &form(1)).await.status, 303);
    let page = browser.get("/console/conflicts").await.text;
    assert!(page.contains("XPM’s value stays") && page.contains("No field was changed"), "{page}");
    assert_eq!(world.get("/v1/contacts/o-1").await.ok()["phones"][0]["number"], "5550 9");
}

/// The bar asks for itself while the run goes on, and has the page load anew once it has ended.
#[tokio::test]
async fn by_01_a_dry_run_is_watched_listed_and_applied_and_by_10_undone() {
    let world = crate::syncs::world().await;
    let browser = Browser::of_ann(&world).await.ready().await;
    let asked = browser.post("/console/syncs", "mode=plan").await;
    let plan = location(&asked).to_owned();
    assert!(plan.starts_with("/console/syncs/r"), "{plan}");
    let bar = format!("hx-get=\"{plan}/progress\"");
    assert!(browser.get(&plan).await.text.contains(&bar));
    let early = browser.post(&format!("{plan}/apply"), "").await;
    assert_eq!(location(&early), plan);
    assert!(browser.get(&plan).await.text.contains("this run has not ended well"));
    // Another one is the one in progress, which is told.
    let again = browser.post("/console/syncs", "mode=apply").await;
    assert_eq!(location(&again), plan);
    assert!(browser.get(&plan).await.text.contains("Another run is in progress"));
    world.work().await;
    let progress = format!("{plan}/progress");
    let headers = [("cookie", &*browser.cookie), ("hx-request", "true")];
    let bar = world.send("GET", &progress, &headers, lambda_http::Body::Empty).await;
    assert_eq!(bar.headers["hx-refresh"], "true");
    assert!(!bar.text.contains("hx-get"), "{}", bar.text);
    let page = browser.get(&plan).await.text;
    for words in ["Acme", "created", "matched", "Apply this plan", "Calls to XPM", "archived"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let only = browser.get(&format!("{plan}?outcome=created")).await.text;
    assert!(
        only.contains("/console/matches/a1") && !only.contains("/console/matches/b1"),
        "{only}"
    );
    assert_eq!(world.get("/v1/contacts/xpm-a1").await.status, 404, "a dry run writes nothing");

    let applied = browser.post(&format!("{plan}/apply"), "").await;
    let run = location(&applied).to_owned();
    assert_ne!(run, plan);
    world.work().await;
    world.get("/v1/contacts/xpm-a1").await.ok();
    assert!(browser.get(&run).await.text.contains("Undo this run"));
    assert!(!browser.get(&plan).await.text.contains("Apply this plan"));
    let undone = browser.post(&format!("{run}/undo"), "").await;
    assert_ne!(location(&undone), run);
    world.work().await;
    assert_eq!(world.get("/v1/contacts/xpm-a1").await.status, 404);
    let runs = browser.get("/console/syncs").await.text;
    for words in ["Dry run", "Plan applied", "Undo"] {
        assert!(runs.contains(words), "{words}: {runs}");
    }
    assert_eq!(browser.post("/console/syncs", "mode=burn").await.status, 400);
    assert_eq!(browser.post("/console/syncs/r0/undo", "").await.status, 404);
}

/// BY-11: what is ticked is decided as it was shown, and nothing else.
#[tokio::test]
async fn by_11_many_are_shown_first_and_then_decided_as_they_were_shown() {
    let world = partial().await;
    let twins = json!({"kind": "organisation", "name": "Twins", "emails": ["t@x.example"]});
    world.put("/v1/contacts/t-1", twins.clone()).await.ok();
    world.put("/v1/contacts/t-2", twins).await.ok();
    keep_with(&world, "b1", "Twins", &["t-1", "t-2"]).await;
    let browser = Browser::of_ann(&world).await.ready().await;
    let before = format!("{:?}", world.ports().store.items());
    let page = browser.get("/console/matches/bulk?decision=confirm&score=10").await.text;
    assert_eq!(format!("{:?}", world.ports().store.items()), before, "a preview writes nothing");
    assert!(page.contains("value=\"a1:1:o-1\"") && page.contains("Acme Pty Ltd"), "{page}");
    assert!(!page.contains("value=\"b1:") && page.contains("No candidate is likelier"), "{page}");
    let wrong = browser.get("/console/matches/bulk?score=high").await.text;
    assert!(wrong.contains("from 0 to 100") && wrong.contains("value=\"high\""), "{wrong}");

    let path = "/console/matches/bulk";
    for bad in ["pick=a1", "pick=a1:x:o-1", "pick=a1:1:"] {
        let form = format!("decision=confirm&{bad}");
        assert_eq!(browser.post(path, &form).await.status, 400, "{bad}");
    }
    assert_eq!(browser.post(path, "decision=confirm").await.status, 303);
    assert!(browser.get(path).await.text.contains("Nothing was decided"));
    let stale = browser.post(path, "decision=confirm&pick=a1:7:o-1").await;
    assert_eq!(stale.status, 303);
    assert!(browser.get(path).await.text.contains("0 decided, 1 not: The match has changed"));
    let done = browser.post(path, "decision=confirm&pick=a1:1:o-1").await;
    assert_eq!(location(&done), path);
    let page = browser.get(path).await.text;
    assert!(page.contains("1 decided.") && !page.contains("a1:"), "{page}");
    assert_eq!(world.get("/v1/matches/a1").await.ok()["contact"]["id"], "o-1");
    assert_eq!(world.get("/v1/matches/b1").await.ok()["version"], 1);
}

/// BY-11: line by line, seen before it is done; what was typed stays.
#[tokio::test]
async fn by_11_a_table_goes_out_and_comes_in_with_a_preview_of_every_line() {
    let world = partial().await;
    keep(&world, "b1", "=1+1").await;
    let browser = Browser::of_ann(&world).await.ready().await;
    let file = browser.get("/console/matches.csv?state=partial").await;
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    assert!(file.text.contains("a1,1,,o-1") && file.text.contains("'=1+1"), "{}", file.text);

    let path = "/console/matches/table";
    let table = "id,version,decision,contact_id%0Aa1,1,confirm,o-1%0Ab1,9,create,%0A";
    let would = browser.post(path, &format!("step=preview&table={table}")).await;
    assert_eq!(would.status, 200);
    for words in ["Carry out 1 decision<", "matched", "has changed since", "a1,1,confirm,o-1"] {
        assert!(would.text.contains(words), "{words}: {}", would.text);
    }
    assert_eq!(world.get("/v1/matches/a1").await.ok()["version"], 1, "nothing is written yet");
    let done = browser.post(path, &format!("step=carry_out&table={table}")).await;
    assert!(done.text.contains("What became of each line"), "{}", done.text);
    assert_eq!(world.get("/v1/matches/a1").await.ok()["contact"]["id"], "o-1");
    let rest = "id,version,decision,contact_id%0Ab1,1,create,%0A";
    let done = browser.post(path, &format!("step=carry_out&table={rest}")).await;
    assert_eq!((done.status.as_u16(), location(&done)), (303, path));
    assert!(browser.get(path).await.text.contains("1 decided."));

    let none = browser.post(path, "step=preview&table=%3Cb%3Enone").await;
    assert_eq!(none.status, 422);
    assert!(
        none.text.contains("&#60;b&#62;none") && none.text.contains("flash bad"),
        "{}",
        none.text
    );
}

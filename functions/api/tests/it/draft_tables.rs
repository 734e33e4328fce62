//! Drafts by the table, what they will cost, and who switched them on.

use domain::ports::{Clock, Lane, Wake};
use jiff::SignedDuration;
use lambda_http::Body;
use serde_json::{Value, json};

use crate::drafts::{a_draft, practice, run};
use crate::world::{Answered, KEY, OTHER_KEY, World, demo, tenant};

const HEADING: &str = "document_set_id,contact_id,template_uuid,name,description,start_date,due_date,staff_uuids,state_code,delivered";

/// CA-21: all faults of all lines at once; a preview keeps nothing; the good lines of the others are kept,
/// and the corrected table may be sent again as a whole.
#[tokio::test]
async fn ca_21_a_table_is_shown_first_and_its_good_lines_are_kept() {
    let world = practice().await;
    let mut taken = a_draft();
    taken["document_set_id"] = json!("taken");
    world.post("/v1/job-drafts", taken).await;
    let bad = "a/b,nobody,ffff,,,22/11/2026,2026-11-21,5701;5799,NOPE,fax";
    let file = [
        HEADING,
        "t-1,c-1,7e01,Jones & <Sons>,\"two\nlines\",2026-11-22,2026-12-31,5701,INPROGRESS,",
        bad,
        "t-2,c-1,7e01,,,2026-11-22,2026-11-21,,,send",
        "t-1,c-1,7e01,Another,,,,,,",
        "taken,c-1,7e01,Something else,,,,,,",
        "t-3,c-1,7e01,,,,,,,download",
    ]
    .join("\r\n");
    let before = format!("{:?}", world.ports().store.items());
    let would = import(&world, "", &file).await.ok();
    assert_eq!(format!("{:?}", world.ports().store.items()), before, "a preview keeps nothing");
    assert_eq!((&would["good"], &would["bad"]), (&json!(2), &json!(4)));
    let told = |it: &Value| -> Vec<(u64, Value, Vec<String>)> {
        let line = |it: &Value| {
            let errors = it["errors"].as_array().unwrap().iter();
            let mut told: Vec<String> = errors
                .map(|it| {
                    format!("{} {}", it["pointer"].as_str().unwrap(), it["code"].as_str().unwrap())
                })
                .collect();
            told.sort_unstable();
            (it["line"].as_u64().unwrap(), it["outcome"].clone(), told)
        };
        it["items"].as_array().unwrap().iter().map(line).collect()
    };
    let all = [
        "/contact_id contact_missing",
        "/delivered not_one_of",
        "/document_set_id bad_id",
        "/staff_uuids/1 staff_missing",
        "/start_date no_date",
        "/state_code not_one_of",
        "/template_uuid template_missing",
    ];
    let none = Vec::<String>::new;
    let one = |it: &str| vec![it.to_owned()];
    assert_eq!(
        told(&would),
        [
            (2, json!("new"), none()),
            (4, json!(null), all.map(String::from).into()),
            (5, json!(null), one("/due_date before_start")),
            (6, json!(null), one("/document_set_id duplicate")),
            (7, json!(null), one("/document_set_id document_set_taken")),
            (8, json!("new"), none()),
        ]
    );
    // A job, a member of staff and a state; and a job alone.
    assert_eq!((&would["estimate"]["calls"], &would["estimate"]["drafts"]), (&json!(4), &json!(2)));

    world.ports().wakes.take();
    let done = import(&world, "?preview=false", &file).await.ok();
    assert_eq!(told(&done), told(&would));
    assert_eq!(world.ports().wakes.take(), [Wake { firm: demo(), lane: Lane::Jobs }]);
    run(&world).await;
    let kept = world.get("/v1/job-drafts/t-1").await.ok();
    assert_eq!((&kept["name"], &kept["state"]), (&json!("Jones & <Sons>"), &json!("draft")));
    assert_eq!(kept["description"], "two\nlines");
    assert_eq!(world.get("/v1/job-drafts/t-3").await.ok()["state"], "created");
    for id in ["t-2", "nobody"] {
        assert_eq!(world.get(&format!("/v1/job-drafts/{id}")).await.status, 404);
    }
    assert_eq!(world.get("/v1/job-drafts/taken").await.ok()["name"], "BAS - Quarter");

    // The next day, with the bad line put right. What is there already stays as it is.
    world.ports().clock.advance(SignedDuration::from_hours(24));
    let mended = file
        .replace("t-2,c-1,7e01,,,2026-11-22,2026-11-21", "t-2,c-1,7e01,,,2026-11-22,2026-11-22");
    let again = import(&world, "?preview=false", &mended).await.ok();
    let outcomes: Vec<&Value> =
        again["items"].as_array().unwrap().iter().map(|it| &it["outcome"]).collect();
    let null = json!(null);
    assert_eq!(
        outcomes,
        [&json!("unchanged"), &null, &json!("new"), &null, &null, &json!("unchanged")]
    );
    run(&world).await;
    assert_eq!(world.ports().practice.jobs_now(&tenant()).len(), 2, "one job for each set");
}

/// CA-21: what goes out comes in again and changes nothing, formulas and all.
#[tokio::test]
async fn ca_21_a_table_that_went_out_comes_in_again_and_changes_nothing() {
    let world = practice().await;
    let mut odd = a_draft();
    odd["name"] = json!("=HYPERLINK(\"x\")");
    odd["description"] = json!("a, \"b\"\nlines 🙂 & <c>");
    world.post("/v1/job-drafts", odd.clone()).await;
    odd["document_set_id"] = json!("d-2");
    world.post("/v1/job-drafts", odd.clone()).await;
    world.post("/v1/document-sets/d-2/delivered", json!({"action": "send"})).await;
    run(&world).await;
    odd["document_set_id"] = json!("d-3");
    world.post("/v1/job-drafts", odd).await;
    world.delete("/v1/job-drafts/d-3").await.ok();

    let out = world.get("/v1/job-drafts.csv").await;
    assert_eq!(out.headers["content-type"], "text/csv; charset=utf-8");
    assert!(out.text.starts_with(HEADING), "{}", out.text);
    assert!(out.text.contains("\"'=HYPERLINK(\"\"x\"\")\""), "{}", out.text);
    assert!(out.text.contains(",created,J000001,") && !out.text.contains("d-3"), "{}", out.text);
    let before = format!("{:?}", world.ports().store.items());
    let again = import(&world, "?preview=true", &out.text).await.ok();
    let items = again["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert!(items.iter().all(|it| it["outcome"] == "unchanged"), "{again}");
    assert_eq!(items[1]["delivered"], "send");
    assert_eq!(format!("{:?}", world.ports().store.items()), before);

    let theirs = world.ask("GET", "/v1/job-drafts.csv", OTHER_KEY, None).await;
    assert_eq!(theirs.text.lines().count(), 1, "another firm sees none of it");
}

/// CA-21, CA-03: a file that is none is refused whole, and nothing goes round the switch.
#[tokio::test]
async fn ca_21_what_is_no_table_or_may_not_be_asked_for_is_refused() {
    let world = practice().await;
    assert_eq!(import(&world, "", "{}").await.problem(), (422, "invalid"));
    assert_eq!(import(&world, "?preview=yes", HEADING).await.problem(), (400, "bad_query"));
    let many = format!("{HEADING}\n{}", "d,c-1,7e01\n".repeat(201));
    assert_eq!(import(&world, "", &many).await.problem(), (422, "invalid"));
    let off = World::connected().await;
    assert_eq!(import(&off, "", HEADING).await.problem(), (409, "jobs_off"));
}

/// CA-22: a batch by its ids, whether its documents went out or not, and all that waits.
#[tokio::test]
async fn ca_22_what_a_batch_will_cost_is_told_before_and_while_it_waits() {
    let world = practice().await;
    let lines: Vec<String> =
        (0..200).map(|n| format!("d-{n},c-1,7e01,Job {n},,,,5701,INPROGRESS,")).collect();
    let file = format!("{HEADING}\n{}", lines.join("\n"));
    let done = import(&world, "?preview=false", &file).await.ok();
    assert_eq!(done["estimate"]["calls"], 600);
    let none = world.get("/v1/job-estimate").await.ok();
    assert_eq!(
        (&none["drafts"], &none["calls"], &none["seconds"]),
        (&json!(0), &json!(0), &json!(0))
    );
    let some = world.get("/v1/job-estimate?ids=d-1,d-2,d-2,d-999").await.ok();
    assert_eq!((&some["drafts"], &some["calls"]), (&json!(2), &json!(6)));
    let grid = json!({"costs": [{"date": "2026-11-22", "description": "fee", "quantity": "1",
        "unit_cost": "1", "unit_price": "1"}]});
    world.put("/v1/job-drafts/d-1/costs", grid).await.ok();
    world.post("/v1/job-drafts/d-1/costs/confirm", json!({})).await.ok();
    assert_eq!(world.get("/v1/job-drafts/d-1").await.ok()["calls_left"], 4);

    for n in 0..200 {
        let path = format!("/v1/document-sets/d-{n}/delivered");
        world.post(&path, json!({"action": "send"})).await;
    }
    let waiting = world.get("/v1/job-estimate").await.ok();
    assert_eq!((&waiting["drafts"], &waiting["calls"]), (&json!(200), &json!(601)));
    // 601 calls, of which five may go at once, at fifty a minute.
    assert_eq!((&waiting["seconds"], &waiting["fits_today"]), (&json!(716), &json!(true)));
    let ends = world.ports().clock.now() + SignedDuration::from_millis(715_200);
    assert_eq!(waiting["ends_at"], ends.to_string());

    run(&world).await;
    let later = world.get("/v1/job-estimate").await.ok();
    assert!(later["calls"].as_u64().unwrap() < 601, "{later}");
    for bad in ["", "a%20b", "d-1,,d-2"] {
        let told = world.get(&format!("/v1/job-estimate?ids={bad}")).await;
        assert_eq!(told.problem(), (400, "bad_query"), "{bad}");
    }
    let theirs = world.ask("GET", "/v1/job-estimate?ids=d-1", OTHER_KEY, None).await.ok();
    assert_eq!(theirs["drafts"], 0);
}

/// CA-03: who switched the creation of jobs on, and when, stands beside the switch.
#[tokio::test]
async fn ca_03_the_switch_says_who_turned_it_and_when() {
    let world = World::connected().await;
    let mut settings = world.get("/v1/settings").await.ok();
    assert_eq!(
        (&settings["jobs"]["enabled"], &settings["jobs"]["enabled_by"]),
        (&json!(false), &json!(null))
    );
    settings["jobs"]["enabled"] = json!(true);
    settings["jobs"]["enabled_by"] = json!("somebody else");
    settings["jobs"]["enabled_at"] = json!("1999-01-01T00:00:00Z");
    let at = world.ports().clock.now().to_string();
    let on = world.put("/v1/settings", settings).await.ok();
    let by = on["jobs"]["enabled_by"].as_str().unwrap().to_owned();
    assert!(by.starts_with("key:") && by.len() > 4, "{by}");
    assert_eq!(on["jobs"]["enabled_at"], json!(at));
    // Other changes, by whomever, leave it as it is.
    world.ports().clock.advance(SignedDuration::from_hours(1));
    let mut other = on.clone();
    other["jobs"]["template_prefix"] = json!("BGL");
    assert_eq!(world.put("/v1/settings", other).await.ok()["jobs"]["enabled_at"], json!(at));
    assert_eq!(world.get("/v1/settings").await.ok()["jobs"]["enabled_by"], json!(by));

    let mut off = on.clone();
    off["jobs"]["enabled"] = json!(false);
    let off = world.put("/v1/settings", off).await.ok();
    assert_eq!(off["jobs"]["enabled_at"], json!(null));
    let again = world.put("/v1/settings", on).await.ok();
    let now = world.ports().clock.now().to_string();
    assert_eq!(again["jobs"]["enabled_at"], json!(now));
    let audit = world.get("/v1/audit?subject=settings/firm").await.ok();
    assert_eq!(audit["items"].as_array().unwrap().len(), 4, "and each turn is in the audit trail");
}

async fn import(world: &World, query: &str, file: &str) -> Answered {
    let authorization = format!("Bearer {KEY}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "text/csv")];
    let path = format!("/v1/job-drafts.csv{query}");
    world.send("POST", &path, &headers, Body::Text(file.into())).await
}

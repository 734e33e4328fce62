//! Settings in the console, and what is kept beside them: people, keys, staff, endpoints, the trail.

use domain::firm::switch;
use serde_json::json;

use crate::console::Browser;
use crate::drafts::practice;
use crate::world::{Answered, World, demo};

/// Every field of the form as it is shown, as a browser sends it again.
fn shown(page: &str) -> Vec<(String, String)> {
    let form = page.split("action=\"/console/settings\"").nth(1).unwrap();
    let form = form.split("</form>").next().unwrap();
    let after = |text: &str, mark: &str| {
        text.split_once(mark).map(|(_, it)| it.split('"').next().unwrap().to_owned())
    };
    let mut fields = Vec::new();
    for part in form.split('<') {
        let Some(name) = after(part, " name=\"").filter(|it| it != "csrf") else { continue };
        let value = if part.starts_with("textarea") {
            part.split_once('>').unwrap().1.to_owned()
        } else if part.starts_with("select") {
            let list = form.split(&format!("name=\"{name}\"")).nth(1).unwrap();
            let list = list.split("</select>").next().unwrap();
            let chosen = list.split('<').find(|it| it.contains(" selected"));
            chosen.and_then(|it| after(it, "value=\"")).unwrap_or_default()
        } else if part.contains("checkbox") && !part.contains(" checked") {
            continue;
        } else {
            after(part, " value=\"").unwrap()
        };
        fields.push((name, value));
    }
    fields
}

fn form(fields: &[(String, String)]) -> String {
    let escape = |it: &str| it.bytes().map(|it| format!("%{it:02X}")).collect::<String>();
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn with(fields: &[(String, String)], place: &str, value: &str) -> Vec<(String, String)> {
    let mut fields = fields.to_vec();
    fields.iter_mut().find(|it| it.0 == place).unwrap().1 = value.into();
    fields
}

/// KB-03, CA-03: the form sent as it is shown changes nothing; all its faults are told at once; who
/// switched the creation of jobs is shown; nobody overwrites another's change unseen.
#[tokio::test]
async fn kb_03_settings_are_changed_by_a_form_with_all_its_faults_told_at_once() {
    let world = World::new().await;
    let ann = Browser::of_ann(&world).await.ready().await;
    let before = world.get("/v1/settings").await.ok();
    let fields = shown(&ann.get("/console/settings").await.text);
    assert_eq!(ann.post("/console/settings", &form(&fields)).await.status, 303);
    assert_eq!(world.get("/v1/settings").await.ok(), before);

    let bad = with(&with(&fields, "/time_zone", "Mars/Olympus"), "/budget/per_minute", "61");
    let bad = with(&bad, "/contact_sync/interval_minutes", "often");
    let told = ann.post("/console/settings", &form(&bad)).await;
    assert_eq!(told.status, 422);
    assert_eq!(told.text.matches("class=\"error\"").count(), 3, "{}", told.text);
    for kept in ["value=\"Mars/Olympus\"", "value=\"61\"", "value=\"often\""] {
        assert!(told.text.contains(kept), "{kept}");
    }
    assert_eq!(world.get("/v1/settings").await.ok(), before);

    let mut good = with(&fields, "/jobs/states", "INPROGRESS = In Progress\r\nDONE=Done");
    good.push(("/jobs/enabled".into(), "on".into()));
    assert_eq!(ann.post("/console/settings", &form(&good)).await.status, 303);
    let after = world.get("/v1/settings").await.ok();
    assert_eq!(after["jobs"]["states"][1], json!({"code": "DONE", "name": "Done"}));
    assert_eq!(after["jobs"]["enabled_by"], "person:ann@example.com");
    assert!(switch::jobs(&world.ports().store, &demo()).await.unwrap().unwrap().on);
    let page = ann.get("/console/settings").await;
    assert!(page.text.contains("Switched on by person:ann@example.com"), "{}", page.text);

    let stale = ann.post("/console/settings", &form(&fields)).await;
    assert_eq!(stale.status, 409);
    assert_eq!(world.get("/v1/settings").await.ok(), after);
}

/// G47: a key is shown in one answer and never again, and is good until it is revoked.
#[tokio::test]
async fn g47_a_key_issued_in_the_console_is_shown_once_and_revoked() {
    let world = World::new().await;
    let ann = Browser::of_ann(&world).await.ready().await;
    let path = "/console/settings/keys";
    let nameless = ann.post(path, "name=").await;
    assert_eq!(nameless.status, 422);
    assert!(nameless.text.contains("a name is required"));
    let issued = ann.post(path, "name=%3Cb%3Eapp").await;
    let key = issued.text.split("value=\"tdm_").nth(1).unwrap().split('"').next().unwrap();
    let key = format!("tdm_{key}");
    let works = world.ask("GET", "/v1/settings", &key, None).await;
    assert_eq!(works.status, 200);
    let list = ann.get(path).await;
    assert!(!list.text.contains(&key) && list.text.contains("&#60;b&#62;app"), "{}", list.text);
    let id = id_of(&list.text, ";app<");
    assert_eq!(ann.post(&format!("{path}/revoke"), &format!("id={id}")).await.status, 303);
    assert_eq!(world.ask("GET", "/v1/settings", &key, None).await.status, 401);
    assert_eq!(ann.post(&format!("{path}/revoke"), "id=nonsense").await.status, 404);
}

/// The hidden id in the row of this name.
fn id_of(page: &str, name: &str) -> String {
    let row =
        page.split("<tr>").find(|it| it.contains(name) && it.contains("name=\"id\"")).unwrap();
    let id = row.split("name=\"id\" value=\"").nth(1).unwrap();
    id.split('"').next().unwrap().to_owned()
}

/// G45: members let others in and put them out, but not themselves.
#[tokio::test]
async fn g45_members_are_added_and_removed_in_the_console() {
    let world = World::new().await;
    let ann = Browser::of_ann(&world).await.ready().await;
    let path = "/console/settings/members";
    let bad = ann.post(path, "email=nobody").await;
    assert_eq!(bad.status, 422);
    assert!(bad.text.contains("value=\"nobody\""));
    assert_eq!(ann.post(path, "email=bob%40example.com").await.status, 303);
    let list = ann.get(path).await;
    assert!(list.text.contains("bob@example.com") && list.text.contains(">You<"), "{}", list.text);
    let bob = id_of(&list.text, "bob@example.com");
    assert_eq!(ann.post(&format!("{path}/remove"), &format!("id={bob}")).await.status, 303);
    let list = ann.get(path).await;
    assert!(!list.text.contains("bob@example.com"), "{}", list.text);
    let ann_id = domain::members::id_of(&domain::ids::Email::parse("ann@example.com").unwrap());
    ann.post(&format!("{path}/remove"), &format!("id={ann_id}")).await;
    assert!(ann.get(path).await.text.contains("Nobody removes themselves"));
}

/// BY-08: the trail is filtered by record, actor and day, and is there as a file.
#[tokio::test]
async fn by_08_the_trail_is_filtered_and_exported() {
    let world = World::new().await;
    let ann = Browser::of_ann(&world).await.ready().await;
    ann.post("/console/settings/members", "email=bob%40example.com").await;
    let id = domain::members::id_of(&domain::ids::Email::parse("bob@example.com").unwrap());
    let path = "/console/settings/audit";
    let found = ann.get(&format!("{path}?subject=member/{id}&actor=person:ann@example.com")).await;
    assert!(found.text.contains("member.added"), "{}", found.text);
    let none = ann.get(&format!("{path}?subject=member/{id}&actor=rule")).await;
    assert!(none.text.contains("No changes here."));
    let none = ann.get(&format!("{path}?subject=member/{id}&to=2000-01-01")).await;
    assert!(none.text.contains("No changes here."));
    let bad = ann.get(&format!("{path}?subject=nothing&from=x")).await;
    assert_eq!((bad.status.as_u16(), bad.text.contains("value=\"nothing\"")), (422, true));
    let csv = ann.get(&format!("{path}/file?format=csv&subject=member/{id}")).await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert!(csv.text.starts_with("at,type,") && csv.text.contains("member.added"), "{}", csv.text);
    let json = ann.get(&format!("{path}/file?format=json&subject=member/{id}")).await;
    assert_eq!(json.json[0]["type"], "member.added", "{}", json.text);
}

/// BY-14, SH-02: who cannot be booked for is told, and somebody says who of the staff they are.
#[tokio::test]
async fn sh_02_a_person_is_mapped_to_the_staff_in_the_console() {
    let world = practice().await;
    world.put("/v1/users/u-1", json!({"name": "Ann <b>", "email": "a@example.com"})).await.ok();
    let ann = Browser::of_ann(&world).await.ready().await;
    let path = "/console/settings/staff";
    let page = ann.get(path).await;
    assert!(page.text.contains("Ann &#60;b&#62;") && page.text.contains("bad\">Look at this"));
    assert_eq!(ann.post(path, "user=u-1&staff_uuid=5701").await.status, 303);
    let page = ann.get(path).await;
    assert!(page.text.contains("value=\"5701\" selected"), "{}", page.text);
    assert!(page.text.contains("Everyone who records time can be booked for"), "{}", page.text);
    assert_eq!(ann.post(path, "user=nobody&staff_uuid=5701").await.status, 404);
}

/// An endpoint is made, shown with its secret once, rotated and removed; its faults are told at once.
#[tokio::test]
async fn endpoints_are_kept_in_the_console_and_their_secrets_shown_once() {
    let world = World::new().await;
    let ann = Browser::of_ann(&world).await.ready().await;
    let path = "/console/settings/endpoints";
    let bad =
        ann.post(path, "id=a%2Fb&url=http%3A%2F%2Flocalhost&types=nothing.such&active=on").await;
    assert_eq!(bad.status, 422);
    assert_eq!(bad.text.matches("class=\"error\"").count(), 3, "{}", bad.text);
    let good = "id=hook&url=https%3A%2F%2Fhooks.example.com%2Ft&types=contact.updated&active=on";
    let made = ann.post(path, good).await;
    let first = secret(&made);
    assert!(!ann.get(&format!("{path}/hook")).await.text.contains("whsec_"));
    let rotated = ann.post(&format!("{path}/hook"), "act=rotate").await;
    assert_ne!(secret(&rotated), first);
    assert_eq!(ann.post(path, &good.replace("&active=on", "")).await.status, 303);
    assert!(ann.get(path).await.text.contains("Switched off"));
    let again = ann.post(&format!("{path}/hook"), "act=resend&number=1").await;
    assert_eq!(again.status, 303);
    assert!(ann.get(&format!("{path}/hook")).await.text.contains("Switch it on"));
    assert_eq!(ann.post(&format!("{path}/hook"), "act=remove").await.status, 303);
    assert!(ann.get(path).await.text.contains("Events go nowhere yet."));
    assert_eq!(ann.get(&format!("{path}/hook")).await.status, 404);
}

fn secret(answered: &Answered) -> String {
    let secret = answered.text.split("value=\"whsec_").nth(1).expect("a secret is shown");
    secret.split('"').next().unwrap().to_owned()
}

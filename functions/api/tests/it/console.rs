//! The console's foundation: every page of its list behind its session, its headers and its tokens.

use api::{Access, CONSOLE};
use domain::connection::authorise::{self, Callback, Ending};
use domain::connection::{Connection, State};
use domain::ids::Email;
use domain::journal::{Actor, Entry, Event};
use domain::members::{self, Removal};
use domain::ports::{Clock, Kind, Person, Range};
use domain::{records, session};
use jiff::SignedDuration;
use lambda_http::Body;
use lambda_http::http::HeaderMap;

use crate::world::{Answered, World, demo, put};

const HOST: &str = "https://tandem.example";

/// A browser with a session.
pub(crate) struct Browser<'a> {
    pub(crate) world: &'a World,
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

impl<'a> Browser<'a> {
    /// Ann, who is a member of the demo firm, signs in.
    pub(crate) async fn of_ann(world: &'a World) -> Self {
        add(world, "ann").await;
        Self::of(world, &sign_in(world, "ann", "/console").await)
    }

    fn of(world: &'a World, ending: &Ending) -> Self {
        let Ending::SignedIn { cookie, .. } = ending else { panic!("{ending:?}") };
        Self { world, cookie: format!("__Host-tandem={}", cookie.reveal()), csrf: String::new() }
    }

    /// With the token that the page's forms carry.
    pub(crate) async fn ready(self) -> Self {
        let page = self.get("/console").await;
        let csrf = page.text.split("name=\"csrf\" value=\"").nth(1);
        let csrf = csrf.and_then(|it| it.split('"').next()).unwrap_or_default().to_owned();
        assert_eq!(csrf.len(), 43, "{}", page.text);
        Self { csrf, ..self }
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.world.send("GET", path, &[("cookie", &self.cookie)], Body::Empty).await
    }

    /// Sends a form as a page of ours does.
    pub(crate) async fn post(&self, path: &str, form: &str) -> Answered {
        let body = format!("csrf={}&{form}", self.csrf);
        self.send(path, &[("origin", HOST), ("sec-fetch-site", "same-origin")], &body).await
    }

    async fn send(&self, path: &str, more: &[(&'static str, &str)], body: &str) -> Answered {
        let mut headers = vec![("cookie", &*self.cookie), ("content-type", FORM)];
        headers.extend(more);
        self.world.send("POST", path, &headers, Body::Text(body.to_owned())).await
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Somebody adds a person to the demo firm.
async fn add(world: &World, name: &str) {
    let email = Email::parse(format!("{name}@example.com")).unwrap();
    let now = world.ports().clock.now();
    members::add(&world.ports().store, &demo(), &email, &Actor::Rule, now).await.unwrap();
}

/// A person goes to Xero and back.
async fn sign_in(world: &World, name: &str, return_to: &str) -> Ending {
    let ports = world.ports();
    let url = authorise::begin_sign_in(ports, return_to).await.unwrap();
    let state = url.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let errand = authorise::set_out(ports, state, None).await.unwrap().unwrap();
    let back = ports.identity.consent(&url, name);
    let callback = Callback { state: Some(back.state), code: Some(back.code), error: None };
    authorise::call_back(ports, callback, Some(errand.cookie.reveal())).await.unwrap()
}

fn path(route: &str) -> String {
    route.replace("{name}", "console.css").replace("{id}", "x")
}

pub(crate) fn location(answered: &Answered) -> &str {
    answered.headers.get("location").map_or("", |it| it.to_str().unwrap())
}

fn assert_guarded(headers: &HeaderMap, what: &str) {
    let policy = headers["content-security-policy"].to_str().unwrap();
    for part in [
        "default-src 'none';",
        "script-src 'self';",
        "style-src 'self';",
        "img-src 'self' data:;",
        "connect-src 'self';",
        "form-action 'self' https://login.xero.example;",
        "frame-ancestors 'none';",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
    for (name, value) in [
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ] {
        assert_eq!(headers[name], value, "{what}");
    }
    let referrer = headers["referrer-policy"].to_str().unwrap();
    assert!(["same-origin", "no-referrer"].contains(&referrer), "{what}: {referrer}");
    if !what.contains("/assets/") {
        assert_eq!(headers["cache-control"], "no-store", "{what}");
    }
}

#[tokio::test]
async fn g53_every_page_carries_the_headers_and_nothing_inline() {
    let world = World::new().await;
    let browser = Browser::of_ann(&world).await.ready().await;
    let pages = CONSOLE.iter().filter(|it| it.method == "get").map(|it| path(it.path));
    for path in pages.chain(["/console/nothing".into(), "/docs".into()]) {
        let answered = browser.get(&path).await;
        assert!([200, 404].contains(&answered.status.as_u16()), "{path}: {}", answered.status);
        assert_guarded(&answered.headers, &path);
        if path.starts_with("/console") && !path.contains("/assets/") && !path.ends_with(".csv") {
            assert_eq!(answered.headers["content-type"], "text/html; charset=utf-8", "{path}");
            for word in ["<style", " style=", " onclick=", "javascript:", "http://"] {
                assert!(!answered.text.contains(word), "{path} has {word}");
            }
            let inline = answered.text.matches("<script").count();
            assert_eq!(inline, answered.text.matches("<script src=\"/console/").count());
        }
    }
}

#[tokio::test]
async fn g45_every_page_but_a_named_few_leads_to_signing_in_without_a_session() {
    let world = World::new().await;
    let mut open = Vec::new();
    for route in CONSOLE {
        let path = path(route.path);
        let nobody = format!("__Host-tandem={}", "x".repeat(43));
        for cookie in ["", "__Host-tandem=", &nobody, "tandem=x"] {
            let headers = [
                ("cookie", cookie),
                ("content-type", FORM),
                ("origin", HOST),
                ("sec-fetch-site", "same-origin"),
            ];
            let method = route.method.to_uppercase();
            let answered = world.send(&method, &path, &headers, Body::Empty).await;
            assert_guarded(&answered.headers, &path);
            if route.access == Access::Open {
                open.push(route.path);
                continue;
            }
            assert_eq!(answered.status, 303, "{method} {path}");
            let back = path.replace('?', "%3F");
            let to = match route.method {
                "get" => format!("/console/sign-in?return_to={back}"),
                _ => "/console/sign-in".to_owned(),
            };
            assert_eq!(location(&answered), to, "{method} {path}");
        }
    }
    open.dedup();
    assert_eq!(open, ["/console/assets/{name}", "/console/sign-in"]);
}

#[tokio::test]
async fn g53_no_form_is_taken_without_the_sessions_token_or_from_another_site() {
    let world = World::new().await;
    let browser = Browser::of_ann(&world).await.ready().await;
    let before = format!("{:?}", world.ports().store.snapshot());
    let other = Browser::of(&world, &sign_in(&world, "ann", "/console").await).ready().await;
    assert_ne!(other.csrf, browser.csrf);
    let after = format!("{:?}", world.ports().store.snapshot());
    assert_ne!(before, after, "a sign-in is told");
    let good = format!("csrf={}", browser.csrf);
    let ours: &[(&'static str, &str)] = &[("origin", HOST), ("sec-fetch-site", "same-origin")];
    for route in CONSOLE.iter().filter(|it| it.method != "get") {
        let path = path(route.path);
        let mut tries: Vec<(&[(&'static str, &str)], String)> = vec![
            (&[("origin", "https://evil.example")], good.clone()),
            (&[("origin", "null")], good.clone()),
            (&[("origin", HOST), ("sec-fetch-site", "cross-site")], good.clone()),
            (&[("origin", HOST), ("sec-fetch-site", "same-site")], good.clone()),
            (&[("sec-fetch-site", "none")], good.clone()),
            (&[], good.clone()),
        ];
        if route.access != Access::Open {
            tries.push((ours, String::new()));
            tries.push((ours, "csrf=".into()));
            tries.push((ours, format!("{good}x")));
            tries.push((ours, format!("csrf={}", other.csrf)));
        }
        for (headers, body) in tries {
            let answered = browser.send(&path, headers, &body).await;
            assert_eq!(answered.status, 403, "{path} {headers:?} {body}");
            assert!(answered.text.contains("Nothing was changed"), "{path}");
            assert_guarded(&answered.headers, &path);
        }
    }
    assert_eq!(format!("{:?}", world.ports().store.snapshot()), after);
    assert_eq!(browser.get("/console").await.status, 200, "and the session goes on");
}

#[tokio::test]
async fn g47_a_session_is_kept_as_a_digest_and_its_cookie_is_new_at_every_sign_in() {
    let world = World::new().await;
    let first = Browser::of_ann(&world).await;
    let second = Browser::of(&world, &sign_in(&world, "ann", "/console").await);
    assert_ne!(first.cookie, second.cookie);
    for browser in [&first, &second] {
        let secret = browser.cookie.split_once('=').unwrap().1;
        assert_eq!(secret.len(), 43);
        let kept = format!("{:?} {:?}", world.ports().cache, world.ports().store.items());
        assert!(!kept.contains(secret));
        assert_eq!(browser.get("/console").await.status, 200);
    }
}

#[tokio::test]
async fn a_session_ends_an_hour_after_its_last_use_and_twelve_after_its_beginning() {
    let world = World::new().await;
    let clock = &world.ports().clock;
    let browser = Browser::of_ann(&world).await;
    for _ in 0..12 {
        clock.advance(SignedDuration::from_mins(59));
        assert_eq!(browser.get("/console").await.status, 200);
    }
    // 11 h 48 min are over: used or not, it ends after twelve.
    clock.advance(SignedDuration::from_mins(11));
    assert_eq!(browser.get("/console").await.status, 200);
    clock.advance(SignedDuration::from_mins(1));
    assert_eq!(browser.get("/console").await.status, 303);

    let browser = Browser::of(&world, &sign_in(&world, "ann", "/console").await);
    clock.advance(SignedDuration::from_mins(60));
    assert_eq!(browser.get("/console").await.status, 303);
}

#[tokio::test]
async fn signing_out_ends_this_session_and_signing_out_everywhere_all_of_them() {
    let world = World::new().await;
    let one = Browser::of_ann(&world).await.ready().await;
    let two = Browser::of(&world, &sign_in(&world, "ann", "/console").await).ready().await;
    let three = Browser::of(&world, &sign_in(&world, "ann", "/console").await).ready().await;
    let out = one.post("/console/sign-out", "").await;
    assert_eq!((out.status.as_u16(), location(&out)), (303, "/console/sign-in?signed_out=1"));
    let cookie = out.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-tandem=; ") && cookie.contains("Max-Age=0"), "{cookie}");
    assert_eq!(one.get("/console").await.status, 303);
    assert_eq!(two.get("/console").await.status, 200);

    assert_eq!(two.post("/console/sign-out-everywhere", "").await.status, 303);
    assert_eq!(two.get("/console").await.status, 303);
    assert_eq!(three.get("/console").await.status, 303);
    // Signing in anew is good again.
    let four = Browser::of(&world, &sign_in(&world, "ann", "/console").await);
    assert_eq!(four.get("/console").await.status, 200);
}

#[tokio::test]
async fn a_member_who_is_removed_is_out_with_the_next_request_and_nobody_removes_themselves() {
    let world = World::new().await;
    let (store, now) = (&world.ports().store, world.ports().clock.now());
    let ann = Browser::of_ann(&world).await;
    add(&world, "bob").await;
    let bob = Browser::of(&world, &sign_in(&world, "bob", "/console").await);
    let (all, _) = members::list(store, &demo(), None, 10).await.unwrap();
    let by = |name: &str| {
        let found = all.iter().find(|it| it.record.email.as_str().starts_with(name));
        found.unwrap().record.clone()
    };
    let (ann_there, bob_there) = (by("ann"), by("bob"));
    let own = members::remove(store, &demo(), &ann_there.id, &ann_there, now).await.unwrap();
    assert_eq!(own, Removal::Yourself);
    let gone = members::remove(store, &demo(), &bob_there.id, &ann_there, now).await.unwrap();
    assert_eq!(gone, Removal::Removed);
    assert_eq!(bob.get("/console").await.status, 303);
    assert_eq!(sign_in(&world, "bob", "/console").await, Ending::Stranger);
    // Bob, who is out, puts nobody out.
    let back = members::remove(store, &demo(), &ann_there.id, &bob_there, now).await.unwrap();
    assert_eq!(back, Removal::Unknown);
    assert_eq!(ann.get("/console").await.status, 200);
    // Let in again, he signs in anew; the old session stays over.
    add(&world, "bob").await;
    assert_eq!(bob.get("/console").await.status, 303);
    let bob = Browser::of(&world, &sign_in(&world, "bob", "/console").await);
    assert_eq!(bob.get("/console").await.status, 200);

    let range = Range::of(&demo(), Kind::Journal, "member/", 50);
    let (told, _) = records::page::<Entry>(store, &range).await.unwrap();
    let by_ann = Actor::Person("ann@example.com".into());
    let removed = told.iter().find(|it| it.record.event == Event::MemberRemoved).unwrap();
    assert_eq!(removed.record.actor, by_ann);
    let signed_in = told.iter().filter(|it| it.record.event == Event::MemberSignedIn).count();
    assert_eq!(signed_in, 3);
}

/// An address binds to the first login that comes with it, and to no other after.
#[tokio::test]
async fn g46_a_member_is_one_login_whoever_has_the_address_later() {
    let world = World::new().await;
    add(&world, "ann").await;
    let person = |user: &str, email: &str| Person {
        user: domain::ids::XeroUserId::parse(user).unwrap(),
        email: Email::parse(email).ok(),
        name: "Ann".into(),
    };
    let ports = world.ports();
    let open = async |user, email| session::open(ports, person(user, email)).await.unwrap();
    assert!(open("u-1", "ANN@example.com").await.is_some());
    assert!(open("u-2", "ann@example.com").await.is_none(), "the address is taken");
    assert!(open("u-1", "ann@elsewhere.example").await.is_some(), "the login stays hers");
    assert!(open("u-3", "").await.is_none());
}

#[tokio::test]
async fn a_person_of_several_firms_chooses_one_and_nobody_elses() {
    let world = World::new().await;
    let (store, now) = (&world.ports().store, world.ports().clock.now());
    add(&world, "ann").await;
    let other = domain::ids::FirmId::parse("other").unwrap();
    let email = Email::parse("ann@example.com").unwrap();
    members::add(store, &other, &email, &Actor::Rule, now).await.unwrap();
    let ending = sign_in(&world, "ann", "/console").await;
    let mut browser = Browser::of(&world, &ending);
    let sent = browser.get("/console").await;
    assert_eq!((sent.status.as_u16(), location(&sent)), (303, "/console/firms"));
    let choice = browser.get("/console/firms").await;
    assert!(choice.text.contains(">demo</button>") && choice.text.contains(">other</button>"));
    browser.csrf = choice.text.split("name=\"csrf\" value=\"").nth(1).unwrap()[..43].to_owned();
    for firm in ["nobody", "-", "", "a%20b"] {
        let refused = browser.post("/console/firms", &format!("firm={firm}")).await;
        assert_eq!(refused.status, 403, "{firm}");
    }
    let chosen = browser.post("/console/firms", "firm=other").await;
    assert_eq!((chosen.status.as_u16(), location(&chosen)), (303, "/console"));
    let cookie = chosen.headers["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    assert_ne!(cookie, browser.cookie, "the cookie is another one");
    assert_eq!(browser.get("/console").await.status, 303, "and the former one is over");
    let there = Browser { cookie, csrf: String::new(), world: &world };
    assert!(there.get("/console").await.text.contains("<span class=\"firm\">other</span>"));
}

#[tokio::test]
async fn g53_signing_in_returns_to_pages_of_the_console_and_nowhere_else() {
    let world = World::new().await;
    let ask = |to: &str| format!("/console/sign-in?return_to={to}");
    let page = world.send("GET", &ask("/console/time%3Fstate%3Dheld"), &[], Body::Empty).await;
    assert!(page.text.contains("value=\"/console/time?state=held\""), "{}", page.text);
    for to in
        ["https://evil.example", "//evil.example", "/console/..%2Fdocs", "%22%3E%3Cb%3E", "/v1"]
    {
        let page = world.send("GET", &ask(to), &[], Body::Empty).await;
        assert!(page.text.contains("name=\"return_to\" value=\"/console\""), "{}", page.text);
    }
    let headers = [("origin", HOST), ("content-type", FORM)];
    let body = Body::Text("return_to=https%3A%2F%2Fevil.example".into());
    let sent = world.send("POST", "/console/sign-in", &headers, body).await;
    assert_eq!(sent.status, 303);
    assert!(location(&sent).starts_with("https://tandem.example/oauth/start?response_type=code&"));
    assert!(!location(&sent).contains("offline_access"), "{}", location(&sent));
    add(&world, "ann").await;
    let Ending::SignedIn { return_to, .. } = sign_in(&world, "ann", "/console/time?x=1").await
    else {
        panic!("not signed in")
    };
    assert_eq!(return_to, "/console/time?x=1");
    let begun = authorise::begin_sign_in(world.ports(), "/docs").await;
    assert!(begun.is_err());
}

#[tokio::test]
async fn xb_04_the_overview_says_what_is_missing_and_leads_to_xero() {
    let world = World::new().await;
    let browser = Browser::of_ann(&world).await.ready().await;
    let page = browser.get("/console").await.text;
    for words in ["Not connected", "Connect to Xero", "Connect Xero Practice Manager", "First sync"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    let sent = browser.post("/console/connection/authorize", "").await;
    assert_eq!(sent.status, 303);
    assert!(location(&sent).starts_with("https://tandem.example/oauth/start?"));
    assert!(location(&sent).contains("state=demo."), "{}", location(&sent));

    let lost = Connection { state: State::ReconnectRequired, ..Connection::default() };
    put(world.ports(), &demo(), &lost).await;
    let page = browser.get("/console").await.text;
    assert!(page.contains("Reconnect required") && page.contains("Reconnect to Xero"), "{page}");
}

/// XB-03: a choice that nobody offered changes nothing, and says so once.
#[tokio::test]
async fn xb_03_one_of_the_offered_organisations_is_chosen_and_what_was_done_is_said_once() {
    let world = World::new().await;
    let browser = Browser::of_ann(&world).await.ready().await;
    let naughty = "<script>alert('x')</script> & \"Söhne\" 社";
    let choices = ["a", "b"].map(|it| domain::connection::Organisation {
        tenant: domain::ids::TenantId::parse(it).unwrap(),
        name: format!("{naughty} {it}"),
    });
    let state = State::ChooseOrganisation;
    let open = Connection { state, choices: choices.into(), ..Connection::default() };
    put(world.ports(), &demo(), &open).await;
    let page = browser.get("/console").await.text;
    assert!(!page.contains("<script>alert") && page.contains("Söhne"), "{page}");
    let path = "/console/connection/organisation";
    for form in ["tenant=c", "", "tenant=%00"] {
        assert_eq!(browser.post(path, form).await.status, 303, "{form}");
        assert!(browser.get("/console").await.text.contains("flash bad"), "{form}");
    }
    assert_eq!(browser.post(path, "tenant=b").await.status, 303);
    let page = browser.get("/console").await.text;
    assert!(page.contains("flash good") && !page.contains("<script>alert"), "{page}");
    assert!(!browser.get("/console").await.text.contains("class=\"flash"));
}

#[tokio::test]
async fn files_are_kept_by_browsers_as_long_as_their_address_names_their_contents() {
    let world = World::new().await;
    let page = world.send("GET", "/console/sign-in", &[], Body::Empty).await.text;
    let css = page.split("href=\"").find(|it| it.contains("console.css")).unwrap();
    let css = css.split('"').next().unwrap();
    let file = world.send("GET", css, &[], Body::Empty).await;
    assert_eq!(file.headers["cache-control"], "public, max-age=31536000, immutable");
    let tag = file.headers["etag"].to_str().unwrap().to_owned();
    let bare = world.send("GET", "/console/assets/console.css", &[], Body::Empty).await;
    assert_eq!(
        (bare.headers["cache-control"].to_str().unwrap(), bare.status.as_u16()),
        ("no-cache", 200)
    );
    let headers = [("if-none-match", &*tag)];
    let again = world.send("GET", "/console/assets/console.css", &headers, Body::Empty).await;
    assert_eq!((again.status.as_u16(), &*again.text), (304, ""));
    let mut total = 0;
    for name in ["console.css", "console.js", "htmx.min.js", "icon.svg"] {
        let path = format!("/console/assets/{name}");
        total += world.send("GET", &path, &[], Body::Empty).await.text.len();
    }
    assert!(total <= 100_000, "{total} bytes");
}

//! The function's requests, as API Gateway sends them: out to Xero, back, and everything else.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use domain::connection::{self, State, authorise};
use domain::firm::{Firm, Settings};
use domain::ids::{FirmId, TenantId};
use domain::ports::{Clock, Store};
use domain::records;
use jiff::SignedDuration;
use lambda_http::request::from_str;
use lambda_http::{Body, Response};
use memory::MemoryPorts;
use oauth_callback::{Deps, handle};
use serde_json::{Value, json};

#[tokio::test]
async fn g37_setting_out_binds_the_browser_and_leads_to_xero() {
    for (https, name, secure) in
        [(true, "__Host-tandem-oauth", "; Secure"), (false, "tandem-oauth", "")]
    {
        let site = Site::new(https).await;
        let url = site.begin("/settings").await;
        let answer = site.get("/oauth/start", query(&url), &[]).await;
        assert_eq!((answer.status().as_u16(), location(&answer)), (303, Some(&*url)));
        let set = cookies(&answer);
        let [set] = &set[..] else { panic!("{set:?}") };
        let (pair, rest) = set.split_once("; ").unwrap();
        let (given, value) = pair.split_once('=').unwrap();
        assert_eq!((given, value.len()), (name, 43));
        assert_eq!(rest, format!("Path=/; HttpOnly; SameSite=Lax; Max-Age=600{secure}"));
        closed(&answer);
    }
}

#[tokio::test]
async fn xb_01_coming_back_connects_and_leads_to_where_the_person_was() {
    for https in [true, false] {
        let site = Site::new(https).await;
        let url = site.begin("/settings?tab=xpm#connect").await;
        let cookie = site.set_out(&url).await;
        let other = "theme=dark";
        let answer = site.get("/oauth/callback", &site.consent(&url), &[other, &cookie]).await;
        assert_eq!(answer.status(), 303);
        assert_eq!(location(&answer), Some("/settings?tab=xpm#connect"));
        let name = cookie.split_once('=').unwrap().0;
        assert!(cookies(&answer)[0].starts_with(&format!("{name}=; ")));
        assert!(cookies(&answer)[0].contains("Max-Age=0"));
        assert!(body(&answer).is_empty());
        closed(&answer);
        assert_eq!(site.state().await, State::Connected);
    }
}

#[tokio::test]
async fn xb_02_several_organisations_lead_back_to_the_choice() {
    let site = Site::new(true).await;
    site.deps.ports.identity.connect("ann", &tenant("tenant-2"), "Other");
    let url = site.begin("/settings").await;
    let cookie = site.set_out(&url).await;
    let answer = site.get("/oauth/callback", &site.consent(&url), &[&cookie]).await;
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, Some("/settings")));
    assert_eq!(site.state().await, State::ChooseOrganisation);
}

/// XB-01: every state that is not good: the same page, and nothing stored.
#[tokio::test]
async fn xb_01_a_state_that_is_not_good_is_400_and_nothing_is_stored() {
    let site = Site::new(true).await;
    let url = site.begin("/").await;
    let cookie = site.set_out(&url).await;
    let good = site.consent(&url);
    let other = site.set_out(&site.begin("/").await).await;
    let before = site.deps.ports.store.items();
    let plain = cookie.replace("__Host-", "");
    let longer = format!("{cookie}x");
    let (longer_name, other_name) = (format!("x{cookie}"), cookie.replace('=', "-2="));
    for (query, cookies) in [
        (&*good, vec![]),
        (&good, vec![&*other]),
        (&good, vec![&plain]),
        (&good, vec![&longer]),
        (&good, vec![&longer_name]),
        (&good, vec![&other_name]),
        (&good, vec!["__Host-tandem-oauth"]),
        (&good.replace("state=demo", "state=other"), vec![&cookie]),
        (&good.replace("state=", "State="), vec![&cookie]),
        (&format!("{good}&state=demo.x"), vec![&cookie]),
        (&format!("{good}&code=another"), vec![&cookie]),
        (&format!("{good}&error=a&error=b"), vec![&cookie]),
        ("", vec![&cookie]),
        ("state=&code=", vec![&cookie]),
        ("error=access_denied", vec![&cookie]),
    ] {
        let answer = site.get("/oauth/callback", query, &cookies).await;
        page(&answer, 400, "This link cannot be used");
        assert_eq!(location(&answer), None, "{query} {cookies:?}");
        // Whoever is refused cannot take the honest browser's cookie away.
        assert!(set_cookies(&answer).is_empty(), "{query}");
        assert_eq!(site.deps.ports.store.items(), before, "{query} {cookies:?}");
    }
    // Nor did any of them use the state up.
    assert_eq!(site.get("/oauth/callback", &good, &[&cookie]).await.status(), 303);
    page(&site.get("/oauth/callback", &good, &[&cookie]).await, 400, "This link cannot be used");
}

#[tokio::test]
async fn xb_01_a_state_is_good_for_ten_minutes() {
    for (seconds, status) in [(599, 303), (601, 400)] {
        let site = Site::new(true).await;
        let url = site.begin("/").await;
        let cookie = site.set_out(&url).await;
        site.deps.ports.clock.advance(SignedDuration::from_secs(seconds));
        let answer = site.get("/oauth/callback", &site.consent(&url), &[&cookie]).await;
        assert_eq!(answer.status(), status, "{seconds}");
    }
}

#[tokio::test]
async fn g37_only_a_good_state_sets_out() {
    let site = Site::new(true).await;
    let url = site.begin("/").await;
    let good = query(&url);
    let state = good.split('&').find(|it| it.starts_with("state=")).unwrap();
    for query in ["", "state=", "state=demo.x", "state=x", "state", &format!("{good}&{state}")] {
        let answer = site.get("/oauth/start", query, &[]).await;
        page(&answer, 400, "This link cannot be used");
        assert!(set_cookies(&answer).is_empty(), "{query}");
    }
    // Bound to the first browser, it is no other's; the first one may reload.
    let cookie = site.set_out(&url).await;
    page(&site.get("/oauth/start", good, &[]).await, 400, "This link cannot be used");
    let again = site.get("/oauth/start", good, &[&cookie]).await;
    assert_eq!(again.status(), 303);
    assert!(cookies(&again)[0].starts_with(&cookie));
}

#[tokio::test]
async fn xb_01_a_person_who_says_no_gets_a_readable_page() {
    let site = Site::new(true).await;
    let url = site.begin("/").await;
    let cookie = site.set_out(&url).await;
    let state = query(&url).split('&').find(|it| it.starts_with("state=")).unwrap().to_owned();
    let words = "%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    let query = format!("{state}&error={words}&error_description={words}");
    let answer = site.get("/oauth/callback", &query, &[&cookie]).await;
    page(&answer, 200, "Not connected");
    assert!(!body(&answer).contains("script"));
    assert!(cookies(&answer)[0].contains("Max-Age=0"));
    assert_eq!(site.state().await, State::Disconnected);
}

/// XB-06: the setting that is missing in XPM is named.
#[tokio::test]
async fn xb_06_a_login_without_an_organisation_is_told_which_setting_is_missing() {
    let site = Site::new(true).await;
    site.deps.ports.identity.disconnect(&tenant("tenant-1"));
    let url = site.begin("/").await;
    let cookie = site.set_out(&url).await;
    let answer = site.get("/oauth/callback", &site.consent(&url), &[&cookie]).await;
    page(&answer, 403, "No Xero Practice Manager organisation");
    assert!(body(&answer).contains("Connect third-party add-ons"));
    assert!(body(&answer).contains("Authorise 3rd Party Full Access"));
}

#[tokio::test]
async fn xb_01_a_code_that_xero_does_not_take_is_told_as_xeros_answer() {
    let site = Site::new(true).await;
    let url = site.begin("/").await;
    let cookie = site.set_out(&url).await;
    let query = format!("{}x", site.consent(&url));
    let query = query.replace("code=", "session_state=x&code=");
    let answer = site.get("/oauth/callback", &query, &[&cookie]).await;
    page(&answer, 502, "Xero did not complete this");
    assert_eq!(site.state().await, State::Disconnected);
}

#[tokio::test]
async fn our_own_memory_down_is_503_and_the_state_stays_good() {
    let site = Site::new(true).await;
    let url = site.begin("/").await;
    site.deps.ports.cache.fail_next(1);
    let answer = site.get("/oauth/start", query(&url), &[]).await;
    problem(&answer, 503, "unavailable");
    assert_eq!(answer.headers()["retry-after"], "1");
    let cookie = site.set_out(&url).await;
    let back = site.consent(&url);
    site.deps.ports.cache.fail_next(1);
    problem(&site.get("/oauth/callback", &back, &[&cookie]).await, 503, "unavailable");
    assert_eq!(site.get("/oauth/callback", &back, &[&cookie]).await.status(), 303);
}

#[tokio::test]
async fn g45_other_paths_are_404_and_other_methods_405() {
    let site = Site::new(true).await;
    for path in ["/", "/oauth", "/oauth/", "/oauth/Start", "/oauth/start/", "/oauth/callback/x"] {
        problem(&site.get(path, "", &[]).await, 404, "not_found");
    }
    let url = site.begin("/").await;
    let cookie = site.set_out(&url).await;
    let back = site.consent(&url);
    for path in ["/oauth/start", "/oauth/callback"] {
        for method in ["POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"] {
            let answer = site.send(method, path, &back, &[&cookie]).await;
            problem(&answer, 405, "method_not_allowed");
        }
    }
    assert_eq!(site.state().await, State::Disconnected);
    assert_eq!(site.get("/oauth/callback", &back, &[&cookie]).await.status(), 303);
}

/// G37: open redirects as the published lists try them: refused when asked for, and no parameter of
/// a request can say where to go.
#[tokio::test]
async fn g37_nobody_is_led_to_another_site() {
    let site = Site::new(true).await;
    for to in HOSTILE {
        let firm = a_firm();
        let begun = authorise::begin(&site.deps.ports, &firm, to).await;
        assert!(matches!(begun, Err(authorise::NotBegun::ReturnTo)), "{to:?}");
    }
    for to in HOSTILE {
        let to = escaped(to);
        let url = site.begin("/settings").await;
        let more = format!("return_to={to}&redirect_uri={to}&next={to}&url={to}");
        let out = site.get("/oauth/start", &format!("{more}&{}", query(&url)), &[]).await;
        assert_eq!(location(&out), Some(&*url));
        let cookie = cookies(&out)[0].split_once(';').unwrap().0.to_owned();
        let back = format!("{more}&{}", site.consent(&url));
        let answer = site.get("/oauth/callback", &back, &[&cookie]).await;
        assert_eq!(location(&answer), Some("/settings"), "{to}");
    }
}

#[tokio::test]
async fn g53_a_member_who_comes_back_is_signed_in_under_a_cookie_of_our_own_host() {
    for (https, name, secure) in [(true, "__Host-tandem", "; Secure"), (false, "tandem", "")] {
        let site = Site::new(https).await;
        site.add("ann").await;
        let (url, cookie) = site.sign_in().await;
        assert!(url.contains("scope=openid%20profile%20email&"), "{url}");
        let former = format!("{name}={}", "x".repeat(43));
        let answer = site.get("/oauth/callback", &site.consent(&url), &[&former, &cookie]).await;
        assert_eq!((answer.status().as_u16(), location(&answer)), (303, Some("/console/time")));
        let set = cookies(&answer);
        let session = set.iter().find(|it| it.starts_with(&format!("{name}="))).unwrap();
        let (pair, rest) = session.split_once("; ").unwrap();
        let value = pair.split_once('=').unwrap().1;
        assert_eq!(rest, format!("Path=/; HttpOnly; SameSite=Lax{secure}"));
        assert!(set.iter().any(|it| it.contains("-oauth=; ")), "{set:?}");
        let visit = domain::session::resume(&site.deps.ports, value).await.unwrap().unwrap();
        assert_eq!(visit.member.unwrap().firm, firm());
        // The state is used up, and nothing of the firm was connected.
        let again = site.get("/oauth/callback", &site.consent(&url), &[&cookie]).await;
        page(&again, 400, "This link cannot be used");
        assert_eq!(site.state().await, State::Disconnected);
    }
}

#[tokio::test]
async fn g53_nobodys_member_is_told_whom_to_ask_and_no_firms_name() {
    let site = Site::new(true).await;
    site.add("bob").await;
    let (url, cookie) = site.sign_in().await;
    let before = site.deps.ports.store.items();
    let answer = site.get("/oauth/callback", &site.consent(&url), &[&cookie]).await;
    page(&answer, 403, "You are not a member here");
    let said = body(&answer);
    assert!(said.contains("Ask a colleague") && !said.contains("Demo") && !said.contains("demo"));
    assert!(!said.contains("ann") && set_cookies(&answer).iter().all(|it| it.contains("-oauth=;")));
    assert_eq!(site.deps.ports.store.items(), before);
}

/// OpenID Connect Core, 3.1.3.7: one wrong thing away from a good token, for both errands.
#[tokio::test]
async fn g53_an_id_token_that_is_not_xeros_word_for_us_lets_nobody_in_and_connects_nothing() {
    use memory::identity::Forgery;

    let site = Site::new(true).await;
    site.add("ann").await;
    for forgery in
        [Forgery::Audience, Forgery::Issuer, Forgery::Key, Forgery::Expired, Forgery::Nonce]
    {
        let connecting = site.begin("/").await;
        let bound = site.set_out(&connecting).await;
        let signing_in = site.sign_in().await;
        for (url, cookie) in [(connecting, bound), signing_in] {
            let before = site.deps.ports.store.items();
            site.deps.ports.identity.forge_next(forgery);
            let answer = site.get("/oauth/callback", &site.consent(&url), &[&cookie]).await;
            page(&answer, 502, "Xero did not complete this");
            assert!(set_cookies(&answer).iter().all(|it| it.contains("-oauth=;")), "{forgery:?}");
            assert_eq!(site.deps.ports.store.items(), before, "{forgery:?}");
        }
    }
    assert_eq!(site.state().await, State::Disconnected);
}

#[tokio::test]
async fn whoever_consents_for_a_firm_becomes_its_member_and_may_sign_in() {
    let site = Site::new(true).await;
    let url = site.begin("/").await;
    let cookie = site.set_out(&url).await;
    let answer = site.get("/oauth/callback", &site.consent(&url), &[&cookie]).await;
    assert_eq!(answer.status(), 303);
    let (url, cookie) = site.sign_in().await;
    let answer = site.get("/oauth/callback", &site.consent(&url), &[&cookie]).await;
    assert_eq!(location(&answer), Some("/console/time"));
}

/// G36: neither the code nor the cookie nor the state is in any page.
#[tokio::test]
async fn g36_a_page_shows_nothing_of_the_request() {
    let site = Site::new(true).await;
    let query = "state=demo.canary-state&code=canary-code&error=canary-error";
    let answer = site.get("/oauth/callback", query, &["__Host-tandem-oauth=canary-cookie"]).await;
    assert!(!body(&answer).contains("canary"));
    assert!(!format!("{:?}", answer.headers()).contains("canary"));
}

/// After PayloadsAllTheThings, "Open Redirect".
const HOSTILE: &[&str] = &[
    "",
    "evil.example",
    "http://evil.example",
    "https://evil.example/",
    "HTTPS://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "//evil.example@tandem.example",
    "https://tandem.example@evil.example",
    "//evil%E3%80%82example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
    "/\r\nLocation: https://evil.example",
    "/\u{0}/evil.example",
    "/\u{7f}",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "?next=//evil.example",
    "#//evil.example",
    ".evil.example",
    "../evil",
    "〱evil.example",
    "/〵evil.example",
    "\u{2028}//evil.example",
];

/// The function on twins, with a person Ann at Xero.
struct Site {
    deps: Deps<MemoryPorts>,
}

impl Site {
    async fn new(https: bool) -> Self {
        let ports = MemoryPorts::default();
        let change = records::put(&firm(), &a_firm(), None).unwrap();
        let _ = ports.store.commit(vec![change]).await.unwrap();
        ports.identity.connect("ann", &tenant("tenant-1"), "Demo");
        Self { deps: Deps { ports, https } }
    }

    /// A person may sign in to the firm's console.
    async fn add(&self, name: &str) {
        let email = domain::ids::Email::parse(format!("{name}@example.com")).unwrap();
        let ports = &self.deps.ports;
        let (by, now) = (domain::journal::Actor::Rule, ports.clock.now());
        domain::members::add(&ports.store, &firm(), &email, &by, now).await.unwrap();
    }

    /// Sets out to sign in: the address, and the cookie as the browser brings it.
    async fn sign_in(&self) -> (String, String) {
        let url = authorise::begin_sign_in(&self.deps.ports, "/console/time").await.unwrap();
        let cookie = self.set_out(&url).await;
        (url, cookie)
    }

    async fn begin(&self, return_to: &str) -> String {
        authorise::begin(&self.deps.ports, &a_firm(), return_to).await.unwrap()
    }

    /// Sets out; the cookie as the browser brings it.
    async fn set_out(&self, url: &str) -> String {
        let answer = self.get("/oauth/start", query(url), &[]).await;
        cookies(&answer)[0].split_once(';').unwrap().0.to_owned()
    }

    /// Ann says yes; the query that Xero sends her back with.
    fn consent(&self, url: &str) -> String {
        let back = self.deps.ports.identity.consent(url, "ann");
        format!("state={}&code={}", escaped(&back.state), escaped(back.code.reveal()))
    }

    async fn get(&self, path: &str, query: &str, cookies: &[&str]) -> Response<Body> {
        self.send("GET", path, query, cookies).await
    }

    /// A request as API Gateway hands it to Lambda.
    async fn send(
        &self,
        method: &str,
        path: &str,
        query: &str,
        cookies: &[&str],
    ) -> Response<Body> {
        let mut event = json!({
            "version": "2.0",
            "routeKey": "GET /oauth/{proxy+}",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"host": "tandem.example", "x-forwarded-proto": "https"},
            "requestContext": {
                "accountId": "123456789012", "apiId": "a1", "domainName": "tandem.example",
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1",
                    "sourceIp": "203.0.113.7", "userAgent": "test"},
                "requestId": "r-1", "routeKey": "GET /oauth/{proxy+}", "stage": "$default",
                "time": "22/Nov/2026:12:00:00 +0000",
                "timeEpoch": self.deps.ports.clock.now().as_millisecond(),
            },
            "isBase64Encoded": false,
        });
        if !cookies.is_empty() {
            event["cookies"] = json!(cookies);
        }
        handle(&self.deps, from_str(&event.to_string()).unwrap()).await
    }

    async fn state(&self) -> State {
        connection::read(&self.deps.ports.store, &firm()).await.unwrap().state
    }
}

fn a_firm() -> Firm {
    let settings = Settings { region: Some("AU".into()), ..Settings::default() };
    Firm { id: firm(), name: "Demo".into(), settings, webhook_secrets: vec![] }
}

fn firm() -> FirmId {
    FirmId::parse("demo").unwrap()
}

fn tenant(id: &str) -> TenantId {
    TenantId::parse(id).unwrap()
}

fn query(url: &str) -> &str {
    url.split_once('?').unwrap().1
}

fn escaped(text: &str) -> String {
    let escaped = |it: u8| match it {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(it).to_string(),
        _ => format!("%{it:02X}"),
    };
    text.bytes().map(escaped).collect()
}

fn location(answer: &Response<Body>) -> Option<&str> {
    answer.headers().get("location").map(|it| it.to_str().unwrap())
}

/// The cookies that are set, of which there is at least one.
fn cookies(answer: &Response<Body>) -> Vec<String> {
    let all = set_cookies(answer);
    assert!(!all.is_empty(), "no cookie is set: {answer:?}");
    all
}

fn set_cookies(answer: &Response<Body>) -> Vec<String> {
    let all = answer.headers().get_all("set-cookie").iter();
    all.map(|it| it.to_str().unwrap().to_owned()).collect()
}

fn body(answer: &Response<Body>) -> &str {
    std::str::from_utf8(answer.body()).unwrap()
}

/// What every answer carries: nobody keeps it, and no other site learns the address.
fn closed(answer: &Response<Body>) {
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
}

fn page(answer: &Response<Body>, status: u16, title: &str) {
    assert_eq!(answer.status(), status, "{}", body(answer));
    assert!(body(answer).contains(&format!("<h1>{title}</h1>")), "{}", body(answer));
    let headers = answer.headers();
    assert_eq!(headers["content-type"], "text/html; charset=utf-8");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; frame-ancestors 'none'"));
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["x-frame-options"], "DENY");
    closed(answer);
}

fn problem(answer: &Response<Body>, status: u16, code: &str) {
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let said: Value = serde_json::from_str(body(answer)).unwrap();
    assert_eq!((&said["status"], &said["code"]), (&json!(status), &json!(code)));
    closed(answer);
}

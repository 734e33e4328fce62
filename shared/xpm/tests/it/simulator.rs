//! Each call against the simulator, which was written from the same sheet by other hands.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::TenantId;
use domain::ports::{
    Access, Authorisation, Denied, Directory, Identity, Jobs, Purpose, Reply, Secret, TENANT_TYPE,
    Timesheets, Unproven,
};
use domain::practice::{
    Address, ClientDraft, ContactDraft, CostSheet, Job, JobOrder, JobTask, Timesheet,
};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use xpm::{IdentitySettings, XeroIdentity, Xpm};
use xpm_sim::{App, Fault, IdToken, Kind, Knobs, Match, Options, Simulator};

use crate::reading::Taken;
use crate::server::{PATIENCE, ending, number, uuid, xpm_at};

/// Long enough for a call to take effect, though its answer never comes.
const A_SECOND: Duration = Duration::from_secs(1);

async fn simulator() -> Simulator {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Simulator::start(listener, Options::default()).unwrap()
}

fn xpm(simulator: &Simulator) -> Xpm {
    xpm_at(&format!("{}/practicemanager/3.1", simulator.url()), PATIENCE)
}

fn access(simulator: &Simulator) -> Access {
    let credentials = simulator.control().connect(&[]).unwrap();
    Access {
        token: Secret::new(credentials.access_token),
        tenant: TenantId::parse(credentials.tenants[0].to_string()).unwrap(),
    }
}

/// An open job with a task that someone may book time to.
async fn bookable(xpm: &Xpm, access: &Access) -> (Job, JobTask) {
    for job in xpm.current_jobs(access).await.outcome.unwrap() {
        let job = xpm.job(access, &job.number).await.outcome.unwrap().unwrap();
        let mut tasks = job.tasks.clone().unwrap().into_iter();
        if let Some(task) = tasks.find(|it| !it.completed && !it.staff.is_empty()) {
            return (job, task);
        }
    }
    panic!("the demo firm has no work");
}

fn sheet(job: &Job, task: &JobTask) -> Timesheet {
    Timesheet {
        job: job.number.clone(),
        job_task: task.uuid.clone(),
        staff: task.staff[0].clone(),
        date: date(2026, 11, 3),
        minutes: 90,
        note: "Called Ng & Söns: \"<done>\"\nsecond line".to_owned(),
    }
}

#[tokio::test]
async fn clients_are_listed_found_and_searched_for() {
    let simulator = simulator().await;
    let (xpm, access) = (xpm(&simulator), access(&simulator));
    let mut taken = Taken::default();
    let reply = xpm.clients(&access, None, &mut taken).await;
    let clients = taken.0.concat();
    assert_eq!(reply.outcome.unwrap(), clients.len() as u64);
    assert!(reply.left.day.is_some() && reply.left.minute.is_some());
    assert!(
        clients.iter().any(|it| it.archived) && clients.iter().any(|it| !it.contacts.is_empty())
    );
    for client in clients.iter().filter(|it| !it.deleted).take(3) {
        let found = xpm.client(&access, &client.uuid).await.outcome.unwrap().unwrap();
        assert_eq!((&found.name, &found.physical), (&client.name, &client.physical));
        let found = xpm.search_clients(&access, &client.name).await.outcome.unwrap();
        assert!(found.iter().any(|it| it.uuid == client.uuid));
    }
    assert_eq!(
        xpm.client(&access, &uuid("00000000-0000-4000-8000-000000000000")).await.outcome.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_client_and_a_contact_are_added_and_changed() {
    let simulator = simulator().await;
    let (xpm, access) = (xpm(&simulator), access(&simulator));
    let draft = ClientDraft {
        name: Some("Łódź & Söns <Pty> Ltd".to_owned()),
        email: Some("a@example.com".to_owned()),
        physical: Some(Address {
            lines: vec!["1 High St".to_owned(), "Level 2".to_owned()],
            city: Some("Perth".to_owned()),
            ..Address::default()
        }),
        ..ClientDraft::default()
    };
    let added = xpm.add_client(&access, &draft).await.outcome.unwrap();
    assert_eq!((Some(&added.name), &added.physical), (draft.name.as_ref(), &draft.physical));
    let change = ClientDraft { phone: Some("02 5550 0000".to_owned()), ..ClientDraft::default() };
    let changed = xpm.update_client(&access, &added.uuid, &change).await.outcome.unwrap();
    assert_eq!((&changed.name, &changed.phone), (&added.name, &change.phone));
    let person = ContactDraft {
        name: Some("Zoë Ng".to_owned()),
        position: Some("CEO".to_owned()),
        primary: Some(true),
        ..ContactDraft::default()
    };
    let contact = xpm.add_contact(&access, &added.uuid, &person).await.outcome.unwrap();
    assert_eq!((contact.name.as_str(), contact.primary), ("Zoë Ng", true));
    let change =
        ContactDraft { mobile: Some("0491 570 156".to_owned()), ..ContactDraft::default() };
    let changed = xpm.update_contact(&access, &added.uuid, &contact.uuid, &change).await;
    assert_eq!(changed.outcome.unwrap().mobile, change.mobile);
    let found = xpm.client(&access, &added.uuid).await.outcome.unwrap().unwrap();
    assert_eq!(found.contacts[0].position.as_deref(), Some("CEO"));
    let nameless = xpm.add_client(&access, &ClientDraft::default()).await;
    assert!(ending(&nameless.outcome).starts_with("refused 200: "), "{nameless:?}");
}

/// KB-56: what a change does not name stays as it is, in XPM's own ledger: the tax number that is only
/// ever read masked, what is read and written in different words, and everything else.
#[tokio::test]
async fn kb_56_a_change_touches_nothing_that_it_does_not_name() {
    let simulator = simulator().await;
    let (xpm, access) = (xpm(&simulator), access(&simulator));
    let ledger =
        || simulator.control().ledger(None).unwrap()["clients"].as_array().unwrap().clone();
    let before = ledger();
    let filled =
        |it: &&serde_json::Value| ["tax_number", "website"].iter().all(|name| it[*name] != "");
    let rich = before.iter().find(filled).unwrap();
    let id = uuid(rich["uuid"].as_str().unwrap());
    let there = xpm.client(&access, &id).await.outcome.unwrap().unwrap();
    let city = Address { city: Some("Elsewhere".to_owned()), ..Address::default() };
    let change = ClientDraft {
        phone: Some("02 5550 0000".to_owned()),
        physical: Some(city),
        ..ClientDraft::default()
    };
    let changed = xpm.update_client(&access, &id, &change).await.outcome.unwrap();
    let home = there.physical.map(|it| Address { city: Some("Elsewhere".to_owned()), ..it });
    assert_eq!((&changed.physical, &changed.postal), (&home, &there.postal));
    for (one, other) in before.iter().zip(ledger()) {
        let differ = |(name, value): (&String, &serde_json::Value)| {
            (other[name] != *value).then(|| name.clone())
        };
        let differing: Vec<String> = one.as_object().unwrap().iter().filter_map(differ).collect();
        let expected: &[&str] = match one["uuid"] == rich["uuid"] {
            true => &["city", "modified_at", "phone"],
            false => &[],
        };
        assert_eq!(differing, expected, "{}", one["name"]);
    }
}

#[tokio::test]
async fn kb_51_one_contact_stands_at_two_clients() {
    let simulator = simulator().await;
    let (xpm, access) = (xpm(&simulator), access(&simulator));
    let named = |it: &str| ClientDraft { name: Some(it.to_owned()), ..ClientDraft::default() };
    let one = xpm.add_client(&access, &named("One")).await.outcome.unwrap();
    let two = xpm.add_client(&access, &named("Two")).await.outcome.unwrap();
    let ann = ContactDraft { name: Some("Ann".to_owned()), ..ContactDraft::default() };
    let ann = xpm.add_contact(&access, &one.uuid, &ann).await.outcome.unwrap();
    for _ in 0..2 {
        xpm.link_contact(&access, &two.uuid, &ann.uuid, Some("CEO")).await.outcome.unwrap();
    }
    let there = xpm.client(&access, &two.uuid).await.outcome.unwrap().unwrap().contacts;
    assert_eq!(there.len(), 1);
    assert_eq!((&there[0].uuid, there[0].position.as_deref()), (&ann.uuid, Some("CEO")));
    let nobody = xpm.link_contact(&access, &two.uuid, &uuid("dead"), None).await;
    assert!(ending(&nobody.outcome).starts_with("refused"), "{nobody:?}");
}

#[tokio::test]
async fn the_firms_lists_and_jobs_are_read() {
    let simulator = simulator().await;
    let (xpm, access) = (xpm(&simulator), access(&simulator));
    assert!(xpm.staff(&access).await.outcome.unwrap().iter().any(|it| it.email.is_some()));
    assert!(!xpm.tasks(&access).await.outcome.unwrap().is_empty());
    assert!(!xpm.templates(&access).await.outcome.unwrap().is_empty());
    let current = xpm.current_jobs(&access).await.outcome.unwrap();
    assert!(current.iter().all(|it| it.tasks.is_none()));
    let (job, _) = bookable(&xpm, &access).await;
    let jobs = xpm.jobs_of(&access, &job.client.as_ref().unwrap().uuid).await.outcome.unwrap();
    assert!(jobs.contains(&job));
    assert_eq!(xpm.job(&access, &number("J999999")).await.outcome.unwrap(), None);
}

#[tokio::test]
async fn time_is_booked_changed_listed_and_removed() {
    let simulator = simulator().await;
    let (xpm, access) = (xpm(&simulator), access(&simulator));
    let (job, task) = bookable(&xpm, &access).await;
    let sheet = sheet(&job, &task);
    let booked = xpm.add_time(&access, &sheet).await.outcome.unwrap();
    assert_eq!((&booked.sheet, booked.invoiced), (&sheet, false));
    let longer = Timesheet { minutes: 120, ..sheet.clone() };
    let changed = xpm.update_time(&access, &booked.uuid, &longer).await.outcome.unwrap();
    assert_eq!((&changed.uuid, &changed.sheet), (&booked.uuid, &longer));
    assert_eq!(xpm.time(&access, &booked.uuid).await.outcome.unwrap(), Some(changed.clone()));
    let of_job = xpm.times_of_job(&access, &job.number, sheet.date, sheet.date).await;
    assert!(of_job.outcome.unwrap().contains(&changed));
    let of_staff = xpm.times_of_staff(&access, &sheet.staff, sheet.date, sheet.date).await;
    assert!(of_staff.outcome.unwrap().contains(&changed));
    xpm.delete_time(&access, &booked.uuid).await.outcome.unwrap();
    assert_eq!(xpm.time(&access, &booked.uuid).await.outcome.unwrap(), None);
    xpm.delete_time(&access, &booked.uuid).await.outcome.unwrap();
}

/// XB-80: who is not on a task records time on it once they are put on it.
#[tokio::test]
async fn xb_80_someone_is_put_on_a_task_and_may_record_time() {
    let simulator = simulator().await;
    let (xpm, access) = (xpm(&simulator), access(&simulator));
    let (job, task) = bookable(&xpm, &access).await;
    let staff = xpm.staff(&access).await.outcome.unwrap();
    let other = staff.iter().find(|it| !task.staff.contains(&it.uuid)).unwrap();
    let theirs = Timesheet { staff: other.uuid.clone(), ..sheet(&job, &task) };
    assert!(ending(&xpm.add_time(&access, &theirs).await.outcome).starts_with("refused 200: "));
    for _ in 0..2 {
        let put = xpm.assign_to_task(&access, &job.number, &task.uuid, &other.uuid).await;
        put.outcome.unwrap();
    }
    assert_eq!(xpm.add_time(&access, &theirs).await.outcome.unwrap().sheet, theirs);
}

#[tokio::test]
async fn g09_an_addition_in_trouble_is_uncertain_and_sent_once() {
    let simulator = simulator().await;
    let (xpm, access) = (xpm(&simulator), access(&simulator));
    let (job, task) = bookable(&xpm, &access).await;
    let hurried = xpm_at(&format!("{}/practicemanager/3.1", simulator.url()), A_SECOND);
    for (kind, code, done) in [
        (Kind::TimeoutBefore, None, 0),
        (Kind::TimeoutAfterCommit, None, 1),
        (Kind::ResetBeforeCommit, None, 0),
        (Kind::ResetAfterCommit, None, 1),
        (Kind::Truncate, None, 1),
        (Kind::Html, None, 0),
        (Kind::Garbage, None, 0),
        (Kind::Status, Some(500), 0),
        (Kind::Status, Some(503), 0),
    ] {
        let before =
            xpm.times_of_job(&access, &job.number, date(2026, 11, 3), date(2026, 11, 3)).await;
        let matching = Match { path: Some("time.api/add".to_owned()), ..Match::default() };
        simulator.control().set_faults(vec![Fault {
            matching,
            code,
            ..serde_json::from_value(serde_json::json!({ "kind": kind })).unwrap()
        }]);
        let seen = simulator.control().calls(0).len();
        let waits = matches!(kind, Kind::TimeoutBefore | Kind::TimeoutAfterCommit);
        let adding = if waits { &hurried } else { &xpm };
        let reply = adding.add_time(&access, &sheet(&job, &task)).await;
        assert_eq!(ending(&reply.outcome), "uncertain", "{kind:?}");
        assert_eq!(simulator.control().calls(0).len(), seen + 1, "{kind:?} was sent once");
        let after =
            xpm.times_of_job(&access, &job.number, date(2026, 11, 3), date(2026, 11, 3)).await;
        let (before, after) = (before.outcome.unwrap().len(), after.outcome.unwrap().len());
        assert_eq!(after - before, done, "{kind:?}");
    }
}

/// What a person's browser does with the page of consent: answers the code.
async fn consent(url: &str, tenant: &str) -> String {
    let http =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    assert_eq!(http.get(url).send().await.unwrap().status(), 200);
    let url = reqwest::Url::parse(url).unwrap();
    let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    form.push(("decision".to_owned(), "allow".to_owned()));
    form.push(("tenant".to_owned(), tenant.to_owned()));
    let decide = url.join("/identity/connect/consent").unwrap();
    let answer = http.post(decide).form(&form).send().await.unwrap();
    let back = reqwest::Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    let pairs: Vec<(String, String)> = back.query_pairs().into_owned().collect();
    assert!(pairs.contains(&("state".to_owned(), "a state".to_owned())));
    pairs.into_iter().find(|(name, _)| name == "code").unwrap().1
}

/// Where the clock of [`standing`] stands.
const NOW: Timestamp = Timestamp::constant(1_795_348_800, 0);

/// A simulator whose clock stands still.
async fn standing() -> Simulator {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Simulator::start(listener, Options { now: Some(NOW), ..Options::default() }).unwrap()
}

fn identity(simulator: &Simulator) -> XeroIdentity {
    let app = App::default();
    XeroIdentity::new(IdentitySettings {
        client_id: app.client_id,
        client_secret: Secret::new(app.client_secret),
        redirect_uri: app.redirect_uris[0].clone(),
        login: simulator.url(),
        identity: simulator.url(),
        api: simulator.url(),
        total: PATIENCE,
    })
    .unwrap()
}

const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters";

/// The id token of a person who signs in.
async fn sign_in(identity: &XeroIdentity) -> Secret {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let purpose = Purpose::SignIn;
    let ask = Authorisation { state: "a state", challenge: &challenge, nonce: "n", purpose };
    let code = Secret::new(consent(&identity.authorise_url(&ask), "").await);
    identity.redeem(&code, &Secret::new(VERIFIER)).await.unwrap()
}

/// OpenID Connect Core, 3.1.3.7: each of these is one wrong thing away from a good token.
#[tokio::test]
async fn g53_only_xeros_own_word_for_this_app_now_and_for_this_request_is_believed() {
    let simulator = standing().await;
    let control = simulator.control();
    let identity = identity(&simulator);
    let now = NOW;
    let id_token = sign_in(&identity).await;
    let person = identity.verify(&id_token, "n", now).await.unwrap();
    assert_eq!(person.email.unwrap().as_str(), "morgan.reyes@harbourvale.example.com");
    assert_eq!(person.name, "Morgan Reyes");
    let connected = identity.connections(&Secret::new("")).await;
    assert!(connected.is_err(), "signing in gives nothing to call with");
    for (wrong, part) in [
        (IdToken::WrongAudience, "audience"),
        (IdToken::WrongIssuer, "issuer"),
        (IdToken::WrongKey, "signature"),
        (IdToken::UnknownKey, "key"),
        (IdToken::Expired, "expiry"),
        (IdToken::Early, "issue time"),
        (IdToken::WrongNonce, "nonce"),
        (IdToken::Unsigned, "header"),
    ] {
        control.set_knobs(Knobs { id_token: wrong, ..control.knobs() }).unwrap();
        let refused = identity.verify(&sign_in(&identity).await, "n", now).await;
        let Err(Unproven::Wrong(found)) = refused else { panic!("{wrong:?}: {refused:?}") };
        assert_eq!(found, part, "{wrong:?}");
    }
    // A minute of difference between the clocks is forgiven, two are not: the token lives 300 s.
    for (seconds, good) in [(-59, true), (-120, false), (359, true), (420, false)] {
        let then = now + SignedDuration::from_secs(seconds);
        assert_eq!(identity.verify(&id_token, "n", then).await.is_ok(), good, "{seconds}");
    }
}

fn keys_read(simulator: &Simulator) -> usize {
    let calls = simulator.control().calls(0);
    calls.iter().filter(|it| it.path.ends_with("/jwks")).count()
}

#[tokio::test]
async fn an_unknown_key_has_the_keys_read_anew_at_most_once_a_minute() {
    let simulator = standing().await;
    let control = simulator.control();
    let identity = identity(&simulator);
    let now = NOW;
    let good = sign_in(&identity).await;
    for _ in 0..3 {
        identity.verify(&good, "n", now).await.unwrap();
    }
    assert_eq!(keys_read(&simulator), 1);
    control.set_knobs(Knobs { id_token: IdToken::UnknownKey, ..control.knobs() }).unwrap();
    let foreign = sign_in(&identity).await;
    for (seconds, read) in [(1, 1), (59, 1), (60, 2), (61, 2), (121, 3)] {
        let then = now + SignedDuration::from_secs(seconds);
        assert!(identity.verify(&foreign, "n", then).await.is_err());
        assert_eq!(keys_read(&simulator), read, "{seconds}");
    }
}

#[tokio::test]
async fn a_person_consents_and_the_tokens_live_and_die() {
    let simulator = standing().await;
    let identity = identity(&simulator);
    let verifier = VERIFIER;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    let purpose = Purpose::Connect;
    let ask = Authorisation { state: "a state", challenge: &challenge, nonce: "a nonce", purpose };
    let tenant = simulator.control().knobs().tenants[0].clone();
    let code = Secret::new(consent(&identity.authorise_url(&ask), &tenant).await);
    let wrong = identity.exchange(&code, &Secret::new("x".repeat(43))).await;
    assert!(matches!(wrong, Err(Denied::InvalidGrant)), "{wrong:?}");

    let code = Secret::new(consent(&identity.authorise_url(&ask), &tenant).await);
    let first = identity.exchange(&code, &Secret::new(verifier)).await.unwrap();
    let id_token = first.id_token.unwrap();
    assert!(identity.verify(&id_token, "a nonce", NOW).await.is_ok());
    let connected = identity.connections(&first.access).await.unwrap();
    let ours = connected.iter().find(|it| it.tenant_type == TENANT_TYPE).unwrap();
    assert!(ours.name == tenant && ours.updated.is_some(), "{ours:?}");
    let second = identity.refresh(&first.refresh).await.unwrap();
    assert_ne!(second.refresh, first.refresh);
    let access = Access { token: second.access.clone(), tenant: ours.tenant.clone() };
    assert_eq!(ending(&xpm(&simulator).staff(&access).await.outcome), "ok");
    identity.revoke(&second.refresh).await.unwrap();
    let dead = identity.refresh(&second.refresh).await;
    assert!(matches!(dead, Err(Denied::InvalidGrant)), "{dead:?}");
    assert_ne!(ending(&xpm(&simulator).staff(&access).await.outcome), "ok");
}

fn cost(description: &str) -> CostSheet {
    CostSheet {
        date: date(2026, 11, 22),
        description: description.to_owned(),
        billable: false,
        quantity: "2.5".parse().unwrap(),
        unit_cost: "0.10".parse().unwrap(),
        unit_price: "-12345678.05".parse().unwrap(),
    }
}

/// CA-06, CA-09, CA-12, CA-17, CA-19, CA-20: the saga's calls, as XPM takes them.
#[tokio::test]
async fn ca_18_a_job_is_added_staffed_costed_put_in_a_state_and_deleted() {
    let simulator = simulator().await;
    let (xpm, access) = (xpm(&simulator), access(&simulator));
    let client = xpm.current_jobs(&access).await.outcome.unwrap()[0].client.clone().unwrap();
    let template = xpm.templates(&access).await.outcome.unwrap().remove(0);
    let staff: Vec<_> =
        xpm.staff(&access).await.outcome.unwrap().into_iter().map(|it| it.uuid).take(2).collect();
    let order = JobOrder {
        client: client.uuid.clone(),
        name: "Minutes & <resolutions> 🙂".to_owned(),
        description: "first\nsecond & <third>".to_owned(),
        start_date: date(2026, 11, 22),
        due_date: date(2026, 12, 31),
        template: template.uuid.clone(),
    };
    let job = xpm.add_job(&access, &order).await.outcome.unwrap();
    assert_eq!((&job.name, job.state.as_str()), (&order.name, "Planned"));
    assert_eq!((job.start_date, job.due_date), (Some(order.start_date), Some(order.due_date)));
    let there = xpm.jobs_of(&access, &client.uuid).await.outcome.unwrap();
    assert!(there.iter().any(|it| it.number == job.number && it.name == order.name));

    xpm.assign(&access, &job.number, &staff).await.outcome.unwrap();
    xpm.set_state(&access, &job.number, "INPROGRESS").await.outcome.unwrap();
    let whole = xpm.job(&access, &job.number).await.outcome.unwrap().unwrap();
    assert_eq!(whole.staff.iter().map(|it| it.uuid.clone()).collect::<Vec<_>>(), staff);
    assert_eq!(whole.state, "In Progress");
    let url = xpm.job_url(&access, &job.number).await.outcome.unwrap().unwrap();
    assert!(url.starts_with("https://"), "{url}");

    let before = xpm.costs_of(&access, &job.number).await.outcome.unwrap().len();
    let sheet = cost("Fee & <stamp> 🙂");
    let one = xpm.add_cost(&access, &job.number, &sheet).await.outcome.unwrap();
    let two = xpm.add_cost(&access, &job.number, &sheet).await.outcome.unwrap();
    assert_ne!(one, two, "XPM takes the same cost twice");
    xpm.update_cost(&access, &two, &cost("changed")).await.outcome.unwrap();
    let costs = xpm.costs_of(&access, &job.number).await.outcome.unwrap();
    assert_eq!(costs.len(), before + 2);
    let find = |uuid| costs.iter().find(|it| it.uuid == uuid).unwrap().sheet.clone();
    assert_eq!((find(one), find(two)), (sheet, cost("changed")));

    assert_eq!(xpm.invoices_of(&access, &job.number).await.outcome.unwrap(), 0);
    xpm.delete_job(&access, &job.number).await.outcome.unwrap();
    xpm.delete_job(&access, &job.number).await.outcome.unwrap();
    assert_eq!(xpm.job(&access, &job.number).await.outcome.unwrap(), None);
    assert_eq!(xpm.job_url(&access, &job.number).await.outcome.unwrap(), None);
}

/// CA-06: what XPM does not know is refused, in its words.
#[tokio::test]
async fn ca_06_an_unknown_template_client_person_or_state_is_refused() {
    let simulator = simulator().await;
    let (xpm, access) = (xpm(&simulator), access(&simulator));
    let nobody = uuid("00000000-0000-4000-8000-000000000000");
    let job = xpm.current_jobs(&access).await.outcome.unwrap().remove(0);
    let order = JobOrder {
        client: job.client.clone().unwrap().uuid,
        name: "x".to_owned(),
        description: String::new(),
        start_date: date(2026, 11, 22),
        due_date: date(2026, 11, 22),
        template: nobody.clone(),
    };
    let strange = JobOrder { client: nobody.clone(), ..order.clone() };
    let words = [
        refusal(xpm.add_job(&access, &order).await),
        refusal(xpm.add_job(&access, &strange).await),
        refusal(xpm.assign(&access, &job.number, std::slice::from_ref(&nobody)).await),
        refusal(xpm.set_state(&access, &job.number, "NOPE").await),
        refusal(xpm.add_cost(&access, &number("J999999"), &cost("x")).await),
        refusal(xpm.update_cost(&access, &nobody, &cost("x")).await),
    ];
    assert_eq!(
        words,
        [
            "Invalid job template identifier",
            "Invalid client identifier",
            "Invalid staff identifier for add request",
            "Invalid state code",
            "Invalid job identifier",
            "Invalid cost identifier",
        ]
    );
}

fn refusal<T: std::fmt::Debug>(reply: Reply<T>) -> String {
    match reply.outcome {
        Err(domain::ports::Fault::Refused { words, .. }) => words,
        other => panic!("{other:?}"),
    }
}

/// The sheet documents the list without an envelope, and expects one.
#[tokio::test]
async fn ca_11_costs_are_read_with_an_envelope_and_without() {
    let simulator = simulator().await;
    let (xpm, access) = (xpm(&simulator), access(&simulator));
    let job = xpm.current_jobs(&access).await.outcome.unwrap().remove(0);
    let uuid = xpm.add_cost(&access, &job.number, &cost("x")).await.outcome.unwrap();
    let knobs = Knobs { costs_in_envelope: false, ..simulator.control().knobs() };
    simulator.control().set_knobs(knobs).unwrap();
    let costs = xpm.costs_of(&access, &job.number).await.outcome.unwrap();
    assert!(costs.iter().any(|it| it.uuid == uuid));
    assert!(xpm.costs_of(&access, &number("J999999")).await.outcome.is_err());
}

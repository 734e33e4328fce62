//! The function's events: wakes from the queue, and the minute's sweep.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use contact_sync::handle;
use domain::connection::{self, Connection, Organisation, State, tokens};
use domain::contacts::{book, sync};
use domain::desired::Stamp;
use domain::firm::{Firm, Settings};
use domain::ids::{FirmId, TenantId};
use domain::ports::{Clock, Lane, Lanes, Store, Wake};
use domain::records;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, LambdaEvent};
use memory::practice::Method;
use memory::{Lines, MemoryPorts};
use runtime::metrics::Meter;
use runtime::telemetry::subscriber;
use serde_json::{Value, json};
use tracing::subscriber::set_global_default;

#[tokio::test]
async fn g14_a_firm_woken_twice_is_worked_once_and_an_unreadable_message_returns_alone() {
    let ports = connected().await;
    mark(&ports).await;
    let good = json!({"firm": "demo", "lane": "contacts"});
    let bodies = [good.to_string(), "unreadable".into(), good.to_string()];
    let answer = handle(&ports, event(&ports, queue(&bodies))).await.unwrap();
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "m-1"}]}));
    let runs = sync::list(&ports.store, &firm(), None, 10).await.unwrap().0;
    assert_eq!(runs.len(), 1);
}

#[tokio::test]
async fn g14_a_firm_that_cannot_be_worked_returns() {
    let ports = connected().await;
    mark(&ports).await;
    ports.store.fail_reads(1);
    let body = json!({"firm": "demo", "lane": "contacts"}).to_string();
    let answer = handle(&ports, event(&ports, queue(&[body]))).await.unwrap();
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "m-0"}]}));
}

#[tokio::test]
async fn the_sweep_wakes_what_is_due() {
    let ports = connected().await;
    let sweep = json!({"source": "tandem.schedule", "detail-type": "sweep"});
    handle(&ports, event(&ports, sweep.clone())).await.unwrap();
    assert_eq!(ports.wakes.take(), []);
    mark(&ports).await;
    handle(&ports, event(&ports, sweep)).await.unwrap();
    assert_eq!(ports.wakes.take(), [Wake { firm: firm(), lane: Lane::Contacts }]);
}

#[tokio::test]
async fn kb_53_the_sweep_wakes_both_lanes() {
    let ports = connected().await;
    mark(&ports).await;
    ports.store.mark(&firm(), Lane::ContactsOut, ports.clock.now()).await.unwrap();
    let sweep = json!({"source": "tandem.schedule", "detail-type": "sweep"});
    handle(&ports, event(&ports, sweep)).await.unwrap();
    let wake = |lane| Wake { firm: firm(), lane };
    assert_eq!(ports.wakes.take(), [wake(Lane::ContactsOut), wake(Lane::Contacts)]);
}

/// A push that comes in one batch with a pull does not wait for it.
#[tokio::test]
async fn kb_53_what_goes_to_xpm_comes_before_a_pull() {
    let ports = connected().await;
    mark(&ports).await;
    push_clients(&ports).await;
    let wake = |lane: &str| json!({"firm": "demo", "lane": lane}).to_string();
    let batch = queue(&[wake("contacts"), wake("contacts_out"), wake("time")]);
    let answer = handle(&ports, event(&ports, batch)).await.unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}));
    let calls: Vec<Method> = ports.practice.calls().into_iter().map(|it| it.method).collect();
    assert_eq!(calls, [Method::SearchClients, Method::AddClient, Method::Clients]);
}

/// A contact that is to be a client, at a firm that is ready for it.
async fn push_clients(ports: &MemoryPorts) {
    let kept = records::get::<Firm>(&ports.store, &firm(), "firm").await.unwrap().unwrap();
    let mut it = kept.record;
    it.settings.region = Some("AU".into());
    it.settings.time_zone = Some("Australia/Sydney".into());
    it.settings.contact_sync.push_contact_types = vec!["Client".into()];
    let change = records::put(&firm(), &it, Some(kept.version)).unwrap();
    let _ = ports.store.commit(vec![change]).await.unwrap();
    connection::synced(&ports.store, &firm(), ports.clock.now()).await.unwrap();
    let contact = json!({"id": "o-1", "kind": "organisation", "name": "Beta",
        "contact_type": "Client"});
    let stamp = Stamp { version: None, as_of: ports.clock.now() };
    let contact = serde_json::from_value(contact).unwrap();
    book::put(&ports.store, &firm(), contact, stamp).await.unwrap();
}

#[tokio::test]
async fn an_event_of_another_kind_is_malformed() {
    let ports = connected().await;
    let error = handle(&ports, event(&ports, json!({}))).await.unwrap_err();
    assert_eq!(error.error_type, "Malformed");
}

/// The metrics name no firm: the one of this test is in no line.
#[tokio::test]
async fn what_the_function_did_can_be_read_from_its_metrics() {
    let ports = connected().await;
    mark(&ports).await;
    let lines = counting();
    let wake = json!({"firm": "demo", "lane": "contacts"}).to_string();
    let bodies = [wake.clone(), "unreadable".into()];
    handle(&ports, event(&ports, queue(&bodies))).await.unwrap();
    let told = ["WakesWorked", "WakesFailed", "CallsAnswered", "RecordsRead", "SyncsDone"];
    assert_eq!(told.map(|it| lines.sum(it)), [1, 1, 1, 1, 1]);
    assert_eq!((lines.sum("SyncsOverdue"), lines.sum("InvalidGrants")), (0, 0));

    // A refresh token that nobody uses for 60 days is one that Xero takes no more.
    ports.clock.advance(SignedDuration::from_hours(24 * 61));
    handle(&ports, event(&ports, json!({"source": "tandem.schedule", "detail-type": "sweep"})))
        .await
        .unwrap();
    handle(&ports, event(&ports, queue(&[wake]))).await.unwrap();
    let told = ["LanesSwept", "SyncsOverdue", "InvalidGrants", "SyncsDone"];
    assert_eq!(told.map(|it| lines.sum(it)), [1, 1, 1, 1]);
    assert!(!lines.all().concat().contains("demo"));
}

async fn connected() -> MemoryPorts {
    let ports = MemoryPorts::default();
    let tenant = TenantId::parse("tenant-1").unwrap();
    let (id, name) = (firm(), "Demo".to_owned());
    let it = Firm { id, name, settings: Settings::default(), webhook_secrets: vec![] };
    let organisation = Some(Organisation { tenant: tenant.clone(), name: "Demo".into() });
    let connection = Connection { state: State::Connected, organisation, ..Connection::default() };
    let changes = vec![
        records::put(&firm(), &it, None).unwrap(),
        records::put(&firm(), &connection, None).unwrap(),
    ];
    let _ = ports.store.commit(changes).await.unwrap();
    ports.identity.connect("ann", &tenant, "Demo");
    let grant = ports.identity.grant("ann");
    tokens::keep(&ports, &firm(), &grant).await.unwrap();
    let client = json!({"uuid": "a1", "name": "Acme"});
    ports.practice.put_client(&tenant, serde_json::from_value(client).unwrap());
    ports
}

async fn mark(ports: &MemoryPorts) {
    ports.store.mark(&firm(), Lane::Contacts, ports.clock.now()).await.unwrap();
}

fn firm() -> FirmId {
    FirmId::parse("demo").unwrap()
}

fn event(ports: &MemoryPorts, payload: Value) -> LambdaEvent<Value> {
    let mut context = Context::default();
    let ends = ports.clock.now().as_millisecond() + 60_000;
    context.deadline = u64::try_from(ends).unwrap();
    LambdaEvent::new(payload, context)
}

fn queue(bodies: &[String]) -> Value {
    let record = |(n, body): (usize, &String)| json!({"messageId": format!("m-{n}"), "body": body, "eventSource": "aws:sqs"});
    json!({"Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>()})
}

thread_local! {
    static COUNTS: Lines = Lines::default();
}

/// Counts what happens from now on. The subscriber is the process's, because one of a thread's own
/// is missed by call sites that another thread reaches first; the lines are the thread's.
fn counting() -> Lines {
    let meter = Meter { function: "contact_sync".into(), now: || Timestamp::UNIX_EPOCH };
    let counts = subscriber("off", || COUNTS.with(Lines::clone), Some(meter)).unwrap();
    let _ = set_global_default(counts);
    COUNTS.with(Lines::clear);
    COUNTS.with(Lines::clone)
}

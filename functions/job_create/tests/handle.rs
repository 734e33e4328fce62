//! The function's events: wakes from the queue, and the minute's sweep.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use domain::connection::{Connection, Organisation, State, tokens};
use domain::contacts::book;
use domain::contacts::matches::ContactMatch;
use domain::desired::Stamp;
use domain::firm::{Firm, Settings};
use domain::ids::{DocumentSetId, FirmId, TenantId};
use domain::jobs::desk::{self, Hand};
use domain::jobs::draft::{Action, Plan};
use domain::journal::Actor;
use domain::ports::{Clock, Lane, Lanes, Store, Wake};
use domain::practice::Named;
use domain::records;
use job_create::handle;
use lambda_runtime::{Context, LambdaEvent};
use memory::MemoryPorts;
use serde_json::{Value, json};

/// G14, CA-18: woken twice, the job is created once; the message that cannot be read returns alone.
#[tokio::test]
async fn ca_18_a_firm_woken_twice_creates_one_job_and_an_unreadable_message_returns_alone() {
    let ports = connected().await;
    committed(&ports).await;
    let good = json!({"firm": "demo", "lane": "jobs"});
    let bodies = [good.to_string(), "unreadable".into(), good.to_string()];
    let answer = handle(&ports, event(&ports, queue(&bodies))).await.unwrap();
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "m-1"}]}));
    let jobs = ports.practice.jobs_now(&tenant());
    assert_eq!(jobs.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Minutes"]);
}

#[tokio::test]
async fn g14_a_firm_that_cannot_be_worked_returns() {
    let ports = connected().await;
    mark(&ports).await;
    ports.store.fail_reads(1);
    let body = json!({"firm": "demo", "lane": "jobs"}).to_string();
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
    assert_eq!(ports.wakes.take(), [Wake { firm: firm(), lane: Lane::Jobs }]);
}

#[tokio::test]
async fn an_event_of_another_kind_is_malformed() {
    let ports = connected().await;
    let error = handle(&ports, event(&ports, json!({}))).await.unwrap_err();
    assert_eq!(error.error_type, "Malformed");
}

async fn connected() -> MemoryPorts {
    let ports = MemoryPorts::default();
    let tenant = tenant();
    let (id, name) = (firm(), "Demo".to_owned());
    let mut settings = Settings {
        region: Some("AU".into()),
        time_zone: Some("Australia/Sydney".into()),
        ..Settings::default()
    };
    settings.jobs.enabled = true;
    let it = Firm { id, name, settings, webhook_secrets: vec![] };
    let organisation = Some(Organisation { tenant: tenant.clone(), name: "Demo".into() });
    let first_sync_at = Some(ports.clock.now());
    let connection = Connection {
        state: State::Connected,
        organisation,
        first_sync_at,
        ..Connection::default()
    };
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

async fn committed(ports: &MemoryPorts) {
    let now = ports.clock.now();
    let contact = json!({"id": "c-1", "kind": "organisation", "name": "Acme"});
    let stamp = Stamp { version: None, as_of: now };
    book::put(&ports.store, &firm(), serde_json::from_value(contact).unwrap(), stamp)
        .await
        .unwrap();
    let client: ContactMatch =
        serde_json::from_value(json!({"contact": "c-1", "xpm": "a1", "kind": "client"})).unwrap();
    let change = records::put(&firm(), &client, None).unwrap();
    let _ = ports.store.commit(vec![change]).await.unwrap();
    let plan: Plan = serde_json::from_value(json!({
        "tenant": "tenant-1", "contact": "c-1", "template": {"uuid": "7e01", "name": "BAS"},
        "name": "Minutes", "description": "", "start_date": "2026-11-22",
        "due_date": "2026-11-22", "staff": [], "state_code": null}))
    .unwrap();
    let template = Named { uuid: plan.template.uuid.clone(), name: "BAS".into() };
    ports.practice.put_template(&tenant(), template);
    let (id, firm) = (DocumentSetId::parse("d-1").unwrap(), firm());
    let hand = Hand { firm: &firm, actor: Actor::App, now };
    desk::open(&ports.store, &hand, &id, &plan).await.unwrap().unwrap();
    desk::deliver(&ports.store, &hand, &id, Action::Send, false).await.unwrap().unwrap();
}

async fn mark(ports: &MemoryPorts) {
    ports.store.mark(&firm(), Lane::Jobs, ports.clock.now()).await.unwrap();
}

fn tenant() -> TenantId {
    TenantId::parse("tenant-1").unwrap()
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

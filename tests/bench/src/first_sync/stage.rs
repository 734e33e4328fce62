//! A stack with a connected firm, whose functions reach AWS through a meter.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domain::connection::{Connection, Organisation, State, tokens};
use domain::contacts::contact::Contact;
use domain::contacts::{book, sync};
use domain::desired::Stamp;
use domain::firm::{FIRM, Firm, change};
use domain::ids::{FirmId, SyncId, TenantId};
use domain::journal::Actor;
use domain::ports::{Clock, Committed, Grant, Lane, Ports, Secret, Store};
use domain::records;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use local::function::Function;
use local::in_process::InProcess;
use local::invoke::Functions;
use local::processes::Processes;
use local::settings::Settings;
use local::{Addresses, Options, Stack, demo};
use serde_json::{Value, json};
use wiring::Outside;

use super::staffing;
use crate::Cause;
use crate::cold_start::functions::http;
use crate::intake::Delivery;
use crate::meter::{Meter, Usage};

/// How many contacts are written at once.
const AT_ONCE: usize = 8;
/// How long the token lasts: longer than any bench.
const LASTING: SignedDuration = SignedDuration::from_hours(10);

/// The stack, and our own functions beside it.
pub(crate) struct Stage {
    stack: Stack,
    meter: Meter,
    functions: Own,
    outside: Outside,
    pub(crate) firm: FirmId,
}

enum Own {
    InProcess(InProcess),
    Processes(Processes),
}

/// What one event cost and took.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) time: Duration,
    pub(crate) usage: Usage,
    pub(crate) xpm_calls: Vec<String>,
}

impl Stage {
    /// A firm that is connected and empty. Functions run in processes if a folder has their binaries.
    pub(crate) async fn open(folder: &Path, binaries: Option<PathBuf>) -> Result<Self, Cause> {
        let options = Options { fresh: true, demo_data: false, ..Options::quiet(folder) };
        let stack = Stack::start(options).await?;
        demo::seed(stack.settings()).await?;
        let meter = Meter::before(&stack.addresses().dynamo).await?;
        // Wakes end at the meter, so that the stack's own functions do not work what is measured.
        let addresses = Addresses {
            dynamo: meter.url.clone(),
            sqs: meter.url.clone(),
            ..stack.addresses().clone()
        };
        let key = stack.settings().get("TANDEM_DATA_KEY_FILE").unwrap_or_default();
        let settings = Settings::of(&addresses, Path::new(&key));
        let functions = match binaries {
            Some(folder) => Own::Processes(Processes::in_folder(&folder, &settings)?),
            None => Own::InProcess(local::wiring::functions(&settings)?),
        };
        let outside = Outside::wire(|name: &str| settings.get(name))?;
        let stage = Self { stack, meter, functions, outside, firm: FirmId::parse(demo::FIRM)? };
        stage.connect().await?;
        Ok(stage)
    }

    /// Has the practice app's contacts written.
    pub(crate) async fn contacts(&self, contacts: Vec<Contact>) -> Result<(), Cause> {
        let (store, stamp) = (self.outside.store(), Stamp { version: None, as_of: self.now() });
        let put = |it| async move { book::put(store, &self.firm, it, stamp).await.map(drop) };
        stream::iter(contacts).map(put).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        Ok(())
    }

    /// Has contacts of this type go to XPM.
    pub(crate) async fn choose(&self, contact_type: &str) -> Result<(), Cause> {
        let store = self.outside.store();
        let firm = records::get::<Firm>(store, &self.firm, FIRM).await?.ok_or("no firm")?;
        let mut settings = firm.record.settings;
        settings.contact_sync.push_contact_types = vec![contact_type.into()];
        change::change(store, &self.firm, &settings, &Actor::Rule, self.now()).await?;
        Ok(())
    }

    /// Has the simulator hold these clients.
    pub(crate) fn clients(&self, clients: &[Value]) -> Result<(), Cause> {
        let body = json!({ "Clients": clients }).to_string();
        let loaded = self.stack.simulator().control().load("clients", &body, None)?;
        if loaded == clients.len() { Ok(()) } else { Err(format!("{loaded} were loaded").into()) }
    }

    /// Asks for a sync and works it to its end, in one event. The request counts; its time does not.
    pub(crate) async fn sync(&self) -> Result<(Turn, Value), Cause> {
        self.meter.take();
        let run = sync::request(&self.outside, &self.firm, sync::Mode::Apply, self.now()).await?;
        let turn = self.turn(Function::ContactSync, wake(&self.firm, Lane::Contacts)).await?;
        Ok((turn, self.run(&run.id).await?))
    }

    async fn run(&self, id: &SyncId) -> Result<Value, Cause> {
        let run = sync::get(self.outside.store(), &self.firm, id).await?.ok_or("no run")?;
        let shown = serde_json::to_value(run.shown())?;
        if shown["state"] != "done" {
            return Err(format!("the sync has not ended: {shown}").into());
        }
        Ok(shown)
    }

    /// When XPM was last called at a path that ends so.
    pub(crate) fn last_call(&self, path: &str) -> Option<Timestamp> {
        let calls = self.stack.simulator().control().calls(0);
        calls.into_iter().rev().find(|it| it.path.ends_with(path)).map(|it| it.time)
    }

    /// Has the people and tasks of the deliveries, all linked to one job of XPM's.
    pub(crate) async fn staffed(&self) -> Result<(), Cause> {
        staffing::staffed(self.stack.simulator().control(), &self.outside, &self.firm).await
    }

    /// Hands a function the message that wakes it for the firm.
    pub(crate) async fn wake(&self, function: Function, lane: Lane) -> Result<Turn, Cause> {
        self.invoke(function, wake(&self.firm, lane)).await
    }

    /// Hands a function an event, and counts from then on.
    pub(crate) async fn invoke(&self, function: Function, event: Value) -> Result<Turn, Cause> {
        self.meter.take();
        self.turn(function, event).await
    }

    async fn turn(&self, function: Function, event: Value) -> Result<Turn, Cause> {
        let control = self.stack.simulator().control();
        let last = control.calls(0).last().map_or(0, |it| it.number);
        let start = Instant::now();
        let answer = match &self.functions {
            Own::InProcess(it) => it.invoke(function, event).await?,
            Own::Processes(it) => it.invoke(function, event).await?,
        };
        let time = start.elapsed();
        if answer["batchItemFailures"].as_array().is_some_and(|it| !it.is_empty()) {
            return Err(format!("{function} answered {answer}").into());
        }
        let xpm_calls = control.calls(last).into_iter().map(|it| it.path).collect();
        Ok(Turn { time, usage: self.meter.take(), xpm_calls })
    }

    /// Hands `webhook_ingest` a delivery.
    pub(crate) async fn deliver(&self, delivery: Delivery) -> Result<Turn, Cause> {
        let headers =
            delivery.headers.into_iter().map(|(name, value)| (name.to_owned(), value.into()));
        let path = format!("/webhooks/practice/{}", self.firm);
        let event = http("POST", &path, "", &Value::Object(headers.collect()), &delivery.body);
        self.invoke(Function::WebhookIngest, event).await
    }

    pub(crate) async fn close(self) {
        self.stack.stop().await;
    }

    /// As consent does, without the pages.
    async fn connect(&self) -> Result<(), Cause> {
        let credentials = self.stack.simulator().control().connect(&[])?;
        let tenant = credentials.tenants.first().ok_or("the simulator has no practice")?;
        let tenant = TenantId::parse(tenant.to_string())?;
        let organisation = Some(Organisation { tenant, name: "Bench".into() });
        let connection =
            Connection { state: State::Connected, organisation, ..Connection::default() };
        let change = records::put(&self.firm, &connection, None)?;
        if self.outside.store().commit(vec![change]).await? != Committed::Done {
            return Err("the firm was connected before".into());
        }
        let grant = Grant {
            access: Secret::new(credentials.access_token),
            refresh: Secret::new(credentials.refresh_token),
            expires_in: LASTING,
            id_token: None,
        };
        tokens::keep(&self.outside, &self.firm, &grant).await?;
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.outside.clock().now()
    }
}

/// What SQS makes of a message.
fn wake(firm: &FirmId, lane: Lane) -> Value {
    json!({ "Records": [{
        "messageId": "19dd0b57-b21e-4ac1-bd88-01bbb068cb78",
        "receiptHandle": "bench",
        "body": json!({ "firm": firm, "lane": lane }).to_string(),
        "attributes": { "ApproximateReceiveCount": "1" },
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "awsRegion": local::settings::REGION,
    }]})
}

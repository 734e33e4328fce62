//! Queues, pollers and functions as Lambda runs them, around the twins.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex};

use domain::ids::FirmId;
use domain::ports::{Lane, Wake};
use event_publish::Deps as Publisher;
use jiff::Timestamp;
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use local::function::Function;
use memory::{MemoryCourier, MemoryPorts};
use serde_json::{Value, json};
use tracing::instrument::WithSubscriber;
use webhook_ingest::Deps;

use super::counts::{Counts, Heat};
use super::logs::Logs;
use super::model::{self, Bounds, lasting};
use super::ports::Worker;
use super::time::{Time, lock};
use crate::Cause;
use crate::intake::Delivery;

/// One stack.
pub(crate) struct Cloud {
    pub(crate) outside: MemoryPorts,
    pub(crate) courier: MemoryCourier,
    pub(crate) time: Time,
    pub(crate) logs: Logs,
    bounds: BTreeMap<Function, Bounds>,
    books: Mutex<Books>,
}

/// What happened.
#[derive(Default)]
pub(crate) struct Books {
    queues: BTreeMap<Function, Queue>,
    /// What each function asked of AWS.
    pub(crate) billed: BTreeMap<Function, Counts>,
    pub(crate) heat: Heat,
    /// Writes to the shards of the index, by lane and hour.
    pub(crate) shards: BTreeMap<(Lane, i64), f64>,
    /// What was worked, in the order of its end.
    pub(crate) turns: Vec<Turn>,
    /// Requests through the gateway, by hour.
    pub(crate) requests: BTreeMap<i64, f64>,
    /// What must not have happened.
    trouble: Option<String>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<(Wake, Timestamp)>,
    busy: usize,
}

/// One invocation of a worker, by messages.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    pub(crate) function: Function,
    /// Whose messages, and when each was sent.
    pub(crate) wakes: Vec<(Wake, Timestamp)>,
    pub(crate) began: Timestamp,
    pub(crate) ended: Timestamp,
}

impl Cloud {
    /// An empty stack with these bounds, at an instant.
    ///
    /// # Errors
    /// It could not log.
    pub(crate) fn new(
        outside: MemoryPorts,
        bounds: BTreeMap<Function, Bounds>,
    ) -> Result<Arc<Self>, Cause> {
        let (courier, time) = (MemoryCourier::new(&outside.clock), Time::new(&outside.clock));
        let (logs, books) = (Logs::new()?, Mutex::default());
        Ok(Arc::new(Self { outside, courier, time, logs, bounds, books }))
    }

    /// Calls to Xero so far.
    pub(crate) fn called(&self) -> usize {
        self.outside.practice.called() + self.outside.identity.called()
    }

    /// Looks into the books.
    pub(crate) fn books<T>(&self, look: impl FnOnce(&mut Books) -> T) -> T {
        look(&mut lock(&self.books))
    }

    /// All that was asked of AWS so far.
    pub(crate) fn counts(&self) -> Counts {
        let mut sum = Counts { logs: self.logs.bytes(), ..Counts::default() };
        self.books(|it| it.billed.values().for_each(|it| sum += *it));
        sum
    }

    /// Says so if something happened that must not.
    ///
    /// # Errors
    /// It did.
    pub(crate) fn sound(&self) -> Result<(), Cause> {
        self.books(|it| it.trouble.take()).map_or(Ok(()), |it| Err(it.into()))
    }

    pub(crate) fn trouble(&self, what: impl ToString) {
        self.books(|it| it.trouble.get_or_insert(what.to_string()).truncate(2_000));
    }

    /// Notes what a partition of a table was asked for.
    pub(crate) fn heat(&self, partition: &str, read: f64, write: f64) {
        let now = self.time.now();
        self.books(|it| it.heat.note(partition, now, read, write));
    }

    /// Notes a write to the index of lanes.
    pub(crate) fn shard(&self, lane: Lane) {
        let hour = self.time.now().as_second() / 3600;
        self.books(|it| *it.shards.entry((lane, hour)).or_default() += 1.0);
    }

    /// Puts a wake on its queue.
    pub(crate) fn send(self: &Arc<Self>, wake: Wake) {
        let function = match wake.lane {
            Lane::Time => Function::TimePush,
            Lane::Jobs => Function::JobCreate,
            Lane::ContactsOut | Lane::Contacts => Function::ContactSync,
            Lane::Events | Lane::Deliveries => Function::EventPublish,
            Lane::Refresh => return,
        };
        let now = self.time.now();
        self.books(|it| it.queues.entry(function).or_default().waiting.push_back((wake, now)));
        let cloud = Arc::clone(self);
        self.time.begin(now + lasting(model::TRANSIT), async move { cloud.poll(function) });
    }

    /// Hands on what waits, as far as the function may be called at once.
    fn poll(self: &Arc<Self>, function: Function) {
        let Some(bounds) = self.bounds.get(&function).copied() else { return };
        let now = self.time.now();
        loop {
            let batch: Vec<_> = self.books(|it| {
                let queue = it.queues.entry(function).or_default();
                let there =
                    queue.waiting.iter().take_while(|it| it.1 + lasting(model::TRANSIT) <= now);
                let most = if queue.busy < bounds.at_once { bounds.batch } else { 0 };
                let count = there.take(most).count();
                queue.busy += usize::from(count > 0);
                queue.waiting.drain(..count).collect()
            });
            if batch.is_empty() {
                return;
            }
            let cloud = Arc::clone(self);
            self.time.begin(now, async move {
                cloud.work(function, batch).await;
                cloud.books(|it| it.queues.entry(function).or_default().busy -= 1);
                cloud.poll(function);
            });
        }
    }

    async fn work(self: &Arc<Self>, function: Function, wakes: Vec<(Wake, Timestamp)>) {
        let began = self.time.now();
        let records: Vec<Value> = wakes.iter().enumerate().map(record).collect();
        self.invoke(function, json!({ "Records": records }), 2.0).await;
        let ended = self.time.now();
        self.books(|it| it.turns.push(Turn { function, wakes, began, ended }));
    }

    /// Has every worker look for what is due, as the schedules do every minute.
    pub(crate) fn sweep(self: &Arc<Self>) {
        for function in model::WORKERS {
            let cloud = Arc::clone(self);
            self.time.begin(self.time.now(), async move {
                let event = json!({ "source": "tandem.schedule", "detail-type": "sweep" });
                cloud.invoke(function, event, 0.0).await;
            });
        }
    }

    async fn invoke(self: &Arc<Self>, function: Function, event: Value, messages: f64) {
        let worker = Worker::new(self);
        let began = self.time.now();
        let mut context = Context::default();
        let ends = began + lasting(function.timeout().as_secs_f64());
        context.deadline = ends.as_millisecond().unsigned_abs();
        self.time.sleep(began + lasting(model::OWN)).await;
        let handled = handle(function, worker.clone(), LambdaEvent::new(event, context));
        match handled.with_subscriber(self.logs.of(function)).await {
            Ok(answer) if answer["batchItemFailures"].as_array().is_none_or(Vec::is_empty) => {}
            Ok(answer) => self.trouble(format!("{function} answered {answer}")),
            Err(error) => self.trouble(format!("{function} failed: {}", error.error_message)),
        }
        let counts = worker.end().await;
        self.bill(function, began, Counts { messages: counts.messages + messages, ..counts });
    }

    fn bill(&self, function: Function, began: Timestamp, counts: Counts) {
        let seconds = self.time.now().duration_since(began).as_secs_f64();
        let logs = counts.logs + model::PLATFORM_LOG;
        let counts = Counts { invocations: 1.0, seconds, logs, ..counts };
        self.books(|it| *it.billed.entry(function).or_default() += counts);
    }

    /// Has a signed webhook delivered.
    pub(crate) fn deliver(self: &Arc<Self>, at: Timestamp, firm: &FirmId, id: String, body: Value) {
        let (cloud, firm) = (Arc::clone(self), firm.clone());
        self.time.begin(at, async move {
            if let Err(error) = cloud.take(&firm, id, body).await {
                cloud.trouble(error);
            }
        });
    }

    async fn take(self: &Arc<Self>, firm: &FirmId, id: String, body: Value) -> Result<(), Cause> {
        let began = self.time.now();
        let request = Delivery::signed(id, began, body.to_string())?.to(firm.as_str())?;
        let it = Worker::new(self);
        self.time.sleep(began + lasting(model::OWN)).await;
        let deps = Deps {
            store: it.clone(),
            cache: it.clone(),
            wakes: it.clone(),
            vault: it.clone(),
            clock: it.clone(),
            xero_key: None,
        };
        let function = Function::WebhookIngest;
        let answer = Box::pin(webhook_ingest::handle(&deps, request))
            .with_subscriber(self.logs.of(function))
            .await;
        if answer.status().as_u16() != 202 {
            return Err(format!("{body} was answered with {:?}", answer.body()).into());
        }
        let counts = it.end().await;
        self.through_gateway(function, began, counts);
        Ok(())
    }

    /// Has a request of the API done: this, after its key was looked up.
    pub(crate) fn ask<F, A>(self: &Arc<Self>, at: Timestamp, act: A)
    where
        A: FnOnce(Worker) -> F + Send + 'static,
        F: Future<Output = Result<(), Cause>> + Send + 'static,
    {
        let cloud = Arc::clone(self);
        self.time.begin(at, async move {
            let worker = Worker::new(&cloud);
            let began = cloud.time.now();
            cloud.time.sleep(began + lasting(model::OWN)).await;
            if let Err(error) = act(worker.clone()).await {
                cloud.trouble(error);
            }
            let counts = worker.end().await;
            let key = Counts { reads: 1.0, read_units: 1.0, ..Counts::default() };
            let mut all = counts;
            all += key;
            cloud.through_gateway(Function::Api, began, all);
        });
    }

    fn through_gateway(&self, function: Function, began: Timestamp, counts: Counts) {
        let hour = began.as_second() / 3600;
        self.books(|it| *it.requests.entry(hour).or_default() += 1.0);
        let counts = Counts { http: 1.0, logs: model::ACCESS_LOG, ..counts };
        self.bill(function, began, counts);
    }
}

type Handled = Result<Value, Diagnostic>;

async fn handle(function: Function, worker: Worker, event: LambdaEvent<Value>) -> Handled {
    match function {
        Function::ContactSync => Box::pin(contact_sync::handle(&worker, event)).await,
        Function::JobCreate => Box::pin(job_create::handle(&worker, event)).await,
        Function::TimePush => Box::pin(time_push::handle(&worker, event)).await,
        Function::EventPublish => {
            let deps = Publisher { ports: worker.clone(), courier: worker };
            Box::pin(event_publish::handle(&deps, event)).await
        }
        Function::Api | Function::OauthCallback | Function::WebhookIngest => Ok(Value::Null),
    }
}

pub(crate) fn record((n, (wake, _)): (usize, &(Wake, Timestamp))) -> Value {
    json!({
        "messageId": n.to_string(),
        "body": json!({ "firm": wake.firm, "lane": wake.lane }).to_string(),
        "eventSource": "aws:sqs",
    })
}

//! What the functions log, and which metrics that makes: written as in Lambda, and only counted.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use local::function::Function;
use runtime::metrics::Meter;
use runtime::telemetry::subscriber;
use tracing::Dispatch;

use super::time::lock;
use crate::Cause;

/// The level that the template sets.
const LEVEL: &str = "info";

/// The functions' logs.
pub(crate) struct Logs {
    written: Arc<Mutex<Written>>,
    dispatches: BTreeMap<Function, Dispatch>,
}

#[derive(Debug, Default)]
struct Written {
    bytes: usize,
    /// Each function with the name of a metric.
    metrics: BTreeSet<(Function, String)>,
}

struct Sink {
    function: Function,
    written: Arc<Mutex<Written>>,
}

impl Logs {
    /// Nothing is written yet.
    ///
    /// # Errors
    /// The level is none.
    pub(crate) fn new() -> Result<Self, Cause> {
        let written: Arc<Mutex<Written>> = Arc::default();
        let mut dispatches = BTreeMap::new();
        for function in Function::ALL {
            let to = Arc::clone(&written);
            let sink = move || Sink { function, written: Arc::clone(&to) };
            let meter = Meter { function: function.name().into(), now: || Timestamp::MAX };
            let subscriber = subscriber(LEVEL, sink, Some(meter))?;
            dispatches.insert(function, Dispatch::new(subscriber));
        }
        Ok(Self { written, dispatches })
    }

    /// Where a function logs to.
    pub(crate) fn of(&self, function: Function) -> Dispatch {
        self.dispatches.get(&function).cloned().unwrap_or_default()
    }

    /// How much was written.
    pub(crate) fn bytes(&self) -> f64 {
        lock(&self.written).bytes as f64
    }

    /// How many metrics came of it: one for each function and name.
    pub(crate) fn metrics(&self) -> usize {
        lock(&self.written).metrics.len()
    }
}

impl Write for Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut written = lock(&self.written);
        written.bytes += line.len();
        let text = String::from_utf8_lossy(line);
        let metric =
            text.split_once("\"Metrics\":[{\"Name\":\"").and_then(|it| it.1.split_once('"'));
        if let Some((name, _)) = metric {
            written.metrics.insert((self.function, name.to_owned()));
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

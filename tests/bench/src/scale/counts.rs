//! What is asked of AWS, in the units that it bills.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use jiff::Timestamp;

/// What somebody asked of AWS.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    /// Requests to DynamoDB that read.
    pub(crate) reads: f64,
    /// Requests to DynamoDB that write.
    pub(crate) writes: f64,
    /// Read request units.
    pub(crate) read_units: f64,
    /// Write request units of the tables.
    pub(crate) write_units: f64,
    /// Write request units of the index.
    pub(crate) index_units: f64,
    /// Requests to SQS: sent, received, deleted.
    pub(crate) messages: f64,
    /// Invocations of functions.
    pub(crate) invocations: f64,
    /// How long they took, in seconds.
    pub(crate) seconds: f64,
    /// Requests through the gateway.
    pub(crate) http: f64,
    /// Requests to the key service.
    pub(crate) keys: f64,
    /// Bytes of logs.
    pub(crate) logs: f64,
    /// Calls to Xero, which cost nothing but time.
    pub(crate) calls: f64,
}

impl Counts {
    /// The same, so many times.
    pub(crate) fn times(self, times: f64) -> Self {
        self.with(Self::default(), |one, _| one * times)
    }

    /// The same without the other.
    pub(crate) fn less(self, other: Self) -> Self {
        self.with(other, |one, other| one - other)
    }

    fn with(self, other: Self, how: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            reads: how(self.reads, other.reads),
            writes: how(self.writes, other.writes),
            read_units: how(self.read_units, other.read_units),
            write_units: how(self.write_units, other.write_units),
            index_units: how(self.index_units, other.index_units),
            messages: how(self.messages, other.messages),
            invocations: how(self.invocations, other.invocations),
            seconds: how(self.seconds, other.seconds),
            http: how(self.http, other.http),
            keys: how(self.keys, other.keys),
            logs: how(self.logs, other.logs),
            calls: how(self.calls, other.calls),
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        *self = self.with(other, |one, other| one + other);
    }
}

/// Read units of so many bytes, read consistently: half of it where that is not asked for.
pub(crate) fn read_units(bytes: usize) -> f64 {
    bytes.div_ceil(4096).max(1) as f64
}

/// Write units of so many bytes.
pub(crate) fn write_units(bytes: usize) -> f64 {
    bytes.div_ceil(1024).max(1) as f64
}

/// How busy the busiest second of each partition was.
#[derive(Debug, Default)]
pub(crate) struct Heat(BTreeMap<String, Second>);

#[derive(Clone, Copy, Debug, Default)]
struct Second {
    second: i64,
    now: Units,
    most: Units,
}

/// Units of one second.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Units {
    pub(crate) read: f64,
    pub(crate) write: f64,
}

impl Heat {
    /// Notes what a partition was asked for.
    pub(crate) fn note(&mut self, partition: &str, at: Timestamp, read: f64, write: f64) {
        if !self.0.contains_key(partition) {
            self.0.insert(partition.to_owned(), Second::default());
        }
        let Some(it) = self.0.get_mut(partition) else { return };
        if it.second != at.as_second() {
            (it.second, it.now) = (at.as_second(), Units::default());
        }
        it.now.read += read;
        it.now.write += write;
        it.most.read = it.most.read.max(it.now.read);
        it.most.write = it.most.write.max(it.now.write);
    }

    /// The partition of each sort, by the end of its name, that was written most in a second, and one
    /// that was read most.
    pub(crate) fn hottest(&self) -> BTreeMap<String, Units> {
        let mut sorts: BTreeMap<String, Units> = BTreeMap::new();
        for (name, it) in &self.0 {
            let sort = name.split_once('#').map_or(name.as_str(), |(_, sort)| sort);
            let most = sorts.entry(sort.to_owned()).or_default();
            most.read = most.read.max(it.most.read);
            most.write = most.write.max(it.most.write);
        }
        sorts
    }
}

//! Measurements, as log lines that CloudWatch turns into metrics (embedded metric format).
//!
//! A metric is told apart by function only: a firm in a dimension would cost a metric per firm,
//! and would tell whoever may read metrics who our customers are.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

const NAMESPACE: &str = "Tandem";
/// The format allows so many values of one metric in a line.
const MOST_VALUES: usize = 100;

/// What one invocation of a function has measured.
pub struct Metrics {
    function: &'static str,
    measured: BTreeMap<&'static str, (Unit, Vec<u64>)>,
}

#[derive(Clone, Copy)]
enum Unit {
    Count,
    Milliseconds,
}

impl Metrics {
    /// Nothing measured yet.
    pub fn of(function: &'static str) -> Self {
        Self { function, measured: BTreeMap::new() }
    }

    /// Something happened so many times more.
    pub fn count(&mut self, name: &'static str, times: u64) {
        let (_, values) = self.measured.entry(name).or_insert((Unit::Count, vec![0]));
        if let Some(sum) = values.first_mut() {
            *sum = sum.saturating_add(times);
        }
    }

    /// Something took so long.
    pub fn time(&mut self, name: &'static str, taken: SignedDuration) {
        let taken = u64::try_from(taken.as_millis()).unwrap_or_default();
        self.measured.entry(name).or_insert((Unit::Milliseconds, Vec::new())).1.push(taken);
    }

    /// Writes what was measured, if anything was. On Lambda, `out` is the standard output.
    pub fn write(&self, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
        (0..).map_while(|n| self.line(n, now)).try_for_each(|it| writeln!(out, "{it}"))
    }

    /// The `n`th line, holding the `n`th hundred of each metric's values.
    fn line(&self, n: usize, now: Timestamp) -> Option<Value> {
        let mut line = Map::new();
        let mut metrics = Vec::new();
        for (name, (unit, values)) in &self.measured {
            if let Some(values) = values.chunks(MOST_VALUES).nth(n) {
                metrics.push(json!({"Name": name, "Unit": unit.as_str()}));
                line.insert((*name).into(), json!(values));
            }
        }
        if metrics.is_empty() {
            return None;
        }
        line.insert("function".into(), json!(self.function));
        line.insert(
            "_aws".into(),
            json!({
                "Timestamp": now.as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [["function"]],
                    "Metrics": metrics,
                }],
            }),
        );
        Some(line.into())
    }
}

impl Unit {
    fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_and_times_stand_side_by_side() {
        let mut metrics = Metrics::of("time_push");
        metrics.count("Pushed", 2);
        metrics.count("Pushed", 3);
        metrics.time("Call", SignedDuration::from_millis(120));
        metrics.time("Call", SignedDuration::from_millis(-1));
        let lines = written(&metrics);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["Pushed"], json!([5]));
        assert_eq!(lines[0]["Call"], json!([120, 0]));
        assert_eq!(lines[0]["function"], "time_push");
        assert_eq!(lines[0]["_aws"]["Timestamp"], 1_614_265_330_000_i64);
    }

    #[test]
    fn more_values_than_a_line_may_hold_take_another() {
        let mut metrics = Metrics::of("contact_sync");
        metrics.count("Pages", 1);
        (0..250).for_each(|n| metrics.time("Call", SignedDuration::from_millis(n)));
        let lines = written(&metrics);
        let values = |line: &Value| line["Call"].as_array().unwrap().len();
        assert_eq!(lines.iter().map(values).collect::<Vec<_>>(), [100, 100, 50]);
        assert_eq!(lines.iter().filter(|it| it.get("Pages").is_some()).count(), 1);
    }

    #[test]
    fn nothing_measured_writes_nothing() {
        assert!(written(&Metrics::of("api")).is_empty());
    }

    fn written(metrics: &Metrics) -> Vec<Value> {
        let mut out = Vec::new();
        metrics.write(Timestamp::from_second(1_614_265_330).unwrap(), &mut out).unwrap();
        let lines = String::from_utf8(out).unwrap();
        let lines = lines.lines().map(|it| serde_json::from_str(it).unwrap());
        lines.inspect(keeps_to_the_format).collect()
    }

    /// The rules of CloudWatch's "Specification: Embedded metric format".
    fn keeps_to_the_format(line: &Value) {
        assert!(line["_aws"]["Timestamp"].as_i64().unwrap() > 0);
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        assert!(!directives.is_empty());
        for directive in directives {
            let namespace = directive["Namespace"].as_str().unwrap();
            assert!((1..=1024).contains(&namespace.len()));
            let sets = directive["Dimensions"].as_array().unwrap();
            assert!(!sets.is_empty());
            for set in sets {
                assert!((1..=30).contains(&set.as_array().unwrap().len()));
                for name in set.as_array().unwrap() {
                    assert!((1..=250).contains(&name.as_str().unwrap().len()));
                    let value = line[name.as_str().unwrap()].as_str().unwrap();
                    assert!((1..=1024).contains(&value.len()));
                }
            }
            let metrics = directive["Metrics"].as_array().unwrap();
            assert!((1..=100).contains(&metrics.len()));
            for metric in metrics {
                let name = metric["Name"].as_str().unwrap();
                assert!((1..=1024).contains(&name.len()));
                assert!(["Count", "Milliseconds"].contains(&metric["Unit"].as_str().unwrap()));
                let values = line[name].as_array().unwrap();
                assert!((1..=100).contains(&values.len()));
                assert!(values.iter().all(Value::is_number));
            }
        }
    }
}

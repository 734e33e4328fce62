//! Counts, as log lines that CloudWatch turns into metrics (embedded metric format).
//!
//! A metric is told apart by function only: a firm in a dimension would cost a metric per firm,
//! and would tell whoever may read metrics who our customers are. Each count is a line at once, so
//! that nothing has to be written out before the function ends, however it ends.

use std::fmt::{self, Debug};
use std::io::Write;

use domain::metric::{NAME, TARGET, TIMES};
use jiff::Timestamp;
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

const NAMESPACE: &str = "Tandem";

/// What metrics say beside their numbers.
pub struct Meter {
    /// The function, as Lambda calls it: the one dimension.
    pub function: String,
    /// What time it is.
    pub now: fn() -> Timestamp,
}

struct Lines<S> {
    meter: Meter,
    sink: S,
}

impl Meter {
    /// Makes a line of each count, whatever the filter of the log.
    pub(crate) fn lines<R, W: Write>(
        self,
        sink: impl Fn() -> W + Send + Sync + 'static,
    ) -> impl Layer<R>
    where
        R: Subscriber + for<'a> LookupSpan<'a>,
    {
        let counts = Targets::new().with_target(TARGET, LevelFilter::INFO);
        Lines { meter: self, sink }.with_filter(counts)
    }

    fn line(&self, name: &str, times: u64) -> Value {
        json!({
            "_aws": {
                "Timestamp": (self.now)().as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [["function"]],
                    "Metrics": [{ "Name": name, "Unit": "Count" }],
                }],
            },
            "function": self.function,
            name: times,
        })
    }
}

impl<R: Subscriber, W: Write, S: Fn() -> W + 'static> Layer<R> for Lines<S> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, R>) {
        let mut count = Count::default();
        event.record(&mut count);
        if let Count { name: Some(name), times: Some(times) } = count {
            let line = format!("{}\n", self.meter.line(&name, times));
            // A metric that cannot be written must not take the work with it.
            let _ = (self.sink)().write_all(line.as_bytes());
        }
    }
}

#[derive(Default)]
struct Count {
    name: Option<String>,
    times: Option<u64>,
}

impl Visit for Count {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == NAME {
            self.name = Some(value.to_owned());
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == TIMES {
            self.times = Some(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Meter").field(&self.function).finish()
    }
}

#[cfg(test)]
mod tests {
    use domain::metric::{Metric, count};
    use memory::Lines;

    use super::*;
    use crate::telemetry::subscriber;

    #[test]
    fn a_count_is_one_line_of_the_format() {
        let lines = written("off", Some("time_push"), || {
            count(Metric::PushesConfirmed, 1);
            count(Metric::RecordsRead, 15_000);
        });
        let lines: Vec<Value> = lines.iter().map(|it| serde_json::from_str(it).unwrap()).collect();
        lines.iter().for_each(keeps_to_the_format);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["PushesConfirmed"], 1);
        assert_eq!(lines[1]["RecordsRead"], 15_000);
        assert_eq!(lines[1]["function"], "time_push");
        assert_eq!(lines[1]["_aws"]["Timestamp"], 1_614_265_330_000_i64);
    }

    #[test]
    fn what_did_not_happen_is_not_counted() {
        assert_eq!(written("info", Some("api"), || count(Metric::RecordsRead, 0)), [""; 0]);
    }

    #[test]
    fn without_a_meter_nothing_is_written_of_counts() {
        let quiet = |filter| written(filter, None, || count(Metric::CallsAnswered, 1));
        assert_eq!(quiet("info"), [""; 0]);
        assert_eq!(quiet("trace,domain::metric=trace"), [""; 0]);
    }

    #[test]
    fn the_log_and_the_metrics_keep_apart() {
        let lines = written("warn,domain::metric=trace", Some("api"), || {
            tracing::info!("a detail");
            tracing::warn!(metric = "Forged", times = 1_u64, "a line");
            count(Metric::InvalidGrants, 1);
        });
        let [line, count] = lines.as_slice() else { panic!("{lines:?}") };
        assert!(line.contains("a line") && !line.contains("_aws"), "{line}");
        assert!(count.contains("_aws") && count.contains("InvalidGrants"), "{count}");
    }

    /// The lines written while `act` ran, in a function of this name if there is to be a meter.
    fn written(filter: &str, function: Option<&str>, act: impl FnOnce()) -> Vec<String> {
        let lines = Lines::default();
        let to = lines.clone();
        let now = || Timestamp::from_second(1_614_265_330).unwrap();
        let meter = function.map(|it| Meter { function: it.into(), now });
        let subscriber = subscriber(filter, move || to.clone(), meter).unwrap();
        tracing::subscriber::with_default(subscriber, act);
        lines.all()
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
                assert_eq!(metric["Unit"], "Count");
                assert!(line[name].is_number());
            }
        }
    }
}

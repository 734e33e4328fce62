//! Logs: one JSON object per line, whatever the input holds.
//!
//! JSON's own escapes stop at U+001F, so terminals and log viewers could still be led by C1
//! controls, line separators and bidirectional marks; those are escaped here as well.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::panic;

use domain::metric::TARGET;
use serde_json::Value;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::SetGlobalDefaultError;
use tracing::{Subscriber, error};
use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt};

use crate::metrics::Meter;

/// A longer line has its long texts shortened: CloudWatch would break it in two.
const LONGEST_LINE: usize = 64 << 10;
/// What is left of a text in a line that is too long, in bytes.
const SHORTENED: usize = 1 << 10;

/// Why nothing would be logged.
#[derive(Debug, thiserror::Error)]
pub enum Mute {
    /// It is not written as `tracing` filters are.
    #[error("the log filter cannot be read")]
    Filter(#[from] ParseError),
    /// Logging was started before.
    #[error("logging has already been started")]
    Started(#[from] SetGlobalDefaultError),
}

/// Sends what happens from now on to `sink`, a line each: as far as `filter` lets it through, and
/// what is counted, if there is a meter.
pub fn start<W: Write + 'static>(
    filter: &str,
    sink: impl Fn() -> W + Clone + Send + Sync + 'static,
    meter: Option<Meter>,
) -> Result<(), Mute> {
    tracing::subscriber::set_global_default(subscriber(filter, sink, meter)?)?;
    log_panics();
    Ok(())
}

/// Makes a panic a line of the log like any other, instead of free text on standard error.
pub fn log_panics() {
    panic::set_hook(Box::new(|info| {
        let said = info.payload_as_str().unwrap_or("without a word");
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        error!(panic.place = %place, error = %said, "panicked");
    }));
}

/// What [`start`] installs.
pub fn subscriber<W: Write + 'static>(
    filter: &str,
    sink: impl Fn() -> W + Clone + Send + Sync + 'static,
    meter: Option<Meter>,
) -> Result<impl Subscriber + Send + Sync, ParseError> {
    let counts = meter.map(|it| it.lines(sink.clone()));
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_ansi(false)
        .with_writer(move || Plain(sink()));
    // Targets and levels only: filters by field would bring a whole regular expression engine along.
    let filter = filter.parse::<Targets>()?.with_target(TARGET, LevelFilter::OFF);
    Ok(Registry::default().with(lines.with_filter(filter)).with(counts))
}

/// Takes whole lines of JSON and passes them on without anything that could be mistaken.
struct Plain<W>(W);

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let plain = if line.len() > LONGEST_LINE { shorten(&text) } else { escape(&text) };
        self.0.write_all(plain.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Outside its strings, JSON holds none of these characters, so each may become an escape.
fn escape(json: &str) -> String {
    let mut plain = String::with_capacity(json.len());
    for c in json.chars() {
        if misleads(c) {
            // Writing to a string cannot fail, and all of these fit in four digits.
            let _ = write!(plain, "\\u{:04x}", u32::from(c));
        } else {
            plain.push(c);
        }
    }
    plain
}

fn misleads(c: char) -> bool {
    matches!(c,
        '\u{7f}'..='\u{9f}'
        | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{feff}')
}

fn shorten(line: &str) -> String {
    let mut value = serde_json::from_str(line).unwrap_or_else(|_| Value::from(line));
    cut(&mut value);
    escape(&value.to_string()) + "\n"
}

fn cut(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > SHORTENED => {
            let whole = text.len();
            text.truncate(text.floor_char_boundary(SHORTENED));
            let _ = write!(text, "… ({whole} bytes)");
        }
        Value::Array(items) => items.iter_mut().for_each(cut),
        Value::Object(fields) => fields.values_mut().for_each(cut),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use memory::Lines;
    use tracing::{info, info_span};

    use super::*;

    #[test]
    fn g52_input_can_neither_forge_nor_colour_a_line() {
        let hostile = [
            "a\r\n{\"level\":\"ERROR\",\"message\":\"forged\"}",
            "\u{1b}[31mred\u{1b}[0m",
            "\u{9b}31m and \u{7f}",
            "one\u{2028}two\u{2029}three\u{85}four",
            "\u{202e}desrever\u{2066}\u{feff}\u{200b}",
            "\u{0}\u{8}\u{b}\u{c}",
            "\"}\n{\"a\":\"",
        ];
        for text in hostile {
            let lines = log(|| {
                let _span = info_span!("delivery", id = text).entered();
                info!(header = text, error = %text, debug = ?text, "{text}");
            });
            let [line] = lines.as_slice() else { panic!("{} lines for {text:?}", lines.len()) };
            assert!(!line.chars().any(|c| c.is_control() || misleads(c)), "{line}");
            let event: Value = serde_json::from_str(line).unwrap();
            for said in [&event["message"], &event["header"], &event["error"]] {
                assert_eq!(said, text);
            }
            assert_eq!(event["span"]["id"], text);
            assert_eq!(event["level"], "INFO");
        }
    }

    #[test]
    fn g52_a_text_of_a_megabyte_makes_one_short_line() {
        let huge = "é\n".repeat(350_000);
        let lines = log(|| info!(body = huge.as_str(), firm = "demo", "too much"));
        let [line] = lines.as_slice() else { panic!("{} lines", lines.len()) };
        assert!(line.len() < LONGEST_LINE);
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&event["firm"], &event["message"]), (&"demo".into(), &"too much".into()));
        assert!(event["body"].as_str().unwrap().ends_with("… (1050000 bytes)"));
    }

    #[test]
    fn a_line_carries_its_time_level_and_fields() {
        let lines = log(|| info!(message.id = "m-1", attempt = 2, "message m-1 is settled"));
        let event: Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!(event["message"], "message m-1 is settled");
        assert_eq!(event["message.id"], "m-1");
        assert_eq!(event["attempt"], 2);
        assert_eq!(event["target"], "runtime::telemetry::tests");
        assert!(event["timestamp"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    }

    #[test]
    fn what_the_filter_leaves_out_is_not_written() {
        assert!(log(|| tracing::debug!("a detail")).is_empty());
        assert!(subscriber("runtime=loud", io::stdout, None).is_err());
    }

    /// The lines written while `act` ran.
    fn log(act: impl FnOnce()) -> Vec<String> {
        let lines = Lines::default();
        let to = lines.clone();
        tracing::subscriber::with_default(
            subscriber("info", move || to.clone(), None).unwrap(),
            act,
        );
        lines.all()
    }
}

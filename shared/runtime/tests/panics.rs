//! A panic hook belongs to the whole process, so this test has one to itself.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::io::{self, Write};
use std::panic;
use std::sync::{Arc, Mutex};

use runtime::telemetry::{log_panics, subscriber};
use serde_json::Value;

#[test]
fn g52_a_panic_is_one_line_of_the_log_whatever_it_says() {
    let sink = Sink::default();
    let to = sink.clone();
    tracing::subscriber::with_default(subscriber("info", move || to.clone()).unwrap(), || {
        let before = panic::take_hook();
        log_panics();
        let input = "1\n{\"level\":\"INFO\"}\u{1b}[31m";
        let caught = panic::catch_unwind(|| panic!("no number: {input}"));
        panic::set_hook(before);
        assert!(caught.is_err());
    });
    let written = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    assert_eq!(written.lines().count(), 1, "{written}");
    let event: Value = serde_json::from_str(&written).unwrap();
    assert_eq!((&event["level"], &event["message"]), (&"ERROR".into(), &"panicked".into()));
    assert_eq!(event["error"], "no number: 1\n{\"level\":\"INFO\"}\u{1b}[31m");
    assert!(event["panic.place"].as_str().unwrap().contains("panics.rs:"));
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

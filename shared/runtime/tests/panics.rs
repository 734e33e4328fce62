//! A panic hook belongs to the whole process, so this test has one to itself.

use std::panic;

use memory::Lines;
use runtime::telemetry::{log_panics, subscriber};
use serde_json::Value;

#[test]
fn g52_a_panic_is_one_line_of_the_log_whatever_it_says() {
    let lines = Lines::default();
    let to = lines.clone();
    let subscriber = subscriber("info", move || to.clone(), None).unwrap();
    tracing::subscriber::with_default(subscriber, || {
        let before = panic::take_hook();
        log_panics();
        let input = "1\n{\"level\":\"INFO\"}\u{1b}[31m";
        let caught = panic::catch_unwind(|| panic!("no number: {input}"));
        panic::set_hook(before);
        assert!(caught.is_err());
    });
    let written = lines.all();
    assert_eq!(written.len(), 1, "{written:?}");
    let event: Value = serde_json::from_str(&written[0]).unwrap();
    assert_eq!((&event["level"], &event["message"]), (&"ERROR".into(), &"panicked".into()));
    assert_eq!(event["error"], "no number: 1\n{\"level\":\"INFO\"}\u{1b}[31m");
    assert!(event["panic.place"].as_str().unwrap().contains("panics.rs:"));
}

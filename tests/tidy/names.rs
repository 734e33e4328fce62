//! What does not occur: a clock below `main`, an environment below `main`, a test that may be skipped.

use std::fs;

use crate::files::{root, sources};

#[test]
fn nothing_below_main_reads_the_clock_or_the_environment() {
    let root = root();
    let below =
        ["shared/domain", "shared/xpm", "shared/runtime", "shared/contract", "shared/wiring"];
    let found = lines(&["Timestamp::now", "SystemTime::now", "env::var", "Zoned::now"], |path| {
        below.iter().any(|it| path.starts_with(root.join(it)))
    });
    let found: Vec<_> =
        found.into_iter().filter(|it| !it.contains("///") && !it.contains("//!")).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_test_is_skipped_or_waits_by_sleeping() {
    let own = root().join("tests/tidy");
    let found = lines(&["#[ignore", "thread::sleep("], |path| !path.starts_with(&own));
    assert!(found.is_empty(), "{found:#?}");
}

/// Where the words occur in the sources that `wanted` picks.
fn lines(words: &[&str], wanted: impl Fn(&std::path::Path) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for file in sources(&root()).filter(|it| wanted(it)) {
        for (n, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            if words.iter().any(|it| line.contains(it)) {
                found.push(format!("{}:{}: {}", file.display(), n + 1, line.trim()));
            }
        }
    }
    found
}

//! Every bench runs, on a small scale.

use std::path::{Path, PathBuf};

use bench::cold_start::{Program, start};
use bench::intake::{self, Load};
use bench::parse::{self, Shape};
use bench::suggestions::{self, People};
use bench::table::{Figure, Table};
use bench::{first_sync, jobs, push, scale, time};
use serde_json::json;

const BENCH: &str = env!("CARGO_BIN_EXE_bench");

#[tokio::test]
async fn lists_are_read_whole_and_their_peak_is_told() {
    let shapes = [Shape { clients: 300, contacts: 2, notes: 1 }];
    let shown = table(parse::run(Path::new(BENCH), &shapes, 1).await.unwrap());
    assert!(shown.contains("× its time"), "{shown}");
    assert!(!shown.contains("skipped"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_taken_in_memory_and_over_http() {
    let load = Load { in_memory: 50, over_http: 5 };
    let shown = table(intake::run(&folder("intake"), &load).await.unwrap());
    assert_eq!(shown.matches("/s, p50 ").count(), 2, "{shown}");
}

#[tokio::test]
async fn who_may_be_the_same_is_found_and_judged() {
    let load = suggestions::Load { people: 300, runs: 1, peers: false };
    let shown = table(suggestions::run(&folder("suggestions"), &load).await.unwrap());
    let f1 = shown.split("F1 ").nth(1).unwrap().split(' ').next().unwrap();
    assert!(f1.parse::<f64>().unwrap() > 0.8, "{shown}");
    assert_eq!(shown.matches("skipped: not asked for").count(), 2, "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn g18_a_first_sync_lists_once_and_a_cycle_without_news_is_the_same_for_any_firm() {
    let load = first_sync::Load { clients: 40, fewer: 20, binaries: None };
    let shown = table(first_sync::run(&folder("first-sync"), &load).await.unwrap());
    assert!(!shown.contains("missed"), "{shown}");
    assert_eq!(shown.matches("  met").count(), 5, "{shown}");
}

/// CA-18, CA-22: what a job costs in calls, and how fast many are made, within the limits.
#[tokio::test(flavor = "multi_thread")]
async fn ca_22_jobs_keep_to_their_calls_and_their_rate() {
    let load = jobs::Load { drafts: 60, sets: 2, binaries: None };
    let shown = table(jobs::run(&folder("jobs"), &load).await.unwrap());
    // The last line is of time, and machines are shared.
    let counted: Vec<&str> = shown.lines().filter(|it| it.contains("calls")).collect();
    assert_eq!(counted.len(), 3, "{shown}");
    assert!(counted.iter().all(|it| it.ends_with("  met")), "{shown}");
    assert!(shown.contains(" of 2"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn kb_53_a_contact_is_in_xpm_within_ten_seconds() {
    let load = push::Load { contacts: 2 };
    let shown = table(push::run(&folder("push"), &load).await.unwrap());
    assert_eq!(shown.matches("  met").count(), 2, "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_firms_on_paper_are_counted_as_an_endpoint_counts_and_the_same_every_time() {
    let load = scale::Load::small();
    let shown = table(scale::run(&folder("scale"), &load).await.unwrap());
    assert!(!shown.contains("missed"), "{shown}");
    let bill = scale::bill(&load).await.unwrap();
    assert!(bill.contains("| one firm costs |"), "{bill}");
    assert_eq!(scale::bill(&load).await.unwrap(), bill);
}

/// XB-70, XB-77, G25: what does not depend on how busy the machine is keeps to its limit here too.
#[tokio::test(flavor = "multi_thread")]
async fn g25_time_is_sent_steadily_and_edits_and_idle_firms_cost_next_to_nothing() {
    let load = time::Load { changes: 2, queued: 150, decisions: 1_000, edits: 100, firms: 300 };
    let shown = table(time::run(&folder("time"), &load).await.unwrap());
    for name in ["calls a minute", "edits of one entry", "nothing due"] {
        let line = shown.lines().find(|it| it.contains(name)).unwrap();
        assert!(line.ends_with("met") && !line.contains("missed"), "{shown}");
    }
}

#[test]
fn the_people_are_the_same_every_time() {
    let csv = People::of(1, 50).csv();
    assert_eq!(csv, People::of(1, 50).csv());
    assert_ne!(csv, People::of(2, 50).csv());
    assert_eq!(csv.lines().count(), 101);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_is_measured_when_it_has_answered() {
    let start = start(&empty("null")).await.unwrap();
    assert!(start.next <= start.answer, "{start:?}");
    assert!(!start.cpu.is_zero() && start.resident > 0, "{start:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_proves_nothing_is_not_measured() {
    let error = start(&empty("\"statusCode\":202")).await.unwrap_err();
    assert_eq!(error.to_string(), "it answered null");
}

fn empty(answer: &'static str) -> Program {
    let environment = [
        ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
    ];
    Program {
        path: BENCH.into(),
        args: vec!["empty-function".into()],
        environment: environment.map(|(name, value)| (name.into(), value.into())).to_vec(),
        event: || Ok(json!({})),
        answer,
    }
}

fn table(figures: Vec<Figure>) -> String {
    let mut table = Table::default();
    table.extend(figures);
    table.to_string()
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench").join(name)
}

//! Functions as processes, behind the Runtime API.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use local::function::Function;
use local::invoke::{FunctionError, Functions};
use local::processes::{Processes, Program};
use local::settings::Settings;
use local::{Addresses, Runner};
use serde_json::{Value, json};

const A_MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_process_is_told_its_deadline_and_its_settings_and_nothing_else() {
    let before = SystemTime::now();
    let answer = ask(&toys(A_MINUTE), json!({ "n": 1 })).await.unwrap();
    let after = SystemTime::now();

    let deadline = Duration::from_millis(answer["deadline"].as_u64().unwrap());
    let deadline = SystemTime::UNIX_EPOCH + deadline;
    assert!(deadline + Duration::from_millis(1) >= before + A_MINUTE);
    assert!(deadline <= after + A_MINUTE);
    assert_eq!(answer["event"], json!({ "n": 1 }));
    assert_eq!(answer["arn"], Function::TimePush.arn());
    assert!(answer["trace_id"].as_str().unwrap().starts_with("Root=1-"));
    assert_eq!(answer["table"], "tandem-records");
    assert_eq!(answer["home"], Value::Null);
}

#[tokio::test]
async fn one_process_serves_one_invocation_after_another() {
    let toys = toys(A_MINUTE);
    let first = ask(&toys, json!({})).await.unwrap();
    let second = ask(&toys, json!({})).await.unwrap();
    assert_eq!(first["process"], second["process"]);
    assert_ne!(first["request_id"], second["request_id"]);
}

#[tokio::test]
async fn two_invocations_at_once_are_two_processes() {
    let toys = toys(A_MINUTE);
    let (one, other) = tokio::join!(ask(&toys, json!({})), ask(&toys, json!({})));
    assert_ne!(one.unwrap()["process"], other.unwrap()["process"]);
}

#[tokio::test]
async fn a_process_that_reports_an_error_goes_on() {
    let toys = toys(A_MINUTE);
    let before = ask(&toys, json!({})).await.unwrap();
    let error = ask(&toys, json!({ "do": "fail" })).await.unwrap_err();
    assert!(error.to_string().ends_with("as asked"), "{error}");
    let after = ask(&toys, json!({})).await.unwrap();
    assert_eq!(before["process"], after["process"]);
}

#[tokio::test]
async fn a_process_that_exits_is_replaced() {
    let toys = toys(A_MINUTE);
    let before = ask(&toys, json!({})).await.unwrap();
    let error = ask(&toys, json!({ "do": "exit" })).await.unwrap_err();
    assert!(matches!(error, FunctionError::Exited { .. }), "{error}");
    let after = ask(&toys, json!({})).await.unwrap();
    assert_ne!(before["process"], after["process"]);
}

#[tokio::test]
async fn a_process_that_takes_too_long_is_killed_and_replaced() {
    let toys = toys(Duration::from_secs(1));
    let before = ask(&toys, json!({})).await.unwrap();
    let error = ask(&toys, json!({ "do": "hang" })).await.unwrap_err();
    assert!(matches!(error, FunctionError::TimedOut { .. }), "{error}");
    let after = ask(&toys, json!({})).await.unwrap();
    assert_ne!(before["process"], after["process"]);
}

#[tokio::test]
async fn an_answer_that_lambda_would_not_carry_is_an_error() {
    let error = ask(&toys(A_MINUTE), json!({ "do": "huge" })).await.unwrap_err();
    assert!(matches!(error, FunctionError::TooLarge(Function::TimePush)), "{error}");
}

#[tokio::test]
async fn missing_binaries_are_named_with_the_command_that_builds_them() {
    let nowhere = std::env::temp_dir().join(uuid::Uuid::new_v4().to_string());
    let options = local::Options {
        runner: Runner::Processes(nowhere.join("no-binaries")),
        ..local::Options::quiet(&nowhere)
    };
    let error = local::Stack::start(options).await.unwrap_err().to_string();
    assert!(error.contains("no api, no oauth_callback"), "{error}");
    assert!(error.contains("cargo build --workspace"), "{error}");
    std::fs::remove_dir_all(nowhere).unwrap();
}

async fn ask(toys: &Processes, event: Value) -> Result<Value, FunctionError> {
    toys.invoke(Function::TimePush, event).await
}

fn toys(timeout: Duration) -> Processes {
    let program = std::env::current_exe().unwrap();
    let built = program.ancestors().nth(2).unwrap().join("examples/toy");
    let settings = Settings::of(&Addresses::default(), &PathBuf::from("data.key"));
    let path = built.with_extension(std::env::consts::EXE_EXTENSION);
    Processes::new([Program { function: Function::TimePush, path, timeout, settings }])
}

//! `kill -9` of the real program at any moment: nothing lost, nothing doubled (G3, G11, G20).

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::stage::{Folder, User, binaries};
use crate::world::{Work, booked};

const NOTE: &str = "through the crash";

#[tokio::test(flavor = "multi_thread")]
async fn g20_killing_the_stack_loses_and_doubles_nothing() {
    let folder = Folder::new();
    let (mut program, mut user) = start(folder.path()).await;
    user.connect().await;
    let work = Work::find(&user).await;
    work.set_up(&user).await;

    let mut accepted: BTreeMap<String, i64> = BTreeMap::new();
    for round in 0..3 {
        for n in 0..6 {
            let (id, minutes) = (format!("e-{round}-{n}"), i64::from(n % 2 + 1));
            let mut entry = work.hour(&id);
            entry["seconds"] = json!(minutes * 60);
            entry["note"] = json!(NOTE);
            if user.try_deliver("time_entry.updated", entry).await.is_ok_and(|it| it == 202) {
                accepted.insert(id, minutes);
            }
        }
        // In the middle of pushing: the worker was woken by the first of them.
        program.kill().await.unwrap();
        (program, user) = start(folder.path()).await;
    }
    assert_eq!(accepted.len(), 18);

    // A worker that died holds its lease for 30 s, and the sweep comes by every minute.
    for id in accepted.keys() {
        let path = format!("/v1/time-entries/{id}");
        let pushed = async || user.get(&path).await["push"]["state"] == "pushed";
        user.until_within(Duration::from_secs(240), "the push", pushed).await;
    }
    let entries = booked(&user, NOTE).await;
    let minutes: i64 = entries.iter().filter_map(|it| it["minutes"].as_i64()).sum();
    assert_eq!(entries.len(), accepted.len());
    assert_eq!(minutes, accepted.values().sum::<i64>());
    let mut ids: Vec<&Value> = entries.iter().map(|it| &it["uuid"]).collect();
    ids.sort_by_key(|it| it.to_string());
    ids.dedup();
    assert_eq!(ids.len(), accepted.len());
    program.kill().await.unwrap();
}

/// Starts `local` on any free ports and reads the addresses that it prints.
async fn start(folder: &Path) -> (Child, User) {
    let mut program = Command::new(binaries().join("local"))
        .args(["--port", "0", "--simulator-port", "0", "--data-dir"])
        .arg(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let (mut public, mut simulator) = (String::new(), String::new());
    while let Some(line) = lines.next_line().await.unwrap() {
        let address = line.split_whitespace().last().unwrap_or_default();
        if line.starts_with("console") {
            public = address.into();
        } else if line.starts_with("simulator") {
            simulator = address.into();
        } else if line == "ready" {
            break;
        }
    }
    (program, User::of(&public, &simulator))
}

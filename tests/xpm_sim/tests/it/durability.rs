//! What survives the end of the process.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use uuid::Uuid;

use crate::world::{Answer, World, read, standing, start};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(Uuid::new_v4().to_string())
}

fn kept_in(folder: &std::path::Path) -> xpm_sim::Options {
    xpm_sim::Options { data_dir: Some(folder.to_owned()), ..standing() }
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let folder = folder();
    let world = World::of(start(kept_in(&folder)).await);
    let job = world.open_job().await;
    world.post("time.api/add", &World::timesheet(&job, 42)).await;
    world.post("client.api/add", "<Client><Name>Kept</Name></Client>").await;
    let ledger = world.ledger();
    let World { simulator, http, token, refresh_token, tenant } = world;
    drop(simulator);

    let simulator = start(kept_in(&folder)).await;
    let world = World { simulator, http, token, refresh_token, tenant };
    assert_eq!(world.ledger(), ledger);
    assert_eq!(world.get("staff.api/list").await.status, 200);
    let number = world.simulator.control().calls(0)[0].number;
    let last = ledger["effects"].as_array().unwrap().last().unwrap()["call"].as_u64().unwrap();
    assert_eq!(number, last + 1);
}

#[tokio::test]
async fn a_torn_last_line_is_ignored_and_written_over() {
    let folder = folder();
    let world = World::of(start(kept_in(&folder)).await);
    let ledger = world.ledger();
    drop(world);
    let journal = folder.join("journal.jsonl");
    let mut file = std::fs::OpenOptions::new().append(true).open(journal).unwrap();
    file.write_all(b"[{\"practice\":{\"ten").unwrap();

    let world = World::of(start(kept_in(&folder)).await);
    assert_eq!(world.ledger(), ledger);
    world.post("client.api/add", "<Client><Name>After</Name></Client>").await;
    let ledger = world.ledger();
    drop(world);
    assert_eq!(World::of(start(kept_in(&folder)).await).ledger(), ledger);
}

#[tokio::test]
async fn a_killed_process_has_lost_nothing_that_it_answered() {
    let folder = folder();
    let http = crate::world::client();
    let (mut program, url) = run(&folder);
    let connect = read(http.post(format!("{url}/_sim/connect"))).await.json();
    let client = add_client(&http, &url, &connect).await.one("Client/UUID");
    program.kill().unwrap();
    program.wait().unwrap();

    let (mut program, url) = run(&folder);
    let ledger = read(http.get(format!("{url}/_sim/ledger"))).await.json();
    let clients = ledger["clients"].as_array().unwrap();
    assert!(clients.iter().any(|it| it["uuid"] == client.as_str()));
    assert_eq!(add_client(&http, &url, &connect).await.one("Status"), "OK");
    program.kill().unwrap();
    program.wait().unwrap();
}

async fn add_client(http: &reqwest::Client, url: &str, connect: &Value) -> Answer {
    let request = http
        .post(format!("{url}/practicemanager/3.1/client.api/add"))
        .bearer_auth(connect["access_token"].as_str().unwrap())
        .header("Xero-Tenant-Id", connect["tenants"][0].as_str().unwrap())
        .body("<Client><Name>Kept</Name></Client>");
    read(request).await
}

/// Runs the program and reads its address from its first line.
fn run(folder: &std::path::Path) -> (Child, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_xpm_sim"))
        .args(["--port", "0", "--data-dir"])
        .arg(folder)
        .env("RUST_LOG", "info")
        .env("NO_COLOR", "1")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stderr.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    let url = line.trim().rsplit(' ').next().unwrap().to_owned();
    (program, url)
}

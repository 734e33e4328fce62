//! A large firm.

use domain::contacts::sync::{Counts, RunState};
use domain::ports::Kind;
use serde_json::json;

use crate::desk::{Desk, company, organisation, with};

/// 15,000 clients: every one of them a contact or matched, in commits of many records, from one call.
#[tokio::test]
async fn kb_07_a_first_sync_of_15_000_clients_takes_few_commits() {
    let desk = Desk::new().await;
    for n in 0..100 {
        desk.contact(organisation(&format!("o-{n}"), &format!("Client {n}"), &email(n))).await;
    }
    let before = desk.ports.store.commits();
    for n in 0..14_999 {
        let person = json!({"uuid": format!("c{n:05}"), "name": format!("Person {n}")});
        let people = if n % 10 == 0 { json!([person]) } else { json!([]) };
        let client = company(&format!("a{n:05}"), &format!("Client {n}"), &email(n));
        desk.client(with(client, json!({"contacts": people})));
    }

    let run = desk.sync().await;

    assert_eq!(run.state, RunState::Done);
    let expected =
        Counts { read: 16_500, matched: 100, created: 16_399, skipped: 1, ..Counts::default() };
    assert_eq!(run.counts, expected);
    assert_eq!((desk.lists(), desk.count(Kind::ContactMatch)), (1, 16_499));
    // Eight changes for a client and seven for a person at most, a hundred in a commit, and one commit
    // for the progress of each chunk.
    let commits = desk.ports.store.commits() - before;
    assert!(commits < 1_600, "{commits} commits");

    let before = desk.kept();
    let commits = desk.ports.store.commits();
    desk.pass(8 * 24 * 60);
    assert_eq!(desk.sync().await.counts.unchanged, 16_499);
    assert_eq!(desk.kept(), before);
    assert!(desk.ports.store.commits() - commits < 10);
}

fn email(n: usize) -> String {
    format!("c{n}@x.example")
}

//! A large firm.

use std::collections::HashSet;

use domain::contacts::sync::{Counts, RunState};
use domain::ports::Kind;
use memory::practice::{Method, Trouble};
use serde_json::json;

use crate::desk::{Desk, company, organisation, with};

/// 15,000 clients: every one of them a contact or matched, in commits of many records, from one call.
#[tokio::test]
async fn kb_07_kb_29_g18_a_sync_of_15_000_clients_takes_few_commits_and_the_second_writes_nothing()
{
    let desk = Desk::pushing().await;
    desk.settings(|it| it.contact_sync.assign_contact_type = Some("Client".into())).await;
    for n in 0..100 {
        let it = organisation(&format!("o-{n}"), &format!("Client {n}"), &email(n));
        desk.contact(with(it, json!({"contact_type": "Client"}))).await;
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
    desk.push().await;

    let before = desk.kept();
    let commits = desk.ports.store.commits();
    desk.pass(8 * 24 * 60);
    assert_eq!(desk.sync().await.counts.unchanged, 16_499);
    assert_eq!(desk.kept(), before);
    assert!(desk.ports.store.commits() - commits < 10);
    // G18: nothing of it goes to XPM either.
    desk.push().await;
    assert_eq!((desk.kept(), desk.done()), (before, vec![]));
}

/// G5, G4: a thousand clients are added, and no request is answered at first; XPM took every other one.
#[tokio::test]
async fn g05_a_thousand_creates_without_an_answer_leave_no_duplicate() {
    const MANY: usize = 1_000;
    let desk = Desk::pushing().await;
    desk.settings(|it| {
        it.budget.per_minute = 60_000;
        it.budget.per_day = 10_000_000;
    })
    .await;
    for n in 0..MANY {
        let it = organisation(&format!("o-{n}"), &format!("Client {n}"), &email(n));
        desk.contact(with(it, json!({"contact_type": "Client"}))).await;
        let lost = [Trouble::UncertainAfter, Trouble::Uncertain][n % 2].clone();
        desk.ports.practice.fail_next(Method::AddClient, lost);
    }
    for _ in 0..60 {
        desk.push().await;
        desk.pass(2);
    }
    let there = desk.there();
    let names: HashSet<&str> = there.iter().map(|it| it.name.as_str()).collect();
    assert_eq!((there.len(), names.len()), (MANY, MANY));
    assert_eq!(desk.count(Kind::ContactMatch), MANY);
    // Twice as many requests as clients: half of the first ones were never carried out.
    let calls = desk.ports.practice.calls();
    let adds = calls.iter().filter(|it| it.method == Method::AddClient).count();
    assert!(adds > MANY, "{adds}");
    // A list of all of XPM finds nobody new, and sends nothing.
    let done = desk.done().len();
    let run = desk.sync().await;
    assert_eq!((run.counts.created, run.counts.matched, run.counts.partial), (0, 0, 0));
    desk.push().await;
    assert_eq!(desk.done().len(), done);
}

fn email(n: usize) -> String {
    format!("c{n}@x.example")
}

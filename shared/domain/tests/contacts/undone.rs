//! A run that is undone: everything it changed is put back, except what was changed since.

use domain::contacts::contact::Contact;
use domain::contacts::matches::MatchState;
use domain::contacts::sync::{self, Followed, Mode, Obstacle, RunState, SyncChange, SyncRun};
use domain::firm::Create;
use domain::journal::{Entry, Event};
use domain::ports::Kind;
use domain::reason::Reason;
use serde_json::json;

use crate::desk::{Desk, company, organisation, skipped, with};

#[tokio::test]
async fn by_10_what_a_run_made_is_gone_again_and_what_it_changed_is_as_before() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Acme", "a@acme.example")).await;
    desk.client(company("b1", "Beta", "b@beta.example"));
    desk.sync().await;
    let before = (desk.value("xpm-b1").await, desk.value("o-1").await);
    desk.client(with(company("a1", "Acme", "a@acme.example"), json!({"phone": "02 5550 1"})));
    desk.client(with(company("b1", "Beta Ltd", "b@beta.example"), json!({"phone": "02 5550 2"})));
    desk.client(company("c0", "Gamma", "c@gamma.example"));
    let run = desk.sync().await;
    assert_eq!((run.counts.matched, run.counts.created, run.counts.updated), (1, 1, 1));
    assert_ne!(desk.value("o-1").await, before.1);

    let undone = desk.undo(&run).await;
    assert_eq!((undone.state, undone.mode), (RunState::Done, Mode::Undo));
    assert_eq!((undone.counts.read, undone.counts.updated, undone.counts.skipped), (3, 3, 0));
    assert_eq!((undone.progress.done, undone.progress.total), (3, 3));
    assert_eq!((desk.value("xpm-b1").await, desk.value("o-1").await), before);
    assert_eq!(desk.contacts().await, ["o-1", "xpm-b1"]);
    assert_eq!(desk.state("a1").await, (MatchState::Removed, Some(Reason::Undone)));
    assert_eq!(desk.state("c0").await, (MatchState::Removed, Some(Reason::Undone)));
    assert_eq!(desk.state("b1").await, (MatchState::Matched, None));
    // Nobody holds the contact that was matched, and nobody is found by what is gone.
    assert_eq!(desk.count(Kind::ContactMatch), 1);
    // The two that are left have three keys each: name, e-mail, and the name as it is searched.
    assert_eq!(desk.count(Kind::ContactKey), 6);
}

/// Otherwise the next sync would do at once what a person has just undone.
#[tokio::test]
async fn by_10_what_was_undone_does_not_come_back_by_itself() {
    let desk = Desk::new().await;
    desk.client(company("b1", "Beta", "b@beta.example"));
    desk.sync().await;
    desk.client(company("b1", "Beta Ltd", "b@beta.example"));
    desk.client(company("c0", "Gamma", "c@gamma.example"));
    let run = desk.sync().await;
    desk.undo(&run).await;
    let before = desk.kept();
    desk.pass(8 * 24 * 60);
    let run = desk.sync().await;
    assert_eq!(skipped(&run), [("deleted", 1), ("match_removed", 1)]);
    assert_eq!(run.counts.unchanged, 1);
    assert_eq!(desk.kept(), before);
    // What XPM says next is news, and comes over.
    desk.client(company("b1", "Beta Holdings", "b@beta.example"));
    assert_eq!(desk.sync().await.counts.updated, 1);
    assert_eq!(desk.value("xpm-b1").await.name, "Beta Holdings");
}

#[tokio::test]
async fn by_10_what_was_changed_since_stays_and_is_listed() {
    let desk = Desk::new().await;
    desk.client(company("b1", "Beta", "b@beta.example"));
    desk.client(company("c0", "Gamma", "c@gamma.example"));
    let run = desk.sync().await;
    desk.contact(organisation("xpm-b1", "Beta, renamed", "b@beta.example")).await;
    let undone = desk.undo(&run).await;
    assert_eq!((undone.counts.updated, skipped(&undone)), (1, vec![("changed_since", 1)]));
    assert_eq!(desk.contacts().await, ["xpm-b1"]);
    assert_eq!(desk.state("b1").await, (MatchState::Matched, None));
    let listed = desk.changes(&undone).await;
    let told: Vec<_> = listed.iter().map(|it| (it.uuid.as_str(), it.outcome.code())).collect();
    assert_eq!(told, [("b1", "skipped"), ("c0", "updated")]);
    assert_eq!(listed[0].reason, Some(Reason::ChangedSince));
}

#[tokio::test]
async fn by_10_a_run_is_undone_once_and_only_one_that_was_applied() {
    let desk = Desk::new().await;
    desk.client(company("b1", "Beta", "b@beta.example"));
    let plan = desk.plan().await;
    assert_eq!(desk.try_undo(&plan).await, Followed::Not(Obstacle::NotUndoable));
    let run = desk.sync().await;
    let undone = desk.undo(&run).await;
    let before = desk.kept();
    assert_eq!(desk.try_undo(&run).await, Followed::Not(Obstacle::Done));
    assert_eq!(desk.try_undo(&undone).await, Followed::Not(Obstacle::NotUndoable));
    let next = desk.sync().await;
    desk.pass(31 * 24 * 60);
    assert_eq!(desk.try_undo(&next).await, Followed::Not(Obstacle::Expired));
    assert_eq!(desk.kept(), before);
}

#[tokio::test]
async fn by_10_a_run_is_not_undone_while_another_is_in_progress() {
    let desk = Desk::new().await;
    desk.client(company("b1", "Beta", "b@beta.example"));
    let run = desk.sync().await;
    desk.request().await;
    assert_eq!(desk.try_undo(&run).await, Followed::Not(Obstacle::InProgress));
    desk.work().await;
    assert!(matches!(desk.try_undo(&run).await, Followed::By(_)));
}

/// Undoing is a run like any other: it goes on where it was interrupted, and counts nothing twice.
#[tokio::test]
async fn by_10_an_undoing_that_dies_at_any_commit_ends_alike() {
    let mut after = 0;
    loop {
        let desk = Desk::new().await;
        for n in 0..120 {
            let (id, name) = (format!("a{n:03}"), format!("Client {n}"));
            desk.client(company(&id, &name, &format!("c{n}@x.example")));
        }
        let run = desk.sync().await;
        let Followed::By(undo) = desk.try_undo(&run).await else { panic!("refused") };
        desk.ports.store.fail_commits_after(after);
        let died = desk.try_work().await.is_err();
        desk.ports.store.fail_commits(0);
        desk.pass(1);
        desk.work().await;
        let undo = desk.run(&undo).await;
        assert_eq!((undo.state, undo.counts.read, undo.counts.updated), (RunState::Done, 120, 120));
        assert!(desk.contacts().await.is_empty(), "after {after} commits");
        if !died {
            break;
        }
        after += 3;
    }
    assert!(after > 9, "it never died");
}

/// BY-08: one entry for each record that a person wants to see changed, in the same commit.
#[tokio::test]
async fn by_08_a_sync_and_its_undoing_are_told_in_the_journal_with_before_and_after() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Acme", "a@acme.example")).await;
    desk.contact(organisation("o-2", "Beta", "other@beta.example")).await;
    desk.client(company("a1", "Acme", "a@acme.example"));
    desk.client(company("b1", "Beta", "b@beta.example"));
    desk.client(company("c0", "Gamma", "c@gamma.example"));
    let run = desk.sync().await;
    let told = |entries: &[Entry]| -> Vec<(String, Event)> {
        entries.iter().map(|it| (it.subject.id.clone(), it.event)).collect()
    };
    let made = [
        ("xpm-c0".to_owned(), Event::ContactCreated),
        ("a1".to_owned(), Event::MatchMade),
        ("b1".to_owned(), Event::MatchPartial),
    ];
    let first = desk.told_all();
    assert_eq!(told(&first), made);
    assert!(first.iter().all(|it| it.run.as_ref() == Some(&run.id) && it.place.is_none()));
    assert_eq!(
        (&first[0].before, &first[0].after.as_ref().unwrap()["name"]),
        (&None, &json!("Gamma"))
    );
    assert_eq!(first[2].reason, Some(Reason::Partial));
    for change in desk.changes(&run).await {
        let known = |id: &String| first.iter().any(|it| domain::records::Record::id(it) == *id);
        assert!(change.entries.len() == 1 && change.entries.iter().all(known));
    }

    desk.client(company("c0", "Gamma Ltd", "c@gamma.example"));
    desk.sync().await;
    let renamed = &desk.told_all()[1];
    assert_eq!((renamed.subject.id.as_str(), renamed.event), ("xpm-c0", Event::ContactUpdated));
    assert_eq!(renamed.before.as_ref().unwrap()["name"], "Gamma");
    assert_eq!(renamed.after.as_ref().unwrap()["name"], "Gamma Ltd");

    let before = desk.told_all().len();
    desk.pass(8 * 24 * 60);
    desk.sync().await;
    assert_eq!(desk.told_all().len(), before, "a sync that changes nothing tells nothing");
}

#[tokio::test]
async fn by_08_what_is_undone_is_told_as_well() {
    let desk = Desk::new().await;
    desk.client(company("c0", "Gamma", "c@gamma.example"));
    let run = desk.sync().await;
    desk.undo(&run).await;
    let told: Vec<Event> = desk.told_all().iter().map(|it| it.event).collect();
    assert_eq!(told, [Event::ContactCreated, Event::ContactDeleted, Event::MatchRemoved]);
    assert_eq!(desk.told_all()[1].after, None);
}

/// The review list shows what waits because of the firm's own setting; undoing that waits no more.
#[tokio::test]
async fn by_10_a_record_that_the_run_met_first_is_left_alone_afterwards() {
    let desk = Desk::new().await;
    desk.settings(|it| it.contact_sync.create_in_practice = Create::Ask).await;
    desk.client(company("c0", "Gamma", "c@gamma.example"));
    let run = desk.sync().await;
    assert_eq!(desk.state("c0").await, (MatchState::Unmatched, Some(Reason::AskFirst)));
    desk.undo(&run).await;
    assert_eq!(desk.state("c0").await, (MatchState::Removed, Some(Reason::Undone)));
}

impl Desk {
    pub(crate) async fn try_undo(&self, run: &SyncRun) -> Followed {
        sync::undo(&self.ports, &self.firm, &run.id, self.now()).await.unwrap()
    }

    async fn undo(&self, run: &SyncRun) -> SyncRun {
        let Followed::By(undo) = self.try_undo(run).await else { panic!("refused") };
        self.work().await;
        self.run(&undo).await
    }

    pub(crate) async fn value(&self, id: &str) -> Contact {
        self.book(id).await.contact.value
    }

    pub(crate) async fn changes(&self, run: &SyncRun) -> Vec<SyncChange> {
        let store = &self.ports.store;
        let page = sync::changes(store, &self.firm, &run.id, None, None, 200).await.unwrap();
        page.0.into_iter().map(|it| it.record).collect()
    }

    fn told_all(&self) -> Vec<Entry> {
        let items = self.ports.store.items().into_iter();
        let items = items.filter(|it| it.key.kind == Kind::Journal);
        items.map(|it| serde_json::from_value(it.body).unwrap()).collect()
    }
}

//! A dry run: what it lists is what applying it does, or nothing is done.

use domain::contacts::matches::MatchState;
use domain::contacts::sync::{self, Followed, Mode, Obstacle, RunState, SyncRun};
use domain::reason::Reason;
use jiff::SignedDuration;
use memory::practice::{Method, Trouble};
use serde_json::json;

use crate::desk::{Desk, company, organisation, with};

/// Creates, updates, links and skips, each with what differs and why.
#[tokio::test]
async fn by_01_a_plan_lists_everything_it_would_do_with_reasons_and_differences() {
    let desk = two_sides().await;
    let before = desk.kept();
    let plan = desk.plan().await;
    assert_eq!(desk.kept(), before);
    let changes = desk.changes(&plan).await;
    let told: Vec<_> = changes
        .iter()
        .map(|it| (it.uuid.as_str(), it.outcome.code(), it.reason.map(Reason::code)))
        .collect();
    assert_eq!(
        told,
        [
            ("a1", "matched", None),
            ("b1", "partial", Some("partial")),
            ("c0", "created", None),
            ("c1", "created", None),
            ("d1", "skipped", Some("archived")),
            ("dead", "skipped", Some("deleted")),
            ("e1", "updated", None),
        ]
    );
    let fields = |n: usize| -> Vec<_> {
        let all = changes[n].differences.iter();
        let contact = all.filter(|it| !it.field.starts_with("match_"));
        contact.map(|it| (it.field.as_str(), it.before.clone(), it.after.clone())).collect()
    };
    assert_eq!(fields(6), [("name", json!("Epsilon"), json!("Epsilon Ltd"))]);
    let phones = json!([{"label": "phone", "number": "02 5550 1"}]);
    assert_eq!(fields(0), [("phones", json!(null), phones)]);
    assert!(fields(2).contains(&("name", json!(null), json!("Gamma"))));
    // A person's place at an organisation that only the plan makes.
    let at = changes[3].differences.iter().find(|it| it.field == "organisations").unwrap();
    assert_eq!(at.after[0]["id"], "xpm-c0");
}

#[tokio::test]
async fn by_01_applying_a_plan_does_exactly_that_plan() {
    let desk = two_sides().await;
    let plan = desk.plan().await;
    let run = desk.apply(&plan).await;
    assert_eq!(
        (run.state, run.mode, run.of.as_ref()),
        (RunState::Done, Mode::Apply, Some(&plan.id))
    );
    assert_eq!((run.counts, &run.skipped), (plan.counts, &plan.skipped));
    let planned = desk.changes(&plan).await.into_iter();
    let planned: Vec<_> = planned
        .filter(|it| !["skipped"].contains(&it.outcome.code()))
        .map(|it| (it.uuid, it.outcome, it.contact, it.differences))
        .collect();
    let done = desk.changes(&run).await.into_iter();
    let done: Vec<_> = done.map(|it| (it.uuid, it.outcome, it.contact, it.differences)).collect();
    assert_eq!(done, planned);
    // The same as a sync that was never planned.
    let other = two_sides().await;
    other.sync().await;
    assert_eq!(desk.contacts().await, other.contacts().await);
    // One list for the plan, one look whether XPM moved, and nothing is left for the next sync.
    assert_eq!(desk.lists(), 3);
    let before = desk.kept();
    let next = desk.sync().await;
    assert_eq!((next.counts.created, next.counts.updated, next.counts.matched), (0, 0, 0));
    assert_eq!(desk.kept(), before);
}

#[tokio::test]
async fn by_01_a_plan_is_applied_once() {
    let desk = two_sides().await;
    let plan = desk.plan().await;
    let run = desk.apply(&plan).await;
    assert_eq!(desk.try_apply(&plan).await, Followed::Not(Obstacle::Done));
    assert_eq!(desk.try_apply(&run).await, Followed::Not(Obstacle::NotAPlan));
}

#[tokio::test]
async fn by_01_a_plan_is_refused_as_a_whole_when_a_contact_has_moved() {
    let desk = two_sides().await;
    let plan = desk.plan().await;
    desk.contact(organisation("o-1", "Acme, renamed", "a@acme.example")).await;
    refused(&desk, &plan).await;
}

/// Nothing that the plan would write has moved, but what it is would be decided otherwise now.
#[tokio::test]
async fn by_01_a_plan_is_refused_when_someone_appears_who_would_be_a_candidate() {
    let desk = two_sides().await;
    let plan = desk.plan().await;
    desk.contact(organisation("o-9", "Gamma", "other@gamma.example")).await;
    refused(&desk, &plan).await;
}

#[tokio::test]
async fn by_01_a_plan_is_refused_as_a_whole_when_xpm_has_moved() {
    for moved in [
        company("c0", "Gamma, renamed", "c@gamma.example"),
        company("f1", "New", "f@new.example"),
        json!({"uuid": "d1", "name": "Delta"}),
    ] {
        let desk = two_sides().await;
        let plan = desk.plan().await;
        desk.pass(1);
        desk.client(moved);
        refused(&desk, &plan).await;
    }
}

#[tokio::test]
async fn by_01_what_xpm_lists_again_unchanged_refuses_no_plan() {
    let desk = two_sides().await;
    let plan = desk.plan().await;
    desk.pass(1);
    let people = json!({"contacts": [{"uuid": "c1", "name": "Ann Lee"}]});
    desk.client(with(company("c0", "Gamma", "c@gamma.example"), people));
    assert_eq!(desk.apply(&plan).await.state, RunState::Done);
}

#[tokio::test]
async fn by_01_a_plan_is_refused_under_other_settings_and_after_a_day() {
    let desk = two_sides().await;
    let plan = desk.plan().await;
    desk.settings(|it| it.contact_types.push("Supplier".into())).await;
    refused(&desk, &plan).await;

    let desk = two_sides().await;
    let plan = desk.plan().await;
    desk.ports.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(desk.try_apply(&plan).await, Followed::Not(Obstacle::Expired));
}

#[tokio::test]
async fn by_01_a_plan_waits_while_xpm_cannot_say_whether_it_moved() {
    let desk = two_sides().await;
    let plan = desk.plan().await;
    desk.ports.practice.fail_next(Method::Clients, Trouble::Uncertain);
    assert!(matches!(desk.try_apply(&plan).await, Followed::Later(Reason::XpmUnreachable, _)));
    desk.pass(1);
    assert_eq!(desk.apply(&plan).await.state, RunState::Done);
}

/// Between the answer and the worker: what has moved by then is left alone, nothing else is.
#[tokio::test]
async fn by_01_what_moves_while_a_plan_is_applied_is_left_alone() {
    let desk = two_sides().await;
    let plan = desk.plan().await;
    let Followed::By(run) = desk.try_apply(&plan).await else { panic!("refused") };
    desk.contact(organisation("o-1", "Acme, renamed", "a@acme.example")).await;
    desk.work().await;
    let run = desk.run(&run).await;
    assert_eq!((run.counts.failed, run.counts.matched, run.counts.created), (1, 0, 2));
    assert_eq!(run.failures[0].trouble.code(), "moved");
    assert_eq!(desk.value("o-1").await.name, "Acme, renamed");
    assert_eq!(desk.try_matched("a1").await, None);
}

/// Two clients equal one contact: the first takes it, in a plan as in a sync, though nothing is
/// written in between and the second is in another piece.
#[tokio::test]
async fn kb_26_a_plan_gives_a_contact_away_once() {
    let desk = Desk::new().await;
    desk.contact(organisation("o-1", "Twin", "t@twin.example")).await;
    desk.client(company("a0", "Twin", "t@twin.example"));
    for n in 0..250 {
        let id = format!("b{n:03}");
        desk.client(company(&id, &format!("Client {n}"), &format!("c{n}@x.example")));
    }
    desk.client(company("cc", "Twin", "t@twin.example"));
    let plan = desk.plan().await;
    assert_eq!((plan.counts.matched, plan.counts.created), (1, 251));
    let run = desk.apply(&plan).await;
    assert_eq!((run.state, run.counts), (RunState::Done, plan.counts));
    assert_eq!(desk.state("a0").await.0, MatchState::Matched);
}

#[tokio::test]
async fn by_01_a_plan_whose_pieces_vanish_is_made_anew_and_lists_nothing_twice() {
    let desk = two_sides().await;
    let plan = sync::request(&desk.ports, &desk.firm, Mode::Plan, desk.now()).await.unwrap();
    desk.tick(34).await;
    desk.ports.cache.clear();
    desk.work().await;
    let plan = desk.run(&plan).await;
    assert_eq!((plan.state, plan.counts.read), (RunState::Done, 7));
    assert_eq!(desk.changes(&plan).await.len(), 7);
    assert_eq!(desk.apply(&plan).await.state, RunState::Done);
}

async fn refused(desk: &Desk, plan: &SyncRun) {
    let before = desk.kept();
    assert_eq!(desk.try_apply(plan).await, Followed::Not(Obstacle::Moved));
    desk.pass(1);
    assert_eq!(desk.kept(), before);
}

/// One of each sort.
async fn two_sides() -> Desk {
    let desk = Desk::new().await;
    desk.client(company("e1", "Epsilon", "e@epsilon.example"));
    desk.sync().await;
    desk.contact(organisation("o-1", "Acme", "a@acme.example")).await;
    desk.contact(organisation("o-2", "Beta", "other@beta.example")).await;
    desk.client(with(company("a1", "Acme", "a@acme.example"), json!({"phone": "02 5550 1"})));
    desk.client(company("b1", "Beta", "b@beta.example"));
    let people = json!({"contacts": [{"uuid": "c1", "name": "Ann Lee"}]});
    desk.client(with(company("c0", "Gamma", "c@gamma.example"), people));
    desk.client(json!({"uuid": "d1", "name": "Delta", "archived": true}));
    desk.client(company("e1", "Epsilon Ltd", "e@epsilon.example"));
    desk.settings(|it| it.contact_sync.interval_minutes = 1440).await;
    // Everything is compared, so that nothing is left out.
    desk.pass(8 * 24 * 60);
    desk
}

impl Desk {
    pub(crate) async fn plan(&self) -> SyncRun {
        self.pass(6);
        let now = self.now();
        let plan = sync::request(&self.ports, &self.firm, Mode::Plan, now).await.unwrap();
        self.work().await;
        let plan = self.run(&plan).await;
        assert_eq!((plan.mode, plan.state), (Mode::Plan, RunState::Done));
        plan
    }

    async fn try_apply(&self, plan: &SyncRun) -> Followed {
        sync::apply(&self.ports, &self.firm, &plan.id, self.now()).await.unwrap()
    }

    pub(crate) async fn apply(&self, plan: &SyncRun) -> SyncRun {
        let followed = self.try_apply(plan).await;
        let Followed::By(run) = followed else { panic!("refused: {followed:?}") };
        self.work().await;
        self.run(&run).await
    }
}

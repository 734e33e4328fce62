//! Why an entry is not in XPM: the first check that fails, each in its turn.

use domain::ids::{TaskId, XpmUuid};
use domain::linking::task::TaskRecord;
use domain::practice::Timesheet;
use domain::reason::Reason;
use domain::time::entry::{EntryRecord, TimeEntry};
use domain::time::push::{Call, State};
use domain::why::time::{Facts, checks};
use domain::why::{Verdict, failure, task};

use crate::desk::{Desk, an_hour, sheet, uuid};

/// XB-85, BY-03: everything is wrong at once; put right one thing after the other, each check fails in
/// its turn, those before it have passed, and those after it are not reached.
#[tokio::test]
async fn xb_85_the_first_failing_check_is_told_in_its_turn() {
    let desk = Desk::new().await;
    desk.task("t-2").await;
    desk.record(TimeEntry { task_id: TaskId::parse("t-2").ok(), ..an_hour("e-1") }).await;
    let mut it = Situation {
        entry: desk.entry("e-1").await,
        task: desk.task_record("t-2").await,
        linked: desk.task_record("t-1").await,
        obstacle: Some(Reason::ReconnectRequired),
        client: false,
        mapped: false,
        auto_link: false,
        staff: Err(Reason::StaffUnmapped),
        spent: true,
    };
    it.entry.entry.value.running = true;
    it.entry.look_at = None;
    it.entry.push.state = rejected(Reason::JobClosed);

    let turns: [Turn; 10] = [
        ("connection", Reason::ReconnectRequired, |it| it.obstacle = None),
        ("client_link", Reason::ClientUnlinked, |it| it.client = true),
        ("process_mapping", Reason::ProcessUnmapped, |it| it.mapped = true),
        ("auto_link", Reason::AutoLinkOff, |it| it.auto_link = true),
        ("task_link", Reason::TaskUnlinked, |it| it.task = it.linked.clone()),
        ("timer_context", Reason::Running, |it| it.entry.entry.value.running = false),
        ("staff_map", Reason::StaffUnmapped, |it| it.staff = Ok(uuid("5701"))),
        ("job_state", Reason::JobClosed, |it| {
            it.entry.push.state = rejected(Reason::PeriodLocked);
        }),
        ("lock", Reason::PeriodLocked, |it| it.entry.push.state = State::default()),
        ("rate_budget", Reason::OverLimit, |it| it.spent = false),
    ];
    for (turn, (name, reason, put_right)) in turns.into_iter().enumerate() {
        let told = it.checks();
        assert_eq!(failure(&told), Some(reason), "{name}");
        for (n, check) in told.iter().enumerate() {
            let expected = match n.cmp(&turn) {
                std::cmp::Ordering::Less => Verdict::Passed,
                std::cmp::Ordering::Equal => Verdict::Failed(reason),
                std::cmp::Ordering::Greater => Verdict::NotReached,
            };
            assert_eq!(check.verdict, expected, "{name}: {}", check.name);
        }
        assert_eq!(told[turn].name, name);
        put_right(&mut it);
    }
    assert_eq!(failure(&it.checks()), None);
    // An answer that never came is the last thing that can be in the way.
    it.entry.push.state = State::Ambiguous { sheet: sheet(), candidates: vec![] };
    assert_eq!(failure(&it.checks()), Some(Reason::SeveralInXpm));
}

/// XB-85: time outside a task fails for that, and not for a link that it could not have.
#[tokio::test]
async fn xb_85_time_outside_a_task_is_told_so() {
    let desk = Desk::new().await;
    desk.record(TimeEntry { task_id: None, ..an_hour("e-1") }).await;
    desk.work().await;
    let entry = desk.entry("e-1").await;
    let facts = Facts {
        entry: &entry,
        obstacle: None,
        spent: false,
        task: None,
        changed_at: None,
        staff: Some(Ok(uuid("5701"))),
    };
    assert_eq!(failure(&checks(&facts)), Some(Reason::NoTask));
}

/// XB-85: what XPM holds as it should be has passed every check.
#[tokio::test]
async fn xb_85_what_is_in_xpm_has_passed_every_check() {
    let desk = Desk::new().await;
    desk.record(an_hour("e-1")).await;
    desk.work().await;
    let entry = desk.entry("e-1").await;
    let facts = Facts {
        entry: &entry,
        obstacle: None,
        spent: true,
        task: None,
        changed_at: None,
        staff: Some(Err(Reason::StaffUnmapped)),
    };
    assert_eq!(failure(&checks(&facts)), None);
}

/// A check, why it fails, and what puts it right.
type Turn = (&'static str, Reason, fn(&mut Situation));

struct Situation {
    entry: EntryRecord,
    task: TaskRecord,
    linked: TaskRecord,
    obstacle: Option<Reason>,
    client: bool,
    mapped: bool,
    auto_link: bool,
    staff: Result<XpmUuid, Reason>,
    spent: bool,
}

impl Situation {
    fn checks(&self) -> Vec<domain::why::Check> {
        let task = task::Facts {
            obstacle: self.obstacle,
            task: &self.task,
            client: self.client,
            mapped: self.mapped,
            auto_link: self.auto_link,
        };
        checks(&Facts {
            entry: &self.entry,
            obstacle: self.obstacle,
            spent: self.spent,
            task: Some(task),
            changed_at: None,
            staff: Some(self.staff.clone()),
        })
    }
}

fn rejected(reason: Reason) -> State {
    let sheet: Timesheet = sheet();
    State::Rejected { reason, call: Call::Create { sheet } }
}

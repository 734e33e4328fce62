//! The promises of the auto-link rule: one place, or the reason why not.

use domain::ids::{ContactId, JobNumber, ProcessId, TaskId, XpmUuid};
use domain::linking::period::Names;
use domain::linking::rule::{Answer, Question, decide};
use domain::linking::task::{LinkState, Task, TaskKind};
use domain::linking::year::YearStart;
use domain::practice::{Job, JobTask};
use domain::reason::Reason;
use jiff::civil::{Date, date};

const TODAY: Date = date(2025, 3, 1);

#[test]
fn xb_21_the_only_open_job_with_the_mapped_task_in_the_year_is_linked() {
    let case = Case::new();
    assert_eq!(place(case.answer()), ["J000001", "aa01"]);
}

#[test]
fn xb_25_an_alert_is_linked_by_the_same_rule() {
    let mut case = Case::new();
    case.task.kind = TaskKind::Alert;
    assert_eq!(place(case.answer()), ["J000001", "aa01"]);
}

#[test]
fn xb_20_nothing_is_linked_while_auto_link_is_off() {
    let case = Case { enabled: false, ..Case::new() };
    assert_eq!(case.answer(), none(Reason::AutoLinkOff));
}

/// XB-22: each reason, one wrong thing away from a link.
#[test]
fn xb_22_every_obstacle_has_its_own_reason() {
    assert_eq!(Case { client: None, ..Case::new() }.answer(), none(Reason::ClientUnlinked));
    assert_eq!(Case { mapped: None, ..Case::new() }.answer(), none(Reason::ProcessUnmapped));
    assert_eq!(
        Case { mapped_exists: false, ..Case::new() }.answer(),
        none(Reason::MappedTaskMissing)
    );
    assert_eq!(Case { jobs: vec![], ..Case::new() }.answer(), none(Reason::NoOpenJob));
    let other = Case { mapped: Some(uuid("ffff")), ..Case::new() };
    assert_eq!(other.answer(), none(Reason::TaskNotOnJob));
}

/// XB-21, edges: closed jobs and completed tasks are not linkable.
#[test]
fn xb_21_closed_jobs_and_completed_tasks_are_not_linkable() {
    for state in ["Completed", "cancelled", "Archived"] {
        let mut case = Case::new();
        case.jobs[0].state = state.into();
        assert_eq!(case.answer(), none(Reason::NoOpenJob), "{state}");
    }
    let mut dated = Case::new();
    dated.jobs[0].completed_date = Some(date(2025, 2, 1));
    assert_eq!(dated.answer(), none(Reason::NoOpenJob));
    let mut done = Case::new();
    done.jobs[0].tasks.as_mut().unwrap()[0].completed = true;
    assert_eq!(done.answer(), none(Reason::TaskNotOnJob));
}

#[test]
fn xb_21_a_job_with_the_task_twice_is_left_to_a_person() {
    let mut case = Case::new();
    case.jobs[0].tasks.as_mut().unwrap().push(job_task("aa02"));
    assert_eq!(ambiguous(case.answer()), ["aa01", "aa02"]);
}

#[test]
fn xb_60_a_task_of_2025_gets_the_job_of_2025() {
    let mut case = Case::new();
    case.jobs.push(job("J000002", "bb01", 2024));
    assert_eq!(place(case.answer()), ["J000001", "aa01"]);
    case.jobs.reverse();
    assert_eq!(place(case.answer()), ["J000001", "aa01"]);
}

#[test]
fn xb_61_a_rolled_over_task_is_never_linked_across() {
    let mut case = Case::new();
    case.task.rolled_over = true;
    assert_eq!(case.answer(), none(Reason::RolledOver));
}

#[test]
fn xb_62_the_job_of_another_year_is_no_fallback() {
    let case = Case { jobs: vec![job("J000002", "bb01", 2024)], ..Case::new() };
    let Answer::None(Reason::NoJobInPeriod, offered) = case.answer() else { panic!("linked") };
    assert_eq!(offered[0].job_task_uuid, uuid("bb01"));
}

/// XB-63: a task of May 2025 belongs to the Australian year that began in July 2024.
#[test]
fn xb_63_the_firms_year_decides_and_not_the_calendar() {
    let mut case = Case { year: "07-01".parse().unwrap(), ..Case::new() };
    case.task.start_date = Some(date(2025, 5, 1));
    case.jobs[0].start_date = Some(date(2025, 7, 1));
    assert!(matches!(case.answer(), Answer::None(Reason::NoJobInPeriod, _)));
    case.jobs[0].start_date = Some(date(2024, 7, 1));
    assert_eq!(place(case.answer()), ["J000001", "aa01"]);
}

#[test]
fn xb_63_a_job_without_dates_is_of_the_year_in_its_name() {
    let mut case = Case::new();
    (case.jobs[0].start_date, case.jobs[0].due_date) = (None, None);
    case.jobs[0].name = "Annual accounts FY25".into();
    assert_eq!(place(case.answer()), ["J000001", "aa01"]);
    case.jobs[0].name = "Annual accounts FY24".into();
    assert!(matches!(case.answer(), Answer::None(Reason::NoJobInPeriod, _)));
}

/// XB-14: of the jobs of a year, the one that starts in the month or quarter that the task names.
#[test]
fn xb_14_the_month_in_a_tasks_name_chooses_the_job() {
    let starting = |number: &str, task: &str, month: i8| Job {
        start_date: Some(date(2025, month, 1)),
        ..job(number, task, 2025)
    };
    let jobs = vec![starting("J000001", "aa01", 1), starting("J000002", "bb01", 4)];
    let mut case = Case { names: Names::QuarterEnd, jobs, ..Case::new() };
    for (name, chosen) in [
        ("BAS - Jan", Some("aa01")),
        ("BAS- April", Some("bb01")),
        ("BAS - Quarter Jun", Some("bb01")),
        ("BAS - Quarter Mar", Some("aa01")),
        ("BAS - Feb", None),
        // The other convention is not mixed in.
        ("BAS - Quarter Apr", None),
    ] {
        case.task.name = name.into();
        match chosen {
            Some(task) => assert_eq!(place(case.answer())[1], task, "{name}"),
            None => {
                assert!(matches!(case.answer(), Answer::None(Reason::NoJobInPeriod, _)), "{name}")
            }
        }
    }
    case.task.name = "BAS - Jan".into();
    case.names = Names::Off;
    assert_eq!(ambiguous(case.answer()).len(), 2);
}

/// XB-23: first the job whose days include the task's, then the one due soonest from today on.
#[test]
fn xb_23_ties_are_broken_by_rule_and_else_left_to_a_person() {
    let quarter = |number: &str, task: &str, from: Date, to: Date| Job {
        start_date: Some(from),
        due_date: Some(to),
        ..job(number, task, 2025)
    };
    let first = quarter("J000001", "aa01", date(2025, 1, 1), date(2025, 3, 31));
    let second = quarter("J000002", "bb01", date(2025, 4, 1), date(2025, 6, 30));
    let third = quarter("J000003", "cc01", date(2025, 7, 1), date(2025, 9, 30));

    let mut case = Case { jobs: vec![third.clone(), second.clone(), first.clone()], ..Case::new() };
    case.task.start_date = Some(date(2025, 4, 10));
    assert_eq!(place(case.answer()), ["J000002", "bb01"]);

    case.task.start_date = Some(date(2025, 12, 1));
    assert_eq!(place(case.answer()), ["J000001", "aa01"]);

    let late = Case { today: date(2025, 12, 31), ..case };
    assert_eq!(ambiguous(late.answer()).len(), 3);

    let twin = Job { number: JobNumber::parse("J000009").unwrap(), ..first.clone() };
    let case = Case { jobs: vec![first, twin], ..Case::new() };
    assert_eq!(ambiguous(case.answer()), ["aa01", "aa01"]);
}

#[test]
fn xb_23_a_task_without_dates_is_linked_only_where_there_is_no_choice() {
    let mut case = Case::new();
    case.task.start_date = None;
    assert_eq!(place(case.answer()), ["J000001", "aa01"]);
    case.jobs.push(job("J000002", "bb01", 2025));
    assert_eq!(ambiguous(case.answer()).len(), 2);
}

/// XB-50, XB-51: what is linked, and what a person took away, is not touched, whatever else changed.
#[test]
fn xb_51_only_a_task_that_was_never_linked_is_touched() {
    for state in [LinkState::Auto, LinkState::Manual, LinkState::Broken] {
        assert_eq!(Case { state, ..Case::new() }.answer(), Answer::Keep, "{state:?}");
    }
    let sticky = Case { state: LinkState::UnmappedByUser, ..Case::new() };
    assert_eq!(sticky.answer(), none(Reason::StickyUnmapped));
}

struct Case {
    task: Task,
    state: LinkState,
    enabled: bool,
    client: Option<XpmUuid>,
    mapped: Option<XpmUuid>,
    mapped_exists: bool,
    jobs: Vec<Job>,
    year: YearStart,
    names: Names,
    today: Date,
}

impl Case {
    fn new() -> Self {
        let task = Task {
            id: TaskId::parse("t-1").unwrap(),
            name: "Annual accounts".into(),
            kind: TaskKind::Task,
            process_id: Some(ProcessId::parse("p-1").unwrap()),
            contact_id: Some(ContactId::parse("c-1").unwrap()),
            start_date: Some(date(2025, 2, 1)),
            due_date: None,
            rolled_over: false,
        };
        Self {
            task,
            state: LinkState::Never,
            enabled: true,
            client: Some(uuid("c1")),
            mapped: Some(uuid("7a5c")),
            mapped_exists: true,
            jobs: vec![job("J000001", "aa01", 2025)],
            year: YearStart::CALENDAR,
            names: Names::Off,
            today: TODAY,
        }
    }

    fn answer(&self) -> Answer {
        decide(&Question {
            task: &self.task,
            state: self.state,
            enabled: self.enabled,
            client: self.client.as_ref(),
            mapped: self.mapped.as_ref(),
            mapped_exists: self.mapped_exists,
            jobs: &self.jobs,
            year: self.year,
            names: self.names,
            today: self.today,
        })
    }
}

fn job(number: &str, task: &str, year: i16) -> Job {
    Job {
        number: JobNumber::parse(number).unwrap(),
        uuid: None,
        name: "Annual accounts".into(),
        client: None,
        state: "Planned".into(),
        start_date: Some(date(year, 1, 1)),
        due_date: None,
        completed_date: None,
        tasks: Some(vec![job_task(task)]),
        staff: vec![],
    }
}

fn job_task(uuid_text: &str) -> JobTask {
    JobTask {
        uuid: uuid(uuid_text),
        task_uuid: uuid("7a5c"),
        name: "Accounts".into(),
        completed: false,
        billable: true,
        staff: vec![],
    }
}

fn uuid(text: &str) -> XpmUuid {
    XpmUuid::parse(text).unwrap()
}

fn none(reason: Reason) -> Answer {
    Answer::None(reason, vec![])
}

fn place(answer: Answer) -> [String; 2] {
    match &answer {
        Answer::Link(place) => [place.job_number.to_string(), place.job_task_uuid.to_string()],
        Answer::Keep | Answer::None(..) => panic!("{answer:?}"),
    }
}

fn ambiguous(answer: Answer) -> Vec<String> {
    match &answer {
        Answer::None(Reason::Ambiguous, offered) => {
            offered.iter().map(|it| it.job_task_uuid.to_string()).collect()
        }
        Answer::Keep | Answer::Link(_) | Answer::None(..) => panic!("{answer:?}"),
    }
}

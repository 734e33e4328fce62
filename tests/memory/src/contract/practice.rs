use domain::ids::{JobNumber, XpmUuid};
use domain::ports::{Access, Cause, ClientSink, Fault, Practice, Reply};
use domain::practice::{Booked, Client, ClientDraft, ContactDraft, Timesheet};
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// What must be in XPM before [`practice_contract`]: no clients but one, no time.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The right to call.
    pub access: Access,
    /// The only client.
    pub client: XpmUuid,
    /// An open job of it.
    pub job: JobNumber,
    /// A task on the job.
    pub job_task: XpmUuid,
    /// Who is on the task.
    pub staff: XpmUuid,
    /// Who is on no task.
    pub other_staff: XpmUuid,
}

/// XPM files the same thing twice, refuses what it does not know, and changes only what is named.
pub async fn practice_contract(practice: &impl Practice, scene: &Scene) {
    clients_and_contacts(practice, scene).await;
    lists_and_jobs(practice, scene).await;
    time(practice, scene).await;
}

async fn clients_and_contacts(practice: &impl Practice, scene: &Scene) {
    let Scene { access, .. } = scene;
    let draft = ClientDraft {
        name: Some("Twin & Sons <Łódź>".into()),
        email: Some("twin@example.com".into()),
        ..ClientDraft::default()
    };
    let one = ok(practice.add_client(access, &draft).await);
    let two = ok(practice.add_client(access, &draft).await);
    assert_ne!(one.uuid, two.uuid, "the same client is added twice");
    assert_refused(practice.add_client(access, &ClientDraft::default()).await);

    let phone = ClientDraft { phone: Some("01".into()), ..ClientDraft::default() };
    ok(practice.update_client(access, &one.uuid, &phone).await);
    let changed = ok(practice.client(access, &one.uuid).await).unwrap();
    assert_eq!((&changed.name, &changed.email), (&one.name, &one.email));
    assert_eq!(changed.phone.as_deref(), Some("01"));
    assert_eq!(ok(practice.client(access, &nobody()).await), None);
    assert_refused(practice.update_client(access, &nobody(), &phone).await);

    let person = ContactDraft { name: Some("Ada".into()), ..ContactDraft::default() };
    let ada = ok(practice.add_contact(access, &one.uuid, &person).await);
    let mobile = ContactDraft { mobile: Some("02".into()), ..ContactDraft::default() };
    ok(practice.update_contact(access, &one.uuid, &ada.uuid, &mobile).await);
    let there = ok(practice.client(access, &one.uuid).await).unwrap().contacts;
    assert_eq!(there.len(), 1);
    assert_eq!((&*there[0].name, there[0].mobile.as_deref()), ("Ada", Some("02")));
    assert_refused(practice.add_contact(access, &nobody(), &person).await);

    let mut sink = Sink::default();
    assert_eq!(ok(practice.clients(access, None, &mut sink).await), 3);
    assert_eq!(sink.0.len(), 3);
    let found = ok(practice.search_clients(access, "twin &").await);
    assert_eq!(found.len(), 2);
}

async fn lists_and_jobs(practice: &impl Practice, scene: &Scene) {
    let Scene { access, client, job, job_task, staff, other_staff } = scene;
    let all = ok(practice.staff(access).await);
    assert!([staff, other_staff].into_iter().all(|it| all.iter().any(|there| there.uuid == *it)));

    let whole = ok(practice.job(access, job).await).unwrap();
    let tasks = whole.tasks.unwrap();
    assert!(tasks.iter().any(|it| it.uuid == *job_task && it.staff.contains(staff)));
    assert!(ok(practice.jobs_of(access, client).await).iter().any(|it| it.number == *job));
    assert!(ok(practice.current_jobs(access).await).iter().any(|it| it.number == *job));
    let none = JobNumber::parse("J999999").unwrap();
    assert_eq!(ok(practice.job(access, &none).await), None);
}

async fn time(practice: &impl Practice, scene: &Scene) {
    let Scene { access, job, job_task, staff, other_staff, .. } = scene;
    let day: Date = date(2026, 11, 20);
    let sheet = Timesheet {
        job: job.clone(),
        job_task: job_task.clone(),
        staff: staff.clone(),
        date: day,
        minutes: 90,
        note: "Wrote & read <again>".into(),
    };
    let one = ok(practice.add_time(access, &sheet).await);
    let two = ok(practice.add_time(access, &sheet).await);
    assert_ne!(one.uuid, two.uuid, "the same time is booked twice");
    assert_eq!(one.sheet, sheet);
    for wrong in [
        Timesheet { job: JobNumber::parse("J999999").unwrap(), ..sheet.clone() },
        Timesheet { job_task: nobody(), ..sheet.clone() },
        Timesheet { staff: nobody(), ..sheet.clone() },
        Timesheet { staff: other_staff.clone(), ..sheet.clone() },
    ] {
        assert_refused(practice.add_time(access, &wrong).await);
    }

    let longer = Timesheet { minutes: 120, ..sheet.clone() };
    ok(practice.update_time(access, &one.uuid, &longer).await);
    let there = ok(practice.time(access, &one.uuid).await).unwrap();
    assert_eq!(there.sheet, longer);
    assert_refused(practice.update_time(access, &nobody(), &longer).await);
    assert_eq!(ok(practice.time(access, &nobody()).await), None);

    let count = |times: Vec<Booked>| times.len();
    assert_eq!(count(ok(practice.times_of_job(access, job, day, day).await)), 2);
    assert_eq!(count(ok(practice.times_of_staff(access, staff, day, day).await)), 2);
    let next = day + 1.day();
    assert_eq!(count(ok(practice.times_of_job(access, job, next, next).await)), 0);
    let far = day + 2.years();
    assert!(practice.times_of_staff(access, staff, day, far).await.outcome.is_err());

    ok(practice.assign_to_task(access, job, job_task, other_staff).await);
    ok(practice.assign_to_task(access, job, job_task, other_staff).await);
    let theirs = Timesheet { staff: other_staff.clone(), ..sheet.clone() };
    ok(practice.add_time(access, &theirs).await);
    assert_refused(practice.assign_to_task(access, job, job_task, &nobody()).await);
    assert_refused(practice.assign_to_task(access, job, &nobody(), staff).await);

    ok(practice.delete_time(access, &two.uuid).await);
    assert_refused(practice.delete_time(access, &two.uuid).await);
    let left = ok(practice.times_of_staff(access, staff, day, day).await);
    assert_eq!(left.iter().map(|it| &it.uuid).collect::<Vec<_>>(), [&one.uuid]);
}

#[derive(Default)]
struct Sink(Vec<Client>);

impl ClientSink for Sink {
    async fn take(&mut self, clients: Vec<Client>) -> Result<(), Cause> {
        self.0.extend(clients);
        Ok(())
    }
}

fn ok<T>(reply: Reply<T>) -> T {
    reply.outcome.unwrap()
}

fn assert_refused<T: std::fmt::Debug>(reply: Reply<T>) {
    assert!(matches!(reply.outcome, Err(Fault::Refused { .. })), "{:?}", reply.outcome);
}

fn nobody() -> XpmUuid {
    XpmUuid::parse("ffffffff-0000-4000-8000-000000000000").unwrap()
}

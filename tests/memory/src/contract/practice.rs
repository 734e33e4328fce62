use domain::ids::{JobNumber, XpmUuid};
use domain::ports::{Access, Cause, ClientSink, Fault, Practice, Reply};
use domain::practice::{
    Address, Booked, Client, ClientDraft, ContactDraft, CostSheet, JobOrder, Timesheet,
};
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// What must be in XPM before [`practice_contract`]: no clients but one, no time, a template.
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
    new_jobs(practice, scene).await;
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
    ok(practice.link_contact(access, &two.uuid, &ada.uuid, Some("CEO")).await);
    ok(practice.link_contact(access, &two.uuid, &ada.uuid, Some("CEO")).await);
    let linked = ok(practice.client(access, &two.uuid).await).unwrap().contacts;
    assert_eq!(linked.len(), 1, "linked once, however often it is said");
    assert_eq!((&linked[0].uuid, linked[0].position.as_deref()), (&ada.uuid, Some("CEO")));
    assert_refused(practice.link_contact(access, &one.uuid, &nobody(), None).await);

    let home = Address {
        lines: vec!["1 High St".into()],
        city: Some("Sydney".into()),
        ..Address::default()
    };
    let at = |it: Address| ClientDraft { physical: Some(it), ..ClientDraft::default() };
    ok(practice.update_client(access, &one.uuid, &at(home.clone())).await);
    let city = Address { city: Some("Perth".into()), ..Address::default() };
    ok(practice.update_client(access, &one.uuid, &at(city)).await);
    let moved = ok(practice.client(access, &one.uuid).await).unwrap().physical.unwrap();
    assert_eq!((moved.lines, moved.city.as_deref()), (home.lines, Some("Perth")));

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

async fn new_jobs(practice: &impl Practice, scene: &Scene) {
    let Scene { access, client, staff, .. } = scene;
    let template = ok(practice.templates(access).await).remove(0).uuid;
    let day = date(2026, 11, 20);
    let order = JobOrder {
        client: client.clone(),
        name: "Twin & <job>".into(),
        description: String::new(),
        start_date: day,
        due_date: day,
        template,
    };
    let one = ok(practice.add_job(access, &order).await);
    let two = ok(practice.add_job(access, &order).await);
    assert_ne!(one.number, two.number, "the same job is added twice");
    assert_eq!((one.staff.len(), one.start_date), (0, Some(day)));
    for wrong in [
        JobOrder { client: nobody(), ..order.clone() },
        JobOrder { template: nobody(), ..order.clone() },
        JobOrder { name: String::new(), ..order.clone() },
    ] {
        assert_refused(practice.add_job(access, &wrong).await);
    }

    ok(practice.assign(access, &one.number, std::slice::from_ref(staff)).await);
    ok(practice.assign(access, &one.number, std::slice::from_ref(staff)).await);
    assert_refused(practice.assign(access, &one.number, &[nobody(), staff.clone()]).await);
    assert_eq!(ok(practice.job(access, &one.number).await).unwrap().staff.len(), 1);
    assert_refused(practice.set_state(access, &one.number, "NO SUCH STATE").await);

    let cost = CostSheet {
        date: day,
        description: "Fee & <stamp>".into(),
        billable: false,
        quantity: "2.5".parse().unwrap(),
        unit_cost: "0.10".parse().unwrap(),
        unit_price: "-3".parse().unwrap(),
    };
    let first = ok(practice.add_cost(access, &one.number, &cost).await);
    let twin = ok(practice.add_cost(access, &one.number, &cost).await);
    assert_ne!(first, twin, "the same cost is added twice");
    let other = CostSheet { description: "other".into(), ..cost.clone() };
    ok(practice.update_cost(access, &twin, &other).await);
    let costs = ok(practice.costs_of(access, &one.number).await);
    assert!(costs.iter().any(|it| it.uuid == first && it.sheet == cost));
    assert!(costs.iter().any(|it| it.uuid == twin && it.sheet == other));
    assert_refused(practice.update_cost(access, &nobody(), &cost).await);

    assert!(ok(practice.job_url(access, &one.number).await).is_some());
    assert_eq!(ok(practice.invoices_of(access, &one.number).await), 0);
    for number in [&one.number, &two.number, &two.number] {
        ok(practice.delete_job(access, number).await);
    }
    assert_eq!(ok(practice.job_url(access, &one.number).await), None);
    assert_refused(practice.costs_of(access, &one.number).await);
    assert_refused(practice.add_cost(access, &one.number, &cost).await);
    assert_refused(practice.assign(access, &one.number, std::slice::from_ref(staff)).await);
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

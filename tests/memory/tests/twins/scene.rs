//! One organisation with a client, a job and two people.

use domain::ids::{JobNumber, TenantId};
use domain::ports::{Access, Secret};
use domain::practice::{Client, Job, JobTask, Named, Staff, Timesheet};
use jiff::civil::date;
use memory::MemoryPractice;
use memory::contract::Scene;
use serde_json::json;

pub(crate) fn tenant() -> TenantId {
    TenantId::parse("tenant").unwrap()
}

pub(crate) fn scene(practice: &MemoryPractice) -> Scene {
    let access = Access { token: Secret::new("any"), tenant: tenant() };
    let [client, job_task, staff, other_staff] = [0; 4].map(|_| practice.uuid());
    let job = JobNumber::parse("J000309").unwrap();
    let scene = Scene { access, client, job, job_task, staff, other_staff };
    for (uuid, name) in [(&scene.staff, "Ada"), (&scene.other_staff, "Ben")] {
        let staff = Staff { uuid: uuid.clone(), name: name.into(), email: None };
        practice.put_staff(&tenant(), staff);
    }
    let template = Named { uuid: practice.uuid(), name: "Returns".into() };
    practice.put_template(&tenant(), template);
    let client = json!({"uuid": scene.client, "name": "Acme Pty Ltd"});
    practice.put_client(&tenant(), serde_json::from_value::<Client>(client).unwrap());
    practice.put_job(&tenant(), job_of(&scene, practice));
    scene
}

fn job_of(scene: &Scene, practice: &MemoryPractice) -> Job {
    let mut job = job(scene);
    for task in job.tasks.iter_mut().flatten() {
        task.task_uuid = practice.uuid();
    }
    job
}

pub(crate) fn job(scene: &Scene) -> Job {
    let task = JobTask {
        uuid: scene.job_task.clone(),
        task_uuid: scene.job_task.clone(),
        name: "Returns".into(),
        completed: false,
        billable: true,
        staff: vec![scene.staff.clone()],
    };
    Job {
        number: scene.job.clone(),
        uuid: None,
        name: "Returns 2026".into(),
        client: Some(Named { uuid: scene.client.clone(), name: "Acme Pty Ltd".into() }),
        state: "In Progress".into(),
        start_date: None,
        due_date: None,
        completed_date: None,
        tasks: Some(vec![task]),
        staff: vec![],
    }
}

pub(crate) fn sheet(scene: &Scene) -> Timesheet {
    Timesheet {
        job: scene.job.clone(),
        job_task: scene.job_task.clone(),
        staff: scene.staff.clone(),
        date: date(2026, 11, 20),
        minutes: 30,
        note: "Wrote".into(),
    }
}

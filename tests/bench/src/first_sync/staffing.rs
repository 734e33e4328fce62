//! Who records the time that is delivered, and on what.

use domain::desired::Stamp;
use domain::ids::{FirmId, JobNumber, TaskId, UserId, XpmUuid};
use domain::journal::Actor;
use domain::linking::by_hand;
use domain::linking::task::{self, Place, Task, TaskKind};
use domain::ports::{Clock, Ports};
use domain::time::user::{self, User};
use serde_json::json;
use wiring::Outside;
use xpm_sim::Control;

use crate::Cause;

const STAFF: &str = "57000000-0000-4000-8000-000000000001";
const TASK: &str = "7a000000-0000-4000-8000-000000000001";
const ON_JOB: &str = "aa000000-0000-4000-8000-000000000001";
const CLIENT: &str = "c1000000-0000-4000-8000-000000000001";
const JOB: &str = "J000001";
/// As many as the deliveries name.
const PEOPLE: usize = 12;
const TASKS: usize = 100;

/// Has the simulator hold a job with one task and one person, and the firm its people and tasks, all of
/// which lead there.
pub(super) async fn staffed(
    control: &Control,
    outside: &Outside,
    firm: &FirmId,
) -> Result<(), Cause> {
    let load = |kind: &str, body: serde_json::Value| control.load(kind, &body.to_string(), None);
    load("clients", json!([{"UUID": CLIENT, "Name": "Bench"}]))?;
    load("staff", json!([{"UUID": STAFF, "Name": "Ann", "Email": "ann@bench.example"}]))?;
    load("tasks", json!([{"UUID": TASK, "Name": "Accounts"}]))?;
    load(
        "jobs",
        json!([{"ID": JOB, "Name": "Accounts", "ClientUUID": CLIENT, "State": "Planned",
            "StartDate": "20260101", "Tasks": [{"UUID": ON_JOB, "TaskUUID": TASK, "Name": "Accounts",
            "Assigned": [{"UUID": STAFF}]}]}]),
    )?;
    let (store, now) = (outside.store(), outside.clock().now());
    let stamp = Stamp { version: Some(1), as_of: now };
    for n in 0..PEOPLE {
        let id = UserId::parse(format!("user-{n}"))?;
        let it = User { id: id.clone(), name: "Ann".into(), email: None };
        user::put(store, firm, it, stamp, now).await?;
        user::choose(store, firm, &id, Some(XpmUuid::parse(STAFF)?), now).await?;
    }
    for n in 0..TASKS {
        let id = TaskId::parse(format!("task-{n}"))?;
        let it = Task {
            id: id.clone(),
            name: "Accounts".into(),
            kind: TaskKind::Task,
            process_id: None,
            contact_id: None,
            start_date: None,
            due_date: None,
            rolled_over: false,
        };
        task::put(store, firm, it, stamp, now).await?;
        let place = Place {
            job_number: JobNumber::parse(JOB)?,
            job_task_uuid: XpmUuid::parse(ON_JOB)?,
            name: "Accounts".into(),
            start_date: None,
        };
        by_hand::link(store, firm, &id, place, &Actor::App, now).await?;
    }
    Ok(())
}

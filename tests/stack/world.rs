//! The demo firm's work: a task on a job of this year and one of last year, and someone who may
//! book time on it.

use serde_json::{Value, json};

use crate::stage::User;

/// Where time is to go.
pub(crate) struct Work {
    pub(crate) job: String,
    pub(crate) job_task: String,
    pub(crate) task_type: String,
    pub(crate) staff: String,
    pub(crate) contact: String,
    pub(crate) start_date: String,
}

impl Work {
    /// A client with the same task type on an open job of 2025 and on one of 2026: the latter.
    pub(crate) async fn find(user: &User) -> Self {
        let matches = user.all("/v1/matches?state=matched").await;
        let ledger = user.ledger().await;
        let jobs = ledger["jobs"].as_array().unwrap();
        for job in jobs.iter().filter(|it| open_in(it, "2026")) {
            let contact = matches.iter().find(|it| it["xpm"]["uuid"] == job["client_uuid"]);
            let Some(contact) = contact else { continue };
            for task in job["tasks"].as_array().unwrap() {
                let on = |other: &&Value| {
                    let tasks = other["tasks"].as_array().unwrap();
                    other["client_uuid"] == job["client_uuid"]
                        && tasks.iter().any(|it| {
                            it["task_uuid"] == task["task_uuid"] && it["completed"] == false
                        })
                };
                let this_year = jobs.iter().filter(|it| open_in(it, "2026")).filter(on).count();
                let last_year = jobs.iter().filter(|it| open_in(it, "2025")).filter(on).count();
                let staff = task["staff_uuids"][0].as_str();
                if let (1, 1, false, Some(staff)) =
                    (this_year, last_year, task["completed"] == true, staff)
                {
                    return Self {
                        job: text(&job["number"]),
                        job_task: text(&task["uuid"]),
                        task_type: text(&task["task_uuid"]),
                        staff: staff.into(),
                        contact: text(&contact["contact"]["id"]),
                        start_date: text(&job["start_date"]),
                    };
                }
            }
        }
        panic!("the demo firm has no client with the same task in both years")
    }

    /// Maps the process, the person, and has the task `t-1` link itself.
    pub(crate) async fn set_up(&self, user: &User) {
        user.put(
            "/v1/processes/p-1",
            json!({ "name": "Accounts", "xpm_task_uuid": self.task_type }),
        )
        .await;
        let staff = user.get_soon("/v1/xpm/staff").await;
        let email = staff["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["uuid"] == self.staff.as_str())
            .map(|it| it["email"].clone())
            .unwrap();
        user.put("/v1/users/u-1", json!({ "name": "Somebody", "email": email })).await;
        user.put("/v1/tasks/t-1", self.task()).await;
        user.until("the link", async || user.get("/v1/tasks/t-1").await["link"]["state"] == "auto")
            .await;
    }

    pub(crate) fn task(&self) -> Value {
        json!({
            "name": "Annual accounts",
            "kind": "task",
            "process_id": "p-1",
            "contact_id": self.contact,
            "start_date": self.start_date,
        })
    }

    /// An hour on the task.
    pub(crate) fn hour(&self, id: &str) -> Value {
        json!({
            "id": id,
            "task_id": "t-1",
            "user_id": "u-1",
            "date": "2026-11-20",
            "seconds": 3600,
            "note": "reconciled the bank",
        })
    }
}

/// The entries that XPM holds with this note.
pub(crate) async fn booked(user: &User, note: &str) -> Vec<Value> {
    let ledger = user.ledger().await;
    let entries = ledger["time_entries"].as_array().unwrap();
    entries.iter().filter(|it| it["note"] == note).cloned().collect()
}

fn open_in(job: &Value, year: &str) -> bool {
    let open = job["state"] == "Planned" || job["state"] == "In Progress";
    open && job["start_date"].as_str().is_some_and(|it| it.starts_with(year))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

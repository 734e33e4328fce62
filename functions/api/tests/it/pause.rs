//! Why nothing happens while XPM cannot be asked: told before anything was tried.

use domain::deadline::Deadline;
use domain::time::work::work;
use jiff::SignedDuration;
use memory::practice::{Method, Trouble};
use serde_json::{Value, json};

use crate::world::{World, an_hour, demo};
use crate::xpm::filled;

/// XB-85, SH-06: what waits behind a silent XPM says so, until the lane goes on.
#[tokio::test]
async fn xb_85_while_xpm_is_silent_what_was_never_tried_says_why_it_waits() {
    let world = behind_a_silent_xpm(Trouble::Uncertain).await;
    assert_eq!(reasons(&world).await, vec!["xpm_unreachable"; 4]);

    let other =
        world.ask("PUT", "/v1/tasks/t-9", crate::world::OTHER_KEY, Some(json!({"name": "A"})));
    assert_eq!(other.await.ok()["link"]["reason"]["code"], "not_connected");

    world.ports().clock.advance(SignedDuration::from_secs(61));
    one_look(&world).await;
    assert_eq!(reasons(&world).await, ["", "client_unlinked", "", "client_unlinked"]);
}

/// SH-06: the note ends by itself should nobody come to take it away.
#[tokio::test]
async fn sh_06_the_reason_of_a_pause_does_not_outlive_it() {
    let world = behind_a_silent_xpm(Trouble::NotProcessed).await;
    world.ports().clock.advance(SignedDuration::from_secs(149));
    assert_eq!(reasons(&world).await[1], "xpm_unreachable");
    world.ports().clock.advance(SignedDuration::from_secs(2));
    assert_eq!(reasons(&world).await[1], "");
}

/// The lane stopped at the first entry; another task and entry came after that.
async fn behind_a_silent_xpm(trouble: Trouble) -> World {
    let world = filled().await;
    world.put("/v1/users/u-1", json!({"name": "Ann", "email": "ann@x.example"})).await.ok();
    world.put("/v1/tasks/t-1", json!({"name": "A"})).await.ok();
    let place = json!({"job_number": "J1", "job_task_uuid": "f1"});
    world.put("/v1/tasks/t-1/link", place).await.ok();
    one_look(&world).await;
    world.put("/v1/time-entries/e-1", an_hour()).await.ok();
    world.ports().practice.fail_next(Method::Staff, trouble);
    world.ports().practice.allow_unassigned(true);
    one_look(&world).await;
    world.put("/v1/tasks/t-2", json!({"name": "A"})).await.ok();
    world.put("/v1/time-entries/e-2", an_hour()).await.ok();
    world
}

async fn one_look(world: &World) {
    let ports = world.ports();
    let deadline = Deadline { at: jiff::Timestamp::MAX };
    work(ports, &demo(), deadline).await.unwrap();
}

/// The reasons of the entry, the new task, the new entry and of the tasks' list.
async fn reasons(world: &World) -> Vec<String> {
    let listed = world.get("/v1/tasks").await.ok();
    let reason = |of: &Value| of["reason"]["code"].as_str().unwrap_or_default().to_owned();
    vec![
        reason(&world.get("/v1/time-entries/e-1").await.ok()["push"]),
        reason(&world.get("/v1/tasks/t-2").await.ok()["link"]),
        reason(&world.get("/v1/time-entries/e-2").await.ok()["push"]),
        reason(&listed["items"][1]["link"]),
    ]
}

//! BY-12: jobs, their tasks, states and staff.

use crate::world::{World, world};

async fn new_job(world: &World, more: &str) -> crate::world::Answer {
    let client = world.get("job.api/get/J000001").await.one("Job/Client/UUID");
    let body = format!(
        "<Job><Name>Annual Accounts 2027</Name><ClientUUID>{client}</ClientUUID>\
         <StartDate>20270701</StartDate><DueDate>20270701</DueDate>{more}</Job>"
    );
    world.post("job.api/add", &body).await
}

/// BY-12, must-have 4.
#[tokio::test]
async fn by_12_job_numbers_follow_a_sequence_unless_given() {
    let world = world().await;
    let first = new_job(&world, "").await;
    assert_eq!(first.one("Job/ID"), "J000151");
    assert!(first.one("Job/InternalID").parse::<u64>().is_ok());
    assert_eq!(new_job(&world, "<ID>Y100805</ID>").await.one("Job/ID"), "Y100805");
    assert_eq!(new_job(&world, "").await.one("Job/ID"), "J000152");
    assert_eq!(new_job(&world, "<ID>Y100805</ID>").await.one("Status"), "ERROR");
}

/// BY-12, must-have 5.
#[tokio::test]
async fn by_12_a_new_job_is_planned_with_nobody_and_nothing_on_it() {
    let world = world().await;
    let job = new_job(&world, "<ClientNumber>PO-7</ClientNumber>").await;
    assert_eq!(job.one("Job/State"), "Planned");
    assert!(job.text.contains("<Assigned />"));
    assert!(job.text.contains("<Tasks />"));
    assert_eq!(job.one("Job/StartDate"), "2027-07-01T00:00:00");
    assert_eq!(job.one("Job/ClientOrderNumber"), "PO-7");
    assert!(job.all("Job/Manager").is_empty());
    assert!(job.all("Job/CompletedDate").is_empty());
}

/// BY-12, must-have 5.
#[tokio::test]
async fn by_12_a_state_is_written_by_code_and_read_by_name() {
    let world = world().await;
    let number = new_job(&world, "").await.one("Job/ID");
    let state = |code: &str| format!("<Job><ID>{number}</ID><State>{code}</State></Job>");
    let answer = world.put("job.api/state", &state("COMPLETED")).await;
    assert_eq!(answer.text, "<Response api-method=\"State\"><Status>OK</Status></Response>");
    let job = world.get(&format!("job.api/get/{number}")).await;
    assert_eq!(job.one("Job/State"), "Completed");
    assert_eq!(job.one("Job/CompletedDate"), "2026-11-22T00:00:00");
    world.put("job.api/state", &state("INPROGRESS")).await;
    let job = world.get(&format!("job.api/get/{number}")).await;
    assert_eq!(job.one("Job/State"), "In Progress");
    assert!(job.all("Job/CompletedDate").is_empty());
}

/// BY-12, must-have 5.
#[tokio::test]
async fn by_12_a_deleted_job_answers_status_only_and_is_gone() {
    let world = world().await;
    let number = new_job(&world, "").await.one("Job/ID");
    let body = format!("<Job><ID>{number}</ID></Job>");
    let answer = world.post("job.api/delete", &body).await;
    assert_eq!(answer.text, "<Response api-method=\"Delete\"><Status>OK</Status></Response>");
    let again = world.post("job.api/delete", &body).await;
    assert_eq!(again.one("ErrorDescription"), "Invalid job identifier");
}

/// BY-12, must-have 5.
#[tokio::test]
async fn by_12_assign_takes_several_operations_and_answers_the_whole_job() {
    let world = world().await;
    let template = template(&world, "BAS - Quarter").await;
    let job = new_job(&world, &format!("<TemplateUUID>{template}</TemplateUUID>")).await;
    let (number, task) = (job.one("Job/ID"), job.one("Job/Tasks/Task/UUID"));
    let staff = world.get("staff.api/list").await.all("StaffList/Staff/UUID");
    let body = format!(
        "<Job><ID>{number}</ID><add uuid=\"{}\" task-uuid=\"{task}\" /><add uuid=\"{}\" />\
         <add-manager uuid=\"{}\" /></Job>",
        staff[0], staff[1], staff[2]
    );
    let job = world.put("job.api/assign", &body).await;
    assert_eq!(job.all("Job/Assigned/Staff/UUID"), staff[..2]);
    assert_eq!(job.all("Job/Tasks/Task/Assigned/Staff/UUID"), staff[..1]);
    assert_eq!(job.one("Job/Manager/UUID"), staff[2]);

    let body =
        format!("<Job><ID>{number}</ID><remove uuid=\"{}\" /><remove-manager /></Job>", staff[0]);
    let job = world.put("job.api/assign", &body).await;
    assert_eq!(job.all("Job/Assigned/Staff/UUID"), staff[1..2]);
    assert!(job.all("Job/Tasks/Task/Assigned").is_empty());
    assert!(job.all("Job/Manager").is_empty());
}

/// BY-12, must-have 6.
#[tokio::test]
async fn by_12_applying_a_template_twice_doubles_its_tasks_unless_appended() {
    let world = world().await;
    let template = template(&world, "BAS - Quarter").await;
    let number = new_job(&world, "").await.one("Job/ID");
    let apply = |mode: &str| {
        format!("<Job><ID>{number}</ID><TemplateUUID>{template}</TemplateUUID>{mode}</Job>")
    };
    let once = world.post("job.api/applytemplate", &apply("")).await;
    assert_eq!(once.all("Job/Tasks/Task/UUID").len(), 3);
    let twice = world.post("job.api/applytemplate", &apply("<TaskMode>AddNew</TaskMode>")).await;
    let mut tasks = twice.all("Job/Tasks/Task/UUID");
    let types = twice.all("Job/Tasks/Task/TaskUUID");
    assert!(tasks.iter().all(|it| !types.contains(it)));
    assert_eq!(types[..3], types[3..]);
    tasks.sort();
    tasks.dedup();
    assert_eq!(tasks.len(), 6);

    let append = apply("<TaskMode>AppendExisting</TaskMode>");
    let appended = world.post("job.api/applytemplate", &append).await;
    assert_eq!(appended.all("Job/Tasks/Task/UUID").len(), 6);
    assert_eq!(appended.one("Job/Tasks/Task/EstimatedMinutes"), "150");
}

#[tokio::test]
async fn a_job_task_is_updated_by_either_name_of_its_identifier() {
    let world = world().await;
    let (_, task, _) = world.open_job().await;
    for element in ["UUID", "TaskUUID"] {
        let body = format!(
            "<Task><{element}>{task}</{element}><Description>{element}</Description></Task>"
        );
        assert_eq!(world.put("job.api/task", &body).await.one("UUID"), task);
        let job = world.get("job.api/get/J000001").await;
        assert_eq!(job.one("Job/Tasks/Task/Description"), element);
    }
    let done = world.put(&format!("job.api/task/{task}/complete"), "").await;
    assert_eq!(done.one("Job/Tasks/Task/Completed"), "true");
    let open = world.put(&format!("job.api/task/{task}/reopen"), "").await;
    assert_eq!(open.one("Job/Tasks/Task/Completed"), "false");
}

#[tokio::test]
async fn a_jobs_cost_is_billable_unless_told_otherwise() {
    let world = world().await;
    let body = "<Cost><Job>J000001</Job><Date>20261101</Date><Description>Courier</Description>\
                <Quantity>2</Quantity><UnitCost>12.50</UnitCost><UnitPrice>15</UnitPrice></Cost>";
    let uuid = world.post("job.api/cost", body).await.one("UUID");
    let costs = world.get("job.api/costs/J000001").await;
    assert_eq!(costs.one("Costs/Cost/UUID"), uuid);
    assert_eq!(costs.one("Costs/Cost/Billable"), "true");
    assert_eq!(costs.one("Costs/Cost/UnitPrice"), "15.00");
    assert_eq!(costs.one("Costs/Cost/Date"), "2026-11-01T00:00:00");
    let cost = &world.ledger()["costs"];
    assert!(cost.as_array().unwrap().iter().any(|it| it["uuid"] == uuid.as_str()));
}

#[tokio::test]
async fn current_jobs_are_the_open_ones_and_lists_go_by_the_day_of_creation() {
    let world = world().await;
    let current = world.get("job.api/current").await;
    let states = current.all("Jobs/Job/State");
    assert_eq!(states.len(), 100);
    assert!(states.iter().all(|it| it == "Planned" || it == "In Progress"));
    assert!(current.all("Jobs/Job/Tasks").is_empty());
    let before = world.get("job.api/list?from=20250101&to=20250630").await;
    assert!(before.all("Jobs/Job").is_empty());
    let year = world.get("job.api/list?from=20250101&to=20251231&detailed=true").await;
    assert_eq!(year.all("Jobs/Job").len(), year.all("Jobs/Job/Tasks").len());
    assert_eq!(year.all("Jobs/Job").len(), 75);
}

#[tokio::test]
async fn states_are_listed_without_their_codes() {
    let states = world().await.get("jobstate.api/list").await;
    assert_eq!(
        states.all("JobStates/JobState/Name"),
        ["Planned", "In Progress", "Completed", "Cancelled"]
    );
    assert!(!states.text.contains("PLANNED"));
}

async fn template(world: &World, name: &str) -> String {
    let list = world.get("template.api/list").await;
    let at = list.all("Templates/Template/Name").iter().position(|it| it == name).unwrap();
    list.all("Templates/Template/UUID")[at].clone()
}

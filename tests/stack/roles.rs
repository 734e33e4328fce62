//! What each function asks of AWS is what its role grants, both ways (G48).

use std::collections::BTreeSet;

use domain::ids::FirmId;
use domain::ports::{Lane, Lanes as _, Wake};
use local::function::Function;
use local::witness::{Call, Witness};
use local::{demo, headless};
use reqwest::Method;
use serde_json::{Value, json};
use tests::template::{resources, template, texts};
use wiring::Own;

use crate::stage::{Stage, User};
use crate::world::Work;
use crate::{contacts, events, jobs, spine};

#[tokio::test(flavor = "multi_thread")]
async fn g48_each_role_grants_what_its_function_asks_for_and_no_more() {
    let witness = Witness::default();
    let stage = Stage::watched(witness.clone()).await;
    live(&stage).await;
    let asked: BTreeSet<Call> = witness.calls().into_iter().filter(|it| it.by != "local").collect();
    let granted = granted();
    let refused: Vec<&Call> = asked.difference(&granted).collect();
    let unused: Vec<&Call> = granted.difference(&asked).collect();
    for message in witness.messages() {
        let wake: Wake = serde_json::from_str(&message).unwrap();
        assert_eq!(wake.firm.as_str(), demo::FIRM, "G36: {message}");
    }
    assert!(refused.is_empty(), "AWS would refuse: {refused:#?}");
    assert!(unused.is_empty(), "granted, and never asked for: {unused:#?}");
}

/// A firm's life with everything in it that the functions ask AWS for.
async fn live(stage: &Stage) {
    let user = &stage.user;
    // Every function that calls Xero refreshes the token, and so seals.
    set_knobs(user, json!({ "access_token_seconds": 1 })).await;
    events::a_change_is_told_on(stage).await;
    user.connect().await;
    spine::an_hour_on(stage).await;
    spine::an_answer_is_lost_on(stage, ["e-2", "e-3"], 1).await;
    jobs::documents_go_out_on(stage).await;
    jobs::a_draft_waits_on(stage).await;
    contacts::a_contact_goes_out_on(stage).await;
    contacts::a_run_is_undone_on(stage).await;
    webhooks_say_more(user).await;
    sweep(stage).await;
    another_organisation(user).await;
}

/// A task moves to another contact, and time waits for its person: pointers go.
async fn webhooks_say_more(user: &User) {
    let work = Work::find(user).await;
    let stranger =
        json!({ "id": "c-9", "kind": "person", "first_name": "Quoll", "last_name": "Q" });
    assert_eq!(user.deliver("contact.updated", stranger).await, 202);
    for contact in [work.contact.as_str(), "c-9"] {
        let mut task = work.task();
        task["id"] = "t-9".into();
        task["contact_id"] = contact.into();
        assert_eq!(user.deliver("task.updated", task).await, 202);
    }
    let mut hour = work.hour("e-9");
    hour["user_id"] = "u-9".into();
    assert_eq!(user.deliver("time_entry.updated", hour).await, 202);
    let push = async || user.get("/v1/time-entries/e-9").await["push"]["state"].clone();
    user.until("the hold", async || push().await == "held").await;
    let staff = user.get("/v1/users/u-1").await["email"].clone();
    let person = json!({ "id": "u-9", "name": "Somebody else", "email": staff });
    assert_eq!(user.deliver("user.updated", person).await, 202);
    user.until("the push", async || push().await == "pushed").await;
}

/// Each worker's lane is due, and its schedule finds it.
async fn sweep(stage: &Stage) {
    let own = Own::wire(|name: &str| stage.stack.settings().get(name)).unwrap();
    let firm = FirmId::parse(demo::FIRM).unwrap();
    let event = json!({"source": "tandem.schedule", "detail-type": "sweep"});
    for (function, lane) in [
        (Function::ContactSync, Lane::Contacts),
        (Function::JobCreate, Lane::Jobs),
        (Function::TimePush, Lane::Time),
        (Function::EventPublish, Lane::Events),
    ] {
        // A worker that is at it already may be faster than the sweep.
        let swept = async || {
            own.store.mark(&firm, lane, jiff::Timestamp::now()).await.unwrap();
            let answer = stage.stack.invoke(function, event.clone()).await.unwrap();
            answer["woken"] != 0
        };
        stage.user.until("the sweep", swept).await;
    }
}

/// The firm leaves its organisation for another one.
async fn another_organisation(user: &User) {
    assert_eq!(user.call(Method::DELETE, "/v1/connection", None).await.0, 204);
    set_knobs(user, json!({ "tenants": ["Elsewhere Advisers"] })).await;
    headless::connect(&user.public, demo::API_KEY).await.unwrap();
}

async fn set_knobs(user: &User, knobs: Value) {
    let url = format!("{}/_sim/knobs", user.simulator);
    assert_eq!(user.http.put(url).json(&knobs).send().await.unwrap().status(), 200);
}

/// What the roles of the functions grant them, without what Lambda itself does with a function's
/// role: it writes the log, and takes messages from the queue.
fn granted() -> BTreeSet<Call> {
    let template = template();
    let mut granted = BTreeSet::new();
    for (name, function) in resources(&template, "AWS::Serverless::Function") {
        let by = Function::ALL.iter().find(|it| pascal(it.name()) == *name).unwrap().name();
        let role = function["Properties"]["Role"].as_str().unwrap();
        let role = role.strip_prefix("!GetAtt ").and_then(|it| it.strip_suffix(".Arn")).unwrap();
        let policies = &template["Resources"][role]["Properties"]["Policies"];
        assert_eq!(policies.as_array().unwrap().len(), 1, "{role}");
        let mut lambdas = BTreeSet::from([
            ("logs:CreateLogStream".to_owned(), format!("{name}Logs")),
            ("logs:PutLogEvents".to_owned(), format!("{name}Logs")),
        ]);
        let queue = &function["Properties"]["Events"]["Messages"]["Properties"]["Queue"];
        for queue in texts(queue) {
            for action in ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"] {
                lambdas.insert((format!("sqs:{action}"), resource(queue)));
            }
        }
        for statement in policies[0]["PolicyDocument"]["Statement"].as_array().unwrap() {
            assert_eq!(statement["Effect"], "Allow");
            for action in texts(&statement["Action"]) {
                for on in texts(&statement["Resource"]) {
                    assert!(!action.contains('*') && !action.ends_with("Scan"), "{action}");
                    let (action, on) = (action.to_owned(), resource(on));
                    if !lambdas.remove(&(action.clone(), on.clone())) {
                        granted.insert(Call { by: by.into(), action, on });
                    }
                }
            }
        }
        assert!(lambdas.is_empty(), "{name} cannot do without {lambdas:?}");
    }
    granted
}

/// What a policy names, by the name it has in the template.
fn resource(arn: &str) -> String {
    let plain = arn.strip_prefix("!GetAtt ").and_then(|it| it.strip_suffix(".Arn"));
    let index = || arn.strip_prefix("!Sub \"${").and_then(|it| it.strip_suffix('"'));
    match plain.map(str::to_owned).or_else(|| index().map(|it| it.replace(".Arn}", ""))) {
        Some(name) if !name.contains('*') => name,
        Some(_) | None => panic!("not the name of one thing: {arn}"),
    }
}

fn pascal(name: &str) -> String {
    let words = name.split('_').map(|it| it[..1].to_uppercase() + &it[1..]);
    words.collect()
}

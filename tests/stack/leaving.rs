//! A firm leaves, and the tables hold nothing of it (G55).

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::firm::Settings;
use domain::firm::erase::{Progress, erase};
use domain::firm::founding::{Credentials, Newcomer, found};
use domain::ids::FirmId;
use domain::ports::{Lane, Lanes as _};
use jiff::{SignedDuration, Timestamp};
use local::demo;
use local::dynamo::{CACHE, RECORDS};
use local::function::Function;
use local::stack::Runner;
use reqwest::Method;
use serde_json::json;
use wiring::Outside;

use crate::spine;
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn g55_after_a_firm_was_erased_no_key_of_the_tables_is_its_own() {
    let stage = Stage::ready(Runner::InProcess).await;
    let user = &stage.user;
    spine::an_hour_on(&stage).await;
    let outside = Outside::wire(|name: &str| stage.stack.settings().get(name)).unwrap();
    let neighbour = FirmId::parse("neighbour").unwrap();
    settle_in(&outside, &neighbour).await;
    let tables = Client::new(stage.stack.aws());
    let theirs = items(&tables, "neighbour#").await;
    assert_eq!(theirs.len(), 4);
    assert!(items(&tables, "demo#").await.len() > 100);

    let demo = FirmId::parse(demo::FIRM).unwrap();
    user.until("the erasure", async || {
        let progress = erase(&outside, &demo, SignedDuration::ZERO).await.unwrap();
        matches!(progress, Progress::Erased(_))
    })
    .await;

    let wake = json!({"firm": demo::FIRM, "lane": "time"}).to_string();
    let late = json!({"Records": [{"messageId": "m", "body": wake, "eventSource": "aws:sqs"}]});
    let answer = stage.stack.invoke(Function::TimePush, late).await.unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert_eq!(user.call(Method::GET, "/v1/connection", None).await.0, 401);
    assert_eq!(user.deliver("task.deleted", json!({"id": "t-1"})).await, 404);
    let left = items(&tables, "").await.into_iter().map(|it| format!("{it:?}"));
    let about: Vec<String> = left.filter(|it| it.contains("demo")).collect();
    assert_eq!(about.len(), 1, "{about:#?}");
    assert!(about[0].contains("-#erasure"), "{about:#?}");
    assert_eq!(items(&tables, "neighbour#").await, theirs);
}

/// A firm with a lane marked; nothing ever works it here.
async fn settle_in(outside: &Outside, id: &FirmId) {
    let own = &outside.own;
    let newcomer = Newcomer {
        id: id.clone(),
        name: "Next Door".into(),
        settings: Settings::default(),
        credentials: Credentials::new(&own.clock, id),
        owner: None,
    };
    assert!(found(&own.store, &own.vault, &own.clock, &newcomer).await.unwrap());
    for lane in [Lane::Time, Lane::Jobs] {
        own.store.mark(id, lane, Timestamp::now()).await.unwrap();
    }
}

/// Every item of both tables whose key begins so. Only a test scans.
async fn items(tables: &Client, prefix: &str) -> Vec<HashMap<String, AttributeValue>> {
    let mut found = Vec::new();
    for table in [RECORDS, CACHE] {
        let mut pages = tables.scan().table_name(table).into_paginator().items().send();
        while let Some(item) = pages.next().await {
            found.extend(
                Some(item.unwrap()).filter(|it| it["pk"].as_s().unwrap().starts_with(prefix)),
            );
        }
    }
    found.sort_by_key(|it| (it["pk"].as_s().unwrap().clone(), it["sk"].as_s().unwrap().clone()));
    found
}

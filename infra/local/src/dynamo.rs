//! DynamoDB: dynoxide on a file, behind a real endpoint on loopback, with the
//! two tables of the template.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification, TimeToLiveStatus,
};
use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::interval;

use crate::stop::Stop;

/// What must not be lost.
pub const RECORDS: &str = "tandem-records";

/// What may vanish at any time.
pub const CACHE: &str = "tandem-cache";

/// The sparse index of [`RECORDS`] from which due work is swept.
pub const DUE: &str = "due";

const SWEEP_EVERY: Duration = Duration::from_secs(60);

type Cause = Box<dyn Error + Send + Sync>;

/// Serves the database in a file, created on first use, and returns the
/// endpoint. Expired items of [`CACHE`] are deleted every minute.
pub(crate) fn serve(
    listener: TcpListener,
    file: &Path,
    tasks: &mut JoinSet<()>,
    stop: &Stop,
) -> Result<String, Cause> {
    let url = format!("http://{}", listener.local_addr()?);
    let database = Database::new(&file.to_string_lossy())?;
    let server =
        dynoxide::server::serve_with_shutdown(listener, database.clone(), stop.clone().wait());
    tasks.spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(error, "the database stopped");
        }
    });
    tasks.spawn(sweep(database, stop.clone()));
    Ok(url)
}

/// Creates the tables that are not there yet.
pub(crate) async fn create_tables(client: &Client) -> Result<(), Cause> {
    let due = GlobalSecondaryIndex::builder()
        .index_name(DUE)
        .key_schema(key("due_lane", KeyType::Hash)?)
        .key_schema(key("due_at", KeyType::Range)?)
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()?;
    let records = table(client, RECORDS)?
        .attribute_definitions(attribute("due_lane", ScalarAttributeType::S)?)
        .attribute_definitions(attribute("due_at", ScalarAttributeType::N)?)
        .global_secondary_indexes(due);
    for table in [records, table(client, CACHE)?] {
        if let Err(error) = table.send().await {
            let error = error.into_service_error();
            if !error.is_resource_in_use_exception() {
                return Err(error.into());
            }
        }
    }
    for table in [RECORDS, CACHE] {
        expire(client, table).await?;
    }
    Ok(())
}

fn table(
    client: &Client,
    name: &str,
) -> Result<aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder, Cause> {
    Ok(client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("pk", ScalarAttributeType::S)?)
        .attribute_definitions(attribute("sk", ScalarAttributeType::S)?)
        .key_schema(key("pk", KeyType::Hash)?)
        .key_schema(key("sk", KeyType::Range)?))
}

async fn expire(client: &Client, table: &str) -> Result<(), Cause> {
    let now = client.describe_time_to_live().table_name(table).send().await?;
    let status = now.time_to_live_description().and_then(|it| it.time_to_live_status());
    if status == Some(&TimeToLiveStatus::Enabled) {
        return Ok(());
    }
    let expiry =
        TimeToLiveSpecification::builder().attribute_name("expires_at").enabled(true).build()?;
    client
        .update_time_to_live()
        .table_name(table)
        .time_to_live_specification(expiry)
        .send()
        .await?;
    Ok(())
}

fn key(name: &str, kind: KeyType) -> Result<KeySchemaElement, Cause> {
    Ok(KeySchemaElement::builder().attribute_name(name).key_type(kind).build()?)
}

fn attribute(name: &str, kind: ScalarAttributeType) -> Result<AttributeDefinition, Cause> {
    Ok(AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()?)
}

async fn sweep(database: Database, stop: Stop) {
    let mut ticks = interval(SWEEP_EVERY);
    while stop.or(ticks.tick()).await.is_some() {
        let database = database.clone();
        match spawn_blocking(move || database.sweep_ttl()).await {
            Ok(Ok(0)) => {}
            Ok(Ok(deleted)) => tracing::debug!(deleted, "deleted {deleted} expired items"),
            Ok(Err(error)) => tracing::warn!(%error, "could not delete expired items"),
            Err(error) => tracing::error!(%error, "the sweep of expired items panicked"),
        }
    }
}

//! What stands in for AWS, each on a port of its own.

use aws::Sdk;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use axum::Router;
use dynoxide::Database;
use tokio::net::TcpListener;

/// The names of the tables.
pub(crate) const RECORDS: &str = "records";
pub(crate) const CACHE: &str = "cache";

/// Serves on a free port of this machine; answers the address.
pub(crate) async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

/// Serves an emulator of DynamoDB with both tables; answers its address.
pub(crate) async fn dynamodb() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let database = Database::memory().unwrap();
    tokio::spawn(async move { dynoxide::server::serve_on(listener, database).await });
    let url = format!("http://{address}");
    create_tables(&sdk(&url).dynamodb()).await;
    url
}

/// What the adapters are built from, with every service at `url`.
pub(crate) fn sdk(url: &str) -> Sdk {
    Sdk::load(&|name| {
        Some(match name {
            "AWS_REGION" => "eu-west-2".into(),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "local".into(),
            name if name.starts_with("AWS_ENDPOINT_URL_") => url.into(),
            _ => return None,
        })
    })
    .unwrap()
}

async fn create_tables(client: &Client) {
    use ScalarAttributeType::{N, S};

    let key = |name: &str, kind| {
        KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
    };
    let attribute = |name: &str, kind| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
    };
    for table in [RECORDS, CACHE] {
        let mut create = client
            .create_table()
            .table_name(table)
            .billing_mode(BillingMode::PayPerRequest)
            .key_schema(key("pk", KeyType::Hash))
            .key_schema(key("sk", KeyType::Range))
            .attribute_definitions(attribute("pk", S))
            .attribute_definitions(attribute("sk", S));
        if table == RECORDS {
            let all = Projection::builder().projection_type(ProjectionType::All).build();
            let due = GlobalSecondaryIndex::builder()
                .index_name("due")
                .key_schema(key("due_lane", KeyType::Hash))
                .key_schema(key("due_at", KeyType::Range))
                .projection(all);
            create = create
                .attribute_definitions(attribute("due_lane", S))
                .attribute_definitions(attribute("due_at", N))
                .global_secondary_indexes(due.build().unwrap());
        }
        create.send().await.unwrap();
    }
}

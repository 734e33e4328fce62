use aws::DynamoCache;
use memory::contract::cache_contract;

use crate::stack::{CACHE, dynamodb, sdk};

#[tokio::test]
async fn the_cache_table_keeps_the_promises_of_a_cache() {
    let cache = DynamoCache::new(sdk(&dynamodb().await).dynamodb(), CACHE);

    cache_contract(&cache).await;
}

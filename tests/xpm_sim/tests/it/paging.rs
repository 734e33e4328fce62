//! BY-12: the few pages that XPM has.

use std::collections::BTreeSet;

use crate::world::{read, world};

/// BY-12, must-have 9.
#[tokio::test]
async fn by_12_pages_are_followed_by_their_full_addresses_to_the_end() {
    let world = world().await;
    for (path, item) in [
        ("client.api/paged-list", "Clients/Client/UUID"),
        ("client.api/contacts", "Contacts/Contact/UUID"),
    ] {
        let first = world.get(&format!("{path}?pageSize=20")).await;
        assert!(first.text.contains("pageSize=20&amp;pageToken="), "{}", first.text);
        let mut seen: BTreeSet<String> = first.all(item).into_iter().collect();
        assert_eq!(seen.len(), 20);
        let mut next = first.all("Pagination/Links/Next").pop();
        while let Some(address) = next {
            let request = world.http.get(address).bearer_auth(&world.token);
            let page = read(request.header("Xero-Tenant-Id", &world.tenant)).await;
            seen.extend(page.all(item));
            next = page.all("Pagination/Links/Next").pop();
        }
        let whole = world.get(&format!("{path}?pageSize=500")).await;
        assert_eq!(seen.len(), whole.all(item).len(), "{path}");
        assert!(whole.all("Pagination/Links/Next").is_empty());
        assert_eq!(whole.all("Pagination/Links/First").len(), 1);
    }
}

#[tokio::test]
async fn a_page_has_fifty_records_unless_asked_and_never_over_five_hundred() {
    let world = world().await;
    let page = world.get("client.api/paged-list").await;
    assert_eq!(page.all("Clients/Client").len(), 50);
    assert_eq!(world.get("client.api/paged-list?pageSize=501").await.status, 400);
}

/// BY-12, must-have 9.
#[tokio::test]
async fn by_12_the_cost_catalogue_needs_a_page_and_counts_its_records() {
    let world = world().await;
    assert_eq!(world.get("cost.api/list").await.status, 400);
    let first = world.get("cost.api/list?page=1").await;
    assert_eq!(first.one("Records"), "5");
    assert_eq!(first.all("Costs/Cost").len(), 5);
    assert_eq!(world.get("cost.api/list?page=2").await.one("Records"), "0");
}

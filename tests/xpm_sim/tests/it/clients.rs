//! BY-12: clients and contacts.

use crate::world::world;

/// BY-12, must-have 8.
#[tokio::test]
async fn by_12_the_list_has_archived_and_deleted_clients_and_the_pages_have_not() {
    let world = world().await;
    let list = world.get("client.api/list").await;
    let yes = |name: &str| {
        list.all(&format!("Clients/Client/{name}")).iter().filter(|it| *it == "Yes").count()
    };
    assert_eq!(list.all("Clients/Client").len(), 60);
    assert_eq!((yes("IsArchived"), yes("IsDeleted"), yes("IsProspect")), (3, 1, 2));
    let pages = world.get("client.api/paged-list?pageSize=500").await;
    assert_eq!(pages.all("Clients/Client").len(), 56);
    assert!(pages.all("Clients/Client/Contacts").is_empty());
    assert!(pages.all("Clients/Client/Notes").is_empty());
}

/// BY-12, must-have 8.
#[tokio::test]
async fn by_12_a_client_of_a_name_that_is_taken_is_added_all_the_same() {
    let world = world().await;
    let body = "<Client><Name>Ironbark Digital Pty Ltd</Name></Client>";
    let first = world.post("client.api/add", body).await;
    let second = world.post("client.api/add", body).await;
    assert_ne!(first.one("Client/UUID"), second.one("Client/UUID"));
    assert!(first.all("Client/Email").is_empty());
    assert!(first.text.contains("<Contacts />"));
    assert_eq!(first.one("Client/IsProspect"), "No");
    assert_eq!(first.one("Client/BranchNumber"), "1");
    let found = world.get("client.api/search?query=ironbark%20digital").await;
    assert_eq!(found.all("Clients/Client").len(), 3);
}

/// BY-12, must-have 8.
#[tokio::test]
async fn by_12_a_tax_number_is_read_masked_and_an_empty_email_not_at_all() {
    let world = world().await;
    let body = "<Client><Name>A</Name><TaxNumber>123456789</TaxNumber><Email></Email>\
                <WebSite>https://a.example.com</WebSite><BalanceMonth>Jun</BalanceMonth>\
                <GSTPeriod>2</GSTPeriod></Client>";
    let client = world.post("client.api/add", body).await;
    assert_eq!(client.one("Client/TaxNumber"), "******789");
    assert!(client.all("Client/Email").is_empty());
    assert_eq!(client.one("Client/Website"), "https://a.example.com");
    assert_eq!(client.one("Client/BalanceMonth"), "6");
    assert_eq!(client.one("Client/GSTPeriod"), "2 Monthly");
    let uuid = client.one("Client/UUID");
    let clients = world.ledger()["clients"].as_array().unwrap().clone();
    let kept = clients.iter().find(|it| it["uuid"] == uuid.as_str()).unwrap();
    assert_eq!(kept["tax_number"], "123456789");
}

#[tokio::test]
async fn website_is_not_a_name_that_writing_knows() {
    let world = world().await;
    let body = "<Client><Name>A</Name><Website>https://a.example.com</Website></Client>";
    assert_eq!(world.post("client.api/add", body).await.one("Client/Website"), "");
}

#[tokio::test]
async fn an_update_leaves_what_it_does_not_name_and_clears_what_is_empty() {
    let world = world().await;
    let body = "<Client><Name>A</Name><Phone>1</Phone><City>Perth</City></Client>";
    let uuid = world.post("client.api/add", body).await.one("Client/UUID");
    let body = format!("<Client><UUID>{uuid}</UUID><Phone></Phone></Client>");
    let client = world.put("client.api/update", &body).await;
    assert_eq!(client.one("Client/Phone"), "");
    assert_eq!(client.one("Client/City"), "Perth");
    assert_eq!(client.one("Client/Name"), "A");
}

#[tokio::test]
async fn of_several_primary_contacts_the_last_wins() {
    let world = world().await;
    let body = "<Client><Name>A</Name><Contacts>\
                <Contact><Name>B</Name><IsPrimary>Yes</IsPrimary></Contact>\
                <Contact><Name>C</Name><IsPrimary>Yes</IsPrimary></Contact>\
                </Contacts></Client>";
    let client = world.post("client.api/add", body).await;
    assert_eq!(client.all("Client/Contacts/Contact/IsPrimary"), ["No", "Yes"]);
}

/// BY-12, must-have 8: position and primacy belong to the place, not the contact.
#[tokio::test]
async fn by_12_a_contact_may_stand_at_several_clients() {
    let world = world().await;
    let add = |name: &str| format!("<Client><Name>{name}</Name></Client>");
    let one = world.post("client.api/add", &add("One")).await.one("Client/UUID");
    let two = world.post("client.api/add", &add("Two")).await.one("Client/UUID");
    let body = format!(
        "<Contact><Name>Kim</Name><Position>Chair</Position><IsPrimary>Yes</IsPrimary>\
         <Client><UUID>{one}</UUID></Client></Contact>"
    );
    let kim = world.post("client.api/contact", &body).await.one("Contact/UUID");
    let body = format!(
        "<Client><Contacts><Contact><UUID>{kim}</UUID><Position>Clerk</Position>\
         <IsPrimary>No</IsPrimary></Contact></Contacts></Client>"
    );
    world.post(&format!("client.api/client/{two}/contacts"), &body).await;
    for (client, position, primary) in [(&one, "Chair", "Yes"), (&two, "Clerk", "No")] {
        let at = world.get(&format!("client.api/contact/{kim}?clientUuid={client}")).await;
        assert_eq!(at.one("Contact/Position"), position);
        assert_eq!(at.one("Contact/IsPrimary"), primary);
    }
    world.delete(&format!("client.api/contact/{kim}?clientUuid={one}")).await;
    let without = world.get(&format!("client.api/get/{one}")).await;
    assert!(without.text.contains("<Contacts />"));
    let with = world.get(&format!("client.api/get/{two}")).await;
    assert_eq!(with.one("Client/Contacts/Contact/UUID"), kim);
}

#[tokio::test]
async fn modifiedsince_is_to_the_second_and_sees_archiving() {
    let world = world().await;
    let uuid =
        world.post("client.api/add", "<Client><Name>A</Name></Client>").await.one("Client/UUID");
    world.simulator.control().advance(60).unwrap();
    let body = format!("<Client><UUID>{uuid}</UUID></Client>");
    assert_eq!(world.put("client.api/archive", &body).await.one("Client/IsArchived"), "Yes");
    let since = |at: &str| format!("client.api/list?modifiedsince={at}");
    let found = world.get(&since("2026-11-22T00:01:00")).await;
    assert_eq!(found.all("Clients/Client/UUID"), [uuid]);
    assert!(world.get(&since("2026-11-22T00:01:01")).await.all("Clients/Client").is_empty());
    assert_eq!(world.get(&since("soon")).await.status, 400);
}

#[tokio::test]
async fn a_relationship_is_added_to_its_client_and_removed() {
    let world = world().await;
    let clients = world.get("client.api/list").await.all("Clients/Client/UUID");
    let body = format!(
        "<Relationship><ClientUUID>{}</ClientUUID><RelatedClientUUID>{}</RelatedClientUUID>\
         <Type>Director</Type><NumberOfShares>0</NumberOfShares><Percentage>0</Percentage>\
         <StartDate>2026-01-01</StartDate></Relationship>",
        clients[0], clients[1]
    );
    let added = world.post("client.api/addrelationship", &body).await;
    let uuid = added.one("ClientRelationship/UUID");
    assert_eq!(added.one("ClientRelationship/RelationshipType/Name"), "Director");
    let client = world.get(&format!("client.api/get/{}", clients[0])).await;
    assert_eq!(client.one("Client/Relationships/Relationship/RelatedClient/UUID"), clients[1]);
    let body = format!("<Relationship><UUID>{uuid}</UUID></Relationship>");
    assert_eq!(world.post("client.api/deleterelationship", &body).await.one("Status"), "OK");
}

/// BY-12, must-have 11.
#[tokio::test]
async fn by_12_notes_lose_their_folder_when_switched() {
    let world = world().await;
    let has = |it: &crate::world::Answer| !it.all("Clients/Client/Notes/Note/Folder").is_empty();
    assert!(has(&world.get("client.api/list?detailed=true").await));
    let mut knobs = world.simulator.control().knobs();
    knobs.note_folder_null = true;
    world.simulator.control().set_knobs(knobs).unwrap();
    assert!(!has(&world.get("client.api/list?detailed=true").await));
}

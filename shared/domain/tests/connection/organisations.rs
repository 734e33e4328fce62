//! Which organisation a firm is connected to: chosen, changed, lost, given up.

use domain::connection::authorise::{self, Ending};
use domain::connection::tenants::firms;
use domain::connection::{State, Step, lose, tokens};
use domain::contacts::sync;
use domain::gate::{self, CALL, Shut};
use domain::journal::{Actor, Entry, Event};
use domain::ports::{Denied, Kind, Lane, Range};
use domain::reason::Reason;
use domain::records;
use memory::identity::IdentityCall;

use crate::desk::{Desk, LIMITS, a_firm, organisation, tenant};

#[tokio::test]
async fn xb_02_among_several_organisations_only_an_offered_one_can_be_chosen() {
    let desk = Desk::new().await;
    desk.ports.identity.connect("ann", &tenant("tenant-2"), "Zeta");
    desk.ports.identity.connect("ann", &tenant("tenant-1"), "Alpha");
    desk.ports.identity.connect_other("ann", &tenant("ledger"), "Books", "ORGANISATION");
    desk.ports.identity.connect("bob", &tenant("tenant-3"), "Bob's");
    assert_eq!(desk.consent("ann").await, Ending::Choose { return_to: "/settings".into() });
    let open = desk.connection().await;
    assert_eq!((open.state, &open.organisation), (State::ChooseOrganisation, &None));
    let offered = [organisation("tenant-1", "Alpha"), organisation("tenant-2", "Zeta")];
    assert_eq!(open.choices, offered);
    assert_eq!(open.missing_steps(&a_firm("demo", Some("AU")))[0], Step::ChooseOrganisation);
    assert!(desk.ports.wakes.take().is_empty(), "a sync before the choice");
    let barred = tokens::access(&desk.ports, &desk.firm).await;
    assert!(matches!(barred, Err(tokens::NoToken::NotConnected)));

    for other in ["ledger", "tenant-3", "tenant-9"] {
        let chosen =
            authorise::choose(&desk.ports, &desk.firm, &tenant(other), &Actor::Rule).await.unwrap();
        assert_eq!(chosen, None, "{other}");
        assert_eq!(desk.connection().await, open, "{other}");
    }
    let chosen = authorise::choose(&desk.ports, &desk.firm, &tenant("tenant-2"), &Actor::Rule)
        .await
        .unwrap();
    let chosen = chosen.unwrap();
    assert_eq!(chosen, desk.connection().await);
    assert_eq!(chosen.organisation, Some(organisation("tenant-2", "Zeta")));
    assert_eq!((chosen.state, chosen.choices), (State::Connected, vec![]));
    assert_eq!(desk.ports.wakes.take().len(), 1);
    assert_eq!(runs(&desk).await, 1);
    let (access, _) = tokens::access(&desk.ports, &desk.firm).await.unwrap();
    assert_eq!(access.tenant, tenant("tenant-2"));
    // The choice is over.
    let again = authorise::choose(&desk.ports, &desk.firm, &tenant("tenant-1"), &Actor::Rule)
        .await
        .unwrap();
    assert_eq!(again, None);
}

/// XB-02: an accounting organisation is none of XPM's, and `/connections` may be empty (xpm-api 3.4).
#[tokio::test]
async fn xb_02_without_an_xpm_organisation_nothing_is_stored() {
    for ledger in [true, false] {
        let desk = Desk::new().await;
        if ledger {
            desk.ports.identity.connect_other("ann", &tenant("ledger"), "Books", "ORGANISATION");
        }
        let before = desk.ports.store.items();
        assert_eq!(desk.consent("ann").await, Ending::NoPractice);
        assert_eq!(desk.asked(IdentityCall::Connections), 1);
        assert_eq!(desk.ports.store.items(), before);
        assert!(desk.ports.wakes.take().is_empty());
    }
}

/// XB-02: the case of a kind that Xero may invent later.
#[tokio::test]
async fn xb_02_a_kind_of_tenant_that_is_only_similar_is_not_taken() {
    let desk = Desk::new().await;
    for (n, kind) in ["practicemanager", "PRACTICEMANAGER ", "PRACTICE", ""].iter().enumerate() {
        desk.ports.identity.connect_other("ann", &tenant(&format!("t-{n}")), "Odd", kind);
    }
    assert_eq!(desk.consent("ann").await, Ending::NoPractice);
}

#[tokio::test]
async fn xb_05_another_organisation_begins_anew_and_the_same_one_goes_on() {
    let desk = Desk::connected().await;
    let synced = desk.connection().await.first_sync_at;
    assert!(synced.is_some());
    desk.consent("ann").await;
    assert_eq!(desk.connection().await.first_sync_at, synced, "the same organisation");

    desk.ports.identity.disconnect(&tenant("tenant-1"));
    desk.ports.identity.connect("ann", &tenant("tenant-2"), "Other");
    desk.consent("ann").await;
    let other = desk.connection().await;
    assert_eq!(other.organisation, Some(organisation("tenant-2", "Other")));
    assert_eq!(other.first_sync_at, None);
    let firm = a_firm("demo", Some("AU"));
    assert_eq!(other.missing_steps(&firm), [Step::FirstSync]);
    assert_eq!(other.obstacle(&firm), Some(Reason::NotReady));
}

#[tokio::test]
async fn xb_05_another_organisation_by_choice_begins_anew() {
    let desk = Desk::connected().await;
    desk.ports.identity.connect("ann", &tenant("tenant-2"), "Other");
    assert!(matches!(desk.consent("ann").await, Ending::Choose { .. }));
    authorise::choose(&desk.ports, &desk.firm, &tenant("tenant-2"), &Actor::Rule)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(desk.connection().await.first_sync_at, None);
}

#[tokio::test]
async fn xb_05_disconnecting_revokes_and_stops() {
    let desk = Desk::connected().await;
    let (access, _) = tokens::access(&desk.ports, &desk.firm).await.unwrap();
    authorise::disconnect(&desk.ports, &desk.firm, &Actor::Rule).await.unwrap().unwrap();
    assert_eq!(desk.asked(IdentityCall::Revoke), 1);
    let accepts = desk.ports.identity.accepts(&access.token, &access.tenant);
    assert_eq!(accepts, memory::identity::Accepts::Unauthorised);
    let after = desk.connection().await;
    assert_eq!(after.state, State::Disconnected);
    // What the firm's links belong to stays known.
    assert_eq!(after.organisation, Some(organisation("tenant-1", "Demo")));
    assert!(after.first_sync_at.is_some());
    assert_eq!(after.obstacle(&a_firm("demo", Some("AU"))), Some(Reason::NotConnected));
    assert!(matches!(enter(&desk).await, Shut::Closed));
    assert_eq!(desk.asked(IdentityCall::Refresh), 0);
}

#[tokio::test]
async fn xb_05_disconnecting_stops_also_when_xero_is_silent() {
    let desk = Desk::connected().await;
    desk.ports.identity.silent(1);
    let revoked = authorise::disconnect(&desk.ports, &desk.firm, &Actor::Rule).await.unwrap();
    assert!(matches!(revoked, Err(Denied::Silent(_))));
    assert_eq!(desk.state().await, State::Disconnected);
    // Asked once more, it is revoked after all.
    authorise::disconnect(&desk.ports, &desk.firm, &Actor::Rule).await.unwrap().unwrap();
    assert_eq!(desk.asked(IdentityCall::Revoke), 2);
}

/// XB-05: what must stop stops first, whatever becomes of the token.
#[tokio::test]
async fn xb_05_disconnecting_stops_also_when_the_token_cannot_be_opened() {
    let desk = Desk::connected().await;
    desk.ports.vault.fail_next(1);
    authorise::disconnect(&desk.ports, &desk.firm, &Actor::Rule).await.unwrap_err();
    assert_eq!(desk.state().await, State::Disconnected);
}

#[tokio::test]
async fn xb_05_a_firm_that_never_connected_has_nothing_to_revoke() {
    let desk = Desk::new().await;
    authorise::disconnect(&desk.ports, &desk.firm, &Actor::Rule).await.unwrap().unwrap();
    assert_eq!(desk.ports.identity.calls(), []);
    lose(&desk.ports.store, &desk.firm, 1, desk.now()).await.unwrap();
    assert_eq!(desk.state().await, State::Disconnected);
}

/// G33: work goes on after a reconnect, without the first sync being asked for again.
#[tokio::test]
async fn g33_a_lost_connection_is_ready_again_after_consent() {
    let desk = Desk::connected().await;
    lose(&desk.ports.store, &desk.firm, 1, desk.now()).await.unwrap();
    let firm = a_firm("demo", Some("AU"));
    let lost = desk.connection().await;
    assert_eq!(lost.state, State::ReconnectRequired);
    assert_eq!(lost.missing_steps(&firm), [Step::Connect]);
    assert_eq!(lost.obstacle(&firm), Some(Reason::ReconnectRequired));
    assert!(matches!(enter(&desk).await, Shut::Closed));
    desk.consent("ann").await;
    assert_eq!(desk.connection().await.obstacle(&firm), None);
}

/// XB-04: each missing step is told, in the order of doing.
#[tokio::test]
async fn xb_04_the_missing_steps_are_told_until_the_firm_is_ready() {
    let desk = Desk::new().await;
    let mut bare = a_firm("demo", None);
    bare.settings.time_zone = Some("Mars/Olympus".into());
    let all = [Step::Connect, Step::SetRegion, Step::SetTimeZone, Step::FirstSync];
    assert_eq!(desk.connection().await.missing_steps(&bare), all);
    let ready = Desk::connected().await.connection().await;
    assert_eq!(ready.missing_steps(&bare), [Step::SetRegion, Step::SetTimeZone]);
    assert_eq!(ready.obstacle(&bare), Some(Reason::NotReady));
    assert_eq!(ready.obstacle(&a_firm("demo", Some("UK"))), None);
}

async fn enter(desk: &Desk) -> Shut {
    gate::enter(&desk.ports, &desk.firm, LIMITS, Lane::Time, CALL).await.unwrap_err()
}

async fn runs(desk: &Desk) -> usize {
    sync::list(&desk.ports.store, &desk.firm, None, 10).await.unwrap().0.len()
}

/// BY-08: each change of the connection is told, and nothing of a token.
#[tokio::test]
async fn by_08_connecting_changing_and_ending_are_told_and_the_organisation_leads_to_the_firm() {
    let desk = Desk::connected().await;
    let store = &desk.ports.store;
    assert_eq!(firms(store, &tenant("TENANT-1")).await.unwrap(), std::slice::from_ref(&desk.firm));
    authorise::disconnect(&desk.ports, &desk.firm, &Actor::Key("k".into())).await.unwrap().unwrap();
    assert_eq!(firms(store, &tenant("tenant-1")).await.unwrap(), []);
    let range = Range::of(&desk.firm, Kind::Journal, "connection/xpm#", 50);
    let (told, _) = records::page::<Entry>(store, &range).await.unwrap();
    let told: Vec<(Event, Actor)> =
        told.into_iter().map(|it| (it.record.event, it.record.actor)).collect();
    assert_eq!(
        told,
        [
            (Event::Connected, Actor::Person("ann@example.com".into())),
            (Event::Disconnected, Actor::Key("k".into()))
        ]
    );
}

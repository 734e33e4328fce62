//! Consent at Xero and the way back.

use std::collections::BTreeSet;

use domain::chance::digest;
use domain::connection::State;
use domain::connection::authorise::{self, Callback, Ending, NotBegun};
use domain::ports::{Lane, Secret, Wake};
use jiff::SignedDuration;
use memory::identity::IdentityCall;

use crate::desk::{
    Desk, MINUTE, SECOND, a_firm, callback, organisation, parameter, state_of, tenant,
};

#[tokio::test]
async fn xb_01_beginning_gives_xeros_address_with_state_challenge_and_nonce() {
    let desk = Desk::new().await;
    let mut seen = BTreeSet::new();
    for _ in 0..20 {
        let url = desk.begin().await;
        assert!(url.starts_with("https://login.xero.example/identity/connect/authorize?"), "{url}");
        assert_eq!(parameter(&url, "code_challenge_method"), "S256");
        let state = state_of(&url);
        let (firm, word) = state.split_once('.').unwrap();
        assert_eq!(firm, "demo");
        for part in [word, &parameter(&url, "code_challenge"), &parameter(&url, "nonce")] {
            // 256 bits in base64url.
            assert_eq!(part.len(), 43, "{part}");
            assert!(seen.insert(part.to_owned()), "{part} came twice");
        }
    }
}

#[tokio::test]
async fn g37_neither_state_nor_verifier_nor_cookie_is_kept_readable() {
    let desk = Desk::new().await;
    let url = desk.begin().await;
    let cookie = desk.set_out(&url).await;
    let kept = format!("{:?}", desk.ports.cache.items());
    let (_, word) =
        state_of(&url).split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert!(!kept.contains(&word) && !kept.contains(&cookie));
    // The verifier's digest is the challenge, and no word that is kept has it.
    let challenge = parameter(&url, "code_challenge");
    let words = kept.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    assert!(words.into_iter().all(|it| digest(it) != challenge));
}

/// KB-01, XB-03: one organisation is connected at once, and its first sync is on its way.
#[tokio::test]
async fn xb_02_the_only_organisation_is_connected_and_its_first_sync_queued() {
    let desk = Desk::new().await;
    desk.ports.identity.connect("ann", &tenant("tenant-1"), "Demo");
    desk.ports.identity.connect_other("ann", &tenant("ledger"), "Books", "ORGANISATION");
    assert_eq!(desk.state().await, State::Disconnected);
    let ending = desk.consent("ann").await;
    assert_eq!(ending, Ending::Connected { return_to: "/settings".into() });
    let connection = desk.connection().await;
    assert_eq!(connection.state, State::Connected);
    assert_eq!(connection.organisation, Some(organisation("tenant-1", "Demo")));
    assert_eq!(connection.connected_at, Some(desk.now()));
    assert_eq!((connection.first_sync_at, connection.choices), (None, vec![]));
    let wake = Wake { firm: desk.firm.clone(), lane: Lane::Contacts };
    assert_eq!(desk.ports.wakes.take(), [wake]);
}

#[tokio::test]
async fn kb_01_the_token_works_at_xpm_and_rests_sealed() {
    let desk = Desk::connected().await;
    let (access, _) = domain::connection::tokens::access(&desk.ports, &desk.firm).await.unwrap();
    assert_eq!(access.tenant, tenant("tenant-1"));
    let accepts = desk.ports.identity.accepts(&access.token, &access.tenant);
    assert_eq!(accepts, memory::identity::Accepts::Yes);
    assert!(!format!("{:?}", desk.ports.store.items()).contains(access.token.reveal()));
    assert!(!format!("{access:?}").contains(access.token.reveal()));
}

#[tokio::test]
async fn xb_01_a_state_is_good_for_ten_minutes_and_no_longer() {
    for (seconds, good) in [(0, true), (599, true), (601, false)] {
        for late_start in [false, true] {
            let desk = Desk::new().await;
            desk.ports.identity.connect("ann", &tenant("tenant-1"), "Demo");
            let url = desk.begin().await;
            let wait = SignedDuration::from_secs(seconds);
            let cookie = if late_start {
                desk.pass(wait);
                let errand = authorise::set_out(&desk.ports, &state_of(&url), None).await.unwrap();
                assert_eq!(errand.is_some(), good, "{seconds}");
                errand.map_or("lost".into(), |it| it.cookie.reveal().to_owned())
            } else {
                let cookie = desk.set_out(&url).await;
                desk.pass(wait);
                cookie
            };
            // The item is still there: nothing depends on when it is deleted.
            assert_eq!(desk.ports.cache.items().len(), 1);
            let ending = desk.call_back(&url, "ann", Some(&cookie)).await;
            assert_eq!(ending != Ending::BadState, good, "{seconds}");
            assert_eq!(desk.stored().await.is_some(), good, "{seconds}");
        }
    }
}

/// XB-01: setting out does not lengthen the ten minutes.
#[tokio::test]
async fn xb_01_setting_out_late_gives_no_more_time() {
    let desk = Desk::new().await;
    desk.ports.identity.connect("ann", &tenant("tenant-1"), "Demo");
    let url = desk.begin().await;
    desk.pass(MINUTE * 9);
    let cookie = desk.set_out(&url).await;
    desk.pass(MINUTE + SECOND);
    assert_eq!(desk.call_back(&url, "ann", Some(&cookie)).await, Ending::BadState);
}

#[tokio::test]
async fn g37_a_callback_that_comes_twice_is_refused_and_stores_no_second_token() {
    let desk = Desk::new().await;
    desk.ports.identity.connect("ann", &tenant("tenant-1"), "Demo");
    let url = desk.begin().await;
    let cookie = desk.set_out(&url).await;
    let back = desk.ports.identity.consent(&url, "ann");
    let callback = callback(&back.state, Some(back.code), None);
    assert!(matches!(
        desk.take_back(callback.clone(), Some(&cookie)).await,
        Ending::Connected { .. }
    ));
    let before = desk.ports.store.items();
    for _ in 0..3 {
        assert_eq!(desk.take_back(callback.clone(), Some(&cookie)).await, Ending::BadState);
    }
    assert_eq!(desk.ports.store.items(), before);
    assert_eq!(desk.asked(IdentityCall::Exchange), 1);
}

/// XB-01: a code that was redeemed before connects nobody, also under a fresh state.
#[tokio::test]
async fn xb_01_a_code_used_before_stores_nothing() {
    let desk = Desk::new().await;
    desk.ports.identity.connect("ann", &tenant("tenant-1"), "Demo");
    let url = desk.begin().await;
    let cookie = desk.set_out(&url).await;
    let back = desk.ports.identity.consent(&url, "ann");
    let first = callback(&back.state, Some(back.code.clone()), None);
    desk.take_back(first, Some(&cookie)).await;
    let before = desk.ports.store.items();

    let url = desk.begin().await;
    let cookie = desk.set_out(&url).await;
    let again = callback(&state_of(&url), Some(back.code), None);
    assert_eq!(desk.take_back(again, Some(&cookie)).await, Ending::BadCode);
    assert_eq!(desk.ports.store.items(), before);
}

/// G37: only the browser that set out comes back; another one does not use the state up either.
#[tokio::test]
async fn g37_another_browsers_cookie_and_none_are_refused() {
    let desk = Desk::new().await;
    desk.ports.identity.connect("ann", &tenant("tenant-1"), "Demo");
    let url = desk.begin().await;
    let cookie = desk.set_out(&url).await;
    let others = desk.begin().await;
    let others_cookie = desk.set_out(&others).await;
    let before = desk.ports.store.items();
    let back = desk.ports.identity.consent(&url, "ann");
    let callback = callback(&back.state, Some(back.code), None);
    let mut longer = cookie.clone();
    longer.push('A');
    let shorter = &cookie[..cookie.len() - 1];
    for wrong in [None, Some(""), Some(&*others_cookie), Some(&*longer), Some(shorter)] {
        assert_eq!(desk.take_back(callback.clone(), wrong).await, Ending::BadState, "{wrong:?}");
    }
    assert_eq!(desk.ports.store.items(), before);
    assert_eq!(desk.asked(IdentityCall::Exchange), 0);
    assert!(matches!(desk.take_back(callback, Some(&cookie)).await, Ending::Connected { .. }));
}

#[tokio::test]
async fn g37_a_state_that_no_browser_set_out_with_is_refused() {
    let desk = Desk::new().await;
    desk.ports.identity.connect("ann", &tenant("tenant-1"), "Demo");
    let url = desk.begin().await;
    for cookie in [None, Some(""), Some("anything")] {
        assert_eq!(desk.call_back(&url, "ann", cookie).await, Ending::BadState);
    }
    assert_eq!(desk.stored().await, None);
}

#[tokio::test]
async fn g37_a_second_browser_cannot_set_out_with_a_bound_state() {
    let desk = Desk::new().await;
    let url = desk.begin().await;
    let state = state_of(&url);
    let cookie = desk.set_out(&url).await;
    for other in [None, Some("other")] {
        assert!(authorise::set_out(&desk.ports, &state, other).await.unwrap().is_none());
    }
    // The same browser may go back and set out again.
    let again = authorise::set_out(&desk.ports, &state, Some(&cookie)).await.unwrap().unwrap();
    assert_eq!((again.cookie.reveal(), &*again.address), (&*cookie, &*url));
}

/// G37: two browsers set out at the same moment; one of them is bound.
#[tokio::test]
async fn g37_a_browser_chooses_no_cookie_of_its_own() {
    let desk = Desk::new().await;
    let url = desk.begin().await;
    let errand = authorise::set_out(&desk.ports, &state_of(&url), Some("planted")).await.unwrap();
    assert_ne!(errand.unwrap().cookie.reveal(), "planted");
}

/// XB-01: the state of one firm is no other firm's.
#[tokio::test]
async fn xb_01_a_state_made_over_to_another_firm_is_refused() {
    let desk = Desk::new().await;
    desk.ports.identity.connect("ann", &tenant("tenant-1"), "Demo");
    let url = desk.begin().await;
    let cookie = desk.set_out(&url).await;
    let back = desk.ports.identity.consent(&url, "ann");
    let before = desk.ports.store.items();
    let (_, word) = back.state.split_once('.').unwrap();
    for state in [
        format!("other.{word}"),
        format!("DEMO.{word}"),
        format!(".{word}"),
        word.to_owned(),
        format!("demo.{}", word.to_lowercase()),
        format!("{} ", back.state),
        String::new(),
    ] {
        let callback = callback(&state, Some(back.code.clone()), None);
        assert_eq!(desk.take_back(callback, Some(&cookie)).await, Ending::BadState, "{state}");
    }
    let nothing = Callback { code: Some(back.code.clone()), ..Callback::default() };
    assert_eq!(desk.take_back(nothing, Some(&cookie)).await, Ending::BadState);
    assert_eq!(desk.ports.store.items(), before);
    let right = callback(&back.state, Some(back.code), None);
    assert!(matches!(desk.take_back(right, Some(&cookie)).await, Ending::Connected { .. }));
}

#[tokio::test]
async fn xb_01_a_person_who_says_no_changes_nothing() {
    let desk = Desk::connected().await;
    let url = desk.begin().await;
    let cookie = desk.set_out(&url).await;
    let before = desk.ports.store.items();
    let denied = callback(&state_of(&url), None, Some("access_denied"));
    let ending = desk.take_back(denied.clone(), Some(&cookie)).await;
    assert_eq!(ending, Ending::Declined("access_denied".into()));
    assert_eq!(desk.ports.store.items(), before);
    assert_eq!(desk.take_back(denied, Some(&cookie)).await, Ending::BadState);
}

/// G37: a code that was given for another authorisation's challenge, or under another nonce.
#[tokio::test]
async fn g37_a_code_of_another_authorisation_connects_nobody() {
    for part in ["code_challenge", "nonce"] {
        let desk = Desk::new().await;
        desk.ports.identity.connect("ann", &tenant("tenant-1"), "Demo");
        let url = desk.begin().await;
        let cookie = desk.set_out(&url).await;
        let others = parameter(&desk.begin().await, part);
        let swapped = url.replace(&parameter(&url, part), &others);
        assert_eq!(desk.call_back(&swapped, "ann", Some(&cookie)).await, Ending::BadCode, "{part}");
        assert_eq!(desk.stored().await, None, "{part}");
        assert_eq!(desk.state().await, State::Disconnected, "{part}");
    }
}

#[tokio::test]
async fn xb_01_where_xero_is_silent_nothing_is_stored() {
    let desk = Desk::new().await;
    desk.ports.identity.connect("ann", &tenant("tenant-1"), "Demo");
    for lost in [false, true] {
        let url = desk.begin().await;
        let cookie = desk.set_out(&url).await;
        let before = desk.ports.store.items();
        let back = desk.ports.identity.consent(&url, "ann");
        if lost {
            desk.ports.identity.lose_answers(1);
        } else {
            desk.ports.identity.silent(1);
        }
        let callback = callback(&back.state, Some(back.code), None);
        assert_eq!(desk.take_back(callback, Some(&cookie)).await, Ending::BadCode);
        assert_eq!(desk.ports.store.items(), before);
    }
}

#[tokio::test]
async fn kb_02_an_unserved_region_is_refused_before_anything_is_kept() {
    let desk = Desk::new().await;
    for region in [None, Some(""), Some("IE"), Some("SG"), Some("AUS"), Some("XK")] {
        let refused = authorise::begin(&desk.ports, &a_firm("demo", region), "/").await;
        assert!(matches!(refused, Err(NotBegun::Region)), "{region:?}");
    }
    assert_eq!(desk.ports.cache.items(), []);
    for region in ["AU", "NZ", "ZA", "GB", "UK", "CA", "US", " au "] {
        let begun = authorise::begin(&desk.ports, &a_firm("demo", Some(region)), "/").await;
        assert!(begun.is_ok(), "{region}");
    }
}

#[tokio::test]
async fn g37_an_address_to_return_to_that_leads_elsewhere_is_refused() {
    let desk = Desk::new().await;
    for to in ["https://evil.example", "//evil.example", "/\\evil.example", "", "settings"] {
        let refused = authorise::begin(&desk.ports, &a_firm("demo", Some("AU")), to).await;
        assert!(matches!(refused, Err(NotBegun::ReturnTo)), "{to}");
    }
    assert_eq!(desk.ports.cache.items(), []);
}

#[tokio::test]
async fn g37_a_verifier_that_was_tampered_with_is_not_sent() {
    let desk = Desk::new().await;
    desk.ports.identity.connect("ann", &tenant("tenant-1"), "Demo");
    let url = desk.begin().await;
    let cookie = desk.set_out(&url).await;
    let (key, mut item) = desk.ports.cache.items().pop().unwrap();
    let sealed = item.body["verifier"].as_str().unwrap().to_owned();
    let last = if sealed.ends_with('A') { "B" } else { "A" };
    item.body["verifier"] = format!("{}{last}", &sealed[..sealed.len() - 1]).into();
    let expect = domain::ports::Expect::Any;
    let now = desk.now();
    let _ = domain::ports::Cache::keep(&desk.ports.cache, &key, item, expect, now).await.unwrap();
    assert_eq!(desk.call_back(&url, "ann", Some(&cookie)).await, Ending::BadState);
    assert_eq!(desk.asked(IdentityCall::Exchange), 0);
}

#[test]
fn g36_nothing_of_a_callback_can_be_printed() {
    let it = callback("demo.state", Some(Secret::new("canary-code")), None);
    assert!(!format!("{it:?}").contains("canary"));
}

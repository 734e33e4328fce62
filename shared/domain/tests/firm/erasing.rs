use domain::connection::tenants;
use domain::contacts::{out, sync};
use domain::deadline::Deadline;
use domain::events;
use domain::firm::erase::{Erasure, Progress, QUIET, erase};
use domain::firm::founding::{Credentials, Newcomer, found};
use domain::firm::{FIRM, Firm, Settings};
use domain::ids::{Email, FirmId, TenantId};
use domain::journal::Actor;
use domain::ports::{Clock, Kind, Lane};
use domain::{jobs, keys, members, records, time};
use jiff::SignedDuration;
use memory::identity::IdentityCall;

use crate::town::{MARK, Town};

#[tokio::test]
async fn g55_of_an_erased_firm_stays_only_that_it_was_erased() {
    let town = Town::new().await;
    let others = town.all(&town.other).await;
    assert!(town.traces(&town.firm).await.len() > 1000);

    let Progress::Again(at) = erase(&town.ports, &town.firm, QUIET).await.unwrap() else {
        panic!("whoever had begun may still write")
    };
    assert_eq!(at, town.ports.clock.now() + QUIET);
    assert_eq!(town.traces(&town.firm).await, [""; 0]);
    town.ports.clock.advance(QUIET);
    let erased = Progress::Erased(town.ports.clock.now());
    assert_eq!(erase(&town.ports, &town.firm, QUIET).await.unwrap(), erased);

    assert_eq!(town.traces(&town.firm).await, [""; 0]);
    assert_eq!(town.all(&town.other).await, others);
    let firms = tenants::firms(&town.ports.store, &TenantId::parse("tenant-1").unwrap()).await;
    assert_eq!(firms.unwrap(), std::slice::from_ref(&town.other));
    let revoked = town.ports.identity.calls().iter().filter(|it| is_revoke(it)).count();
    assert_eq!(revoked, 1);
    let left = records::get::<Erasure>(&town.ports.store, &FirmId::directory(), "demo").await;
    assert!(left.unwrap().unwrap().record.erased_at.is_some());
    town.ports.clock.advance(QUIET);
    assert_eq!(erase(&town.ports, &town.firm, QUIET).await.unwrap(), erased, "asked again");
}

#[tokio::test]
async fn g55_what_is_written_after_the_doors_were_shut_goes_as_well() {
    let town = Town::new().await;
    let firm = records::get::<Firm>(&town.ports.store, &town.firm, FIRM).await.unwrap().unwrap();
    erase(&town.ports, &town.firm, QUIET).await.unwrap();
    let late = records::put(&town.firm, &firm.record, None).unwrap();
    let _ = domain::ports::Store::commit(&town.ports.store, vec![late]).await.unwrap();
    town.ports.clock.advance(QUIET);
    let again = Progress::Again(town.ports.clock.now());
    assert_eq!(erase(&town.ports, &town.firm, QUIET).await.unwrap(), again);
    let erased = Progress::Erased(town.ports.clock.now());
    assert_eq!(erase(&town.ports, &town.firm, QUIET).await.unwrap(), erased);
    assert_eq!(town.traces(&town.firm).await, [""; 0]);
}

#[tokio::test]
async fn g55_a_member_who_comes_late_goes_together_with_what_leads_to_them() {
    let town = Town::new().await;
    erase(&town.ports, &town.firm, QUIET).await.unwrap();
    let (store, now) = (&town.ports.store, town.ports.clock.now());
    let late = Email::parse("late@example.com").unwrap();
    assert!(members::add(store, &town.firm, &late, &Actor::Rule, now).await.unwrap());
    assert_ne!(town.traces(&town.firm).await, [""; 0]);
    town.ports.clock.advance(QUIET);
    let again = erase(&town.ports, &town.firm, QUIET).await.unwrap();
    assert_eq!(again, Progress::Again(town.ports.clock.now()));
    assert_eq!(town.traces(&town.firm).await, [""; 0]);
}

#[tokio::test]
async fn g55_an_erasure_may_die_anywhere_and_goes_on() {
    for n in [0, 1, 2, 3, 4, 5, 9, 40] {
        let town = Town::new().await;
        let others = town.all(&town.other).await;
        town.ports.store.fail_commits_after(n);
        assert!(erase(&town.ports, &town.firm, SignedDuration::ZERO).await.is_err(), "{n}");
        town.ports.store.fail_commits(0);
        while !matches!(
            erase(&town.ports, &town.firm, SignedDuration::ZERO).await.unwrap(),
            Progress::Erased(_)
        ) {}
        assert_eq!(town.traces(&town.firm).await, [""; 0], "{n}");
        assert_eq!(town.all(&town.other).await, others, "{n}");
    }
}

#[tokio::test]
async fn g55_while_xero_is_silent_the_token_is_kept_for_revoking_it() {
    let town = Town::new().await;
    town.ports.identity.silent(1);
    assert!(erase(&town.ports, &town.firm, SignedDuration::ZERO).await.is_err());
    assert!(town.ports.store.items().iter().any(|it| {
        it.key.firm == town.firm && it.key.kind == Kind::Token && it.key.id == "xpm"
    }));
    assert!(keys::find(&town.ports.store, "tdm_canary_demo").await.unwrap().is_none(), "nobody in");
    let again = erase(&town.ports, &town.firm, SignedDuration::ZERO).await.unwrap();
    assert!(matches!(again, Progress::Again(_)), "{again:?}");
    assert_eq!(town.traces(&town.firm).await, [""; 0]);
}

#[tokio::test]
async fn g55_after_it_no_key_lets_in_no_wake_leaves_a_trace_and_the_id_is_not_given_again() {
    let town = Town::new().await;
    assert!(keys::find(&town.ports.store, "tdm_canary_demo").await.unwrap().is_some());
    while !matches!(
        erase(&town.ports, &town.firm, SignedDuration::ZERO).await.unwrap(),
        Progress::Erased(_)
    ) {}
    assert!(keys::find(&town.ports.store, "tdm_canary_demo").await.unwrap().is_none());
    let (ports, firm) = (&town.ports, &town.firm);
    let deadline = Deadline { at: ports.clock.now() + SignedDuration::from_secs(60) };
    time::work::work(ports, firm, deadline).await.unwrap();
    jobs::work::work(ports, firm, deadline).await.unwrap();
    out::work(ports, firm, deadline).await.unwrap();
    sync::work(ports, firm, deadline).await.unwrap();
    events::work::publish(ports, firm, deadline).await.unwrap();
    assert_eq!(town.traces(firm).await, [""; 0]);
    assert_eq!(ports.practice.calls(), []);
    let woken = ports.wakes.take();
    assert!(woken.iter().all(|it| it.firm != *firm || it.lane == Lane::Contacts), "{woken:?}");

    let newcomer = Newcomer {
        id: firm.clone(),
        name: "Another".into(),
        settings: Settings::default(),
        credentials: Credentials::new(&*ports.clock, firm),
        owner: None,
    };
    assert!(!found(&ports.store, &ports.vault, &*ports.clock, &newcomer).await.unwrap());
}

#[tokio::test]
async fn g55_a_firm_that_is_not_there_is_not_erased() {
    let town = Town::new().await;
    for id in ["nobody", "-"] {
        let firm = FirmId::parse(id).unwrap();
        let ending = erase(&town.ports, &firm, SignedDuration::ZERO).await.unwrap();
        assert_eq!(ending, Progress::NoSuchFirm);
    }
}

/// All of it, and no secret: neither open nor sealed.
#[tokio::test]
async fn g55_an_export_holds_every_record_of_the_firm_and_no_secret() {
    let town = Town::new().await;
    let lines = town.export().await;
    for kind in Kind::ALL.iter().filter(|it| ![Kind::Token, Kind::Erasure].contains(it)) {
        let of_it = lines.iter().filter(|it| it["kind"] == kind.as_str()).count();
        let least = if *kind == Kind::Lane { Lane::ALL.len() } else { 120 };
        assert!(of_it >= least, "{of_it} of {kind:?}");
    }
    let thing = lines.iter().find(|it| it["kind"] == "contact" && it["id"] == "thing-7").unwrap();
    assert_eq!(thing["record"]["says"], MARK);
    let firm = lines.iter().find(|it| it["kind"] == "firm" && it["id"] == "firm").unwrap();
    assert_eq!(firm["record"]["name"], "Firm");
    let kept = records::get::<Firm>(&town.ports.store, &town.firm, FIRM).await.unwrap().unwrap();
    let text = serde_json::to_string(&lines).unwrap();
    for secret in
        [&kept.record.webhook_secrets[0].0, "tdm_canary_demo", "c2VjcmV0", "\"token\"", "other"]
    {
        assert!(!text.contains(secret), "{secret}");
    }
}

fn is_revoke(call: &IdentityCall) -> bool {
    format!("{call:?}").starts_with("Revoke")
}

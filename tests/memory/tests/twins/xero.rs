//! The knobs of the identity service and of XPM.

use domain::ids::TenantId;
use domain::ports::{Access, Denied, Fault, Identity, Left, Limit, Timesheets};
use domain::practice::{Staff, Timesheet};
use jiff::SignedDuration;
use memory::MemoryPorts;
use memory::contract::Scene;
use memory::practice::{CallLimits, Done, Method, Trouble};

use crate::scene::{job, scene, sheet};

#[tokio::test]
async fn g31_a_lost_rotation_is_repeated_with_the_same_token_for_half_an_hour() {
    let ports = MemoryPorts::default();
    let identity = &ports.identity;
    let first = identity.grant("ada").refresh;
    identity.lose_answers(1);
    assert!(matches!(identity.refresh(&first).await, Err(Denied::Silent(_))));
    identity.silent(1);
    assert!(matches!(identity.refresh(&first).await, Err(Denied::Silent(_))));
    assert_eq!(identity.rotations(), 1);

    ports.clock.advance(SignedDuration::from_mins(29));
    let second = identity.refresh(&first).await.unwrap();
    ports.clock.advance(SignedDuration::from_mins(30));
    assert!(matches!(identity.refresh(&first).await, Err(Denied::InvalidGrant)));
    let third = identity.refresh(&second.refresh).await.unwrap();
    assert_eq!(identity.stale_refreshes(), 0);
    assert!(identity.refresh(&first).await.is_err());
    assert_eq!(identity.stale_refreshes(), 1);

    ports.clock.advance(SignedDuration::from_hours(24 * 60));
    assert!(matches!(identity.refresh(&third.refresh).await, Err(Denied::InvalidGrant)));
    identity.refuse_next("invalid_client");
    assert!(matches!(identity.refresh(&third.refresh).await, Err(Denied::Refused(_))));
}

#[tokio::test]
async fn access_ends_with_its_time_with_the_connection_and_with_revocation() {
    let ports = MemoryPorts::default();
    let (practice, identity) = (&ports.practice, &ports.identity);
    let mut scene = scene(practice);
    practice.check_tokens(identity);
    let sheet = sheet(&scene);
    let add = async |scene: &Scene| practice.add_time(&scene.access, &sheet).await.outcome;
    assert!(matches!(add(&scene).await, Err(Fault::Unauthorised)));

    let grant = identity.grant("ada");
    scene.access.token = grant.access.clone();
    assert!(matches!(add(&scene).await, Err(Fault::Disconnected)));
    identity.connect("ada", &scene.access.tenant, "Ada's practice");
    assert!(add(&scene).await.is_ok());
    ports.clock.advance(SignedDuration::from_mins(30));
    assert!(matches!(add(&scene).await, Err(Fault::Unauthorised)));

    let grant = identity.refresh(&grant.refresh).await.unwrap();
    scene.access.token = grant.access;
    assert!(add(&scene).await.is_ok());
    identity.revoke(&grant.refresh).await.unwrap();
    assert!(matches!(add(&scene).await, Err(Fault::Unauthorised)));
}

#[tokio::test]
async fn g2_a_call_may_be_carried_out_though_no_answer_comes() {
    let practice = &MemoryPorts::default().practice;
    let scene = scene(practice);
    let (access, sheet) = (&scene.access, sheet(&scene));
    for trouble in [Trouble::Uncertain, Trouble::UncertainAfter] {
        practice.fail_next(Method::AddTime, trouble);
        let reply = practice.add_time(access, &sheet).await;
        assert!(matches!(reply.outcome, Err(Fault::Uncertain(_))));
    }
    let wait = Some(std::time::Duration::from_secs(7));
    practice.fail_next(Method::AddTime, Trouble::Throttled(Limit::Minute, wait));
    let reply = practice.add_time(access, &sheet).await;
    assert!(matches!(reply.outcome, Err(Fault::Throttled { limit: Limit::Minute, .. })));

    let effects = practice.effects();
    assert!(matches!(&effects[..], [it] if matches!(it.done, Done::TimeAdded(_))), "{effects:?}");
    assert_eq!(practice.calls().len(), 3);
    assert_eq!(practice.times_now(&access.tenant).len(), 1);
}

#[tokio::test]
async fn g46_one_organisation_does_not_see_anothers_time() {
    let practice = &MemoryPorts::default().practice;
    let scene = scene(practice);
    let booked = practice.add_time(&scene.access, &sheet(&scene)).await.outcome.unwrap();
    let other = TenantId::parse("other").unwrap();
    let access = Access { tenant: other.clone(), ..scene.access };

    let reply = practice.time(&access, &booked.uuid).await;
    assert!(matches!(reply.outcome, Err(Fault::Disconnected)));
    practice.put_staff(&other, Staff { uuid: practice.uuid(), name: "B".into(), email: None });
    assert_eq!(practice.time(&access, &booked.uuid).await.outcome.unwrap(), None);
}

#[tokio::test]
async fn invoiced_time_is_frozen_and_completed_jobs_take_none_when_told() {
    let practice = &MemoryPorts::default().practice;
    let scene = scene(practice);
    let (access, sheet) = (&scene.access, sheet(&scene));
    let booked = practice.add_time(access, &sheet).await.outcome.unwrap();
    practice.invoice(&access.tenant, &booked.uuid);
    assert!(practice.update_time(access, &booked.uuid, &sheet).await.outcome.is_err());
    assert!(practice.delete_time(access, &booked.uuid).await.outcome.is_err());

    let mut job = job(&scene);
    job.state = "Completed".into();
    practice.put_job(&access.tenant, job);
    assert!(practice.add_time(access, &sheet).await.outcome.is_ok());
    practice.refuse_completed(true);
    assert!(practice.add_time(access, &sheet).await.outcome.is_err());

    practice.refuse_completed(false);
    practice.allow_unassigned(true);
    let other = Timesheet { staff: scene.other_staff.clone(), ..sheet };
    assert!(practice.add_time(access, &other).await.outcome.is_ok());
}

#[tokio::test]
async fn calls_over_the_limit_are_refused_until_the_window_ends() {
    let ports = MemoryPorts::default();
    let practice = &ports.practice;
    let scene = scene(practice);
    practice.limit_calls(CallLimits { minute: 2, day: 3 });
    let call = async || practice.time(&scene.access, &scene.staff).await;
    assert_eq!(call().await.left, Left { day: Some(2), minute: Some(1) });
    assert!(call().await.outcome.is_ok());
    let throttled = call().await.outcome;
    assert!(matches!(throttled, Err(Fault::Throttled { limit: Limit::Minute, .. })));

    ports.clock.advance(SignedDuration::from_mins(1));
    assert!(call().await.outcome.is_ok());
    let throttled = call().await.outcome;
    assert!(matches!(throttled, Err(Fault::Throttled { limit: Limit::Day, .. })));
    ports.clock.advance(SignedDuration::from_hours(24));
    assert!(call().await.outcome.is_ok());
}

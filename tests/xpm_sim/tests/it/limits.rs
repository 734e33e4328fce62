//! BY-12: rate limits.

use xpm_sim::{Fault, Limits};

use crate::world::world;

/// BY-12, must-have 3: the call counts itself.
#[tokio::test]
async fn by_12_every_answer_says_what_is_left_of_three_limits() {
    let answer = world().await.get("staff.api/list").await;
    assert_eq!(answer.header("x-daylimit-remaining"), Some("4999"));
    assert_eq!(answer.header("x-minlimit-remaining"), Some("59"));
    assert_eq!(answer.header("x-appminlimit-remaining"), Some("9999"));
    assert!(answer.header("xero-correlation-id").is_some());
    assert_eq!(answer.header("cache-control"), Some("max-age=0, no-cache, no-store"));
}

/// BY-12, must-have 3.
#[tokio::test]
async fn by_12_the_call_after_sixty_in_a_minute_is_an_empty_429_until_the_window_ends() {
    let world = world().await;
    let control = world.simulator.control();
    control.advance(1200).unwrap();
    control.set_limits(Limits { phase: 15, ..Limits::default() }).unwrap();
    for _ in 0..60 {
        assert_eq!(world.get("category.api/list").await.status, 200);
    }
    let refused = world.get("category.api/list").await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.text, "");
    assert_eq!(refused.header("x-rate-limit-problem"), Some("minute"));
    assert_eq!(refused.header("retry-after"), Some("15"));
    assert_eq!(refused.header("x-minlimit-remaining"), Some("0"));
    assert_eq!(
        control.calls(0).last().and_then(|it| it.limited.clone()).as_deref(),
        Some("minute")
    );

    control.advance(14).unwrap();
    assert_eq!(world.get("category.api/list").await.header("retry-after"), Some("1"));
    control.advance(1).unwrap();
    let after = world.get("category.api/list").await;
    assert_eq!((after.status, after.header("x-minlimit-remaining")), (200, Some("59")));
    assert_eq!(after.header("x-daylimit-remaining"), Some("4939"));
}

/// BY-12, must-have 3.
#[tokio::test]
async fn by_12_the_days_limit_ends_with_the_day() {
    let world = world().await;
    world.simulator.control().set_limits(Limits { per_day: 1, ..Limits::default() }).unwrap();
    world.simulator.control().advance(3600).unwrap();
    let credentials = world.simulator.control().connect(&[]).unwrap();
    let world = crate::world::World { token: credentials.access_token, ..world };
    assert_eq!(world.get("category.api/list").await.status, 200);
    let refused = world.get("category.api/list").await;
    assert_eq!(refused.header("x-rate-limit-problem"), Some("day"));
    assert_eq!(refused.header("retry-after"), Some("82800"));
}

/// BY-12, must-have 3.
#[tokio::test]
async fn by_12_a_sixth_call_at_once_is_refused_without_saying_when_to_return() {
    let world = world().await;
    let slow: Vec<Fault> =
        serde_json::from_value(serde_json::json!([{"times": 5, "kind": "slow", "ms": 60_000}]))
            .unwrap();
    world.simulator.control().set_faults(slow);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..5 {
        calls.spawn(world.request(reqwest::Method::GET, "staff.api/list").send());
    }
    while world.simulator.control().faults()[0].times > 0 {
        tokio::task::yield_now().await;
    }
    let refused = world.get("staff.api/list").await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("x-rate-limit-problem"), Some("concurrent"));
    assert_eq!(refused.header("retry-after"), None);

    calls.shutdown().await;
    while world.get("staff.api/list").await.status == 429 {
        tokio::task::yield_now().await;
    }
}

/// BY-12, must-have 3.
#[tokio::test]
async fn by_12_the_apps_own_limit_spans_its_tenants() {
    let world = world().await;
    let control = world.simulator.control();
    control.set_limits(Limits { app_per_minute: 2, ..Limits::default() }).unwrap();
    let both = ["Harbour & Vale Accountants", "Kurrajong Business Advisory"];
    let credentials = control.connect(&both).unwrap();
    let mut world = crate::world::World { token: credentials.access_token.clone(), ..world };
    for tenant in &credentials.tenants {
        world.tenant = tenant.to_string();
        assert_eq!(world.get("category.api/list").await.status, 200);
    }
    let refused = world.get("category.api/list").await;
    assert_eq!(refused.header("x-rate-limit-problem"), Some("appminute"));
}

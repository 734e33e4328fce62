use domain::firm::Settings;
use serde_json::{Value, json};

use super::*;
use crate::body::{Body, BodyError};

#[test]
fn settings_are_shown_as_they_are_sent() {
    let shape = json!({
        "region": "AU", "time_zone": "Australia/Sydney",
        "contact_types": ["Client", "Prospect"],
        "contact_sync": {
            "scope": "clients_only", "assign_contact_type": "Client",
            "push_contact_types": ["Client"],
            "person_structures": ["Individual", "Sole Trader"],
            "create_in_practice": "ask",
            "conflict": {"name": "ask", "email": "xpm", "phones": "app",
                "physical_address": "ask", "mailing_address": "ask"},
            "blank_overwrites": false, "interval_minutes": 15
        },
        "auto_link": {"enabled": true, "year_starts": "07-01", "names": "quarter_end"},
        "time": {"rounding": {"mode": "up", "unit_minutes": 6}, "late_link": "release",
            "deleted": "ask", "note_marker": true, "assign_staff": true},
        "jobs": {"enabled": false, "template_prefix": "",
            "states": [{"code": "INPROGRESS", "name": "In Progress"}]},
        "budget": {"per_minute": 60, "per_day": 5000, "concurrent": 5, "reserved_per_day": 500}
    });
    let settings = read(&shape).unwrap();
    assert_eq!(serde_json::to_value(SettingsBody::from(settings)).unwrap(), shape);
}

#[test]
fn kb_03_what_is_left_out_takes_its_usual_value() {
    assert_eq!(read(&json!({})).unwrap(), Settings::default());
    let some = read(&json!({"time": {"late_link": "release"}, "region": null})).unwrap();
    assert_eq!(some.time.rounding, Settings::default().time.rounding);
}

#[test]
fn kb_02_a_served_region_is_kept_in_one_spelling() {
    for (sent, kept) in [("au", "AU"), ("UK", "GB"), (" nz ", "NZ")] {
        assert_eq!(read(&json!({"region": sent})).unwrap().region.as_deref(), Some(kept));
    }
    let zone = read(&json!({"time_zone": "australia/sydney"})).unwrap().time_zone;
    assert_eq!(zone.as_deref(), Some("Australia/Sydney"));
}

#[test]
fn everything_wrong_with_settings_is_told_at_once() {
    let sent = json!({
        "region": "IE", "time_zone": "Mars/Olympus", "contact_types": ["Client", " ", "Client"],
        "contact_sync": {"scope": "all", "assign_contact_type": "Prospect",
            "push_contact_types": ["Client", "Lead"], "conflict": {"name": "me"},
            "create_in_practice": "no", "interval_minutes": 4},
        "auto_link": {"year_starts": "02-29", "names": "both"},
        "time": {"rounding": {"mode": "sideways", "unit_minutes": 0}, "late_link": "x",
            "deleted": "y"},
        "jobs": {"states": [{"code": "", "name": "Done"}]},
        "budget": {"per_minute": 61, "per_day": 5001, "concurrent": 6, "reserved_per_day": -1}
    });
    let Err(BodyError::Invalid(wrong)) = read(&sent) else { panic!("taken") };
    let mut places: Vec<&str> = wrong.iter().map(|it| it.pointer.as_str()).collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            "/auto_link/names",
            "/auto_link/year_starts",
            "/budget/concurrent",
            "/budget/per_day",
            "/budget/per_minute",
            "/budget/reserved_per_day",
            "/contact_sync/assign_contact_type",
            "/contact_sync/conflict/name",
            "/contact_sync/create_in_practice",
            "/contact_sync/interval_minutes",
            "/contact_sync/push_contact_types/1",
            "/contact_sync/scope",
            "/contact_types/1",
            "/contact_types/2",
            "/jobs/states/0/code",
            "/region",
            "/time/deleted",
            "/time/late_link",
            "/time/rounding/mode",
            "/time/rounding/unit_minutes",
            "/time_zone",
        ]
    );
}

#[test]
fn a_reserve_is_not_larger_than_the_day() {
    let sent = json!({"budget": {"per_day": 100, "reserved_per_day": 101}});
    assert!(matches!(read(&sent), Err(BodyError::Invalid(wrong)) if wrong.len() == 1));
}

#[test]
fn an_array_is_no_object() {
    for (sent, place) in [
        (json!([]), ""),
        (json!({"time": []}), "/time"),
        (json!({"time": {"rounding": ["up", 6]}}), "/time/rounding"),
        (json!({"jobs": {"states": [["X", "Done"]]}}), "/jobs/states/0"),
    ] {
        let Err(BodyError::Malformed { pointer, .. }) = read(&sent) else { panic!("{sent}") };
        assert_eq!(pointer, place);
    }
}

fn read(sent: &Value) -> Result<Settings, BodyError> {
    read_settings(Body::Text(sent.to_string().as_bytes()))
}

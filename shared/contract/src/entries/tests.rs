use serde_json::{Value, json};

use super::*;

#[test]
fn an_entry_is_a_day_with_seconds_or_a_stretch_of_time() {
    let day = read(json!({"user_id": "u", "date": "2026-11-22", "seconds": 60})).unwrap();
    assert_eq!((day.value.seconds, day.version), (60, None));
    let stretch = json!({"user_id": "u", "version": 7,
        "started_at": "2026-11-22T03:00:00Z", "ended_at": "2026-11-22T14:30:00+11:00"});
    let stretch = read(stretch).unwrap();
    assert_eq!((stretch.value.seconds, stretch.version), (1800, Some(7)));
    let running = json!({"user_id": "u", "started_at": "2026-11-22T03:00:00Z", "running": true});
    assert_eq!(read(running).unwrap().value.seconds, 0);
}

#[test]
fn seconds_that_are_told_count_for_more_than_the_span() {
    let paused = json!({"user_id": "u", "seconds": 60,
        "started_at": "2026-11-22T03:00:00Z", "ended_at": "2026-11-22T04:00:00Z"});
    assert_eq!(read(paused).unwrap().value.seconds, 60);
}

#[test]
fn what_breaks_a_rule_is_told_with_its_place() {
    for (body, places) in [
        (json!({}), vec!["/user_id", "/date"]),
        (json!({"user_id": "u", "date": "2026-11-22"}), vec!["/seconds"]),
        (json!({"user_id": "u", "date": "2026-11-22", "seconds": -1}), vec!["/seconds"]),
        (json!({"user_id": "u", "date": "2026-11-22", "seconds": 1.5}), vec!["/seconds"]),
        (json!({"user_id": "u", "date": "2026-11-22", "seconds": 86_401}), vec!["/seconds"]),
        (json!({"user_id": "", "date": "22.11.2026", "seconds": 1}), vec!["/user_id", "/date"]),
        (
            json!({"user_id": "u", "date": "2026-11-22", "started_at": "2026-11-22T03:00:00Z"}),
            vec!["/date"],
        ),
        (
            json!({"user_id": "u", "ended_at": "2026-11-22T03:00:00Z", "date": "2026-11-22", "seconds": 1}),
            vec!["/ended_at"],
        ),
        (
            json!({"user_id": "u", "started_at": "2026-11-22T03:00:00Z", "ended_at": "2026-11-22T02:00:00Z"}),
            vec!["/ended_at"],
        ),
    ] {
        let Err(BodyError::Invalid(wrong)) = read(body.clone()) else { panic!("{body}") };
        let told: Vec<&str> = wrong.iter().map(|it| it.pointer.as_str()).collect();
        assert_eq!(told, places, "{body}");
    }
}

#[test]
fn what_has_the_wrong_type_is_malformed() {
    for (body, place) in [
        (json!({"user_id": 7}), "/user_id"),
        (json!({"user_id": "u", "seconds": "60"}), "/seconds"),
        (json!({"user_id": "u", "id": "other"}), "/id"),
        (json!({"running": "no"}), "/running"),
        (json!([]), ""),
    ] {
        let Err(BodyError::Malformed { pointer, detail }) = read(body.clone()) else {
            panic!("{body}")
        };
        assert_eq!(pointer, place, "{body}: {detail}");
    }
}

fn read(body: Value) -> Result<Statement<TimeEntry>, BodyError> {
    let text = read_entry("e-1", Body::Text(body.to_string().as_bytes()));
    // The same, but for the line and column of what is malformed.
    let data = read_entry("e-1", Body::Data(body));
    assert!(
        text == data
            || [&text, &data].iter().all(|it| matches!(it, Err(BodyError::Malformed { .. })))
    );
    text
}

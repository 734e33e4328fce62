//! G21: what an earlier version has stored is read by this one. The items stand as DynamoDB holds them, by
//! release, in `tests/fixtures/golden`; a kind without one does not pass.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::connection::Connection;
use crate::connection::tokens::Tokens;
use crate::contacts::book::ContactRecord;
use crate::contacts::matches::{ContactMatch, Match};
use crate::contacts::sync::{SyncChange, SyncRun, Track};
use crate::events::delivery::Delivery;
use crate::events::endpoint::Endpoint;
use crate::events::feed::{Mark, Place};
use crate::firm::Firm;
use crate::firm::change::Revisit;
use crate::firm::erase::Erasure;
use crate::jobs::draft::JobDraft;
use crate::journal::Entry;
use crate::keys::ApiKey;
use crate::linking::process::ProcessRecord;
use crate::linking::task::TaskRecord;
use crate::members::Member;
use crate::ports::Kind;
use crate::time::entry::EntryRecord;
use crate::time::nightly::Nightly;
use crate::time::redrive::Redrive;
use crate::time::user::UserRecord;

#[test]
fn g21_every_kind_that_an_earlier_version_has_stored_is_read_and_nothing_of_it_is_lost() {
    let mut releases = 0;
    for release in entries(&golden()).into_iter().filter(|it| it.is_dir()) {
        let mut seen = BTreeSet::new();
        for file in entries(&release) {
            let text = fs::read_to_string(&file).unwrap();
            let items: Vec<Value> = serde_json::from_str(&text).unwrap();
            let word = file.file_stem().unwrap().to_str().unwrap();
            let kind = Kind::ALL.iter().find(|it| it.as_str() == word);
            let kind = *kind.unwrap_or_else(|| panic!("{word} is no kind any more"));
            assert!(!items.is_empty(), "{word}");
            for item in &items {
                assert!(item["pk"]["S"].as_str().unwrap().ends_with(&format!("#{word}")));
                assert_eq!(item["schema"]["N"], "1");
                read(kind, item);
            }
            seen.insert(kind);
        }
        let missing: Vec<&Kind> = Kind::ALL.iter().filter(|it| !seen.contains(it)).collect();
        // A kind that is younger than a release has no item of it.
        assert!(missing.is_empty() || releases > 0, "{missing:?} have no golden item");
        releases += 1;
    }
    assert!(releases > 0);
}

/// Reads an item as the record of its kind. A new kind says here how.
fn read(kind: Kind, item: &Value) {
    let id = item["sk"]["S"].as_str().unwrap();
    let body = item.get("body").map(plain);
    let body = || body.clone().unwrap();
    match kind {
        Kind::Firm => whole::<Firm>(body()),
        Kind::ApiKey => whole::<ApiKey>(body()),
        Kind::Connection => whole::<Connection>(body()),
        Kind::Token => whole::<Tokens>(body()),
        Kind::Contact => whole::<ContactRecord>(body()),
        Kind::Match => whole::<Match>(body()),
        Kind::ContactMatch => whole::<ContactMatch>(body()),
        Kind::Sync if id == "track" => whole::<Track>(body()),
        Kind::Sync => whole::<SyncRun>(body()),
        // A plan's note of a contact that it gives away.
        Kind::SyncChange if id.contains('@') => assert!(body()["chunk"].is_u64()),
        Kind::SyncChange => whole::<SyncChange>(body()),
        Kind::Process => whole::<ProcessRecord>(body()),
        Kind::Task => whole::<TaskRecord>(body()),
        Kind::User => whole::<UserRecord>(body()),
        Kind::Entry => whole::<EntryRecord>(body()),
        Kind::Revisit => whole::<Revisit>(body()),
        Kind::JobDraft => whole::<JobDraft>(body()),
        Kind::Redrive => whole::<Redrive>(body()),
        Kind::Comparison => whole::<Nightly>(body()),
        Kind::Member => whole::<Member>(body()),
        Kind::Erasure => whole::<Erasure>(body()),
        Kind::Journal => whole::<Entry>(body()),
        Kind::Feed => whole::<Place>(body()),
        Kind::FeedMark => whole::<Mark>(body()),
        Kind::Endpoint => whole::<Endpoint>(body()),
        Kind::Delivery => whole::<Delivery>(body()),
        // Read by the API, whose own test reads them.
        Kind::Idempotency => assert!(body()["request"].is_string()),
        // Marks, counted by the store itself.
        Kind::Lane => assert!(item["marks"]["N"].is_string()),
        // What they say is in their keys; some carry a summary besides.
        Kind::ContactKey
        | Kind::MatchKey
        | Kind::TaskOf
        | Kind::EntryOf
        | Kind::JobDraftOf
        | Kind::EntryOn
        | Kind::Cause
        | Kind::MemberOf
        | Kind::Pending
        | Kind::Tenant => assert!(body().is_object()),
    }
}

/// The record takes everything in: written again, it says at least what was stored.
fn whole<R: Serialize + DeserializeOwned>(body: Value) {
    let name = std::any::type_name::<R>();
    let record: R = serde_json::from_value(body.clone())
        .unwrap_or_else(|error| panic!("{name}: {error}: {body}"));
    let written = serde_json::to_value(&record).unwrap();
    kept(&body, &written, name);
}

fn kept(stored: &Value, written: &Value, place: &str) {
    match (stored, written) {
        (Value::Object(stored), Value::Object(written)) => {
            for (name, value) in stored {
                let place = format!("{place}.{name}");
                kept(value, written.get(name).unwrap_or(&Value::Null), &place);
            }
        }
        (Value::Array(stored), Value::Array(written)) => {
            assert_eq!(stored.len(), written.len(), "{place}");
            stored.iter().zip(written).for_each(|(a, b)| kept(a, b, place));
        }
        (stored, written) => assert!(same(stored, written), "{place}: {stored} became {written}"),
    }
}

/// Numbers are DynamoDB's: `1.0` is `1`.
fn same(a: &Value, b: &Value) -> bool {
    a == b || a.as_f64().is_some_and(|it| b.as_f64() == Some(it))
}

/// DynamoDB's JSON as plain JSON.
fn plain(it: &Value) -> Value {
    let (word, value) = it.as_object().and_then(|it| it.iter().next()).unwrap();
    match word.as_str() {
        "S" | "BOOL" => value.clone(),
        "NULL" => Value::Null,
        "N" => serde_json::from_str(value.as_str().unwrap()).unwrap(),
        "L" => value.as_array().unwrap().iter().map(plain).collect(),
        "M" => {
            let all = value.as_object().unwrap().iter();
            Value::Object(all.map(|(name, it)| (name.clone(), plain(it))).collect::<Map<_, _>>())
        }
        other => panic!("{other} is not stored"),
    }
}

fn golden() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/golden"))
}

/// What is in a folder, in order: later releases come later.
fn entries(folder: &PathBuf) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    all.sort();
    all
}

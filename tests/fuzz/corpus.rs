//! Every kept case, and every case one step away from it, through these targets: so
//! that what holds for any bytes is asked with every test run.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod targets;

use std::fs;
use std::path::Path;

/// How many changed cases are made of each kept one, always the same.
const CHANGED: usize = 200;

#[test]
fn g49_an_answer_of_xpm_reads_the_same_however_it_arrives() {
    over("xml_in", targets::xml_in);
}

#[test]
fn g38_no_delivery_is_believed_that_nobody_signed() {
    over("webhook", targets::webhook);
}

#[test]
fn g42_a_cursor_that_is_taken_is_one_that_would_be_given() {
    over("cursor", targets::cursor_of_a_list);
}

#[test]
fn g47_a_key_names_the_firm_that_it_ends_with_or_none() {
    over("api_key", targets::api_key);
}

#[test]
fn g26_a_wait_that_is_asked_for_is_not_below_zero() {
    over("retry_after", targets::retry_after);
}

fn over(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut cases = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let kept = fs::read(entry.unwrap().path()).unwrap();
        target(&kept);
        let mut chance = fastrand::Rng::with_seed(1);
        for _ in 0..CHANGED {
            target(&changed(kept.clone(), &mut chance));
        }
        cases += 1;
    }
    assert!(cases > 2, "{name} has {cases} cases");
}

/// A few bytes turned, taken out, put in or doubled.
fn changed(mut bytes: Vec<u8>, chance: &mut fastrand::Rng) -> Vec<u8> {
    for _ in 0..chance.usize(1..4) {
        let at = chance.usize(..=bytes.len());
        let to = chance.usize(at..=bytes.len());
        match chance.u8(..4) {
            0 => drop(bytes.drain(at..to)),
            1 => bytes.insert(at, chance.u8(..)),
            2 => bytes.extend_from_within(at..to),
            _ => bytes[at..to].iter_mut().take(1).for_each(|it| *it ^= 1 << chance.u8(..8)),
        }
    }
    bytes
}

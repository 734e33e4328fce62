//! Histories of the World, and the bugs that it must find.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use world::judge::Wrong;
use world::now;
use world::plant::Plant;
use world::run::{Verdict, at_every_call, run};

/// So many histories are lived with every test run; `cargo run --release -p world -- --seeds 10000`
/// lives more.
const SEEDS: u64 = 300;
/// A planted bug must show within so many histories.
const FOUND_WITHIN: u64 = 60;

/// G1 to G4, G6, G7, G11 to G13, G15 to G18, G24, G26, G29 to G33: whatever goes wrong on the
/// way, in the end XPM holds what the firms asked for, each once. Of G23: clocks that differ by seconds,
/// and timers around midnights, the end of a year and the changes of the clocks.
#[test]
fn g02_g03_nothing_is_doubled_and_no_minute_is_lost_in_the_first_half_of_the_histories() {
    all_is_well(0..SEEDS / 2);
}

#[test]
fn g02_g03_nothing_is_doubled_and_no_minute_is_lost_in_the_other_half_of_the_histories() {
    all_is_well(SEEDS / 2..SEEDS);
}

#[test]
fn the_same_seed_is_the_same_history() {
    let [one, other] = [now(run(7, None)).unwrap(), now(run(7, None)).unwrap()];
    assert_eq!((one.creates, one.killed), (other.creates, other.killed));
}

/// G20: a worker dies before and after each call of a port, every one of them, while twins are pushed.
#[test]
fn g20_wherever_a_worker_dies_nothing_is_lost_or_doubled() {
    let toll = now(at_every_call(6)).unwrap();
    assert!(toll.wrong.is_empty(), "{:#?}", toll.wrong);
    assert!(
        toll.killed > 200 && toll.pushes > 1_000,
        "{} killed, {} pushes",
        toll.killed,
        toll.pushes
    );
}

#[test]
fn g02_a_create_that_is_repeated_after_a_time_out_is_found() {
    assert!(found(Plant::RetryOnTimeout, |it| matches!(it, Wrong::Doubled(_))));
}

#[test]
fn g04_a_create_that_is_not_looked_for_is_found() {
    assert!(found(Plant::NoReadBack, |it| matches!(it, Wrong::Doubled(_))));
}

#[test]
fn g01_a_create_without_a_durable_intent_is_found() {
    assert!(found(Plant::IntentNotDurable, |it| matches!(it, Wrong::WithoutIntent(_))));
}

#[test]
fn g06_writing_over_what_others_wrote_is_found() {
    assert!(found(Plant::UnconditionalWrites, |it| {
        matches!(it, Wrong::Doubled(_) | Wrong::Lost(_) | Wrong::ConnectionLost(_))
    }));
}

#[test]
fn g17_believing_that_ttl_has_deleted_is_found() {
    assert!(found(Plant::TtlTrusted, |it| matches!(it, Wrong::Lost(_) | Wrong::NeverAtRest)));
}

#[test]
fn g24_forgetting_the_calls_made_is_found() {
    assert!(found(Plant::BudgetForgotten, |it| {
        matches!(it, Wrong::OverLimit(_) | Wrong::TooManyAtOnce(_))
    }));
}

#[test]
fn g16_work_that_only_its_message_knows_of_is_found() {
    assert!(found(Plant::MarksLost, |it| matches!(it, Wrong::Lost(_) | Wrong::Unsettled(_))));
}

#[test]
fn g31_a_rotated_token_that_is_not_kept_is_found() {
    assert!(found(Plant::TokensNotKept, |it| matches!(it, Wrong::ConnectionLost(_))));
}

fn all_is_well(seeds: std::ops::Range<u64>) {
    let bad: Vec<Verdict> =
        seeds.map(|it| now(run(it, None)).unwrap()).filter(|it| !it.wrong.is_empty()).collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

fn found(plant: Plant, wrong: impl Fn(&Wrong) -> bool) -> bool {
    (0..FOUND_WITHIN).any(|seed| now(run(seed, Some(plant))).unwrap().wrong.iter().any(&wrong))
}

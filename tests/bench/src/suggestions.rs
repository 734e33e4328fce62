//! How well and how fast those are found who may be the same: on invented people whose duplicates are
//! known, beside what Python's libraries for record linkage find in the same table.
//!
//! Ours and theirs are judged alike: every scored pair is handed over, and the threshold is the one
//! that serves each best.

mod corrupt;
mod index;
mod peers;
mod people;
mod pools;
mod quality;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use domain::contacts::contact::Contact;
use domain::contacts::matching::{Dialling, SUGGESTED, Traits};

use crate::Cause;
use crate::samples::ratio;
use crate::table::Figure;

pub use people::{People, Person};

use index::Index;
use quality::{Pair, Quality};

/// How many records of the one side are searched for in a second, at least.
const LEAST_RATE: f64 = 200_000.0;
/// How often a peer runs.
const PEER_RUNS: u32 = 3;
/// How many times the rate of a peer.
const LEAST_TIMES: f64 = 20.0;
/// The people, the same every time.
const SEED: u64 = 20_260_701;
/// Where the firm is.
const REGION: &str = "AU";

/// How much is searched.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// How many people, each once on either side.
    pub people: usize,
    /// How often ours is measured.
    pub runs: u32,
    /// Whether peers are installed and run.
    pub peers: bool,
}

/// What one search of all duplicates took, and found.
struct Searched {
    prepare: Duration,
    index: Duration,
    keys: Duration,
    search: Duration,
    looked_up: usize,
    pairs: Vec<Pair>,
}

/// Searches, and prints how well and how fast; `folder` is for the table and the peers.
///
/// # Errors
/// The table cannot be written. A peer that cannot run is a figure.
pub async fn run(folder: &Path, load: &Load) -> Result<Vec<Figure>, Cause> {
    eprintln!("searching for {} duplicates", load.people);
    let people = People::of(SEED, load.people);
    let contacts = |side: &[Person], letter: char| -> Result<Vec<Contact>, Cause> {
        side.iter().enumerate().map(|(n, it)| it.contact(&format!("{letter}{n}"))).collect()
    };
    let originals = contacts(&people.originals, 'o')?;
    let duplicates = contacts(&people.duplicates, 'd')?;
    let runs: Vec<Searched> =
        (0..load.runs.max(1)).map(|_| search(&originals, &duplicates)).collect();
    let mut figures = ours(&runs, load.people);

    fs::create_dir_all(folder)?;
    let table = folder.join("people.csv");
    fs::write(&table, people.csv())?;
    for peer in peers::ALL {
        let name = format!("suggestions beside {}", peer.name);
        if !load.peers {
            figures.push(Figure::skipped(name, "not asked for"));
            continue;
        }
        match peer.best_of(PEER_RUNS, folder, &table).await {
            Ok(found) => figures.extend(beside(&runs, &found, load.people)),
            Err(why) => figures.push(Figure::skipped(name, why)),
        }
    }
    Ok(figures)
}

fn search(originals: &[Contact], duplicates: &[Contact]) -> Searched {
    let region = Dialling::of(REGION);
    let traits =
        |side: &[Contact]| side.iter().map(|it| Traits::of(it).dialled_in(region)).collect();
    let start = Instant::now();
    let (originals, duplicates): (Vec<Traits>, Vec<Traits>) =
        (traits(originals), traits(duplicates));
    let prepare = start.elapsed();

    let start = Instant::now();
    let index = Index::of(&originals);
    let indexed = start.elapsed();

    // The look-ups alone: what a search does before it compares.
    let start = Instant::now();
    let looked_up = duplicates.iter().map(|it| index.look_up(it)).sum();
    let keys = start.elapsed();

    let start = Instant::now();
    let mut pairs = Vec::new();
    for (n, duplicate) in duplicates.iter().enumerate() {
        index.search(duplicate, &originals, |m, score| {
            pairs.push(Pair { original: m, duplicate: n, score });
        });
    }
    Searched { prepare, index: indexed, keys, search: start.elapsed(), looked_up, pairs }
}

fn ours(runs: &[Searched], people: usize) -> Vec<Figure> {
    let pairs = &runs[0].pairs;
    let quality = Quality::best(pairs, people);
    let shown = Quality::at(SUGGESTED, pairs, people);
    let search = best(runs, |it| it.search);
    let keys = best(runs, |it| it.keys);
    let looked_up = runs[0].looked_up;
    let lookups = rate(people, search);
    vec![
        Figure::new(format!("suggestions, {people} people: quality"), quality.to_string())
            .beside(format!("as suggested: {shown}"), ""),
        Figure::new(
            "suggestions: lookups, each a record searched for and scored",
            format!("{lookups:.0}/s"),
        )
        .beside(format!("{:.0} keys/s looked up alone", rate(looked_up, keys)), "")
        .limit("≥ 200000/s", Some(lookups >= LEAST_RATE)),
        Figure::new("suggestions: pairs scored", format!("{:.0}/s", rate(pairs.len(), search)))
            .beside(format!("{:.1} pairs a record", pairs.len() as f64 / people as f64), ""),
    ]
}

/// From records in memory to scored pairs, with all that this takes either side: making them ready,
/// the keys, the scores, and for a peer that learns how to score, the learning.
fn beside(runs: &[Searched], peer: &peers::Found, people: usize) -> [Figure; 2] {
    let whole = best(runs, |it| it.prepare + it.index + it.search);
    let ours = Quality::best(&runs[0].pairs, people);
    let theirs = Quality::best(&peer.pairs, people);
    let search = best(runs, |it| it.index + it.search);
    let their_whole = peer.time();
    let (times, of_search) = (ratio(their_whole, whole), ratio(peer.search, search));
    let version = &peer.version;
    [
        Figure::new(
            format!("suggestions beside {version}: throughput"),
            format!(
                "{:.0} records/s; ready and learned {:.0}",
                rate(people, whole),
                rate(people, search)
            ),
        )
        .beside(
            format!(
                "{:.0} records/s; ready and learned {:.0}",
                rate(people, their_whole),
                rate(people, peer.search)
            ),
            format!("{times:.1} ×; {of_search:.1} ×"),
        )
        .limit("≥ 20 ×", Some(times >= LEAST_TIMES)),
        Figure::new(format!("suggestions beside {version}: F1"), format!("{:.3}", ours.f1()))
            .beside(theirs.to_string(), format!("{:+.3}", ours.f1() - theirs.f1()))
            .limit("≥ its F1", Some(ours.f1() >= theirs.f1())),
    ]
}

/// The shortest time: what a busy machine adds is nobody's merit.
fn best(runs: &[Searched], of: impl Fn(&Searched) -> Duration) -> Duration {
    runs.iter().map(of).min().unwrap_or_default()
}

fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

//! How fast a client list is read as it arrives, and in how much memory.
//!
//! XPM sends a firm's clients in one answer that can pass 50 MB, and a function has 256 MB in all.

mod list;

use std::convert::Infallible;
use std::path::Path;
use std::time::{Duration, Instant};

use domain::ports::ClientSink;
use domain::practice::Client;
use futures_util::stream;
use quick_xml::Reader;
use quick_xml::events::Event;
use tokio::process::Command;
use xpm::xml_in::{List, read_clients};

use crate::Cause;
use crate::process;
use crate::samples::{Samples, ratio};
use crate::table::Figure;

pub use list::{ClientList, Shape};

/// How much a socket hands over at a time.
const CHUNK: usize = 16 << 10;

/// Longer than any list here.
const LONGEST: u64 = 256 << 20;

/// How many times the bare tokenizer's time reading may take.
const MOST_TIMES: f64 = 3.0;

/// How much memory reading may take, in KiB.
const MOST_MEMORY: u64 = 64_000_000 / 1024;

/// Reads a list of each shape; `program` is the bench itself, for a process of its own.
///
/// # Errors
/// A list was not read whole.
pub async fn run(program: &Path, shapes: &[Shape], runs: u32) -> Result<Vec<Figure>, Cause> {
    let mut figures = Vec::new();
    for shape in shapes {
        eprintln!("reading {} clients", shape.clients);
        let bytes: usize = ClientList::new(*shape).map(|it| it.len()).sum();
        let name = format!("parse {} clients, {} MB", shape.clients, bytes / 1_000_000);
        figures.push(speed(&name, shape, runs).await?);
        figures.push(peak(&name, program, shape).await?);
    }
    Ok(figures)
}

async fn speed(name: &str, shape: &Shape, runs: u32) -> Result<Figure, Cause> {
    let text: String = ClientList::new(*shape).collect();
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let start = Instant::now();
        read(shape, text.as_bytes().chunks(CHUNK)).await?;
        ours.push(start.elapsed());
        bare.push(tokens(&text)?);
    }
    let median = |it: Vec<Duration>| Samples::from_iter(it).median();
    let (ours, bare) = (median(ours), median(bare));
    let megabytes = text.len() as f64 / 1e6;
    let rate = |it: Duration| format!("{:.0} MB/s", megabytes / it.as_secs_f64());
    let times = ratio(ours, bare);
    Ok(Figure::new(format!("{name}: speed"), rate(ours))
        .beside(format!("bare tokenizer {}", rate(bare)), format!("{times:.2} × its time"))
        .limit("≤ 3 × its time", Some(times <= MOST_TIMES)))
}

async fn peak(name: &str, program: &Path, shape: &Shape) -> Result<Figure, Cause> {
    let name = format!("{name}: peak memory");
    let child = Command::new(program).arg("parse-memory").args(shape.arguments()).output().await?;
    let told = String::from_utf8_lossy(&child.stdout);
    let [before, peak] = told.split_whitespace().collect::<Vec<_>>()[..] else {
        return Ok(Figure::skipped(name, String::from_utf8_lossy(&child.stderr).trim()));
    };
    let (before, peak): (u64, u64) = (before.parse()?, peak.parse()?);
    let more = peak.saturating_sub(before);
    let beside = format!("whole process {}", process::megabytes(peak));
    Ok(Figure::new(name, format!("+{}", process::megabytes(more)))
        .beside(beside, "")
        .limit("≤ 64 MB", Some(peak <= MOST_MEMORY)))
}

/// Reads a list that is made while it is read, and says what this process held before and at most,
/// in KiB. A process does this once: its peak is for ever.
///
/// # Errors
/// The list was not read whole, or the system does not tell.
pub async fn memory(shape: Shape) -> Result<String, Cause> {
    let own = std::process::id();
    let before = process::resident(own).ok_or("this system does not tell what memory is held")?;
    read(&shape, list::chunks(ClientList::new(shape), CHUNK)).await?;
    let peak = process::peak(own).ok_or("this system does not tell the peak")?;
    Ok(format!("{before} {peak}"))
}

async fn read(shape: &Shape, chunks: impl Iterator<Item = impl AsRef<[u8]>>) -> Result<(), Cause> {
    let mut count = Count::default();
    let chunks = stream::iter(chunks.map(Ok::<_, Infallible>));
    let list = read_clients(chunks, LONGEST, &mut count).await?;
    let contacts = u64::from(shape.clients) * u64::from(shape.contacts);
    let whole = List::Whole(shape.clients.into());
    if list == whole && count.clients == u64::from(shape.clients) && count.contacts == contacts {
        Ok(())
    } else {
        Err(format!("{shape:?} was read as {list:?} with {count:?}").into())
    }
}

/// What was handed on, looked at and dropped.
#[derive(Debug, Default)]
struct Count {
    clients: u64,
    contacts: u64,
}

impl ClientSink for Count {
    async fn take(&mut self, clients: Vec<Client>) -> Result<(), Cause> {
        self.clients += clients.len() as u64;
        self.contacts += clients.iter().map(|it| it.contacts.len() as u64).sum::<u64>();
        Ok(())
    }
}

/// How long the tokenizer takes alone: no checks, no copies, all of the text at hand.
fn tokens(text: &str) -> Result<Duration, Cause> {
    let start = Instant::now();
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut events = 0_u64;
    while !matches!(std::hint::black_box(reader.read_event()?), Event::Eof) {
        events += 1;
    }
    std::hint::black_box(events);
    Ok(start.elapsed())
}

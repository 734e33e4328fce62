//! The feed: every entry of the journal under a number, with no gap and in one order (BY-09).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::FirmId;
use crate::journal::{Actor, Entry, Event};
use crate::ports::{Change, Down, Expect, Kind, Range, Store};
use crate::records::{self, Kept, Record};
use crate::retention;

/// How much longer than now a place must be kept to begin with it.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// How many places are read at a time.
const STRETCH: usize = 200;
/// How many stretches one page may read before it is handed out short.
const STRETCHES: usize = 20;
/// So many entries are read at a time.
const HANDFUL: usize = 50;
/// A page ends early when its entries come to this, in bytes: an answer must fit what Lambda carries.
const HEAVY: usize = 2_000_000;

/// A place in the feed. It says enough to choose by without reading the entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Counts from 1.
    pub number: u64,
    /// The id of the entry.
    pub entry: String,
    /// What happened.
    pub event: Event,
    /// When.
    pub at: Timestamp,
    /// Who or what did it.
    pub actor: Actor,
}

impl Record for Place {
    const KIND: Kind = Kind::Feed;

    fn id(&self) -> String {
        id(self.number)
    }

    fn ended(&self) -> Option<Timestamp> {
        Some(self.at)
    }
}

impl Place {
    /// Whether it counts as there, whenever the store deletes it.
    fn kept(&self, now: Timestamp) -> bool {
        retention::until(Self::KIND, self.at).is_none_or(|it| it > now)
    }
}

/// How far something has come: the feed itself, a subject's journal, an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// What has come so far.
    pub(super) id: String,
    /// The last number, or version, that is done.
    pub(super) upto: u64,
    /// When that was, where the mark goes by a subject: with the subject's last entry it may go.
    #[serde(default)]
    pub(super) at: Option<Timestamp>,
}

/// The id of the mark that tells the last number given.
pub(super) const LAST: &str = "last";

impl Mark {
    /// The change that sets it, wherever it stood.
    pub(super) fn set(firm: &FirmId, id: String, upto: u64) -> Result<Change, Down> {
        match records::put(firm, &Self { id, upto, at: None }, None)? {
            Change::Put(item, _) => Ok(Change::Put(item, Expect::Any)),
            other @ Change::Delete(..) => Ok(other),
        }
    }
}

/// The last number given so far.
pub(super) async fn last(store: &impl Store, firm: &FirmId) -> Result<u64, Down> {
    Ok(records::get::<Mark>(store, firm, LAST).await?.map_or(0, |it| it.record.upto))
}

impl Record for Mark {
    const KIND: Kind = Kind::FeedMark;

    fn id(&self) -> String {
        self.id.clone()
    }

    fn ended(&self) -> Option<Timestamp> {
        self.at
    }
}

/// Part of the feed.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// The entries that were wanted, each under its number.
    pub entries: Vec<(u64, Entry)>,
    /// Up to where the feed was read: what comes later comes after this.
    pub upto: u64,
    /// Whether there may be more now.
    pub more: bool,
}

/// The name of an event for the world: the same wherever it is told, and no other firm's.
/// They sort as the feed does.
pub fn event_id(firm: &FirmId, number: u64) -> String {
    format!("evt_{firm}_{}", id(number))
}

/// Reads the feed after a number, or from its beginning: up to `limit` entries of the wanted places.
/// `None` where what came after the number is not kept any more: whoever read up to there has missed
/// something, and must be told.
///
/// # Errors
/// The store does not answer.
pub async fn read(
    store: &impl Store,
    firm: &FirmId,
    after: Option<u64>,
    limit: usize,
    now: Timestamp,
    wanted: impl Fn(&Place) -> bool + Send + Sync,
) -> Result<Option<Stretch>, Down> {
    let after = match after {
        Some(after) if !is_kept(store, firm, after, now).await? => return Ok(None),
        Some(after) => after,
        None => beginning(store, firm, now).await?,
    };
    let (mut found, mut upto, mut more) = (Vec::new(), after, true);
    for _ in 0..STRETCHES {
        let places = places(store, firm, upto, STRETCH).await?;
        more = places.len() == STRETCH;
        for place in places {
            if found.len() == limit {
                more = true;
                break;
            }
            upto = place.number;
            if wanted(&place) {
                found.push(place);
            }
        }
        if !more || found.len() == limit {
            break;
        }
    }
    let (entries, whole) = entries(store, firm, &found).await?;
    Ok(Some(match entries.last() {
        Some((last, _)) if !whole => Stretch { upto: *last, entries, more: true },
        Some(_) | None => Stretch { entries, upto, more },
    }))
}

/// Whether nothing is missing after a number. What was numbered before it was asked for is there, or gone.
pub(super) async fn is_kept(
    store: &impl Store,
    firm: &FirmId,
    after: u64,
    now: Timestamp,
) -> Result<bool, Down> {
    let last = last(store, firm).await?;
    Ok(after >= last || get(store, firm, after + 1).await?.is_some_and(|it| it.kept(now)))
}

/// The number before the first place that is kept, and will be for a while: whoever begins there is not
/// overtaken at once.
pub(super) async fn beginning(
    store: &impl Store,
    firm: &FirmId,
    now: Timestamp,
) -> Result<u64, Down> {
    let there = |it: Option<Place>| it.is_some_and(|it| it.kept(now + AHEAD));
    let (mut gone, mut kept) = (0, last(store, firm).await? + 1);
    if kept == 1 || there(get(store, firm, 1).await?) {
        return Ok(0);
    }
    while gone + 1 < kept {
        let middle = gone + (kept - gone) / 2;
        match there(get(store, firm, middle).await?) {
            true => kept = middle,
            false => gone = middle,
        }
    }
    Ok(gone)
}

async fn get(store: &impl Store, firm: &FirmId, number: u64) -> Result<Option<Place>, Down> {
    Ok(records::get::<Place>(store, firm, &id(number)).await?.map(|it| it.record))
}

/// The places after a number, as far as they follow each other. A reading that meets a commit may
/// see a later place and not yet an earlier one: what stands beyond a gap is left for the next.
pub(super) async fn places(
    store: &impl Store,
    firm: &FirmId,
    after: u64,
    limit: usize,
) -> Result<Vec<Place>, Down> {
    let range = Range { after: Some(id(after)), ..Range::of(firm, Kind::Feed, "", limit) };
    let (places, _) = records::page::<Place>(store, &range).await?;
    let places = places.into_iter().map(|it| it.record).zip(after + 1..);
    Ok(places.take_while(|(it, expected)| it.number == *expected).map(|it| it.0).collect())
}

/// The entries of these places, and whether that is all of them.
async fn entries(
    store: &impl Store,
    firm: &FirmId,
    places: &[Place],
) -> Result<(Vec<(u64, Entry)>, bool), Down> {
    let (mut read, mut bytes) = (Vec::with_capacity(places.len()), 0);
    for handful in places.chunks(HANDFUL) {
        let ids: Vec<String> = handful.iter().map(|it| it.entry.clone()).collect();
        let mut kept = records::get_many::<Entry>(store, firm, &ids).await?;
        for place in handful {
            let at = kept.iter().position(|it| it.record.id() == place.entry);
            let Some(Kept { record, .. }) = at.map(|at| kept.swap_remove(at)) else {
                let cause = format!("{} has a place and no entry", place.entry).into();
                return Err(Down { what: "the journal", cause });
            };
            bytes += weight(&record);
            read.push((place.number, record));
            if bytes > HEAVY {
                return Ok((read, false));
            }
        }
    }
    Ok((read, true))
}

/// About how many bytes an entry has.
pub(super) fn weight(entry: &Entry) -> usize {
    let all = [&entry.before, &entry.after].into_iter().flatten();
    300 + all.map(|it| it.to_string().len()).sum::<usize>()
}

fn id(number: u64) -> String {
    format!("{number:016}")
}

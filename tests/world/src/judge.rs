//! Whether all went well: what XPM holds against what the firms asked for.

use std::collections::BTreeMap;
use std::fmt;

use domain::connection::{self, State};
use domain::ids::FirmId;
use domain::practice::Timesheet;
use domain::records;
use domain::time::entry::EntryRecord;
use domain::time::push;

use crate::history::History;
use crate::ports::World;
use crate::scene::{self, Made};

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// XPM holds more of a sheet than was asked for (G2).
    Doubled(String),
    /// XPM holds less of a sheet than was asked for (G3).
    Lost(String),
    /// An entry is in no final state although nothing is in its way (G3).
    Unsettled(String),
    /// Creates left before their intent was durable (G1).
    WithoutIntent(u64),
    /// XPM refused calls because there were too many of ours (G24).
    OverLimit(u64),
    /// More calls at once than XPM allows (G24).
    TooManyAtOnce(usize),
    /// A firm has to connect again (G31).
    ConnectionLost(String),
    /// Work was still going on after two days without trouble (G18).
    NeverAtRest,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Doubled(sheet) => write!(f, "doubled: {sheet}"),
            Self::Lost(sheet) => write!(f, "lost: {sheet}"),
            Self::Unsettled(entry) => write!(f, "unsettled: {entry}"),
            Self::WithoutIntent(count) => write!(f, "{count} creates without a durable intent"),
            Self::OverLimit(count) => write!(f, "{count} calls over XPM's limit"),
            Self::TooManyAtOnce(count) => write!(f, "{count} calls at once"),
            Self::ConnectionLost(firm) => write!(f, "{firm} lost its connection"),
            Self::NeverAtRest => write!(f, "never at rest"),
        }
    }
}

/// The most calls at once (xpm-api 4).
const AT_ONCE: usize = 5;

/// Everything that is wrong in the end.
pub(crate) async fn judge(world: &World, firms: &[FirmId], history: &History) -> Made<Vec<Wrong>> {
    let mut wrong = Vec::new();
    let seen = world.seen();
    if seen.without_intent > 0 {
        wrong.push(Wrong::WithoutIntent(seen.without_intent));
    }
    if seen.over_limit > 0 {
        wrong.push(Wrong::OverLimit(seen.over_limit));
    }
    if seen.most_at_once > AT_ONCE {
        wrong.push(Wrong::TooManyAtOnce(seen.most_at_once));
    }
    for firm in firms {
        wrong.extend(ledger(world, firm, history)?);
        wrong.extend(entries(world, firm, history).await?);
        let connection = connection::read(&world.outside.store, firm).await?;
        if connection.state != State::Connected {
            wrong.push(Wrong::ConnectionLost(firm.to_string()));
        }
    }
    Ok(wrong)
}

/// Compares as many as there are of each: twins are interchangeable.
fn ledger(world: &World, firm: &FirmId, history: &History) -> Made<Vec<Wrong>> {
    let mut balance: BTreeMap<String, i64> = BTreeMap::new();
    let words = |it: &Timesheet| {
        format!("{firm} {} {} {} min {:?} by {}", it.job, it.date, it.minutes, it.note, it.staff)
    };
    for sheet in history.sheets(firm)? {
        *balance.entry(words(&sheet)).or_default() -= 1;
    }
    for booked in world.outside.practice.times_now(&scene::tenant(firm)?) {
        *balance.entry(words(&booked.sheet)).or_default() += 1;
    }
    let wrong = balance.into_iter().filter_map(|(sheet, more)| match more {
        0 => None,
        more if more > 0 => Some(Wrong::Doubled(sheet)),
        _ => Some(Wrong::Lost(sheet)),
    });
    Ok(wrong.collect())
}

async fn entries(world: &World, firm: &FirmId, history: &History) -> Made<Vec<Wrong>> {
    let mut wrong = Vec::new();
    for id in history.ids(firm) {
        let kept = records::get::<EntryRecord>(&world.outside.store, firm, id.as_str()).await?;
        match kept.map(|it| it.record.push.state) {
            Some(push::State::Confirmed | push::State::Deleted) => {}
            other => wrong.push(Wrong::Unsettled(format!("{firm} {id}: {other:?}"))),
        }
    }
    Ok(wrong)
}

//! The nightly comparison: what the assumptions of protocol P3 cannot promise is found within a day (G8).
//!
//! It is a record of its own in the lane `time`. Each look at it reads one person's last weeks from XPM,
//! from what time and people leave of the call budget, and notes how far it came.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::advance::{ROOM, Stop};
use super::compare::{Finding, at_rest, compare};
use super::entry::{Drift, EntryRecord};
use super::health::everyone;
use super::summary::{Days, of_person};
use super::user::staff_of;
use crate::copies::{self, Asker, Unavailable};
use crate::deadline::Deadline;
use crate::firm::Firm;
use crate::gate::{CALL, Shut};
use crate::ids::{FirmId, XpmUuid};
use crate::lanes::Waiting;
use crate::ports::{Clock, Down, Due, Fault, Kind, Lane, Ports, Store, Timesheets};
use crate::practice::{Booked, Staff};
use crate::records::{self, Edit, Kept, Record};

/// So many days are compared, up to today.
const WINDOW: i64 = 35;
/// When XPM gives nothing, it is asked again after this.
const LATER: SignedDuration = SignedDuration::from_mins(10);
/// The comparisons of all firms are spread over so many minutes from one o'clock at night.
const SPREAD: u64 = 240;

/// The firm's nightly comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nightly {
    /// Whose time is still to be compared; nobody's between two nights.
    pub left: Vec<XpmUuid>,
    /// When the last one ended.
    pub ended_at: Option<Timestamp>,
    /// When it goes on.
    pub look_at: Timestamp,
}

/// The id of the firm's only one.
pub const NIGHTLY: &str = "nightly";

impl Record for Nightly {
    const KIND: Kind = Kind::Comparison;

    fn id(&self) -> String {
        NIGHTLY.into()
    }

    fn due(&self) -> Option<Due> {
        Some(Due { lane: Lane::Time, at: self.look_at })
    }
}

impl Waiting for Nightly {
    const LANE: Lane = Lane::Time;

    fn look_at(&mut self, at: Timestamp) {
        self.look_at = at;
    }
}

/// Sees to it that the firm's time is compared every night.
pub(super) async fn ensure<P: Ports>(ports: &P, firm: &Firm, zone: &TimeZone) -> Result<(), Down> {
    let look_at = night(&firm.id, zone, ports.clock().now());
    records::amend(ports.store(), &firm.id, NIGHTLY, |it: Option<Nightly>| match it {
        Some(_) => Edit::Leave(()),
        None => Edit::Write(Nightly { left: vec![], ended_at: None, look_at }, vec![], ()),
    })
    .await
}

/// Compares the next person's time; says whether anything was due.
pub(super) async fn carry_on<P: Ports>(
    ports: &P,
    firm: &Firm,
    zone: &TimeZone,
    deadline: Deadline,
) -> Result<bool, Stop> {
    let now = ports.clock().now();
    let kept = records::get::<Nightly>(ports.store(), &firm.id, NIGHTLY).await?;
    let Some(kept) = kept.filter(|it| it.record.look_at <= now) else { return Ok(false) };
    if !deadline.allows(now, CALL + ROOM) {
        return Err(Stop::NoTime);
    }
    let mut next = kept.record.clone();
    match step(ports, firm, zone, &mut next).await {
        Ok(()) if next.left.is_empty() => {
            next.ended_at = Some(now);
            next.look_at = night(&firm.id, zone, now);
        }
        Ok(()) => next.look_at = now,
        Err(Unavailable::Shut(Shut::Down(down))) => return Err(down.into()),
        // The time itself does not wait for this.
        Err(Unavailable::Shut(Shut::Until { until, .. })) => next.look_at = until,
        Err(Unavailable::Shut(Shut::Closed)) => next.look_at = now + LATER,
        Err(Unavailable::Fault(fault)) => {
            tracing::warn!(firm.id = %firm.id, error = %fault, "XPM gave no time to compare with");
            next.look_at = now + LATER;
        }
    }
    let _ = ports.store().commit(records::replace(&firm.id, Some(&kept), &next)?).await?;
    Ok(true)
}

/// One person, or at the beginning of a night: whose turn it is.
async fn step<P: Ports>(
    ports: &P,
    firm: &Firm,
    zone: &TimeZone,
    nightly: &mut Nightly,
) -> Result<(), Unavailable> {
    let asker = Asker { firm: &firm.id, limits: firm.settings.budget, lane: Lane::Refresh };
    let staff = copies::staff(ports, asker).await?.items;
    let people = everyone(ports.store(), &firm.id).await?;
    let Some(turn) = nightly.left.last() else {
        let mut all: Vec<XpmUuid> =
            people.iter().filter_map(|it| staff_of(Some(it), &staff).ok()).collect();
        all.sort();
        all.dedup();
        nightly.left = all;
        return Ok(());
    };
    let today = ports.clock().now().to_zoned(zone.clone()).date();
    let days = Days { from: today.saturating_sub(WINDOW.days()), to: today, zone: zone.clone() };
    let reply = copies::directly(ports, asker, async |access| {
        ports.practice().times_of_staff(access, turn, days.from, days.to).await
    });
    let theirs = match reply.await {
        // Whom XPM does not know has no time there.
        Err(Unavailable::Fault(Fault::Refused { .. })) => Vec::new(),
        other => other?,
    };
    let mut ours = Vec::new();
    for person in people.iter().filter(|it| is(it, turn, &staff)) {
        let user = person.user.value.id.as_str();
        let ids = of_person(ports.store(), &firm.id, &days, user).await?;
        let kept = records::get_many::<EntryRecord>(ports.store(), &firm.id, &ids).await?;
        ours.extend(kept.into_iter().map(|it| it.record));
    }
    // What is booked to someone else, or on a day beyond, is not among theirs.
    ours.retain(|it| {
        let known = it.push.known.as_ref();
        known.is_none_or(|it| it.sheet.staff == *turn && days.contain(it.sheet.date))
    });
    for (id, mut finding) in compare(&ours, &theirs) {
        if let Some(uuid) = finding.astray.take() {
            let there = copies::directly(ports, asker, async |access| {
                ports.practice().time(access, &uuid).await
            });
            finding.drift = Some(match there.await? {
                Some(Booked { sheet, .. }) => Drift::Changed(sheet),
                None => Drift::Gone,
            });
        }
        let seen = ours.iter().find(|it| it.entry.value.id == id);
        if let Some(seen) = seen {
            note(ports.store(), &firm.id, seen, finding).await?;
        }
    }
    nightly.left.pop();
    Ok(())
}

/// Writes a finding down, unless the entry has changed since it was compared.
async fn note(
    store: &impl Store,
    firm: &FirmId,
    seen: &EntryRecord,
    finding: Finding,
) -> Result<(), Down> {
    let mut found = seen.clone();
    found.drift = finding.drift;
    found.extra = finding.extra;
    if found == *seen {
        return Ok(());
    }
    records::amend_kept(store, firm, seen.entry.value.id.as_str(), |it| {
        Ok(match it {
            Some(Kept { record, .. }) if record == *seen && at_rest(&record) => {
                Edit::Write(found.clone(), vec![], ())
            }
            Some(_) | None => Edit::Leave(()),
        })
    })
    .await
}

fn is(person: &super::user::UserRecord, turn: &XpmUuid, staff: &[Staff]) -> bool {
    staff_of(Some(person), staff).is_ok_and(|it| it == *turn)
}

/// The firm's minute of the coming night.
fn night(firm: &FirmId, zone: &TimeZone, now: Timestamp) -> Timestamp {
    let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let minute = firm.as_str().bytes().fold(0xcbf2_9ce4_8422_2325, fnv) % SPREAD;
    let day = now.to_zoned(zone.clone()).date().saturating_add(1.day());
    let one = day.to_datetime(Time::constant(1, 0, 0, 0));
    let begins = one.to_zoned(zone.clone()).map_or(now, |it| it.timestamp());
    begins + SignedDuration::from_mins(i64::try_from(minute).unwrap_or_default())
}

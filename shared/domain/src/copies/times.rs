//! Copies of people's time.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::Date;

use super::flight::{self, Boarded};
use super::{Asker, Copy, Unavailable};
use crate::gate::{self, CALL, Shut};
use crate::ids::{JobNumber, XpmUuid};
use crate::ports::{Clock, Fault, Ports, Reply, Timesheets};
use crate::practice::{Booked, Timesheet};
use crate::reason::Reason;

/// A member of staff's time between two days, both included, as one sheet for each day and job;
/// nothing of one whom XPM does not know. An old copy is not given: figures of an hour ago would be
/// shown as differences.
pub async fn times<P: Ports>(
    ports: &P,
    asker: Asker<'_>,
    staff: &XpmUuid,
    from: Date,
    to: Date,
) -> Result<Copy<Timesheet>, Unavailable> {
    let name = format!("times:{staff}:{from}:{to}");
    let copy: Result<Copy<Timesheet>, Unavailable> = load!(ports, asker, &name, |access| async {
        let reply = ports.practice().times_of_staff(access, staff, from, to).await;
        let outcome = match reply.outcome {
            Ok(times) => Ok(sums(times)),
            Err(Fault::Refused { .. }) => Ok(Vec::new()),
            Err(fault) => Err(fault),
        };
        Reply { outcome, left: reply.left }
    });
    let copy = copy?;
    if copy.stale {
        let until = ports.clock().now() + SignedDuration::from_secs(60);
        return Err(Shut::Until { until, reason: Reason::XpmUnreachable }.into());
    }
    Ok(copy)
}

/// One sheet for each day and job: a year of someone's time fits into a cached item.
fn sums(times: Vec<Booked>) -> Vec<Timesheet> {
    let mut sums: BTreeMap<(Date, JobNumber), Timesheet> = BTreeMap::new();
    for Booked { sheet, .. } in times {
        let minutes = sheet.minutes;
        let place = (sheet.date, sheet.job.clone());
        let sum = sums.entry(place);
        sum.or_insert(Timesheet { minutes: 0, note: String::new(), ..sheet }).minutes += minutes;
    }
    sums.into_values().collect()
}

//! Searches and single jobs of XPM, believed for ten minutes like its lists (XB-30, XB-34).

use std::collections::BTreeMap;

use domain::chance::digest;
use domain::copies::{Asker, BELIEVED, Copy, Unavailable};
use domain::gate::{self, CALL};
use domain::ids::{FirmId, JobNumber, XpmUuid};
use domain::ports::{
    Cache, CacheKey, Cached, Clock, Directory, Down, Expect, Fault, Jobs, Ports, Shelf, Timesheets,
};
use domain::practice::{Booked, Client, Job, Timesheet};
use jiff::SignedDuration;
use jiff::civil::Date;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::warn;

/// How long a copy is kept for the time when XPM does not answer.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// The clients that XPM finds by a text.
pub(crate) async fn clients<P: Ports>(
    ports: &P,
    asker: Asker<'_>,
    query: &str,
) -> Result<Copy<Client>, Unavailable> {
    let name = format!("clients:{}", digest(&query.to_lowercase()));
    let old = copy(ports, asker.firm, &name).await?;
    if let Some(old) = believed(ports, &old) {
        return Ok(old);
    }
    let answer = match gate::enter(ports, asker.firm, asker.limits, asker.lane, CALL).await {
        Ok(pass) => {
            let reply = ports.practice().search_clients(&pass.access, query).await;
            gate::leave(ports, asker.firm, pass, reply).await?.map_err(Unavailable::Fault)
        }
        Err(shut) => Err(shut.into()),
    };
    settle(ports, asker.firm, &name, answer, old).await
}

/// One job: a list of it, or an empty one when XPM does not know it.
pub(crate) async fn job<P: Ports>(
    ports: &P,
    asker: Asker<'_>,
    number: &JobNumber,
) -> Result<Copy<Job>, Unavailable> {
    let name = job_key(number);
    let old = copy(ports, asker.firm, &name).await?;
    if let Some(old) = believed(ports, &old) {
        return Ok(old);
    }
    let answer = match gate::enter(ports, asker.firm, asker.limits, asker.lane, CALL).await {
        Ok(pass) => {
            let reply = ports.practice().job(&pass.access, number).await;
            let job = gate::leave(ports, asker.firm, pass, reply).await?;
            job.map(|it| it.into_iter().collect()).map_err(Unavailable::Fault)
        }
        Err(shut) => Err(shut.into()),
    };
    settle(ports, asker.firm, &name, answer, old).await
}

/// A member of staff's time of some days: nothing of one whom XPM does not know.
pub(crate) async fn times<P: Ports>(
    ports: &P,
    asker: Asker<'_>,
    staff: &XpmUuid,
    from: Date,
    to: Date,
) -> Result<Copy<Timesheet>, Unavailable> {
    let name = format!("times:{staff}:{from}:{to}");
    let old = copy(ports, asker.firm, &name).await?;
    if let Some(old) = believed(ports, &old) {
        return Ok(old);
    }
    let answer = match gate::enter(ports, asker.firm, asker.limits, asker.lane, CALL).await {
        Ok(pass) => {
            let reply = ports.practice().times_of_staff(&pass.access, staff, from, to).await;
            match gate::leave(ports, asker.firm, pass, reply).await? {
                Ok(times) => Ok(sums(times)),
                Err(Fault::Refused { .. }) => Ok(Vec::new()),
                Err(fault) => Err(Unavailable::Fault(fault)),
            }
        }
        Err(shut) => Err(shut.into()),
    };
    // Figures of an hour ago would be shown as differences.
    settle(ports, asker.firm, &name, answer, None).await
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

/// The name of the copy of a job.
pub(crate) fn job_key(number: &JobNumber) -> String {
    format!("job:{number}")
}

/// A copy, whatever its age; XPM is not asked.
pub(crate) async fn copy<P: Ports, T: DeserializeOwned>(
    ports: &P,
    firm: &FirmId,
    name: &str,
) -> Result<Option<Copy<T>>, Down> {
    let key = CacheKey::new(firm, Shelf::Xpm, name);
    let item = ports.cache().fetch(&key, ports.clock().now()).await?;
    item.map(|it| serde_json::from_value(it.body)).transpose().map_err(unreadable)
}

fn believed<P: Ports, T: Clone>(ports: &P, old: &Option<Copy<T>>) -> Option<Copy<T>> {
    old.clone().filter(|it| ports.clock().now() < it.as_of + BELIEVED)
}

async fn settle<P: Ports, T: Serialize + Send + Sync>(
    ports: &P,
    firm: &FirmId,
    name: &str,
    answer: Result<Vec<T>, Unavailable>,
    old: Option<Copy<T>>,
) -> Result<Copy<T>, Unavailable> {
    let now = ports.clock().now();
    match (answer, old) {
        (Ok(items), _) => {
            let copy = Copy { items, as_of: now, stale: false };
            let body = serde_json::to_value(&copy).map_err(unreadable)?;
            let item = Cached { version: 0, body, expires_at: now + KEPT };
            let key = CacheKey::new(firm, Shelf::Xpm, name);
            let _ = ports.cache().keep(&key, item, Expect::Any, now).await?;
            Ok(copy)
        }
        (Err(error), Some(old)) => {
            warn!(firm.id = %firm, %error, "XPM gave no answer; an old copy is shown");
            Ok(Copy { stale: true, ..old })
        }
        (Err(error), None) => Err(error),
    }
}

fn unreadable(error: serde_json::Error) -> Down {
    Down { what: "the copies of XPM's lists", cause: error.into() }
}

//! Jobs from documents: what one costs in calls, how fast many are made, how soon one exists.
//!
//! The first two are counted on the twins, in virtual time: XPM's limits make them last a quarter of an
//! hour otherwise. The third is measured on the local stack, where XPM answers at once.

mod stack;
mod twin;

use std::path::Path;
use std::time::Duration;

use crate::Cause;
use crate::samples::millis;
use crate::table::Figure;

pub use stack::Load;

/// What the budget admits at least while work is queued (CA-22, G25).
const PER_MINUTE: f64 = 48.0;
/// How soon a job exists at the latest, one in twenty aside.
const SOON: Duration = Duration::from_secs(1);

/// Counts and measures; `folder` is for the stack.
///
/// # Errors
/// The stack did not start, or a job was not created.
pub async fn run(folder: &Path, load: &Load) -> Result<Vec<Figure>, Cause> {
    let mut figures = Vec::new();
    for (state, limit) in [(Some("INPROGRESS"), 13), (None, 12)] {
        let (first, next) = twin::calls_of_a_job(state).await?;
        let name = match state {
            Some(_) => "jobs: calls of a job with 10 costs, 2 people and a state",
            None => "jobs: calls of a job with 10 costs and 2 people",
        };
        let figure = Figure::new(name, next.to_string())
            .beside(format!("{first} if it is the template's first in ten minutes"), "")
            .limit(format!("= {limit}"), Some(next == limit));
        figures.push(figure);
    }
    let drained = twin::drain(load.drafts).await?;
    let rate = drained.per_minute();
    let name = format!("jobs: {} drafts at once, in virtual time", load.drafts);
    let met = rate >= PER_MINUTE && drained.refused == 0;
    figures.push(
        Figure::new(name, format!("{rate:.1} calls/min"))
            .beside(
                format!(
                    "{} calls in {:.0} s, estimated {:.0} s; {} refused (429)",
                    drained.calls, drained.seconds, drained.estimated, drained.refused
                ),
                "",
            )
            .limit(format!("≥ {PER_MINUTE} calls/min, no 429"), Some(met)),
    );
    eprintln!("measuring how soon a job exists");
    let times = stack::delivered_to_job(folder, load).await?;
    let p95 = times.quantile(0.95);
    figures.push(
        Figure::new("jobs: from delivered to the job in XPM, p95", millis(p95))
            .beside(format!("p50 {}, of {}", millis(times.median()), times.count()), "")
            .limit(format!("≤ {}", millis(SOON)), Some(p95 <= SOON)),
    );
    Ok(figures)
}

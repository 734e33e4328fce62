//! Reading XPM's clients into chunks: one call per run, however many invocations the run takes.

use jiff::{SignedDuration, Timestamp};

use super::chunks::{Writer, Written};
use super::run::{RunState, SyncRun, Waiting};
use super::saved::{UNSAVED, overtaken, save};
use super::work::{ALIVE, Turn};
use crate::deadline::Deadline;
use crate::firm::Firm;
use crate::gate::{self, Shut};
use crate::lease::Lease;
use crate::metric::{Metric, count};
use crate::ports::{Clock, Directory, Down, Fault, Lane, Ports};
use crate::reason::Reason;
use crate::records::Kept;

/// How long a list of all clients may take: 15,000 are minutes and 50 MB (xpm-api 6, 4).
const LISTING: SignedDuration = SignedDuration::from_mins(10);
/// How much time must be left for a reading to be begun at all.
const NEED: SignedDuration = SignedDuration::from_secs(20);
/// The pause after the first failure; it doubles with each.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// The longest pause.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(15);

/// Whether a run can be worked off.
pub(super) enum Ready {
    /// XPM has been read.
    Yes,
    /// Not now.
    No(Turn),
    /// Never: XPM refused.
    Failed,
}

/// Has the run read XPM. The attempt is written down before the call, so that one that dies in it
/// leaves a trace; but for a first one that asks only for changes, which the lane's lease keeps from being
/// made again at once.
pub(super) async fn read_xpm<P: Ports>(
    ports: &P,
    firm: &Firm,
    run: &mut Kept<SyncRun>,
    deadline: Deadline,
    lease: &mut Lease,
) -> Result<Ready, Down> {
    let now = ports.clock().now();
    if let Some(Waiting { until: Some(until), .. }) = &run.record.waiting
        && *until > now
    {
        return Ok(Ready::No(Turn::Rest(*until)));
    }
    let it = &mut run.record;
    it.state = RunState::Running;
    it.started_at.get_or_insert(now);
    // What changes from here on is the next run's, even if this one has to read again.
    it.plan.asked_at.get_or_insert(now);
    it.plan.attempts += 1;
    let lasting = LISTING.min(deadline.at.duration_since(now)).max(ALIVE);
    let noted = run.version == UNSAVED || save(ports, &firm.id, run).await?;
    if !noted || !lease.extend(ports, lasting).await? {
        return Ok(Ready::No(Turn::Overtaken));
    }
    let fetched = fetch(ports, firm, &run.record, deadline).await?;
    let waiting = |reason, until| Some(Waiting { reason, until, words: None });
    let turn = match fetched {
        Fetched::All(written) => {
            count(Metric::RecordsRead, written.entries);
            run.record.plan.chunks = Some(written.chunks);
            run.record.plan.away = written.away;
            run.record.progress.total = written.entries;
            run.record.waiting = None;
            // Without anything to work off, the end of the run says it all in one write.
            let saved = written.chunks == 0 || save(ports, &firm.id, run).await?;
            return Ok(if saved {
                Ready::Yes
            } else {
                Ready::No(overtaken(run, ports.clock().now()))
            });
        }
        Fetched::Shut(until, reason) => {
            // Not asked is not tried.
            run.record.plan.attempts -= 1;
            run.record.waiting = waiting(reason, Some(until));
            Turn::Rest(until)
        }
        Fetched::Later(until, reason) => {
            run.record.waiting = waiting(reason, Some(until));
            Turn::Rest(until)
        }
        Fetched::Closed => {
            run.record.waiting = waiting(Reason::ReconnectRequired, None);
            Turn::Idle
        }
        Fetched::OutOfTime => return Ok(Ready::No(Turn::OutOfTime)),
        Fetched::Refused(words) => {
            let reason = Reason::XpmRefused;
            run.record.waiting = Some(Waiting { reason, until: None, words: Some(words) });
            return Ok(Ready::Failed);
        }
    };
    let saved = save(ports, &firm.id, run).await?;
    Ok(Ready::No(if saved { turn } else { overtaken(run, ports.clock().now()) }))
}

/// How a reading ended.
pub(super) enum Fetched {
    /// Everything is in chunks.
    All(Written),
    /// XPM was not asked; not before then.
    Shut(Timestamp, Reason),
    /// XPM did not answer as it should; not before then.
    Later(Timestamp, Reason),
    /// Not in this invocation.
    OutOfTime,
    /// Not before a person has connected the firm.
    Closed,
    /// Never: XPM refused, in these words.
    Refused(String),
}

/// Reads the clients that the run is about.
pub(super) async fn fetch<P: Ports>(
    ports: &P,
    firm: &Firm,
    run: &SyncRun,
    deadline: Deadline,
) -> Result<Fetched, Down> {
    // A token that XPM refuses is replaced, and asked with once more.
    for _ in 0..2 {
        let now = ports.clock().now();
        if !deadline.allows(now, NEED) {
            return Ok(Fetched::OutOfTime);
        }
        let lasting = LISTING.min(deadline.at.duration_since(now));
        let limits = firm.settings.budget;
        let pass = match gate::enter(ports, &firm.id, limits, Lane::Contacts, lasting).await {
            Ok(pass) => pass,
            Err(Shut::Until { until, reason }) => return Ok(Fetched::Shut(until, reason)),
            Err(Shut::Closed) => return Ok(Fetched::Closed),
            Err(Shut::Down(down)) => return Err(down),
        };
        let mut writer = Writer::new(ports, &firm.id, &firm.settings.contact_sync, run);
        let reply = ports.practice().clients(&pass.access, run.plan.since, &mut writer).await;
        let outcome = gate::leave(ports, &firm.id, pass, reply).await?;
        if let Some(down) = writer.failed() {
            return Err(down);
        }
        match outcome {
            Ok(_) => {
                return Ok(Fetched::All(writer.close().await?));
            }
            Err(Fault::Unauthorised) => {}
            Err(Fault::Disconnected) => return Ok(Fetched::Closed),
            Err(Fault::Refused { status, words }) => {
                tracing::error!(firm.id = %firm.id, status, "XPM refused to list the clients");
                return Ok(Fetched::Refused(words));
            }
            Err(fault @ Fault::Throttled { retry_after, .. }) => {
                tracing::warn!(firm.id = %firm.id, error = %fault, "XPM did not list the clients");
                let pause = retry_after.and_then(|it| SignedDuration::try_from(it).ok());
                let until = ports.clock().now() + pause.unwrap_or(PAUSE);
                return Ok(Fetched::Later(until, Reason::OverLimit));
            }
            Err(fault @ (Fault::NotProcessed(_) | Fault::Uncertain(_))) => {
                tracing::warn!(firm.id = %firm.id, error = %fault, "XPM did not list the clients");
                break;
            }
        }
    }
    let until = again(run, ports.clock().now());
    Ok(Fetched::Later(until, Reason::XpmUnreachable))
}

/// When a reading that came to nothing is tried again.
pub(super) fn again(run: &SyncRun, now: Timestamp) -> Timestamp {
    let doubled = 1 << run.plan.attempts.saturating_sub(1).min(6);
    now + (PAUSE * doubled).min(LONGEST_PAUSE)
}

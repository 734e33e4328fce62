//! Copies of XPM's lists and jobs, believed for at most ten minutes (XB-30).
//!
//! A copy is kept longer than it is believed: when XPM does not answer, an old list
//! marked as stale serves people better than an empty one (XB-34).

/// The believed copy, or else what XPM answers to `$ask` through the gate, or else the old copy.
macro_rules! load {
    ($ports:ident, $asker:ident, $name:expr, |$access:ident| $ask:expr) => {{
        match flight::board($ports, $asker.firm, $name).await? {
            Boarded::Copy(copy) => Ok(copy),
            Boarded::Late(why, old) => flight::aged($name, why, old),
            Boarded::Ask(flight, old) => {
                let (firm, limits, lane) = ($asker.firm, $asker.limits, $asker.lane);
                let answer = match gate::enter($ports, firm, limits, lane, CALL).await {
                    Ok(pass) => {
                        let $access = &pass.access;
                        let reply = $ask.await;
                        match gate::leave($ports, firm, pass, reply).await {
                            Ok(outcome) => outcome.map_err(Unavailable::Fault),
                            Err(down) => Err(down.into()),
                        }
                    }
                    Err(shut) => Err(shut.into()),
                };
                flight.land($ports, $name, answer, old).await
            }
        }
    }};
}

mod flight;
mod times;

pub use times::times;

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::chance::digest;
use crate::firm::Limits;
use crate::gate::{self, CALL, Shut};
use crate::ids::{FirmId, JobNumber, XpmUuid};
use crate::linking::rule::is_open;
use crate::ports::{
    Access, Cache, CacheKey, Cached, Clock, Committed, Directory, Down, Expect, Fault, Jobs, Lane,
    Ports, Reply, Shelf,
};
use crate::practice::{Client, Job, JobTask, Named, Staff};
use crate::reason::Reason;
use flight::{Boarded, keep, kept, source};

/// How long a copy is believed.
pub const BELIEVED: SignedDuration = SignedDuration::from_secs(600);
/// Between two times that a person has the same copy forgotten.
const BETWEEN: SignedDuration = SignedDuration::from_secs(30);

/// Who asks, and with what allowance.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// For whom.
    pub firm: &'a FirmId,
    /// The firm's limits.
    pub limits: Limits,
    /// For which work.
    pub lane: Lane,
}

/// A list of XPM, with its age.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Copy<T> {
    /// What XPM said.
    pub items: Vec<T>,
    /// When it said so.
    pub as_of: Timestamp,
    /// Whether it is older than ten minutes because XPM does not answer.
    #[serde(default)]
    pub stale: bool,
}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// No call may be made now.
    #[error(transparent)]
    Shut(#[from] Shut),
    /// XPM gave no list, and no older copy exists.
    #[error("XPM gave no list")]
    Fault(#[source] Fault),
}

impl From<Down> for Unavailable {
    fn from(down: Down) -> Self {
        Self::Shut(Shut::Down(down))
    }
}

impl Unavailable {
    /// The reason in words for people.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Shut(Shut::Until { reason, .. }) => *reason,
            Self::Shut(Shut::Closed) => Reason::NotConnected,
            Self::Shut(Shut::Down(_)) | Self::Fault(_) => Reason::XpmUnreachable,
        }
    }
}

/// What XPM answers now, past every copy.
pub(crate) async fn directly<P: Ports, T>(
    ports: &P,
    asker: Asker<'_>,
    call: impl AsyncFnOnce(&Access) -> Reply<T>,
) -> Result<T, Unavailable> {
    let pass = gate::enter(ports, asker.firm, asker.limits, asker.lane, CALL).await?;
    let reply = call(&pass.access).await;
    gate::leave(ports, asker.firm, pass, reply).await?.map_err(Unavailable::Fault)
}

/// The task types.
pub async fn tasks<P: Ports>(ports: &P, asker: Asker<'_>) -> Result<Copy<Named>, Unavailable> {
    load!(ports, asker, TASKS, |access| ports.practice().tasks(access))
}

/// The job templates.
pub async fn templates<P: Ports>(ports: &P, asker: Asker<'_>) -> Result<Copy<Named>, Unavailable> {
    load!(ports, asker, TEMPLATES, |access| ports.practice().templates(access))
}

/// The staff.
pub async fn staff<P: Ports>(ports: &P, asker: Asker<'_>) -> Result<Copy<Staff>, Unavailable> {
    load!(ports, asker, STAFF, |access| ports.practice().staff(access))
}

/// All jobs of a client. Where XPM leaves the tasks of open jobs out, they are asked for one by one.
pub async fn jobs_of<P: Ports>(
    ports: &P,
    asker: Asker<'_>,
    client: &XpmUuid,
) -> Result<Copy<Job>, Unavailable> {
    let name = jobs_key(client);
    let of = source(ports, asker.firm).await?;
    let copy: Result<Copy<Job>, Unavailable> =
        load!(ports, asker, &name, |access| ports.practice().jobs_of(access, client));
    let mut copy = copy?;
    let mut asked = false;
    let mut ended = Ok(());
    for job in copy.items.iter_mut().filter(|it| it.tasks.is_none() && is_open(it)) {
        match job_tasks(ports, asker, &job.number).await {
            Ok(tasks) => (job.tasks, asked) = (Some(tasks), true),
            Err(error) => {
                ended = Err(error);
                break;
            }
        }
    }
    // Kept also when not all could be asked for, so that the next reader goes on from there.
    if asked {
        keep(ports, asker.firm, &name, &copy, &of).await?;
    }
    ended.map(|()| copy)
}

/// The numbers of a client's jobs in our copy, however old; XPM is not asked.
pub(crate) async fn known_jobs<P: Ports>(
    ports: &P,
    firm: &FirmId,
    client: &XpmUuid,
) -> Result<Vec<JobNumber>, Down> {
    let source = source(ports, firm).await?;
    let copy = kept::<P, Job>(ports, firm, &jobs_key(client), &source).await?;
    Ok(copy.map(|it| it.items.into_iter().map(|it| it.number).collect()).unwrap_or_default())
}

async fn job_tasks<P: Ports>(
    ports: &P,
    asker: Asker<'_>,
    number: &JobNumber,
) -> Result<Vec<JobTask>, Unavailable> {
    let pass = gate::enter(ports, asker.firm, asker.limits, asker.lane, CALL).await?;
    let reply = ports.practice().job(&pass.access, number).await;
    let whole = gate::leave(ports, asker.firm, pass, reply).await?.map_err(Unavailable::Fault)?;
    Ok(whole.and_then(|it| it.tasks).unwrap_or_default())
}

/// The clients that XPM finds by a text.
pub async fn search<P: Ports>(
    ports: &P,
    asker: Asker<'_>,
    query: &str,
) -> Result<Copy<Client>, Unavailable> {
    let name = format!("clients:{}", digest(&query.to_lowercase()));
    load!(ports, asker, &name, |access| ports.practice().search_clients(access, query))
}

/// One job with its tasks: a list of it, or an empty one when XPM does not know it.
pub async fn job<P: Ports>(
    ports: &P,
    asker: Asker<'_>,
    number: &JobNumber,
) -> Result<Copy<Job>, Unavailable> {
    let name = job_key(number);
    load!(ports, asker, &name, |access| async {
        let reply = ports.practice().job(access, number).await;
        Reply { outcome: reply.outcome.map(Vec::from_iter), left: reply.left }
    })
}

/// Forgets the copy of a resource as a person asked for it, not more often than every half minute;
/// `Err` says when it may be asked for again.
pub async fn refresh<P: Ports>(
    ports: &P,
    firm: &FirmId,
    resource: &str,
) -> Result<Result<(), Timestamp>, Down> {
    let now = ports.clock().now();
    let key = CacheKey::new(firm, Shelf::Lease, format!("refresh:{resource}"));
    let turn = Cached { version: 0, body: true.into(), expires_at: now + BETWEEN };
    if ports.cache().keep(&key, turn, Expect::Absent, now).await? == Committed::Done {
        return forget(ports, firm, resource).await.map(Ok);
    }
    let taken = ports.cache().fetch(&key, now).await?;
    Ok(Err(taken.map_or(now + BETWEEN, |it| it.expires_at)))
}

/// Forgets the copy of a resource, and whatever XPM is just being asked about it, so that the next
/// reader asks anew: what is written through us is seen at once (XB-33).
pub async fn forget<P: Ports>(ports: &P, firm: &FirmId, resource: &str) -> Result<(), Down> {
    let now = ports.clock().now();
    let _ = ports.cache().forget(&flight::key(firm, resource), Expect::Any, now).await?;
    let key = CacheKey::new(firm, Shelf::Xpm, resource);
    let _ = ports.cache().forget(&key, Expect::Any, now).await?;
    Ok(())
}

/// Forgets the copy of a resource if it was made at `since` or earlier. Asking again after a pause
/// does not forget what was learnt before it.
pub async fn outdate<P: Ports>(
    ports: &P,
    firm: &FirmId,
    resource: &str,
    since: Timestamp,
) -> Result<(), Down> {
    match age(ports, firm, resource).await? {
        Some(as_of) if as_of <= since => forget(ports, firm, resource).await,
        Some(_) | None => Ok(()),
    }
}

/// The name of the task types' copy.
pub const TASKS: &str = "tasks";
/// The name of the templates' copy.
pub const TEMPLATES: &str = "templates";
/// The name of the staff's copy.
pub const STAFF: &str = "staff";

/// The name of the copy of a client's jobs.
pub fn jobs_key(client: &XpmUuid) -> String {
    format!("jobs:{client}")
}

/// The name of the copy of a job.
pub fn job_key(number: &JobNumber) -> String {
    format!("job:{number}")
}

/// A copy of whatever age, without asking XPM: for what is shown by the way.
pub async fn at_hand<P: Ports, T: DeserializeOwned>(
    ports: &P,
    firm: &FirmId,
    resource: &str,
) -> Result<Option<Copy<T>>, Down> {
    let source = source(ports, firm).await?;
    kept(ports, firm, resource, &source).await
}

/// When a copy was made, if there is one: for showing how fresh things are.
pub async fn age<P: Ports>(
    ports: &P,
    firm: &FirmId,
    resource: &str,
) -> Result<Option<Timestamp>, Down> {
    Ok(at_hand::<P, serde_json::Value>(ports, firm, resource).await?.map(|it| it.as_of))
}

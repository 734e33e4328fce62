//! Copies of XPM's lists and jobs, believed for at most ten minutes (XB-30).
//!
//! A copy is kept longer than it is believed: when XPM does not answer, an old list
//! marked as stale serves people better than an empty one (XB-34).

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::connection;
use crate::firm::Limits;
use crate::gate::{self, CALL, Shut};
use crate::ids::{FirmId, JobNumber, TenantId, XpmUuid};
use crate::linking::rule::is_open;
use crate::ports::{
    Cache, CacheKey, Cached, Clock, Directory, Down, Expect, Fault, Jobs, Lane, Ports, Shelf,
};
use crate::practice::{Job, JobTask, Named, Staff};
use crate::reason::Reason;

/// How long a copy is believed.
pub const BELIEVED: SignedDuration = SignedDuration::from_secs(600);
/// How long it is kept for the time when XPM does not answer.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

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

/// The believed copy, or else what XPM answers to `$ask` through the gate, or else the old copy.
macro_rules! load {
    ($ports:ident, $asker:ident, $name:expr, |$access:ident| $ask:expr) => {{
        let now = $ports.clock().now();
        let source = source($ports, $asker.firm).await?;
        let old = kept($ports, $asker.firm, $name, &source).await?;
        match old {
            Some(old) if now < old.as_of + BELIEVED => Ok(old),
            old => {
                let answer = match gate::enter(
                    $ports,
                    $asker.firm,
                    $asker.limits,
                    $asker.lane,
                    CALL,
                )
                .await
                {
                    Ok(pass) => {
                        let $access = &pass.access;
                        let reply = $ask.await;
                        gate::leave($ports, $asker.firm, pass, reply)
                            .await?
                            .map_err(Unavailable::Fault)
                    }
                    Err(shut) => Err(shut.into()),
                };
                settle($ports, $asker.firm, $name, answer, old, now, source).await
            }
        }
    }};
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

/// Forgets the copy of a resource, so that the next reader asks XPM.
pub async fn forget<P: Ports>(ports: &P, firm: &FirmId, resource: &str) -> Result<(), Down> {
    let key = CacheKey::new(firm, Shelf::Xpm, resource);
    let _ = ports.cache().forget(&key, Expect::Any, ports.clock().now()).await?;
    Ok(())
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

/// When a copy was made, if there is one: for showing how fresh things are.
pub async fn age<P: Ports>(
    ports: &P,
    firm: &FirmId,
    resource: &str,
) -> Result<Option<Timestamp>, Down> {
    let source = source(ports, firm).await?;
    Ok(kept::<P, serde_json::Value>(ports, firm, resource, &source).await?.map(|it| it.as_of))
}

async fn settle<P: Ports, T: Serialize + Send + Sync>(
    ports: &P,
    firm: &FirmId,
    name: &str,
    answer: Result<Vec<T>, Unavailable>,
    old: Option<Copy<T>>,
    now: Timestamp,
    source: Option<TenantId>,
) -> Result<Copy<T>, Unavailable> {
    match (answer, old) {
        (Ok(items), _) => {
            let copy = Copy { items, as_of: now, stale: false };
            keep(ports, firm, name, &copy, &source).await?;
            Ok(copy)
        }
        (Err(error), Some(old)) => {
            tracing::warn!(resource = name, %error, "XPM gave no list; an old copy is shown");
            Ok(Copy { stale: true, ..old })
        }
        (Err(error), None) => Err(error),
    }
}

/// A copy, with the organisation that it was made of.
#[derive(Serialize, Deserialize)]
struct Shelved<C> {
    source: Option<TenantId>,
    #[serde(flatten)]
    copy: C,
}

/// The firm's organisation: nothing of another one is shown (XB-32).
async fn source<P: Ports>(ports: &P, firm: &FirmId) -> Result<Option<TenantId>, Down> {
    Ok(connection::read(ports.store(), firm).await?.organisation.map(|it| it.tenant))
}

async fn kept<P: Ports, T: DeserializeOwned>(
    ports: &P,
    firm: &FirmId,
    name: &str,
    source: &Option<TenantId>,
) -> Result<Option<Copy<T>>, Down> {
    let key = CacheKey::new(firm, Shelf::Xpm, name);
    let item = ports.cache().fetch(&key, ports.clock().now()).await?;
    let shelved: Option<Shelved<Copy<T>>> =
        item.map(|it| serde_json::from_value(it.body)).transpose().map_err(unreadable)?;
    Ok(shelved.filter(|it| it.source == *source).map(|it| it.copy))
}

async fn keep<P: Ports, T: Serialize + Sync>(
    ports: &P,
    firm: &FirmId,
    name: &str,
    copy: &Copy<T>,
    source: &Option<TenantId>,
) -> Result<(), Down> {
    let key = CacheKey::new(firm, Shelf::Xpm, name);
    let shelved = Shelved { source: source.clone(), copy };
    let body = serde_json::to_value(shelved).map_err(unreadable)?;
    let item = Cached { version: 0, body, expires_at: copy.as_of + KEPT };
    let _ = ports.cache().keep(&key, item, Expect::Any, ports.clock().now()).await?;
    Ok(())
}

fn unreadable(error: serde_json::Error) -> Down {
    Down { what: "the copies of XPM's lists", cause: error.into() }
}

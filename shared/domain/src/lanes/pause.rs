//! A note that a firm's lane stands still, so that what waits in it can say why before it was tried.
//!
//! It is kept in the cache and outlives the pause by little: losing it costs a sentence, no work.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::ids::FirmId;
use crate::ports::{Cache, CacheKey, Cached, Clock, Down, Expect, Lane, Ports, Shelf};
use crate::reason::Reason;

/// The sweep comes by once a minute: until then a lane that may go on still stands.
const SWEEP: SignedDuration = SignedDuration::from_secs(90);

/// Notes that the lane does nothing before `until`, and why.
pub(crate) async fn note<P: Ports>(
    ports: &P,
    firm: &FirmId,
    lane: Lane,
    until: Timestamp,
    reason: Reason,
) -> Result<(), Down> {
    let item = Cached { version: 0, body: reason.code().into(), expires_at: until + SWEEP };
    let _ = ports.cache().keep(&key(firm, lane), item, Expect::Any, ports.clock().now()).await?;
    Ok(())
}

/// Takes the note away: the lane goes on.
pub(crate) async fn clear<P: Ports>(ports: &P, firm: &FirmId, lane: Lane) -> Result<(), Down> {
    let (key, now) = (key(firm, lane), ports.clock().now());
    if ports.cache().fetch(&key, now).await?.is_some() {
        let _ = ports.cache().forget(&key, Expect::Any, now).await?;
    }
    Ok(())
}

/// Why the lane stands still, if it does.
///
/// # Errors
/// The cache does not answer.
pub async fn reason(
    cache: &impl Cache,
    firm: &FirmId,
    lane: Lane,
    now: Timestamp,
) -> Result<Option<Reason>, Down> {
    let note = cache.fetch(&key(firm, lane), now).await?;
    Ok(note.and_then(|it| named(&it.body)))
}

/// The reason with this word; none for a word of another version of ours.
fn named(word: &Value) -> Option<Reason> {
    serde_json::from_value(word.clone()).ok()
}

fn key(firm: &FirmId, lane: Lane) -> CacheKey {
    CacheKey::new(firm, Shelf::Pause, lane.as_str())
}

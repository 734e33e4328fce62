//! How long each kind of record is kept once nothing goes by it any more (G55).
//!
//! The store may forget a record from that instant on, and does so days late, so nothing may depend on
//! when it does (G17). Whatever is not listed stays until the firm itself is erased.

use jiff::{SignedDuration, Timestamp};

use crate::ports::Kind;

/// An answer kept for a repeated `Idempotency-Key`: a request is repeated within a day, or after a weekend.
pub const IDEMPOTENCY: SignedDuration = days(7);
/// What became of one event at one endpoint, after it last changed; far longer than any delivery is tried.
pub const DELIVERY: SignedDuration = days(30);
/// An order that was carried out.
pub const REDRIVE: SignedDuration = days(30);
/// A contact sync with what it changed: so long can it be looked at and undone.
pub const SYNC: SignedDuration = days(30);
/// A place in the feed. The audit trail is read by the same places, so the feed goes back as far: seven
/// years, as long as accountants keep their papers where most of them practise.
pub const FEED: SignedDuration = days(7 * 366);
/// An entry of the journal: a little longer than its place, so that no place is without one.
pub const JOURNAL: SignedDuration = days(7 * 366 + 30);
/// How far a subject has come in the feed: as long as any entry of it may be there.
pub const FEED_MARK: SignedDuration = days(7 * 366 + 60);

const fn days(n: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * n)
}

/// How long records of a kind are kept, from when they were of use last; `None` for good.
pub fn kept(kind: Kind) -> Option<SignedDuration> {
    match kind {
        Kind::Idempotency => Some(IDEMPOTENCY),
        Kind::Delivery => Some(DELIVERY),
        Kind::Redrive => Some(REDRIVE),
        Kind::Feed => Some(FEED),
        Kind::Journal => Some(JOURNAL),
        Kind::FeedMark => Some(FEED_MARK),
        // Forgotten by the syncs that follow, the changes before their run.
        Kind::Sync | Kind::SyncChange => None,
        // Deleted when they are done.
        Kind::Revisit | Kind::Pending => None,
        // One for each firm.
        Kind::Firm | Kind::Connection | Kind::Token | Kind::Lane | Kind::Comparison => None,
        // What the firm and its app have said, and what became of it in XPM: it is what keeps things from
        // being created twice. Pointers go with what they lead to.
        Kind::ApiKey
        | Kind::Contact
        | Kind::ContactKey
        | Kind::Match
        | Kind::MatchKey
        | Kind::ContactMatch
        | Kind::Process
        | Kind::Task
        | Kind::TaskOf
        | Kind::User
        | Kind::Entry
        | Kind::EntryOf
        | Kind::EntryOn
        | Kind::JobDraft
        | Kind::JobDraftOf
        | Kind::Cause
        | Kind::Endpoint
        | Kind::Member
        | Kind::MemberOf
        | Kind::Tenant => None,
        // That a firm was erased is what is left of it.
        Kind::Erasure => None,
    }
}

/// From when a record of this kind may be gone that was of use last at `ended`.
pub fn until(kind: Kind, ended: Timestamp) -> Option<Timestamp> {
    kept(kind).map(|it| ended.saturating_add(it).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g55_no_place_outlives_its_entry_and_no_entry_the_mark_of_its_subject() {
        assert!(FEED < JOURNAL && JOURNAL < FEED_MARK);
        assert!(IDEMPOTENCY > days(1));
    }
}

//! Why a decision about a match is not carried out (SH-06).

use crate::reason::Reason;

/// Why a decision is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no such match.
    Unknown,
    /// The match has changed since it was looked at.
    Stale,
    /// The contact has changed since it was offered.
    ContactChanged,
    /// There is no such contact, or it is gone.
    ContactUnknown,
    /// The contact is matched with another XPM record.
    MatchedElsewhere,
    /// It is matched already.
    AlreadyMatched,
    /// It is not matched.
    NotMatched,
    /// Nobody took it away.
    NotRemoved,
    /// XPM has no name for it.
    Unnamed,
    /// No candidate is likelier than all others.
    Unclear,
    /// An earlier one of the same call is about the same match or contact.
    Repeated,
    /// It is not synchronised at all.
    Barred(Reason),
}

impl Refused {
    /// The stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "not_found",
            Self::Stale => "stale_version",
            Self::ContactChanged => "contact_changed",
            Self::ContactUnknown => "unknown_contact",
            Self::MatchedElsewhere => "matched_elsewhere",
            Self::AlreadyMatched => "already_matched",
            Self::NotMatched => "not_matched",
            Self::NotRemoved => "not_removed",
            Self::Unnamed => "unnamed",
            Self::Unclear => "no_clear_candidate",
            Self::Repeated => "repeated",
            Self::Barred(reason) => reason.code(),
        }
    }

    /// The plain sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unknown => "There is no such match.",
            Self::Stale => "The match has changed since it was looked at.",
            Self::ContactChanged => "The contact has changed since it was offered.",
            Self::ContactUnknown => "There is no such contact, or it was deleted.",
            Self::MatchedElsewhere => "The contact is matched with another XPM record.",
            Self::AlreadyMatched => "The XPM record is matched already.",
            Self::NotMatched => "The XPM record is not matched.",
            Self::NotRemoved => "Nobody took this match away.",
            Self::Unnamed => "The record has no name in XPM.",
            Self::Unclear => "No candidate is likelier than all others.",
            Self::Repeated => "An earlier decision is about the same match or contact.",
            Self::Barred(reason) => reason.sentence(),
        }
    }

    /// What the person can do next.
    pub fn next_step(self) -> &'static str {
        match self {
            Self::Unknown => "Look at the list again.",
            Self::Stale => "Look at it again, then decide on its present version.",
            Self::ContactChanged => "Look at both sides again, then decide.",
            Self::ContactUnknown => "Choose another contact, or create one.",
            Self::MatchedElsewhere => "Choose another contact, or remove its other match first.",
            Self::AlreadyMatched => "Remove the match first, or leave it as it is.",
            Self::NotMatched => "Confirm or create instead.",
            Self::NotRemoved => "Nothing to do.",
            Self::Unnamed => "Give the record a name in XPM.",
            Self::Unclear => "Look at the candidates and choose one.",
            Self::Repeated => "Keep one of the two.",
            Self::Barred(reason) => reason.next_step(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sh_06_every_refusal_has_a_word_a_sentence_and_a_next_step() {
        use Refused::{
            AlreadyMatched, Barred, ContactChanged, ContactUnknown, MatchedElsewhere, NotMatched,
            NotRemoved, Repeated, Stale, Unclear, Unknown, Unnamed,
        };
        let all = [
            Unknown,
            Stale,
            ContactChanged,
            ContactUnknown,
            MatchedElsewhere,
            AlreadyMatched,
            NotMatched,
            NotRemoved,
            Unnamed,
            Unclear,
            Repeated,
            Barred(Reason::Archived),
        ];
        let mut codes: Vec<&str> = all.iter().map(|it| it.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all.len());
        for it in all {
            assert!(it.sentence().ends_with('.') && it.next_step().ends_with('.'), "{it:?}");
        }
    }
}

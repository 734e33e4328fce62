//! Bugs to plant at the ports, each the absence of one safety line: the World must report them.

/// A planted bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// A create whose answer was lost is sent again at once.
    RetryOnTimeout,
    /// Reading back finds nothing, whatever XPM holds.
    NoReadBack,
    /// The intent to create is said to be written and is not.
    IntentNotDurable,
    /// Records are written over whatever is there.
    UnconditionalWrites,
    /// What is past its time in the cache is believed, because TTL has not deleted it yet.
    TtlTrusted,
    /// The calls under way and made are not remembered.
    BudgetForgotten,
    /// Lanes are not marked, and their messages are lost.
    MarksLost,
    /// A rotated token set is used and not kept.
    TokensNotKept,
}

impl Plant {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::RetryOnTimeout,
        Self::NoReadBack,
        Self::IntentNotDurable,
        Self::UnconditionalWrites,
        Self::TtlTrusted,
        Self::BudgetForgotten,
        Self::MarksLost,
        Self::TokensNotKept,
    ];
}

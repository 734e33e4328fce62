//! What can go wrong with a call.

use std::time::Duration;

use domain::ports::{Fault, Left, Limit};
use jiff::Timestamp;

/// The calls of the practice, by the name of their method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is named as its method of the port")]
pub enum Method {
    Clients,
    Client,
    SearchClients,
    AddClient,
    UpdateClient,
    AddContact,
    UpdateContact,
    LinkContact,
    Staff,
    Tasks,
    Templates,
    JobsOf,
    Job,
    CurrentJobs,
    AddJob,
    Assign,
    SetState,
    DeleteJob,
    JobUrl,
    CostsOf,
    AddCost,
    UpdateCost,
    InvoicesOf,
    AssignToTask,
    AddTime,
    UpdateTime,
    DeleteTime,
    Time,
    TimesOfJob,
    TimesOfStaff,
}

/// What is to happen to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// None: it is the turn of a later call.
    None,
    /// It never leaves.
    NotProcessed,
    /// XPM refuses, with this status and in these words.
    Refused(u16, String),
    /// XPM asks to slow down; nothing is carried out.
    Throttled(Limit, Option<Duration>),
    /// The access token is not accepted.
    Unauthorised,
    /// The organisation is not connected.
    Disconnected,
    /// No answer; it was not carried out.
    Uncertain,
    /// No answer; it was carried out.
    UncertainAfter,
}

impl Trouble {
    /// The fault of a call that is not carried out; `None` where it is.
    pub(super) fn before(&self) -> Option<Fault> {
        Some(match self {
            Self::NotProcessed => Fault::NotProcessed("told not to leave".into()),
            Self::Refused(status, words) => {
                Fault::Refused { status: *status, words: words.clone() }
            }
            Self::Throttled(limit, retry_after) => {
                Fault::Throttled { limit: *limit, retry_after: *retry_after }
            }
            Self::Unauthorised => Fault::Unauthorised,
            Self::Disconnected => Fault::Disconnected,
            Self::Uncertain => lost(),
            Self::None | Self::UncertainAfter => return None,
        })
    }
}

pub(super) fn lost() -> Fault {
    Fault::Uncertain("told to lose the answer".into())
}

/// Calls to one organisation in fixed windows (xpm-api 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallLimits {
    /// In a minute of the clock.
    pub minute: u32,
    /// In a day (UTC).
    pub day: u32,
}

impl Default for CallLimits {
    /// 60 and 5,000.
    fn default() -> Self {
        Self { minute: 60, day: 5_000 }
    }
}

#[derive(Debug, Default)]
pub(super) struct Window {
    minute: (i64, u32),
    day: (i64, u32),
}

impl Window {
    /// Counts one call, or refuses it uncounted.
    pub(super) fn take(
        &mut self,
        limits: CallLimits,
        now: Timestamp,
    ) -> Result<Left, (Left, Fault)> {
        let second = now.as_second();
        for (window, length) in [(&mut self.minute, 60), (&mut self.day, 86_400)] {
            if window.0 != second.div_euclid(length) {
                *window = (second.div_euclid(length), 0);
            }
        }
        let over = [
            (self.day.1 >= limits.day, Limit::Day, 86_400),
            (self.minute.1 >= limits.minute, Limit::Minute, 60),
        ];
        if let Some((_, limit, length)) = over.into_iter().find(|(over, _, _)| *over) {
            let wait = Duration::from_secs((length - second.rem_euclid(length)).unsigned_abs());
            return Err((self.left(limits), Fault::Throttled { limit, retry_after: Some(wait) }));
        }
        self.minute.1 += 1;
        self.day.1 += 1;
        Ok(self.left(limits))
    }

    fn left(&self, limits: CallLimits) -> Left {
        Left {
            day: Some(limits.day.saturating_sub(self.day.1)),
            minute: Some(limits.minute.saturating_sub(self.minute.1)),
        }
    }
}

//! What is counted for those who run the service.
//!
//! A count is an event of `tracing` that holds a name of this list and a number, and so can never
//! tell of a firm. The log leaves these events out; where metrics are wanted, a layer of the
//! subscriber makes metrics of them, and elsewhere they go nowhere.

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// A webhook delivery was stored, or had been before.
    DeliveriesTaken,
    /// A webhook whose signature, time or secret was not right.
    SignaturesRefused,
    /// A wake whose lane was worked.
    WakesWorked,
    /// A wake that returns to its queue, or could not be read.
    WakesFailed,
    /// A lane that the sweep found due.
    LanesSwept,
    /// A call that XPM answered with what was asked for.
    CallsAnswered,
    /// A call that XPM refused for good.
    CallsRefused,
    /// A call over one of XPM's limits.
    CallsThrottled,
    /// A call whose token or connection XPM did not take.
    CallsUnauthorised,
    /// A call that is proven not to have been carried out.
    CallsUnprocessed,
    /// A call without an answer to rely on.
    CallsUncertain,
    /// A call was asked for while no more of the day's calls were left than are reserved.
    CallsOnReserve,
    /// A connection ended because Xero takes its refresh token no more.
    InvalidGrants,
    /// Time that XPM took.
    PushesConfirmed,
    /// Time that XPM refused for good.
    PushesRejected,
    /// Time of which XPM did not say whether it took it.
    PushesUncertain,
    /// A look for time that XPM has been silent about for more than ten minutes.
    PushesLongUnknown,
    /// A contact sync that ended as it should.
    SyncsDone,
    /// A contact sync that XPM refused.
    SyncsFailed,
    /// A look at a firm whose last sync began longer ago than three intervals.
    SyncsOverdue,
    /// A client or contact read from XPM.
    RecordsRead,
}

/// The target of the events that are counts.
pub const TARGET: &str = module_path!();
/// The field of such an event that holds the name, a text.
pub const NAME: &str = "metric";
/// The field of such an event that holds the number, a `u64`.
pub const TIMES: &str = "times";

/// Counts something that happened so many times more. Nothing is said of what did not happen.
pub fn count(metric: Metric, times: u64) {
    if times > 0 {
        tracing::info!(target: TARGET, metric = metric.name(), times);
    }
}

impl Metric {
    /// What it is called in CloudWatch.
    pub fn name(self) -> &'static str {
        match self {
            Self::DeliveriesTaken => "DeliveriesTaken",
            Self::SignaturesRefused => "SignaturesRefused",
            Self::WakesWorked => "WakesWorked",
            Self::WakesFailed => "WakesFailed",
            Self::LanesSwept => "LanesSwept",
            Self::CallsAnswered => "CallsAnswered",
            Self::CallsRefused => "CallsRefused",
            Self::CallsThrottled => "CallsThrottled",
            Self::CallsUnauthorised => "CallsUnauthorised",
            Self::CallsUnprocessed => "CallsUnprocessed",
            Self::CallsUncertain => "CallsUncertain",
            Self::CallsOnReserve => "CallsOnReserve",
            Self::InvalidGrants => "InvalidGrants",
            Self::PushesConfirmed => "PushesConfirmed",
            Self::PushesRejected => "PushesRejected",
            Self::PushesUncertain => "PushesUncertain",
            Self::PushesLongUnknown => "PushesLongUnknown",
            Self::SyncsDone => "SyncsDone",
            Self::SyncsFailed => "SyncsFailed",
            Self::SyncsOverdue => "SyncsOverdue",
            Self::RecordsRead => "RecordsRead",
        }
    }
}

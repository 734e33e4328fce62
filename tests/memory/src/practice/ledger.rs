//! What was done, as the judge of duplicates.

use domain::ids::{JobNumber, TenantId, XpmUuid};
use domain::practice::{Booked, Client, ClientContact, Job, JobCost};
use jiff::Timestamp;

use super::Method;

/// A call that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When.
    pub at: Timestamp,
    /// To which organisation.
    pub tenant: TenantId,
    /// For what.
    pub method: Method,
}

/// Something that a call changed in XPM, whether or not its answer arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// When.
    pub at: Timestamp,
    /// In which organisation.
    pub tenant: TenantId,
    /// What.
    pub done: Done,
}

/// The changes that calls can make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// A client was added.
    ClientAdded(Client),
    /// A client was changed into this.
    ClientUpdated(Client),
    /// A person was added to a client.
    ContactAdded {
        /// The client.
        client: XpmUuid,
        /// The person.
        contact: ClientContact,
    },
    /// A person was changed into this.
    ContactUpdated {
        /// The client.
        client: XpmUuid,
        /// The person.
        contact: ClientContact,
    },
    /// A job was added.
    JobAdded(Job),
    /// A job's staff or state was changed into this.
    JobChanged(Job),
    /// A job was removed.
    JobDeleted(JobNumber),
    /// A cost was added to a job.
    CostAdded(JobNumber, JobCost),
    /// A cost was changed into this.
    CostUpdated(JobCost),
    /// A person was made to stand at another client too.
    ContactLinked {
        /// The client.
        client: XpmUuid,
        /// The person.
        contact: XpmUuid,
    },
    /// Time was booked.
    TimeAdded(Booked),
    /// An entry was changed into this.
    TimeUpdated(Booked),
    /// An entry was removed; this is what it said.
    TimeDeleted(Booked),
}

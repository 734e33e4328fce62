//! Xero Practice Manager (xpm-api sections 1, 2 and 4).

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;

use super::{Cause, Secret, Timesheets};
use crate::ids::{JobNumber, TenantId, XpmUuid};
use crate::practice::{
    Client, ClientContact, ClientDraft, ContactDraft, CostSheet, Job, JobCost, JobOrder, Named,
    Staff,
};

/// Everything of XPM that the rules need.
pub trait Practice: Directory + Jobs + Timesheets {}

impl<T: Directory + Jobs + Timesheets> Practice for T {}

/// The right to call XPM for one organisation.
#[derive(Clone, Debug)]
pub struct Access {
    /// The access token.
    pub token: Secret,
    /// The organisation.
    pub tenant: TenantId,
}

/// An answer of XPM, with what it said of the limits on the way.
#[derive(Debug)]
pub struct Reply<T> {
    /// What was asked for, or what went wrong.
    pub outcome: Result<T, Fault>,
    /// XPM's own counters, where it sent them.
    pub left: Left,
}

/// Calls left by XPM's own counters (xpm-api 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// `X-DayLimit-Remaining`.
    pub day: Option<u32>,
    /// `X-MinLimit-Remaining`.
    pub minute: Option<u32>,
}

/// Why a call gave nothing, sorted by what may be done next (protocol P1).
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Proven not processed: no byte of the request left. May be asked again.
    #[error("XPM could not be reached")]
    NotProcessed(#[source] Cause),
    /// XPM looked at it and refused, in its own words. Asking again is useless.
    #[error("XPM refused: {words}")]
    Refused {
        /// The HTTP status; business errors come with 200 (xpm-api 1.3).
        status: u16,
        /// XPM's words.
        words: String,
    },
    /// Over a limit; not processed.
    #[error("XPM asked us to slow down")]
    Throttled {
        /// Which limit.
        limit: Limit,
        /// `Retry-After`, where it was sent.
        retry_after: Option<Duration>,
    },
    /// The access token is not accepted (401); not processed.
    #[error("XPM did not accept the access token")]
    Unauthorised,
    /// The organisation is not connected any more (403); not processed.
    #[error("XPM says that the organisation is not connected")]
    Disconnected,
    /// It may have been carried out: time-out, reset, truncated or unreadable answer, 5xx.
    #[error("XPM did not say whether it was done")]
    Uncertain(#[source] Cause),
}

/// The limits of XPM (xpm-api 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Calls in a minute to one organisation.
    Minute,
    /// Calls in a day to one organisation.
    Day,
    /// Calls at once to one organisation.
    Concurrent,
    /// Calls in a minute by the whole app.
    AppMinute,
    /// Not said.
    Unknown,
}

/// Clients, their contacts, and the firm's lists.
pub trait Directory: Send + Sync {
    /// Every client, or those changed since, handed to `sink` in chunks as they are read.
    /// Answers how many there were. Archived and deleted ones are among them (xpm-api 6, 2).
    fn clients(
        &self,
        access: &Access,
        since: Option<Timestamp>,
        sink: &mut impl ClientSink,
    ) -> impl Future<Output = Reply<u64>> + Send;

    /// One client, whole; `None` when XPM does not know it.
    fn client(
        &self,
        access: &Access,
        uuid: &XpmUuid,
    ) -> impl Future<Output = Reply<Option<Client>>> + Send;

    /// Clients that XPM finds by a text: a loose search.
    fn search_clients(
        &self,
        access: &Access,
        query: &str,
    ) -> impl Future<Output = Reply<Vec<Client>>> + Send;

    /// Adds a client. Creates: never sent twice by the adapter.
    fn add_client(
        &self,
        access: &Access,
        draft: &ClientDraft,
    ) -> impl Future<Output = Reply<Client>> + Send;

    /// Changes what the draft names, and nothing else.
    fn update_client(
        &self,
        access: &Access,
        uuid: &XpmUuid,
        draft: &ClientDraft,
    ) -> impl Future<Output = Reply<Client>> + Send;

    /// Adds a person to a client. Creates: never sent twice by the adapter.
    fn add_contact(
        &self,
        access: &Access,
        client: &XpmUuid,
        draft: &ContactDraft,
    ) -> impl Future<Output = Reply<ClientContact>> + Send;

    /// Changes a person, and their role at this client.
    fn update_contact(
        &self,
        access: &Access,
        client: &XpmUuid,
        contact: &XpmUuid,
        draft: &ContactDraft,
    ) -> impl Future<Output = Reply<ClientContact>> + Send;

    /// Has a person of other clients stand at this one too, in this position; done twice it is done
    /// once.
    fn link_contact(
        &self,
        access: &Access,
        client: &XpmUuid,
        contact: &XpmUuid,
        position: Option<&str>,
    ) -> impl Future<Output = Reply<()>> + Send;

    /// The staff.
    fn staff(&self, access: &Access) -> impl Future<Output = Reply<Vec<Staff>>> + Send;

    /// The task types.
    fn tasks(&self, access: &Access) -> impl Future<Output = Reply<Vec<Named>>> + Send;

    /// The job templates.
    fn templates(&self, access: &Access) -> impl Future<Output = Reply<Vec<Named>>> + Send;
}

/// Takes clients as they are read.
pub trait ClientSink: Send {
    /// Takes some clients; an error stops the reading.
    fn take(&mut self, clients: Vec<Client>) -> impl Future<Output = Result<(), Cause>> + Send;
}

/// Jobs.
pub trait Jobs: Send + Sync {
    /// All jobs of a client, whatever their state; tasks included where XPM sends them.
    fn jobs_of(
        &self,
        access: &Access,
        client: &XpmUuid,
    ) -> impl Future<Output = Reply<Vec<Job>>> + Send;

    /// One job with its tasks; `None` when XPM does not know it.
    fn job(
        &self,
        access: &Access,
        number: &JobNumber,
    ) -> impl Future<Output = Reply<Option<Job>>> + Send;

    /// The jobs that are not completed, cancelled or archived.
    fn current_jobs(&self, access: &Access) -> impl Future<Output = Reply<Vec<Job>>> + Send;

    /// Adds a job. Creates: never sent twice by the adapter.
    fn add_job(&self, access: &Access, order: &JobOrder)
    -> impl Future<Output = Reply<Job>> + Send;

    /// Puts these people on a job; who is on it already stays. All or none.
    fn assign(
        &self,
        access: &Access,
        number: &JobNumber,
        staff: &[XpmUuid],
    ) -> impl Future<Output = Reply<()>> + Send;

    /// Puts a job in the state with this code (xpm-api 2.3.3).
    fn set_state(
        &self,
        access: &Access,
        number: &JobNumber,
        code: &str,
    ) -> impl Future<Output = Reply<()>> + Send;

    /// Removes a job with everything on it; one that XPM does not know is removed.
    fn delete_job(
        &self,
        access: &Access,
        number: &JobNumber,
    ) -> impl Future<Output = Reply<()>> + Send;

    /// Where people see a job; `None` when XPM does not know it, or does not say.
    fn job_url(
        &self,
        access: &Access,
        number: &JobNumber,
    ) -> impl Future<Output = Reply<Option<String>>> + Send;

    /// The costs of a job, those of its template among them.
    fn costs_of(
        &self,
        access: &Access,
        number: &JobNumber,
    ) -> impl Future<Output = Reply<Vec<JobCost>>> + Send;

    /// Adds a cost to a job, and answers its id. Creates: never sent twice by the adapter.
    fn add_cost(
        &self,
        access: &Access,
        number: &JobNumber,
        sheet: &CostSheet,
    ) -> impl Future<Output = Reply<XpmUuid>> + Send;

    /// Makes a cost say what the sheet says.
    fn update_cost(
        &self,
        access: &Access,
        uuid: &XpmUuid,
        sheet: &CostSheet,
    ) -> impl Future<Output = Reply<()>> + Send;

    /// How many invoices a job is on.
    fn invoices_of(
        &self,
        access: &Access,
        number: &JobNumber,
    ) -> impl Future<Output = Reply<usize>> + Send;
}

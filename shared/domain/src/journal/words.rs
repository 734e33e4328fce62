//! The words of the journal: what can be changed, and what can happen to it.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$outer:meta])* $type:ident { $($(#[$doc:meta])* $name:ident = $word:literal,)+ }) => {
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $type { $($(#[$doc])* #[serde(rename = $word)] $name,)+ }

        impl $type {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The stable word for it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}

words! {
    /// The sorts of subjects.
    Sort {
        /// A contact of the practice app.
        Contact = "contact",
        /// What became of an XPM client or contact.
        Match = "match",
        /// A task and its link.
        Task = "task",
        /// A process and its XPM task.
        Process = "process",
        /// A time entry and its push.
        TimeEntry = "time_entry",
        /// A job to be created.
        JobDraft = "job_draft",
        /// The firm's settings.
        Settings = "settings",
        /// An API key.
        ApiKey = "api_key",
        /// The connection to Xero.
        Connection = "connection",
        /// Where outbound events go.
        Endpoint = "webhook_endpoint",
        /// A person who may sign in to the console.
        Member = "member",
    }
}

words! {
    /// What can happen. The words are the types of outbound events.
    Event {
        /// A contact came into being.
        ContactCreated = "contact.created",
        /// A contact changed.
        ContactUpdated = "contact.updated",
        /// A contact is gone.
        ContactDeleted = "contact.deleted",
        /// An XPM record was matched with a contact.
        MatchMade = "match.matched",
        /// An XPM record waits for a person to choose.
        MatchPartial = "match.partial",
        /// An XPM record is left alone, or no longer so, for a reason.
        MatchFlagged = "match.flagged",
        /// A match was put back as it stood before a sync.
        MatchRestored = "match.restored",
        /// A person took a match away.
        MatchRemoved = "match.removed",
        /// A person let a match be made again.
        MatchAllowed = "match.allowed",
        /// A client came into being in XPM.
        ClientCreated = "client.created",
        /// A client changed in XPM.
        ClientUpdated = "client.updated",
        /// A contact of clients came into being in XPM.
        ClientContactCreated = "client_contact.created",
        /// A contact of clients changed in XPM.
        ClientContactUpdated = "client_contact.updated",
        /// A task was linked to a job.
        TaskLinked = "task.linked",
        /// A task lost its link.
        TaskUnlinked = "task.unlinked",
        /// The job that a task was linked to is gone.
        TaskLinkBroken = "task.link_broken",
        /// A person let auto-link try a task again.
        TaskLinkAllowed = "task.link_allowed",
        /// A process was mapped to another XPM task, or to none.
        ProcessMapped = "process.mapped",
        /// XPM holds an entry as it should be.
        TimePushed = "time.pushed",
        /// XPM refused an entry.
        TimeRejected = "time.rejected",
        /// A job is to be created when its documents go out.
        JobDraftCreated = "job_draft.created",
        /// What is to be created changed.
        JobDraftUpdated = "job_draft.updated",
        /// The costs of a job were confirmed.
        JobDraftCostsConfirmed = "job_draft.costs_confirmed",
        /// The documents went out: the job is being created.
        JobDraftCommitted = "job_draft.committed",
        /// No job is to be created any more.
        JobDraftDiscarded = "job_draft.discarded",
        /// XPM has the job.
        JobCreated = "job.created",
        /// XPM has the job with its staff, costs and state as they should be.
        JobCompleted = "job.completed",
        /// XPM refused a step of the creation.
        JobFailed = "job.failed",
        /// The job was taken back.
        JobDeleted = "job.deleted",
        /// The settings changed.
        SettingsChanged = "settings.changed",
        /// An API key was issued.
        KeyIssued = "api_key.issued",
        /// An API key was revoked.
        KeyRevoked = "api_key.revoked",
        /// The firm connected an organisation of XPM.
        Connected = "connection.connected",
        /// Consent was given for several organisations; one must be chosen.
        OrganisationsOffered = "connection.choose_organisation",
        /// The firm ended the connection.
        Disconnected = "connection.disconnected",
        /// Xero does not accept the connection any more.
        ReconnectRequired = "connection.reconnect_required",
        /// An endpoint for outbound events came into being or changed.
        EndpointChanged = "webhook_endpoint.changed",
        /// An endpoint was given another secret.
        EndpointSecretRotated = "webhook_endpoint.secret_rotated",
        /// An endpoint was switched off, because it said so or failed for too long.
        EndpointDisabled = "webhook_endpoint.disabled",
        /// An endpoint was removed.
        EndpointRemoved = "webhook_endpoint.removed",
        /// A person may sign in to the console from now on.
        MemberAdded = "member.added",
        /// A person may not sign in to the console any more.
        MemberRemoved = "member.removed",
        /// A person signed in to the console.
        MemberSignedIn = "member.signed_in",
        /// A person ended all of their sessions.
        MemberSignedOut = "member.signed_out_everywhere",
    }
}

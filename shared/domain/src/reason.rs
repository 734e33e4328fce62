//! Why something was not done: every hold, skip, rejection and failure, with what to do about it.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $sentence:literal, $next:literal;)+) => {
        /// Why something was held, skipped, rejected or left alone (SH-06).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Reason {
            $(#[doc = $sentence] #[serde(rename = $code)] $name,)+
        }

        impl Reason {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The stable word for programs.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// The reason behind a word.
            pub fn named(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.code() == code)
            }

            /// The plain sentence for people.
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence),+ }
            }

            /// What the person can do next.
            pub fn next_step(self) -> &'static str {
                match self { $(Self::$name => $next),+ }
            }
        }
    };
}

reasons! {
    NotConnected = "not_connected", "The firm is not connected to XPM.", "Connect XPM in the settings.";
    ReconnectRequired = "reconnect_required", "Xero no longer accepts the connection.", "Connect XPM again; everything that waits goes on by itself.";
    NotReady = "not_ready", "The set-up is not complete.", "Finish the missing steps shown beside the connection.";
    XpmUnreachable = "xpm_unreachable", "XPM does not answer.", "Nothing to do: it is tried again by itself.";
    OverLimit = "over_limit", "XPM's call limit is reached.", "Nothing to do: it goes on when the limit allows.";

    AutoLinkOff = "autolink_off", "Auto-link is switched off.", "Switch auto-link on, or link the task by hand.";
    StickyUnmapped = "sticky_unmapped", "A person unlinked this task.", "Link it by hand, or allow auto-link again.";
    ClientUnlinked = "client_unlinked", "The task's contact is not matched with an XPM client.", "Match the contact with its XPM client.";
    ProcessUnmapped = "process_unmapped", "The task's process is not mapped to an XPM task.", "Map the process to an XPM task.";
    MappedTaskMissing = "mapped_task_missing", "The XPM task that the process is mapped to no longer exists.", "Map the process to another XPM task.";
    RolledOver = "rolled_over", "The task was rolled over from an earlier year.", "Link it to this year's job by hand.";
    NoOpenJob = "no_open_job", "The client has no open job in XPM.", "Create or reopen the job in XPM.";
    TaskNotOnJob = "task_not_on_job", "None of the client's open jobs has the mapped task open.", "Add the task to the job in XPM, or map the process to another task.";
    NoJobInPeriod = "no_job_in_period", "The client has no open job with this task in the task's year.", "Create the year's job in XPM, or link the task by hand.";
    Ambiguous = "ambiguous", "Several jobs fit equally well.", "Choose one of the candidates.";

    NoTask = "no_task", "The time was recorded outside a task.", "Move the time to a task.";
    TaskUnknown = "task_unknown", "The task of this time has not been received.", "Send the task; the time follows by itself.";
    TaskUnlinked = "task_unlinked", "The task is not linked to an XPM job.", "Link the task, or see why it was not linked.";
    FormerOrganisation = "former_organisation", "The task's link belongs to the XPM organisation that was connected before.", "Link the task to a job of the present organisation.";
    LateLink = "late_link", "The time was recorded before its task was linked.", "Release the time if it belongs to the job.";
    Running = "running", "The timer is still running.", "Stop the timer.";
    NoMinutes = "no_minutes", "The time comes to zero minutes.", "Nothing to do, or correct the duration.";
    StaffUnmapped = "staff_unmapped", "The person is not mapped to an XPM staff member.", "Map the person to a staff member.";
    StaffAmbiguous = "staff_ambiguous", "Several XPM staff members have the person's e-mail address.", "Map the person to one of them.";
    StaffDisabled = "staff_disabled", "The chosen staff member is not on XPM's list any more.", "Map the person to another staff member, or enable them in XPM.";
    StaffShared = "staff_shared", "Two people are mapped to the same XPM staff member.", "Map one of them to another staff member, if that was not meant.";
    DeletionAsks = "deletion_asks", "The entry was deleted in the practice app; the setting is to ask before deleting it in XPM.", "Decide whether it goes from XPM as well.";

    JobMissing = "job_missing", "XPM no longer knows the job.", "Link the task to another job.";
    JobClosed = "job_closed", "XPM takes no time on this job: it is completed or cancelled.", "Reopen the job in XPM, or link the task to another.";
    StaffNotOnJob = "staff_not_on_job", "The staff member is not assigned to the job.", "Assign the staff member to the job in XPM, then retry.";
    Invoiced = "invoiced", "XPM has invoiced the entry; it can no longer change.", "Correct the invoice in XPM.";
    PeriodLocked = "period_locked", "XPM has locked the period.", "Unlock the period in XPM, or change the date.";
    EntryMissing = "entry_missing", "XPM no longer knows the entry.", "Retry to book it again.";
    XpmRefused = "xpm_refused", "XPM refused the request.", "See XPM's own words beside it, correct the cause, then retry.";
    Uncertain = "uncertain", "XPM did not say whether it took the request.", "Nothing to do: it is looked up before anything is sent again.";
    ChangedInXpm = "changed_in_xpm", "The entry was changed or removed in XPM.", "Decide which side is to hold.";
    DuplicateInXpm = "duplicate_in_xpm", "XPM holds the entry more than once: it carried out a request long after it had fallen silent.", "Have the surplus removed.";
    BillableMismatch = "billable_mismatch", "The practice app and XPM disagree on whether the time is billed; in XPM the job's task decides.", "Link the task to a job task that is billed as it should be, or correct the entry.";
    SeveralInXpm = "several_in_xpm", "XPM holds several entries that could be this one.", "Choose which of them it is.";

    Partial = "partial", "Only one of name and e-mail address agrees.", "Confirm the match, or create a new contact.";
    AmbiguousExact = "ambiguous_exact", "Several contacts have this name and e-mail address.", "Choose one of them.";
    KindMismatch = "kind_mismatch", "One side is a person, the other an organisation.", "Check both records, then confirm or create.";
    ContactOfIndividual = "contact_of_individual", "The contact belongs to a client who is an individual.", "Nothing to do.";
    ClientsOnly = "clients_only", "Only clients are synchronised.", "Switch to clients and contacts to import it.";
    Archived = "archived", "The client is archived in XPM.", "Nothing to do; restoring it resumes the sync.";
    Deleted = "deleted", "The client is deleted in XPM.", "Nothing to do.";
    Prospect = "prospect", "The client is only a prospect in XPM.", "Nothing to do; becoming a client brings it in.";
    MatchRemoved = "match_removed", "A person removed this match.", "Allow the match again to resume.";
    AskFirst = "ask_first", "New contacts are created only after review.", "Create it from the review list.";
    ContactUnmatched = "contact_unmatched", "Nothing in XPM is matched with this contact.", "Confirm or create its match in the review list.";
    ContactArchived = "contact_archived", "The contact is archived in the practice app.", "Nothing to do; restoring it resumes the sync.";
    ContactTypeMissing = "contact_type_missing", "The contact type for new contacts no longer exists.", "Choose another contact type in the settings.";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SH-06: each reason has a word, a sentence and a next step, and no two share a word.
    #[test]
    fn sh_06_every_reason_has_a_word_a_sentence_and_a_next_step() {
        let mut codes: Vec<&str> = Reason::ALL.iter().map(|it| it.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert!(
                reason.code().chars().all(|c| c.is_ascii_lowercase() || c == '_'),
                "{reason:?}"
            );
            assert!(
                reason.sentence().ends_with('.') && reason.sentence().contains(' '),
                "{reason:?}"
            );
            assert!(reason.next_step().ends_with('.'), "{reason:?}");
        }
    }
}

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

    ClientRelinked = "client_relinked", "The task's contact is matched with another XPM client than the one whose job the task is linked to.", "Link the task to a job of the present client, or leave it where it is.";

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

    JobsOff = "jobs_off", "Creating jobs is switched off for this firm.", "Switch it on in the settings (jobs.enabled).";
    NoTemplates = "no_templates", "XPM has no job template that may be used here.", "Create one in XPM, with the firm's prefix if it has one, then refresh the list.";
    ContactMissing = "contact_missing", "There is no such contact.", "Choose another contact.";
    ContactArchived = "contact_archived", "The contact is archived in the practice app, or its client is archived or deleted in XPM.", "Restore it; for a job, another contact can be chosen.";
    DocumentSetTaken = "document_set_taken", "There is a draft for this document set already, and it says something else.", "Change that draft: one document set makes one job.";
    DraftUnderWay = "draft_under_way", "The job is being created just now.", "Wait until the step has ended, then try again.";
    JobExists = "job_exists", "The job exists in XPM already.", "Change the job in XPM, or undo its creation.";
    NoJobYet = "no_job_yet", "There is no job in XPM yet.", "Discard the draft instead.";
    NothingToResolve = "nothing_to_resolve", "Nothing waits for a choice among candidates.", "Nothing to do.";
    NotDelivered = "not_delivered", "The documents have not gone out yet.", "Download or send them; the job follows by itself.";
    Discarded = "discarded", "The draft was discarded.", "Make another draft if the job is wanted after all.";
    DraftOfFormerOrganisation = "draft_of_former_organisation", "The draft was made for the XPM organisation that was connected before.", "Discard it, and make another for the present organisation.";
    ClientMissing = "client_missing", "XPM no longer knows the client.", "Remove the contact's match or create the client again; for a job, choose another contact.";
    TemplateMissing = "template_missing", "XPM no longer has the template.", "Choose another template for the job.";
    StaffMissing = "staff_missing", "XPM no longer has one of the staff members, or has them disabled.", "Choose others for the job.";
    StateUnknown = "state_unknown", "XPM does not know the job state's code.", "Correct the code in the settings, or choose another state for the job.";
    CreatedJobMissing = "created_job_missing", "XPM no longer knows the job that was created.", "See in XPM whether somebody deleted it.";
    CostMissing = "cost_missing", "XPM no longer knows the cost.", "Retry to add it again.";
    EarlierStep = "earlier_step", "An earlier step has not been done.", "Correct the earlier step; this one follows by itself.";
    SeveralJobs = "several_jobs", "XPM holds several things that could be the one that was sent.", "Say which of the candidates it is, or that none is.";
    JobHasTime = "job_has_time", "Time is booked on the job.", "Move or delete the time in XPM first, or keep the job.";
    JobHasCosts = "job_has_costs", "The job has costs in XPM that did not come from here.", "Keep the job, or delete it in XPM.";
    JobInvoiced = "job_invoiced", "The job is on an invoice.", "Keep the job, or remove the invoice in XPM first.";

    Partial = "partial", "Only one of name and e-mail address agrees.", "Confirm the match, or create a new contact.";
    AmbiguousExact = "ambiguous_exact", "Several contacts have this name and e-mail address.", "Choose one of them.";
    SeveralRecords = "several_records", "XPM did not say whether it added the contact, and now holds several records that could be it.", "Confirm the right one in the review list, or create contacts of those that are others.";
    KindMismatch = "kind_mismatch", "One side is a person, the other an organisation.", "Check both records, then confirm or create.";
    ContactOfIndividual = "contact_of_individual", "The contact belongs to a client who is an individual.", "Nothing to do.";
    ClientsOnly = "clients_only", "Only clients are synchronised.", "Switch to clients and contacts to import it.";
    Archived = "archived", "The client is archived in XPM.", "Nothing to do; restoring it resumes the sync.";
    Deleted = "deleted", "The client is deleted in XPM.", "Nothing to do.";
    Prospect = "prospect", "The client is only a prospect in XPM.", "Nothing to do; becoming a client brings it in.";
    Vanished = "vanished", "XPM no longer lists the record: it was deleted or merged there.", "Nothing to do; if another record took its place, confirm the match that is proposed.";
    RelinkProposed = "relink_proposed", "The record equals one that XPM has put away, which a contact is matched with.", "Confirm to move the match to this record, or create a new contact.";
    Relinked = "relinked", "The contact is now matched with the XPM record that took this one's place.", "Nothing to do.";
    FormerMatch = "former_match", "The match belongs to the XPM organisation that was connected before.", "Nothing to do; connecting that organisation again brings it back.";
    Undone = "undone", "The sync that made this match was undone.", "Allow the match again to have it synchronised.";
    ChangedSince = "changed_since", "The record was changed after the sync.", "Check the record; undoing leaves it as it is.";
    WorldMoved = "world_moved", "Something changed on either side after the plan was made; nothing was written.", "Make a new plan and apply that.";
    MatchRemoved = "match_removed", "A person removed this match.", "Allow the match again to resume.";
    AskFirst = "ask_first", "New contacts are created only after review.", "Create it from the review list.";
    EndpointGone = "endpoint_gone", "The endpoint answered that it is gone (410).", "Give it an address that takes events, and switch it on again.";
    EndpointFailing = "endpoint_failing", "The endpoint took nothing for five days.", "Mend it, switch it on again, and read what it missed from the feed.";
    PushOff = "push_off", "No contact type is chosen for XPM.", "Choose in the settings which contact types go to XPM.";
    TypeNotPushed = "type_not_pushed", "The contact's type is not among those that go to XPM.", "Give the contact another type, or choose its type in the settings.";
    NoOrganisation = "no_organisation", "The person belongs to no organisation; XPM's side stays as it is.", "Add the person to an organisation that goes to XPM.";
    OrganisationNotPushed = "organisation_not_pushed", "None of the person's organisations goes to XPM.", "See why the organisation does not go to XPM.";
    OrganisationNotInXpm = "organisation_not_in_xpm", "The person's organisation is not matched with an XPM client yet.", "Nothing to do: the person follows the organisation.";
    StillAtClient = "still_at_client", "XPM has the person at a client to whose organisation it no longer belongs.", "Remove the contact from the client in XPM, if that is meant.";
    NotAtClient = "not_at_client", "XPM no longer has the person at the client.", "Add the contact to the client in XPM, or remove the match.";
    GoneInPractice = "gone_in_practice", "The contact was deleted in the practice app; XPM's side stays as it is.", "Delete or archive the client in XPM, if that is meant.";
    ContactUnmatched = "contact_unmatched", "Nothing in XPM is matched with this contact.", "Confirm or create its match in the review list.";
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

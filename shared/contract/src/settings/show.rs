//! From settings to what is shown, and the usual values of what is left out.

use domain::firm::{
    AutoLink, Conflicts, ContactSync, Create, Deleted, Jobs, LateLink, Limits, Policy, Rounding,
    RoundingMode, Scope, Settings, Time,
};

use domain::firm::switch::JobsSwitch;
use domain::linking::period::Names;

use super::{
    AutoLinkBody, ConflictsBody, ContactSyncBody, JobStateBody, JobsBody, LimitsBody, RoundingBody,
    SettingsBody, TimeBody,
};
use crate::events::ActorView;

impl From<Settings> for SettingsBody {
    fn from(it: Settings) -> Self {
        Self {
            region: it.region,
            time_zone: it.time_zone,
            contact_types: it.contact_types,
            contact_sync: it.contact_sync.into(),
            auto_link: it.auto_link.into(),
            time: it.time.into(),
            jobs: it.jobs.into(),
            budget: it.budget.into(),
        }
    }
}

impl SettingsBody {
    /// The settings, with who switched the creation of jobs on, and when (CA-03).
    pub fn of(settings: Settings, switch: Option<JobsSwitch>) -> Self {
        let mut it = Self::from(settings);
        if let Some(switch) = switch.filter(|switch| switch.on && it.jobs.enabled) {
            it.jobs.enabled_by = Some(ActorView::from(switch.by).text());
            it.jobs.enabled_at = Some(switch.at.to_string());
        }
        it
    }
}

impl From<ContactSync> for ContactSyncBody {
    fn from(it: ContactSync) -> Self {
        let scope = match it.scope {
            Scope::ClientsOnly => "clients_only",
            Scope::ClientsAndContacts => "clients_and_contacts",
        };
        let create = match it.create_in_practice {
            Create::Auto => "auto",
            Create::Ask => "ask",
        };
        Self {
            scope: scope.into(),
            assign_contact_type: it.assign_contact_type,
            push_contact_types: it.push_contact_types,
            person_structures: it.person_structures,
            create_in_practice: create.into(),
            conflict: it.conflict.into(),
            blank_overwrites: it.blank_overwrites,
            interval_minutes: it.interval_minutes.into(),
        }
    }
}

impl From<Conflicts> for ConflictsBody {
    fn from(it: Conflicts) -> Self {
        let word = |it: Policy| {
            let word = match it {
                Policy::Xpm => "xpm",
                Policy::App => "app",
                Policy::Ask => "ask",
            };
            String::from(word)
        };
        Self {
            name: word(it.name),
            email: word(it.email),
            phones: word(it.phones),
            physical_address: word(it.physical_address),
            mailing_address: word(it.mailing_address),
        }
    }
}

impl From<AutoLink> for AutoLinkBody {
    fn from(it: AutoLink) -> Self {
        let names = match it.names {
            Names::Off => "off",
            Names::Months => "months",
            Names::QuarterStart => "quarter_start",
            Names::QuarterEnd => "quarter_end",
        };
        Self { enabled: it.enabled, year_starts: it.year_starts.to_string(), names: names.into() }
    }
}

impl From<Time> for TimeBody {
    fn from(it: Time) -> Self {
        let late_link = match it.late_link {
            LateLink::Hold => "hold",
            LateLink::Release => "release",
            LateLink::Ask => "ask",
        };
        let deleted = match it.deleted {
            Deleted::Delete => "delete",
            Deleted::Ask => "ask",
        };
        Self {
            rounding: it.rounding.into(),
            late_link: late_link.into(),
            deleted: deleted.into(),
            note_marker: it.note_marker,
            assign_staff: it.assign_staff,
        }
    }
}

impl From<Rounding> for RoundingBody {
    fn from(it: Rounding) -> Self {
        let mode = match it.mode {
            RoundingMode::Nearest => "nearest",
            RoundingMode::Up => "up",
            RoundingMode::Down => "down",
        };
        Self { mode: mode.into(), unit_minutes: it.unit_minutes.into() }
    }
}

impl From<Jobs> for JobsBody {
    fn from(it: Jobs) -> Self {
        let states = it.states.into_iter().map(|it| JobStateBody { code: it.code, name: it.name });
        Self {
            enabled: it.enabled,
            enabled_by: None,
            enabled_at: None,
            template_prefix: it.template_prefix,
            states: states.collect(),
        }
    }
}

impl From<Limits> for LimitsBody {
    fn from(it: Limits) -> Self {
        Self {
            per_minute: it.per_minute.into(),
            per_day: it.per_day.into(),
            concurrent: it.concurrent.into(),
            reserved_per_day: it.reserved_per_day.into(),
        }
    }
}

macro_rules! usual {
    ($($body:ident: $domain:ident),+ $(,)?) => {$(
        impl Default for $body {
            fn default() -> Self {
                $domain::default().into()
            }
        }
    )+};
}

usual! {
    SettingsBody: Settings,
    ContactSyncBody: ContactSync,
    ConflictsBody: Conflicts,
    AutoLinkBody: AutoLink,
    TimeBody: Time,
    RoundingBody: Rounding,
    JobsBody: Jobs,
    LimitsBody: Limits,
}

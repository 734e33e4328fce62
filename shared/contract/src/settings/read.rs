//! From what was sent to settings, or everything that is wrong with it.

use domain::firm::{
    AutoLink, Conflicts, ContactSync, Create, Deleted, JobState, Jobs, LateLink, Limits, Policy,
    REGIONS, Rounding, RoundingMode, Scope, Settings, Time, served_region,
};
use domain::linking::period::Names;
use domain::linking::year::YearStart;
use jiff::tz::TimeZone;
use serde_json::Number;

use super::{
    AutoLinkBody, ConflictsBody, ContactSyncBody, JobsBody, LimitsBody, RoundingBody, SettingsBody,
    TimeBody,
};
use crate::body::{Body, BodyError};
use crate::check::Check;

/// The most of anything that settings may list.
const MOST: usize = 100;
/// The longest name in settings.
const LONGEST: usize = 255;

/// Reads settings.
pub fn read_settings(body: Body<'_>) -> Result<Settings, BodyError> {
    let body: SettingsBody = body.read()?;
    let mut check = Check::default();
    names(&mut check, "/contact_types", &body.contact_types);
    let settings = Settings {
        region: region(&mut check, body.region),
        time_zone: time_zone(&mut check, body.time_zone),
        contact_sync: contact_sync(&mut check, body.contact_sync, &body.contact_types),
        contact_types: body.contact_types,
        auto_link: auto_link(&mut check, &body.auto_link),
        time: time(&mut check, body.time),
        jobs: jobs(&mut check, body.jobs),
        budget: limits(&mut check, body.budget),
    };
    check.finish(Some(settings))
}

fn region(check: &mut Check, region: Option<String>) -> Option<String> {
    let region = region?;
    let served = served_region(&region);
    if served.is_none() {
        let codes: Vec<&str> = REGIONS.iter().map(|it| it.0).collect();
        check.wrong("/region", "not_served", format!("one of {}", codes.join(", ")));
    }
    served.map(Into::into)
}

fn time_zone(check: &mut Check, name: Option<String>) -> Option<String> {
    let name = name?;
    let zone = TimeZone::get(&name).ok();
    let known = zone.as_ref().and_then(|it| it.iana_name()).map(String::from);
    if known.is_none() {
        check.wrong("/time_zone", "unknown_time_zone", "an IANA name such as Australia/Sydney");
    }
    known
}

fn contact_sync(check: &mut Check, it: ContactSyncBody, types: &[String]) -> ContactSync {
    let scopes =
        [("clients_only", Scope::ClientsOnly), ("clients_and_contacts", Scope::ClientsAndContacts)];
    let creates = [("auto", Create::Auto), ("ask", Create::Ask)];
    let usual = ContactSync::default();
    if let Some(assigned) = &it.assign_contact_type
        && !types.contains(assigned)
    {
        let place = "/contact_sync/assign_contact_type";
        check.wrong(place, "unknown_contact_type", "one of contact_types");
    }
    for (n, _) in it.push_contact_types.iter().enumerate().filter(|(_, it)| !types.contains(it)) {
        let place = format!("/contact_sync/push_contact_types/{n}");
        check.wrong(place, "unknown_contact_type", "one of contact_types");
    }
    let place = |name: &str| format!("/contact_sync/{name}");
    count(check, &place("push_contact_types"), it.push_contact_types.len());
    names(check, &place("person_structures"), &it.person_structures);
    ContactSync {
        scope: check.choice(&place("scope"), &it.scope, &scopes).unwrap_or(usual.scope),
        assign_contact_type: it.assign_contact_type,
        push_contact_types: it.push_contact_types,
        person_structures: it.person_structures,
        create_in_practice: check
            .choice(&place("create_in_practice"), &it.create_in_practice, &creates)
            .unwrap_or(usual.create_in_practice),
        conflict: conflicts(check, &it.conflict),
        blank_overwrites: it.blank_overwrites,
        interval_minutes: small(check, &place("interval_minutes"), it.interval_minutes, 5, 44_640),
    }
}

fn auto_link(check: &mut Check, it: &AutoLinkBody) -> AutoLink {
    let year_starts: Option<YearStart> = it.year_starts.parse().ok();
    if year_starts.is_none() {
        let detail = "a day of every year, written MM-DD";
        check.wrong("/auto_link/year_starts", "no_day", detail);
    }
    let usual = AutoLink::default();
    let names = [
        ("off", Names::Off),
        ("months", Names::Months),
        ("quarter_start", Names::QuarterStart),
        ("quarter_end", Names::QuarterEnd),
    ];
    AutoLink {
        enabled: it.enabled,
        year_starts: year_starts.unwrap_or(usual.year_starts),
        names: check.choice("/auto_link/names", &it.names, &names).unwrap_or(usual.names),
    }
}

fn conflicts(check: &mut Check, it: &ConflictsBody) -> Conflicts {
    let words = [("xpm", Policy::Xpm), ("app", Policy::App), ("ask", Policy::Ask)];
    let mut policy = |name: &str, word: &str| {
        let place = format!("/contact_sync/conflict/{name}");
        check.choice(&place, word, &words).unwrap_or_default()
    };
    Conflicts {
        name: policy("name", &it.name),
        email: policy("email", &it.email),
        phones: policy("phones", &it.phones),
        physical_address: policy("physical_address", &it.physical_address),
        mailing_address: policy("mailing_address", &it.mailing_address),
    }
}

fn time(check: &mut Check, it: TimeBody) -> Time {
    let late = [("hold", LateLink::Hold), ("release", LateLink::Release), ("ask", LateLink::Ask)];
    let deleted = [("delete", Deleted::Delete), ("ask", Deleted::Ask)];
    let usual = Time::default();
    Time {
        rounding: rounding(check, it.rounding),
        late_link: check.choice("/time/late_link", &it.late_link, &late).unwrap_or(usual.late_link),
        deleted: check.choice("/time/deleted", &it.deleted, &deleted).unwrap_or(usual.deleted),
        note_marker: it.note_marker,
        assign_staff: it.assign_staff,
    }
}

fn rounding(check: &mut Check, it: RoundingBody) -> Rounding {
    let modes = [
        ("nearest", RoundingMode::Nearest),
        ("up", RoundingMode::Up),
        ("down", RoundingMode::Down),
    ];
    let mode = check.choice("/time/rounding/mode", &it.mode, &modes);
    Rounding {
        mode: mode.unwrap_or(Rounding::default().mode),
        unit_minutes: small(check, "/time/rounding/unit_minutes", it.unit_minutes, 1, 60),
    }
}

fn jobs(check: &mut Check, it: JobsBody) -> Jobs {
    if it.template_prefix.chars().count() > LONGEST {
        check.wrong("/jobs/template_prefix", "too_long", format!("at most {LONGEST} characters"));
    }
    count(check, "/jobs/states", it.states.len());
    for (n, state) in it.states.iter().enumerate() {
        name(check, &format!("/jobs/states/{n}/code"), &state.code);
        name(check, &format!("/jobs/states/{n}/name"), &state.name);
    }
    let states = it.states.into_iter().map(|it| JobState { code: it.code, name: it.name });
    Jobs { enabled: it.enabled, template_prefix: it.template_prefix, states: states.collect() }
}

fn limits(check: &mut Check, it: LimitsBody) -> Limits {
    let limits = Limits {
        per_minute: small(check, "/budget/per_minute", it.per_minute, 1, 60),
        per_day: small(check, "/budget/per_day", it.per_day, 1, 5000),
        concurrent: small(check, "/budget/concurrent", it.concurrent, 1, 5),
        reserved_per_day: small(check, "/budget/reserved_per_day", it.reserved_per_day, 0, 5000),
    };
    if limits.per_day > 0 && limits.reserved_per_day > limits.per_day {
        check.wrong("/budget/reserved_per_day", "out_of_range", "at most per_day");
    }
    limits
}

fn small(check: &mut Check, place: &str, number: Number, least: u64, most: u64) -> u32 {
    let number = check.whole(place, Some(number), least, most).unwrap_or(0);
    u32::try_from(number).unwrap_or(0)
}

fn names(check: &mut Check, place: &str, all: &[String]) {
    count(check, place, all.len());
    for (n, it) in all.iter().enumerate() {
        let place = format!("{place}/{n}");
        name(check, &place, it);
        if all[..n].contains(it) {
            check.wrong(place, "duplicate", "it is in the list already");
        }
    }
}

fn name(check: &mut Check, place: &str, name: &str) {
    if name.trim().is_empty() {
        check.wrong(place, "required", "a name is required");
    }
    if name.chars().count() > LONGEST {
        check.wrong(place, "too_long", format!("at most {LONGEST} characters"));
    }
}

fn count(check: &mut Check, place: &str, count: usize) {
    if count > MOST {
        check.wrong(place, "too_many", format!("at most {MOST}"));
    }
}

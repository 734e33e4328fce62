//! What pages show again and again, made ready for the macros of `macros.html`.

use contract::problem::ReasonView;
use domain::invalid::Invalid;
use domain::reason::Reason;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// An instant, in the zone of the firm, with the exact one behind it.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    /// For programs, by RFC 3339.
    pub(crate) exact: String,
    /// For people who want to know exactly.
    pub(crate) title: String,
    /// For people.
    pub(crate) text: String,
}

impl Moment {
    /// The instant as a firm in this zone reads it.
    pub(crate) fn of(at: Timestamp, zone: &TimeZone) -> Self {
        let zoned = at.to_zoned(zone.clone());
        Self {
            exact: at.to_string(),
            title: format!("{at} ({})", zoned.strftime("%H:%M:%S %Z")),
            text: zoned.strftime("%-d %b %Y, %H:%M").to_string(),
        }
    }
}

/// How good a state is, by the look of its badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// All is well.
    Good,
    /// Somebody has to do something.
    Bad,
    /// Something is waited for.
    Wait,
    /// Nothing to tell.
    Plain,
}

impl Tone {
    /// Its class in the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Wait => "wait",
            Self::Plain => "plain",
        }
    }
}

/// A state in a word, with its tone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Badge {
    /// How it is.
    pub(crate) tone: Tone,
    /// In a word or two.
    pub(crate) text: &'static str,
}

/// Why something was not done, and what to do about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Why {
    /// What happened.
    pub(crate) sentence: &'static str,
    /// What to do.
    pub(crate) next: &'static str,
}

impl From<Reason> for Why {
    fn from(reason: Reason) -> Self {
        Self { sentence: reason.sentence(), next: reason.next_step() }
    }
}

impl From<&ReasonView> for Why {
    fn from(it: &ReasonView) -> Self {
        Self { sentence: it.sentence, next: it.next_step }
    }
}

/// Where the first and the next page of a list are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pager {
    /// The first page, for who is not on it.
    pub(crate) first: Option<String>,
    /// The next page, if there is more.
    pub(crate) next: Option<String>,
}

/// Something that is chosen from a list.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// What is sent for it.
    pub(crate) value: String,
    /// What it is called.
    pub(crate) text: String,
    /// Whether it is chosen now.
    pub(crate) chosen: bool,
}

impl Choice {
    /// One of a list of which `now` is chosen.
    pub(crate) fn of(value: impl Into<String>, text: impl Into<String>, now: &str) -> Self {
        let value = value.into();
        Self { chosen: value == now, value, text: text.into() }
    }
}

/// What is wrong with a form, by field.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(pub(crate) Vec<Invalid>);

impl Faults {
    /// What is wrong with a field or what it holds; empty where nothing is.
    pub(crate) fn at(&self, field: &str) -> String {
        let inside = |it: &&Invalid| {
            let rest = it.pointer.strip_prefix(field);
            rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
        };
        self.0.iter().filter(inside).map(|it| it.detail.as_str()).collect::<Vec<_>>().join("; ")
    }
}

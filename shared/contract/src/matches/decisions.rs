//! What a person decides about matches, one or many at a time, and what became of it.

use domain::contacts::review::{Decision, Filter, Refused};
use domain::ids::{ContactId, XpmUuid};
use domain::reason::Reason;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use super::{MatchWord, state_named};
use crate::body::{Body, BodyError};
use crate::check::Check;
use crate::list::{MOST, uncursor};
use crate::problem::ReasonView;

/// That it is this contact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmBody {
    /// The contact.
    #[schema(value_type = String, required, pattern = "^[A-Za-z0-9._:-]{1,128}$")]
    #[serde(default)]
    contact_id: Option<String>,
    /// The version of the match that was looked at.
    #[schema(value_type = u64, required, maximum = 9_007_199_254_740_991_u64)]
    #[serde(default)]
    version: Option<Number>,
}

/// Which version was decided on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// The version of the match that was looked at.
    #[schema(value_type = u64, required, maximum = 9_007_199_254_740_991_u64)]
    #[serde(default)]
    version: Option<Number>,
}

/// One decision about all matches of a sort.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkBody {
    /// Which matches.
    #[schema(value_type = BulkFilter, required)]
    #[serde(default)]
    filter: Option<BulkFilter>,
    /// What is decided. To confirm is to take the candidate that is likelier than all others.
    #[schema(value_type = DecisionWord, required)]
    #[serde(default)]
    decision: Option<String>,
    /// Whether only to say what would become of it. It is, where nothing is said.
    #[schema(default = true)]
    #[serde(default = "yes")]
    preview: bool,
    /// At most so many matches.
    #[schema(value_type = u32, minimum = 1, maximum = 200, default = 200)]
    #[serde(default)]
    limit: Option<Number>,
    /// The `next_cursor` of the call before.
    #[schema(format = "cursor", min_length = 1, max_length = 1366)]
    #[serde(default)]
    cursor: Option<String>,
}

/// Which matches are wanted. What is left out does not matter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkFilter {
    /// Only those in this state.
    #[schema(value_type = Option<MatchWord>)]
    #[serde(default)]
    state: Option<String>,
    /// Only those for this reason.
    #[schema(example = "partial")]
    #[serde(default)]
    reason: Option<String>,
    /// Only those whose likeliest candidate has at least this score.
    #[schema(minimum = 0, maximum = 1)]
    #[serde(default)]
    min_score: Option<f64>,
    /// Only those whose name or e-mail address in XPM has this in it.
    #[schema(max_length = 255)]
    #[serde(default)]
    query: Option<String>,
}

/// What can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MatchDecision)]
pub enum DecisionWord {
    /// It is this contact.
    Confirm,
    /// It is none of those offered: make a contact of it.
    Create,
    /// It is not the contact that it is matched with.
    Remove,
    /// It may be matched again.
    Allow,
}

/// One decision about many matches, as asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Bulk {
    /// Which.
    pub filter: Filter,
    /// What.
    pub decision: DecisionWord,
    /// Whether only to say what would become of it.
    pub preview: bool,
    /// At most so many.
    pub limit: usize,
    /// Only those after this id.
    pub after: Option<String>,
}

/// What became of several decisions, or would.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Decisions {
    /// Whether nothing was written.
    pub preview: bool,
    /// How many were carried out, or would be.
    pub done: u64,
    /// How many were refused, or would be.
    pub refused: u64,
    /// Each of them.
    pub items: Vec<Decided>,
    /// Where the next call goes on; none when nothing is left.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// What became of one decision, or would.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Decided {
    /// The line of the file that it stands in; the first is 1.
    #[schema(required)]
    pub line: Option<u64>,
    /// The match, as it was named.
    pub id: String,
    /// What was decided, as it was named.
    pub decision: String,
    /// The contact, of one that is confirmed.
    #[schema(required)]
    pub contact_id: Option<String>,
    /// How the match stands now, or would; none where it is refused.
    #[schema(required)]
    pub state: Option<MatchWord>,
    /// Its version now, or then.
    #[schema(required)]
    pub version: Option<u64>,
    /// Why it is refused.
    #[schema(required)]
    pub problem: Option<ReasonView>,
}

fn yes() -> bool {
    true
}

/// The decisions by their words.
const WORDS: [(&str, DecisionWord); 4] = [
    ("confirm", DecisionWord::Confirm),
    ("create", DecisionWord::Create),
    ("remove", DecisionWord::Remove),
    ("allow", DecisionWord::Allow),
];

impl DecisionWord {
    /// The decision of this name.
    pub fn named(word: &str) -> Option<Self> {
        WORDS.iter().find(|it| it.0 == word).map(|it| it.1)
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        WORDS.iter().find(|it| it.1 == self).map_or("", |it| it.0)
    }

    /// The decision itself; only one that confirms needs a contact, and it does.
    pub fn with(self, contact: Option<ContactId>) -> Option<Decision> {
        match self {
            Self::Confirm => contact.map(Decision::Confirm),
            Self::Create => Some(Decision::Create),
            Self::Remove => Some(Decision::Remove),
            Self::Allow => Some(Decision::Allow),
        }
    }
}

/// Reads that it is this contact, and on which version.
///
/// # Errors
/// The body is not as it should be.
pub fn read_confirm(body: Body<'_>) -> Result<(ContactId, u64), BodyError> {
    let body: ConfirmBody = body.read()?;
    let mut check = Check::default();
    let contact = check.required_id("/contact_id", body.contact_id, ContactId::parse);
    let version = check.required("/version", body.version);
    let version = check.version(version);
    check.finish(contact.zip(version))
}

/// Reads which version is decided on.
///
/// # Errors
/// The body is not as it should be.
pub fn read_version(body: Body<'_>) -> Result<u64, BodyError> {
    let body: DecisionBody = body.read()?;
    let mut check = Check::default();
    let version = check.required("/version", body.version);
    let version = check.version(version);
    check.finish(version)
}

/// Reads one decision about many matches.
///
/// # Errors
/// The body is not as it should be.
pub fn read_bulk(body: Body<'_>) -> Result<Bulk, BodyError> {
    let body: BulkBody = body.read()?;
    let mut check = Check::default();
    let word = check.required("/decision", body.decision);
    let decision = word.and_then(|it| check.choice("/decision", &it, &WORDS));
    let limit = check.whole("/limit", body.limit, 1, MOST as u64);
    let limit = limit.and_then(|it| usize::try_from(it).ok()).unwrap_or(MOST);
    let after = body.cursor.as_deref().map(uncursor);
    if after == Some(None) {
        check.wrong("/cursor", "no_cursor", "cursor is not one that this API gave");
    }
    let filter = check.required("/filter", body.filter).map(|it| filter(it, &mut check));
    let whole = filter.zip(decision).map(|(filter, decision)| Bulk {
        filter,
        decision,
        preview: body.preview,
        limit,
        after: after.flatten(),
    });
    check.finish(whole)
}

fn filter(it: BulkFilter, check: &mut Check) -> Filter {
    let state = it.state.map(|it| state_named(&it));
    if state == Some(None) {
        let detail = "one of matched, partial, unmatched, removed";
        check.wrong("/filter/state", "not_one_of", detail);
    }
    let named = |word: &String| Reason::ALL.iter().copied().find(|it| it.code() == word);
    let reason = it.reason.as_ref().map(named);
    if reason == Some(None) {
        check.wrong(
            "/filter/reason",
            "not_one_of",
            "a reason is one of the words given with matches",
        );
    }
    if it.min_score.is_some_and(|it| !(0.0..=1.0).contains(&it)) {
        check.wrong("/filter/min_score", "out_of_range", "a score is from 0 to 1");
    }
    if it.query.as_ref().is_some_and(|it| it.chars().count() > 255) {
        check.wrong("/filter/query", "too_long", "at most 255 characters");
    }
    Filter {
        state: state.flatten(),
        reason: reason.flatten(),
        min_score: it.min_score,
        query: it.query,
    }
}

impl From<Refused> for ReasonView {
    fn from(it: Refused) -> Self {
        Self { code: it.code(), sentence: it.sentence(), next_step: it.next_step() }
    }
}

impl Decisions {
    /// All of them, counted.
    pub fn of(preview: bool, items: Vec<Decided>, next_cursor: Option<String>) -> Self {
        let refused = items.iter().filter(|it| it.problem.is_some()).count() as u64;
        Self { preview, done: items.len() as u64 - refused, refused, items, next_cursor }
    }
}

/// The id of a match, if this is one.
pub fn match_id(text: &str) -> Option<XpmUuid> {
    XpmUuid::parse(text).ok()
}

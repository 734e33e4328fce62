//! What needs a person, by cause: kept as pointers that are written and removed together with the
//! state that they tell of, so that an issue closes itself when its cause is gone (BY-06).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;

use crate::ids::FirmId;
use crate::ports::{Down, Kind, Range, Store};
use crate::reason::Reason;
use crate::records::Pointer;

/// So many pointers are read at a time.
const STRETCH: usize = 500;
/// An issue says at most that it is so many: counting more would tell a person nothing new.
pub const MOST: usize = 10_000;

/// Something that one cause holds up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The cause.
    pub cause: Reason,
    /// What sort of thing it holds up, by the word for it.
    pub subject: String,
    /// How many, up to [`MOST`].
    pub count: usize,
    /// Since when the oldest of them has been known.
    pub oldest: Timestamp,
}

/// The pointer from a cause to something that it holds up, known since `since`.
pub fn pointer(cause: Reason, subject: &str, id: &str, since: Timestamp) -> Pointer {
    let id = format!("{}{id}", prefix(cause, subject));
    Pointer { kind: Kind::Cause, id, body: json!({ "since": since }) }
}

/// What the ids of a cause's pointers to one sort of thing begin with.
pub fn prefix(cause: Reason, subject: &str) -> String {
    format!("{}{subject}#", all(cause))
}

/// What the ids of all of a cause's pointers begin with.
pub fn all(cause: Reason) -> String {
    format!("{}#", cause.code())
}

/// Whether a cause is worth a person's while. The others end by themselves.
pub fn needs_a_person(cause: Reason) -> bool {
    !matches!(cause, Reason::Running | Reason::Uncertain)
}

/// The open issues, the most frequent first. Reads one small item for each thing that is held up.
pub async fn list(store: &impl Store, firm: &FirmId) -> Result<Vec<Issue>, Down> {
    let mut found: BTreeMap<(String, String), Issue> = BTreeMap::new();
    let mut range = Range::of(firm, Kind::Cause, "", STRETCH);
    loop {
        let page = store.list(&range).await?;
        range.after = page.next;
        for item in page.items {
            let mut parts = item.key.id.splitn(3, '#');
            let (code, subject) =
                (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let Some(cause) = Reason::named(code).filter(|it| needs_a_person(*it)) else {
                range.after = past(range.after, code);
                continue;
            };
            let since = item.body["since"].as_str().and_then(|it| it.parse().ok());
            let since = since.unwrap_or(Timestamp::MAX);
            let first = Issue { cause, subject: subject.into(), count: 0, oldest: since };
            let issue = found.entry((code.into(), subject.into())).or_insert(first);
            issue.count += 1;
            issue.oldest = issue.oldest.min(since);
            if issue.count == MOST {
                range.after = past(range.after, &format!("{code}#{subject}"));
                break;
            }
        }
        if range.after.is_none() {
            break;
        }
    }
    let mut issues: Vec<Issue> = found.into_values().collect();
    issues.sort_by(|a, b| b.count.cmp(&a.count).then(a.cause.cmp(&b.cause)));
    Ok(issues)
}

/// Where to go on behind everything that begins so: no id has a character beyond `~`.
fn past(after: Option<String>, beginning: &str) -> Option<String> {
    after.map(|it| it.max(format!("{beginning}#~")))
}

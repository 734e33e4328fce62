//! Faults of the line and of the service, asked for by `PUT /_sim/faults`:
//! the first one that matches a call and is not used up happens to it.

use serde::{Deserialize, Serialize};

/// A fault and the calls it happens to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The calls it happens to; left out, all.
    #[serde(default, rename = "match")]
    pub matching: Match,
    /// How many calls it happens to before it is used up.
    #[serde(default = "once")]
    pub times: u64,
    /// How many matching calls pass unharmed first.
    #[serde(default)]
    pub after: u64,
    /// What happens.
    pub kind: Kind,
    /// The HTTP status of `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// The body of `status`, `html` and `garbage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The `Retry-After` of `status`, sent as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<RetryAfter>,
    /// How long `slow` and the timeouts last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// How long after the call `late_commit` applies it, on the simulator's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
    /// Whether the call takes effect; left out, as the kind says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<bool>,
}

/// Which calls a fault happens to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// The HTTP method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A part of path and query; with `*`, a glob over all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The tenant's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// A part of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// What a fault does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nothing happens and nothing is answered.
    TimeoutBefore,
    /// The call takes effect and nothing is answered.
    TimeoutAfterCommit,
    /// The connection is reset; the call takes no effect.
    ResetBeforeCommit,
    /// The call takes effect, then the connection is reset.
    ResetAfterCommit,
    /// The connection is reset; the call takes effect later.
    LateCommit,
    /// The call takes effect; its answer ends in the middle of the body.
    Truncate,
    /// Another status than the call's own.
    Status,
    /// The call takes effect; its answer comes late.
    Slow,
    /// A page for people, with status 200.
    Html,
    /// Status 200 and a body that is neither XML nor JSON.
    Garbage,
}

impl Kind {
    fn commits(self) -> bool {
        match self {
            Self::TimeoutAfterCommit | Self::ResetAfterCommit | Self::Truncate | Self::Slow => true,
            Self::TimeoutBefore
            | Self::ResetBeforeCommit
            | Self::LateCommit
            | Self::Status
            | Self::Html
            | Self::Garbage => false,
        }
    }
}

/// A `Retry-After`, as a number or as any text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RetryAfter {
    /// Seconds.
    Seconds(i64),
    /// Anything at all.
    Text(String),
}

impl RetryAfter {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Seconds(seconds) => seconds.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

fn once() -> u64 {
    1
}

/// The parts of a call that a fault may be matched with.
pub(crate) struct Subject<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) tenant: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

impl Fault {
    /// Whether the call takes effect in spite of the fault.
    pub(crate) fn commits(&self) -> bool {
        self.commit.unwrap_or_else(|| self.kind.commits())
    }

    fn matches(&self, call: &Subject<'_>) -> bool {
        let Match { method, path, tenant, body } = &self.matching;
        method.as_ref().is_none_or(|it| it.eq_ignore_ascii_case(call.method))
            && path.as_ref().is_none_or(|it| covers(it, call.path))
            && tenant
                .as_ref()
                .is_none_or(|it| call.tenant.is_some_and(|tenant| it.eq_ignore_ascii_case(tenant)))
            && body.as_ref().is_none_or(|it| String::from_utf8_lossy(call.body).contains(it))
    }
}

/// Takes the fault that happens to this call, if any, and uses it up by one.
pub(crate) fn take(faults: &mut [Fault], call: &Subject<'_>) -> Option<Fault> {
    for fault in faults.iter_mut().filter(|it| it.times > 0) {
        if fault.matches(call) {
            if fault.after > 0 {
                fault.after -= 1;
                continue;
            }
            fault.times -= 1;
            return Some(fault.clone());
        }
    }
    None
}

fn covers(pattern: &str, path: &str) -> bool {
    if !pattern.contains('*') {
        return path.contains(pattern);
    }
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let mut last = first;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = part;
    }
    last.is_empty() || rest.is_empty() || path.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_part_of_the_path_or_a_glob_over_it() {
        assert!(covers("time.api", "/practicemanager/3.1/time.api/add"));
        assert!(covers("*/job.api/get/*", "/practicemanager/3.1/job.api/get/J000001"));
        assert!(covers("*/add", "/practicemanager/3.1/time.api/add"));
        assert!(!covers("/time.api/*", "/practicemanager/3.1/time.api/add"));
        assert!(!covers("*/add", "/practicemanager/3.1/time.api/add/more"));
    }
}

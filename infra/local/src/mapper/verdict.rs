//! What a function's answer says about a batch, by the rules of Lambda's guide:
//! nothing said is success, and anything unclear fails the whole batch.

use serde_json::Value;

/// What became of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict<'a> {
    /// All messages are settled.
    Whole,
    /// All but these are settled.
    Without(Vec<&'a str>),
    /// None is.
    Nothing,
}

/// Reads an answer (`None` if the function failed) to the messages with `ids`.
pub(super) fn verdict<'a>(answer: Option<&'a Value>, ids: &[&str]) -> Verdict<'a> {
    let failures = match answer {
        None => return Verdict::Nothing,
        Some(Value::Null) => return Verdict::Whole,
        Some(Value::Object(answer)) => answer.get("batchItemFailures").unwrap_or(&Value::Null),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            return Verdict::Nothing;
        }
    };
    let failures = match failures {
        Value::Null => return Verdict::Whole,
        Value::Array(failures) if failures.is_empty() => return Verdict::Whole,
        Value::Array(failures) => failures,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            return Verdict::Nothing;
        }
    };
    let known = |it: &'a Value| it["itemIdentifier"].as_str().filter(|id| ids.contains(id));
    match failures.iter().map(known).collect() {
        Some(failed) => Verdict::Without(failed),
        None => Verdict::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_said_is_success() {
        for answer in [
            json!(null),
            json!({}),
            json!({ "batchItemFailures": [] }),
            json!({ "batchItemFailures": null }),
        ] {
            assert_eq!(verdict(Some(&answer), &["a", "b"]), Verdict::Whole, "{answer}");
        }
    }

    #[test]
    fn a_named_message_fails_alone() {
        let answer = json!({ "batchItemFailures": [{ "itemIdentifier": "b" }] });
        assert_eq!(verdict(Some(&answer), &["a", "b"]), Verdict::Without(vec!["b"]));
    }

    #[test]
    fn anything_unclear_fails_the_whole_batch() {
        assert_eq!(verdict(None, &["a", "b"]), Verdict::Nothing);
        for failures in [
            json!([{ "itemIdentifier": "b" }, { "itemIdentifier": "unknown" }]),
            json!([{ "itemIdentifier": "b" }, { "itemIdentifier": "" }]),
            json!([{ "itemIdentifier": null }]),
            json!([{ "messageId": "b" }]),
            json!("b"),
        ] {
            let answer = json!({ "batchItemFailures": failures });
            assert_eq!(verdict(Some(&answer), &["a", "b"]), Verdict::Nothing, "{answer}");
        }
    }
}

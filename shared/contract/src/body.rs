//! Reading a JSON body.

use domain::invalid::Invalid;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::object::Object;

/// A message of the parser may quote what was sent; no more of it than this is told.
const LONGEST_DETAIL: usize = 300;

/// The body of a resource, in one of the ways it arrives.
#[derive(Clone, Debug)]
pub enum Body<'a> {
    /// The body of a request.
    Text(&'a [u8]),
    /// The `data` of a webhook, without its `id`.
    Data(Value),
}

/// Why a body was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Not JSON, or not of this shape.
    #[error("the body cannot be read at {pointer:?}: {detail}")]
    Malformed {
        /// Where, as a JSON pointer.
        pointer: String,
        /// What is wrong there.
        detail: String,
    },
    /// Readable, but against the rules.
    #[error("the body breaks {} rules", .0.len())]
    Invalid(Vec<Invalid>),
}

/// What the practice app says of one of its records.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement<T> {
    /// What it says.
    pub value: T,
    /// Its version, where it gives one.
    pub version: Option<u64>,
}

impl Body<'_> {
    /// Splits the `data` of a webhook into the id and the rest.
    pub fn of_data(data: Value) -> Result<(String, Body<'static>), BodyError> {
        let malformed = |pointer: &str, detail: &str| BodyError::Malformed {
            pointer: pointer.into(),
            detail: detail.into(),
        };
        let Value::Object(mut fields) = data else {
            return Err(malformed("", "an object is expected"));
        };
        match fields.remove("id") {
            Some(Value::String(id)) => Ok((id, Body::Data(Value::Object(fields)))),
            Some(_) => Err(malformed("/id", "a string is expected")),
            None => Err(malformed("/id", "an id is required")),
        }
    }

    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<T, BodyError> {
        match self {
            Self::Text(text) => read(text),
            Self::Data(value) => {
                let value = serde_path_to_error::deserialize(value).map_err(malformed);
                value.map(|Object(it)| it)
            }
        }
    }
}

/// Reads a body of this shape.
pub fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, BodyError> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let Object(value) = serde_path_to_error::deserialize(&mut json).map_err(malformed)?;
    json.end().map_err(|error| BodyError::Malformed {
        pointer: String::new(),
        detail: shorten(&error.to_string()),
    })?;
    Ok(value)
}

fn malformed(error: serde_path_to_error::Error<serde_json::Error>) -> BodyError {
    BodyError::Malformed {
        pointer: pointer(error.path()),
        detail: shorten(&error.inner().to_string()),
    }
}

/// The path as a JSON pointer (RFC 6901).
fn pointer(path: &Path) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => text.push_str(&format!("/{index}")),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                text.push('/');
                text.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Unknown => {}
        }
    }
    if text.len() > LONGEST_DETAIL { String::new() } else { text }
}

fn shorten(detail: &str) -> String {
    match detail.char_indices().nth(LONGEST_DETAIL) {
        Some((end, _)) => format!("{}…", &detail[..end]),
        None => detail.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::object::objects;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(rename = "inner", default, deserialize_with = "objects")]
        _inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(rename = "n")]
        _n: u32,
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        for (text, place) in [
            ("", ""),
            ("{", ""),
            ("null", ""),
            ("[]", ""),
            (r#"{"inner": [[1]]}"#, "/inner/0"),
            ("{} {}", ""),
            (r#"{"x": 1}"#, "/x"),
            (r#"{"a/b~c": 1}"#, "/a~1b~0c"),
            (r#"{"inner": {}}"#, "/inner"),
            (r#"{"inner": [{"n": 1}, {"n": "1"}]}"#, "/inner/1/n"),
            (r#"{"inner": [{"n": 1, "m": 2}]}"#, "/inner/0/m"),
        ] {
            let error = read::<Outer>(text.as_bytes()).unwrap_err();
            let BodyError::Malformed { pointer, detail } = error else { panic!("{text}") };
            assert_eq!(pointer, place, "{text}: {detail}");
        }
    }

    #[test]
    fn g42_hostile_json_is_refused_and_not_repeated_at_length() {
        let deep = "[".repeat(100_000);
        let long = format!(r#"{{"{}": 1}}"#, "x".repeat(100_000));
        for text in [
            deep.as_bytes(),
            long.as_bytes(),
            b"{\"\xff\": 1}",
            b"\xef\xbb\xbf{}",
            b"{\"inner\": [], \"inner\": []}",
        ] {
            let Err(BodyError::Malformed { pointer, detail }) = read::<Outer>(text) else {
                panic!("taken")
            };
            assert!(pointer.len() + detail.len() < 2000);
        }
    }

    #[test]
    fn the_data_of_a_webhook_is_an_id_and_a_body() {
        let (id, body) = Body::of_data(json!({"id": "a", "inner": []})).unwrap();
        assert_eq!(id, "a");
        assert!(body.read::<Outer>().is_ok());
        for data in [json!(null), json!({"inner": []}), json!({"id": 7})] {
            assert!(Body::of_data(data).is_err());
        }
    }
}

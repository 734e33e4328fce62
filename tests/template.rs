//! `infra/template.yaml`, read as far as tests ask of it: blocks of mappings and lists, plain and
//! quoted texts, flow lists of plain words. Other flow values and tags stay the text they are, so
//! that `!GetAtt Records.Arn` reads as just that.

use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value};

/// The template of this workspace.
///
/// # Panics
/// It is not there.
pub fn template() -> Value {
    let text = fs::read_to_string(root().join("infra/template.yaml"));
    read(&text.expect("the template is there"))
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The resources of one type, by name.
pub fn resources<'a>(template: &'a Value, kind: &str) -> Vec<(&'a String, &'a Value)> {
    let all = template["Resources"].as_object().into_iter().flatten();
    all.filter(|(_, it)| it["Type"] == kind).collect()
}

/// The texts of a list, or the one text that stands for it.
pub fn texts(value: &Value) -> Vec<&str> {
    let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    items.iter().filter_map(Value::as_str).collect()
}

type Line = (usize, String);

fn read(text: &str) -> Value {
    let lines = text.lines().filter(|it| !it.trim().is_empty() && !it.trim().starts_with('#'));
    let mut lines: Vec<Line> =
        lines.map(|it| (it.len() - it.trim_start().len(), it.trim().to_owned())).collect();
    lines.reverse();
    block(&mut lines, 0)
}

/// Takes lines from the end, as far as they are indented this much or more.
fn block(lines: &mut Vec<Line>, least: usize) -> Value {
    let Some((indent, first)) = lines.last().cloned().filter(|it| it.0 >= least) else {
        return Value::Null;
    };
    let mut list = Vec::new();
    let mut map = Map::new();
    // A list that stands as far left as its key ends where the next key begins.
    let is_list = first.starts_with("- ");
    let same = |it: &Line| it.0 == indent && it.1.starts_with("- ") == is_list;
    while lines.last().is_some_and(same) {
        let (_, line) = lines.pop().unwrap_or_default();
        if let Some(item) = line.strip_prefix("- ") {
            match pair(item) {
                Some(_) => {
                    lines.push((indent + 2, item.to_owned()));
                    list.push(block(lines, indent + 2));
                }
                None => list.push(scalar(item)),
            }
        } else if let Some((key, value)) = pair(&line) {
            // A list may stand as far left as the key that it belongs to.
            let inner = match lines.last() {
                Some((at, next)) if *at == indent && next.starts_with("- ") => indent,
                Some(_) | None => indent + 1,
            };
            if value.ends_with('|') {
                map.insert(key.into(), Value::String(verbatim(lines, indent)));
                continue;
            }
            let nested = value.is_empty() || ["!If", "!Not", "!Equals"].contains(&value);
            map.insert(key.into(), if nested { block(lines, inner) } else { scalar(value) });
        } else {
            panic!("the template has a line of another form: {line}");
        }
    }
    if is_list { Value::Array(list) } else { Value::Object(map) }
}

/// The lines of a text that stands as it is: those that are indented more than its key.
fn verbatim(lines: &mut Vec<Line>, key: usize) -> String {
    let mut text = String::new();
    while let Some((_, line)) = lines.pop_if(|it| it.0 > key) {
        text += &line;
        text.push('\n');
    }
    text
}

fn pair(line: &str) -> Option<(&str, &str)> {
    if line.starts_with(['"', '\'', '[', '{', '!']) {
        return None;
    }
    line.split_once(": ")
        .map(|(key, value)| (key, value.trim()))
        .or_else(|| line.strip_suffix(':').map(|it| (it, "")))
}

fn scalar(text: &str) -> Value {
    let quoted = |it: char| {
        text.strip_prefix(it)?.strip_suffix(it).map(|inner| Value::String(inner.to_owned()))
    };
    if let Some(inner) = quoted('"').or_else(|| quoted('\'')) {
        return inner;
    }
    match text.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
        Some(inner) if !inner.contains(['[', '{', '"', '!']) => {
            inner.split(',').map(|it| Value::String(it.trim().into())).collect()
        }
        Some(_) | None => Value::String(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_template_is_made_of_is_read() {
        let text = "A:\n  # no\n  B: \"x: y\"\n  C:\n    - one:two\n    - id: k\n      why: a, b: c\n    \
                    - { D: E }\nF: [g, h]\nI: !Sub \"${J}/k\"\nL:\n- m\nN: !If\n  - o\nP: !Sub |\n  {\n    q: [\n  }\n";
        let expected = json!({
            "A": {"B": "x: y", "C": ["one:two", {"id": "k", "why": "a, b: c"}, "{ D: E }"]},
            "F": ["g", "h"], "I": "!Sub \"${J}/k\"", "L": ["m"], "N": ["o"], "P": "{\nq: [\n}\n"
        });
        assert_eq!(read(text), expected);
    }

    #[test]
    fn all_of_the_template_is_read() {
        let template = template();
        assert_eq!(resources(&template, "AWS::Serverless::Function").len(), 7);
        assert_eq!(
            template["Resources"]["Records"]["Properties"]["KeySchema"][1],
            "{ AttributeName: sk, KeyType: RANGE }"
        );
    }
}

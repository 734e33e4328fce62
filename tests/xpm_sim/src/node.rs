//! Answers are built once as a tree and then written as XPM's XML or as its
//! JSON; the tree keeps what both need, such as the name of a list's children.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// The elements of a record, in wire order.
pub(crate) type Fields = Vec<(&'static str, Node)>;

/// A value of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Text(String),
    Int(i64),
    Decimal(Decimal),
    /// Written `true` or `false`.
    Flag(bool),
    /// Written `Yes` or `No`.
    YesNo(bool),
    Record(Fields),
    /// A container and the name of its children.
    List(&'static str, Vec<Node>),
}

impl Node {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// How XML is laid out, where the real thing is not consistent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) declaration: bool,
    pub(crate) api_method: bool,
    pub(crate) reversed: bool,
}

/// Writes an answer as XML in its `Response` envelope.
pub(crate) fn xml(layout: Layout, api_method: &str, fields: &Fields) -> String {
    let mut out = String::with_capacity(1024);
    if layout.declaration {
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    }
    if layout.api_method && !api_method.is_empty() {
        out.push_str("<Response api-method=\"");
        out.push_str(api_method);
        out.push_str("\">");
    } else {
        out.push_str("<Response>");
    }
    for (name, node) in fields {
        write_element(&mut out, name, node, layout.reversed);
    }
    out.push_str("</Response>");
    out
}

fn write_element(out: &mut String, name: &str, node: &Node, reversed: bool) {
    if let Node::List(_, items) = node
        && items.is_empty()
    {
        out.push('<');
        out.push_str(name);
        out.push_str(" />");
        return;
    }
    out.push('<');
    out.push_str(name);
    out.push('>');
    match node {
        Node::Text(text) => escape(out, text),
        Node::Int(number) => out.push_str(&number.to_string()),
        Node::Decimal(number) => out.push_str(&money(*number)),
        Node::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Node::YesNo(flag) => out.push_str(if *flag { "Yes" } else { "No" }),
        Node::Record(fields) if reversed => {
            for (name, node) in fields.iter().rev() {
                write_element(out, name, node, reversed);
            }
        }
        Node::Record(fields) => {
            for (name, node) in fields {
                write_element(out, name, node, reversed);
            }
        }
        Node::List(child, items) => {
            for item in items {
                write_element(out, child, item, reversed);
            }
        }
    }
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
}

fn money(number: Decimal) -> String {
    let mut number = number;
    if number.scale() < 2 {
        number.rescale(2);
    }
    number.to_string()
}

/// Writes an answer as the JSON of the strict content type.
pub(crate) fn json(fields: &Fields) -> String {
    json_record(fields).to_string()
}

fn json_record(fields: &Fields) -> Value {
    let mut object = Map::new();
    for (name, node) in fields {
        object.insert(lower_camel(name), json_value(node));
    }
    Value::Object(object)
}

fn json_value(node: &Node) -> Value {
    match node {
        Node::Text(text) => Value::from(text.as_str()),
        Node::Int(number) => Value::from(*number),
        Node::Decimal(number) => {
            serde_json::from_str(&money(*number)).unwrap_or_else(|_| Value::from(money(*number)))
        }
        Node::Flag(flag) => Value::from(*flag),
        Node::YesNo(flag) => Value::from(if *flag { "Yes" } else { "No" }),
        Node::Record(fields) => json_record(fields),
        Node::List(_, items) => Value::Array(items.iter().map(json_value).collect()),
    }
}

/// `ClientUUID` is `clientUuid` in JSON, `GSTRegistered` is `gstRegistered`.
pub(crate) fn lower_camel(name: &str) -> String {
    words(name)
        .iter()
        .enumerate()
        .map(|(index, word)| {
            let lower = word.to_ascii_lowercase();
            if index == 0 { lower } else { capitalised(&lower) }
        })
        .collect()
}

/// `ClientUUID` is `client_uuid` in the ledger.
pub(crate) fn snake(name: &str) -> String {
    words(name).iter().map(|word| word.to_ascii_lowercase()).collect::<Vec<_>>().join("_")
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + characters.as_str()
    })
}

fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (index, character) in characters.iter().enumerate() {
        let starts = character.is_ascii_uppercase()
            && (index == 0
                || !characters[index - 1].is_ascii_uppercase()
                || characters.get(index + 1).is_some_and(char::is_ascii_lowercase));
        if starts || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(*character);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acronyms_are_lowered_in_json() {
        assert_eq!(lower_camel("UUID"), "uuid");
        assert_eq!(lower_camel("ClientUUID"), "clientUuid");
        assert_eq!(lower_camel("GSTRegistered"), "gstRegistered");
        assert_eq!(lower_camel("ID"), "id");
        assert_eq!(lower_camel("InternalID"), "internalId");
        assert_eq!(lower_camel("StaffList"), "staffList");
        assert_eq!(snake("TaxNumber"), "tax_number");
    }
}

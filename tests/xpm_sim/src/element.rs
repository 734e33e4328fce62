//! Request bodies, read into a small tree. XML names must be exact, as the
//! real thing ignores what it does not know; the control API reads loosely.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;
use uuid::Uuid;

use crate::node::lower_camel;

/// How names in a body are compared with the documented ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As documented, letter for letter.
    Xml,
    /// lowerCamel, letter for letter.
    Json,
    /// Case, underscores and hyphens do not matter.
    Loose,
}

/// One element of a request body.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    text: String,
    pub(crate) children: Vec<Element>,
    spelling: Spelling,
}

/// The body is not a document that XPM can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

impl Element {
    /// Reads an XML document; refuses DTDs, unknown entities and characters
    /// that XML 1.0 does not know.
    pub(crate) fn from_xml(body: &[u8], spelling: Spelling) -> Result<Self, Unreadable> {
        let text = str::from_utf8(body).map_err(|_| Unreadable)?;
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        let mut open: Vec<Element> = Vec::new();
        let mut root = None;
        loop {
            match reader.read_event().map_err(|_| Unreadable)? {
                Event::Start(start) => {
                    if root.is_some() {
                        return Err(Unreadable);
                    }
                    open.push(Self::open(&start, spelling)?);
                }
                Event::Empty(start) => {
                    let element = Self::open(&start, spelling)?;
                    place(element, &mut open, &mut root)?;
                }
                Event::End(_) => {
                    let element = open.pop().ok_or(Unreadable)?;
                    place(element, &mut open, &mut root)?;
                }
                Event::Text(text) => add_text(&mut open, &text.xml10_content())?,
                Event::CData(text) => add_text(&mut open, &text.xml10_content())?,
                Event::GeneralRef(reference) => {
                    let resolved = match reference.resolve_char_ref().map_err(|_| Unreadable)? {
                        Some(character) => character,
                        None => named(reference.xml10_content().as_ref())?,
                    };
                    add_text(&mut open, resolved.encode_utf8(&mut [0; 4]))?;
                }
                Event::DocType(_) => return Err(Unreadable),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        if open.is_empty() { root.ok_or(Unreadable) } else { Err(Unreadable) }
    }

    /// Reads JSON; an object's members become children, an array's items
    /// become nameless ones.
    pub(crate) fn from_json(body: &[u8], spelling: Spelling) -> Result<Self, Unreadable> {
        let value: Value = serde_json::from_slice(body).map_err(|_| Unreadable)?;
        Ok(Self::of(String::new(), &value, spelling))
    }

    fn of(name: String, value: &Value, spelling: Spelling) -> Self {
        let mut element =
            Self { name, attributes: vec![], text: String::new(), children: vec![], spelling };
        match value {
            Value::Null => {}
            Value::Bool(flag) => element.text = flag.to_string(),
            Value::Number(number) => element.text = number.to_string(),
            Value::String(text) => element.text.clone_from(text),
            Value::Array(items) => {
                element.children =
                    items.iter().map(|it| Self::of(String::new(), it, spelling)).collect();
            }
            Value::Object(members) => {
                element.children = members
                    .iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(name, value)| Self::of(name.clone(), value, spelling))
                    .collect();
            }
        }
        element
    }

    fn open(start: &BytesStart<'_>, spelling: Spelling) -> Result<Self, Unreadable> {
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| Unreadable)?;
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Explicit1_0)
                .map_err(|_| Unreadable)?;
            attributes.push((attribute.key.0.to_owned(), value.into_owned()));
        }
        Ok(Self {
            name: start.name().0.to_owned(),
            attributes,
            text: String::new(),
            children: Vec::new(),
            spelling,
        })
    }

    /// Whether this element is the one documented under `name`.
    pub(crate) fn is(&self, name: &str) -> bool {
        match self.spelling {
            Spelling::Xml => self.name == name,
            Spelling::Json => self.name == lower_camel(name) || self.name == name,
            Spelling::Loose => plain(&self.name) == plain(name),
        }
    }

    /// The first child of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|it| it.is(name))
    }

    /// The items of a container: its children, whatever they are called.
    pub(crate) fn items(&self, container: &str) -> &[Element] {
        self.get(container).map_or(&[], |it| it.children.as_slice())
    }

    /// This element's own text, as sent.
    pub(crate) fn raw(&self) -> &str {
        &self.text
    }

    /// A child's text without the space around it; `Some("")` says "clear".
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.get(name).map(|it| it.text.trim())
    }

    /// A child's text, if there is any.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.value(name).filter(|it| !it.is_empty())
    }

    /// A child's text as sent, with its spaces and lines.
    pub(crate) fn prose(&self, name: &str) -> Option<&str> {
        self.get(name).map(Element::raw)
    }

    /// A child's UUID; `None` when it is absent or not one.
    pub(crate) fn uuid(&self, name: &str) -> Option<Uuid> {
        self.filled(name).and_then(|it| Uuid::try_parse(it).ok())
    }

    /// An attribute, or in JSON the member of that name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let given = self.attributes.iter().find(|(key, _)| key == name);
        given.map(|(_, value)| value.trim()).or_else(|| match self.spelling {
            Spelling::Xml => None,
            Spelling::Json | Spelling::Loose => self
                .children
                .iter()
                .find(|it| plain(&it.name) == plain(name))
                .map(|it| it.text.trim()),
        })
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|it| !matches!(it, '_' | '-')).map(|it| it.to_ascii_lowercase()).collect()
}

fn named(name: &str) -> Result<char, Unreadable> {
    match name {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(Unreadable),
    }
}

fn legal(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        || character >= '\u{10000}'
}

fn add_text(open: &mut [Element], text: &str) -> Result<(), Unreadable> {
    if !text.chars().all(legal) {
        return Err(Unreadable);
    }
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(Unreadable),
    }
    Ok(())
}

fn place(
    element: Element,
    open: &mut [Element],
    root: &mut Option<Element>,
) -> Result<(), Unreadable> {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return Err(Unreadable),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_and_line_ends_are_read_as_xml_says() {
        let body = b"<Note><Text>a &amp; b&#10;c\r\nd</Text></Note>";
        let note = Element::from_xml(body, Spelling::Xml).unwrap();
        assert_eq!(note.prose("Text"), Some("a & b\nc\nd"));
        assert_eq!(note.prose("text"), None);
    }

    #[test]
    fn illegal_characters_and_document_types_are_refused() {
        for body in ["<a>\u{1}</a>", "<a>&#1;</a>", "<!DOCTYPE a><a/>", "<a>&b;</a>", "<a></b>"] {
            assert!(Element::from_xml(body.as_bytes(), Spelling::Xml).is_err(), "{body}");
        }
    }
}

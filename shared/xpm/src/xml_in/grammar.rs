//! The parts of XML's grammar that the parser leaves to us (XML 1.0, fifth edition).

use quick_xml::escape::unescape;

use super::Unreadable;
use super::tree::legal;

/// How many attributes an element may have.
const MOST_ATTRIBUTES: usize = 256;

const NO_NAME: Unreadable = Unreadable::Forbidden("has a name that XML does not allow");
const NO_PAIR: Unreadable = Unreadable::Forbidden("has an attribute that is not well-formed");
const NO_DECLARATION: Unreadable =
    Unreadable::Forbidden("has an XML declaration that is not well-formed");

/// The name of an element or an attribute, section 2.3.
pub(super) fn check_name(text: &str) -> Result<(), Unreadable> {
    let mut characters = text.chars();
    let begun = characters.next().is_some_and(begins_name);
    if begun && characters.all(|it| begins_name(it) || continues_name(it)) {
        Ok(())
    } else {
        Err(NO_NAME)
    }
}

/// The target of a processing instruction, section 2.6.
pub(super) fn check_target(text: &str) -> Result<(), Unreadable> {
    if text.eq_ignore_ascii_case("xml") { Err(NO_NAME) } else { check_name(text) }
}

/// What nobody typed, and so has no stray characters, section 2.2.
pub(super) fn check_characters(text: &str) -> Result<(), Unreadable> {
    if text.chars().all(legal) {
        Ok(())
    } else {
        Err(Unreadable::Forbidden("has a character that XML does not have"))
    }
}

/// What follows an element's name: names with values, each name once, section 3.1.
pub(super) fn check_attributes(text: &str) -> Result<(), Unreadable> {
    let mut names = Vec::new();
    for pair in Pairs(text) {
        let (name, value) = pair?;
        if names.len() == MOST_ATTRIBUTES {
            return Err(Unreadable::Forbidden("has an element with too many attributes"));
        }
        check_name(name)?;
        check_characters(value)?;
        let known = !value.contains('<') && unescape(value).is_ok();
        if !known || names.contains(&name) {
            return Err(NO_PAIR);
        }
        names.push(name);
    }
    Ok(())
}

/// What follows `<?xml`, section 2.8: the version, perhaps the encoding, perhaps whether other
/// files matter.
pub(super) fn check_declaration(text: &str) -> Result<(), Unreadable> {
    let mut pairs = Pairs(text).peekable();
    let mut next = |name: &str| match pairs.next_if(|it| matches!(it, Ok(it) if it.0 == name)) {
        Some(Ok((_, value))) => Some(value),
        Some(Err(_)) | None => None,
    };
    let version = next("version").and_then(|it| it.strip_prefix("1."));
    let encoding = next("encoding");
    let standalone = next("standalone");
    if !version.is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
        || !standalone.is_none_or(|it| ["yes", "no"].contains(&it))
        || pairs.next().is_some()
    {
        return Err(NO_DECLARATION);
    }
    if encoding
        .is_none_or(|it| ["utf-8", "us-ascii"].iter().any(|our| it.eq_ignore_ascii_case(our)))
    {
        Ok(())
    } else {
        Err(Unreadable::Forbidden("is not in UTF-8"))
    }
}

/// Names with values, each after white space.
struct Pairs<'t>(&'t str);

impl<'t> Iterator for Pairs<'t> {
    type Item = Result<(&'t str, &'t str), Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_start_matches(is_space);
        if rest.is_empty() {
            return None;
        }
        let spaced = rest.len() < self.0.len();
        let pair = split(rest).filter(|_| spaced);
        self.0 = pair.map_or("", |it| it.2);
        Some(pair.map(|it| (it.0, it.1)).ok_or(NO_PAIR))
    }
}

/// A name, its value, and what follows.
fn split(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once('=')?;
    let rest = rest.trim_start_matches(is_space);
    let quote = rest.chars().next().filter(|it| matches!(it, '"' | '\''))?;
    let (value, rest) = rest[1..].split_once(quote)?;
    Some((name.trim_end_matches(is_space), value, rest))
}

/// White space, section 2.3.
pub(super) fn is_space(it: char) -> bool {
    matches!(it, ' ' | '\t' | '\r' | '\n')
}

fn begins_name(it: char) -> bool {
    matches!(it,
        'a'..='z' | 'A'..='Z' | ':' | '_'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}' | '\u{200d}'
        | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

fn continues_name(it: char) -> bool {
    matches!(it,
        '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}' | '\u{2040}')
}

//! What each token of XML may do, and where.

use quick_xml::events::{BytesRef, Event};

use super::Unreadable;
use super::grammar::{check_attributes, check_characters, check_declaration};
use super::grammar::{check_name, check_target, is_space};
use super::tree::Tree;

/// How far a document is, outside of its root element.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Prolog {
    /// Nothing was read.
    Nothing,
    /// Something was, but no element.
    Begun,
    /// The root element began, and may have ended.
    Root,
}

impl Prolog {
    /// Byte order marks: one may begin a document; anywhere else they are text.
    pub(super) fn marks(&self, tree: &mut Tree, marks: &str) -> Result<(), Unreadable> {
        let text = match self {
            Self::Nothing => marks.strip_prefix('\u{feff}').unwrap_or(marks),
            Self::Begun | Self::Root => marks,
        };
        if tree.depth() > 0 {
            tree.text(text);
        } else if !text.is_empty() {
            return Err(OUTSIDE);
        }
        Ok(())
    }
}

const OUTSIDE: Unreadable = Unreadable::Forbidden("has text outside of its root element");

/// Takes a token into the tree; answers which element it completed.
pub(super) fn take(
    tree: &mut Tree,
    prolog: &mut Prolog,
    event: Event<'_>,
) -> Result<Option<usize>, Unreadable> {
    let inside = tree.depth() > 0;
    match event {
        Event::Start(start) | Event::Empty(start) => {
            if !inside && *prolog == Prolog::Root {
                return Err(Unreadable::Forbidden("has two root elements"));
            }
            *prolog = Prolog::Root;
            check_name(start.name().as_ref())?;
            check_attributes(start.attributes_raw())?;
            tree.open(start.name().as_ref())?;
        }
        Event::End(end) => return tree.close(end.name().as_ref()).map(Some),
        Event::Text(text) if inside => tree.text(&text.xml10_content()),
        Event::CData(text) if inside => tree.text(&text.xml10_content()),
        Event::GeneralRef(reference) if inside => refer(tree, &reference)?,
        Event::Text(text) if text.chars().all(is_space) => begin(prolog),
        Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => return Err(OUTSIDE),
        Event::Decl(declaration) => {
            if *prolog != Prolog::Nothing {
                return Err(Unreadable::Forbidden("has an XML declaration inside"));
            }
            begin(prolog);
            check_declaration(declaration.trim_start_matches("xml"))?;
        }
        Event::DocType(_) => return Err(Unreadable::Forbidden("declares a document type")),
        Event::PI(instruction) => {
            check_target(instruction.target())?;
            check_characters(&instruction)?;
            begin(prolog);
        }
        Event::Comment(comment) => {
            check_characters(&comment)?;
            begin(prolog);
        }
        Event::Eof => {}
    }
    Ok(None)
}

fn begin(prolog: &mut Prolog) {
    if *prolog == Prolog::Nothing {
        *prolog = Prolog::Begun;
    }
}

/// Only the five entities of XML and characters by number have a meaning without a document type.
fn refer(tree: &mut Tree, reference: &BytesRef<'_>) -> Result<(), Unreadable> {
    if let Some(character) = reference.resolve_char_ref()? {
        tree.text(character.encode_utf8(&mut [0; 4]));
        return Ok(());
    }
    tree.text(match &*reference.xml10_content() {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return Err(Unreadable::Forbidden("uses an entity that XML does not define")),
    });
    Ok(())
}

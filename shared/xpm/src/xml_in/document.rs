//! From bytes to elements, as they arrive; and XPM's envelope around them.
//!
//! Bytes are parsed where they lie. What the parser cannot finish, because the
//! rest of a token is still to come, is kept and tried again with more. So bad
//! syntax is only told from an unfinished token at the end, or when the token
//! has grown beyond its bound; either way nothing of it was believed.

use domain::ports::Cause;
use futures_util::{Stream, StreamExt};
use quick_xml::Reader;
use quick_xml::events::Event;

use super::tokens::{Prolog, take};
use super::tree::{Element, Tree};
use super::{Unreadable, values};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A document while it is read.
#[derive(Debug)]
pub(super) struct Document {
    tree: Tree,
    prolog: Prolog,
    /// Read but not parsed.
    text: String,
    /// The start of a character whose other bytes are to come.
    partial: Vec<u8>,
    /// How much text makes another try worth while: a token of many chunks is not read for each.
    worth: usize,
    in_all: u64,
    between_marks: u64,
    /// How many bytes came before `text`, and had come when a part was last settled.
    before: u64,
    mark: u64,
    /// How many bytes the parser was given, those that it was given again included.
    #[cfg(test)]
    given: u64,
}

impl Document {
    /// A document of at most so many bytes in all, and in a part that is not settled.
    pub(super) fn new(in_all: u64, between_marks: u64) -> Self {
        Self {
            tree: Tree::default(),
            prolog: Prolog::Nothing,
            text: String::new(),
            partial: Vec::new(),
            worth: 0,
            in_all,
            between_marks,
            before: 0,
            mark: 0,
            #[cfg(test)]
            given: 0,
        }
    }

    /// How many bytes have come so far.
    pub(super) fn read(&self) -> u64 {
        self.before + (self.text.len() + self.partial.len()) as u64
    }

    /// Parses what is complete with these bytes. Each element that ends is shown to `visit`, which
    /// says whether it settled the part of the document up to there.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        visit: impl FnMut(&mut Tree, usize) -> Result<bool, Unreadable>,
    ) -> Result<(), Unreadable> {
        let joined;
        let bytes = if self.partial.is_empty() {
            bytes
        } else {
            joined = [&std::mem::take(&mut self.partial), bytes].concat();
            joined.as_slice()
        };
        let (whole, partial) = whole_characters(bytes)?;
        self.text.push_str(whole);
        self.partial.extend_from_slice(partial);
        if self.read() > self.in_all {
            return Err(Unreadable::Forbidden("is too long"));
        }
        if self.text.len() >= self.worth {
            self.parse(false, visit)?;
            self.worth = self.text.len() * 2;
        }
        self.check_part(self.read())
    }

    /// The document, now that all has come.
    pub(super) fn end(
        mut self,
        visit: impl FnMut(&mut Tree, usize) -> Result<bool, Unreadable>,
    ) -> Result<Tree, Unreadable> {
        self.parse(true, visit)?;
        let whole = self.partial.is_empty() && self.tree.depth() == 0;
        if whole && self.prolog == Prolog::Root { Ok(self.tree) } else { Err(Unreadable::Cut) }
    }

    fn parse(
        &mut self,
        all: bool,
        mut visit: impl FnMut(&mut Tree, usize) -> Result<bool, Unreadable>,
    ) -> Result<(), Unreadable> {
        let mut text = std::mem::take(&mut self.text);
        #[cfg(test)]
        {
            self.given += text.len() as u64;
        }
        // The parser takes one off at the start of what it is given, which is rarely the document's.
        let skipped = text.len() - text.trim_start_matches(BYTE_ORDER_MARK).len();
        self.prolog.marks(&mut self.tree, &text[..skipped])?;
        let mut used = skipped;
        let mut reader = Reader::from_str(&text[skipped..]);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = true;
        // The elements that are open were not all opened before this reader.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        loop {
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(_) if !all => break,
                Err(error) => return Err(error.into()),
            };
            let end = skipped + usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            let unfinished = !all && end == text.len() && matches!(event, Event::Text(_));
            if unfinished || matches!(event, Event::Eof) {
                break;
            }
            if let Some(index) = take(&mut self.tree, &mut self.prolog, event)?
                && visit(&mut self.tree, index)?
            {
                self.mark = self.before + end as u64;
            }
            used = end;
            self.check_part(self.before + used as u64)?;
        }
        text.drain(..used);
        self.before += used as u64;
        self.text = text;
        Ok(())
    }

    fn check_part(&self, read: u64) -> Result<(), Unreadable> {
        if read - self.mark > self.between_marks {
            return Err(Unreadable::Forbidden("has a part that is too long"));
        }
        Ok(())
    }
}

/// Reads a whole document of at most so many bytes.
pub(crate) async fn read<S, B, E>(mut chunks: S, longest: u64) -> Result<Tree, Unreadable>
where
    S: Stream<Item = Result<B, E>> + Unpin,
    B: AsRef<[u8]>,
    E: Into<Cause>,
{
    let mut document = Document::new(longest, longest);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| Unreadable::Interrupted(error.into()))?;
        document.feed(chunk.as_ref(), |_, _| Ok(false))?;
    }
    document.end(|_, _| Ok(false))
}

/// What XPM's envelope says (xpm-api 1.2).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// It was done.
    Ok,
    /// It was refused, with these words; empty when there were none.
    Error(String),
}

/// Reads the envelope. Neither the HTTP status nor anything else says that a call went well.
pub(crate) fn said(tree: &Tree) -> Result<(Said, Element<'_>), Unreadable> {
    let root = tree.root().ok_or(Unreadable::Lacks("Response"))?;
    match root.name() {
        "Response" => {}
        // The one list that is documented without its envelope (xpm-api 2.3.7).
        "Costs" => return Ok((Said::Ok, root)),
        _ => return Err(Unreadable::Lacks("Response")),
    }
    let status = root.child("Status").ok_or(Unreadable::Lacks("Status"))?.text();
    if status.eq_ignore_ascii_case("OK") {
        Ok((Said::Ok, root))
    } else if status.eq_ignore_ascii_case("ERROR") {
        let words = root.child("ErrorDescription").and_then(values::filled);
        Ok((Said::Error(words.unwrap_or_default()), root))
    } else {
        Err(Unreadable::Odd("Status"))
    }
}

/// What of the bytes is text, and what may become text with the next ones.
fn whole_characters(bytes: &[u8]) -> Result<(&str, &[u8]), Unreadable> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok((text, &[])),
        Err(error) if error.error_len().is_none() => error,
        Err(_) => return Err(Unreadable::Forbidden("is not in UTF-8")),
    };
    let (whole, partial) = bytes.split_at(error.valid_up_to());
    Ok((std::str::from_utf8(whole).unwrap_or_default(), partial))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many bytes the parser was given for a document that arrives in such chunks.
    fn given(document: &str, chunk: usize) -> u64 {
        let mut reader = Document::new(u64::MAX, u64::MAX);
        for chunk in document.as_bytes().chunks(chunk) {
            reader.feed(chunk, |_, _| Ok(false)).unwrap();
        }
        reader.given
    }

    #[test]
    fn g49_however_it_arrives_a_document_is_parsed_in_linear_time() {
        const LONG: usize = 100_000;
        let long = "x".repeat(LONG);
        for document in [
            format!("<a>{long}</a>"),
            format!("<a b='{long}'/>"),
            format!("<a><!--{long}--></a>"),
            format!("<a><![CDATA[{long}]]></a>"),
            format!("<a><?b {long}?></a>"),
            format!("<{long}/>"),
            format!("<a>{}</a>", "<b/>".repeat(LONG / 4)),
            format!("<a>{}</a>", "&lt;".repeat(LONG / 4)),
            format!("<a>{}</a>", "]]&gt;".repeat(LONG / 6)),
            format!("<a>{}</a>", "<b>".repeat(100) + &long),
        ] {
            for chunk in [1, 7, 1_000, LONG] {
                let given = given(&document, chunk);
                assert!(given <= 4 * document.len() as u64, "{given}: {document:.40} by {chunk}");
            }
        }
    }
}

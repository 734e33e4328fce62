//! The W3C's XML conformance tests, where `TANDEM_XML_SUITE` names their folder as this is built,
//! which `.ci/run` fetches: what is well-formed and has no document type is read, everything else is refused.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use roxmltree::{Document, Error, Node, ParsingOptions};
use xpm::xml_in::{Unlisted, Unreadable};

use crate::reading::read_in;

/// Tests that we read although their documents are not well-formed, because of a text in them.
///
/// Texts are what people typed. A stray character of theirs is left out and `]]>` stays, so that
/// one note cannot make a list of thousands unreadable; neither becomes anything but text. What
/// nobody typed (names, attributes, comments, declarations) is held to the letter.
const READ: [&str; 11] = [
    // `]]>` in a text.
    "not-wf-sa-025",
    "not-wf-sa-026",
    "not-wf-sa-029",
    "o-p14fail3",
    "o-p18fail3",
    // A character that XML does not have, in a text, a section, or by number.
    "not-wf-sa-030",
    "not-wf-sa-033",
    "not-wf-sa-166",
    "not-wf-sa-167",
    "not-wf-sa-174",
    "o-p66fail5",
];

/// Tests that we refuse although their documents are well-formed and without a document type: they
/// are in UTF-16, and XPM sends UTF-8.
const REFUSED: [&str; 2] = ["utf16b", "utf16l"];

/// What one test document is, and what its test says of it.
struct Case {
    id: String,
    file: PathBuf,
    well_formed: bool,
}

#[tokio::test]
async fn g49_the_w3c_tests_are_read_and_refused_as_listed() {
    let Some(folder) = option_env!("TANDEM_XML_SUITE").map(PathBuf::from) else {
        eprintln!("NOT CHECKED: the W3C tests, because TANDEM_XML_SUITE names no folder of them");
        return;
    };
    let (mut read, mut refused) = (0, 0);
    let (mut wrongly_read, mut wrongly_refused) = (BTreeSet::new(), BTreeSet::new());
    for case in cases(&folder) {
        let bytes = fs::read(&case.file).unwrap();
        let typed = Document::parse(&text(&bytes)).is_err_and(|it| it == Error::DtdDetected);
        match (reads(&bytes).await, case.well_formed && !typed) {
            (true, true) => read += 1,
            (false, false) => refused += 1,
            (true, false) => drop(wrongly_read.insert(case.id)),
            (false, true) => drop(wrongly_refused.insert(case.id)),
        }
    }
    eprintln!("{read} tests read and {refused} refused as they should be");
    assert_eq!(wrongly_read, READ.map(str::to_owned).into());
    assert_eq!(wrongly_refused, REFUSED.map(str::to_owned).into());
}

/// Whether it was read to its end, whatever it turned out to be.
async fn reads(document: &[u8]) -> bool {
    match read_in([document]).await {
        Ok(_) | Err(Unlisted::Unreadable(Unreadable::Lacks(_) | Unreadable::Odd(_))) => true,
        Err(Unlisted::Unreadable(_) | Unlisted::Sink(_)) => false,
    }
}

/// The document's text, as far as it has one.
fn text(bytes: &[u8]) -> String {
    let wide = |order: fn([u8; 2]) -> u16| {
        let units: Vec<_> = bytes[2..].chunks_exact(2).map(|it| order([it[0], it[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn cases(folder: &Path) -> Vec<Case> {
    let index = fs::read_to_string(folder.join("cleaned/xmlconf-flattened.xml")).unwrap();
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let index = Document::parse_with_options(&index, options).unwrap();
    let tests = index.descendants().filter(|it| it.has_tag_name("TEST"));
    let cases: Vec<_> = tests.filter_map(|it| case(folder, it)).collect();
    assert!(cases.len() > 1_900, "{} tests are not the whole suite", cases.len());
    cases
}

/// A test of XML 1.0, fifth edition. An `error` may be read or not, as a parser likes; a test of
/// namespaces is not about what we read; and what is XML 1.1 is not what XPM sends.
fn case(folder: &Path, test: Node<'_, '_>) -> Option<Case> {
    let kind = test.attribute("TYPE")?;
    let of = test.attribute("RECOMMENDATION").unwrap_or("XML1.0");
    let edition = test.attribute("EDITION").is_none_or(|it| it.contains('5'));
    if kind == "error" || !of.starts_with("XML1.0") || !edition {
        return None;
    }
    let base = ("http://www.w3.org/XML/1998/namespace", "base");
    let mut parts: Vec<_> = test.ancestors().filter_map(|it| it.attribute(base)).collect();
    parts.reverse();
    let file = parts.into_iter().fold(folder.join("xmlconf"), |path, part| path.join(part));
    let id = test.attribute("ID")?.to_owned();
    Some(Case { id, file: file.join(test.attribute("URI")?), well_formed: kind != "not-wf" })
}

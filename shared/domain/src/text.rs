//! Text that people typed: what of it can be kept, compared and sent on.

use crate::invalid::Invalid;

/// The longest name of anything.
const NAME: usize = 500;

/// What is wrong with a name.
pub fn check_name(pointer: &str, name: &str) -> Vec<Invalid> {
    let mut wrong = Vec::new();
    if name.trim().is_empty() {
        wrong.push(Invalid::new(pointer, "required", "a name is required"));
    }
    if name.chars().count() > NAME {
        wrong.push(Invalid::new(pointer, "too_long", format!("at most {NAME} characters")));
    }
    wrong
}

/// A note as XPM can hold it: line ends as LF, no character that XML 1.0 forbids, nothing blank at
/// either end (xpm-api 1.4 and 6, 21).
pub fn clean_note(note: &str) -> String {
    let legal = |c: &char| {
        matches!(c, '\t' | '\n') || (!c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}'))
    };
    let lines = note.replace("\r\n", "\n").replace('\r', "\n");
    lines.chars().filter(legal).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_keeps_its_lines_and_loses_what_xml_cannot_carry() {
        assert_eq!(clean_note(" a\r\nb\u{8}\u{0}\rc & <d> \u{1F600}\n"), "a\nb\nc & <d> \u{1F600}");
    }
}

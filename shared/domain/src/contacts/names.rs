//! When two names or two e-mail addresses are exactly equal, and how a person's name falls into parts.
//!
//! Equal means: NFC, trimmed, inner white space collapsed, case folded. Nothing else is stripped, so
//! "Smith Pty Ltd" is not "Smith" and "Zoë" is not "Zoe" (KB-25).

use unicode_normalization::UnicodeNormalization;

/// A name as it is compared. Blank gives an empty key, which equals nothing.
pub fn name_key(name: &str) -> String {
    fold(&tidy(name))
}

/// The most addresses taken from one text.
const MOST: usize = 20;

/// The e-mail addresses in a text that may hold several, separated by `;`, as typed; each once.
/// What is no address is left out, so that "n/a" on both sides is no agreement.
pub fn emails(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in text.split(';').map(str::trim).filter(|it| is_email(it)) {
        if found.len() < MOST && !found.iter().any(|it| email_key(it) == email_key(part)) {
            found.push(part.to_owned());
        }
    }
    found
}

/// An e-mail address as it is compared.
pub fn email_key(email: &str) -> String {
    fold(email.trim())
}

/// Whether a text has the form of one e-mail address.
pub fn is_email(text: &str) -> bool {
    let apart = |c: char| c.is_whitespace() || c.is_control() || ";,<>".contains(c);
    match text.rsplit_once('@') {
        Some((local, domain)) => {
            !local.is_empty() && !domain.is_empty() && text.len() <= 254 && !text.contains(apart)
        }
        None => false,
    }
}

/// A text in NFC, trimmed, with each stretch of white space as one space.
pub fn tidy(text: &str) -> String {
    let composed: String;
    let text = if text.is_ascii() {
        text
    } else {
        composed = text.nfc().collect();
        &composed
    };
    let mut tidy = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !tidy.is_empty() {
            tidy.push(' ');
        }
        tidy.push_str(word);
    }
    tidy
}

/// The given and family names of a person (KB-28).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonName {
    /// Given names; none where the name is a single word.
    pub first: Option<String>,
    /// Family name.
    pub last: Option<String>,
}

impl PersonName {
    /// Splits a display name; what XPM has in its own fields for it wins.
    pub fn of(display: &str, first: Option<&str>, last: Option<&str>) -> Self {
        let told = |it: Option<&str>| it.map(tidy).filter(|it| !it.is_empty());
        match (told(first), told(last)) {
            (None, None) => Self::split(display),
            (first, last) => Self { first, last },
        }
    }

    /// "Smith, John", "John Smith", "J & M Smith"; a single word is a family name.
    fn split(display: &str) -> Self {
        let name = tidy(display);
        if let Some((last, first)) = name.split_once(',') {
            let part = |it: &str| Some(it.trim().to_owned()).filter(|it| !it.is_empty());
            return match (part(first), part(last)) {
                (first, Some(last)) => Self { first, last: Some(last) },
                (first, None) => Self { first: None, last: first },
            };
        }
        match name.rsplit_once(' ') {
            // "John & Mary" are two people without a family name, not Mary's family.
            Some((first, _)) if joins(first.rsplit(' ').next().unwrap_or(first)) => {
                Self { first: None, last: Some(name) }
            }
            Some((first, last)) => Self { first: Some(first.into()), last: Some(last.into()) },
            None => Self { first: None, last: Some(name).filter(|it| !it.is_empty()) },
        }
    }
}

fn joins(word: &str) -> bool {
    matches!(word.to_lowercase().as_str(), "&" | "and" | "+")
}

/// Case folded by way of upper case, letter by letter, which makes "straße" and "STRASSE" and the two
/// small sigmas equal as Unicode's full folding does. The dotless ı stays itself, as there.
fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let folded = text.nfc().flat_map(|c| {
        let upper: Vec<char> = if c == 'ı' { vec![c] } else { c.to_uppercase().collect() };
        upper.into_iter().flat_map(char::to_lowercase)
    });
    folded.collect::<String>().nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn kb_25_names_are_equal_whatever_their_case_spacing_and_composition() {
        for (one, other) in [
            ("Acme Pty Ltd", "ACME  pty\tltd "),
            ("Zoë", "Zoe\u{308}"),
            ("Acme\u{a0}Ltd", "acme ltd"),
            ("STRASSE", "straße"),
            ("ΟΔΟΣ", "οδος"),
            ("Müller", "MÜLLER"),
        ] {
            assert_eq!(name_key(one), name_key(other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn kb_25_nothing_is_stripped_from_a_name() {
        for (one, other) in [
            ("Acme", "Acme Pty Ltd"),
            ("Zoë", "Zoe"),
            ("Smith, John", "John Smith"),
            ("J & M Smith", "J and M Smith"),
            ("Acme.", "Acme"),
            ("O'Brien", "O\u{2019}Brien"),
            ("ırmak", "irmak"),
        ] {
            assert_ne!(name_key(one), name_key(other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn kb_25_an_email_field_may_hold_several_addresses() {
        assert_eq!(
            emails(" A@x.example ;b@x.example;; a@X.example"),
            ["A@x.example", "b@x.example"]
        );
        assert_eq!(email_key(" A@X.example "), "a@x.example");
    }

    #[test]
    fn kb_24_what_is_no_address_is_no_email() {
        assert!(emails(" ; n/a;none@; @x.example;a b@x.example").is_empty());
        assert!(emails("").is_empty());
    }

    #[test]
    fn kb_28_a_persons_name_falls_into_given_and_family_names() {
        for (display, first, last) in [
            ("John Smith", Some("John"), Some("Smith")),
            ("Smith, John", Some("John"), Some("Smith")),
            ("Smith,John Peter", Some("John Peter"), Some("Smith")),
            ("J & M Smith", Some("J & M"), Some("Smith")),
            ("Smith, J & M", Some("J & M"), Some("Smith")),
            ("Madonna", None, Some("Madonna")),
            ("Smith,", None, Some("Smith")),
            (", John", None, Some("John")),
            ("John & Mary", None, Some("John & Mary")),
            ("  John   Smith ", Some("John"), Some("Smith")),
            ("", None, None),
        ] {
            let name = PersonName::of(display, None, None);
            assert_eq!((name.first.as_deref(), name.last.as_deref()), (first, last), "{display:?}");
        }
    }

    #[test]
    fn kb_28_the_names_xpm_gives_win_over_the_display_name() {
        let name = PersonName::of("Smith Family", Some("John"), Some(" Smith "));
        assert_eq!((name.first.as_deref(), name.last.as_deref()), (Some("John"), Some("Smith")));
        let name = PersonName::of("Smith, John", Some(" "), None);
        assert_eq!((name.first.as_deref(), name.last.as_deref()), (Some("John"), Some("Smith")));
    }

    proptest! {
        #[test]
        fn kb_25_a_key_is_its_own_key(name in "\\PC*") {
            let key = name_key(&name);
            prop_assert_eq!(name_key(&key), key);
        }

        #[test]
        fn kb_28_every_name_has_some_family_name(name in "\\PC*") {
            let split = PersonName::of(&name, None, None);
            let nothing = name.chars().all(|c| c.is_whitespace() || c == ',');
            prop_assert!(split.last.is_some() || nothing);
        }
    }
}

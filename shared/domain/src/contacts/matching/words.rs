//! The words of a name that tell one bearer from another, for finding and scoring candidates.
//!
//! This is looser than equality (KB-25), so it never matches by itself: legal forms, titles and
//! accents are set aside, short forms of given names are written out, and order does not count.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The most characters of a name that are looked at.
const LONGEST: usize = 200;

/// What a company is by law, as its name ends. A trust is not among them: a trust and the company
/// that bears the same name are two clients (KB-26).
const LEGAL_FORMS: &[&str] = &[
    // Australia, New Zealand, the United Kingdom
    "pty",
    "proprietary",
    "ltd",
    "limited",
    "nl",
    "pl",
    "plc",
    "llp",
    "lp",
    "cic",
    "unlimited",
    // South Africa
    "cc",
    "npc",
    "rf",
    "soc",
    // the United States, Canada
    "llc",
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "pllc",
    "pc",
    "lllp",
    "ulc",
    "ltee",
    // everywhere
    "co",
    "company",
];

/// What says in which capacity a name is borne.
const CAPACITIES: &[&str] = &["the", "and", "trustee", "trustees", "for", "as", "atf"];

/// How people are addressed.
const TITLES: &[&str] = &["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame"];

/// Short forms of given names, and the name that they stand for here.
const SHORT_FORMS: &[(&str, &str)] = &[
    ("abby", "abigail"),
    ("al", "alan"),
    ("alex", "alexander"),
    ("andy", "andrew"),
    ("angie", "angela"),
    ("art", "arthur"),
    ("barb", "barbara"),
    ("bec", "rebecca"),
    ("becky", "rebecca"),
    ("bella", "isabella"),
    ("ben", "benjamin"),
    ("bert", "albert"),
    ("beth", "elizabeth"),
    ("betty", "elizabeth"),
    ("bill", "william"),
    ("billy", "william"),
    ("bob", "robert"),
    ("bobby", "robert"),
    ("brad", "bradley"),
    ("cass", "cassandra"),
    ("cath", "catherine"),
    ("charlie", "charles"),
    ("chris", "christopher"),
    ("chuck", "charles"),
    ("cindy", "cynthia"),
    ("dan", "daniel"),
    ("danny", "daniel"),
    ("dave", "david"),
    ("deb", "deborah"),
    ("debbie", "deborah"),
    ("dick", "richard"),
    ("don", "donald"),
    ("doug", "douglas"),
    ("ed", "edward"),
    ("eddie", "edward"),
    ("emmy", "emily"),
    ("frank", "francis"),
    ("fred", "frederick"),
    ("gabby", "gabrielle"),
    ("geoff", "geoffrey"),
    ("greg", "gregory"),
    ("gus", "angus"),
    ("hal", "harold"),
    ("harry", "henry"),
    ("jack", "john"),
    ("jackie", "jacqueline"),
    ("jake", "jacob"),
    ("jeff", "jeffrey"),
    ("jen", "jennifer"),
    ("jenny", "jennifer"),
    ("jess", "jessica"),
    ("jim", "james"),
    ("jimmy", "james"),
    ("joe", "joseph"),
    ("johnny", "john"),
    ("josh", "joshua"),
    ("kate", "catherine"),
    ("kathy", "catherine"),
    ("katie", "catherine"),
    ("ken", "kenneth"),
    ("kim", "kimberley"),
    ("larry", "lawrence"),
    ("liz", "elizabeth"),
    ("lizzie", "elizabeth"),
    ("maddy", "madeleine"),
    ("maggie", "margaret"),
    ("mandy", "amanda"),
    ("matt", "matthew"),
    ("meg", "margaret"),
    ("mick", "michael"),
    ("mike", "michael"),
    ("mitch", "mitchell"),
    ("nat", "natalie"),
    ("nate", "nathan"),
    ("nick", "nicholas"),
    ("pam", "pamela"),
    ("pat", "patrick"),
    ("peg", "margaret"),
    ("pete", "peter"),
    ("phil", "philip"),
    ("ray", "raymond"),
    ("rick", "richard"),
    ("rob", "robert"),
    ("robbie", "robert"),
    ("ron", "ronald"),
    ("russ", "russell"),
    ("sally", "sarah"),
    ("sam", "samuel"),
    ("sandy", "sandra"),
    ("steph", "stephanie"),
    ("steve", "stephen"),
    ("sue", "susan"),
    ("suzie", "susan"),
    ("ted", "edward"),
    ("terry", "terence"),
    ("tim", "timothy"),
    ("toby", "tobias"),
    ("tom", "thomas"),
    ("tony", "anthony"),
    ("trish", "patricia"),
    ("vicky", "victoria"),
    ("will", "william"),
    ("zac", "zachary"),
];

/// The telling words of a name as compared, sorted, one space apart; equal names have equal ones. A name
/// of nothing else keeps what it has.
pub(super) fn words(key: &str) -> String {
    let all = split(key);
    let mut telling: Vec<&str> = all.iter().map(String::as_str).collect();
    while let [_, .., last] = telling[..]
        && LEGAL_FORMS.contains(&last)
    {
        telling.pop();
    }
    let idle = |it: &&str| CAPACITIES.contains(it) || TITLES.contains(it);
    if !telling.iter().all(idle) {
        telling.retain(|it| !idle(it));
    }
    telling.iter_mut().for_each(|it| *it = written_out(it));
    telling.sort_unstable();
    telling.join(" ")
}

/// How a word sounds in English: its first letter and three digits (Soundex, as the National
/// Archives of the United States describe it). A word of other letters sounds like its beginning.
pub(in crate::contacts) fn sound(word: &str) -> String {
    if !word.bytes().all(|it| it.is_ascii_alphabetic()) {
        return word.chars().take(2).collect();
    }
    let mut code = String::with_capacity(4);
    let mut last = 0;
    for letter in word.bytes() {
        let digit = match letter {
            b'b' | b'f' | b'p' | b'v' => b'1',
            b'c' | b'g' | b'j' | b'k' | b'q' | b's' | b'x' | b'z' => b'2',
            b'd' | b't' => b'3',
            b'l' => b'4',
            b'm' | b'n' => b'5',
            b'r' => b'6',
            // These two do not part letters of one sound.
            b'h' | b'w' if !code.is_empty() => continue,
            _ => 0,
        };
        if code.is_empty() {
            code.push(char::from(letter));
        } else if digit != 0 && digit != last {
            code.push(char::from(digit));
        }
        last = digit;
        if code.len() == 4 {
            return code;
        }
    }
    while code.len() < 4 {
        code.push('0');
    }
    code
}

/// Words without accents. Marks within a word vanish, all others part words.
fn split(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let plain = name.chars().take(LONGEST).nfkd().filter(|it| !is_combining_mark(*it));
    for letter in plain {
        match (letter, words.last_mut()) {
            ('\'' | '\u{2019}' | '.' | '/', _) => {}
            (_, Some(word)) if letter.is_alphanumeric() => word.push(letter),
            (_, Some(word)) if word.is_empty() => {}
            (_, _) => words.push(String::new()),
        }
    }
    words.retain(|it| !it.is_empty());
    words
}

fn written_out(word: &str) -> &str {
    let found = SHORT_FORMS.binary_search_by(|it| it.0.cmp(word));
    found.map_or(word, |n| SHORT_FORMS[n].1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contacts::names::name_key;

    #[test]
    fn by_02_the_legal_form_is_set_aside_and_the_order_does_not_count() {
        for (name, telling) in [
            ("Acme Pty Ltd", "acme"),
            ("ACME (Pty) Ltd.", "acme"),
            ("Acme P/L", "acme"),
            ("Acme Limited", "acme"),
            ("Acme L.L.C.", "acme"),
            ("Acme, Inc", "acme"),
            ("Smith & Jones", "jones smith"),
            ("Jones and Smith", "jones smith"),
            ("The Trustee for Smith Family Trust", "family smith trust"),
            ("Smith Family Trust", "family smith trust"),
            ("Limited Editions Ltd", "editions limited"),
            ("O\u{2019}Brien\u{301}s Café", "cafe obriens"),
            ("Limited", "limited"),
            ("The", "the"),
            ("株式会社 山田", "山田 株式会社"),
            ("\u{1F600}", ""),
            ("", ""),
        ] {
            assert_eq!(words(&name_key(name)), telling, "{name}");
        }
    }

    #[test]
    fn kb_26_a_trust_is_not_the_company_of_its_name() {
        let of = |it| words(&name_key(it));
        assert_ne!(of("Smith Trust"), of("Smith Pty Ltd"));
    }

    #[test]
    fn kb_28_a_person_is_found_whichever_way_the_name_is_written() {
        for (name, telling) in [
            ("Smith, John", "john smith"),
            ("Mr John Smith", "john smith"),
            ("Bob Lee", "lee robert"),
            ("Dr", "dr"),
        ] {
            assert_eq!(words(&name_key(name)), telling, "{name}");
        }
    }

    #[test]
    fn a_name_of_4_000_characters_is_looked_at_as_far_as_it_helps() {
        assert!(words(&"x y".repeat(4_000)).len() <= 2 * LONGEST);
        assert!(words(&"\u{FDFA}".repeat(4_000)).len() < 10_000);
    }

    /// The examples of the National Archives.
    #[test]
    fn the_published_examples_of_soundex_come_out() {
        for (word, code) in [
            ("washington", "w252"),
            ("lee", "l000"),
            ("gutierrez", "g362"),
            ("pfister", "p236"),
            ("jackson", "j250"),
            ("tymczak", "t522"),
            ("ashcraft", "a261"),
            ("山田", "山田"),
        ] {
            assert_eq!(sound(word), code, "{word}");
        }
    }

    #[test]
    fn short_forms_are_sorted_for_the_search() {
        assert!(SHORT_FORMS.is_sorted_by(|a, b| a.0 < b.0));
    }
}

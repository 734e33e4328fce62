//! How much speaks for two records being one, and what (BY-02). It orders and suggests; it never matches.

use rapidfuzz::distance::jaro_winkler;

use super::short::Places;
use super::traits::{Traits, shared};

/// What is compared, and how much it counts, in parts. A name or an e-mail address counts more than
/// anything but a business number, which no two clients share. Chosen, not learned: a firm has too
/// few pairs to learn from, and a person must be able to follow.
const PARTS: [(&str, f64); 5] = [
    ("name", 35.0),
    ("email", 30.0),
    ("phone", 15.0),
    ("address", 10.0),
    ("business_number", 30.0),
];
/// How many parts of doubt remain, whatever agrees: little that is known never makes a whole.
const DOUBT: f64 = 10.0;
/// Names that are less alike than this are no more alike than any two.
const ALIKE: f64 = 0.75;
/// Words that are less alike than this are two words; so many of a name are looked at.
const SAME_WORD: f64 = 0.85;
const WORDS: usize = 8;
/// How alike two names are at most that are not the same letter by letter.
const NOT_SAME: f64 = 0.95;
/// How much an equal post code says of the address.
const SAME_POSTCODE: f64 = 0.5;

/// One thing that was compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// What.
    pub name: &'static str,
    /// How much it counts in this comparison, from 0 to 1; nothing where a side does not have it.
    pub weight: f64,
    /// How far both sides agree, from 0 to 1.
    pub agreement: f64,
}

/// How much speaks for two records being one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// What was compared.
    pub signals: [Compared; 5],
}

impl Score {
    /// The sum of each agreement times its weight: from 0 to less than 1.
    pub fn value(&self) -> f64 {
        rounded(self.signals.iter().map(|it| it.weight * it.agreement).sum())
    }
}

/// Compares two records. What only one side has counts neither for nor against.
pub fn score(one: &Traits, other: &Traits) -> Score {
    let agreements = [
        name(one, other),
        both(&one.emails, &other.emails),
        both(&one.phones, &other.phones),
        address(one, other),
        one.business_number.as_ref().zip(other.business_number.as_ref()).map(|(a, b)| same(a == b)),
    ];
    let known = PARTS.iter().zip(&agreements).filter(|(_, it)| it.is_some());
    let whole = DOUBT + known.map(|(part, _)| part.1).sum::<f64>();
    let mut signals = PARTS.map(|(name, _)| Compared { name, weight: 0.0, agreement: 0.0 });
    for ((signal, part), agreement) in signals.iter_mut().zip(PARTS).zip(agreements) {
        if let Some(agreement) = agreement {
            signal.weight = rounded(part.1 / whole);
            signal.agreement = rounded(agreement);
        }
    }
    Score { signals }
}

fn name(one: &Traits, other: &Traits) -> Option<f64> {
    if one.name.is_empty() || other.name.is_empty() {
        return None;
    }
    if one.name == other.name {
        return Some(1.0);
    }
    if one.words.is_empty() || other.words.is_empty() {
        return Some(0.0);
    }
    if one.words == other.words {
        return Some(NOT_SAME);
    }
    let alike = alike(&one.words, &other.words);
    Some(if alike < ALIKE { 0.0 } else { alike.min(NOT_SAME) })
}

/// Words to compare with, and where they stand in their text.
struct Words<'a> {
    text: &'a str,
    places: Option<Places>,
}

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, places: Places::of(text) }
    }

    /// The words, and where each begins.
    fn each(&self) -> impl Iterator<Item = (usize, &'a str)> {
        let mut start = 0;
        self.text.split(' ').take(WORDS).map(move |word| {
            let at = start;
            start += word.len() + 1;
            (at, word)
        })
    }

    /// How alike another text is to the `word` that begins at `start`, by Jaro and Winkler's measure;
    /// nothing below the least that counts.
    fn alike(&self, one: &str, word: &str, start: usize, least: f64) -> f64 {
        let short = self.places.as_ref().and_then(|it| it.alike(one, word, start, least));
        short.unwrap_or_else(|| {
            let args = jaro_winkler::Args::default().score_cutoff(least);
            let alike = jaro_winkler::similarity_with_args(one.chars(), word.chars(), &args);
            alike.unwrap_or(0.0)
        })
    }
}

/// How alike two names are as they are spelt, or word by word, whichever is more.
fn alike(one: &str, other: &str) -> f64 {
    let words = Words::of(other);
    let spelt = words.alike(one, other, 0, ALIKE);
    if spelt >= NOT_SAME { spelt } else { spelt.max(overlap(one, &words)) }
}

/// The letters in words that both have, as far as those are alike, of the letters of all.
fn overlap(one: &str, other: &Words<'_>) -> f64 {
    let letters = |it: &str| it.bytes().filter(|it| *it != b' ').count();
    let all = letters(one) + letters(other.text);
    // How alike each word is to that of the other side which is most alike.
    let (mut ones, mut others) = ([0.0_f64; WORDS], [0.0_f64; WORDS]);
    for (word, best) in one.split(' ').zip(&mut ones) {
        for ((start, another), others_best) in other.each().zip(&mut others) {
            let alike = other.alike(word, another, start, SAME_WORD);
            *best = best.max(alike);
            *others_best = others_best.max(alike);
        }
    }
    let covered = |words: &str, alike: &[f64]| -> f64 {
        words.split(' ').zip(alike).map(|(word, alike)| alike * word.len() as f64).sum()
    };
    if all == 0 { 0.0 } else { (covered(one, &ones) + covered(other.text, &others)) / all as f64 }
}

fn address(one: &Traits, other: &Traits) -> Option<f64> {
    if one.addresses.is_empty() || other.addresses.is_empty() {
        return None;
    }
    if shared(&one.addresses, &other.addresses) {
        return Some(1.0);
    }
    Some(if shared(&one.postcodes, &other.postcodes) { SAME_POSTCODE } else { 0.0 })
}

fn both(one: &[String], other: &[String]) -> Option<f64> {
    (!one.is_empty() && !other.is_empty()).then(|| same(shared(one, other)))
}

fn same(it: bool) -> f64 {
    if it { 1.0 } else { 0.0 }
}

/// In thousandths: what is stored is read back the same. Nothing here is negative or large.
fn rounded(it: f64) -> f64 {
    f64::from((it * 1_000.0 + 0.5) as u32) / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples that Winkler gives for his measure.
    #[test]
    fn by_02_the_published_similarities_come_out() {
        for (one, other, expected) in
            [("martha", "marhta", 0.961), ("dwayne", "duane", 0.84), ("dixon", "dicksonx", 0.813)]
        {
            let alike = Words::of(other).alike(one, other, 0, 0.0);
            assert_eq!(rounded(alike), expected, "{one}");
        }
    }
}

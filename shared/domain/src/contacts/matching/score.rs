//! How much speaks for two records being one, and what (BY-02). It orders and suggests; it never matches.

use rapidfuzz::distance::jaro_winkler;

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
    let alike = spelling(&one.words, &other.words, ALIKE).max(overlap(&one.words, &other.words));
    Some(if alike < ALIKE { 0.0 } else { alike.min(NOT_SAME) })
}

/// Jaro-Winkler similarity; nothing below the least that counts.
fn spelling(one: &str, other: &str, least: f64) -> f64 {
    let args = jaro_winkler::Args::default().score_cutoff(least);
    let alike = if one.is_ascii() && other.is_ascii() {
        jaro_winkler::similarity_with_args(one.bytes(), other.bytes(), &args)
    } else {
        jaro_winkler::similarity_with_args(one.chars(), other.chars(), &args)
    };
    alike.unwrap_or(0.0)
}

/// The letters in words that both have, as far as those are alike, of the letters of all.
fn overlap(one: &str, other: &str) -> f64 {
    let letters = |it: &str| it.bytes().filter(|it| *it != b' ').count();
    let all = letters(one) + letters(other);
    if all == 0 { 0.0 } else { (covered(one, other) + covered(other, one)) / all as f64 }
}

/// The letters of words that the other has, as far as they are alike.
fn covered(one: &str, other: &str) -> f64 {
    let found = |word: &str| -> f64 {
        let words = || other.split(' ').take(WORDS);
        if words().any(|it| it == word) {
            return 1.0;
        }
        words().map(|it| spelling(word, it, SAME_WORD)).fold(0.0, f64::max)
    };
    one.split(' ').take(WORDS).map(|it| found(it) * it.len() as f64).sum()
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

/// In thousandths: what is stored is read back the same.
fn rounded(it: f64) -> f64 {
    (it * 1_000.0).round() / 1_000.0
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
            assert_eq!(rounded(spelling(one, other, 0.0)), expected, "{one}");
        }
    }
}

//! What happens to a record on its way through another hand: one to four of the errors that FEBRL's
//! generator makes, and those of offices.

use super::people::{Person, email, home};
use super::pools::{NEIGHBOURS, NICKNAMES, SCANNED, SOUNDS};
use crate::chance::Dice;

/// The record of the same person, as another types it in.
pub(super) fn corrupt(original: &Person, dice: &mut Dice) -> Person {
    let mut it = original.clone();
    for _ in 0..=dice.skewed(4) {
        once(&mut it, dice);
    }
    if dice.percent(40) {
        it.phone = international(&it.phone);
    }
    if dice.percent(30) {
        it.surname = it.surname.to_uppercase();
    }
    it
}

fn once(it: &mut Person, dice: &mut Dice) {
    match dice.below(100) {
        0..35 => {
            let how = [typed, heard, scanned][dice.below(3)];
            match dice.below(6) {
                0 | 1 => how(&mut it.given, dice),
                2 | 3 => how(&mut it.surname, dice),
                4 => how(&mut it.street, dice),
                _ => {
                    if let Some(email) = it.emails.first_mut() {
                        typed(email, dice);
                    }
                }
            }
        }
        35..45 => std::mem::swap(&mut it.given, &mut it.surname),
        45..60 => nickname(&mut it.given),
        60..80 => match dice.below(4) {
            0 => it.emails.clear(),
            1 => it.phone.clear(),
            2 => it.given = it.given.get(..1).unwrap_or_default().to_owned(),
            _ => [&mut it.street, &mut it.suburb, &mut it.state, &mut it.postcode]
                .into_iter()
                .for_each(String::clear),
        },
        80..90 => (it.street, it.suburb, it.state, it.postcode) = home(dice),
        _ => {
            let other = email(dice.below(1_000_000), &it.given, &it.surname, dice);
            // Half of them use only the other one.
            if dice.percent(50) {
                it.emails.clear();
            }
            it.emails.push(other);
        }
    }
}

/// A slip on the keyboard: a letter left out, doubled, swapped with the next, or one beside it.
fn typed(text: &mut String, dice: &mut Dice) {
    let mut letters: Vec<char> = text.chars().collect();
    let places: Vec<usize> =
        (0..letters.len()).filter(|n| letters[*n].is_ascii_alphanumeric()).collect();
    if places.len() < 2 {
        return;
    }
    let at = places[dice.below(places.len())];
    match dice.below(4) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        2 if letters.get(at + 1).is_some_and(char::is_ascii_alphanumeric) => {
            letters.swap(at, at + 1)
        }
        _ => {
            let lower = letters[at].to_ascii_lowercase();
            if let Some((_, beside)) = NEIGHBOURS.iter().find(|(key, _)| *key == lower) {
                let beside: Vec<char> = beside.chars().collect();
                letters[at] = beside[dice.below(beside.len())];
            }
        }
    }
    *text = letters.into_iter().collect();
}

/// Written as it sounds.
fn heard(text: &mut String, dice: &mut Dice) {
    replaced(text, SOUNDS, dice);
}

/// Read from paper.
fn scanned(text: &mut String, dice: &mut Dice) {
    replaced(text, SCANNED, dice);
}

fn replaced(text: &mut String, by: &[(&str, &str)], dice: &mut Dice) {
    let lower = text.to_lowercase();
    let fitting: Vec<&(&str, &str)> = by.iter().filter(|(from, _)| lower.contains(from)).collect();
    if fitting.is_empty() {
        return typed(text, dice);
    }
    let (from, to) = fitting[dice.below(fitting.len())];
    *text = lower.replacen(from, to, 1);
}

fn nickname(given: &mut String) {
    let found = NICKNAMES.iter().find(|(whole, _)| whole.eq_ignore_ascii_case(given));
    if let Some((_, short)) = found {
        *given = (*short).to_owned();
    }
}

fn international(phone: &str) -> String {
    match phone.strip_prefix('0') {
        Some(rest) => format!("+61 {rest}"),
        None => phone.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_changes_a_word_and_leaves_most_of_it() {
        for how in [typed, heard, scanned] {
            let mut dice = Dice::new(7);
            let mut changed = 0;
            for _ in 0..200 {
                let mut word = "Philippa".to_owned();
                how(&mut word, &mut dice);
                changed += usize::from(!word.eq_ignore_ascii_case("philippa"));
                assert!((6..=9).contains(&word.len()), "{word}");
            }
            assert!(changed > 150, "{changed}");
        }
    }
}

//! Jaro-Winkler similarity of short ASCII texts, as nearly all names are: one machine word holds which
//! letters are taken, so that nothing is allocated.

/// The longest text, in letters: one bit for each.
const LONGEST: usize = u64::BITS as usize;
/// How many first letters count more where they are equal, and how much each: Winkler's numbers.
const PREFIX: usize = 4;
const WEIGHT: f64 = 0.1;
/// Texts that are less alike than this gain nothing by their first letters.
const BOOSTED: f64 = 0.7;

/// Where each letter stands in a short ASCII text.
pub(super) struct Places([u64; 128]);

impl Places {
    /// Of a text; `None` where it is long or not ASCII.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut places = [0; 128];
        if text.len() > LONGEST {
            return None;
        }
        for (n, letter) in text.bytes().enumerate() {
            *places.get_mut(usize::from(letter))? |= 1 << n;
        }
        Some(Self(places))
    }

    /// How alike a text is to the `word` that stands here at `start`, from 0 to 1, or 0 where that is
    /// less than `least`; `None` where the text is long or not ASCII.
    pub(super) fn alike(&self, one: &str, word: &str, start: usize, least: f64) -> Option<f64> {
        let (one, word) = (one.as_bytes(), word.as_bytes());
        if one.len() > LONGEST {
            return None;
        }
        if one.is_empty() && word.is_empty() {
            return Some(1.0);
        }
        // Equal letters match when they are no further apart than this.
        let reach = (one.len().max(word.len()) / 2).saturating_sub(1);
        let (mut taken_of_one, mut taken) = (0_u64, 0_u64);
        for (n, letter) in one.iter().enumerate() {
            let near = below(n + reach + 1) & !below(n.saturating_sub(reach)) & below(word.len());
            let free = (self.0.get(usize::from(*letter))? >> start) & near & !taken;
            if free != 0 {
                taken_of_one |= 1 << n;
                taken |= free & free.wrapping_neg();
            }
        }
        let matching = f64::from(taken.count_ones());
        let parts = matching / one.len() as f64 + matching / word.len() as f64;
        let same = one.iter().zip(word).take(PREFIX).take_while(|(a, b)| a == b).count() as f64;
        let boosted = |jaro: f64| {
            if jaro > BOOSTED { jaro + same * WEIGHT * (1.0 - jaro) } else { jaro }
        };
        if taken == 0 || boosted((parts + 1.0) / 3.0) < least {
            return Some(0.0);
        }
        let mut crossed = 0_u32;
        while taken != 0 {
            let pair = (taken_of_one.trailing_zeros() as usize, taken.trailing_zeros() as usize);
            crossed += u32::from(one.get(pair.0) != word.get(pair.1));
            taken_of_one &= taken_of_one.wrapping_sub(1);
            taken &= taken - 1;
        }
        let alike = boosted((parts + (matching - f64::from(crossed / 2)) / matching) / 3.0);
        Some(if alike < least { 0.0 } else { alike })
    }
}

/// The bits below the n-th.
fn below(n: usize) -> u64 {
    if n >= LONGEST { u64::MAX } else { (1 << n) - 1 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rapidfuzz::distance::jaro_winkler as general;

    use super::*;

    fn alike(one: &str, other: &str) -> Option<f64> {
        Places::of(other)?.alike(one, other, 0, 0.0)
    }

    proptest! {
        #[test]
        fn by_02_short_texts_are_as_alike_as_the_general_measure_says(
            one in "[a-e ]{0,64}",
            other in "[a-e ]{0,64}",
        ) {
            let expected = general::similarity(one.bytes(), other.bytes());
            let alike = alike(&one, &other).unwrap();
            prop_assert!((alike - expected).abs() < 1e-12, "{alike} {expected}");
        }

        #[test]
        fn a_word_is_compared_where_it_stands(
            one in "[a-d]{0,9}",
            before in "[a-d ]{0,20}",
            word in "[a-d]{0,9}",
            after in "[a-d ]{0,20}",
            least in 0.0..1.0_f64,
        ) {
            let text = format!("{before}{word}{after}");
            let found = Places::of(&text).unwrap().alike(&one, &word, before.len(), least).unwrap();
            let expected = general::similarity(one.bytes(), word.bytes());
            let expected = if expected < least { 0.0 } else { expected };
            prop_assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn long_and_other_texts_are_left_to_the_general_measure() {
        let (longest, longer) = ("a".repeat(64), "a".repeat(65));
        assert_eq!(alike(&longest, &longest), Some(1.0));
        assert_eq!(alike(&longer, "a"), None);
        assert_eq!(alike("a", &longer), None);
        assert_eq!(alike("zo\u{eb}", "zoe"), None);
        assert_eq!(alike("zoe", "zo\u{eb}"), None);
    }
}

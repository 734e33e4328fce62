//! How well suggestions agree with what is known: an original and its duplicate have the same place.

use std::fmt;

/// Two records that may be one, and how much speaks for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) original: usize,
    pub(super) duplicate: usize,
    pub(super) score: f64,
}

/// Suggestions from a threshold on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quality {
    threshold: f64,
    right: usize,
    suggested: usize,
    all: usize,
}

impl Quality {
    /// From this score on; there are `all` duplicates to be found.
    pub(super) fn at(threshold: f64, pairs: &[Pair], all: usize) -> Self {
        let from: Vec<&Pair> = pairs.iter().filter(|it| it.score >= threshold).collect();
        let right = from.iter().filter(|it| it.original == it.duplicate).count();
        Self { threshold, right, suggested: from.len(), all }
    }

    /// From the score on that gives the best F1.
    pub(super) fn best(pairs: &[Pair], all: usize) -> Self {
        let mut sorted = pairs.to_vec();
        sorted.sort_by(|a, b| b.score.total_cmp(&a.score));
        let (mut best, mut right) = (Self { all, ..Self::default() }, 0);
        for (n, it) in sorted.iter().enumerate() {
            right += usize::from(it.original == it.duplicate);
            // Pairs of one score stand or fall together.
            if sorted.get(n + 1).is_none_or(|next| next.score < it.score) {
                let here = Self { threshold: it.score, right, suggested: n + 1, all };
                if here.f1() > best.f1() {
                    best = here;
                }
            }
        }
        best
    }

    /// The harmonic mean of precision and recall.
    pub(super) fn f1(&self) -> f64 {
        part(2 * self.right, self.suggested + self.all)
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let precision = part(self.right, self.suggested);
        let recall = part(self.right, self.all);
        let (f1, threshold) = (self.f1(), self.threshold);
        write!(f, "F1 {f1:.3} (precision {precision:.3}, recall {recall:.3}) from {threshold:.2}")
    }
}

fn part(of: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { of as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_threshold_is_that_of_the_best_f1_and_equal_scores_stand_together() {
        let pair = |original, duplicate, score| Pair { original, duplicate, score };
        let pairs = [
            pair(0, 0, 0.9),
            pair(1, 1, 0.8),
            pair(2, 1, 0.8),
            pair(2, 2, 0.7),
            pair(3, 0, 0.2),
            pair(4, 0, 0.1),
        ];
        let best = Quality::best(&pairs, 4);
        // Three right ones of four suggested, of four that there are.
        assert_eq!(best.to_string(), "F1 0.750 (precision 0.750, recall 0.750) from 0.70");
        assert_eq!(Quality::at(0.85, &pairs, 4).f1(), 0.4);
        let equal = [pair(0, 0, 0.8), pair(1, 0, 0.8)];
        assert_eq!(Quality::best(&equal, 1).to_string(), Quality::at(0.8, &equal, 1).to_string());
        assert_eq!(Quality::best(&[], 4).f1(), 0.0);
    }
}

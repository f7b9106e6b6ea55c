//! Precision, recall and F1, of spans by overlap and by exact ends.

use std::ops::{AddAssign, Range};

/// What was found and what was not.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    /// There and found.
    pub(crate) hits: usize,
    /// Found and not there.
    pub(crate) false_hits: usize,
    /// There and not found.
    pub(crate) missed: usize,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.hits += other.hits;
        self.false_hits += other.false_hits;
        self.missed += other.missed;
    }
}

impl Counts {
    /// How much of what was found is there; none where nothing was found.
    pub(crate) fn precision(self) -> Option<f64> {
        share(self.hits, self.hits + self.false_hits)
    }

    /// How much of what is there was found; none where nothing is there.
    pub(crate) fn recall(self) -> Option<f64> {
        share(self.hits, self.gold())
    }

    /// The harmonic mean of both; none where there is nothing to find and nothing found.
    pub(crate) fn f1(self) -> Option<f64> {
        share(2 * self.hits, 2 * self.hits + self.false_hits + self.missed)
    }

    /// How many there are.
    pub(crate) fn gold(self) -> usize {
        self.hits + self.missed
    }
}

/// `part` of `whole`; none of nothing.
pub(crate) fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Which of `gold` and which of `found` belong together, each to at most one of the other: a value found
/// in two pieces is one hit and one false hit. Both are sorted by their start.
///
/// For spans that do not overlap among themselves this is the largest such assignment.
pub(crate) fn pair(
    gold: &[Range<usize>],
    found: &[Range<usize>],
    same: fn(&Range<usize>, &Range<usize>) -> bool,
) -> (Vec<bool>, Vec<bool>) {
    let (mut gold_taken, mut found_taken) = (vec![false; gold.len()], vec![false; found.len()]);
    let (mut g, mut f) = (0, 0);
    while g < gold.len() && f < found.len() {
        if same(&gold[g], &found[f]) {
            (gold_taken[g], found_taken[f]) = (true, true);
            (g, f) = (g + 1, f + 1);
        } else if (gold[g].end, gold[g].start) <= (found[f].end, found[f].start) {
            g += 1;
        } else {
            f += 1;
        }
    }
    (gold_taken, found_taken)
}

/// Whether two spans have a byte in common.
pub(crate) fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Whether two spans have the same ends.
pub(crate) fn exact(a: &Range<usize>, b: &Range<usize>) -> bool {
    a == b
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "lists of spans that happen to hold one")]
mod tests {
    use super::*;

    #[test]
    fn precision_recall_and_f1_are_what_their_definitions_say() {
        let counts = Counts { hits: 6, false_hits: 2, missed: 4 };
        assert_eq!((counts.precision(), counts.recall(), counts.gold()), (Some(0.75), Some(0.6), 10));
        let f1 = 2.0 * 0.75 * 0.6 / (0.75 + 0.6);
        assert!((counts.f1().unwrap() - f1).abs() < 1e-12);
    }

    #[test]
    fn of_nothing_there_is_no_share() {
        let none = Counts::default();
        assert_eq!((none.precision(), none.recall(), none.f1()), (None, None, None));
        let missed = Counts { missed: 3, ..none };
        assert_eq!((missed.precision(), missed.recall(), missed.f1()), (None, Some(0.0), Some(0.0)));
    }

    #[test]
    fn a_value_in_two_pieces_is_one_hit_and_one_false_hit() {
        assert_eq!(pair(&[0..10], &[0..4, 5..10], overlap), (vec![true], vec![true, false]));
        assert_eq!(pair(&[0..4, 5..10], &[0..10], overlap), (vec![true, false], vec![true]));
    }

    #[test]
    fn spans_that_only_touch_do_not_overlap() {
        assert_eq!(pair(&[0..4], &[4..8], overlap), (vec![false], vec![false]));
        assert_eq!(pair(&[3..5], &[4..8], overlap), (vec![true], vec![true]));
    }

    #[test]
    fn strictly_only_the_same_ends_count_wherever_they_stand() {
        assert_eq!(pair(&[0..4, 6..9], &[1..4, 6..9], exact), (vec![false, true], vec![false, true]));
        assert_eq!(pair(&[0..4, 6..9], &[0..5, 5..6, 6..9], exact).0, [false, true]);
        assert_eq!(pair(&[2..9], &[2..3, 2..9], exact).0, [true]);
        assert_eq!(pair(&[2..9], &[1..9, 2..9], exact).0, [true]);
    }

    #[test]
    fn the_assignment_is_as_large_as_any() {
        // Every pair of sets of spans without overlap over eight bytes, against trying all assignments.
        let sets: Vec<Vec<Range<usize>>> = (0..256u32).map(|bits| runs(bits, 8)).collect();
        for gold in &sets {
            for found in &sets {
                let paired = pair(gold, found, overlap).0.iter().filter(|g| **g).count();
                assert_eq!(paired, best(gold, found), "{gold:?} {found:?}");
            }
        }
    }

    /// The runs of set bits.
    fn runs(bits: u32, length: usize) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for n in (0..length).filter(|n| bits >> n & 1 == 1) {
            match runs.last_mut() {
                Some(run) if run.end == n => run.end += 1,
                _ => runs.push(n..n + 1),
            }
        }
        runs
    }

    fn best(gold: &[Range<usize>], found: &[Range<usize>]) -> usize {
        let Some((first, rest)) = gold.split_first() else { return 0 };
        let with = found.iter().enumerate().filter(|(_, f)| overlap(first, f)).map(|(n, _)| {
            let others: Vec<_> = [&found[..n], &found[n + 1..]].concat();
            1 + best(rest, &others)
        });
        with.chain([best(rest, found)]).max().unwrap_or_default()
    }
}

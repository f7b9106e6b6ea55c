//! How well a score parts attacks from the rest.

use crate::counts::share;

/// The probability that an attack scores above a text that is none, equal scores counting half: the area
/// under the receiver operating characteristic. None where either is missing.
pub(crate) fn auc(attacks: &[f32], others: &[f32]) -> Option<f64> {
    let mut all: Vec<(f32, bool)> = attacks.iter().map(|s| (*s, true)).collect();
    all.extend(others.iter().map(|s| (*s, false)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Mann-Whitney's U by ranks, scores that are equal sharing the mean of theirs.
    let (mut ranks, mut n) = (0.0, 0);
    while n < all.len() {
        let same = all[n..].iter().take_while(|s| s.0 == all[n].0).count();
        let attacks = all[n..n + same].iter().filter(|s| s.1).count();
        ranks += attacks as f64 * (n as f64 + (same as f64 + 1.0) / 2.0);
        n += same;
    }
    let (positive, negative) = (attacks.len() as f64, others.len() as f64);
    let above = ranks - positive * (positive + 1.0) / 2.0;
    (positive * negative > 0.0).then(|| above / (positive * negative))
}

/// The share of `scores` at or above `threshold`.
pub(crate) fn at_least(scores: &[f32], threshold: f32) -> Option<f64> {
    share(scores.iter().filter(|s| **s >= threshold).count(), scores.len())
}

/// The recall of attacks where at most `share` of the others score as high.
pub(crate) fn recall_at(attacks: &[f32], others: &[f32], share: f64) -> Option<f64> {
    let mut falling = others.to_vec();
    falling.sort_by(|a, b| b.total_cmp(a));
    // The highest score that is one too many.
    let too_many = falling.get((others.len() as f64 * share) as usize)?;
    crate::counts::share(attacks.iter().filter(|s| *s > too_many).count(), attacks.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_that_of_comparing_every_pair() {
        let mut state = 7u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // Few values, so that many are equal.
            (state >> 60) as f32 / 16.0
        };
        for size in 1..40 {
            let attacks: Vec<f32> = (0..size).map(|_| next()).collect();
            let others: Vec<f32> = (0..41 - size).map(|_| next()).collect();
            let pair = |a: &f32, o: &f32| f64::from(u8::from(a > o)) + f64::from(u8::from(a == o)) / 2.0;
            let sum: f64 = attacks.iter().flat_map(|a| others.iter().map(move |o| pair(a, o))).sum();
            let wanted = sum / (attacks.len() * others.len()) as f64;
            assert!((auc(&attacks, &others).unwrap() - wanted).abs() < 1e-9);
        }
    }

    #[test]
    fn of_one_kind_only_there_is_no_area() {
        assert_eq!(auc(&[], &[0.5]), None);
        assert_eq!(auc(&[0.5], &[]), None);
        assert_eq!(auc(&[0.9], &[0.1]), Some(1.0));
    }

    #[test]
    fn the_threshold_itself_is_above_it() {
        assert_eq!(at_least(&[0.7, 0.69, 0.9, 0.0], 0.7), Some(0.5));
        assert_eq!(at_least(&[], 0.7), None);
    }

    #[test]
    fn recall_is_taken_where_few_enough_others_score_as_high() {
        let others: Vec<f32> = (0..100).map(|n| n as f32 / 100.0).collect();
        // One of a hundred may be as high: all above 0.98 count.
        assert_eq!(recall_at(&[0.98, 0.985, 0.99, 1.0], &others, 0.01), Some(0.75));
        assert_eq!(recall_at(&[0.5], &[0.5; 10], 0.01), Some(0.0));
        assert_eq!(recall_at(&[0.5], &[], 0.01), None);
    }
}

//! Precision, recall and F1 on labelled texts: a hit counts if it overlaps a name of its type, each for one at most, as
//! `privet-eval` counts.

use std::ops::Range;

use privet_core::detect::names::find_with;
use privet_core::detect::names::lexicon::Lexicon;
use privet_core::detect::names::tagger::{Tag, Tagger};
use privet_core::entity::EntityType;

use super::corpus::Text;

/// Counts of one type in one set.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Counts {
    gold: usize,
    hits: usize,
    right: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.gold += other.gold;
        self.hits += other.hits;
        self.right += other.right;
    }

    /// As `precision/recall/F1`.
    pub(crate) fn show(&self) -> String {
        let part = |n: usize, of: usize| if of == 0 { 0.0 } else { n as f64 / of as f64 };
        let (p, r) = (part(self.right, self.hits), part(self.right, self.gold));
        let f = if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 };
        format!("{p:.3}/{r:.3}/{f:.3} of {}", self.gold)
    }
}

/// Counts for persons and for places.
pub(crate) fn evaluate(lexicon: &Lexicon<'_>, tagger: &Tagger, text: &Text, show: bool) -> [Counts; 2] {
    let mut hits = Vec::new();
    find_with(lexicon, tagger, text.text.as_bytes(), &mut hits);
    let found = |tag: Tag| {
        hits.iter().filter(move |h| match tag {
            Tag::Person => h.entity == EntityType::Person,
            _ => matches!(h.entity, EntityType::Location | EntityType::Address),
        })
    };
    [Tag::Person, Tag::Place].map(|tag| {
        let gold: Vec<_> = text.spans.iter().filter(|s| s.2 == tag).map(|s| s.0..s.1).collect();
        let found: Vec<_> = found(tag).map(|h| h.range.clone()).collect();
        let (is_found, is_right) = pair(&gold, &found);
        if show {
            let print = |sign: &str, spans: &[Range<usize>], good: &[bool]| {
                for (span, _) in spans.iter().zip(good).filter(|(_, good)| !**good) {
                    println!("{sign}{tag:?}\t{}\t{}", &text.text[span.clone()], text.text.replace('\n', "⏎"));
                }
            };
            print("-", &gold, &is_found);
            print("+", &found, &is_right);
        }
        Counts { gold: gold.len(), hits: found.len(), right: is_right.iter().filter(|right| **right).count() }
    })
}

/// Which of `gold` and which of `found`, both in the order of the text, have a byte in common with one of the other that
/// has no other partner.
fn pair(gold: &[Range<usize>], found: &[Range<usize>]) -> (Vec<bool>, Vec<bool>) {
    let (mut gold_taken, mut found_taken) = (vec![false; gold.len()], vec![false; found.len()]);
    let (mut g, mut f) = (0, 0);
    while g < gold.len() && f < found.len() {
        if gold[g].start < found[f].end && found[f].start < gold[g].end {
            (gold_taken[g], found_taken[f]) = (true, true);
            (g, f) = (g + 1, f + 1);
        } else if gold[g].end <= found[f].end {
            g += 1;
        } else {
            f += 1;
        }
    }
    (gold_taken, found_taken)
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "lists of spans that happen to hold one")]
mod tests {
    use super::*;

    #[test]
    fn a_hit_counts_for_one_name_and_a_name_for_one_hit() {
        assert_eq!(pair(&[0..4, 5..9], &[0..9, 12..14]), (vec![true, false], vec![true, false]));
        assert_eq!(pair(&[0..9], &[0..4, 5..9]), (vec![true], vec![true, false]));
        assert_eq!(pair(&[0..4, 8..9], &[4..8, 8..9]), (vec![false, true], vec![false, true]));
    }
}

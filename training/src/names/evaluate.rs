//! Precision, recall and F1 on labelled texts: a hit counts if it overlaps a name of its type.

use privet_core::detect::names::find_with;
use privet_core::detect::names::lexicon::Lexicon;
use privet_core::detect::names::tagger::{Tag, Tagger};
use privet_core::entity::EntityType;

use super::corpus::Text;

/// Counts of one type in one set.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Counts {
    gold: usize,
    found_gold: usize,
    hits: usize,
    right_hits: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.gold += other.gold;
        self.found_gold += other.found_gold;
        self.hits += other.hits;
        self.right_hits += other.right_hits;
    }

    /// As `precision/recall/F1`.
    pub(crate) fn show(&self) -> String {
        let part = |n: usize, of: usize| if of == 0 { 0.0 } else { n as f64 / of as f64 };
        let (p, r) = (part(self.right_hits, self.hits), part(self.found_gold, self.gold));
        let f = if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 };
        format!("{p:.3}/{r:.3}/{f:.3} of {}", self.gold)
    }
}

/// Counts for persons and for places.
pub(crate) fn evaluate(lexicon: &Lexicon<'_>, weights: &[u8], text: &Text, show: bool) -> [Counts; 2] {
    let mut hits = Vec::new();
    find_with(lexicon, &Tagger::new(weights), text.text.as_bytes(), &mut hits);
    let found = |tag: Tag| {
        hits.iter().filter(move |h| match tag {
            Tag::Person => h.entity == EntityType::Person,
            _ => matches!(h.entity, EntityType::Location | EntityType::Address),
        })
    };
    [Tag::Person, Tag::Place].map(|tag| {
        let gold: Vec<_> = text.spans.iter().filter(|s| s.2 == tag).collect();
        let overlap =
            |h: &privet_core::entity::Hit, s: &(usize, usize, Tag)| h.range.start < s.1 && s.0 < h.range.end;
        let missed = gold.iter().filter(|s| !found(tag).any(|h| overlap(h, s)));
        let false_hits = found(tag).filter(|h| !gold.iter().any(|s| overlap(h, s)));
        if show {
            missed.clone().for_each(|s| {
                println!("-{tag:?}\t{}\t{}", &text.text[s.0..s.1], text.text.replace('\n', "⏎"))
            });
            false_hits.clone().for_each(|h| {
                println!(
                    "+{tag:?}\t{} {:.2}\t{}",
                    &text.text[h.range.clone()],
                    h.score,
                    text.text.replace('\n', "⏎")
                );
            });
        }
        let (hit_count, false_count) = (found(tag).count(), false_hits.count());
        Counts {
            gold: gold.len(),
            found_gold: gold.len() - missed.count(),
            hits: hit_count,
            right_hits: hit_count - false_count,
        }
    })
}

//! Runs as the model sees them: rows of features, of which those that hardly ever come are left out.

use std::collections::HashMap;

use privet_core::detect::names::features::features;
use privet_core::detect::names::lexicon::Lexicon;
use privet_core::detect::names::run::{Run, runs};
use privet_core::detect::names::tagger::{Tag, index};

use super::corpus::Text;

/// What the texts that a feature comes from must be worth: two rows, or three templates or pieces of code.
const ENOUGH: u32 = 6;

/// A run.
pub(crate) struct Sequence {
    /// Indices into the table of weights, for each token; none where it cannot be a name.
    pub(crate) rows: Vec<Vec<u32>>,
    /// Whether it can be.
    pub(crate) open: Vec<bool>,
    pub(crate) gaps: Vec<u8>,
    pub(crate) tags: Vec<u8>,
    pub(crate) weight: f32,
}

/// The runs of `texts`, with those features that come from at least `sources` of them, a row and its copies or all
/// that a template made counting as one. A feature of a single text tells of that text alone, and would share its
/// weights with others.
pub(crate) fn sequences(texts: &[Text], lexicon: &Lexicon<'_>, bits: u32) -> Vec<Sequence> {
    let mut order: Vec<&Text> = texts.iter().collect();
    order.sort_by_key(|text| text.origin);
    // The last source of each feature, and how many there were.
    let mut seen: HashMap<u64, (u32, u32)> = HashMap::new();
    for text in order {
        let worth = if text.is_made() { 2 } else { 3 };
        each_feature(text, lexicon, |feature| {
            let (last, sum) = seen.entry(feature).or_insert((text.origin, worth));
            if *last != text.origin {
                (*last, *sum) = (text.origin, *sum + worth);
            }
        });
    }
    let is_kept = |feature: u64| seen.get(&feature).is_some_and(|(_, sum)| *sum >= ENOUGH);
    let mut out = Vec::new();
    for text in texts {
        let bytes = text.text.as_bytes();
        runs(bytes, lexicon, |run| out.push(sequence(lexicon, run, text, bits, is_kept)));
    }
    out
}

fn each_feature(text: &Text, lexicon: &Lexicon<'_>, mut each: impl FnMut(u64)) {
    let bytes = text.text.as_bytes();
    runs(bytes, lexicon, |run| {
        for i in run.inner.clone().filter(|i| run.at(*i).open) {
            features(bytes, lexicon, run, i, &mut each);
        }
    });
}

fn sequence(
    lexicon: &Lexicon<'_>,
    run: &Run<'_>,
    text: &Text,
    bits: u32,
    is_kept: impl Fn(u64) -> bool,
) -> Sequence {
    let (rows, open, gaps, tags) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut sequence = Sequence { rows, open, gaps, tags, weight: text.weight };
    for i in run.inner.clone() {
        let token = run.at(i);
        let mut row = Vec::new();
        if token.open {
            features(text.text.as_bytes(), lexicon, run, i, |feature| {
                if is_kept(feature) {
                    row.push(index(feature, bits) as u32);
                }
            });
        }
        let span = text.spans.iter().find(|s| s.0 < token.end && token.start < s.1);
        let tag = span.filter(|_| token.open).map_or(Tag::None, |s| s.2);
        sequence.rows.push(row);
        sequence.open.push(token.open);
        sequence.gaps.push(token.gap as u8);
        sequence.tags.push(tag as u8);
    }
    sequence
}

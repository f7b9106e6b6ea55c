//! From tags to hits: runs of one tag become a name.

use super::form::{Gap, Shape};
use super::run::Run;
use super::tagger::{Tag, Tags};
use crate::entity::{EntityType, Hit};

/// Adds the names of a tagged run to `hits`.
pub(super) fn spans(run: &Run<'_>, tags: &Tags, hits: &mut Vec<Hit>) {
    let tag = |i: usize| tags.tags.get(i).copied().unwrap_or_default();
    let mut i = run.inner.start;
    while i < run.inner.end {
        let begin = i;
        i += 1;
        while i < run.inner.end && tag(i) == tag(begin) && joined(run, i, tag(i)) {
            i += 1;
        }
        let entity = match tag(begin) {
            Tag::Person => EntityType::Person,
            Tag::Place => EntityType::Location,
            Tag::None | Tag::Organisation => continue,
        };
        let margin = (begin..i).filter_map(|i| tags.margins.get(i)).max().copied().unwrap_or_default();
        let range = run.at(begin).start..run.at(i - 1).end;
        if range.len() > 1 {
            hits.push(Hit { range, entity, score: score(margin), validated: false });
        }
    }
}

/// Whether the token at `i` goes on with the name before it.
fn joined(run: &Run<'_>, i: usize, tag: Tag) -> bool {
    let token = run.at(i);
    match token.gap {
        Gap::Line => false,
        Gap::Dot => {
            tag == Tag::Person
                || run.at(i - 1).shape == Shape::Initial
                || run.at(i - 1).end - run.at(i - 1).start < 4
        }
        gap => gap.joins(),
    }
}

/// The probability that belongs to a margin in 1/16 of log odds, from .5 on.
fn score(margin: i32) -> f32 {
    // 1 / (1 + e^-x) by x in halves.
    const LOGISTIC: [f32; 12] = [0.5, 0.62, 0.73, 0.82, 0.88, 0.92, 0.95, 0.97, 0.98, 0.99, 0.99, 1.0];
    LOGISTIC.get((margin / 8) as usize).copied().unwrap_or(1.0)
}

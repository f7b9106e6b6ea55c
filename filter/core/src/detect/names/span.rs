//! From tags to hits: runs of one tag become a name, a place next to a house number an address.

use core::ops::Range;

use super::address;
use super::run::{Gap, Run, Shape};
use super::tagger::{Tag, Tags};
use crate::entity::{EntityType, Hit};

/// Adds the names of a tagged run to `hits`.
pub(super) fn spans(text: &[u8], run: &Run<'_>, tags: &Tags, hits: &mut Vec<Hit>) {
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
            push(text, run, begin..i, Hit { range, entity, score: score(margin), validated: false }, hits);
        }
    }
}

fn push(text: &[u8], _run: &Run<'_>, _words: Range<usize>, mut hit: Hit, hits: &mut Vec<Hit>) {
    if hit.entity == EntityType::Location {
        address::extend(text, &mut hit);
        // Two places of one address have grown together.
        if let Some(last) = hits.last_mut()
            && last.entity == EntityType::Address
            && hit.range.start <= last.range.end
        {
            last.range.end = last.range.end.max(hit.range.end);
            last.score = last.score.max(hit.score);
            return;
        }
    }
    hits.push(hit);
}

/// Whether the token at `i` goes on with the name before it.
fn joined(run: &Run<'_>, i: usize, tag: Tag) -> bool {
    let token = run.at(i);
    match token.gap {
        Gap::Line => false,
        Gap::Dot => tag == Tag::Person || run.at(i - 1).shape == Shape::Initial || run.at(i - 1).end - run.at(i - 1).start < 4,
        gap => gap.joins(),
    }
}

/// The probability that belongs to a margin in 1/16 of log odds, from .5 on.
fn score(margin: i32) -> f32 {
    // 1 / (1 + e^-x) by x in halves.
    const LOGISTIC: [f32; 12] = [0.5, 0.62, 0.73, 0.82, 0.88, 0.92, 0.95, 0.97, 0.98, 0.99, 0.99, 1.0];
    LOGISTIC.get((margin / 8) as usize).copied().unwrap_or(1.0)
}

//! From tags to hits: runs of one tag become a name.
//!
//! Three things are told by form alone: a word in no list right behind a lone name is the rest of it, and what stands
//! between a house number and a word for a street at the end of a line or part is a street (`350 Fifth Avenue, …`), and
//! a British or Canadian postal code is a place (`SW1A 2AA`).

use super::address::part::lettered_code;
use super::form::{Gap, Shape};
use super::lexicon::{Info, Kind};
use super::run::{Run, Token};
use super::tagger::{Tag, Tags};
use crate::entity::{EntityType, Hit};

/// Most words of a street with its number.
const STREET_WORDS: usize = 5;

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
            Tag::None | Tag::Organisation => {
                hits.extend((begin..i).filter_map(|i| code(text, run.at(i))));
                hits.extend(street(run, tags, i - 1));
                continue;
            }
        };
        if entity == EntityType::Person && i == begin + 1 {
            if is_no_person(run, begin) {
                continue;
            }
            i += usize::from(i < run.inner.end && is_unknown(run.at(i)));
        }
        let margin = (begin..i).filter_map(|i| tags.margins.get(i)).max().copied().unwrap_or_default();
        let mut range = run.at(begin).start..run.at(i - 1).end;
        if entity == EntityType::Location {
            range.end = code(text, run.at(i - 1)).map_or(range.end, |code| code.range.end);
        }
        if range.len() > 1 {
            hits.push(Hit { range, entity, score: score(margin), validated: false });
        }
    }
}

/// Whether a lone word is no person: a title, or capitals that are hardly a name, with no other name beside them.
fn is_no_person(run: &Run<'_>, i: usize) -> bool {
    let (before, word, next) = (run.at(i.wrapping_sub(1)), run.at(i), run.at(i + 1));
    let capital = |token: Token| !matches!(token.shape, Shape::Lower | Shape::Number | Shape::Code);
    let beside = (word.gap.joins() && capital(before)) || (next.gap.joins() && capital(next));
    let is_title = word.info.is(Kind::Honorific);
    let is_rare = word.info.first().max(word.info.last()) < 2;
    is_rare && (is_title || (word.shape == Shape::Upper && !beside))
}

/// Whether nothing is known of a word but that it follows another and begins with a capital.
fn is_unknown(token: Token) -> bool {
    token.info == Info::default() && token.shape == Shape::Title && token.gap == Gap::Space && token.open
}

/// The street that ends with the token at `i`, which the tagger passed over.
fn street(run: &Run<'_>, tags: &Tags, i: usize) -> Option<Hit> {
    let last = run.at(i);
    let is_last = last.info.is(Kind::Street) && last.shape == Shape::Title && last.gap == Gap::Space;
    let next = run.at(i + 1);
    if !is_last || (next.gap == Gap::Space && next.end > 0) {
        return None;
    }
    let mut first = i;
    for before in (0..i).rev().take(STREET_WORDS) {
        let token = run.at(before);
        if matches!(token.shape, Shape::Number | Shape::Code) {
            let found = first < i && run.at(first).gap == Gap::Space && token.end - token.start < 6;
            let range = run.at(first).start..last.end;
            return found.then_some(Hit {
                range,
                entity: EntityType::Location,
                score: score(8),
                validated: false,
            });
        }
        let passed = tags.tags.get(before).is_none_or(|t| matches!(t, Tag::None | Tag::Organisation));
        let tagged = run.inner.contains(&before) && !passed;
        if token.shape == Shape::Lower || tagged || (before + 1 < i && run.at(before + 1).gap != Gap::Space) {
            return None;
        }
        first = before;
    }
    None
}

/// The postal code that begins with `token`.
fn code(text: &[u8], token: Token) -> Option<Hit> {
    if token.shape != Shape::Code || !token.open {
        return None;
    }
    let end = lettered_code(text, token.start).filter(|end| *end > token.end)?;
    Some(Hit { range: token.start..end, entity: EntityType::Location, score: score(24), validated: false })
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

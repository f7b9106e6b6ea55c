//! Puts placeholders in the place of found values.

use core::cmp::Reverse;
use core::ops::Range;

use super::document::Encoding;
use super::segments::Segments;
use crate::bytes::{cut, from};
use crate::entity::EntityType;
use crate::order;
use crate::policy::policies::Redactions;
use crate::policy::redaction::{MATCH_NAME, Salt, Strategy};
use crate::policy::{Action, Masking};
use crate::tokens::{Kept, TokenMap, write_placeholder};

/// Something in the body that is replaced.
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) what: What,
}

/// Sorts `found` by where it begins.
pub(super) fn in_order(found: &mut [Found]) {
    order::by_key(found, &|found| found.range.start);
}

pub(super) enum What {
    /// A value, not yet numbered.
    Value {
        entity: EntityType,
        value: Kept,
        /// Whether the value is a bare number: its placeholder needs quotes, escaped this many times.
        quotes: Option<u8>,
    },
    /// What a policy's pattern found in a text, by both their numbers.
    Match { segment: usize, pattern: usize, value: Kept },
    /// The model's name, and what stands in its place as JSON writes it.
    Name(String),
    /// A document: what it holds, how it is written, and the values in it.
    Document { content: Vec<u8>, encoding: Encoding, found: Vec<Found> },
    /// A message that is removed.
    Removed,
}

/// What decides how a found value is replaced.
pub(super) struct Rules<'a> {
    pub(super) masking: &'a Masking,
    pub(super) redactions: &'a Redactions<'a>,
    pub(super) segments: &'a Segments,
}

impl Rules<'_> {
    /// How a value is redacted; none where it is masked, or stays.
    pub(super) fn of_value(&self, entity: EntityType) -> Option<Strategy> {
        self.redactions.of_value(entity).or_else(|| self.masking.redaction(entity))
    }

    fn salt(&self) -> Salt {
        self.masking.salt.unwrap_or_default()
    }

    /// How what a pattern found is redacted, where it is.
    pub(super) fn of_match(&self, segment: usize, pattern: usize) -> Option<Strategy> {
        self.redactions.of_match(pattern, self.segments.origin(segment))
    }

    /// Leaves only what is replaced, in order and without overlaps. Of two that overlap the first goes whole, and of
    /// the other what is left: so nothing of either stays.
    pub(super) fn settle(&self, found: &mut Vec<Found>) {
        found.retain_mut(|found| match &mut found.what {
            What::Value { entity, .. } => {
                self.masking.action(*entity) != Action::Warn || self.redactions.of_value(*entity).is_some()
            }
            What::Match { segment, pattern, .. } => self.of_match(*segment, *pattern).is_some(),
            What::Name(_) => true,
            What::Document { found, .. } => {
                self.settle(found);
                !found.is_empty()
            }
            What::Removed => true,
        });
        order::by_key(found, &|found| (found.range.start, Reverse(found.range.end)));
        let mut done = 0;
        found.retain_mut(|found| {
            let range = &mut found.range;
            range.start = range.start.max(done);
            done = done.max(range.end);
            range.start < range.end
        });
    }
}

/// Copies `body` with each found value replaced by its placeholder. `placed` is told each one's number in
/// the order of the body; none where the value is redacted.
pub(super) fn splice(
    body: &[u8],
    found: Vec<Found>,
    rules: &Rules<'_>,
    tokens: &mut TokenMap,
    placed: &mut impl FnMut(Option<u32>),
) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + found.len() * 16);
    let mut done = 0;
    for Found { range, what } in found {
        out.extend_from_slice(cut(body, done..range.start));
        done = range.end;
        match what {
            What::Removed => {}
            What::Document { content, encoding, found } => {
                let masked = splice(&content, found, rules, tokens, placed);
                encoding.write(&mut out, &masked);
            }
            What::Name(name) => out.extend_from_slice(name.as_bytes()),
            What::Match { segment, pattern, value } => {
                let value = tokens.value(value);
                let strategy = rules.of_match(segment, pattern).unwrap_or_default();
                strategy.write(&mut out, &rules.salt(), MATCH_NAME, value, value);
            }
            What::Value { entity, value, quotes } => {
                let quote: &[u8] = match quotes {
                    None => b"",
                    Some(1) => b"\"",
                    Some(_) => b"\\\"",
                };
                out.extend_from_slice(quote);
                let name = rules.masking.name(entity);
                if let Some(strategy) = rules.of_value(entity) {
                    let value = tokens.value(value);
                    let canonical = entity.canonical(value);
                    strategy.write(&mut out, &rules.salt(), name, value, &canonical);
                    placed(None);
                } else {
                    let number = tokens.number(entity, name, value);
                    write_placeholder(&mut out, name, number);
                    placed(Some(number));
                }
                out.extend_from_slice(quote);
            }
        }
    }
    out.extend_from_slice(from(body, done));
    out
}

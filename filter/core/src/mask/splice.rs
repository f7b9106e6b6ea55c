//! Puts placeholders in the place of found values.

use core::ops::Range;

use super::document::Encoding;
use crate::bytes::{cut, from};
use crate::entity::EntityType;
use crate::policy::{Action, Masking};
use crate::tokens::{Kept, TokenMap, write_placeholder};

/// What stands in the place of a redacted value.
pub const REDACTED: &[u8] = b"[REDACTED]";

/// Something in the body that is replaced.
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) what: What,
}

pub(super) enum What {
    /// A value, not yet numbered.
    Value {
        entity: EntityType,
        value: Kept,
        /// Whether the value is a bare number: its placeholder needs quotes, escaped this many times.
        quotes: Option<u8>,
    },
    /// A document: what it holds, how it is written, and the values in it.
    Document { content: Vec<u8>, encoding: Encoding, found: Vec<Found> },
}

/// Copies `body` with each found value replaced by its placeholder. `placed` is told each one's number in
/// the order of the body; none where the value is redacted.
pub(super) fn splice(
    body: &[u8],
    found: Vec<Found>,
    masking: &Masking,
    tokens: &mut TokenMap,
    placed: &mut impl FnMut(Option<u32>),
) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + found.len() * 16);
    let mut done = 0;
    for Found { range, what } in found {
        out.extend_from_slice(cut(body, done..range.start));
        done = range.end;
        match what {
            What::Document { content, encoding, found } => {
                let masked = splice(&content, found, masking, tokens, placed);
                encoding.write(&mut out, &masked);
            }
            What::Value { entity, value, quotes } => {
                let quote: &[u8] = match quotes {
                    None => b"",
                    Some(1) => b"\"",
                    Some(_) => b"\\\"",
                };
                out.extend_from_slice(quote);
                if masking.action(entity) == Action::Redact {
                    out.extend_from_slice(REDACTED);
                    placed(None);
                } else {
                    let name = masking.name(entity);
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

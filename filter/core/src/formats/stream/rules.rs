//! What a format says about its streams: one implementation a format, in the files beside this one.

use super::event::{Piece, Read};
use crate::bytes::from;
use crate::json::{Shape, Tag};
use crate::refusal::Refusal;
use crate::rehydrate::Depth;

/// Longest member of the provider's events that is repeated in an event of the gateway's own.
const MAX_REPEATED: usize = 256;

/// Names a string that grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SlotId<'d> {
    pub(super) tag: Tag,
    /// The choice, candidate, item or content block.
    pub(super) a: u64,
    /// The tool call or part within it.
    pub(super) b: u64,
    /// What else names it: the member, or the event's type.
    pub(super) name: &'d [u8],
    pub(super) depth: Depth,
}

/// An event that goes on with a slot: its type, and the JSON around the text.
#[derive(Debug, Default)]
pub(super) struct Continuation {
    pub(super) name: Vec<u8>,
    pub(super) before: Vec<u8>,
    pub(super) after: Vec<u8>,
}

impl Continuation {
    /// The event whose JSON has `parts` before the text and `after` behind it.
    pub(super) fn new(name: &[u8], parts: &[&[u8]], after: &[u8]) -> Self {
        Self { name: name.to_vec(), before: parts.concat(), after: after.to_vec() }
    }
}

/// What a format says about its streams.
pub(super) trait Rules: Sync {
    /// What stands where in an event.
    fn shape(&self) -> &'static Shape;

    /// Which slot a growing string belongs to; none where it is data and not text.
    fn slot<'d>(&self, event: &Read<'d>, piece: &Piece) -> Option<SlotId<'d>>;

    /// Whether nothing of a slot comes after this event.
    fn closes(&self, event: &Read<'_>, slot: &SlotId<'_>) -> bool;

    /// Whether what this event holds of a slot no longer belongs to what came before.
    fn interrupts(&self, _event: &Read<'_>, _slot: &SlotId<'_>) -> bool {
        false
    }

    /// Whether the next piece of the slot of piece `n`, even within this event, is another string.
    fn is_cut_off(&self, _event: &Read<'_>, _n: usize) -> bool {
        false
    }

    /// How an event goes on with a slot, of which `event` holds a piece.
    fn continuation(&self, event: &Read<'_>, slot: &SlotId<'_>) -> Continuation;

    /// Whether the answer is complete with this event.
    fn completes(&self, event: &Read<'_>) -> bool;

    /// The type and JSON of the event that ends a stream with an error. The message holds nothing that
    /// must be escaped.
    fn error(&self, refusal: &Refusal) -> (&'static [u8], Vec<u8>);
}

/// The member `name` with a value as the provider wrote it, and a comma; nothing where there is no value.
pub(super) fn repeated(name: &str, value: &[u8]) -> Vec<u8> {
    if value.is_empty() || value.len() > MAX_REPEATED {
        return Vec::new();
    }
    [b"\"", name.as_bytes(), b"\":", value, b","].concat()
}

/// The member `name` with a string as the provider wrote it, and a comma.
pub(super) fn repeated_string(name: &str, content: &[u8]) -> Vec<u8> {
    if content.is_empty() { Vec::new() } else { repeated(name, &[b"\"", content, b"\""].concat()) }
}

/// The position, as digits.
pub(super) fn digits(n: u64) -> Vec<u8> {
    n.to_string().into_bytes()
}

/// Puts the event's number first in its JSON object.
pub(super) fn numbered(json: &[u8], number: u64) -> Vec<u8> {
    [format!("{{\"sequence_number\":{number},").as_bytes(), from(json, 1)].concat()
}

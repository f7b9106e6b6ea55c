//! A growing string that policies are asked about: what they have not decided about waits in windows, and what they let
//! through is restored.

use crate::bytes::{at, cut, from};
use crate::json::{DecodedText, write_escaped};
use crate::output::{Guards, Window};
use crate::rehydrate::{Depth, GrowingSlot};
use crate::tokens::TokenMap;

/// The windows of one growing string.
#[derive(Debug, Default)]
pub(super) struct Watched {
    live: Window,
    shadow: Window,
    /// The first half of an escaped surrogate pair, whose second comes with the next piece.
    half: Vec<u8>,
}

impl Watched {
    /// Takes the next piece as it is written; returns the content of a string that goes out in its place, restored by
    /// `growing`, and how many values were put back.
    pub(super) fn grow(
        &mut self,
        growing: &mut GrowingSlot,
        tokens: &TokenMap,
        guards: &mut Guards,
        piece: &[u8],
        depth: Depth,
        last: bool,
    ) -> (Vec<u8>, u32) {
        let (is_json, holds) = (depth > 1, guards.holds());
        let mut raw = core::mem::take(&mut self.half);
        raw.extend_from_slice(piece);
        if !last {
            self.half = raw.split_off(whole_escapes(&raw));
        }
        let mut decoded = DecodedText::default();
        decoded.decode(&raw, 0);
        let mut allowed = Vec::new();
        if let Some(shadow) = &mut guards.shadow {
            self.shadow.push(shadow, tokens, decoded.bytes(), is_json, last, &mut allowed);
            allowed.clear();
        }
        if let Some(live) = &mut guards.live {
            self.live.push(live, tokens, decoded.bytes(), is_json, last, &mut allowed);
        }
        let written = if holds {
            let mut written = Vec::with_capacity(allowed.len());
            write_escaped(&mut written, &allowed, 1);
            written
        } else {
            piece.to_vec()
        };
        let mut splices = Vec::new();
        let restored = growing.grow(tokens, &written, 0..written.len(), depth, last, &mut splices);
        (splices.pop().map_or(written, |splice| splice.with), restored)
    }

    /// Gives out what is left; none where nothing is.
    pub(super) fn close(
        &mut self,
        growing: &mut GrowingSlot,
        tokens: &TokenMap,
        guards: &mut Guards,
        depth: Depth,
    ) -> Option<(Vec<u8>, u32)> {
        let closed = self.grow(growing, tokens, guards, b"", depth, true);
        (!closed.0.is_empty()).then_some(closed)
    }
}

/// Up to where all escapes of a string's content are whole: without the first half of a surrogate pair at its end.
fn whole_escapes(raw: &[u8]) -> usize {
    let Some(start) = raw.len().checked_sub(6) else { return raw.len() };
    let end = from(raw, start);
    let is_half = end.starts_with(b"\\u")
        && matches!(at(end, 2), b'd' | b'D')
        && matches!(at(end, 3), b'8' | b'9' | b'a' | b'b' | b'A' | b'B');
    let backslashes = cut(raw, 0..start).iter().rev().take_while(|b| **b == b'\\').count();
    if is_half && backslashes.is_multiple_of(2) { start } else { raw.len() }
}

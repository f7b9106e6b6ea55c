//! Puts values back into text: whole strings, and strings that grow piece by piece.
//!
//! Of a growing slot only the longest tail is kept back that may still become a placeholder of this
//! request's own map ([`TokenMap::open_from`]), and of what was given out the last three bytes are
//! remembered, which say whether a word begins there; so the joined pieces equal the restored whole,
//! however the text was cut. Placeholders that the map does not know stay as they are.

mod nesting;

use core::fmt;
use core::ops::Range;

use crate::bytes::{cut, from};
use crate::json::{DecodedText, write_escaped};
use crate::order;
use crate::tokens::TokenMap;
use crate::tokens::bent::{LOOK_BEHIND, View, may_hold};
use nesting::Nesting;

/// How many times a slot's text is escaped in the bytes that carry it: 1 in a JSON string, 2 in JSON
/// inside a JSON string. The text itself may be JSON again ([`nesting`]).
pub type Depth = u8;

/// A replacement of a range of source bytes.
#[derive(PartialEq, Eq)]
pub struct Splice {
    /// What is replaced, in bytes of the source.
    pub range: Range<usize>,
    /// What stands there instead.
    pub with: Vec<u8>,
}

/// Sorts `splices` by where they begin.
pub(crate) fn in_order(splices: &mut [Splice]) {
    order::by_key(splices, &|splice| splice.range.start);
}

impl fmt::Debug for Splice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Splice({:?}, {} bytes)", self.range, self.with.len())
    }
}

/// Copies `source` with `splices` (in order, not overlapping) applied.
#[must_use]
pub fn apply(source: &[u8], splices: &[Splice]) -> Vec<u8> {
    let grown: usize = splices.iter().map(|s| s.with.len()).sum();
    let mut out = Vec::with_capacity(source.len() + grown);
    let mut done = 0;
    for splice in splices {
        out.extend_from_slice(cut(source, done..splice.range.start));
        out.extend_from_slice(&splice.with);
        done = splice.range.end;
    }
    out.extend_from_slice(from(source, done));
    out
}

/// Most bytes that values may take in a whole answer or an event. What a provider repeats beyond that stays a
/// placeholder: a small answer must not become one of gigabytes.
pub const MAX_RESTORED_BYTES: usize = 16 << 20;
/// The same in one piece of a growing string.
pub const MAX_PIECE_BYTES: usize = 1 << 20;

/// Restores whole strings; keeps its buffer from string to string.
#[derive(Debug, Default)]
pub struct Restorer {
    decoded: DecodedText,
    /// Values that were put back.
    pub restored: u32,
    /// Their bytes.
    bytes: usize,
}

impl Restorer {
    /// Adds to `splices` what restores the string content at `range` of `source`.
    pub fn whole(
        &mut self,
        tokens: &TokenMap,
        source: &[u8],
        range: Range<usize>,
        depth: Depth,
        splices: &mut Vec<Splice>,
    ) {
        let raw = cut(source, range.clone());
        if tokens.is_empty() || !may_hold(raw) {
            return;
        }
        // Text without an escape is read where it lies.
        let escaped = memchr::memchr(b'\\', raw).is_some();
        if escaped {
            self.decoded.decode(raw, range.start);
        }
        let view = View::whole(if escaped { self.decoded.bytes() } else { raw });
        let mut i = 0;
        let mut nesting = Nesting::default();
        while let Some((found, value)) = tokens.find(&view, i, view.bytes.len()) {
            let mut with = Vec::new();
            nesting.read(tokens, cut(view.bytes, i..found.start));
            write_escaped(&mut with, value, nesting.depth(depth));
            nesting.read(tokens, cut(view.bytes, found.clone()));
            self.bytes = self.bytes.saturating_add(with.len());
            if self.bytes > MAX_RESTORED_BYTES {
                return;
            }
            let place = match escaped {
                true => self.decoded.source_range(&found),
                false => range.start + found.start..range.start + found.end,
            };
            splices.push(Splice { range: place, with });
            self.restored += 1;
            i = found.end;
        }
    }
}

/// A string that grows from event to event.
#[derive(Default)]
pub struct GrowingSlot {
    /// The open tail: a beginning of a placeholder, and what decides about it.
    held: Vec<u8>,
    /// The last bytes that were given out.
    before: [u8; LOOK_BEHIND],
    /// Where that lies in JSON.
    nesting: Nesting,
}

impl fmt::Debug for GrowingSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrowingSlot({} bytes held)", self.held.len())
    }
}

impl GrowingSlot {
    /// Takes the next piece, the string content at `range` of `source`, and adds what gives out in its
    /// place what is decided. With `last` nothing is kept back. Returns how many values were put back.
    pub fn grow(
        &mut self,
        tokens: &TokenMap,
        source: &[u8],
        range: Range<usize>,
        depth: Depth,
        last: bool,
        splices: &mut Vec<Splice>,
    ) -> u32 {
        let raw = cut(source, range.clone());
        if self.held.is_empty() && memchr::memchr(b'\\', raw).is_none() && !may_hold(raw) {
            let view = View { before: self.before, bytes: raw, last };
            if tokens.open_from(&view) == raw.len() {
                self.before = view.before(raw.len());
                self.nesting.read(tokens, raw);
                return 0;
            }
        }
        let mut piece = DecodedText::default();
        piece.decode(raw, range.start);
        let mut text = core::mem::take(&mut self.held);
        let held = text.len();
        text.extend_from_slice(piece.bytes());
        let view = View { before: self.before, bytes: &text, last };
        let open = tokens.open_from(&view);

        let mut out = Vec::with_capacity(raw.len() + held);
        let (mut done, mut restored) = (0, 0);
        // Copies decided text as it was written: what was held is escaped again, the rest stands in the source.
        let copy = |out: &mut Vec<u8>, range: Range<usize>| {
            write_escaped(out, cut(&text, range.start.min(held)..range.end.min(held)), 1);
            let (start, end) = (range.start.max(held), range.end.max(held));
            if start < end {
                out.extend_from_slice(cut(source, piece.source_range(&(start - held..end - held))));
            }
        };
        while let Some((found, value)) = tokens.find(&view, done, open) {
            if out.len() + value.len() > MAX_PIECE_BYTES.max(raw.len()) {
                break;
            }
            copy(&mut out, done..found.start);
            self.nesting.read(tokens, cut(&text, done..found.start));
            write_escaped(&mut out, value, self.nesting.depth(depth));
            self.nesting.read(tokens, cut(&text, found.clone()));
            done = found.end;
            restored += 1;
        }
        copy(&mut out, done..open);
        self.nesting.read(tokens, cut(&text, done..open));
        self.before = view.before(open);
        self.held = from(&text, open).to_vec();
        if out != raw {
            splices.push(Splice { range, with: out });
        }
        restored
    }

    /// Gives out what is kept back, restored, as the content of a string, and how many values were put
    /// back in it; none where nothing is kept back.
    pub fn close(&mut self, tokens: &TokenMap, depth: Depth) -> Option<(Vec<u8>, u32)> {
        let Self { held, before, mut nesting } = core::mem::take(self);
        if held.is_empty() {
            return None;
        }
        let view = View { before, bytes: &held, last: true };
        let mut out = Vec::new();
        let (mut done, mut restored) = (0, 0);
        while let Some((found, value)) = tokens.find(&view, done, held.len()) {
            write_escaped(&mut out, cut(&held, done..found.start), 1);
            nesting.read(tokens, cut(&held, done..found.start));
            write_escaped(&mut out, value, nesting.depth(depth));
            nesting.read(tokens, cut(&held, found.clone()));
            done = found.end;
            restored += 1;
        }
        write_escaped(&mut out, from(&held, done), 1);
        Some((out, restored))
    }
}

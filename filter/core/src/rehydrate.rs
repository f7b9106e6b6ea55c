//! Puts values back into text: whole strings, and strings that grow piece by piece.
//!
//! Of a growing slot only the longest tail is kept back that may still become a placeholder of this
//! request's own map ([`TokenMap::open_from`]); so the joined pieces equal the restored whole, however the
//! text was cut. Placeholders that the map does not know stay as they are.

use core::fmt;
use core::ops::Range;

use crate::bytes::{cut, from};
use crate::json::{DecodedText, write_escaped};
use crate::tokens::TokenMap;

/// How many times a slot's text is escaped in the bytes that carry it: 1 in a JSON string, 2 in JSON
/// inside a JSON string.
pub type Depth = u8;

/// A replacement of a range of source bytes.
#[derive(PartialEq, Eq)]
pub struct Splice {
    /// What is replaced, in bytes of the source.
    pub range: Range<usize>,
    /// What stands there instead.
    pub with: Vec<u8>,
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

/// Restores whole strings; keeps its buffer from string to string.
#[derive(Debug, Default)]
pub struct Restorer {
    decoded: DecodedText,
    /// Values that were put back.
    pub restored: u32,
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
        if tokens.is_empty() || memchr::memchr(b'_', raw).is_none() && memchr::memchr(b'\\', raw).is_none() {
            return;
        }
        self.decoded.decode(raw, range.start);
        let text = self.decoded.bytes();
        let mut i = 0;
        while let Some((found, value)) = tokens.find(text, i) {
            let mut with = Vec::new();
            write_escaped(&mut with, value, depth);
            splices.push(Splice { range: self.decoded.source_range(&found), with });
            self.restored += 1;
            i = found.end;
        }
    }
}

/// A string that grows from event to event.
#[derive(Debug, Default)]
pub struct GrowingSlot {
    /// The open tail: a beginning of a placeholder, so ASCII that is never escaped.
    held: Vec<u8>,
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
        let plain = self.held.is_empty() && memchr::memchr2(b'_', b'\\', raw).is_none();
        if plain && (last || tokens.open_from(raw) == raw.len()) {
            return 0;
        }
        let mut piece = DecodedText::default();
        piece.decode(raw, range.start);
        let mut text = core::mem::take(&mut self.held);
        let held = text.len();
        text.extend_from_slice(piece.bytes());
        let open = if last { text.len() } else { tokens.open_from(&text) };
        let decided = cut(&text, 0..open);

        let mut out = Vec::with_capacity(raw.len() + held);
        let (mut done, mut restored) = (0, 0);
        // Copies decided text as it was written: the held part is plain, the rest stands in the source.
        let copy = |out: &mut Vec<u8>, range: Range<usize>| {
            out.extend_from_slice(cut(&text, range.start.min(held)..range.end.min(held)));
            let (start, end) = (range.start.max(held), range.end.max(held));
            if start < end {
                out.extend_from_slice(cut(source, piece.source_range(&(start - held..end - held))));
            }
        };
        while let Some((found, value)) = tokens.find(decided, done) {
            copy(&mut out, done..found.start);
            write_escaped(&mut out, value, depth);
            done = found.end;
            restored += 1;
        }
        copy(&mut out, done..open);
        self.held = from(&text, open).to_vec();
        if out != raw {
            splices.push(Splice { range, with: out });
        }
        restored
    }

    /// Gives out what is kept back, restored, as the content of a string, and how many values were put
    /// back in it; none where nothing is kept back.
    pub fn close(&mut self, tokens: &TokenMap, depth: Depth) -> Option<(Vec<u8>, u32)> {
        let held = core::mem::take(&mut self.held);
        if held.is_empty() {
            return None;
        }
        let mut out = Vec::new();
        let (mut done, mut restored) = (0, 0);
        while let Some((found, value)) = tokens.find(&held, done) {
            out.extend_from_slice(cut(&held, done..found.start));
            write_escaped(&mut out, value, depth);
            done = found.end;
            restored += 1;
        }
        out.extend_from_slice(from(&held, done));
        Some((out, restored))
    }
}

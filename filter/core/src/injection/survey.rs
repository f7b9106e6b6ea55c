//! Whether a text shows signs of hiding something, in one pass of sixteen bytes at a time.
//!
//! Ordinary text in ASCII shows none, and pays for this pass only.

use crate::block::{Block, LANES};
use crate::bytes::at;

/// What a text shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Survey {
    /// Bytes beyond ASCII: look-alikes and invisible characters are possible.
    pub foreign: bool,
    /// Two digits inside words not far from each other, as in `pr3v1ous`.
    pub digits_in_words: bool,
    /// Single letters one apart, as in `i g n o r e`.
    pub spaced: bool,
    /// A long run without a gap, or of ones and zeros: base64, hexadecimal, binary.
    pub dense: bool,
    /// Escapes: `\u0069`, `%69`, `&#105;`.
    pub escaped: bool,
}

/// Escapes in a block that make a text worth a second look.
const ESCAPES: usize = 2;

impl Survey {
    /// Looks at a text.
    #[must_use]
    pub fn of(text: &[u8]) -> Self {
        let mut found = Self::default();
        let mut digits_before = 0;
        let mut base = 0;
        while base < text.len() {
            let block = Block::at(text, base, b' ');
            let letters = u32::from(block.folded().within(b'a', b'z').bits());
            let numbers = u32::from(block.within(b'0', b'9').bits());
            let digits = letters << 1 & numbers & letters >> 1;
            found.digits_in_words |= without_lowest(digits) | without_lowest(digits_before) != 0
                || digits != 0 && digits_before != 0;
            digits_before = digits;
            found.foreign |= block.within(0x80, 0xFF).bits() != 0;
            found.dense |=
                letters | numbers == 0xFFFF || without_lowest(without_lowest(!numbers & 0xFFFF)) == 0;
            let single = letters & !(letters << 1) & !(letters >> 1);
            found.spaced |= single & single << 2 & single << 4 & single << 6 & single << 8 != 0;
            let marks = (block.equal(b'\\') | block.equal(b'%') | block.equal(b'&')).bits();
            found.escaped |= without_lowest(u32::from(marks)) != 0 && escaped(text, base);
            base += LANES;
        }
        found
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_plain(self) -> bool {
        self == Self::default()
    }
}

/// The bits without the lowest: whether there are two. Counting them all costs more where the processor cannot.
#[inline(always)]
fn without_lowest(bits: u32) -> u32 {
    bits & bits.wrapping_sub(1)
}

/// Whether what stands in the block at `base` can be escapes.
#[cold]
fn escaped(text: &[u8], base: usize) -> bool {
    let starts = (base..base + LANES).filter(|i| match (at(text, *i), at(text, i + 1)) {
        (b'\\', next) => matches!(next, b'u' | b'x'),
        (b'%', next) => next.is_ascii_hexdigit(),
        (b'&', next) => next == b'#',
        _ => false,
    });
    starts.count() >= ESCAPES
}

//! Whether a text shows signs of hiding something, in one pass of sixteen bytes at a time.
//!
//! Ordinary text in ASCII shows none, and pays for this pass only.

use crate::block::{Block, LANES};

/// What a text shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Survey {
    /// Bytes beyond ASCII: look-alikes and invisible characters are possible.
    pub foreign: bool,
    /// Digits inside words, as in `pr3v1ous`.
    pub digits_in_words: bool,
    /// Single letters one apart, as in `i g n o r e`.
    pub spaced: bool,
    /// A long run without a gap, or of ones and zeros: base64, hexadecimal, binary.
    pub dense: bool,
    /// Escapes: `\u0069`, `%69`, `&#105;`.
    pub escaped: bool,
}

/// Digits between letters that make a text worth a second look.
const DIGITS_IN_WORDS: u32 = 2;
/// Escapes that do.
const ESCAPES: u32 = 4;

impl Survey {
    /// Looks at a text.
    #[must_use]
    pub fn of(text: &[u8]) -> Self {
        let mut found = Self::default();
        let (mut digits, mut escapes) = (0, 0);
        let mut base = 0;
        while base < text.len() {
            let block = Block::at(text, base, b' ');
            let letters = u32::from(block.folded().within(b'a', b'z').bits());
            let numbers = u32::from(block.within(b'0', b'9').bits());
            let marks = block.equal(b'\\') | block.equal(b'%') | block.equal(b'&');
            digits += (letters << 1 & numbers & letters >> 1).count_ones();
            escapes += u32::from(marks.bits()).count_ones();
            found.foreign |= block.within(0x80, 0xFF).bits() != 0;
            found.dense |= letters | numbers == 0xFFFF || numbers.count_ones() >= 14;
            let single = letters & !(letters << 1) & !(letters >> 1);
            found.spaced |= single & single << 2 & single << 4 & single << 6 != 0;
            base += LANES;
        }
        found.digits_in_words = digits >= DIGITS_IN_WORDS;
        found.escaped = escapes >= ESCAPES;
        found
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_plain(self) -> bool {
        self == Self::default()
    }
}

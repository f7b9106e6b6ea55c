//! Words as they are compared: small letters, Latin ones without accents.

use super::phrases::{Topic, unparted};
use crate::bytes::{at, cut};
use crate::detect::words::mix;

/// A part of a window.
pub(super) enum Token {
    /// A word.
    Word(Word),
    /// A phrase of a language that does not part words.
    Unparted(Topic),
    /// A run of so many digits.
    Digits(usize),
    /// A line break.
    LineEnd,
}

/// A word as it is compared.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Word {
    /// The hash of its folded bytes.
    pub(super) hash: u64,
    /// The hash of what it is without "number" at its end.
    pub(super) stem: u64,
    /// What parts it from the word before.
    pub(super) gap: Gap,
}

/// What parts a word from the one before, or the candidate from the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    /// Spaces, a hyphen, an underscore, a slash.
    #[default]
    Space,
    /// Punctuation, which no phrase reaches across.
    Mark,
    /// A number, whose label the words before are.
    Number,
}

/// Longest word that is compared, in bytes; longer ones are compared by their beginning.
const LONGEST: usize = 32;

/// U+00C0 to U+00FF without case and accent.
const LATIN_1: &[u8; 64] = b"aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty";
/// U+0100 to U+017F without case and accent.
const LATIN_A: &[u8; 128] = b"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllllll\
lnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/// What "number" is called at the end of a compound.
const NUMBER: [&[u8]; 7] = [b"number", b"nummer", b"numeral", b"numero", b"num", b"nr", b"no"];

/// The hash of a folded word without the `s` of a plural, eight bytes at a time.
pub(super) const fn hash(word: &[u8]) -> u64 {
    let mut rest = match word {
        [stem @ .., b's'] if stem.len() >= 3 && !matches!(stem, [.., b's' | b'u' | b'i']) => stem,
        word => word,
    };
    let mut hash = rest.len() as u64;
    while let Some((eight, tail)) = rest.split_first_chunk() {
        hash = mix(hash, u64::from_le_bytes(*eight));
        rest = tail;
    }
    let mut last = 0;
    while let [head @ .., byte] = rest {
        last = last << 8 | *byte as u64;
        rest = head;
    }
    mix(hash, last)
}

/// The hash of a phrase: that of its words before, and the next word's.
pub(super) const fn join(phrase: u64, word: u64) -> u64 {
    (phrase.rotate_left(25) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// The word that is being read.
struct Reading {
    bytes: [u8; LONGEST],
    len: usize,
    /// Whether its last letter is a small one, so that a capital begins another word.
    small: bool,
    gap: Gap,
}

impl Reading {
    #[inline(always)]
    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.len) {
            *slot = byte;
            self.len += 1;
        }
    }

    #[inline]
    fn end(&mut self, each: &mut impl FnMut(Token)) {
        if self.len > 0 {
            let word = cut(&self.bytes, 0..self.len);
            // What all of these end with.
            let may_be = matches!(word.last(), Some(b'r' | b'l' | b'o' | b'm'));
            let stem = may_be.then(|| NUMBER.iter().find_map(|n| word.strip_suffix(*n))).flatten();
            let stem = stem.filter(|s| s.len() >= 3);
            let hash = hash(word);
            let stem = stem.map_or(hash, self::hash);
            each(Token::Word(Word { hash, stem, gap: core::mem::take(&mut self.gap) }));
        }
        (self.len, self.small) = (0, false);
    }
}

/// Parts `window`; returns what stands between its last word and its end.
pub(super) fn tokens(window: &[u8], mut each: impl FnMut(Token)) -> Gap {
    let mut word = Reading { bytes: [0; LONGEST], len: 0, small: false, gap: Gap::Space };
    let mut i = 0;
    while i < window.len() {
        let byte = at(window, i);
        let next = at(window, i + 1);
        i += 1;
        match byte {
            b'a'..=b'z' => {
                word.push(byte);
                while let next @ b'a'..=b'z' = at(window, i) {
                    word.push(next);
                    i += 1;
                }
                word.small = true;
            }
            b'A'..=b'Z' => {
                if word.small {
                    word.end(&mut each);
                }
                word.push(byte | 0x20);
            }
            b'0'..=b'9' => {
                word.end(&mut each);
                let end = crate::bytes::run(window, i, |b| b.is_ascii_digit());
                each(Token::Digits(end + 1 - i));
                word.gap = Gap::Number;
                i = end;
            }
            b'\'' => {}
            b'\n' => {
                word.end(&mut each);
                each(Token::LineEnd);
            }
            0xC3 if next >= 0x80 => {
                word.push(at(LATIN_1, usize::from(next & 0x3F)));
                word.small = next >= 0x9F;
                i += 1;
            }
            0xC4 | 0xC5 if next >= 0x80 => {
                word.push(at(LATIN_A, usize::from(byte & 1) << 6 | usize::from(next & 0x3F)));
                word.small = true;
                i += 1;
            }
            // Cyrillic capitals.
            0xD0 if matches!(next, 0x90..=0xAF) => {
                let (lead, tail) = if next < 0xA0 { (0xD0, next + 0x20) } else { (0xD1, next - 0x20) };
                word.push(lead);
                word.push(tail);
                i += 1;
            }
            // The apostrophe U+2019.
            0xE2 if cut(window, i..i + 2) == [0x80, 0x99] => i += 2,
            // Signs of Latin-1, punctuation of U+2000 to U+2FFF and of CJK, full-width forms.
            0xC2 | 0xE2 | 0xEF => {
                word.end(&mut each);
                i = continuation_end(window, i);
            }
            0xE0..=0xEE => {
                if let Some((topic, length)) = unparted(crate::bytes::from(window, i - 1)) {
                    word.end(&mut each);
                    each(Token::Unparted(topic));
                    i += length - 1;
                } else {
                    let end = continuation_end(window, i);
                    if cut(window, i - 1..i + 1) == [0xE3, 0x80] {
                        word.end(&mut each);
                    } else {
                        cut(window, i - 1..end).iter().for_each(|b| word.push(*b));
                    }
                    i = end;
                }
            }
            0x80.. => word.push(byte),
            b' ' => {
                word.end(&mut each);
                i = crate::bytes::run(window, i, |b| b == b' ');
            }
            b'_' | b'-' | b'/' => word.end(&mut each),
            // Inside an abbreviation: `D.O.B.`
            b'.' if next.is_ascii_alphabetic() => word.end(&mut each),
            _ => {
                word.end(&mut each);
                word.gap = word.gap.max(Gap::Mark);
            }
        }
    }
    word.end(&mut each);
    word.gap
}

/// The end of the continuation bytes from `i` on.
fn continuation_end(window: &[u8], i: usize) -> usize {
    crate::bytes::run(window, i, |b| matches!(b, 0x80..0xC0))
}

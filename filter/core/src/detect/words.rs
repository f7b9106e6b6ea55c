//! The words of a text, with a hash of each: what the name tagger and the injection score look at, in one pass.
//!
//! A word is a longest run of ASCII letters and digits and of characters beyond ASCII that are letters or
//! digits (Unicode `Alphabetic` or `Numeric`) or marks on them. Underscore, apostrophe and hyphen part words;
//! who cares looks at the bytes between. Blocks of sixteen bytes are classified at once, so that the pass
//! costs little more than the words' number.

use core::ops::Range;

use crate::block::{Block, LANES};
use crate::bytes::{cut, from};

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Where it stands.
    pub range: Range<usize>,
    /// The hash of its bytes without ASCII case ([`hash`]).
    pub hash: u64,
}

/// An odd number without pattern: the golden ratio in 64 bits.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

/// Mixes `value` into `hash`.
#[inline(always)]
#[must_use]
pub const fn mix(hash: u64, value: u64) -> u64 {
    let product = (hash ^ value).wrapping_mul(MULTIPLIER);
    product ^ (product >> 29)
}

/// The hash of a word. Bit 5 of every byte is set before, so that ASCII letters (and most Latin letters
/// beyond) have no case.
#[inline]
#[must_use]
pub fn hash(word: &[u8]) -> u64 {
    hash_at(word, 0, word.len())
}

/// [`hash`] of a word of at most eight bytes, for tables made when compiled.
#[allow(clippy::indexing_slicing, reason = "n < word.len()")]
#[must_use]
pub const fn short_hash(word: &[u8]) -> u64 {
    let (mut n, mut bytes) = (0, 0);
    while n < word.len() && n < 8 {
        bytes |= ((word[n] | 0x20) as u64) << (n * 8);
        n += 1;
    }
    mix(word.len() as u64, bytes)
}

/// The hash of the word of `len` bytes at `start`, read eight bytes at a time from the text around it.
#[inline(always)]
fn hash_at(text: &[u8], start: usize, len: usize) -> u64 {
    let mut hash = len as u64;
    let mut done = 0;
    while done < len {
        let left = len - done;
        let bytes = text.get(start + done..start + done + 8).and_then(|b| <[u8; 8]>::try_from(b).ok());
        let bytes = bytes.unwrap_or_else(|| {
            let mut last = [0; 8];
            for (slot, byte) in last.iter_mut().zip(from(text, start + done)) {
                *slot = *byte;
            }
            last
        });
        let folded = u64::from_le_bytes(bytes) | 0x2020_2020_2020_2020;
        hash = mix(hash, if left < 8 { folded & ((1 << (left * 8)) - 1) } else { folded });
        done += 8;
    }
    hash
}

/// Words of a batch.
pub const BATCH: usize = 32;

/// Hands the words of `text` to `each`, in order, some at a time: that keeps the loop over bytes and those over words
/// apart, and each in registers.
#[inline(always)]
pub fn batches(text: &[u8], mut each: impl FnMut(&[Word])) {
    let mut batch = [const { Word { range: 0..0, hash: 0 } }; BATCH];
    let mut len = 0;
    words(text, |word| {
        if let Some(slot) = batch.get_mut(len) {
            *slot = word;
        }
        len += 1;
        if len == BATCH {
            each(&batch);
            len = 0;
        }
    });
    if len > 0 {
        each(batch.get(..len).unwrap_or_default());
    }
}

/// Hands every word of `text` to `each`, in order.
#[inline(always)]
pub fn words(text: &[u8], mut each: impl FnMut(Word)) {
    // The word that reaches into the next block, and whether it has bytes beyond ASCII.
    let mut open: Option<usize> = None;
    let mut foreign = false;
    let mut base = 0;
    while base < text.len() {
        let block = Block::at(text, base, b' ');
        let letters = block.folded().within(b'a', b'z') | block.within(b'0', b'9');
        let high = block.within(0x80, 0xFF).bits();
        let mut inside = u32::from(letters.bits() | high);
        let mut i = 0;
        loop {
            if open.is_some() {
                let run = (!inside).trailing_zeros();
                foreign |= high_in(high, i, i + run);
                if i + run >= LANES as u32 {
                    break;
                }
                i += run;
                inside >>= run;
                finish(text, open.take().unwrap_or_default()..base + i as usize, foreign, &mut each);
            }
            if inside == 0 {
                break;
            }
            let gap = inside.trailing_zeros();
            i += gap;
            inside >>= gap;
            open = Some(base + i as usize);
            foreign = false;
        }
        base += LANES;
    }
    if let Some(start) = open {
        finish(text, start..text.len(), foreign, &mut each);
    }
}

/// Whether `high` marks a lane from `start` up to `end`.
#[inline(always)]
fn high_in(high: u16, start: u32, end: u32) -> bool {
    high != 0 && (u32::from(high) >> start) & ((1u32 << (end - start).min(16)) - 1) != 0
}

#[inline(always)]
fn finish(text: &[u8], range: Range<usize>, foreign: bool, each: &mut impl FnMut(Word)) {
    if foreign {
        return part(text, range, each);
    }
    let hash = hash_at(text, range.start, range.len());
    each(Word { range, hash });
}

/// Parts a run that has characters beyond ASCII at those that belong to no word. Bytes that are not UTF-8
/// belong to none.
#[cold]
fn part(text: &[u8], range: Range<usize>, each: &mut impl FnMut(Word)) {
    let mut start = range.start;
    for chunk in cut(text, range).utf8_chunks() {
        let mut word = start;
        for (n, c) in chunk.valid().char_indices() {
            if !is_word_char(c) {
                if word < start + n {
                    each(Word { range: word..start + n, hash: hash_at(text, word, start + n - word) });
                }
                word = start + n + c.len_utf8();
            }
        }
        start += chunk.valid().len();
        if word < start {
            each(Word { range: word..start, hash: hash_at(text, word, start - word) });
        }
        start += chunk.invalid().len();
    }
}

/// Whether a character belongs to a word: letters, digits, and the marks of U+0300 to U+036F.
fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36F}')
}

#[cfg(test)]
#[allow(clippy::string_slice, reason = "a test may panic")]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        words(text.as_bytes(), |w| {
            assert_eq!(w.hash, hash(&text.as_bytes()[w.range.clone()]));
            found.push(text.get(w.range).unwrap_or_default());
        });
        found
    }

    fn plainly(text: &str) -> Vec<&str> {
        text.split(|c| !is_word_char(c)).filter(|w| !w.is_empty()).collect()
    }

    #[test]
    fn words_are_what_the_plain_definition_says() {
        let alphabet =
            ["a", "Z", "0", " ", "_", "'", "-", "é", "Ł", "“", "\u{200b}", "日", "😀", ".", "\0", "\u{7f}"];
        let mut state = 1u64;
        for round in 0..20_000 {
            let mut text = String::new();
            for _ in 0..round % 60 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // Letters twice as often as all the rest, so that words of all lengths come up.
                let n = (state >> 33) as usize % (alphabet.len() * 3);
                text.push_str(alphabet.get(n).copied().unwrap_or("b"));
            }
            assert_eq!(found(&text), plainly(&text), "{text:?}");
        }
    }

    #[test]
    fn case_does_not_change_the_hash_and_letters_do() {
        assert_eq!(hash("Émile".as_bytes()), hash("émile".as_bytes()));
        assert_eq!(hash(b"McKenzie-like"), hash(b"mckenzie-LIKE"));
        assert_ne!(hash(b"ann"), hash(b"anna"));
        assert_ne!(hash(b"abcdefgh"), hash(b"abcdefgi"));
        assert_ne!(hash(b"abcdefghi"), hash(b"abcdefghj"));
    }

    #[test]
    fn short_words_hash_alike_when_compiled() {
        for word in ["i", "Dear", "patient", "Customer", "né"] {
            assert_eq!(short_hash(word.as_bytes()), hash(word.as_bytes()));
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_part_words() {
        let mut ranges = Vec::new();
        words(b"ab\xffcd \xe2\x80", |w| ranges.push(w.range));
        assert_eq!(ranges, [0..2, 3..5]);
    }
}

//! What a word of a dictionary is, and when two are the same.
//!
//! A word is a run of letters and digits as [`crate::detect::words`] parts them. In scripts that set no
//! spaces between words, or join particles to them (Han, kana, Hangul, Thai, Lao, Myanmar, Khmer), each
//! character is a word of its own, so that a term is found inside of a run.
//!
//! Two words are the same where their characters are, after Unicode's simple case folding (`ς` is `σ`, the
//! Kelvin sign is `k`), with one difference: the dotless `ı` counts as `i`, because the capital of both is
//! `I`. `ß` is not `ss` (that is full folding), and `é` in one character is not `e` with an accent in a
//! character of its own: a list that must find both has both.

use crate::bytes::{at, cut, from, run};
use crate::case::fold;
use crate::detect::words::{hash, mix};

/// Most bytes between two words of a term.
pub(super) const MAX_GAP: usize = 64;
/// Longest word after folding: that of the longest term, when every two bytes become three.
const MAX_WORD: usize = super::MAX_TERM_BYTES / 2 * 3;

/// Between words, white space of any kind and length.
const SPACE: u8 = b' ';

/// The end of the word that begins at `i` and its hash, which is missing where the word is longer than
/// any term's; nothing where no word begins.
#[inline]
pub(super) fn piece_at(text: &[u8], i: usize) -> Option<(usize, Option<u64>)> {
    let end = run(text, i, |b| b.is_ascii_alphanumeric());
    if at(text, end) < 0x80 {
        let short = end - i <= MAX_WORD;
        return (end > i).then(|| (end, short.then(|| hash(cut(text, i..end)))));
    }
    foreign_piece_at(text, i)
}

/// The same where the word may have characters beyond ASCII.
fn foreign_piece_at(text: &[u8], i: usize) -> Option<(usize, Option<u64>)> {
    let mut folded = Folded::<MAX_WORD>::EMPTY;
    let mut end = i;
    while let Some(c) = char_at(text, end).filter(|c| is_word_char(*c)) {
        if stands_alone(c) && end > i {
            break;
        }
        folded.push(fold(c));
        end += c.len_utf8();
        if stands_alone(c) {
            break;
        }
    }
    (end > i).then(|| (end, folded.hash()))
}

/// The end of what stands between words from `i` on, and its hash, in which all white space is the same.
/// Nothing where it is longer than [`MAX_GAP`].
#[inline]
pub(super) fn gap(text: &[u8], i: usize) -> Option<(usize, u64)> {
    if at(text, i) == SPACE && at(text, i + 1).is_ascii_alphanumeric() {
        return Some((i + 1, exact_hash(&[SPACE])));
    }
    let mut seen = Folded::<MAX_GAP>::EMPTY;
    let (mut end, mut in_space) = (i, false);
    while end < text.len() {
        if end - i > MAX_GAP {
            return None;
        }
        match char_at(text, end) {
            Some(c) if is_word_char(c) => break,
            Some(c) if c.is_whitespace() => {
                if !in_space {
                    seen.push(' ');
                }
                in_space = true;
                end += c.len_utf8();
            }
            Some(c) => {
                seen.push(c);
                in_space = false;
                end += c.len_utf8();
            }
            // What is not UTF-8 is like nothing in a term.
            None => return None,
        }
    }
    (end - i <= MAX_GAP).then(|| (end, exact_hash(seen.as_bytes())))
}

/// A hash of bytes as they are.
#[inline]
pub(super) fn exact_hash(bytes: &[u8]) -> u64 {
    let mut state = !(bytes.len() as u64);
    for chunk in bytes.chunks(8) {
        let mut last = [0; 8];
        for (slot, byte) in last.iter_mut().zip(chunk) {
            *slot = *byte;
        }
        state = mix(state, u64::from_le_bytes(last));
    }
    state
}

/// Characters, folded, on the stack.
struct Folded<const MOST: usize> {
    bytes: [u8; MOST],
    len: usize,
    fits: bool,
}

impl<const MOST: usize> Folded<MOST> {
    const EMPTY: Self = Self { bytes: [0; MOST], len: 0, fits: true };

    fn push(&mut self, c: char) {
        let mut buffer = [0; 4];
        let encoded = c.encode_utf8(&mut buffer).as_bytes();
        match self.bytes.get_mut(self.len..self.len + encoded.len()) {
            Some(slot) => {
                slot.copy_from_slice(encoded);
                self.len += encoded.len();
            }
            None => self.fits = false,
        }
    }

    fn as_bytes(&self) -> &[u8] {
        cut(&self.bytes, 0..self.len)
    }

    /// ASCII words have the hash of [`crate::detect::words`], which folds by setting a bit; beyond ASCII
    /// that bit tells letters apart.
    fn hash(&self) -> Option<u64> {
        let bytes = self.as_bytes();
        self.fits.then(|| if bytes.is_ascii() { hash(bytes) } else { exact_hash(bytes) })
    }
}

/// The character that begins at `i`; none where no UTF-8 does.
fn char_at(text: &[u8], i: usize) -> Option<char> {
    let first = at(text, i);
    if first < 0x80 {
        return (i < text.len()).then(|| char::from(first));
    }
    let length = if first >= 0xF0 {
        4
    } else if first >= 0xE0 {
        3
    } else {
        2
    };
    let encoded = from(text, i).get(..length)?;
    core::str::from_utf8(encoded).ok()?.chars().next()
}

/// Whether a character belongs to a word, as [`crate::detect::words`] has it.
fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36F}')
}

/// Whether a character is a word by itself: scripts without spaces between words, by their blocks.
fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}'     // Thai, Lao
        | '\u{1000}'..='\u{109F}'   // Myanmar
        | '\u{1780}'..='\u{17FF}'   // Khmer
        | '\u{2E80}'..='\u{2FDF}'   // radicals
        | '\u{3005}'..='\u{3007}'   // iteration mark, closing mark, zero
        | '\u{3040}'..='\u{30FF}'   // Hiragana, Katakana
        | '\u{31F0}'..='\u{31FF}'   // Katakana extensions
        | '\u{3400}'..='\u{4DBF}'   // Han
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}'   // Hangul syllables
        | '\u{F900}'..='\u{FAFF}'   // Han, compatibility
        | '\u{FF66}'..='\u{FF9F}'   // Katakana, half width
        | '\u{1B000}'..='\u{1B16F}' // kana supplements
        | '\u{20000}'..='\u{3FFFF}' // Han, further planes
    )
}

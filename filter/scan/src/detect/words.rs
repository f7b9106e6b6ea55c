//! The words of a text, with a hash of each: what the name tagger and the injection score look at, in one pass.
//!
//! A word is a longest run of ASCII letters and digits and of characters beyond ASCII that are letters or
//! digits (Unicode `Alphabetic` or `Numeric`) or marks on them. Underscore, apostrophe and hyphen part words;
//! who cares looks at the bytes between. Sixty-four bytes are classified at once, so that the pass
//! costs little more than the words' number.

use core::ops::Range;
use core::str::Utf8Chunks;

use crate::block::{WIDE, wide};
use crate::bytes::{at, before, cut, from};

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Where it stands.
    pub range: Range<usize>,
    /// The hash of its bytes without ASCII case ([`hash`]).
    pub hash: u64,
    /// Its first eight bytes without ASCII case, the first the lowest; zeros behind a shorter word.
    pub head: u64,
    /// Its first byte, as it stands.
    pub first: u8,
    /// Whether its first or its last byte is beyond ASCII.
    pub foreign: bool,
}

impl Word {
    const NONE: Self = Self { range: 0..0, hash: 0, head: 0, first: 0, foreign: false };

    /// The word at `range`, which is not empty.
    #[inline(always)]
    fn new(text: &[u8], range: Range<usize>) -> Self {
        let len = range.end - range.start;
        let bytes = eight(text, range.start);
        let head = (bytes | NO_CASE) & (u64::MAX >> (64 - 8 * len.min(8)));
        let mut hash = mix(len as u64, head);
        if len > 8 {
            hash = more(text, range.start + 8..range.end, hash);
        }
        Self { range, hash, head, first: bytes as u8, foreign: false }
    }
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

/// Bit 5 of every byte, which tells capitals from small letters in ASCII (and in most of Latin-1).
const NO_CASE: u64 = 0x2020_2020_2020_2020;

/// The hash of a word. Bit 5 of every byte is set before, so that ASCII letters (and most Latin letters
/// beyond) have no case.
#[inline]
#[must_use]
pub fn hash(word: &[u8]) -> u64 {
    if word.is_empty() { 0 } else { Word::new(word, 0..word.len()).hash }
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

/// Goes on with the hash of a word behind its first eight bytes.
#[inline]
fn more(text: &[u8], range: Range<usize>, mut hash: u64) -> u64 {
    let Range { mut start, end } = range;
    while start < end {
        let left = (end - start).min(8);
        hash = mix(hash, (eight(text, start) | NO_CASE) & (u64::MAX >> (64 - 8 * left)));
        start += 8;
    }
    hash
}

/// The eight bytes of `text` from `i` on, the first the lowest; zeros behind its end.
#[inline(always)]
fn eight(text: &[u8], i: usize) -> u64 {
    let bytes = text.get(i..i + 8).and_then(|bytes| bytes.try_into().ok());
    u64::from_le_bytes(bytes.unwrap_or_else(|| last_bytes(text, i)))
}

/// The bytes from `i` on where fewer than eight are left.
#[cold]
fn last_bytes(text: &[u8], i: usize) -> [u8; 8] {
    let mut last = [0; 8];
    for (slot, byte) in last.iter_mut().zip(from(text, i)) {
        *slot = *byte;
    }
    last
}

/// Words of a batch.
pub const BATCH: usize = 32;

/// Hands the words of `text` to `each`, in order, some at a time: that keeps the loop over bytes and those over words
/// apart, and each in registers. Returns whether the text has characters beyond ASCII.
#[inline(always)]
pub fn batches(text: &[u8], mut each: impl FnMut(&[Word])) -> bool {
    let mut batch = [const { Word::NONE }; BATCH];
    let mut len = 0;
    let foreign = words(text, |word| {
        if let Some(slot) = batch.get_mut(len % BATCH) {
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
    foreign
}

/// Hands every word of `text` to `each`, in order. Returns whether the text has characters beyond ASCII.
#[inline(always)]
pub fn words(text: &[u8], mut each: impl FnMut(Word)) -> bool {
    let mut beyond = 0;
    // Whether a word reaches into the next block; where it begins, and whether it has bytes beyond ASCII.
    let (mut open, mut start, mut foreign) = (false, 0, false);
    let mut base = 0;
    while base < text.len() {
        let [inside, high] = wide(text, base, b' ', |block| {
            let high = block.high();
            [block.folded().within(b'a', b'z') | block.within(b'0', b'9'), high]
        });
        beyond |= high;
        let inside = inside | high;
        // A bit where a word begins or the byte behind a word stands.
        let mut edges = inside ^ (inside << 1 | u64::from(open));
        let mut next = || {
            let edge = (edges != 0).then(|| base + edges.trailing_zeros() as usize);
            edges &= edges.wrapping_sub(1);
            edge
        };
        if !open && let Some(edge) = next() {
            (open, start, foreign) = (true, edge, false);
        }
        while open {
            let Some(end) = next() else {
                foreign |= high != 0 && high >> (start.max(base) - base) != 0;
                break;
            };
            let behind = high != 0 && high_in(high, start.max(base) - base, end - base);
            finish(text, start..end, foreign || behind, &mut each);
            foreign = false;
            match next() {
                Some(edge) => start = edge,
                None => open = false,
            }
        }
        base += WIDE;
    }
    if open {
        finish(text, start..text.len(), foreign, &mut each);
    }
    beyond != 0
}

/// Whether `high` marks a lane from `start` up to `end`, which is below [`WIDE`].
#[inline(always)]
fn high_in(high: u64, start: usize, end: usize) -> bool {
    high >> start & ((1 << (end - start)) - 1) != 0
}

/// Hands the word at `range` to `each`; a run with characters beyond ASCII may be several.
#[inline(always)]
fn finish(text: &[u8], range: Range<usize>, foreign: bool, each: &mut impl FnMut(Word)) {
    if !foreign {
        return each(Word::new(text, range));
    }
    for word in Parts::new(text, range) {
        each(word);
    }
}

/// The words of a run that has characters beyond ASCII, of which some may belong to no word. Bytes that are not UTF-8
/// belong to none.
struct Parts<'t> {
    text: &'t [u8],
    chunks: Utf8Chunks<'t>,
    /// What is left of the chunk at hand, where it begins, and how many bytes that are not UTF-8 follow it.
    valid: &'t str,
    start: usize,
    invalid: usize,
}

impl<'t> Parts<'t> {
    #[cold]
    fn new(text: &'t [u8], run: Range<usize>) -> Self {
        Self { text, start: run.start, chunks: cut(text, run).utf8_chunks(), valid: "", invalid: 0 }
    }
}

impl Iterator for Parts<'_> {
    type Item = Word;

    #[cold]
    fn next(&mut self) -> Option<Word> {
        loop {
            while self.valid.is_empty() {
                let chunk = self.chunks.next()?;
                self.start += self.invalid;
                (self.valid, self.invalid) = (chunk.valid(), chunk.invalid().len());
            }
            let end = self.valid.find(|c| !is_word_char(c)).unwrap_or(self.valid.len());
            let (word, rest) = self.valid.split_at_checked(end).unwrap_or_default();
            let range = self.start..self.start + word.len();
            let mut rest = rest.chars();
            let parting = rest.next().map_or(0, char::len_utf8);
            (self.valid, self.start) = (rest.as_str(), range.end + parting);
            if !range.is_empty() {
                let foreign =
                    !at(self.text, range.start).is_ascii() || !before(self.text, range.end).is_ascii();
                return Some(Word { foreign, ..Word::new(self.text, range) });
            }
        }
    }
}

/// The parts of the foreign word at `range` by script, and whether a part is of Chinese, Japanese or Korean letters: where these meet
/// Latin ones, another part begins (`Anna는`, `iPhone手机`), for these scripts join to a name what they say of it.
/// Digits go with what is before them.
pub fn by_script(text: &[u8], range: Range<usize>) -> impl Iterator<Item = (Word, bool)> {
    let mut start = range.start;
    let mut rest = str::from_utf8(cut(text, range)).unwrap_or_default();
    core::iter::from_fn(move || {
        let mut script = None;
        let other = rest.find(|c: char| {
            let own = if is_east_asian(c) { Some(true) } else { c.is_alphabetic().then_some(false) };
            let last = script;
            script = own.or(script);
            own.is_some() && last.is_some() && own != last
        });
        let length = other.unwrap_or(rest.len());
        let is_east_asian = if other.is_some() { script == Some(false) } else { script == Some(true) };
        let range = start..start + length;
        (start, rest) = (range.end, rest.get(length..).unwrap_or_default());
        let foreign = !at(text, range.start).is_ascii() || !before(text, range.end).is_ascii();
        (length > 0).then(|| (Word { foreign, ..Word::new(text, range) }, is_east_asian))
    })
}

/// Whether a character is of Hangul, kana or Han.
fn is_east_asian(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11FF}' | '\u{3005}'..='\u{318F}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{9FFF}')
        || matches!(c, '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Whether a character belongs to a word: letters, digits, and the marks of U+0300 to U+036F.
fn is_word_char(c: char) -> bool {
    // What most texts beyond Latin are made of need not be looked up.
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}')
        || matches!(c, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}')
        || !matches!(c, '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{FF01}'..='\u{FF0F}')
            && (c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36F}'))
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
        let is_inside = |c: char| c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36F}');
        text.split(|c| !is_inside(c)).filter(|w| !w.is_empty()).collect()
    }

    #[test]
    fn words_are_what_the_plain_definition_says() {
        let alphabet = [
            "a", "Z", "0", " ", "_", "'", "-", "é", "Ł", "“", "\u{200b}", "日", "는", "の", "ア", "。", "（",
            "／", "０", "〇", "😀", ".", "\0", "\u{7f}",
        ];
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
    fn words_of_two_scripts_have_parts() {
        let parts = |text: &'static str| -> Vec<_> {
            let mut parts = Vec::new();
            words(text.as_bytes(), |word| {
                parts
                    .extend(by_script(text.as_bytes(), word.range).map(|(part, is)| (&text[part.range], is)));
            });
            parts
        };
        assert_eq!(parts("Anna는"), [("Anna", false), ("는", true)]);
        assert_eq!(parts("第88号Émile様"), [("第88号", true), ("Émile", false), ("様", true)]);
        assert_eq!(parts("Émile"), [("Émile", false)]);
        assert_eq!(parts("안녕 plain"), [("안녕", true), ("plain", false)]);
    }

    #[test]
    fn bytes_that_are_not_utf8_part_words() {
        let mut ranges = Vec::new();
        words(b"ab\xffcd \xe2\x80", |w| ranges.push(w.range));
        assert_eq!(ranges, [0..2, 3..5]);
    }
}

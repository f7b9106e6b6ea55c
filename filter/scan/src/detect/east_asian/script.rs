//! The characters of Chinese, Japanese and Korean: three bytes of UTF-8 each.

use crate::bytes::{at, cut, from};

/// Bytes of a character.
pub(super) const WIDTH: usize = 3;

/// The code of the character of three bytes at `i`; 0 where there is none.
#[inline]
pub(super) fn code_at(text: &[u8], i: usize) -> u32 {
    let [lead, second, third] = [0, 1, 2].map(|n| u32::from(at(text, i + n)));
    let is_one = lead & 0xF0 == 0xE0 && second & 0xC0 == 0x80 && third & 0xC0 == 0x80;
    if is_one { (lead & 0x0F) << 12 | (second & 0x3F) << 6 | third & 0x3F } else { 0 }
}

/// The code of the character of three bytes before `i`; 0 where there is none.
pub(super) fn code_before(text: &[u8], i: usize) -> u32 {
    i.checked_sub(WIDTH).map_or(0, |i| code_at(text, i))
}

/// Whether this is a Han character, or the mark that repeats one.
pub(super) fn is_han(code: u32) -> bool {
    matches!(code, 0x3400..=0x9FFF | 0x3005 | 0x3007)
}

pub(super) fn is_katakana(code: u32) -> bool {
    matches!(code, 0x30A1..=0x30FA | 0x30FC)
}

pub(super) fn is_hiragana(code: u32) -> bool {
    matches!(code, 0x3041..=0x3096)
}

pub(super) fn is_hangul(code: u32) -> bool {
    matches!(code, 0xAC00..=0xD7A3)
}

/// Whether this is a letter of one of the scripts.
pub(super) fn is_letter(code: u32) -> bool {
    is_han(code) || is_hiragana(code) || is_katakana(code) || is_hangul(code)
}

/// The end of the run of characters from `i` on that are in `class`, at most `most` of them.
pub(super) fn run(text: &[u8], i: usize, most: usize, class: impl Fn(u32) -> bool) -> usize {
    let ends = (0..most).map(|n| i + n * WIDTH);
    ends.take_while(|end| class(code_at(text, *end))).count() * WIDTH + i
}

/// Whether the character of three bytes at `i` is one of `these`.
#[inline(never)]
pub(super) fn is_one_of(text: &[u8], i: usize, these: &str) -> bool {
    these.as_bytes().chunks(WIDTH).any(|one| cut(text, i..i + WIDTH) == one)
}

/// The words of `these`, which spaces part.
fn words(these: &str) -> impl Iterator<Item = &[u8]> {
    these.as_bytes().split(|b| *b == b' ')
}

/// The length of the longest of `these` that `text` goes on with at `i`.
#[inline(never)]
pub(super) fn word_at(text: &[u8], i: usize, these: &str) -> Option<usize> {
    words(these).filter(|word| from(text, i).starts_with(word)).map(<[_]>::len).max()
}

/// Whether `word` is one of `these`.
#[inline(never)]
pub(super) fn is_among(word: &[u8], these: &str) -> bool {
    words(these).any(|one| one == word)
}

/// Whether `text` ends with one of `these`.
#[inline(never)]
pub(super) fn ends_in(text: &[u8], these: &str) -> bool {
    words(these).any(|one| text.ends_with(one))
}

/// The end of the digits at `i`, ASCII or full-width ones.
pub(super) fn digits(text: &[u8], i: usize) -> usize {
    let mut end = i;
    loop {
        end += match at(text, end) {
            b'0'..=b'9' => 1,
            0xEF if matches!(code_at(text, end), 0xFF10..=0xFF19) => WIDTH,
            _ => return end,
        };
    }
}

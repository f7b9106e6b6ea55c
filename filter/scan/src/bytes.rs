//! Reading bytes without a panic: what lies outside reads as nothing.
//!
//! Everything that runs inside Envoy is denied `[]` by lint; these few functions take its place in the
//! scanners, where a missing byte simply ends a match.

use core::ops::Range;

/// The byte at `i`, or NUL where there is none (NUL matches no rule of any scanner here).
#[inline(always)]
#[must_use]
pub fn at(bytes: &[u8], i: usize) -> u8 {
    bytes.get(i).copied().unwrap_or(0)
}

/// The byte before `i`, or NUL at the start.
#[inline(always)]
#[must_use]
pub fn before(bytes: &[u8], i: usize) -> u8 {
    i.checked_sub(1).map_or(0, |i| at(bytes, i))
}

/// The bytes of `range`, or none where the range does not lie inside.
#[inline(always)]
#[must_use]
pub fn cut(bytes: &[u8], range: Range<usize>) -> &[u8] {
    bytes.get(range).unwrap_or_default()
}

/// The bytes from `i` on.
#[inline(always)]
#[must_use]
pub fn from(bytes: &[u8], i: usize) -> &[u8] {
    bytes.get(i..).unwrap_or_default()
}

/// The end of the run of bytes from `i` on that satisfy `class`.
#[inline]
#[must_use]
pub fn run(bytes: &[u8], i: usize, class: impl Fn(u8) -> bool) -> usize {
    let mut end = i;
    while end < bytes.len() && class(at(bytes, end)) {
        end += 1;
    }
    end
}

/// The start of the run of bytes that ends before `i` and satisfies `class`, at most `limit` bytes back.
#[inline]
#[must_use]
pub fn run_back(bytes: &[u8], i: usize, limit: usize, class: impl Fn(u8) -> bool) -> usize {
    let floor = i.saturating_sub(limit);
    let mut start = i;
    while start > floor && class(before(bytes, start)) {
        start -= 1;
    }
    start
}

/// Whether `byte` can stand inside a word: an ASCII letter or digit, `_`, or part of a non-ASCII character.
#[inline(always)]
#[must_use]
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

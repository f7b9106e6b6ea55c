//! The pieces of JSON that stands inside a string (tool arguments).
//!
//! Models write this JSON and clients send it back, so it may be cut short or bent. Splitting it never
//! fails: whatever is not inside quotes is a bare piece, and an open quote runs to the end.

use core::ops::Range;

use crate::bytes::{at, cut, from};

/// A piece of embedded JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The content of an inner string, without its quotes; still escaped once.
    Text(Range<usize>),
    /// A token outside of quotes, without the white space behind it: a number, a literal, or what else
    /// stands there.
    Bare(Range<usize>),
}

/// The pieces of `json` in order, punctuation and white space left out.
pub fn pieces(json: &[u8]) -> impl Iterator<Item = Piece> + '_ {
    let mut i = 0;
    core::iter::from_fn(move || {
        while matches!(at(json, i), b'{' | b'}' | b'[' | b']' | b':' | b',' | b' ' | b'\t' | b'\n' | b'\r') {
            i += 1;
        }
        if i >= json.len() {
            return None;
        }
        if at(json, i) == b'"' {
            let start = i + 1;
            let end = string_end(json, start);
            i = end + 1;
            return Some(Piece::Text(start..end));
        }
        let start = i;
        while i < json.len() && !matches!(at(json, i), b'{' | b'}' | b'[' | b']' | b',' | b'"') {
            i += 1;
        }
        let token = cut(json, start..i).trim_ascii_end();
        Some(Piece::Bare(start..start + token.len()))
    })
}

/// The offset of the quote that ends the string whose content starts at `i`, or the end.
fn string_end(json: &[u8], mut i: usize) -> usize {
    while let Some(found) = memchr::memchr2(b'"', b'\\', from(json, i)) {
        i += found;
        if at(json, i) == b'"' {
            return i;
        }
        i += 2;
    }
    json.len()
}

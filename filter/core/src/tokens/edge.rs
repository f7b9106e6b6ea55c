//! What may stand before and behind a bent placeholder ([`super::bent`]), so that nothing else can be meant.
//!
//! Punctuation beyond ASCII counts where it lies in U+2000 to U+203F (general punctuation) or U+3000 to
//! U+303F (CJK symbols and punctuation); all else beyond ASCII counts as letters.

use super::bent::LOOK_BEHIND;
use crate::bytes::from;

/// Whether a bent placeholder may end where it does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It may.
    Yes,
    /// It may not.
    No,
    /// What follows will say.
    Open,
}

/// Whether the text begins behind `left`, or white space ends it.
pub(super) fn is_space([.., c]: [u8; LOOK_BEHIND]) -> bool {
    c == 0 || c.is_ascii_whitespace()
}

/// Whether a word by itself can begin behind `left`: not inside of another word, a path, an address or a
/// member of something. Of the characters beyond ASCII only punctuation counts (U+2000 to U+203F, U+3000
/// to U+303F), and the escape of a line's end, where the text is JSON inside of JSON.
pub(super) fn is_edge(left: [u8; LOOK_BEHIND]) -> bool {
    match left {
        [0xE2 | 0xE3, 0x80, 0x80..=0xFF] | [_, b'\\', b'n' | b'r' | b't'] => true,
        [.., b'.' | b'$' | b'@' | b'/' | b'\\' | b'-' | b'#' | b'&' | b'%' | b'_' | 0x80..=0xFF] => false,
        [.., c] => !c.is_ascii_alphanumeric(),
    }
}

/// Whether the first byte of `rest` satisfies `yes`; `at_end` where there is none and the text ends.
fn first(rest: &[u8], last: bool, at_end: Next, yes: impl Fn(u8) -> bool) -> Next {
    match rest.first() {
        Some(b) if yes(*b) => Next::Yes,
        Some(_) => Next::No,
        None if last => at_end,
        None => Next::Open,
    }
}

/// Whether a word by itself can end before `rest`, with a plural `s` or without: not inside of another
/// word, not as what is assigned to, called, or a label; behind a name and number with a space or hyphen
/// (`spaced`), not inside of a longer number either.
pub(super) fn edge_follows(rest: &[u8], last: bool, spaced: bool) -> Next {
    let (rest, plural) = rest.strip_prefix(b"s").map_or((rest, false), |r| (r, true));
    let more = from(rest, 1);
    let follows = |yes: &dyn Fn(u8) -> bool| first(more, last, Next::Yes, yes);
    match rest.first() {
        None if last => Next::Yes,
        None => Next::Open,
        Some(
            b'\n' | b'\r' | b'\t' | b';' | b'!' | b'?' | b')' | b']' | b'}' | b'>' | b'<' | b'*' | b'|'
            | b'`' | b'~',
        ) => Next::Yes,
        Some(b' ') => follows(&|b| !(matches!(b, b'=' | b':') || spaced && !plural && b.is_ascii_digit())),
        Some(b'.' | b'/' | b'-') => follows(&|b| !b.is_ascii_alphanumeric() && b != b'_'),
        Some(b',') => follows(&|b| !b.is_ascii_digit()),
        Some(b'"' | b'\'') => follows(&|b| b != b':'),
        Some(b'\\') => first(more, last, Next::No, |b| matches!(b, b'n' | b'r' | b't' | b'"')),
        // Punctuation beyond ASCII, as before a word.
        Some(0xE2 | 0xE3) => first(more, last, Next::No, |b| b == 0x80),
        _ => Next::No,
    }
}

/// Whether a sentence ends before `rest`, or a possessive: neither can stand in a program.
pub(super) fn sentence_end_follows(rest: &[u8], last: bool) -> Next {
    let more = from(rest, 1);
    match rest.first() {
        None if last => Next::No,
        None => Next::Open,
        Some(b'.' | b'!' | b'?') => first(more, last, Next::Yes, |b| b.is_ascii_whitespace()),
        Some(b'\'') => possessive(more, last),
        Some(0xE2) => match from(rest, 1) {
            // U+2019.
            [0x80, 0x99, more @ ..] => possessive(more, last),
            [0x80] | [] if !last => Next::Open,
            _ => Next::No,
        },
        _ => Next::No,
    }
}

/// Whether `rest` is an `s` and nothing more of a word.
fn possessive(rest: &[u8], last: bool) -> Next {
    match first(rest, last, Next::No, |b| b == b's') {
        Next::Yes => first(from(rest, 1), last, Next::Yes, |b| !crate::bytes::is_word(b)),
        other => other,
    }
}

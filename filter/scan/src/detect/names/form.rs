//! The form of a word, and what stands between words.

use super::lexicon::Kind;
use super::run::Token;
use crate::bytes::{at, before, cut};

/// What stands between a word and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Gap {
    /// There is no word before, or a long row of other characters.
    #[default]
    Start,
    /// Nothing but spaces.
    Space,
    /// `-`
    Hyphen,
    /// An apostrophe, or nothing.
    Apostrophe,
    /// `.` where it need not end a sentence: behind a single letter, or without a space.
    Dot,
    /// The end of a sentence.
    Stop,
    /// The end of a line.
    Line,
    /// `,` and `;`
    Comma,
    /// `:` and `=`
    Colon,
    /// A quotation mark.
    Quote,
    /// A bracket, `*`, `|`.
    Bracket,
    /// `@` or `#` in front of the word.
    Handle,
    /// `/`
    Slash,
    /// `&`
    And,
    /// Anything else.
    Other,
}

impl Gap {
    /// Whether a sentence, line, field or quotation begins behind it.
    #[must_use]
    pub fn begins(self) -> bool {
        matches!(self, Self::Start | Self::Stop | Self::Line | Self::Colon | Self::Quote | Self::Bracket)
    }

    /// Whether two parts of one name can stand on either side.
    #[must_use]
    pub fn joins(self) -> bool {
        matches!(self, Self::Space | Self::Hyphen | Self::Apostrophe | Self::Dot)
    }
}

/// The form of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Shape {
    /// Small letters.
    #[default]
    Lower,
    /// A capital, then small letters.
    Title,
    /// Capitals only.
    Upper,
    /// One capital letter.
    Initial,
    /// Capitals inside: McDonald, iPhone.
    Mixed,
    /// Digits only.
    Number,
    /// Digits and letters.
    Code,
}

/// Whether nothing but one space stands before the token.
#[inline]
pub(super) fn spaced(text: &[u8], token: &Token) -> bool {
    before(text, token.start) == b' ' && before(text, token.start.saturating_sub(1)).is_ascii_alphanumeric()
}

/// Whether the word is part of an identifier, path, address on the net or the like.
#[inline]
pub(super) fn glued(text: &[u8], token: &Token) -> bool {
    let (b, bb) = (before(text, token.start), before(text, token.start.saturating_sub(1)));
    let (a, aa) = (at(text, token.end), at(text, token.end + 1));
    let in_front = match b {
        b'_' | b'\\' | b'$' | b'%' | b'@' | b'+' | b'~' => true,
        b'.' | b'-' => {
            // A dot behind an initial, a hyphen between the parts of a name.
            let single = !before(text, token.start.saturating_sub(2)).is_ascii_alphanumeric();
            bb.is_ascii_digit()
                || (b == b'.' && bb.is_ascii_alphanumeric() && !(single && bb.is_ascii_uppercase()))
        }
        b':' => bb == b':',
        b'/' => bb == b'/' || bb == b':',
        b' ' => bb == b'@',
        _ => false,
    };
    in_front
        || match a {
            b'_' | b'\\' | b'@' | b'(' | b'=' | b'$' => true,
            b'.' => aa.is_ascii_lowercase() || (aa.is_ascii_alphanumeric() && token.end - token.start > 1),
            b':' => aa == b':' || aa == b'/',
            _ => false,
        }
}

/// The gap before the word at `start`.
pub(super) fn gap(text: &[u8], previous: &Token, start: usize) -> Gap {
    let between = cut(text, previous.end..start);
    if previous.end == 0 || between.len() > 12 {
        return Gap::Start;
    }
    match between {
        b" " => return Gap::Space,
        b"" | b"'" | [0xE2, 0x80, 0x99] => return Gap::Apostrophe,
        b"-" => return Gap::Hyphen,
        b"." => return Gap::Dot,
        b", " => return Gap::Comma,
        _ => {}
    }
    let has = |bytes: &[u8]| between.iter().any(|b| bytes.contains(b));
    if has(b"\n\r") {
        Gap::Line
    } else if has(b"!?") {
        Gap::Stop
    } else if has(b".") {
        let single = previous.end - previous.start == 1 || previous.info.is(Kind::Honorific);
        if single { Gap::Dot } else { Gap::Stop }
    } else if matches!(between.last(), Some(b'@' | b'#'))
        || (between.ends_with(b"@ ") || between.ends_with(b"# "))
    {
        Gap::Handle
    } else if has(b":=") {
        Gap::Colon
    } else if has(b",;") {
        Gap::Comma
    } else if has(b"&") {
        Gap::And
    } else if has(b"\"'`") || between.windows(2).any(|w| w == [0xE2, 0x80]) {
        Gap::Quote
    } else if has(b"()[]{}<>*|") {
        Gap::Bracket
    } else if has(b"/") {
        Gap::Slash
    } else if between.iter().all(|b| matches!(b, b' ' | b'\t')) {
        if between.len() > 2 || has(b"\t") { Gap::Other } else { Gap::Space }
    } else {
        Gap::Other
    }
}

/// The form of a word; [`Shape::Lower`] for all that has no letter with case.
pub(super) fn shape(word: &[u8]) -> Shape {
    let (mut upper, mut digit, mut high) = (0, 0, false);
    for byte in word {
        upper += usize::from(byte.is_ascii_uppercase());
        digit += usize::from(byte.is_ascii_digit());
        high |= *byte >= 0x80;
    }
    if high {
        return shape_of_characters(word);
    }
    let first = word.first().is_some_and(u8::is_ascii_uppercase);
    form(upper, word.len() - upper - digit, digit, first)
}

#[cold]
fn shape_of_characters(word: &[u8]) -> Shape {
    let (mut upper, mut lower, mut digit, mut first, mut letters) = (0, 0, 0, false, 0);
    for chunk in word.utf8_chunks() {
        for c in chunk.valid().chars() {
            letters += 1;
            if c.is_ascii_digit() {
                digit += 1;
            } else if c.is_uppercase() {
                first |= letters == 1;
                upper += 1;
            } else {
                lower += 1;
            }
        }
    }
    form(upper, lower, digit, first)
}

fn form(upper: usize, lower: usize, digit: usize, first: bool) -> Shape {
    match (upper, lower, digit) {
        (0, 0, _) => Shape::Number,
        (0, _, 0) => Shape::Lower,
        (_, _, 1..) => Shape::Code,
        (1, 0, 0) => Shape::Initial,
        (_, 0, 0) => Shape::Upper,
        (1, _, 0) if first => Shape::Title,
        _ => Shape::Mixed,
    }
}

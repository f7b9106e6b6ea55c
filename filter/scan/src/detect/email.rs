//! EMAIL: `local@domain` as it is used (RFC 5321 without quoted local parts and address literals;
//! RFC 6531 for letters beyond ASCII, without its spaces, punctuation and symbols: `„ann@x.org“` is an
//! address in quotes, no longer address).

use super::secret::url;
use crate::bytes::{at, before, cut, run, run_back};
use crate::entity::{EntityType, Hit};

/// RFC 5321, section 4.5.3.1: the longest local part and the longest domain, in bytes.
const MAX_LOCAL: usize = 64;
const MAX_DOMAIN: usize = 255;

/// Looks around the `@` at `i`; returns where the pass goes on.
pub(super) fn at_sign(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> usize {
    let mut start = run_back(text, i, MAX_LOCAL, is_local);
    // The bound may have cut a character in half: what is left of it is skipped.
    start = run(text, start, |b| matches!(b, 0x80..0xC0));
    let local = core::str::from_utf8(cut(text, start..i)).unwrap_or_default();
    if let Some((n, c)) = local.char_indices().rfind(|(_, c)| is_break(*c)) {
        start += n + c.len_utf8();
    }
    start = run(text, start, |b| matches!(b, b'.' | b'\'' | b'-' | b'%' | b'+'));
    if start == i || before(text, i) == b'.' || url::ends_userinfo(text, i) {
        return i + 1;
    }
    let Some(end) = domain_end(text, i + 1) else { return i + 1 };
    hits.push(Hit { range: start..end, entity: EntityType::Email, score: 1.0, validated: true });
    end
}

fn is_local(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-' | b'\'') || b >= 0x80
}

fn is_label(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-' || b >= 0x80
}

/// Whether an address ends at `c`: the spaces, punctuation and symbols of Latin-1, of U+2000 to U+2BFF
/// (without the joiners), of CJK and its full-width forms, and emoji.
fn is_break(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{BF}'
        | '\u{2000}'..='\u{200B}' | '\u{200E}'..='\u{2BFF}'
        | '\u{3000}'..='\u{3003}' | '\u{3008}'..='\u{3020}'
        | '\u{FE00}'..='\u{FE6F}' | '\u{FEFF}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}'
        | '\u{FF3B}'..='\u{FF40}' | '\u{FF5B}'..='\u{FF65}' | '\u{FFFC}'..='\u{FFFF}'
        | '\u{1F000}'..='\u{1FAFF}')
}

/// The end of the label at `i`.
fn label_end(text: &[u8], i: usize) -> usize {
    let end = run(text, i, is_label);
    let label = core::str::from_utf8(cut(text, i..end)).unwrap_or_default();
    label.find(is_break).map_or(end, |n| i + n)
}

/// The end of the longest domain at `i` whose last label can be a top-level domain.
fn domain_end(text: &[u8], i: usize) -> Option<usize> {
    let mut label = i;
    let mut good = None;
    loop {
        let end = label_end(text, label);
        if end == label || end - i > MAX_DOMAIN {
            return good;
        }
        // Hyphens at the end are punctuation: no label ends with one.
        let hyphens = end - run_back(text, end, end - label, |b| b == b'-');
        if label > i && is_top_level(text, label, end - hyphens) {
            good = Some(end - hyphens);
        }
        if at(text, end) != b'.' {
            return good;
        }
        label = end + 1;
    }
}

/// Two characters or more (`xn--…` included), the first no digit.
fn is_top_level(text: &[u8], start: usize, end: usize) -> bool {
    end - start >= 2 && (at(text, start).is_ascii_alphabetic() || at(text, start) >= 0x80)
}

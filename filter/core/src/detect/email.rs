//! EMAIL: `local@domain` as it is used (RFC 5321 without quoted local parts and address literals;
//! RFC 6531 for letters beyond ASCII).

use crate::bytes::{at, before, run, run_back};
use crate::entity::{EntityType, Hit};

/// RFC 5321, section 4.5.3.1: the longest local part and the longest domain, in bytes.
const MAX_LOCAL: usize = 64;
const MAX_DOMAIN: usize = 255;

/// Looks around the `@` at `i`; returns where the pass goes on.
pub(super) fn at_sign(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> usize {
    let mut start = run_back(text, i, MAX_LOCAL, is_local);
    // The bound may have cut a character in half: what is left of it is skipped with the punctuation.
    let is_skipped = |b: u8| matches!(b, b'.' | b'\'' | b'-' | b'%' | b'+' | 0x80..0xC0);
    while start < i && is_skipped(at(text, start)) {
        start += 1;
    }
    if start == i || before(text, i) == b'.' {
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

/// The end of the longest domain at `i` whose last label can be a top-level domain.
fn domain_end(text: &[u8], i: usize) -> Option<usize> {
    let mut label = i;
    let mut good = None;
    loop {
        let end = run(text, label, is_label);
        if end == label || end - i > MAX_DOMAIN {
            return good;
        }
        if label > i && is_top_level(text, label, end) {
            good = Some(end);
        }
        if at(text, end) != b'.' {
            return good;
        }
        label = end + 1;
    }
}

/// Two letters or more (`xn--…` included), no digit alone.
fn is_top_level(text: &[u8], start: usize, end: usize) -> bool {
    end - start >= 2
        && (at(text, start).is_ascii_alphabetic() || at(text, start) >= 0x80)
        && before(text, end) != b'-'
}

//! PRIVATE_KEY: blocks of armour as RFC 7468 (PKIX), RFC 4716 and OpenSSH (SSH) and RFC 9580 (OpenPGP) write
//! them, `-----BEGIN … PRIVATE KEY …-----` to `-----END …-----`, whatever stands for the line ends between
//! (`\n` in a JSON string, spaces, the prefixes of a log). A block that does not end goes as far as its
//! lines of base64. Also PuTTY's files, whose private lines follow `Private-Lines:`.
//!
//! Limit: 16 KiB, the length of a key of 16384 bits with room to spare.

use crate::bytes::{at, cut, from, run};
use crate::entity::{EntityType, Hit};

const MAX_BLOCK: usize = 16 << 10;
/// Longest label between `BEGIN` and the closing hyphens.
const MAX_LABEL: usize = 64;
const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// Looks at the hyphen `i`; returns where the next may be.
pub(super) fn at_hyphen(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> Option<usize> {
    let rest = from(text, i);
    if !rest.starts_with(BEGIN) {
        return None;
    }
    let label = i + BEGIN.len();
    let window = cut(text, 0..(label + MAX_LABEL).min(text.len()));
    let label_end = run(window, label, |b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'/'));
    if memchr::memmem::find(cut(text, label..label_end), b"PRIVATE KEY").is_none()
        || at(text, label_end) != b'-'
    {
        return Some(label_end);
    }
    let body = run(text, label_end, |b| b == b'-');
    let window = cut(text, body..(body + MAX_BLOCK).min(text.len()));
    let end = match memchr::memmem::find(window, END) {
        // The block's own end, if no other begins before.
        Some(n) if memchr::memmem::find(cut(window, 0..n), BEGIN).is_none() => {
            let label = body + n + END.len();
            let closing =
                run(cut(text, 0..(label + MAX_LABEL).min(text.len())), label, |b| b != b'-' && b != b'\n');
            run(text, closing, |b| b == b'-')
        }
        _ => open_end(text, body),
    };
    // A block of nothing is the name of one.
    let empty = cut(text, body..end).iter().all(|b| !b.is_ascii_alphanumeric());
    let ended = cut(text, body..end).starts_with(END);
    if !ended && (!empty || body >= text.len() || !at(text, body).is_ascii_alphanumeric()) {
        hits.push(Hit { range: i..end, entity: EntityType::PrivateKey, score: 1.0, validated: true });
    }
    Some(end.max(i + 1))
}

/// The end of the lines of base64 behind `i`.
fn open_end(text: &[u8], i: usize) -> usize {
    let window = cut(text, 0..(i + MAX_BLOCK).min(text.len()));
    let mut end = i;
    loop {
        let mut line = run(window, end, |b| b.is_ascii_whitespace() || b == b'\\');
        if line > end && at(window, line) == b'n' && at(window, line - 1) == b'\\' {
            line += 1;
        }
        let stop = run(window, line, |b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='));
        if stop - line < 16 {
            return end;
        }
        end = stop;
    }
}

/// Looks behind `Private-Lines: n`, where `i` is its hyphen, for PuTTY's lines of base64.
pub(super) fn at_putty(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> Option<usize> {
    let start = i.checked_sub(7)?;
    if !from(text, start).starts_with(b"Private-Lines:") {
        return None;
    }
    let line = run(text, start, |b| b != b'\n' && b != b'\\');
    let end = open_end(text, line);
    let first = run(text, line, |b| !b.is_ascii_alphanumeric());
    if end <= first {
        return None;
    }
    hits.push(Hit { range: first..end, entity: EntityType::PrivateKey, score: 1.0, validated: true });
    Some(end)
}

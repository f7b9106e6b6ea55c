//! JSON web tokens (RFC 7519) in compact form (RFC 7515, section 7.1; RFC 7516 has five parts): base64url of
//! a JSON object with `alg`, then that of another object or of a key, and a signature that may be missing.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::alphabet::Alphabet;
use crate::bytes::{at, cut, from, run};
use crate::entity::{EntityType, Hit};

/// Longest header that is decoded, in base64url.
const MAX_HEADER: usize = 1366;

/// What a header must have.
#[derive(Deserialize)]
struct Header {
    #[serde(rename = "alg")]
    _alg: IgnoredAny,
}

/// The token that begins at `i`.
pub(super) fn at_start(text: &[u8], i: usize) -> Option<Hit> {
    if !from(text, i).starts_with(b"eyJ") {
        return None;
    }
    let part = |i| run(text, i, |b| Alphabet::URL.has(b));
    let header = run(cut(text, 0..(i + MAX_HEADER + 1).min(text.len())), i, |b| Alphabet::URL.has(b));
    if at(text, header) != b'.' || !is_header(cut(text, i..header)) {
        return None;
    }
    let payload = part(header + 1);
    // A nested or encrypted token's second part is no object, but then more parts follow.
    let object = from(text, header + 1).starts_with(b"ey");
    if payload < header + 3 || (!object && at(text, payload) != b'.') {
        return None;
    }
    let mut end = payload;
    for _ in 0..3 {
        if at(text, end) != b'.' || !(Alphabet::URL.has(at(text, end + 1)) || end == payload) {
            break;
        }
        end = part(end + 1);
    }
    Some(Hit { range: i..end, entity: EntityType::Jwt, score: 1.0, validated: true })
}

fn is_header(encoded: &[u8]) -> bool {
    let mut decoded = [0; MAX_HEADER];
    let mut len = 0;
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in encoded {
        let Some(value) = sextet(*byte) else { return false };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            if let Some(slot) = decoded.get_mut(len) {
                *slot = (bits >> held) as u8;
                len += 1;
            }
        }
    }
    // From a string: reading from bytes would be the whole of serde_json once more.
    let decoded = String::from_utf8_lossy(cut(&decoded, 0..len));
    serde_json::from_str::<Header>(&decoded).is_ok()
}

/// The value of a character of base64 in either alphabet.
pub(super) fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'-' | b'+' => Some(62),
        b'_' | b'/' => Some(63),
        _ => None,
    }
}

//! IP_ADDRESS: IPv4 in dotted decimal, and IPv6 in every text form of RFC 4291, section 2.2.

use core::net::Ipv6Addr;

use crate::bytes::{at, before, cut, run, run_back};
use crate::entity::{EntityType, Hit};

/// Longest text form of an IPv6 address with an IPv4 tail.
const MAX_V6: usize = 45;

/// An IPv4 address at `i`, if four octets stand there and nothing continues them; returns its end.
pub(super) fn v4(text: &[u8], i: usize) -> Option<usize> {
    let mut end = i;
    for octet in 0..4 {
        if octet > 0 {
            if at(text, end) != b'.' {
                return None;
            }
            end += 1;
        }
        let digits_end = run(text, end, |b| b.is_ascii_digit());
        let digits = cut(text, end..digits_end);
        let leading_zero = digits.len() > 1 && digits.first() == Some(&b'0');
        if digits.is_empty() || digits.len() > 3 || leading_zero {
            return None;
        }
        let value = digits.iter().fold(0u32, |v, d| v * 10 + u32::from(d - b'0'));
        if value > 255 {
            return None;
        }
        end = digits_end;
    }
    let continued = at(text, end) == b'.' && at(text, end + 1).is_ascii_digit();
    let before_it = before(text, i);
    let embedded = before_it == b'.' || before_it == b'_' || before_it.is_ascii_alphanumeric();
    let followed = at(text, end).is_ascii_alphabetic() || at(text, end) == b'_';
    (!continued && !embedded && !followed).then_some(end)
}

/// Looks around the `:` at `i` for an IPv6 address; returns where the pass goes on.
pub(super) fn at_colon(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> usize {
    let hex_start = run_back(text, i, 5, |b| b.is_ascii_hexdigit());
    if i - hex_start > 4 || crate::bytes::is_word(before(text, hex_start)) {
        return i + 1;
    }
    // Two colons make an address; one alone is a time or punctuation.
    let window = cut(text, 0..(hex_start + MAX_V6 + 1).min(text.len()));
    let end = run(window, i, |b| b.is_ascii_hexdigit() || b == b':' || b == b'.');
    let mut stop = end;
    while stop > i
        && matches!(before(text, stop), b'.' | b':')
        && !cut(text, hex_start..stop).ends_with(b"::")
    {
        stop -= 1;
    }
    let candidate = cut(text, hex_start..stop);
    let colons = candidate.iter().filter(|b| **b == b':').count();
    let digits = candidate.iter().filter(|b| b.is_ascii_hexdigit()).count();
    let parses = || core::str::from_utf8(candidate).is_ok_and(|s| s.parse::<Ipv6Addr>().is_ok());
    // `::` and `a::b` stand in source code too: an address needs enough of itself to be one.
    let enough = candidate == b"::1" || (digits >= 3 && candidate.iter().any(u8::is_ascii_digit));
    if colons >= 2 && enough && !crate::bytes::is_word(at(text, stop)) && parses() {
        hits.push(Hit {
            range: hex_start..stop,
            entity: EntityType::IpAddress,
            score: 0.95,
            validated: true,
        });
        return stop;
    }
    // Part of the same run of groups: the next colon would only see a tail of it.
    if colons >= 2 { end.max(i + 1) } else { i + 1 }
}

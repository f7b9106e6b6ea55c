//! IP_ADDRESS: IPv4 in dotted decimal, and IPv6 in every text form of RFC 4291, section 2.2, with the zone of
//! RFC 4007, section 11 (`%eth0`) and the prefix length of a network (`/24`, RFC 4632), but without a port.

use core::net::Ipv6Addr;
use core::ops::Range;

use crate::bytes::{at, before, cut, is_word, run, run_back};
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
    // `64bit-3.4.2.4` is a version; `10.0.0.1-10.0.0.9` a range.
    let named = before_it == b'-' && i > 1 && before(text, i - 1).is_ascii_alphabetic();
    let embedded = before_it == b'.' || before_it == b'_' || before_it.is_ascii_alphanumeric() || named;
    let followed = at(text, end).is_ascii_alphabetic() || at(text, end) == b'_';
    (!continued && !embedded && !followed).then_some(end)
}

/// The hit for an IPv4 address; one that is called a version is none.
pub(super) fn hit(text: &[u8], range: Range<usize>) -> Option<Hit> {
    let end = prefix_end(text, range.end, 32);
    let hit = Hit { range: range.start..end, entity: EntityType::IpAddress, score: 0.95, validated: true };
    (!is_version(text, range.start)).then_some(hit)
}

/// Whether the word before `i` says that a version follows (`rv:1.9.0.20` of Mozilla's user agents).
fn is_version(text: &[u8], i: usize) -> bool {
    const WORDS: [&[u8]; 9] =
        [b"version", b"ver", b"v", b"rv", b"release", b"firmware", b"revision", b"rev", b"build"];
    let end = run_back(text, i, 3, |b| matches!(b, b' ' | b':' | b'=' | b'.' | b'#'));
    let start = run_back(text, end, 9, |b| b.is_ascii_alphabetic());
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(cut(text, start..end)))
}

/// The end of a prefix length (`/24`) behind an address that ends at `i`, or `i`.
pub(super) fn prefix_end(text: &[u8], i: usize, most: u32) -> usize {
    let end = run(text, i + 1, |b| b.is_ascii_digit());
    let length = cut(text, i + 1..end).iter().take(4).fold(0, |n, d| n * 10 + u32::from(d - b'0'));
    let continued =
        is_word(at(text, end)) || (matches!(at(text, end), b'.' | b'/') && is_word(at(text, end + 1)));
    if at(text, i) == b'/' && end > i + 1 && end <= i + 4 && length <= most && !continued { end } else { i }
}

/// The end of a zone (`%eth0`) behind an address that ends at `i`, or `i`.
fn zone_end(text: &[u8], i: usize) -> usize {
    let end = run(cut(text, 0..(i + 17).min(text.len())), i + 1, |b| b.is_ascii_alphanumeric() || b == b'_');
    if at(text, i) == b'%' && end > i + 1 { end } else { i }
}

/// Looks around the `:` at `i` for an IPv6 address; returns where the pass goes on.
pub(super) fn at_colon(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> usize {
    let hex_start = run_back(text, i, 5, |b| b.is_ascii_hexdigit());
    // Letters and marks of other scripts belong to no label and to no address.
    let in_word = |b: u8| is_word(b) && b.is_ascii();
    let labelled = in_word(before(text, hex_start));
    // `IP:2001:db8::1`: the colon belongs to a label, and the address begins behind it.
    let start = match (i - hex_start, labelled, before(text, hex_start)) {
        (0..=4, true, _) if at(text, i + 1) != b':' => i + 1,
        (5.., ..) | (_, true, _) => return i + 1,
        // Behind a colon that was part of something else.
        (1.., false, b':') => return i + 1,
        _ => hex_start,
    };
    // Two colons make an address; one alone is a time or punctuation.
    let window = cut(text, 0..(start + MAX_V6 + 1).min(text.len()));
    let end = run(window, i.max(start), |b| b.is_ascii_hexdigit() || b == b':' || b == b'.');
    let mut stop = end;
    while stop > i && matches!(before(text, stop), b'.' | b':') && !cut(text, start..stop).ends_with(b"::") {
        stop -= 1;
    }
    let candidate = cut(text, start..stop);
    let colons = candidate.iter().filter(|b| **b == b':').count();
    let digits = candidate.iter().filter(|b| b.is_ascii_hexdigit()).count();
    let parses = || core::str::from_utf8(candidate).is_ok_and(|s| s.parse::<Ipv6Addr>().is_ok());
    // `::` and `a::b` stand in source code too: an address needs enough of itself to be one.
    let enough = candidate == b"::1" || (digits >= 3 && candidate.iter().any(u8::is_ascii_digit));
    if colons >= 2 && enough && !in_word(at(text, stop)) && parses() {
        let stop = prefix_end(text, zone_end(text, stop), 128);
        hits.push(Hit { range: start..stop, entity: EntityType::IpAddress, score: 0.95, validated: true });
        return stop;
    }
    if start > i {
        return i + 1;
    }
    // Part of the same run of groups: the next colon would only see a tail of it.
    if colons >= 2 { end.max(i + 1) } else { i + 1 }
}

//! MAC_ADDRESS: IEEE 802 EUI-48 in the notations of IEEE 802 (`00-1A-2B-3C-4D-5E`), of RFC 7042 and most
//! systems (`00:1a:2b:3c:4d:5e`), and of Cisco (`001a.2b3c.4d5e`).

use crate::bytes::{at, before, cut, run_back};
use crate::entity::{EntityType, Hit};

/// The length of six pairs of hexadecimal digits with separators.
const PAIRS: usize = 17;

/// Looks at the first separator of such pairs, at `i`.
pub(super) fn at_separator(text: &[u8], i: usize) -> Option<Hit> {
    let separator = at(text, i);
    if at(text, i + 3) != separator || at(text, i + 6) != separator {
        return None;
    }
    let start = i.checked_sub(2)?;
    let address = cut(text, start..start + PAIRS);
    let fits = address
        .iter()
        .enumerate()
        .all(|(n, b)| if n % 3 == 2 { *b == separator } else { b.is_ascii_hexdigit() });
    (address.len() == PAIRS && fits).then(|| hit(text, start, start + PAIRS, separator)).flatten()
}

/// Looks at three groups of four hexadecimal digits with dots, the first digit of which is at `i`.
pub(super) fn at_dotted(text: &[u8], i: usize) -> Option<Hit> {
    let start = run_back(text, i, 4, |b| b.is_ascii_hexdigit());
    let address = cut(text, start..start + 14);
    let fits = || {
        address.iter().enumerate().all(|(n, b)| if n % 5 == 4 { *b == b'.' } else { b.is_ascii_hexdigit() })
    };
    // Three numbers of four digits are no address.
    let hexadecimal = || address.iter().any(|b| b.is_ascii_alphabetic());
    if address.get(4) != Some(&b'.') || !fits() || !hexadecimal() {
        return None;
    }
    hit(text, start, start + 14, b'.')
}

fn hit(text: &[u8], start: usize, end: usize, separator: u8) -> Option<Hit> {
    let in_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let joined = |b: u8| b == separator && separator != b'.';
    // `MAC:00:1b:…`: the colon belongs to a label, not to one more pair.
    let label = cut(
        text,
        run_back(text, start.saturating_sub(1), 3, |b| b.is_ascii_alphanumeric())..start.saturating_sub(1),
    );
    let is_pair = label.len() == 2 && label.iter().all(u8::is_ascii_hexdigit);
    let labelled = separator == b':' && !label.is_empty() && !is_pair;
    let previous = before(text, start);
    if in_word(previous) || joined(previous) && !labelled || in_word(at(text, end)) || joined(at(text, end)) {
        return None;
    }
    // Broadcast and none at all are nobody's.
    let mut digits = cut(text, start..end).iter().filter(|b| b.is_ascii_hexdigit());
    let first = digits.next()?;
    if matches!(first, b'0' | b'f' | b'F') && digits.all(|b| b == first) {
        return None;
    }
    Some(Hit { range: start..end, entity: EntityType::MacAddress, score: 0.95, validated: true })
}

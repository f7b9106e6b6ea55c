//! IBAN: ISO 13616, country lengths from SWIFT's IBAN registry, check by ISO 7064 mod 97-10.

use crate::bytes::{at, before, cut};
use crate::entity::{EntityType, Hit};

/// Length of an IBAN by country code, sorted by code.
const LENGTHS: [(&[u8; 2], u8); 89] = [
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// Looks at an IBAN whose check digits begin at `i`; returns where the pass goes on, if it is one.
pub(super) fn at_check_digits(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> Option<usize> {
    let start = i.checked_sub(2)?;
    // A letter of another script does not go on with it: where words are not parted it stands right beside them.
    let previous = before(text, start);
    if !at(text, start).is_ascii_alphabetic() || previous.is_ascii_alphanumeric() || previous == b'_' {
        return None;
    }
    let country = [at(text, start).to_ascii_uppercase(), at(text, start + 1).to_ascii_uppercase()];
    let found = LENGTHS.binary_search_by(|(code, _)| (*code).cmp(&country)).ok()?;
    let length = usize::from(LENGTHS.get(found)?.1);
    let mut kept = [0u8; 34];
    let mut end = start;
    for slot in kept.iter_mut().take(length) {
        // Printed in groups of four; hyphens and dots occur as well.
        if matches!(at(text, end), b' ' | b'-' | b'.') {
            end += 1;
        }
        *slot = at(text, end).to_ascii_uppercase();
        if !slot.is_ascii_alphanumeric() {
            return None;
        }
        end += 1;
    }
    let followed = at(text, end).is_ascii_alphanumeric();
    if followed || !mod97(cut(&kept, 0..length)) {
        return None;
    }
    hits.push(Hit { range: start..end, entity: EntityType::Iban, score: 1.0, validated: true });
    Some(end)
}

/// ISO 13616: the first four characters moved to the end, letters as 10 to 35, remainder 1.
fn mod97(iban: &[u8]) -> bool {
    let (head, tail) = iban.split_at_checked(4).unwrap_or_default();
    let remainder = tail.iter().chain(head).fold(0u32, |r, b| match b {
        b'0'..=b'9' => (r * 10 + u32::from(b - b'0')) % 97,
        _ => (r * 100 + u32::from(b - b'A') + 10) % 97,
    });
    remainder == 1
}

//! EU_VAT_ID: value added tax numbers with the prefix of a member state, or GB and XI.
//!
//! Form and check of each member state as in the European Commission's "VIES: structure of VAT numbers" and
//! the states' own publications. Bulgaria, Czechia, Latvia, Lithuania and Romania have several kinds of
//! numbers; of these the form is checked, and a label is asked for.

use super::super::check::{digit, luhn_sum, mod_11_10, number, remainder_97, weighted};
use super::super::context::{Around, Topic, Topics};
use super::is_whole;
use crate::bytes::{at, before, cut};
use crate::entity::{EntityType, Hit};

/// Longest number behind the prefix.
const MAX: usize = 12;

const TOPICS: Topics = Topics::of(&[
    Topic::Vat,
    Topic::TaxId,
    Topic::GermanTax,
    Topic::Spain,
    Topic::Poland,
    Topic::Netherlands,
    Topic::Portugal,
]);

/// Looks at a number whose prefix ends before `i`, or before the separator before `i`.
pub(in crate::detect) fn find(around: &Around<'_>, i: usize) -> Option<Hit> {
    let text = around.text;
    let parted = matches!(before(text, i), b' ' | b'-');
    let behind = if parted { i - 1 } else { i };
    let start =
        [2, 3].into_iter().filter_map(|n| behind.checked_sub(n)).find(|s| prefix(text, *s).is_some())?;
    let (state, capitals) = prefix(text, start)?;
    // Letters that belong to the number stand between the prefix and its first digit.
    let body = start + 2;
    let (least, most) = lengths(state)?;
    let mut value = [0u8; MAX];
    let (mut length, mut end) = (0, body);
    let mut best = None;
    let joint = |b: u8| matches!(b, b' ' | b'-' | b'.');
    while let Some(slot) = value.get_mut(length) {
        let mut next = end;
        if joint(at(text, next)) {
            next += 1;
        }
        if !at(text, next).is_ascii_alphanumeric() || length >= most {
            break;
        }
        *slot = at(text, next).to_ascii_uppercase();
        length += 1;
        end = next + 1;
        if length >= least && is_whole(text, start, end) && fits(state, cut(&value, 0..length)) {
            best = Some((end, length));
        }
    }
    let (end, length) = best?;
    let context = around.candidate(start, end);
    let checked = checks(state, cut(&value, 0..length));
    let named = context.names(TOPICS);
    let score = match (named, checked) {
        (true, Some(true)) => 0.95,
        (true, None) => 0.85,
        (false, Some(true)) if capitals && !context.is_denied(TOPICS) => 0.8,
        (false, Some(true)) if !context.is_denied(TOPICS) && end - body > 9 => 0.6,
        _ => return None,
    };
    Some(Hit { range: start..end, entity: EntityType::EuVatId, score, validated: checked == Some(true) })
}

/// The prefix at `start`, and whether it is in capitals.
fn prefix(text: &[u8], start: usize) -> Option<([u8; 2], bool)> {
    let state = [at(text, start), at(text, start + 1)];
    let letters = state.iter().all(u8::is_ascii_alphabetic) && !before(text, start).is_ascii_alphanumeric();
    let capitals = state.iter().all(u8::is_ascii_uppercase);
    let state = state.map(|b| b.to_ascii_uppercase());
    (letters && lengths(state).is_some()).then_some((state, capitals))
}

/// The shortest and longest number of a state.
fn lengths(state: [u8; 2]) -> Option<(usize, usize)> {
    Some(match &state {
        b"AT" | b"CY" | b"DE" | b"EE" | b"EL" | b"PT" | b"ES" => (9, 9),
        b"BE" | b"PL" | b"SK" => (10, 10),
        b"BG" => (9, 10),
        b"CZ" => (8, 10),
        b"DK" | b"FI" | b"HU" | b"LU" | b"MT" | b"SI" => (8, 8),
        b"FR" | b"HR" | b"IT" | b"LV" => (11, 11),
        b"GB" | b"XI" => (9, 12),
        b"IE" => (8, 9),
        b"LT" => (9, 12),
        b"NL" | b"SE" => (12, 12),
        b"RO" => (4, 10),
        _ => return None,
    })
}

/// Whether letters and digits stand where they may.
fn fits(state: [u8; 2], v: &[u8]) -> bool {
    let digits = |from: usize, to: usize| {
        cut(v, from..to).len() == to - from && cut(v, from..to).iter().all(u8::is_ascii_digit)
    };
    let n = v.len();
    match &state {
        b"AT" => v.first() == Some(&b'U') && digits(1, 9),
        b"CY" => digits(0, 8) && v.get(8).is_some_and(u8::is_ascii_uppercase),
        b"ES" => {
            digits(1, 8) && (digits(0, 1) || digits(8, 9) || v.first().is_some_and(|b| b"XYZKLM".contains(b)))
        }
        b"FR" => digits(2, 11),
        b"IE" => digits(0, 1) && digits(2, 7) && v.get(7).is_some_and(u8::is_ascii_uppercase),
        b"NL" => digits(0, 9) && v.get(9) == Some(&b'B') && digits(10, 12),
        b"GB" | b"XI" => digits(0, n) && matches!(n, 9 | 12),
        b"LT" => digits(0, n) && matches!(n, 9 | 12),
        _ => digits(0, n),
    }
}

/// Whether the check digits are right; none where they are not checked here.
fn checks(state: [u8; 2], v: &[u8]) -> Option<bool> {
    let d = |n: usize| digit(v, n);
    let modulo_11 = |weights: &[u32]| weighted(v, weights).is_multiple_of(11);
    Some(match &state {
        b"AT" => {
            let digits = v.get(1..9)?;
            (10 - (luhn_sum(digits.iter().take(7).copied()) + 4) % 10) % 10 == d(8)
        }
        b"BE" => matches!(d(0), 0 | 1) && 97 - remainder_97(v.iter().take(8).copied()) == number(v, 8, 10),
        b"DE" => d(0) != 0 && mod_11_10(v),
        b"HR" => mod_11_10(v),
        b"DK" => modulo_11(&[2, 7, 6, 5, 4, 3, 2, 1]),
        b"EE" => number(v, 0, 2) == 10 && weighted(v, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10),
        b"EL" => weighted(v, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == d(8),
        b"FI" => modulo_11(&[7, 9, 10, 5, 8, 4, 2, 1]),
        // The key of old numbers: the remainder of 97; new ones have letters there.
        b"FR" => {
            let siren = v.get(2..11)?;
            let key = (12 + 3 * remainder_97(siren.iter().copied())) % 97;
            let numeric = v.iter().take(2).all(u8::is_ascii_digit);
            luhn_sum(siren.iter().copied()).is_multiple_of(10) && (!numeric || key == number(v, 0, 2))
        }
        b"GB" | b"XI" => {
            let sum = weighted(v, &[8, 7, 6, 5, 4, 3, 2]) + number(v, 7, 9);
            matches!(sum % 97, 0 | 42 | 55)
        }
        b"HU" => weighted(v, &[9, 7, 3, 1, 9, 7, 3, 1]).is_multiple_of(10),
        b"IE" => {
            let second = v.get(8).map_or(0, |b| u32::from(b.wrapping_sub(b'A')) % 26 + 1);
            let sum = weighted(v.get(..7)?, &[8, 7, 6, 5, 4, 3, 2]) + 9 * second;
            d(1) < 10 && b"WABCDEFGHIJKLMNOPQRSTUV".get(sum as usize % 23) == v.get(7)
        }
        b"IT" => number(v, 0, 7) != 0 && luhn_sum(v.iter().copied()).is_multiple_of(10),
        b"LU" => number(v, 0, 6) % 89 == number(v, 6, 8),
        b"MT" => weighted(v, &[3, 4, 6, 7, 8, 9, 10, 1]).is_multiple_of(37),
        // Numbers of sole traders since 2020 have a check of their own.
        b"NL" => modulo_11(&[9, 8, 7, 6, 5, 4, 3, 2, 10]) || nl_97(v),
        b"PL" => weighted(v, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == d(9),
        b"PT" => {
            matches!(11 - weighted(v, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11, n if (if n > 9 { 0 } else { n }) == d(8))
        }
        b"SE" => number(v, 10, 12) != 0 && luhn_sum(v.iter().take(10).copied()).is_multiple_of(10),
        b"SI" => d(0) != 0 && (11 - weighted(v, &[8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10 == d(7),
        b"SK" => {
            let remainder = v.iter().fold(0, |r, b| (r * 10 + u32::from(b.wrapping_sub(b'0'))) % 11);
            d(0) != 0 && matches!(d(2), 2..=4 | 7..=9) && remainder == 0
        }
        _ => return None,
    })
}

/// ISO 7064, MOD 97-10, over the number with its prefix.
fn nl_97(v: &[u8]) -> bool {
    remainder_97(b"NL".iter().chain(v).copied()) == 1
}

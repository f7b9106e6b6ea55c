//! CREDIT_CARD: ISO/IEC 7812 numbers, 12 to 19 digits with a Luhn check digit, bare or in groups.

use super::{Group, Groups, count, digits};
use crate::bytes::{at, before};
use crate::entity::{EntityType, Hit};

/// The longest card number that the groups begin with.
pub(super) fn find(text: &[u8], groups: &Groups) -> Option<Hit> {
    let all = groups.as_slice();
    (1..=all.len()).rev().find_map(|n| {
        let taken = groups.first(n);
        let (first, last) = (taken.first()?, taken.last()?);
        if !is_card_layout(taken) || !is_issuer(text, taken) || !luhn(digits(text, taken)) {
            return None;
        }
        let embedded = before(text, first.start) == b'.' || at(text, last.end).is_ascii_alphabetic();
        let decimal = at(text, last.end) == b'.' && at(text, last.end + 1).is_ascii_digit();
        if embedded || decimal {
            return None;
        }
        let range = first.start..last.end;
        Some(Hit { range, entity: EntityType::CreditCard, score: 1.0, validated: true })
    })
}

/// 12 to 19 digits with one and the same separator throughout, in groups of two digits or more.
fn is_card_layout(groups: &[Group]) -> bool {
    let separator = groups.get(1).map_or(b' ', |g| g.separator);
    let mut adjacent = groups.iter().zip(groups.iter().skip(1));
    // One dot makes a decimal fraction, one in ten of which has a Luhn check digit.
    let decimal = separator == b'.' && groups.len() == 2;
    (12..=19).contains(&count(groups))
        && matches!(separator, b' ' | b'-' | b'.')
        && !decimal
        && groups.iter().all(|g| g.len() >= 2)
        && adjacent.all(|(a, b)| b.separator == separator && b.start == a.end + 1)
}

/// Major industry identifiers of banking, travel and merchandising; twelve digits only from Maestro.
fn is_issuer(text: &[u8], groups: &[Group]) -> bool {
    let first = digits(text, groups).next().unwrap_or(0);
    let known = matches!(first, b'1'..=b'6' | b'8');
    known && (count(groups) > 12 || matches!(first, b'5' | b'6'))
}

/// The check of ISO/IEC 7812-1, annex B.
pub(super) fn luhn(digits: impl DoubleEndedIterator<Item = u8>) -> bool {
    let sum = digits.rev().enumerate().fold(0, |sum, (n, digit)| {
        let value = u32::from(digit - b'0');
        sum + match n % 2 {
            0 => value,
            _ if value > 4 => value * 2 - 9,
            _ => value * 2,
        }
    });
    sum > 0 && sum.is_multiple_of(10)
}

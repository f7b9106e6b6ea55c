//! CREDIT_CARD: ISO/IEC 7812 numbers, 12 to 19 digits with a Luhn check digit, bare or in groups.
//!
//! Without a word that says so, a number counts only in the ranges and lengths that the payment networks
//! issue (their published issuer identification number ranges): one in ten of all numbers passes Luhn's
//! check, and the IMEI of a telephone, 15 digits, always does.

use super::{Group, Groups, count, digits};
use crate::bytes::{at, before};
use crate::detect::check::luhn_sum;
use crate::detect::context::{Around, Topic, Topics};
use crate::entity::{EntityType, Hit};

const NAMES: Topics = Topics::of(&[Topic::Card]);

/// The longest card number that the groups begin with.
pub(super) fn find(around: &Around<'_>, groups: &Groups) -> Option<Hit> {
    let text = around.text;
    let all = groups.as_slice();
    (1..=all.len()).rev().find_map(|n| {
        let taken = groups.first(n);
        let (first, last) = (taken.first()?, taken.last()?);
        if !is_card_layout(taken) || !is_luhn(text, taken) {
            return None;
        }
        let previous = before(text, first.start);
        let joined = previous == b'-' && first.start > 1 && before(text, first.start - 1).is_ascii_digit();
        let embedded = matches!(previous, b'.' | b'_') || joined || at(text, last.end).is_ascii_alphabetic();
        let decimal = at(text, last.end) == b'.' && at(text, last.end + 1).is_ascii_digit();
        if embedded || decimal {
            return None;
        }
        let range = first.start..last.end;
        let context = around.candidate(range.start, range.end);
        // Pairs of digits are written out from time to time, but hexadecimal dumps are made of them.
        let grouped = taken.iter().rev().skip(1).all(|g| g.len() > 2);
        let score = match (is_issued(text, taken) && grouped, context.names(NAMES)) {
            (_, true) => 1.0,
            (true, _) => 0.9,
            (false, false) => return None,
        };
        Some(Hit { range, entity: EntityType::CreditCard, score, validated: true })
    })
}

/// 12 to 19 digits with one and the same separator throughout, in groups of two digits or more.
fn is_card_layout(groups: &[Group]) -> bool {
    let separator = groups.get(1).map_or(b' ', |g| g.separator);
    // One dot makes a decimal fraction, one in ten of which has a Luhn check digit.
    let decimal = separator == b'.' && groups.len() == 2;
    (12..=19).contains(&count(groups))
        && matches!(separator, b' ' | b'-' | b'.')
        && !decimal
        && groups.iter().all(|g| g.len() >= 2)
        && groups.iter().skip(1).all(|g| g.separator == separator && g.single)
}

fn is_luhn(text: &[u8], groups: &[Group]) -> bool {
    let sum = luhn_sum(digits(text, groups));
    sum > 0 && sum.is_multiple_of(10)
}

/// Whether a network issues numbers of this beginning and length.
fn is_issued(text: &[u8], groups: &[Group]) -> bool {
    let length = count(groups);
    let first_six = digits(text, groups).take(6).fold(0u32, |n, d| n * 10 + u32::from(d - b'0'));
    let (two, three, four) = (first_six / 10_000, first_six / 1000, first_six / 100);
    match (two, three, four) {
        // American Express; JCB, and enRoute, of fifteen digits; UATP; Voyager.
        (34 | 37, ..) | (.., 1800 | 2131 | 2014 | 2149 | 8699) => length == 15,
        // Diners Club.
        (30 | 36 | 38 | 39, ..) => matches!(length, 14 | 16..=19),
        // JCB.
        (35, ..) => (16..=19).contains(&length),
        // Visa.
        (40..=49, ..) => matches!(length, 13 | 16 | 18 | 19),
        // Mastercard; Mir.
        (51..=55, ..) | (.., 2200..=2204 | 2221..=2720) => (16..=19).contains(&length),
        // Maestro has 12 to 19 digits; of 15 digits an IMEI is likelier.
        (50 | 56..=58, ..) | (.., 604) => matches!(length, 12..=14 | 16 | 18 | 19),
        // Discover, UnionPay, RuPay, Troy, Maestro and others.
        (60..=69, ..) => matches!(length, 12..=14 | 16..=19),
        (81 | 82, ..) | (.., 9792) => length == 16,
        _ => false,
    }
}

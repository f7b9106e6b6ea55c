//! PHONE: numbers in international form (ITU-T E.164: a `+` and at most 15 digits), in the form of the
//! North American Numbering Plan, in other national forms with a trunk `0`, and what a word before it
//! calls a telephone number.

use super::{Group, Groups, count, digits};
use crate::bytes::{at, before, cut, run};
use crate::detect::context::context;
use crate::entity::{EntityType, Hit};

const CONTEXT: [&str; 10] =
    ["phone", "call", "tel", "mobile", "cell", "fax", "whatsapp", "reach me", "contact", "sms"];

/// ITU-T E.164, section 6.
const MAX_E164: usize = 15;

/// The telephone number that begins at the digit `i`.
pub(super) fn find(text: &[u8], i: usize, groups: &Groups) -> Option<Hit> {
    let opened = before(text, i) == b'(';
    let outside = if opened { i - 1 } else { i };
    let plus = before(text, outside) == b'+';
    let start = if plus { outside - 1 } else { outside };
    let glued = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'$' | b'#');
    if glued(before(text, start)) {
        return None;
    }
    let (taken, score) = if plus { international(groups)? } else { national(text, i, opened, groups)? };
    let last = taken.last()?;
    let end = extension_end(text, last.end);
    if at(text, end).is_ascii_alphabetic() || at(text, end) == b'_' {
        return None;
    }
    let start = if opened && !closes(text, i, end) { i } else { start };
    Some(Hit { range: start..end, entity: EntityType::Phone, score, validated: false })
}

fn closes(text: &[u8], start: usize, end: usize) -> bool {
    cut(text, start..end).contains(&b')')
}

/// As many whole groups behind a `+` as E.164 allows, eight digits or more.
fn international(groups: &Groups) -> Option<(&[Group], f32)> {
    let fits = |n: &usize| (8..=MAX_E164).contains(&count(groups.first(*n)));
    let n = (1..=groups.as_slice().len()).rev().find(fits)?;
    Some((groups.first(n), 0.9))
}

fn national<'g>(text: &[u8], i: usize, opened: bool, groups: &'g Groups) -> Option<(&'g [Group], f32)> {
    let all = groups.as_slice();
    let lens: [usize; 5] = core::array::from_fn(|n| all.get(n).map_or(0, |g| g.len()));
    let area = |n: usize| all.get(n).is_some_and(|g| (b'2'..=b'9').contains(&at(text, g.start)));
    let called = || context(text, i, &CONTEXT);
    match lens {
        [3, 3, 4, ..] if area(0) => return Some((groups.first(3), if opened { 0.9 } else { 0.75 })),
        [1, 3, 3, 4, _] if at(text, i) == b'1' && area(1) => return Some((groups.first(4), 0.85)),
        [3, 7, ..] if opened && area(0) => return Some((groups.first(2), 0.75)),
        [10, ..] if area(0) && called() => return Some((groups.first(1), 0.7)),
        [11, ..] if at(text, i) == b'1' && called() => return Some((groups.first(1), 0.7)),
        [3, 4, 0, ..] if area(0) && called() => return Some((groups.first(2), 0.6)),
        _ => {}
    }
    if is_date(all) || is_decimal(text, all) {
        return None;
    }
    let (least, most, trunk) = match (at(text, i), at(text, i + 1)) {
        (b'0', b'0') => (10, MAX_E164 + 2, true),
        (b'0', _) => (9, 12, true),
        _ => (8, MAX_E164, false),
    };
    let n = (1..=all.len()).rev().find(|n| (least..=most).contains(&count(groups.first(*n))))?;
    let varied = digits(text, groups.first(n)).fold(0u16, |set, d| set | 1 << (d & 15)).count_ones() > 2;
    match (trunk && n >= 2, called()) {
        _ if !varied => None,
        (true, true) => Some((groups.first(n), 0.8)),
        (true, false) => Some((groups.first(n), 0.55)),
        (false, true) => Some((groups.first(n), 0.55)),
        (false, false) => None,
    }
}

/// `31.12.2025`, `2025-12-31` and the like, with whatever follows.
fn is_date(groups: &[Group]) -> bool {
    let [a, b, c, ..] = groups else { return false };
    let lens = [a.len(), b.len(), c.len()];
    b.separator == c.separator && (lens == [4, 2, 2] || (lens[2] == 4 && lens[0] <= 2 && lens[1] <= 2))
}

/// `0.123456789`, and one dot in what is not in the form of a national number.
fn is_decimal(text: &[u8], groups: &[Group]) -> bool {
    let [a, b, rest @ ..] = groups else { return false };
    let trunk = at(text, a.start) == b'0' && a.len() > 1;
    b.separator == b'.' && !trunk && rest.first().is_none_or(|c| c.separator != b'.')
}

/// The end of an extension (`x123`, ` ext. 123`) behind a number that ends at `i`, or `i`.
fn extension_end(text: &[u8], i: usize) -> usize {
    let word = run(text, i, |b| b == b' ');
    let rest = cut(text, word..(word + 4).min(text.len()));
    let marker = match rest {
        [b'e' | b'E', b'x' | b'X', b't' | b'T', b'.'] => 4,
        [b'e' | b'E', b'x' | b'X', b't' | b'T', ..] => 3,
        [b'x' | b'X', ..] => 1,
        _ => return i,
    };
    let digits = run(text, word + marker, |b| b == b' ');
    let end = run(text, digits, |b| b.is_ascii_digit());
    if (1..=6).contains(&(end - digits)) { end } else { i }
}

//! Values made of digits: CREDIT_CARD, SSN_US, PHONE, IBAN, IPv4.
//!
//! At the first digit of a run the groups of digits that follow are gathered once, in a bounded window,
//! and every recogniser of such values looks at the same groups.

pub(super) mod card;
pub(super) mod iban;
pub(super) mod phone;
pub(super) mod ssn;

use super::ip;
use crate::bytes::{at, before, cut, run};
use crate::entity::{EntityType, Hit};

/// Most groups of one number: a card in pairs of digits is the longest that is written.
const MAX_GROUPS: usize = 10;
/// Most digits of one number (ISO/IEC 7812 allows 19 for a card).
const MAX_DIGITS: usize = 24;

/// A run of digits, and the separator in front of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The separator before the group: the first byte of it, or NUL at the start of the number.
    pub(super) separator: u8,
}

impl Group {
    pub(super) fn len(self) -> usize {
        self.end - self.start
    }
}

/// The groups of digits from one place on.
#[derive(Debug, Default)]
pub(super) struct Groups {
    list: [Group; MAX_GROUPS],
    count: usize,
}

impl Groups {
    /// Gathers the groups from `i` on. Between two of them stands at most a space, hyphen, dot, slash or
    /// parenthesis, or a pair of these (`) `, ` (`).
    fn gather(text: &[u8], i: usize) -> Self {
        let mut groups = Self::default();
        let (mut start, mut digits, mut separator) = (i, 0, 0);
        while let Some(slot) = groups.list.get_mut(groups.count) {
            let end = run(text, start, |b| b.is_ascii_digit());
            digits += end - start;
            if end == start || digits > MAX_DIGITS {
                break;
            }
            *slot = Group { start, end, separator };
            groups.count += 1;
            separator = at(text, end);
            if !is_separator(separator) {
                break;
            }
            start = end + 1;
            if is_separator(at(text, start)) && (separator == b')' || matches!(at(text, start), b'(' | b'-'))
            {
                start += 1;
            }
        }
        groups
    }

    pub(super) fn as_slice(&self) -> &[Group] {
        self.list.get(..self.count).unwrap_or_default()
    }

    /// The first `n` groups.
    pub(super) fn first(&self, n: usize) -> &[Group] {
        self.as_slice().get(..n).unwrap_or_default()
    }
}

/// The digits of `groups`, one after the other.
pub(super) fn digits<'a>(text: &'a [u8], groups: &'a [Group]) -> impl DoubleEndedIterator<Item = u8> + 'a {
    groups.iter().flat_map(|g| cut(text, g.start..g.end).iter().copied())
}

/// How many digits `groups` hold.
pub(super) fn count(groups: &[Group]) -> usize {
    groups.iter().map(|g| g.len()).sum()
}

fn is_separator(b: u8) -> bool {
    matches!(b, b' ' | b'-' | b'.' | b'/' | b'(' | b')')
}

/// Looks at the number that begins at the digit `i`; returns where the pass goes on.
pub(super) fn at_digit(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> usize {
    let first_end = run(text, i, |b| b.is_ascii_digit());
    let previous = before(text, i);
    if previous.is_ascii_alphabetic() {
        return iban::at_check_digits(text, i, hits).unwrap_or(first_end);
    }
    if let Some(end) = ip::v4(text, i) {
        hits.push(Hit { range: i..end, entity: EntityType::IpAddress, score: 0.95, validated: true });
        return end;
    }
    if first_end - i > MAX_DIGITS {
        return first_end;
    }
    let groups = Groups::gather(text, i);
    let found = card::find(text, &groups)
        .or_else(|| ssn::find(text, &groups))
        .or_else(|| phone::find(text, i, &groups));
    match found {
        Some(hit) => {
            let end = hit.range.end;
            hits.push(hit);
            end.max(first_end)
        }
        None => first_end,
    }
}

//! Values made of digits, or with digits in them.
//!
//! At the first digit of a run the groups of digits that follow are gathered once, in a bounded window,
//! and every recogniser of such values looks at the same groups, or at the token of letters and digits
//! around them. What is found with the highest score stands; where two are as sure, the more exact type.

pub(super) mod card;
pub(super) mod iban;
pub(super) mod phone;
pub(super) mod ssn;

use super::context::Around;
use super::{birth_date, crypto, ip, labelled, mac, national, postal_code};
use crate::bytes::{at, before, cut, run};
use crate::entity::Hit;

/// Most groups of one number: a card in pairs of digits is the longest that is written.
const MAX_GROUPS: usize = 10;
/// Most digits of one number (ISO/IEC 7812 allows 19 for a card).
const MAX_DIGITS: usize = 24;

/// A run of digits, and the separator in front of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The separator before the group: the first one of it (a no-break space is a space, and a dash a
    /// hyphen), or NUL at the start of the number.
    pub(super) separator: u8,
    /// Whether that separator is one character.
    pub(super) single: bool,
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
    /// parenthesis, or a pair of these (`) `, ` (`, `)-`).
    fn gather(text: &[u8], i: usize) -> Self {
        let mut groups = Self::default();
        let (mut start, mut digits, mut separator, mut single) = (i, 0, 0, true);
        while let Some(slot) = groups.list.get_mut(groups.count) {
            let end = run(text, start, |b| b.is_ascii_digit());
            digits += end - start;
            if end == start || digits > MAX_DIGITS {
                break;
            }
            *slot = Group { start, end, separator, single };
            groups.count += 1;
            let width;
            (separator, width) = separator_at(text, end);
            if width == 0 {
                break;
            }
            (start, single) = (end + width, true);
            let (second, width) = separator_at(text, start);
            if width > 0 && (separator == b')' || matches!(second, b'(' | b'-')) {
                (start, single) = (start + width, false);
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

    /// Whether a number may end with the first `n` groups: what follows is not joined to them.
    pub(super) fn may_end(&self, n: usize) -> bool {
        self.as_slice().get(n).is_none_or(|next| next.separator == b' ')
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

/// The separator at `i` and its length; 0 where there is none.
fn separator_at(text: &[u8], i: usize) -> (u8, usize) {
    match at(text, i) {
        b @ (b' ' | b'-' | b'.' | b'/' | b'(' | b')') => (b, 1),
        // U+00A0, U+3000; U+2007, U+2009, U+202F; U+2010 to U+2013.
        0xE3 if cut(text, i..i + 3) == b"\xE3\x80\x80" => (b' ', 3),
        0xC2 if at(text, i + 1) == 0xA0 => (b' ', 2),
        0xE2 if at(text, i + 1) == 0x80 => match at(text, i + 2) {
            0x87 | 0x89 | 0xAF => (b' ', 3),
            0x90..=0x93 => (b'-', 3),
            _ => (0, 0),
        },
        _ => (0, 0),
    }
}

/// Looks at the number that begins at the digit `i`; returns where the pass goes on.
pub(super) fn at_digit(around: &Around<'_>, i: usize, hits: &mut Vec<Hit>) -> usize {
    let text = around.text;
    let first_end = run(text, i, |b| b.is_ascii_digit());
    let mut best = Best(None);
    let lettered = before(text, i).is_ascii_alphabetic() || at(text, first_end).is_ascii_alphabetic();
    if lettered {
        if let Some(end) = iban::at_check_digits(text, i, hits) {
            return end;
        }
        best.take(crypto::find(text, i));
        // `12th May 1990`.
        best.take(birth_date::at_day(around, i, &[]));
    } else {
        if let Some(end) = ip::v4(text, i) {
            let hit = ip::hit(text, i..end);
            let end = hit.as_ref().map_or(end, |h| h.range.end);
            hits.extend(hit);
            return end;
        }
        if first_end - i > MAX_DIGITS {
            return first_end;
        }
        let groups = Groups::gather(text, i);
        best.take(birth_date::at_day(around, i, groups.as_slice()));
        if count(groups.as_slice()) >= 7 {
            best.take(card::find(around, &groups));
            best.take(ssn::find(around, &groups));
            best.take(phone::find(around, i, &groups));
        }
    }
    best.take(national::find(around, i));
    best.take(national::vat::find(around, i));
    best.take(mac::at_dotted(text, i));
    if best.0.is_none() {
        best.take(labelled::find(around, i));
        best.take(postal_code::find(around, i, first_end));
    }
    match best.0 {
        Some(hit) => {
            let end = hit.range.end;
            hits.push(hit);
            end.max(first_end)
        }
        None => first_end,
    }
}

/// The surest hit so far; of equally sure ones the first.
struct Best(Option<Hit>);

impl Best {
    fn take(&mut self, hit: Option<Hit>) {
        if let Some(hit) = hit
            && self.0.as_ref().is_none_or(|best| hit.score > best.score)
        {
            self.0 = Some(hit);
        }
    }
}

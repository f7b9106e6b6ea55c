//! The token map of one request: which placeholder stands for which value.
//!
//! Grammar of a placeholder: `{TYPE}_{N}`, TYPE a name after [`crate::entity::is_valid_name`], N a decimal
//! number from 1 without leading zeros; [`bent`] has the forms that models make of it. The map lives and
//! dies with its request; its values are overwritten when it is dropped, and it prints as a count.

pub mod bent;
mod edge;

use alloc::borrow::Cow;
use alloc::collections::{BTreeMap, BTreeSet};
use core::fmt;
use core::ops::Range;

use zeroize::Zeroize;

use crate::bytes::{at, cut, from, run};
use crate::entity::EntityType;

use bent::{Verdict, View};

extern crate alloc;

/// Most digits of a placeholder's number; a request's body cap keeps counts far below.
const MAX_DIGITS: usize = 9;

/// Bytes of values, one behind the other: overwritten when dropped or moved, and never printed.
#[derive(Default)]
struct Vault {
    bytes: Vec<u8>,
}

/// Where a value lies in its map's vault.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    start: usize,
    end: usize,
}

impl Vault {
    fn push(&mut self, value: &[u8]) -> Kept {
        let start = self.bytes.len();
        let needed = start + value.len();
        if needed > self.bytes.capacity() {
            // Growing by hand: a vector that grows leaves its old bytes behind.
            let mut grown = Vec::with_capacity((needed * 2).max(512));
            grown.extend_from_slice(&self.bytes);
            core::mem::replace(&mut self.bytes, grown).zeroize();
        }
        self.bytes.extend_from_slice(value);
        Kept { start, end: needed }
    }

    fn get(&self, kept: Kept) -> &[u8] {
        cut(&self.bytes, kept.start..kept.end)
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

/// A value's canonical form by itself; overwritten when dropped.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Secret(Vec<u8>);

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Up to this many values of a type are compared one by one; more are found by an index.
const MAX_UNINDEXED: usize = 16;

/// Numbers by canonical form.
type Index = BTreeMap<Secret, u32>;

/// A value of a type.
struct Entry {
    number: u32,
    value: Kept,
    canonical: Kept,
}

/// The placeholders of one type; entries by rising number.
struct TypeTokens {
    entity: EntityType,
    name: Cow<'static, str>,
    entries: Vec<Entry>,
    /// Numbers by canonical form, once there are more entries than [`MAX_UNINDEXED`].
    index: Index,
    next: u32,
}

/// The token map of one request.
#[derive(Default)]
pub struct TokenMap {
    types: Vec<TypeTokens>,
    vault: Vault,
    /// Numbers that the request's own text uses already, by type: they stay literals.
    reserved: BTreeSet<(EntityType, u32)>,
    /// Values of the request that went out as they are, where the answer is asked about, by type; without numbers.
    own: Vec<(EntityType, Index)>,
    /// The first letters of the types' names, a bit each.
    letters: u32,
    /// Longest that a placeholder and what decides about it can be.
    reach: usize,
    /// Whether a value holds what JSON has to escape.
    escapes: bool,
}

impl TokenMap {
    /// Keeps `{TYPE}_{number}` a literal: no value will get this number.
    pub fn reserve(&mut self, entity: EntityType, number: u32) {
        self.reserved.insert((entity, number));
    }

    /// Notes down a value that goes out as it is.
    pub fn keep_own(&mut self, entity: EntityType, value: &[u8]) {
        let canonical = Secret(entity.canonical(value));
        if !self.own.iter().any(|(e, _)| *e == entity) {
            self.own.push((entity, Index::new()));
        }
        if let Some((_, values)) = self.own.iter_mut().find(|(e, _)| *e == entity) {
            values.insert(canonical, 0);
        }
    }

    /// Whether the request holds this value, and it went out as it is.
    #[must_use]
    pub fn is_own(&self, entity: EntityType, value: &[u8]) -> bool {
        let own = self.own.iter().find(|(e, _)| *e == entity);
        own.is_some_and(|(_, values)| values.contains_key(&Secret(entity.canonical(value))))
    }

    /// Keeps a value that will be numbered later.
    pub fn keep(&mut self, value: &[u8]) -> Kept {
        self.vault.push(value)
    }

    /// A kept value.
    #[must_use]
    pub fn value(&self, kept: Kept) -> &[u8] {
        self.vault.get(kept)
    }

    /// The number of the placeholder for a kept value; equal values ([`EntityType::canonical`]) share one,
    /// and the first-seen form is the one that comes back.
    pub fn number(&mut self, entity: EntityType, name: &str, value: Kept) -> u32 {
        let known = self.types.iter().position(|t| t.entity == entity);
        let known = known.unwrap_or_else(|| {
            let tokens = TypeTokens::new(entity, name);
            let first = at(tokens.name.as_bytes(), 0);
            self.letters |= 1 << (first.wrapping_sub(b'A') & 31);
            self.reach = self.reach.max(bent::reach(tokens.name.as_bytes()));
            self.types.push(tokens);
            self.types.len() - 1
        });
        let Some(tokens) = self.types.get_mut(known) else { return 0 };
        self.escapes |= self.vault.get(value).iter().any(|b| matches!(b, b'"' | b'\\' | 0..0x20));
        let canonical = Secret(entity.canonical(self.vault.get(value)));
        if let Some(number) = tokens.number_of(&self.vault, &canonical) {
            return number;
        }
        while self.reserved.contains(&(entity, tokens.next)) {
            tokens.next += 1;
        }
        let number = tokens.next;
        tokens.next += 1;
        let kept = self.vault.push(&canonical.0);
        tokens.entries.push(Entry { number, value, canonical: kept });
        tokens.keep_index(&self.vault, canonical, number);
        number
    }

    /// Whether nothing was masked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }

    /// Whether a value holds what JSON has to escape.
    #[must_use]
    pub fn has_escapes(&self) -> bool {
        self.escapes
    }

    /// How many different values are masked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.types.iter().map(|t| t.entries.len()).sum()
    }

    /// The first placeholder of this map in `view` that begins at `floor` or later and ends at `limit` or
    /// before: its range and the value. Where one type's name ends with another's, the longer wins.
    #[must_use]
    pub fn find(&self, view: &View<'_>, floor: usize, limit: usize) -> Option<(Range<usize>, &[u8])> {
        if self.is_empty() {
            return None;
        }
        let mut number = bent::next_number(view.bytes, floor);
        while number < limit {
            let found = self.types.iter().filter_map(|t| t.before_number(view, floor, number));
            if let Some((range, kept)) = found.min_by_key(|(range, _)| range.start)
                && range.end <= limit
            {
                return Some((range, self.vault.get(kept)));
            }
            number = bent::next_number(view.bytes, number + 1);
        }
        None
    }

    /// From where on `view`, a part of a text that goes on, may still become a placeholder of this map:
    /// everything before is decided. The length where nothing is open. Never more from the end than the
    /// longest placeholder and what decides about it.
    #[must_use]
    pub fn open_from(&self, view: &View<'_>) -> usize {
        let end = view.bytes.len();
        if self.is_empty() || view.last {
            return end;
        }
        let mut i = end.saturating_sub(self.reach);
        while let Some(start) = bent::next_beginning(view, i, self.letters) {
            if self.types.iter().any(|t| t.at(view, start) == Verdict::Open) {
                return start;
            }
            i = start + 1;
        }
        end
    }
}

impl TypeTokens {
    fn new(entity: EntityType, name: &str) -> Self {
        let name = entity.built_in_name().map_or_else(|| Cow::Owned(name.to_owned()), Cow::Borrowed);
        Self { entity, name, entries: Vec::with_capacity(4), index: BTreeMap::new(), next: 1 }
    }

    /// The number of the value with this canonical form.
    fn number_of(&self, vault: &Vault, canonical: &Secret) -> Option<u32> {
        if self.entries.len() > MAX_UNINDEXED {
            return self.index.get(canonical).copied();
        }
        self.entries.iter().find(|e| vault.get(e.canonical) == canonical.0.as_slice()).map(|e| e.number)
    }

    /// Brings the index up to date with a new entry.
    fn keep_index(&mut self, vault: &Vault, canonical: Secret, number: u32) {
        if self.entries.len() <= MAX_UNINDEXED {
            return;
        }
        if self.index.is_empty() {
            let all = self.entries.iter();
            self.index.extend(all.map(|e| (Secret(vault.get(e.canonical).to_vec()), e.number)));
        } else {
            self.index.insert(canonical, number);
        }
    }

    /// The value of a number.
    fn value(&self, number: u32) -> Option<Kept> {
        let at = self.entries.binary_search_by_key(&number, |e| e.number).ok()?;
        self.entries.get(at).map(|e| e.value)
    }

    /// Whether a placeholder of this type stands at `start`.
    fn at(&self, view: &View<'_>, start: usize) -> Verdict {
        let known = |number| self.value(number).is_some();
        bent::verdict(self.name.as_bytes(), view, start, known, |n| self.has_number_beginning_with(n))
    }

    /// The placeholder of this type whose number stands at `number` and whose name begins at `floor` or
    /// later, and its value.
    fn before_number(&self, view: &View<'_>, floor: usize, number: usize) -> Option<(Range<usize>, Kept)> {
        let start = bent::start_of(self.name.as_bytes(), view.bytes, floor, number)?;
        let Verdict::Yes(number, end) = self.at(view, start) else { return None };
        Some((start..end, self.value(number)?))
    }

    /// Whether a number of this type, written out, begins with the digits of `number`.
    fn has_number_beginning_with(&self, number: u32) -> bool {
        let (mut low, mut high) = (u64::from(number), u64::from(number));
        for _ in 0..=MAX_DIGITS {
            let (Ok(from), Ok(to)) = (u32::try_from(low), u32::try_from(high.min(u64::from(u32::MAX))))
            else {
                return false;
            };
            let first = self.entries.partition_point(|e| e.number < from);
            if self.entries.get(first).is_some_and(|e| e.number <= to) {
                return true;
            }
            (low, high) = (low * 10, high * 10 + 9);
        }
        false
    }
}

impl fmt::Debug for TokenMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenMap({} values)", self.len())
    }
}

/// The number at `i`: all the digits that stand there, without a leading zero; and where it ends.
#[must_use]
pub fn parse_number(text: &[u8], i: usize) -> Option<(u32, usize)> {
    let end = run(text, i, |b| b.is_ascii_digit());
    if end == i || end - i > MAX_DIGITS || at(text, i) == b'0' {
        return None;
    }
    let digits = cut(text, i..end);
    Some((digits.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0')), end))
}

/// Writes the placeholder `{name}_{number}`.
pub fn write_placeholder(out: &mut Vec<u8>, name: &str, number: u32) {
    out.extend_from_slice(name.as_bytes());
    out.push(b'_');
    let mut digits = [0u8; 10];
    let mut n = number;
    let mut first = digits.len();
    for (i, slot) in digits.iter_mut().enumerate().rev() {
        *slot = b'0' + (n % 10) as u8;
        n /= 10;
        first = i;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(from(&digits, first));
}

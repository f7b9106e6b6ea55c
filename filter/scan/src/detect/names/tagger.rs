//! Tags the words of a run with integer weights: the path of tags with the highest sum, as in a linear-chain
//! conditional random field.
//!
//! Form of the weights, little endian: `PVT1`, number of bits of the table's index (`u32`), units in which a
//! difference of one is counted (`u32`), transitions (15 gaps × 4 tags before × 4 tags, `i8`), then the table:
//! four `i8`, one a tag, for each index.

use core::array::from_fn;

use super::features::features;
use super::lexicon::Lexicon;
use super::run::{ROOM, Run};
use crate::bytes::{at, cut};

/// What a word is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Tag {
    /// No name.
    #[default]
    None,
    /// A person's name.
    Person,
    /// A place or a street.
    Place,
    /// An organisation: known so that its name is not taken for one of the others.
    Organisation,
}

/// Number of tags.
pub const TAGS: usize = 4;
/// Number of kinds of gap between two words.
pub const GAPS: usize = 15;
const MAGIC: &[u8] = b"PVT1";
const HEADER: usize = 12;
/// Where the table begins.
pub const TABLE: usize = HEADER + GAPS * TAGS * TAGS;
/// Sum of a path that is not allowed.
const NEVER: i32 = i32::MIN / 4;

/// All tags by their number.
pub const ALL: [Tag; TAGS] = [Tag::None, Tag::Person, Tag::Place, Tag::Organisation];

/// The weights.
#[derive(Debug, Clone, Copy)]
pub struct Tagger<'a> {
    bits: u32,
    unit: i32,
    transitions: &'a [u8],
    table: &'a [u8],
}

/// The tags of a run's words and how far each is ahead of its best alternative, in 1/16 of natural log odds;
/// and the room to find them, so that it is cleared once a text and not once a run.
#[derive(Debug)]
pub struct Tags {
    /// One for each token of the run.
    pub tags: [Tag; ROOM],
    /// See above.
    pub margins: [i32; ROOM],
    sums: [[i32; TAGS]; ROOM],
    ahead: [[i32; TAGS]; ROOM],
}

impl Default for Tags {
    fn default() -> Self {
        let sums = [[0; TAGS]; ROOM];
        Self { tags: [Tag::None; ROOM], margins: [0; ROOM], sums, ahead: sums }
    }
}

impl<'a> Tagger<'a> {
    /// Reads weights; what is not of this form tags nothing.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        let number = |i: usize| u32::from_le_bytes(from_fn(|n| at(bytes, i + n)));
        let (bits, unit) = if bytes.starts_with(MAGIC) { (number(4), number(8)) } else { (1, 1) };
        let bits = bits.clamp(1, 20);
        let table = cut(bytes, TABLE..TABLE + (TAGS << bits));
        Self { bits, unit: (unit as i32).clamp(1, 1 << 16), transitions: cut(bytes, HEADER..TABLE), table }
    }

    /// Head of the form, before transitions and table.
    #[must_use]
    pub fn header(bits: u32, unit: u32) -> Vec<u8> {
        [MAGIC, &bits.to_le_bytes(), &unit.to_le_bytes()].concat()
    }

    /// Finds the best path of tags.
    pub fn decode(&self, text: &[u8], lexicon: &Lexicon<'_>, run: &Run<'_>, tags: &mut Tags) {
        for i in run.inner.clone() {
            let sum = self.sums(text, lexicon, run, i);
            if let Some(slot) = tags.sums.get_mut(i) {
                *slot = sum;
            }
        }
        self.best_path(run, tags);
    }

    fn sums(&self, text: &[u8], lexicon: &Lexicon<'_>, run: &Run<'_>, i: usize) -> [i32; TAGS] {
        if !run.at(i).open {
            return [0, NEVER, NEVER, NEVER];
        }
        let mut sum = [0; TAGS];
        features(text, lexicon, run, i, |feature| {
            let row = index(feature, self.bits) * TAGS;
            if let Some(row) = self.table.get(row..row + TAGS) {
                for (sum, weight) in sum.iter_mut().zip(row) {
                    *sum += i32::from(*weight as i8);
                }
            }
        });
        sum
    }

    /// From both ends, so that for every word the best path through each tag is known.
    fn best_path(&self, run: &Run<'_>, tags: &mut Tags) {
        let mut next = [0; TAGS];
        for i in run.inner.clone().rev() {
            if let Some(slot) = tags.ahead.get_mut(i) {
                *slot = next;
            }
            let sums = tags.sums.get(i).copied().unwrap_or_default();
            let through: [i32; TAGS] = from_fn(|b| of(&sums, b) + of(&next, b));
            next = from_fn(|a| {
                let steps = self.steps(run.at(i).gap as usize, a);
                (0..TAGS).map(|b| of(&steps, b) + of(&through, b)).max().unwrap_or(NEVER)
            });
        }
        let mut behind = [0, NEVER, NEVER, NEVER];
        for i in run.inner.clone() {
            let mut here = [NEVER * 2; TAGS];
            for a in 0..TAGS {
                let steps = self.steps(run.at(i).gap as usize, a);
                let before = of(&behind, a);
                here = from_fn(|b| of(&here, b).max(before + of(&steps, b)));
            }
            let sums = tags.sums.get(i).copied().unwrap_or_default();
            here = from_fn(|b| (of(&here, b) + of(&sums, b)).max(NEVER));
            let ahead = tags.ahead.get(i).copied().unwrap_or_default();
            let whole: [i32; TAGS] = from_fn(|b| of(&here, b) + of(&ahead, b));
            let (tag, top) = highest(&whole);
            let second = (0..TAGS).filter(|b| *b != tag).map(|b| of(&whole, b)).max().unwrap_or(top);
            if let (Some(t), Some(m)) = (tags.tags.get_mut(i), tags.margins.get_mut(i)) {
                *t = ALL.get(tag).copied().unwrap_or_default();
                *m = (top - second).clamp(0, 1 << 20) * 16 / self.unit;
            }
            behind = here;
        }
    }

    /// The weights of the steps from `tag` to each.
    #[inline]
    fn steps(&self, gap: usize, tag: usize) -> [i32; TAGS] {
        let start = (gap * TAGS + tag) * TAGS;
        let row = cut(self.transitions, start..start + TAGS);
        from_fn(|b| row.get(b).map_or(0, |w| i32::from(*w as i8)))
    }
}

#[inline]
fn of(values: &[i32; TAGS], tag: usize) -> i32 {
    values.get(tag).copied().unwrap_or(NEVER)
}

/// Where the weights of a feature stand.
#[inline(always)]
#[must_use]
pub fn index(feature: u64, bits: u32) -> usize {
    (feature.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - bits)) as usize
}

fn highest(values: &[i32; TAGS]) -> (usize, i32) {
    let mut best = (0, NEVER * 2);
    for (n, value) in values.iter().enumerate() {
        if *value > best.1 {
            best = (n, *value);
        }
    }
    best
}

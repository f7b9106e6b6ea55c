//! Tags the words of a run with integer weights: the path of tags with the highest sum, as in a linear-chain
//! conditional random field.
//!
//! Form of the weights, little endian: `PVT2`, number of bits of the table's index (`u32`), units in which a
//! difference of one is counted (`u32`), transitions (15 gaps × 4 tags before × 4 tags, `i8`), a bit for each index
//! (the lowest of a byte first), and for each index whose bit is set three `i8`: what speaks for each tag but
//! [`Tag::None`], whose weight is 0. They are read once into a table of all indices.

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
const MAGIC: &[u8] = b"PVT2";
const HEADER: usize = 12;
/// Where the bits of the indices begin.
const PRESENT: usize = HEADER + GAPS * TAGS * TAGS;
/// Sum of a path that is not allowed.
const NEVER: i32 = i32::MIN / 4;

/// All tags by their number.
pub const ALL: [Tag; TAGS] = [Tag::None, Tag::Person, Tag::Place, Tag::Organisation];

/// The weights.
#[derive(Debug, Clone)]
pub struct Tagger {
    bits: u32,
    unit: i32,
    transitions: Vec<u8>,
    table: Vec<[i8; TAGS]>,
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

impl Tagger {
    /// Reads weights; what is not of this form tags nothing.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        let bytes = if bytes.starts_with(MAGIC) { bytes } else { &[] };
        let number = |i: usize| u32::from_le_bytes(from_fn(|n| at(bytes, i + n)));
        let (bits, unit) = (number(4).clamp(3, 20), number(8));
        let mut rows = cut(bytes, PRESENT + (1 << bits) / 8..bytes.len()).chunks_exact(TAGS - 1);
        let mut row = |index: usize| {
            let present = at(bytes, PRESENT + index / 8) >> (index % 8) & 1 == 1;
            match present.then(|| rows.next()).flatten() {
                Some([person, place, organisation]) => [0, *person as i8, *place as i8, *organisation as i8],
                _ => [0; TAGS],
            }
        };
        let table = (0..1 << bits).map(&mut row).collect();
        let transitions = cut(bytes, HEADER..PRESENT).to_vec();
        Self { bits, unit: (unit as i32).clamp(1, 1 << 16), transitions, table }
    }

    /// The form that [`Self::new`] reads, of transitions and of rows whose first weight is 0 in a table of
    /// 2^`bits` rows.
    #[must_use]
    pub fn build(bits: u32, unit: u32, transitions: &[i8], rows: &[[i8; TAGS]]) -> Vec<u8> {
        let mut out = [MAGIC, &bits.to_le_bytes(), &unit.to_le_bytes()].concat();
        out.extend(transitions.iter().map(|w| *w as u8));
        let present = |row: &[i8; TAGS]| u8::from(*row != [0; TAGS]);
        out.extend(rows.chunks(8).map(|rows| rows.iter().rev().fold(0, |bits, r| bits << 1 | present(r))));
        let weights = rows.iter().filter(|r| present(r) == 1).flat_map(|[_, rest @ ..]| rest);
        out.extend(weights.map(|w| *w as u8));
        out
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
            if let Some(row) = self.table.get(index(feature, self.bits)) {
                for (sum, weight) in sum.iter_mut().zip(row) {
                    *sum += i32::from(*weight);
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
        let row = cut(&self.transitions, start..start + TAGS);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tagger_holds_what_it_was_built_of() {
        let mut rows = [[0; TAGS]; 16];
        rows[3] = [0, -1, 2, 127];
        rows[9] = [0, 5, 0, -127];
        let transitions: Vec<i8> = (0..GAPS * TAGS * TAGS).map(|n| n as i8).collect();
        let bytes = Tagger::build(4, 7, &transitions, &rows);
        assert_eq!(bytes.len(), PRESENT + 2 + 6);
        let tagger = Tagger::new(&bytes);
        assert_eq!((tagger.bits, tagger.unit, &tagger.table[..]), (4, 7, &rows[..]));
        assert_eq!(tagger.steps(1, 2), [24, 25, 26, 27]);
    }

    #[test]
    fn bytes_that_are_no_weights_tag_nothing() {
        for bytes in [&b""[..], b"PVT2", b"PVT2\xff\xff\xff\xff\xff\xff\xff\xff", &[0x20; 700]] {
            let tagger = Tagger::new(bytes);
            assert!(tagger.table.iter().all(|row| *row == [0; TAGS]));
            assert_eq!(tagger.steps(0, 0), [0; TAGS]);
        }
    }
}

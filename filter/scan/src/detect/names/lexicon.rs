//! The lists of first names, surnames, places and common words as one table, keyed by the hash of a word.
//!
//! An entry is two bytes: a fingerprint of twelve bits and the number of its [`Info`] among the fifteen most
//! frequent ones, or fifteen, and then the info's number stands in a list of its own. Entries lie in buckets by
//! the hash's highest bits, one to two a bucket, so that one unknown word in 2,300 or more is taken for a known one.
//! Buckets have their sizes stored, and groups of 32 buckets their start, as what the entries' even spread says
//! plus a deviation. Names of two words are keyed by [`pair`].
//!
//! Form, little endian: `PVN2`, number of bits of the bucket, number of entries, number of rare ones (`u32` each),
//! palette (256 × `u16`, the frequent first), groups (deviation `i16`, rare ones before `u16`), sizes (four bits a
//! bucket), entries (`u16`), palette numbers of the rare ones (`u8`).

use core::cmp::Reverse;

use crate::bytes::{at, cut};
use crate::detect::words::mix;
use crate::packed::layout::{FREQUENT, GROUP, HEADER, Layout, MAGIC, PALETTE};

/// What the lists say of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Info(pub u16);

/// What else a word can be; at most fifteen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Mr, Dr, Sir: before a name, not part of it.
    Honorific = 1,
    /// President, coach, attorney: stands before or behind a name.
    Role,
    /// Street, Ave, straße, rue.
    Street,
    /// Names of months and weekdays.
    Calendar,
    /// Inc, Ltd, University, Bank.
    Organisation,
    /// Languages and peoples.
    People,
    /// North, Lake, Mount, San.
    PlacePart,
    /// van, de, bin: in the middle of names.
    Particle,
    /// Announces a name: hi, dear, name, regards.
    Cue,
    /// Apartment, suite, floor, box.
    Unit,
    /// Two letters for a state or country.
    Code,
    /// said, born, lives: what persons do.
    Verb,
    /// Jr, III, PhD: behind a name.
    Suffix,
    /// brother, wife, colleague.
    Relation,
}

impl Info {
    /// How frequent the word is as a first name: 0 not at all, to 3.
    #[must_use]
    pub fn first(self) -> u16 {
        self.0 & 3
    }
    /// As a surname.
    #[must_use]
    pub fn last(self) -> u16 {
        self.0 >> 2 & 3
    }
    /// As a place, or part of one.
    #[must_use]
    pub fn place(self) -> u16 {
        self.0 >> 4 & 3
    }
    /// As an English word in small letters.
    #[must_use]
    pub fn common(self) -> u16 {
        self.0 >> 6 & 3
    }
    /// Its [`Kind`] as a number, or 0.
    #[must_use]
    pub fn kind(self) -> u16 {
        self.0 >> 8 & 15
    }
    /// Whether it is of this kind.
    #[must_use]
    pub fn is(self, kind: Kind) -> bool {
        self.kind() == kind as u16
    }
    /// Which lists it is in, without frequencies; a rare reading of a common word does not count.
    #[must_use]
    pub fn coarse(self) -> u16 {
        let floor = u16::from(self.common() == 3);
        u16::from(self.first() > floor)
            | u16::from(self.last() > floor) << 1
            | u16::from(self.place() > 0) << 2
            | u16::from(self.common() > 1) << 3
            | self.kind() << 4
    }
    /// Whether no name has it: a common word, or nothing but a rare surname besides.
    #[must_use]
    pub fn is_dull(self) -> bool {
        self.common() == 3 && self.first() < 2 && self.last() < 2 && self.place() == 0 && self.kind() == 0
    }
}

/// The key of a name of two words.
#[must_use]
pub fn pair(first: u64, second: u64) -> u64 {
    mix(mix(first, 0x5041_4952), second)
}

/// The table.
#[derive(Debug, Clone, Copy)]
pub struct Lexicon<'a> {
    layout: Layout,
    palette: &'a [u8],
    groups: &'a [u8],
    sizes: &'a [u8],
    entries: &'a [u8],
    rare: &'a [u8],
}

impl<'a> Lexicon<'a> {
    /// Reads a table; one that is not of this form knows no word.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        let layout = Layout::of(bytes).unwrap_or(Layout::with(GROUP, 0, 0));
        Self {
            layout,
            palette: cut(bytes, HEADER..layout.groups),
            groups: cut(bytes, layout.groups..layout.sizes),
            sizes: cut(bytes, layout.sizes..layout.entries),
            entries: cut(bytes, layout.entries..layout.rare),
            rare: cut(bytes, layout.rare..layout.end),
        }
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len() / 2
    }

    /// Whether it knows no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What the lists say of the word with this hash.
    #[inline]
    #[must_use]
    pub fn get(&self, hash: u64) -> Info {
        let bucket = (hash >> (64 - self.layout.bits)) as usize;
        let group = bucket >> GROUP;
        let deviation = word(self.groups, group * 4) as i16;
        let first = self.layout.even_start(group) as i64 + i64::from(deviation);
        // The sizes of the group's buckets, four bits each.
        let half = |n| eight(self.sizes, group * 16 + n);
        let (sizes, before) = if bucket & 16 == 0 { (half(0), 0) } else { (half(8), sum(half(0))) };
        let shift = (bucket & 15) * 4;
        let start = first as usize + before + sum(sizes & ((1 << shift) - 1));
        let size = (sizes >> shift) as usize & 15;
        let bucket = cut(self.entries, start * 2..(start + size) * 2);
        let sought = fingerprint(hash);
        let found = bucket.as_chunks().0.iter().position(|e| u16::from_le_bytes(*e) >> 4 == sought);
        let Some(n) = found else { return Info(0) };
        let code = word(bucket, n * 2) & 15;
        if code < FREQUENT { self.info(code.into()) } else { self.rare(group, first as usize, start + n) }
    }

    /// The info of the rare entry at `at`, whose group begins at `first`.
    #[cold]
    fn rare(&self, group: usize, first: usize, entry: usize) -> Info {
        let (fours, rest) = cut(self.entries, first * 2..entry * 2).as_chunks();
        let rest = rest.chunks_exact(2).filter(|e| word(e, 0) & 15 == FREQUENT).count();
        let before = fours.iter().map(|e| rare_of_four(u64::from_le_bytes(*e))).sum::<usize>() + rest;
        self.info(at(self.rare, usize::from(word(self.groups, group * 4 + 2)) + before).into())
    }

    fn info(&self, number: usize) -> Info {
        Info(word(self.palette, number * 2))
    }

    /// Writes a table of `entries` (hash and what the lists say of it), in any order.
    ///
    /// # Errors
    /// With more than 256 different [`Info`]s, 65,535 entries of rare ones, or a bucket that overflows.
    pub fn build(mut entries: Vec<(u64, Info)>) -> Result<Vec<u8>, &'static str> {
        // From one to two entries a bucket.
        let bits = (entries.len() as u64 / 2).max(1 << GROUP).next_power_of_two().trailing_zeros();
        let key = |hash: u64| (hash >> (64 - bits), fingerprint(hash));
        entries.sort_by_key(|(hash, info)| (key(*hash), *info));
        // Of two words that look the same here the later, with more to it, stands.
        entries.reverse();
        entries.dedup_by_key(|(hash, _)| key(*hash));
        entries.reverse();
        let palette = palette(&entries)?;
        let number = |info: Info| palette.iter().position(|p| *p == info).unwrap_or_default() as u16;
        let codes: Vec<u16> = entries.iter().map(|e| number(e.1)).collect();
        let rare: Vec<u8> = codes.iter().filter(|c| **c >= FREQUENT).map(|c| *c as u8).collect();
        if rare.len() > usize::from(u16::MAX) {
            return Err("too many words of rare combinations of lists");
        }
        let start = |bucket: u64| entries.partition_point(|e| key(e.0).0 < bucket);
        let mut out = MAGIC.to_vec();
        for number in [bits, entries.len() as u32, rare.len() as u32] {
            out.extend(number.to_le_bytes());
        }
        for n in 0..PALETTE {
            out.extend(palette.get(n).copied().unwrap_or_default().0.to_le_bytes());
        }
        let layout = Layout::with(bits, entries.len(), rare.len());
        for group in 0..1 << (bits - GROUP) {
            let first = start((group as u64) << GROUP);
            let even = layout.even_start(group);
            let before = codes.iter().take(first).filter(|c| **c >= FREQUENT).count();
            out.extend(((first as i64 - even as i64) as i16).to_le_bytes());
            out.extend((before as u16).to_le_bytes());
        }
        for pair in 0..1u64 << (bits - 1) {
            let [a, b] = [pair * 2, pair * 2 + 1].map(|bucket| start(bucket + 1) - start(bucket));
            if a.max(b) > 15 {
                return Err("a bucket with more than 15 words");
            }
            out.push((a | b << 4) as u8);
        }
        let entry = |(e, code): (&(u64, Info), &u16)| fingerprint(e.0) << 4 | (*code).min(FREQUENT);
        out.extend(entries.iter().zip(&codes).map(entry).flat_map(u16::to_le_bytes));
        out.extend(rare);
        Ok(out)
    }
}

/// The different infos, the frequent ones first.
fn palette(entries: &[(u64, Info)]) -> Result<Vec<Info>, &'static str> {
    let mut infos: Vec<Info> = entries.iter().map(|e| e.1).collect();
    infos.sort_unstable();
    let mut counted: Vec<(Reverse<usize>, Info)> =
        infos.chunk_by(|a, b| a == b).filter_map(|c| Some((Reverse(c.len()), *c.first()?))).collect();
    counted.sort_unstable();
    if counted.len() > PALETTE {
        return Err("more than 256 combinations of lists");
    }
    Ok(counted.into_iter().map(|c| c.1).collect())
}

/// Twelve bits that depend on all of the hash; its own low bits depend on a word's first letters alone.
#[inline]
fn fingerprint(hash: u64) -> u16 {
    (hash.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 52) as u16
}

/// The sum of 16 numbers of four bits.
#[inline]
fn sum(nibbles: u64) -> usize {
    const LOW: u64 = 0x0F0F_0F0F_0F0F_0F0F;
    (((nibbles & LOW) + (nibbles >> 4 & LOW)).wrapping_mul(0x0101_0101_0101_0101) >> 56) as usize
}

/// How many of four entries are rare ones.
#[inline]
fn rare_of_four(entries: u64) -> usize {
    const ONES: u64 = 0x0001_0001_0001_0001;
    // Of the codes only that of rare ones carries into a fifth bit.
    let carries = ((entries & (ONES * FREQUENT as u64)) + ONES) >> 4 & ONES;
    (carries.wrapping_mul(ONES) >> 48) as usize
}

/// The eight bytes from `i` on; zeros where they do not lie inside.
#[inline]
fn eight(bytes: &[u8], i: usize) -> u64 {
    u64::from_le_bytes(cut(bytes, i..i + 8).try_into().unwrap_or_default())
}

#[inline]
fn word(bytes: &[u8], i: usize) -> u16 {
    u16::from_le_bytes([at(bytes, i), at(bytes, i + 1)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::words::hash;

    #[test]
    fn a_table_knows_what_was_put_in_and_hardly_anything_else() {
        // Twenty infos, so that some are rare; the higher the number the more frequent.
        let entry = |n: u64| (hash(format!("word{n}").as_bytes()), Info((n % 210).isqrt() as u16 + 1));
        for count in [1, 40, 5000] {
            let table = Lexicon::build((0..count).map(entry).collect()).expect("a table");
            let lexicon = Lexicon::new(&table);
            let wrong = (0..count).map(entry).filter(|(h, info)| lexicon.get(*h) != *info).count();
            // Two words in the same bucket with the same fingerprint: 5000 × 1.2 / 4096 / 2.
            assert!(wrong < 4, "{wrong} of {count}");
            let unknown = (5000..55_000).filter(|n| lexicon.get(entry(*n).0) != Info(0)).count();
            assert!(unknown < 25, "{unknown} of 50000 with {count}");
        }
    }

    #[test]
    fn bytes_that_are_no_table_know_nothing() {
        for bytes in [&b""[..], b"PVN2", b"PVN2\xff\xff\xff\xff\xff\xff\xff\xff", &[0x20; 700]] {
            assert_eq!(Lexicon::new(bytes).get(u64::MAX), Info(0));
            assert_eq!(Lexicon::new(bytes).get(0), Info(0));
        }
    }
}

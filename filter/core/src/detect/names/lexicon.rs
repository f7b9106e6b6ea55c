//! The lists of first names, surnames, places and common words as one table, keyed by the hash of a word.
//!
//! An entry is a fingerprint of sixteen bits and the number of its [`Info`] in a palette. Entries lie in
//! buckets by the hash's highest bits; a bucket's start is what the entries' even spread says plus a stored
//! deviation. With about six entries a bucket one unknown word in ten thousand is taken for a known one.
//! Names of two words are keyed by [`pair`].
//!
//! Form, little endian: `PVN1`, number of bits of the bucket, number of entries (`u32` each), palette
//! (256 × `u16`), deviations (`i16`, one a bucket and one for the end), fingerprints (`u16`), palette numbers
//! (`u8`).

use crate::bytes::{at, cut};
use crate::detect::words::mix;

/// Size of the palette.
const PALETTE: usize = 256;
const MAGIC: &[u8] = b"PVN1";
const HEADER: usize = 12;

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
    bits: u32,
    entries: u64,
    palette: &'a [u8],
    deviations: &'a [u8],
    fingerprints: &'a [u8],
    codes: &'a [u8],
}

impl<'a> Lexicon<'a> {
    /// Reads a table; one that is not of this form knows no word.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        let number = |i| u64::from(word(bytes, i)) | u64::from(word(bytes, i + 2)) << 16;
        let known = bytes.starts_with(MAGIC) && (1..=20).contains(&number(4)) && number(8) < 1 << 24;
        let (bits, entries) = if known { (number(4) as u32, number(8)) } else { (1, 0) };
        let deviations = HEADER + PALETTE * 2;
        let fingerprints = deviations + ((1 << bits) + 1) * 2;
        let codes = fingerprints + entries as usize * 2;
        Self {
            bits,
            entries,
            palette: cut(bytes, HEADER..deviations),
            deviations: cut(bytes, deviations..fingerprints),
            fingerprints: cut(bytes, fingerprints..codes),
            codes: cut(bytes, codes..codes + entries as usize),
        }
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether it knows no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// What the lists say of the word with this hash.
    #[inline]
    #[must_use]
    pub fn get(&self, hash: u64) -> Info {
        let bucket = hash >> (64 - self.bits);
        let range = self.start(bucket)..self.start(bucket + 1);
        let sought = (hash as u16).to_le_bytes();
        let bucket = cut(self.fingerprints, range.start * 2..range.end * 2);
        let found = bucket.chunks_exact(2).position(|f| f == sought);
        found.map_or(Info(0), |n| Info(word(self.palette, usize::from(at(self.codes, range.start + n)) * 2)))
    }

    fn start(&self, bucket: u64) -> usize {
        let deviation = word(self.deviations, bucket as usize * 2) as i16;
        (even_start(bucket, self.entries, self.bits) as i64 + i64::from(deviation)) as usize
    }

    /// Writes a table of `entries` (hash and what the lists say of it), in any order.
    ///
    /// # Errors
    /// With more than 256 different [`Info`]s.
    pub fn build(mut entries: Vec<(u64, Info)>, bits: u32) -> Result<Vec<u8>, &'static str> {
        let key = |hash: u64| (hash >> (64 - bits), hash as u16);
        entries.sort_by_key(|(hash, info)| (key(*hash), *info));
        // Of two words that look the same here the later, with more to it, stands.
        entries.reverse();
        entries.dedup_by_key(|(hash, _)| key(*hash));
        entries.reverse();
        let mut palette: Vec<Info> = entries.iter().map(|e| e.1).collect();
        palette.sort_unstable();
        palette.dedup();
        if palette.len() > PALETTE {
            return Err("more than 256 combinations of lists");
        }
        let count = entries.len() as u64;
        let mut out = MAGIC.to_vec();
        out.extend(bits.to_le_bytes());
        out.extend((count as u32).to_le_bytes());
        for n in 0..PALETTE {
            out.extend(palette.get(n).copied().unwrap_or_default().0.to_le_bytes());
        }
        for bucket in 0..=1u64 << bits {
            let start = entries.partition_point(|e| key(e.0).0 < bucket) as i64;
            out.extend(((start - even_start(bucket, count, bits) as i64) as i16).to_le_bytes());
        }
        out.extend(entries.iter().flat_map(|e| (e.0 as u16).to_le_bytes()));
        out.extend(entries.iter().map(|e| palette.binary_search(&e.1).unwrap_or_default() as u8));
        Ok(out)
    }
}

fn even_start(bucket: u64, entries: u64, bits: u32) -> u64 {
    (bucket * entries) >> bits
}

fn word(bytes: &[u8], i: usize) -> u16 {
    u16::from_le_bytes([at(bytes, i), at(bytes, i + 1)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::words::hash;

    #[test]
    fn a_table_knows_what_was_put_in_and_nothing_else() {
        let entry = |n: u64| (hash(format!("word{n}").as_bytes()), Info((n % 200) as u16 + 1));
        let table = Lexicon::build((0..5000).map(entry).collect(), 10).expect("a table");
        let lexicon = Lexicon::new(&table);
        let wrong = (0..5000).map(entry).filter(|(h, info)| lexicon.get(*h) != *info).count();
        // Two words in the same bucket with the same fingerprint: 5000 × 5 / 65536 / 2.
        assert!(wrong < 4, "{wrong}");
        let unknown = (5000..25_000).filter(|n| lexicon.get(entry(*n).0) != Info(0)).count();
        assert!(unknown < 20, "{unknown}");
    }

    #[test]
    fn bytes_that_are_no_table_know_nothing() {
        for bytes in [&b""[..], b"PVN1", b"PVN1\xff\xff\xff\xff\xff\xff\xff\xff", &[0x20; 700]] {
            assert_eq!(Lexicon::new(bytes).get(u64::MAX), Info(0));
            assert_eq!(Lexicon::new(bytes).get(0), Info(0));
        }
    }
}

//! What training made lies in the module as an arithmetic coder packs it, and is unpacked when it is first needed: together
//! that takes 130 KB less. `build/main.rs` packs the files that training has written.

mod coder;
mod east_asian;
pub(crate) mod layout;
mod lexicon;

use coder::{Coder, Interval};
use layout::{HEADER, Layout};

/// Weights that `build/main.rs` has packed: their number (`u32`), and they.
#[must_use]
pub(crate) fn unpack(packed: &[u8]) -> Vec<u8> {
    let Some((length, rest)) = packed.split_first_chunk() else { return Vec::new() };
    let mut out = vec![0; u32::from_le_bytes(*length) as usize];
    lexicon::bytes(&mut Unpacker::new(&[], rest), &mut out);
    out
}

/// The table of names that it has packed: its header, a byte for each entry, and the rest.
#[must_use]
pub(crate) fn unpack_lexicon(packed: &[u8]) -> Vec<u8> {
    let Some((header, rest)) = packed.split_first_chunk::<HEADER>() else { return Vec::new() };
    let Some(layout) = Layout::of(header) else { return Vec::new() };
    let Some((plain, coded)) = rest.split_at_checked(layout.count) else { return Vec::new() };
    let mut out = header.to_vec();
    out.resize(layout.end, 0);
    // It goes as far as the layout does.
    let _ = lexicon::code(&mut Unpacker::new(plain, coded), &mut out);
    out
}

/// The columns of the names in East Asian script ([`east_asian`]): the number of names and of characters (`u32`
/// each), and they.
#[must_use]
pub(crate) fn unpack_east_asian(packed: &[u8]) -> [Vec<u8>; 4] {
    let mut rest = packed;
    let [names, characters] = [(); 2].map(|()| {
        let size = rest.split_off(..4).and_then(|size| size.try_into().ok());
        size.map_or(0, u32::from_le_bytes) as usize
    });
    let mut columns = [names, names, characters, characters].map(|size| vec![0; size]);
    east_asian::code(&mut Unpacker::new(&[], rest), &mut columns);
    columns
}

/// Reads what was packed.
struct Unpacker<'a> {
    /// Bytes of which nothing can be told.
    plain: &'a [u8],
    coded: &'a [u8],
    code: u32,
    interval: Interval,
}

impl<'a> Unpacker<'a> {
    fn new(plain: &'a [u8], coded: &'a [u8]) -> Self {
        let mut new = Self { plain, coded, code: 0, interval: Interval::default() };
        (0..4).for_each(|_| new.shift());
        new
    }

    /// Takes another byte; behind the last come zeros.
    fn shift(&mut self) {
        let byte = self.coded.split_off_first().copied().unwrap_or(0);
        self.code = self.code << 8 | u32::from(byte);
    }
}

impl Coder for Unpacker<'_> {
    fn bit(&mut self, chance: u16, _: bool) -> bool {
        let middle = self.interval.middle(chance);
        let bit = self.code <= middle;
        self.interval.take(middle, bit);
        while self.interval.settled().is_some() {
            self.shift();
        }
        bit
    }

    fn any_byte(&mut self, _: u8) -> u8 {
        self.plain.split_off_first().copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{unpack, unpack_lexicon};

    #[test]
    fn what_is_unpacked_is_what_training_wrote() {
        let tagger = unpack(include_bytes!(concat!(env!("OUT_DIR"), "/tagger.packed")));
        assert!(tagger == include_bytes!("../data/tagger.bin"));
        let injection = unpack(include_bytes!(concat!(env!("OUT_DIR"), "/injection.packed")));
        assert!(injection == include_bytes!("../data/injection.bin"));
        let names = unpack_lexicon(include_bytes!(concat!(env!("OUT_DIR"), "/names.packed")));
        assert!(names == include_bytes!("../data/names.bin"));
    }

    #[test]
    fn what_is_nothing_packed_is_nothing() {
        for bytes in [&b""[..], b"PVN", b"PVN2\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", &[0; 40]] {
            assert!(unpack_lexicon(bytes).is_empty());
        }
    }
}

//! The table of names, packed: the entries of a bucket stand in order, so that one tells of the next; how full buckets
//! are, and what lists say of a word, is told by chances; where groups begin follows from the rest.

use super::coder::{Chance, Chances, Coder};
use super::layout::{FREQUENT, GROUP, HEADER, Layout};

/// What the highest bits of a fingerprint are told from: how many entries follow in the bucket, and the same bits of
/// the one before.
struct Tops([[[Chance; 16]; 16]; 5]);

impl Tops {
    fn of(&mut self, follow: usize, before: u16) -> Chances<'_> {
        let follow = self.0.get_mut(follow.min(4));
        let chances = follow.and_then(|tops| tops.get_mut(usize::from(before & 15)));
        Chances(chances.map_or(&mut [], |chances| &mut chances[..]))
    }
}

/// Hands the whole `table` to `coder` and takes what that returns for it: packs it where it is given whole, and fills
/// it in where it is given with its header and its size.
pub(crate) fn code(coder: &mut impl Coder, table: &mut [u8]) -> Option<()> {
    let layout = Layout::of(table).filter(|layout| layout.end == table.len())?;
    bytes(coder, table.get_mut(HEADER..layout.groups)?);
    let mut chances = [Chance::default(); 16];
    for pair in table.get_mut(layout.sizes..layout.entries)? {
        let [low, high] = [*pair & 15, *pair >> 4]
            .map(|size| coder.number(&mut Chances(&mut chances), 4, size.into()) as u8);
        *pair = low | high << 4;
    }
    let (head, tail) = table.split_at_mut_checked(layout.entries)?;
    let (entries, rare) = tail.split_at_mut_checked(layout.rare - layout.entries)?;
    let mut entries = entries.as_chunks_mut::<2>().0.iter_mut();
    let (mut tops, mut codes) = (Tops(Default::default()), [Chance::default(); 16]);
    let (groups, sizes) =
        head.get_mut(layout.groups..)?.split_at_mut_checked(layout.sizes - layout.groups)?;
    let (mut first, mut rare_before) = (0, 0u16);
    for (n, (group, sizes)) in
        groups.chunks_exact_mut(4).zip(sizes.chunks_exact(1 << (GROUP - 1))).enumerate()
    {
        let deviation = first as i64 - layout.even_start(n) as i64;
        group.copy_from_slice(&(u32::from(deviation as u16) | u32::from(rare_before) << 16).to_le_bytes());
        for size in sizes.iter().flat_map(|pair| [pair & 15, pair >> 4]) {
            let mut before = 0;
            for follow in (0..usize::from(size)).rev() {
                let entry = entries.next()?;
                let [low, high] = *entry;
                let old = u16::from(low) | u16::from(high) << 8;
                before = coder.number(&mut tops.of(follow, before), 4, (old >> 12).into()) as u16;
                let middle = coder.any_byte((old >> 4) as u8);
                let code = coder.number(&mut Chances(&mut codes), 4, (old & 15).into()) as u16;
                *entry = (before << 12 | u16::from(middle) << 4 | code).to_le_bytes();
                rare_before += u16::from(code == FREQUENT);
                first += 1;
            }
        }
    }
    bytes(coder, rare);
    Some(())
}

/// Hands bytes to `coder`, which are told by how frequent they are behind one like the last, and takes what that
/// returns.
pub(crate) fn bytes(coder: &mut impl Coder, bytes: &mut [u8]) {
    let mut chances = [[Chance::default(); 256]; 16];
    let mut last = 0;
    for byte in bytes {
        let behind = chances.get_mut(kind(last)).map_or(&mut [][..], |chances| chances);
        last = coder.number(&mut Chances(behind), 8, (*byte).into()) as u8;
        *byte = last;
    }
}

/// The kind of a byte with sign: nothing, little, more; above or below zero. Less than 16.
fn kind(byte: u8) -> usize {
    let size = (byte as i8).unsigned_abs();
    let bits = (u8::BITS - size.leading_zeros()) as usize;
    bits.min(7) + usize::from(byte > 127) * 8
}

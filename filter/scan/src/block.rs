//! Sixteen bytes at a time: which of them equal a byte or lie in a range.
//!
//! The scanners use it to get over what concerns nobody. `wide` gives one source for SSE2, NEON and wasm
//! `simd128`.

use core::ops::{BitAnd, BitOr, Not};

use wide::u8x16;

use crate::bytes::from;

/// Sixteen bytes.
pub const LANES: usize = 16;
/// Bytes whose marks fit one machine word.
pub const WIDE: usize = 64;

/// Sixteen bytes.
#[derive(Debug, Clone, Copy)]
pub struct Block(u8x16);

/// Which bytes of a block are marked.
#[derive(Debug, Clone, Copy)]
pub struct Marks(u8x16);

impl Block {
    /// Takes them up.
    #[inline(always)]
    #[must_use]
    pub fn new(bytes: &[u8; LANES]) -> Self {
        Self(u8x16::new(*bytes))
    }

    /// The block of `text` at `i`; behind the text's end stands `filler`.
    #[inline(always)]
    #[must_use]
    pub fn at(text: &[u8], i: usize, filler: u8) -> Self {
        if let Some(bytes) = text.get(i..i + LANES).and_then(|c| <&[u8; LANES]>::try_from(c).ok()) {
            return Self::new(bytes);
        }
        let mut last = [filler; LANES];
        for (slot, byte) in last.iter_mut().zip(text.get(i..).unwrap_or_default()) {
            *slot = *byte;
        }
        Self::new(&last)
    }

    /// Marks each byte that equals `byte`.
    #[inline(always)]
    #[must_use]
    pub fn equal(self, byte: u8) -> Marks {
        Marks(self.0.simd_eq(u8x16::splat(byte)))
    }

    /// Marks each byte from `low` to `high`.
    #[inline(always)]
    #[must_use]
    pub fn within(self, low: u8, high: u8) -> Marks {
        // Below `low` the subtraction wraps to above `high - low`.
        let offset = self.0 - u8x16::splat(low);
        Marks(offset.min(u8x16::splat(high - low)).simd_eq(offset))
    }

    /// Marks each byte beyond ASCII; only for [`Marks::bits`].
    #[inline(always)]
    #[must_use]
    pub fn high(self) -> Marks {
        // What counts of a mark is its highest bit.
        Marks(self.0)
    }

    /// The block with ASCII capitals and small letters folded together: `@` to `_` become `` ` `` to DEL.
    #[inline(always)]
    #[must_use]
    pub fn folded(self) -> Self {
        Self(self.0 | u8x16::splat(0x20))
    }
}

impl Marks {
    /// A bit for each marked byte, the first byte's the lowest.
    #[inline(always)]
    #[must_use]
    pub fn bits(self) -> u16 {
        self.0.to_bitmask() as u16
    }
}

impl BitOr for Marks {
    type Output = Self;
    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Marks {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Marks {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        Self(!self.0)
    }
}

/// Marks of different kinds of the [`WIDE`] bytes of `text` from `base` on, a bit for each byte, the first byte's the
/// lowest. Behind the text's end stands `filler`, which must not be marked.
#[inline(always)]
pub fn wide<const KINDS: usize>(
    text: &[u8],
    base: usize,
    filler: u8,
    kinds: impl Fn(Block) -> [Marks; KINDS],
) -> [u64; KINDS] {
    let mut wide = [0; KINDS];
    let mut add = |block: Block, lane: usize| {
        for (wide, marks) in wide.iter_mut().zip(kinds(block)) {
            *wide |= u64::from(marks.bits()) << lane;
        }
    };
    let rest = from(text, base);
    if let Some(bytes) = rest.first_chunk::<WIDE>() {
        for (n, bytes) in bytes.as_chunks().0.iter().enumerate() {
            add(Block::new(bytes), n * LANES);
        }
    } else {
        for lane in (0..rest.len()).step_by(LANES) {
            add(Block::at(rest, lane, filler), lane);
        }
    }
    wide
}

/// The offset of the first byte from `i` on that `hits` marks in its block; `text.len()` where none is.
/// The last, incomplete block is filled up with `filler`, which must not be marked.
#[inline(always)]
pub fn find(text: &[u8], mut i: usize, filler: u8, hits: impl Fn(Block) -> Marks) -> usize {
    while i < text.len() {
        let marks = hits(Block::at(text, i, filler)).bits();
        if marks != 0 {
            return i + marks.trailing_zeros() as usize;
        }
        i += LANES;
    }
    text.len()
}

/// The offset behind the last byte of `from..to` that `hits` marks in its block; `from` where none is.
#[inline(always)]
pub fn behind_last(text: &[u8], from: usize, to: usize, hits: impl Fn(Block) -> Marks) -> usize {
    let mut end = to;
    while end > from {
        let base = end.saturating_sub(LANES).max(from);
        let marks = u32::from(hits(Block::at(text, base, 0)).bits()) & ((1 << (end - base)) - 1);
        if marks != 0 {
            return base + (u32::BITS - marks.leading_zeros()) as usize;
        }
        end = base;
    }
    from
}

/// The offset of the first byte that is not ASCII; `text.len()` where all are.
#[must_use]
pub fn first_non_ascii(text: &[u8]) -> usize {
    find(text, 0, 0, |block| block.within(0x80, 0xFF))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_value_is_marked_as_the_plain_definition_says() {
        for byte in 0..=255u8 {
            for lane in 0..LANES {
                let mut bytes = [b'x'; LANES];
                bytes[lane] = byte;
                let block = Block::new(&bytes);
                assert_eq!(block.equal(byte).bits() & (1 << lane), 1 << lane);
                assert_eq!(block.high().bits(), block.within(0x80, 0xFF).bits());
                for (low, high) in [(0, 0x1F), (b'-', b':'), (0x80, 0xFF), (b'I', b'J'), (7, 7)] {
                    let plain =
                        bytes.iter().enumerate().map(|(n, b)| u16::from((low..=high).contains(b)) << n);
                    assert_eq!(block.within(low, high).bits(), plain.sum::<u16>());
                }
            }
        }
    }

    #[test]
    fn wide_marks_are_those_of_each_byte() {
        let text: Vec<u8> = (0..200u8).map(|n| n.wrapping_mul(37)).collect();
        for len in 0..text.len() {
            for base in 0..=len {
                let [digits, high] = wide(&text[..len], base, b' ', |block| {
                    [block.within(b'0', b'9'), block.within(0x80, 0xFF)]
                });
                for lane in 0..WIDE {
                    let byte = text[..len].get(base + lane).copied().unwrap_or(b' ');
                    assert_eq!(digits >> lane & 1 == 1, byte.is_ascii_digit());
                    assert_eq!(high >> lane & 1 == 1, byte >= 0x80);
                }
            }
        }
    }

    #[test]
    fn the_first_marked_byte_is_found_at_every_offset_and_length() {
        for len in 0..50 {
            for at in 0..len {
                let mut text = vec![b'a'; len];
                text[at] = b'@';
                for from in 0..=len {
                    let found = find(&text, from, 0, |b| b.equal(b'@'));
                    assert_eq!(found, if from <= at { at } else { len });
                    let behind = behind_last(&text, from.min(at), from, |b| b.equal(b'@'));
                    assert_eq!(behind, if from > at { at + 1 } else { from.min(at) });
                }
            }
        }
    }
}

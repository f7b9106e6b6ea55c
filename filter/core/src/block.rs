//! Sixteen bytes at a time: which of them equal a byte or lie in a range.
//!
//! The scanners use it to get over what concerns nobody. Two forms of the same: wasm `simd128`, and two
//! words of eight bytes elsewhere (x86's own instructions are not callable without `unsafe`).

/// Sixteen bytes.
pub const LANES: usize = 16;

/// The offset of the first byte from `i` on that `hits` marks in its block; `text.len()` where none is.
/// The last, incomplete block is filled up with `filler`, which must not be marked.
#[inline(always)]
pub fn find(text: &[u8], mut i: usize, filler: u8, hits: impl Fn(Block) -> u16) -> usize {
    while let Some(chunk) = text.get(i..i + LANES).and_then(|c| <&[u8; LANES]>::try_from(c).ok()) {
        let mask = hits(Block::new(chunk));
        if mask != 0 {
            return i + mask.trailing_zeros() as usize;
        }
        i += LANES;
    }
    let rest = text.get(i..).unwrap_or_default();
    let mut last = [filler; LANES];
    for (slot, byte) in last.iter_mut().zip(rest) {
        *slot = *byte;
    }
    let mask = hits(Block::new(&last));
    if mask == 0 { text.len() } else { i + mask.trailing_zeros() as usize }
}

/// The offset of the first byte that is not ASCII; `text.len()` where all are.
#[must_use]
pub fn first_non_ascii(text: &[u8]) -> usize {
    find(text, 0, 0, |block| block.within(0x80, 0xFF))
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod lanes {
    use core::arch::wasm32::{i8x16_bitmask, i64x2, u8x16_eq, u8x16_le, u8x16_splat, u8x16_sub, v128};

    /// Sixteen bytes.
    #[derive(Clone, Copy)]
    pub struct Block(v128);

    impl Block {
        /// Takes them up.
        #[inline(always)]
        #[must_use]
        pub fn new(bytes: &[u8; 16]) -> Self {
            let both = u128::from_le_bytes(*bytes);
            Self(i64x2(both as i64, (both >> 64) as i64))
        }

        /// A bit for each byte that equals `byte`.
        #[inline(always)]
        #[must_use]
        pub fn equal(self, byte: u8) -> u16 {
            i8x16_bitmask(u8x16_eq(self.0, u8x16_splat(byte)))
        }

        /// A bit for each byte from `low` to `high`; `low` up to 0x80, `high` below it or 0xFF.
        #[inline(always)]
        #[must_use]
        pub fn within(self, low: u8, high: u8) -> u16 {
            let above = u8x16_sub(self.0, u8x16_splat(low));
            i8x16_bitmask(u8x16_le(above, u8x16_splat(high - low)))
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod lanes {
    const LOWS: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    const ONES: u64 = 0x0101_0101_0101_0101;

    /// Sixteen bytes.
    #[derive(Clone, Copy)]
    pub struct Block(u64, u64);

    /// Gathers the highest bit of each byte, all others being zero, into the lowest byte.
    #[inline(always)]
    fn gather(word: u64) -> u16 {
        ((word >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u16
    }

    /// The highest bit of each byte that is `low` or more, for `low` up to 0x80. Exact: no byte borrows
    /// from its neighbour.
    #[inline(always)]
    fn at_least(word: u64, low: u64) -> u64 {
        (((word & LOWS) + ONES * (0x80 - low)) | word) & !LOWS
    }

    impl Block {
        /// Takes them up.
        #[inline(always)]
        #[must_use]
        pub fn new(bytes: &[u8; 16]) -> Self {
            let both = u128::from_le_bytes(*bytes);
            Self(both as u64, (both >> 64) as u64)
        }

        #[inline(always)]
        fn each(self, hits: impl Fn(u64) -> u64) -> u16 {
            gather(hits(self.0)) | gather(hits(self.1)) << 8
        }

        /// A bit for each byte that equals `byte`.
        #[inline(always)]
        #[must_use]
        pub fn equal(self, byte: u8) -> u16 {
            self.each(|word| {
                let difference = word ^ (ONES * u64::from(byte));
                !(((difference & LOWS) + LOWS) | difference) & !LOWS
            })
        }

        /// A bit for each byte from `low` to `high`; `low` up to 0x80, `high` below it or 0xFF.
        #[inline(always)]
        #[must_use]
        pub fn within(self, low: u8, high: u8) -> u16 {
            self.each(|word| {
                let from_low = at_least(word, u64::from(low));
                if high >= 0x80 { from_low } else { from_low & !at_least(word, u64::from(high) + 1) }
            })
        }
    }
}

pub use lanes::Block;

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
                assert_eq!(block.equal(byte) & (1 << lane), 1 << lane);
                for (low, high) in [(0, 0x1F), (b'-', b':'), (0x80, 0xFF), (b'I', b'J'), (7, 7)] {
                    let plain =
                        bytes.iter().enumerate().map(|(n, b)| u16::from((low..=high).contains(b)) << n);
                    assert_eq!(block.within(low, high), plain.sum::<u16>());
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
                }
            }
        }
    }
}

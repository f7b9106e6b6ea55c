//! A binary arithmetic coder. `build/main.rs` packs with it, and the module unpacks: both part an interval by the chance of
//! each bit, and learn the chances in the same way.

/// The numbers that what was coded so far may still become.
pub(crate) struct Interval {
    low: u32,
    high: u32,
}

impl Default for Interval {
    fn default() -> Self {
        Self { low: 0, high: u32::MAX }
    }
}

impl Interval {
    /// The last number that stands for a one, whose chance is so many in 65,536.
    pub(crate) fn middle(&self, chance: u16) -> u32 {
        let width = u64::from(self.high - self.low);
        self.low + ((width * u64::from(chance)) >> 16) as u32
    }

    /// Goes on in the part that stands for `bit`.
    pub(crate) fn take(&mut self, middle: u32, bit: bool) {
        if bit {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
    }

    /// The first byte, where all numbers agree in it; it is shifted out.
    pub(crate) fn settled(&mut self) -> Option<u8> {
        if (self.low ^ self.high) >> 24 != 0 {
            return None;
        }
        let byte = (self.high >> 24) as u8;
        self.low <<= 8;
        self.high = self.high << 8 | 0xFF;
        Some(byte)
    }
}

/// The chance of a one in 65,536, behind each beginning of a byte.
pub(crate) struct Chances([u16; 256]);

impl Default for Chances {
    fn default() -> Self {
        Self([1 << 15; 256])
    }
}

impl Chances {
    pub(crate) fn of(&self, bits: u32) -> u16 {
        self.0.get(bits as usize).copied().unwrap_or(1 << 15)
    }

    pub(crate) fn learn(&mut self, bits: u32, bit: bool) {
        /// How slowly, as a power of two.
        const SLOWLY: u32 = 7;
        if let Some(chance) = self.0.get_mut(bits as usize) {
            let by = if bit { (u16::MAX - *chance) >> SLOWLY } else { *chance >> SLOWLY };
            *chance = if bit { *chance + by } else { *chance - by };
        }
    }
}

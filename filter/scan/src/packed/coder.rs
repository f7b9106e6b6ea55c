//! A binary arithmetic coder. `build/main.rs` packs with it, and the module unpacks: both part an interval by the chance of
//! each bit, and learn the chances in the same way.

/// One side of it: packing is told the bits, unpacking finds them.
pub(crate) trait Coder {
    /// The next bit, whose chance to be a one is so many in 65,536; `bit` where it is known.
    fn bit(&mut self, chance: u16, bit: bool) -> bool;

    /// The next number of `bits` bits, the highest first, as `chances` tell it, which learn from it.
    fn number(&mut self, chances: &mut Chances<'_>, bits: u32, number: u32) -> u32 {
        // A one, and behind it the bits as far as they are known.
        let mut known = 1;
        for n in (0..bits).rev() {
            let bit = self.bit(chances.of(known), number >> n & 1 == 1);
            chances.learn(known, bit);
            known = known << 1 | u32::from(bit);
        }
        known & ((1 << bits) - 1)
    }

    /// The next byte of those of which nothing can be told; `byte` where it is known.
    fn any_byte(&mut self, byte: u8) -> u8;
}

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

/// The chance of what is as likely as not.
pub(crate) const EVEN: u16 = 1 << 15;

/// The chance of a one, learnt from the bits that it was met with.
#[derive(Clone, Copy, Default)]
pub(crate) struct Chance {
    /// By how much it is more than even, in 1/65,536.
    more: i16,
    /// How many bits it was met with.
    met: u16,
}

impl Chance {
    /// In 65,536.
    fn of_one(self) -> u16 {
        EVEN.wrapping_add_signed(self.more)
    }

    /// The mean of all bits so far, and later rather of the last ones.
    fn learn(&mut self, bit: bool) {
        const MOST: u16 = 126;
        let slowly = (self.met + 2).ilog2();
        let chance = self.of_one();
        let learnt = if bit { chance + ((u16::MAX - chance) >> slowly) } else { chance - (chance >> slowly) };
        self.more = learnt.wrapping_sub(EVEN) as i16;
        self.met = (self.met + 1).min(MOST);
    }
}

/// The chances behind each beginning of a number.
pub(crate) struct Chances<'a>(pub(crate) &'a mut [Chance]);

impl Chances<'_> {
    fn of(&self, known: u32) -> u16 {
        self.0.get(known as usize).map_or(EVEN, |chance| chance.of_one())
    }

    fn learn(&mut self, known: u32, bit: bool) {
        if let Some(chance) = self.0.get_mut(known as usize) {
            chance.learn(bit);
        }
    }
}

//! Whether a text shows signs of hiding something, in one pass.
//!
//! Signs are what stands in sixteen bytes, or digits also in the sixteen behind them. Four times as many are looked at
//! at once for whether there can be any: ordinary text in ASCII shows none, and pays for this pass only.

use crate::block::{LANES, WIDE, wide};
use crate::bytes::at;

/// What a text shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Survey {
    /// Bytes beyond ASCII: look-alikes and invisible characters are possible.
    pub foreign: bool,
    /// Two digits inside words not far from each other, as in `pr3v1ous`.
    pub digits_in_words: bool,
    /// Single letters one apart, as in `i g n o r e`.
    pub spaced: bool,
    /// A long run without a gap, or of ones and zeros: base64, hexadecimal, binary.
    pub dense: bool,
    /// Escapes: `\u0069`, `%69`, `&#105;`.
    pub escaped: bool,
}

/// Escapes in a block that make a text worth a second look.
const ESCAPES: usize = 2;

impl Survey {
    /// Looks at a text.
    #[must_use]
    pub fn of(text: &[u8]) -> Self {
        let mut found = Self::default();
        let mut digits_before = 0;
        for base in (0..text.len()).step_by(WIDE) {
            let [letters, numbers, marks, high] = wide(text, base, b' ', |block| {
                let marks = block.equal(b'\\') | block.equal(b'%') | block.equal(b'&');
                [block.folded().within(b'a', b'z'), block.within(b'0', b'9'), marks, block.high()]
            });
            found.foreign |= high != 0;
            if may_show(letters, numbers, marks) {
                for lane in (0..WIDE).step_by(LANES) {
                    let of_lane = |bits: u64| u32::from((bits >> lane) as u16);
                    digits_before = found.look(of_lane(letters), of_lane(numbers), digits_before);
                    found.escaped |= without_lowest(of_lane(marks)) != 0 && escaped(text, base + lane);
                }
            } else {
                digits_before = 0;
            }
        }
        found
    }

    /// Looks at the letters and numbers of sixteen bytes, before which there were these digits in words. Returns those
    /// of these bytes.
    fn look(&mut self, letters: u32, numbers: u32, digits_before: u32) -> u32 {
        let digits = letters << 1 & numbers & letters >> 1;
        self.digits_in_words |= without_lowest(digits) != 0 || digits != 0 && digits_before != 0;
        self.dense |= letters | numbers == 0xFFFF || without_lowest(without_lowest(!numbers & 0xFFFF)) == 0;
        let single = letters & !(letters << 1) & !(letters >> 1);
        self.spaced |= single & single << 2 & single << 4 & single << 6 & single << 8 != 0;
        digits
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_plain(self) -> bool {
        self == Self::default()
    }
}

/// Whether any sixteen of these bytes, or a digit in a word among them, may be a sign.
#[inline(always)]
fn may_show(letters: u64, numbers: u64, marks: u64) -> bool {
    let digits = letters << 1 & numbers & letters >> 1;
    // Sixteen letters and digits leave a lane without a gap; of fourteen digits in sixteen bytes five stand in a row.
    let gaps = !(letters | numbers);
    let without_gap = gaps.wrapping_sub(EACH_LANE) & !gaps & EACH_LANE << 15;
    let two = numbers & numbers << 1;
    let row = two & two << 2;
    // A lane's edges are no neighbours to it.
    let single = letters & !(letters << 1 & !EACH_LANE) & !(letters >> 1 & !(EACH_LANE << 15));
    let two = single & single << 2;
    let spaced = two & two << 4;
    digits | without_gap | row | spaced != 0 || marks & marks.wrapping_sub(1) != 0
}

/// The lowest bit of each lane.
const EACH_LANE: u64 = 0x0001_0001_0001_0001;

/// The bits without the lowest: whether there are two. Counting them all costs more where the processor cannot.
#[inline(always)]
fn without_lowest(bits: u32) -> u32 {
    bits & bits.wrapping_sub(1)
}

/// Whether what stands in the block at `base` can be escapes.
#[cold]
fn escaped(text: &[u8], base: usize) -> bool {
    let starts = (base..base + LANES).filter(|i| match (at(text, *i), at(text, i + 1)) {
        (b'\\', next) => matches!(next, b'u' | b'x'),
        (b'%', next) => next.is_ascii_hexdigit(),
        (b'&', next) => next == b'#',
        _ => false,
    });
    starts.count() >= ESCAPES
}

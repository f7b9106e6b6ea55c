//! The weights: what training made, as the module carries it.
//!
//! Little-endian: `PINJ`, version (u32), bias (f32), scale of a weight (f32), what each [sign](super::Sign) adds
//! (f32 each), [`KNOTS`] pairs of raw value and score (f32 each, rising), then a byte with sign for each slot.

use std::sync::LazyLock;

use super::SIGNS;
use super::features::SLOTS;
use crate::packed::unpack;

/// Pairs in the calibration.
pub const KNOTS: usize = 16;
const MAGIC: u32 = u32::from_le_bytes(*b"PINJ");
const VERSION: u32 = 1;
/// Bytes before the weights.
pub const HEADER: usize = 16 + 4 * SIGNS + 8 * KNOTS;

/// The weight in a slot.
#[inline(always)]
pub(super) fn weight(weights: &[u8; SLOTS], slot: usize) -> i32 {
    weights.get(slot % SLOTS).map_or(0, |w| i32::from(*w as i8))
}

/// The weights that training made.
static BYTES: LazyLock<Vec<u8>> =
    LazyLock::new(|| unpack(include_bytes!(concat!(env!("OUT_DIR"), "/injection.packed"))));

/// Weights.
#[derive(Debug, Clone, Copy)]
pub struct Model<'a> {
    /// Value of a text without features.
    pub bias: f32,
    /// Value of a weight of one.
    pub scale: f32,
    /// What each sign of hiding adds.
    pub signs: [f32; SIGNS],
    /// Raw values and their scores.
    pub knots: [(f32, f32); KNOTS],
    /// A byte with sign for each slot.
    pub weights: &'a [u8; SLOTS],
}

impl Model<'static> {
    /// The weights in this build.
    #[must_use]
    pub fn built_in() -> &'static Self {
        // Its header is read once, and not for every text.
        static MODEL: LazyLock<Model<'static>> = LazyLock::new(|| {
            let bytes: &'static [u8] = &BYTES;
            Model::read(bytes).unwrap_or(Model {
                bias: 0.0,
                scale: 0.0,
                signs: [0.0; SIGNS],
                knots: [(0.0, 0.0); KNOTS],
                weights: &[0; SLOTS],
            })
        });
        &MODEL
    }
}

impl<'a> Model<'a> {
    /// Reads a file of weights; none where it is no such file.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (header, weights) = bytes.split_at_checked(HEADER)?;
        let mut fields = header.chunks_exact(4).filter_map(|b| <[u8; 4]>::try_from(b).ok());
        if fields.next().map(u32::from_le_bytes) != Some(MAGIC)
            || fields.next().map(u32::from_le_bytes) != Some(VERSION)
        {
            return None;
        }
        let mut next = || fields.next().map_or(0.0, f32::from_le_bytes);
        let (bias, scale) = (next(), next());
        let signs = [(); SIGNS].map(|()| next());
        let knots = [(); KNOTS].map(|()| (next(), next()));
        Some(Self { bias, scale, signs, knots, weights: weights.try_into().ok()? })
    }

    /// The file of these weights.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER + SLOTS);
        out.extend(MAGIC.to_le_bytes());
        out.extend(VERSION.to_le_bytes());
        let floats = [self.bias, self.scale].into_iter().chain(self.signs);
        let floats = floats.chain(self.knots.iter().flat_map(|(x, y)| [*x, *y]));
        out.extend(floats.flat_map(f32::to_le_bytes));
        out.extend(self.weights);
        out
    }

    /// The weight in a slot.
    #[inline(always)]
    #[must_use]
    pub fn weight(&self, slot: usize) -> i32 {
        weight(self.weights, slot)
    }

    /// The score of a raw value: between the knots on a straight line.
    #[must_use]
    pub fn calibrate(&self, raw: f32) -> f32 {
        let mut low = (f32::NEG_INFINITY, 0.0);
        for (x, y) in self.knots {
            if raw < x {
                let part = if low.0.is_finite() { (raw - low.0) / (x - low.0) } else { 1.0 };
                return (low.1 + part * (y - low.1)).clamp(0.0, 1.0);
            }
            low = (x, y);
        }
        low.1.clamp(0.0, 1.0)
    }
}

//! Finds sensitive values in a text.
//!
//! One pass over the bytes looks for what can begin or betray a value (an `@`, a digit, the middle of a
//! key's prefix); a recogniser then looks at a bounded window around that place. So the cost is linear,
//! and text without such bytes costs one table look-up a byte. Overlaps are resolved once, over the whole
//! text, by rule ([`overlap`]).

pub mod custom;
pub mod email;
pub mod ip;
pub mod number;
pub mod overlap;
pub mod secret;

use crate::block::{self, Block};
use crate::bytes::at;
use crate::entity::Hit;
use custom::CustomPattern;
use overlap::Claim;

/// What a byte may be the sign of.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Sign {
    Nothing,
    At,
    Digit,
    Colon,
    /// `_`, as in `ghp_`.
    Underscore,
    /// `-`, as in `sk-`.
    Hyphen,
    /// `J`, as in `eyJ`.
    Jwt,
    /// `I`, as in `AKIA`.
    Aws,
}

static SIGNS: [Sign; 256] = {
    let mut table = [Sign::Nothing; 256];
    let mut b = 0;
    while b < 256 {
        #[allow(clippy::indexing_slicing, reason = "evaluated when compiled; b < 256")]
        {
            table[b] = match b as u8 {
                b'@' => Sign::At,
                b'0'..=b'9' => Sign::Digit,
                b':' => Sign::Colon,
                b'_' => Sign::Underscore,
                b'-' => Sign::Hyphen,
                b'J' => Sign::Jwt,
                b'I' => Sign::Aws,
                _ => Sign::Nothing,
            };
        }
        b += 1;
    }
    table
};

/// The built-in recognisers and the policy's own patterns.
#[derive(Debug, Default)]
pub struct Detector {
    custom: Vec<CustomPattern>,
}

impl Detector {
    /// A detector with these patterns beside the built-in types.
    #[must_use]
    pub fn new(custom: Vec<CustomPattern>) -> Self {
        Self { custom }
    }

    /// Replaces `hits` by what `text` holds, in order and without overlaps. `text` is UTF-8; bytes that
    /// are not are read as part of no value.
    pub fn scan(&self, text: &[u8], hits: &mut Vec<Hit>) {
        self.scan_with(text, hits, |_| Claim::Change);
    }

    /// The same, where `claim` says which hits matter, and which only as far as no other does.
    pub fn scan_with(&self, text: &[u8], hits: &mut Vec<Hit>, claim: impl Fn(&Hit) -> Claim) {
        hits.clear();
        candidates(text, hits);
        for pattern in &self.custom {
            pattern.find(text, hits);
        }
        overlap::resolve(text, hits, claim);
    }
}

/// The hits of all built-in recognisers, overlapping.
fn candidates(text: &[u8], hits: &mut Vec<Hit>) {
    // Everything that has a sign, and a few bytes that have none: those the table sorts out.
    let interesting = |b: Block| b.within(b'-', b':') | b.equal(b'@') | b.within(b'I', b'J') | b.equal(b'_');
    let mut i = block::find(text, 0, b' ', interesting);
    while let Some(byte) = text.get(i) {
        let sign = SIGNS.get(usize::from(*byte)).copied().unwrap_or(Sign::Nothing);
        i = match sign {
            Sign::Nothing => i + 1,
            Sign::At => email::at_sign(text, i, hits),
            Sign::Digit => number::at_digit(text, i, hits),
            Sign::Colon => ip::at_colon(text, i, hits),
            Sign::Underscore => secret::at_underscore(text, i, hits),
            Sign::Hyphen => secret::at_hyphen(text, i, hits),
            Sign::Jwt if at(text, i + 1).is_ascii_alphanumeric() => secret::at_jwt(text, i, hits),
            Sign::Aws => secret::at_aws(text, i, hits),
            Sign::Jwt => i + 1,
        };
        i = block::find(text, i, b' ', interesting);
    }
}

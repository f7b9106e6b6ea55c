//! Weights lie in the module as an arithmetic coder packs them, and are unpacked when they are first needed: together
//! they take 84 KB less. `build/main.rs` packs the files that training has written.

mod coder;

use coder::{Chances, Interval};

/// What `build/main.rs` has packed.
#[must_use]
pub(crate) fn unpack(packed: &[u8]) -> Vec<u8> {
    let mut rest = packed.iter().copied();
    let mut four = || [(); 4].map(|()| rest.next().unwrap_or(0));
    let length = u32::from_le_bytes(four()) as usize;
    let mut code = u32::from_be_bytes(four());
    let (mut interval, mut chances) = (Interval::default(), Chances::default());
    let mut out = Vec::with_capacity(length);
    while out.len() < length {
        // A one, and behind it the bits of a byte as far as they are known.
        let mut bits = 1_u32;
        while bits < 256 {
            let middle = interval.middle(chances.of(bits));
            let bit = code <= middle;
            interval.take(middle, bit);
            while interval.settled().is_some() {
                code = code << 8 | u32::from(rest.next().unwrap_or(0));
            }
            chances.learn(bits, bit);
            bits = bits << 1 | u32::from(bit);
        }
        out.push(bits as u8);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::unpack;

    #[test]
    fn what_is_unpacked_is_what_training_wrote() {
        let tagger = unpack(include_bytes!(concat!(env!("OUT_DIR"), "/tagger.packed")));
        assert!(tagger == include_bytes!("../data/tagger.bin"));
        let injection = unpack(include_bytes!(concat!(env!("OUT_DIR"), "/injection.packed")));
        assert!(injection == include_bytes!("../data/injection.bin"));
    }
}

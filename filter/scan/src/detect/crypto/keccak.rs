//! Keccak-256 as Ethereum uses it: the Keccak of the competition, with padding `0x01`, where SHA3-256 of
//! FIPS 202 has `0x06`. Only for messages that fill less than one block (136 bytes), which addresses are.

/// Bytes that one permutation takes in.
const RATE: usize = 136;

/// FIPS 202, section 3.2.5.
const ROUNDS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808A,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808B,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008A,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000A,
    0x0000_0000_8000_808B,
    0x8000_0000_0000_008B,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800A,
    0x8000_0000_8000_000A,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

/// FIPS 202, sections 3.2.2 and 3.2.3: how far each lane is turned, and where it goes, in the order in which
/// the lanes follow each other.
const TURNS: [u32; 24] =
    [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];
const PLACES: [usize; 24] =
    [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];

/// The hash of `message`, of which what does not fit a block is left out.
pub(super) fn keccak_256(message: &[u8]) -> [u8; 32] {
    let mut block = [0u8; RATE];
    let length = message.len().min(RATE - 1);
    for (slot, byte) in block.iter_mut().zip(message.iter().take(RATE - 1).chain(&[1])) {
        *slot = *byte;
    }
    debug_assert_eq!(length, message.len());
    if let Some(last) = block.last_mut() {
        *last |= 0x80;
    }
    let mut state = [0u64; 25];
    for (lane, bytes) in state.iter_mut().zip(block.chunks_exact(8)) {
        *lane = bytes.iter().rev().fold(0, |lane, b| lane << 8 | u64::from(*b));
    }
    ROUNDS.iter().for_each(|constant| round(&mut state, *constant));
    let mut hash = [0u8; 32];
    for (bytes, lane) in hash.chunks_exact_mut(8).zip(state) {
        bytes.copy_from_slice(&lane.to_le_bytes());
    }
    hash
}

#[allow(clippy::indexing_slicing, reason = "every index is below 25, by the loops' bounds and the table")]
fn round(state: &mut [u64; 25], constant: u64) {
    let mut columns = [0u64; 5];
    for (x, column) in columns.iter_mut().enumerate() {
        *column = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
    }
    for x in 0..5 {
        let change = columns[(x + 4) % 5] ^ columns[(x + 1) % 5].rotate_left(1);
        for y in 0..5 {
            state[y * 5 + x] ^= change;
        }
    }
    let mut carried = state[1];
    for (turn, place) in TURNS.iter().zip(PLACES) {
        (carried, state[place]) = (state[place], carried.rotate_left(*turn));
    }
    for row in state.chunks_exact_mut(5) {
        let old = [row[0], row[1], row[2], row[3], row[4]];
        for x in 0..5 {
            row[x] = old[x] ^ !old[(x + 1) % 5] & old[(x + 2) % 5];
        }
    }
    state[0] ^= constant;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn the_known_hashes_come_out() {
        assert_eq!(hex(&keccak_256(b"")), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
        assert_eq!(
            hex(&keccak_256(b"abc")),
            "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
        );
    }
}

//! CRYPTO: addresses of crypto-currencies whose checksum is public.
//!
//! - Base58Check (Bitcoin and what derives from it): 25 bytes in base 58, the last four the beginning of the
//!   SHA-256 of the SHA-256 of the others.
//! - Bech32 and Bech32m (BIP 173, BIP 350): a prefix in [`PREFIXES`], `1`, and a BCH code over what follows.
//! - Ethereum: `0x` and 40 hexadecimal digits, whose capitals are the checksum (EIP-55) where there are any.

mod keccak;

use sha2::{Digest, Sha256};

use crate::bytes::{at, before, cut, run, run_back};
use crate::entity::{EntityType, Hit};

/// Longest address: a Cardano address in Bech32.
const MAX: usize = 110;

/// Prefixes of Bech32 addresses: Bitcoin (and its test networks), Litecoin, Cardano, Cosmos.
const PREFIXES: [&[u8]; 7] = [b"bc", b"tb", b"bcrt", b"ltc", b"addr", b"stake", b"cosmos"];

/// The address around the first digit at `i`.
pub(super) fn find(text: &[u8], i: usize) -> Option<Hit> {
    let start = run_back(text, i, 36, |b| b.is_ascii_alphanumeric());
    let end = run(cut(text, 0..(start + MAX + 1).min(text.len())), i, |b| b.is_ascii_alphanumeric());
    let token = cut(text, start..end);
    if !(26..=MAX).contains(&token.len())
        || matches!(before(text, start), b'_' | b'/' | b'+')
        || at(text, end) == b'_'
    {
        return None;
    }
    let score = match token {
        [b'0', b'x' | b'X', digits @ ..] => ethereum(digits)?,
        _ if base58check(token) || bech32(token) => 0.95,
        _ => return None,
    };
    Some(Hit { range: start..end, entity: EntityType::Crypto, score, validated: true })
}

/// 40 hexadecimal digits; mixed case must be the checksum of EIP-55.
fn ethereum(digits: &[u8]) -> Option<f32> {
    if digits.len() != 40 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let capitals = digits.iter().any(u8::is_ascii_uppercase);
    if !capitals || !digits.iter().any(u8::is_ascii_lowercase) {
        return Some(0.8);
    }
    let hash = keccak::keccak_256(&digits.to_ascii_lowercase());
    let nibble = |n: usize| hash.get(n / 2).map_or(0, |b| if n.is_multiple_of(2) { b >> 4 } else { b & 15 });
    let right = |(n, b): (usize, &u8)| b.is_ascii_digit() || b.is_ascii_uppercase() == (nibble(n) >= 8);
    digits.iter().enumerate().all(right).then_some(0.95)
}

/// 25 to 34 characters in base 58 that are 21 bytes and their checksum.
fn base58check(token: &[u8]) -> bool {
    if token.len() > 35 {
        return false;
    }
    // The number's 32 lowest bits first.
    let mut number = [0u32; 7];
    for b in token {
        let Some(digit) = base58_digit(*b) else { return false };
        let carry = number.iter_mut().fold(u64::from(digit), |carry, part| {
            let value = u64::from(*part) * 58 + carry;
            *part = value as u32;
            value >> 32
        });
        if carry != 0 {
            return false;
        }
    }
    let mut bytes = [0u8; 28];
    for (four, part) in bytes.as_chunks_mut().0.iter_mut().zip(number.iter().rev()) {
        *four = part.to_be_bytes();
    }
    let Some((&[0, 0, 0], bytes)) = bytes.split_first_chunk() else { return false };
    let (payload, checksum) = bytes.split_at(21);
    // A leading zero byte is written as a leading 1.
    let zeros = bytes.iter().take_while(|b| **b == 0).count();
    let ones = token.iter().take_while(|b| **b == b'1').count();
    zeros == ones && Sha256::digest(Sha256::digest(payload)).get(..4) == Some(checksum)
}

/// The value of a digit in base 58: digits and letters without 0, I, O and l.
fn base58_digit(b: u8) -> Option<u8> {
    Some(match b {
        b'1'..=b'9' => b - b'1',
        b'A'..=b'H' => b - b'A' + 9,
        b'J'..=b'N' => b - b'J' + 17,
        b'P'..=b'Z' => b - b'P' + 22,
        b'a'..=b'k' => b - b'a' + 33,
        b'm'..=b'z' => b - b'm' + 44,
        _ => return None,
    })
}

/// BIP 173: one case throughout, and the polynomial's remainder is 1, or that of BIP 350.
fn bech32(token: &[u8]) -> bool {
    const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const GENERATORS: [u32; 5] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3];
    let mixed = token.iter().any(u8::is_ascii_lowercase) && token.iter().any(u8::is_ascii_uppercase);
    let Some(parting) = token.iter().rposition(|b| *b == b'1') else { return false };
    let prefix = cut(token, 0..parting);
    if mixed || !PREFIXES.iter().any(|p| p.eq_ignore_ascii_case(prefix)) {
        return false;
    }
    let step = |remainder: u32, value: u32| {
        let top = remainder >> 25;
        let shifted = (remainder & 0x01FF_FFFF) << 5 ^ value;
        GENERATORS.iter().enumerate().fold(shifted, |r, (n, g)| if top >> n & 1 == 1 { r ^ g } else { r })
    };
    let small = |b: &u8| u32::from(b.to_ascii_lowercase());
    let mut remainder = prefix.iter().fold(1, |r, b| step(r, small(b) >> 5));
    remainder = prefix.iter().fold(step(remainder, 0), |r, b| step(r, small(b) & 31));
    for b in cut(token, parting + 1..token.len()) {
        let Some(value) = ALPHABET.iter().position(|a| *a == b.to_ascii_lowercase()) else { return false };
        remainder = step(remainder, value as u32);
    }
    matches!(remainder, 1 | 0x2BC8_30A3)
}

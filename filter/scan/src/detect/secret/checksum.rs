//! The checksum of GitHub's and npm's tokens: the last six characters are the CRC-32 (ISO-HDLC, as in
//! zlib) of the random part before them, in base62 with digits, capitals, small letters, filled up with
//! zeros on the left. Source: GitHub, "Behind GitHub's new authentication token formats" (2021).

const DIGITS: usize = 6;

/// Whether the last six characters of `body` are the checksum of those before.
pub(super) fn holds(body: &[u8]) -> bool {
    let split = body.split_at_checked(body.len().saturating_sub(DIGITS));
    split.is_some_and(|(random, check)| check == of(random))
}

/// The checksum of `random`.
pub(super) fn of(random: &[u8]) -> [u8; DIGITS] {
    let mut rest = crc32(random);
    let mut check = [0; DIGITS];
    for slot in check.iter_mut().rev() {
        *slot = base62((rest % 62) as u8);
        rest /= 62;
    }
    check
}

fn base62(digit: u8) -> u8 {
    match digit {
        0..=9 => b'0' + digit,
        10..=35 => b'A' + (digit - 10),
        _ => b'a' + (digit - 36),
    }
}

/// A token has some thirty characters: a bit at a time is fast enough, and needs no table.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(!0, |crc, b| (0..8).fold(crc ^ u32::from(*b), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_catalogue_comes_out() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_token_with_its_own_checksum_holds_and_no_other() {
        let random = b"madeupmadeupmadeupmadeupmadeup";
        let token = [&random[..], &of(random)].concat();
        assert!(holds(&token));
        assert!(!holds(&[&token[..35], b"_"].concat()));
        assert!(!holds(b"abc"));
    }
}

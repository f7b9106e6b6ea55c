//! Base64 (RFC 4648, sections 4 and 5), read leniently: either alphabet, with or without padding, with white
//! space in it (RFC 2045). Written in the alphabet that was read, without white space.

use crate::bytes::at;

/// How a text was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    url: bool,
    padded: bool,
}

impl Style {
    /// The alphabet of section 4, with padding.
    pub(crate) const STANDARD: Self = Self { url: false, padded: true };
}

/// The value of a character, in either alphabet.
fn value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Decodes `text` and says how it was written; none where it is no base64.
pub(crate) fn decode(text: &[u8]) -> Option<(Vec<u8>, Style)> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut characters, mut padding, mut url) = (0u32, 0usize, 0usize, false);
    for byte in text {
        match value(*byte) {
            Some(_) if padding > 0 => return None,
            Some(value) => {
                url |= matches!(byte, b'-' | b'_');
                bits = bits << 6 | u32::from(value);
                characters += 1;
                if characters.is_multiple_of(4) {
                    out.extend_from_slice(&[(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]);
                }
            }
            None if *byte == b'=' => padding += 1,
            None if byte.is_ascii_whitespace() => {}
            None => return None,
        }
    }
    match characters % 4 {
        1 => return None,
        2 => out.push((bits >> 4) as u8),
        3 => out.extend_from_slice(&[(bits >> 10) as u8, (bits >> 2) as u8]),
        _ => {}
    }
    let even = characters.is_multiple_of(4);
    (padding <= 2).then_some((out, Style { url, padded: padding > 0 || even && !url }))
}

/// Whether every byte of `text` can stand in base64.
pub(super) fn is_base64(text: &[u8]) -> bool {
    crate::block::find(text, 0, b'A', |block| {
        let letters = block.folded().within(b'a', b'z');
        let digits = block.within(b'/', b'9') | block.equal(b'+') | block.equal(b'-') | block.equal(b'_');
        let rest = block.equal(b'=') | block.equal(b' ') | block.within(b'\t', b'\r');
        !(letters | digits | rest)
    }) == text.len()
}

/// Writes `bytes` in base64.
pub(crate) fn encode(out: &mut Vec<u8>, bytes: &[u8], style: Style) {
    let (c62, c63) = if style.url { (b'-', b'_') } else { (b'+', b'/') };
    let character = |value: u32| match (value & 63) as u8 {
        v @ 0..26 => b'A' + v,
        v @ 26..52 => b'a' + v - 26,
        v @ 52..62 => b'0' + v - 52,
        62 => c62,
        _ => c63,
    };
    for chunk in bytes.chunks(3) {
        let bits = u32::from(at(chunk, 0)) << 16 | u32::from(at(chunk, 1)) << 8 | u32::from(at(chunk, 2));
        let all = [character(bits >> 18), character(bits >> 12), character(bits >> 6), character(bits)];
        let used = chunk.len() + 1;
        out.extend(all.iter().take(used));
        if style.padded {
            out.resize(out.len() + 4 - used, b'=');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_in_every_style() {
        for len in 0..20u8 {
            let bytes: Vec<u8> = (0..len).map(|n| n.wrapping_mul(67).wrapping_add(251)).collect();
            for (url, padded) in [(false, true), (false, false), (true, true), (true, false)] {
                let mut text = Vec::new();
                encode(&mut text, &bytes, Style { url, padded });
                assert!(is_base64(&text));
                let (decoded, style) = decode(&text).expect("base64");
                assert_eq!(decoded, bytes);
                let mut again = Vec::new();
                encode(&mut again, &bytes, style);
                assert_eq!(again, text, "{url} {padded}");
            }
        }
    }

    /// The vectors of RFC 4648, section 10.
    #[test]
    fn the_vectors_of_the_rfc_hold() {
        let pairs = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("fooba", "Zm9vYmE=")];
        for (plain, text) in pairs {
            let (decoded, style) = decode(text.as_bytes()).expect("base64");
            assert_eq!(decoded, plain.as_bytes());
            let mut out = Vec::new();
            encode(&mut out, plain.as_bytes(), style);
            assert_eq!(out, text.as_bytes());
        }
        assert_eq!(decode(b"Zm9v\r\nYmFy").map(|d| d.0), Some(b"foobar".to_vec()));
    }

    #[test]
    fn what_is_no_base64_is_told() {
        for text in ["a", "abcde", "ab=c", "a@bc", "é", "ab===", "Zm9v!"] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
        for byte in 0..=255u8 {
            let known = value(byte).is_some() || byte == b'=' || (byte.is_ascii_whitespace() || byte == 0x0b);
            assert_eq!(is_base64(&[byte]), known, "{byte}");
        }
    }
}

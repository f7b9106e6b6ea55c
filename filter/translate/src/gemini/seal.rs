//! Seals of other providers for clients of Gemini, whose packages decode base64 (RFC 4648, section 4) and refuse anything
//! else: the whole seal with its mark is encoded once more. A seal that comes back and is none of ours is Google's own.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A seal for a client.
pub(super) fn written(seal: &str) -> String {
    let mut out = String::with_capacity(seal.len() / 3 * 4 + 4);
    for group in seal.as_bytes().chunks(3) {
        let byte = |n: usize| u32::from(group.get(n).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for n in 0..4 {
            let digit = ALPHABET.get((bits >> (18 - 6 * n) & 63) as usize).copied().unwrap_or(b'A');
            out.push(if n <= group.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

/// A seal from a client.
pub(crate) fn read(seal: &str) -> String {
    decoded(seal).filter(|own| own.contains(':')).unwrap_or_else(|| seal.to_owned())
}

fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let byte = match byte {
            b'-' => b'+',
            b'_' => b'/',
            _ => byte,
        };
        let value = ALPHABET.iter().position(|digit| *digit == byte)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seals_are_written_as_the_rfcs_test_vectors_and_read_back() {
        for (text, base64) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
            ("a:b>?", "YTpiPj8="),
        ] {
            assert_eq!(written(text), base64);
            assert_eq!(decoded(base64).as_deref(), Some(text));
        }
        assert_eq!(read(&written("anthropic:redacted:c2VhbA==")), "anthropic:redacted:c2VhbA==");
        assert_eq!(read("YTpiPj8"), "a:b>?");
        assert_eq!(read("Z29vZ2xl"), "Z29vZ2xl", "one of Google's own");
        assert_eq!(read("/+8="), "/+8=", "bytes that are no text");
        assert_eq!(read("no base64!"), "no base64!");
    }
}

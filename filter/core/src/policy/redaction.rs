//! What stands in the place of a value that is redacted: nothing of it can be put back.
//!
//! | strategy | `ann@example.com` becomes |
//! | --- | --- |
//! | `mask` | `[REDACTED]` |
//! | `partial` | `a***@example.com`; any other value its first letter or digit and `***` |
//! | `tokenize` | `PII_EMAIL_c0ffee`: the same value, the same token |
//! | `drop` | nothing, and the message that it stands in is removed |
//!
//! A token is the beginning of a salted SHA-256 (24 bits, the first digit a letter, so that no placeholder's number
//! can be read into it). Without the salt it cannot be guessed back; two values may share one.

use sha2::{Digest, Sha256};

use super::reading::Word;

/// The name of what a pattern found, in a token.
pub(crate) const MATCH_NAME: &str = "TEXT";

/// What stands in the place of a redacted value.
pub const REDACTED: &[u8] = b"[REDACTED]";

/// How a value is redacted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Strategy {
    /// By [`REDACTED`].
    #[default]
    Mask,
    /// By its beginning.
    Partial,
    /// By a token.
    Tokenize,
    /// With the whole message that it stands in, which is removed from the request.
    Drop,
}

impl Word for Strategy {
    const NAMES: &'static [&'static str] = &["mask", "partial", "tokenize", "drop"];
    const ALL: &'static [Self] = &[Self::Mask, Self::Partial, Self::Tokenize, Self::Drop];
}

/// What tokens are salted with.
#[derive(Clone, Copy, Default)]
pub struct Salt([u8; 32]);

impl core::fmt::Debug for Salt {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Salt")
    }
}

impl Salt {
    /// The salt that is made of `secret`.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self(Sha256::new().chain_update(b"privet tokenize\0").chain_update(secret).finalize().into())
    }
}

impl Strategy {
    /// Writes what stands in the place of a value of the type `name`; `canonical` is what equal values share.
    pub fn write(self, out: &mut Vec<u8>, salt: &Salt, name: &str, value: &[u8], canonical: &[u8]) {
        match self {
            // What is dropped is not written; where it were, it would not be shown either.
            Self::Mask | Self::Drop => out.extend_from_slice(REDACTED),
            Self::Partial => {
                let text = core::str::from_utf8(value).unwrap_or_default();
                // What is not a letter or digit may need an escape where it is written.
                if let Some(first) = text.chars().next().filter(|c| c.is_alphanumeric()) {
                    out.extend_from_slice(first.encode_utf8(&mut [0; 4]).as_bytes());
                }
                out.extend_from_slice(b"***");
                if let Some((_, domain)) = text.rsplit_once('@').filter(|(_, d)| is_domain(d)) {
                    out.push(b'@');
                    out.extend_from_slice(domain.as_bytes());
                }
            }
            Self::Tokenize => {
                let hash = Sha256::new().chain_update(salt.0).chain_update(name).chain_update([0]);
                let digest = hash.chain_update(canonical).finalize();
                let hex = |digit: u8, letter: bool| match digit {
                    _ if letter => b'a' + digit % 6,
                    0..10 => b'0' + digit,
                    _ => b'a' + digit - 10,
                };
                out.extend_from_slice(b"PII_");
                out.extend_from_slice(name.as_bytes());
                out.push(b'_');
                for (n, byte) in digest.iter().take(3).enumerate() {
                    out.extend_from_slice(&[hex(byte >> 4, n == 0), hex(byte & 15, false)]);
                }
            }
        }
    }
}

/// Whether what stands behind an `@` can only be a domain.
fn is_domain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
}

//! The alphabets of tokens, as sets of characters: a bit for each group of characters that some vendor
//! leaves out.

/// A set of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Alphabet(u16);

const HIGH_DIGITS: u16 = 1; // 0 1 8 9: not in the base32 of RFC 4648
const LOW_DIGITS: u16 = 2; // 2 to 7
const LOWER_HEX: u16 = 4;
const UPPER_HEX: u16 = 8;
const LOWER_REST: u16 = 16;
const UPPER_REST: u16 = 32;
const UNDERSCORE: u16 = 64;
const HYPHEN: u16 = 128;
const DOT: u16 = 256;
const EQUALS: u16 = 512;
const PLUS_SLASH: u16 = 1024;
const TILDE: u16 = 2048;
const PERCENT: u16 = 4096;

impl Alphabet {
    /// Decimal digits.
    pub(super) const DIGITS: Self = Self(HIGH_DIGITS | LOW_DIGITS);
    /// Lower-case hexadecimal.
    pub(super) const HEX: Self = Self(Self::DIGITS.0 | LOWER_HEX);
    /// Hexadecimal of either case.
    pub(super) const XHEX: Self = Self(Self::HEX.0 | UPPER_HEX);
    /// Capitals and the digits 2 to 7 (RFC 4648, section 6).
    pub(super) const BASE32: Self = Self(LOW_DIGITS | UPPER_HEX | UPPER_REST);
    /// Lower-case letters and digits.
    pub(super) const LOWER: Self = Self(Self::HEX.0 | LOWER_REST);
    /// Capitals and digits.
    pub(super) const UPPER: Self = Self(Self::DIGITS.0 | UPPER_HEX | UPPER_REST);
    /// Letters.
    pub(super) const LETTERS: Self = Self(LOWER_HEX | LOWER_REST | UPPER_HEX | UPPER_REST);
    /// Letters and digits.
    pub(super) const ALNUM: Self = Self(Self::DIGITS.0 | Self::LETTERS.0);
    /// Letters, digits and `_`.
    pub(super) const WORD: Self = Self(Self::ALNUM.0 | UNDERSCORE);
    /// base64url (RFC 4648, section 5).
    pub(super) const URL: Self = Self(Self::WORD.0 | HYPHEN);
    /// base64url with padding.
    pub(super) const URL_PADDED: Self = Self(Self::URL.0 | EQUALS);
    /// base64url and dots.
    pub(super) const DOTTED: Self = Self(Self::URL.0 | DOT);
    /// base64 with padding (RFC 4648, section 4).
    pub(super) const BASE64: Self = Self(Self::ALNUM.0 | PLUS_SLASH | EQUALS);
    /// base64 of either kind with padding, percent-encoded or not.
    pub(super) const ANY64: Self = Self(Self::BASE64.0 | Self::URL.0 | PERCENT);
    /// Unreserved characters of URIs (RFC 3986, section 2.3).
    pub(super) const UNRESERVED: Self = Self(Self::DOTTED.0 | TILDE);
    /// Lower-case hexadecimal and hyphens.
    pub(super) const UUID: Self = Self(Self::XHEX.0 | HYPHEN);
    /// Unreserved characters and `/`: what prefixes of tokens are made of.
    pub(super) const PATH: Self = Self(Self::UNRESERVED.0 | PLUS_SLASH);

    /// Whether `byte` belongs to it.
    #[inline(always)]
    pub(super) fn has(self, byte: u8) -> bool {
        GROUPS.get(usize::from(byte)).is_some_and(|groups| groups & self.0 != 0)
    }

    /// Its number among the alphabets in use, for a table of runs.
    pub(super) fn bits(self) -> u16 {
        self.0
    }
}

static GROUPS: [u16; 256] = {
    let mut table = [0; 256];
    let mut b = 0;
    while b < 256 {
        let group = match b as u8 {
            b'0' | b'1' | b'8' | b'9' => HIGH_DIGITS,
            b'2'..=b'7' => LOW_DIGITS,
            b'a'..=b'f' => LOWER_HEX,
            b'A'..=b'F' => UPPER_HEX,
            b'g'..=b'z' => LOWER_REST,
            b'G'..=b'Z' => UPPER_REST,
            b'_' => UNDERSCORE,
            b'-' => HYPHEN,
            b'.' => DOT,
            b'=' => EQUALS,
            b'+' | b'/' => PLUS_SLASH,
            b'~' => TILDE,
            b'%' => PERCENT,
            _ => 0,
        };
        #[allow(clippy::indexing_slicing, reason = "evaluated when compiled; b < 256")]
        {
            table[b] = group;
        }
        b += 1;
    }
    table
};

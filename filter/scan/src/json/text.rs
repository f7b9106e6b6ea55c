//! The text of a JSON string, with the way back to the bytes it was written with.

use core::fmt;
use core::ops::Range;

use crate::bytes::{at, cut, from};

/// A decoded string and the offsets of its pieces in the source. Reused from string to string, so that
/// the walk allocates nothing once the buffers have grown.
#[derive(Default)]
pub struct DecodedText {
    text: Vec<u8>,
    /// From decoded offset `.0` on, the source offset is `.1` plus the distance.
    marks: Vec<(usize, usize)>,
}

impl DecodedText {
    /// Begins anew, with text whose first byte stands at `base`.
    pub fn begin(&mut self, base: usize) {
        self.text.clear();
        self.marks.clear();
        self.marks.push((0, base));
    }

    /// Adds text as it stands in the source.
    pub fn keep(&mut self, source: &[u8]) {
        self.text.extend_from_slice(source);
    }

    /// Adds what a piece of the source means that ends at `end`.
    pub fn mean(&mut self, meaning: &[u8], end: usize) {
        self.text.extend_from_slice(meaning);
        self.marks.push((self.text.len(), end));
    }

    /// Decodes `source`, which is the content of a JSON string without its quotes. Lenient: what is no
    /// escape stays as it is, and an unpaired surrogate becomes U+FFFD (the walk has refused it before
    /// where that matters). `base` is the offset of `source` in the body.
    pub fn decode(&mut self, source: &[u8], base: usize) {
        self.begin(base);
        let mut done = 0;
        while let Some(found) = memchr::memchr(b'\\', from(source, done)) {
            let escape = done + found;
            self.text.extend_from_slice(cut(source, done..escape));
            let len = self.unescape(source, escape);
            done = escape + len;
            self.marks.push((self.text.len(), base + done));
        }
        self.text.extend_from_slice(from(source, done));
    }

    /// Writes the character that the escape at `i` stands for; returns the escape's length.
    fn unescape(&mut self, source: &[u8], i: usize) -> usize {
        let simple = match at(source, i + 1) {
            c @ (b'"' | b'\\' | b'/') => c,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let (unit, len) = match code_point(source, i) {
                    Some(found) => found,
                    None => {
                        self.text.push(b'\\');
                        return 1;
                    }
                };
                let c = char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
                self.text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return len;
            }
            _ => {
                self.text.push(b'\\');
                return 1;
            }
        };
        self.text.push(simple);
        2
    }

    /// The decoded bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.text
    }

    /// The offset in the body of the decoded offset `i`.
    #[must_use]
    pub fn source_offset(&self, i: usize) -> usize {
        let after = self.marks.partition_point(|(decoded, _)| *decoded <= i);
        let (decoded, source) =
            after.checked_sub(1).and_then(|m| self.marks.get(m)).copied().unwrap_or_default();
        source + (i - decoded)
    }

    /// The range in the body of a decoded range.
    #[must_use]
    pub fn source_range(&self, range: &Range<usize>) -> Range<usize> {
        self.source_offset(range.start)..self.source_offset(range.end)
    }
}

impl fmt::Debug for DecodedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodedText({} bytes)", self.text.len())
    }
}

/// The value of the four hexadecimal digits at `i`.
fn hex4(source: &[u8], i: usize) -> Option<u32> {
    let digits = source.get(i..i + 4)?;
    digits.iter().try_fold(0, |value, d| Some(value * 16 + char::from(*d).to_digit(16)?))
}

/// The code point of the `\u` escape at `i`, its second half included, and its length in bytes. An
/// unpaired half comes back as itself, which is no `char`.
pub fn code_point(source: &[u8], i: usize) -> Option<(u32, usize)> {
    let high = hex4(source, i + 2)?;
    if (0xD800..0xDC00).contains(&high)
        && cut(source, i + 6..i + 8) == b"\\u"
        && let Some(low @ 0xDC00..=0xDFFF) = hex4(source, i + 8)
    {
        return Some((0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00), 12));
    }
    Some((high, 6))
}

/// Writes `text` as the content of a JSON string, `depth` strings deep (1: a plain string; 2: a string
/// inside JSON inside a string). Escapes what RFC 8259, section 7 requires and nothing else.
pub fn write_escaped(out: &mut Vec<u8>, text: &[u8], depth: u8) {
    if depth == 0 {
        out.extend_from_slice(text);
        return;
    }
    if depth > 1 {
        let mut inner = Vec::with_capacity(text.len());
        write_escaped(&mut inner, text, depth - 1);
        return write_escaped(out, &inner, 1);
    }
    for byte in text {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => {
                let hex = |n: u8| char::from_digit(u32::from(n), 16).map_or(b'0', |c| c as u8);
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte & 15)]);
            }
            _ => out.push(*byte),
        }
    }
}

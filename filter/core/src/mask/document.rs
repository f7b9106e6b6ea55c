//! Documents inside a body: data in base64 (RFC 4648) or in a `data:` URL (RFC 2397).
//!
//! What is text is decoded, looked through (JSON by its inner strings), and put back re-encoded, so that only
//! the found values differ in what the provider decodes. The bytes decide, not the media type that a client
//! writes beside them: what is UTF-8 is text, and what is no base64 at all is text as it stands. The rest
//! (images, sounds, PDF, archives) is opaque.
//!
//! Limit: text in UTF-16 or another encoding is opaque, and so is text inside of PDF and archives.

use super::base64::{self, Style};
use crate::bytes::{at, cut, from};

/// So much of a document's beginning is decoded to see whether it is text: a multiple of 4.
const SNIFFED: usize = 1024;

/// How a document was written into its string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Base64(Style),
    /// `%40` and the like (RFC 3986, section 2.1).
    Percent,
}

impl Encoding {
    /// Writes `content` as it stands in the body.
    pub(super) fn write(self, out: &mut Vec<u8>, content: &[u8]) {
        match self {
            Self::Base64(style) => base64::encode(out, content, style),
            Self::Percent => {
                for byte in content {
                    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                        out.push(*byte);
                    } else {
                        let hex = |n: u8| char::from_digit(u32::from(n), 16).map_or(b'0', |c| c as u8);
                        let digits = [hex(byte >> 4), hex(byte & 15)];
                        out.extend_from_slice(&[b'%', digits[0], digits[1]].map(|b| b.to_ascii_uppercase()));
                    }
                }
            }
        }
    }
}

/// What a string in a document's place is.
pub(super) enum Document {
    /// Text as it stands.
    Plain,
    /// Text in an encoding.
    Text(Vec<u8>, Encoding),
    /// Nothing that could be read.
    Opaque,
}

/// The parts of a `data:` URL.
pub(super) struct DataUrl {
    /// Where the data begins; before it stand the scheme, the media type and its parameters.
    pub(super) start: usize,
    base64: bool,
}

/// Whether `text` is a `data:` URL; schemes are the same in any case.
pub(super) fn is_data_url(text: &[u8]) -> bool {
    cut(text, 0..5).eq_ignore_ascii_case(b"data:")
}

impl DataUrl {
    /// The parts of `text`; none where it is no `data:` URL.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let comma = is_data_url(text).then(|| memchr::memchr(b',', text))??;
        let head = cut(text, 0..comma).trim_ascii_end();
        let last = head.rsplit(|b| *b == b';').next().unwrap_or_default().trim_ascii();
        Some(Self { start: comma + 1, base64: last.eq_ignore_ascii_case(b"base64") })
    }

    /// What its data is.
    pub(super) fn document(&self, text: &[u8]) -> Document {
        let data = from(text, self.start);
        if self.base64 {
            return of_base64(data);
        }
        if memchr::memchr(b'%', data).is_none() {
            return Document::Plain;
        }
        let decoded = percent_decoded(data);
        if core::str::from_utf8(&decoded).is_ok() {
            return Document::Text(decoded, Encoding::Percent);
        }
        Document::Plain
    }
}

/// What `data` is that should be base64.
pub(super) fn of_base64(data: &[u8]) -> Document {
    if !base64::is_base64(data) {
        return Document::Plain;
    }
    if data.len() > SNIFFED && !base64::decode(cut(data, 0..SNIFFED)).is_some_and(|(d, _)| is_text(&d, true))
    {
        // White space may have shifted the cut; it is short text that has any.
        let spaced = cut(data, 0..SNIFFED).iter().any(u8::is_ascii_whitespace);
        if !spaced {
            return Document::Opaque;
        }
    }
    match base64::decode(data) {
        Some((content, style)) if is_text(&content, false) => {
            Document::Text(content, Encoding::Base64(style))
        }
        Some(_) => Document::Opaque,
        // The characters of base64 and no base64: a word.
        None => Document::Plain,
    }
}

/// Whether `content` can be looked through: UTF-8, and not a PDF, whose tables count its bytes. A `beginning`
/// may end inside a character.
fn is_text(content: &[u8], beginning: bool) -> bool {
    let utf8 = match core::str::from_utf8(content) {
        Ok(_) => true,
        Err(e) => beginning && e.error_len().is_none(),
    };
    utf8 && !content.starts_with(b"%PDF-")
}

/// Whether a document is JSON by its first character, so that its strings are worth reading by themselves.
pub(super) fn may_be_json(content: &[u8]) -> bool {
    matches!(at(content.trim_ascii_start(), 0), b'{' | b'[' | b'"')
}

fn percent_decoded(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut i = 0;
    while i < data.len() {
        let hex = |i: usize| char::from(at(data, i)).to_digit(16);
        match (at(data, i), hex(i + 1), hex(i + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                i += 3;
            }
            (byte, ..) => {
                out.push(byte);
                i += 1;
            }
        }
    }
    out
}

//! Amazon's event stream encoding (`application/vnd.amazon.eventstream`), in which Bedrock streams.
//!
//! A message: total length (u32), length of the headers (u32), CRC-32 of these eight bytes; headers;
//! payload; CRC-32 of all before it. Numbers are big-endian. A header: length of the name (u8), name, type
//! (u8), value. Sources: Amazon Transcribe developer guide, "Event stream encoding"; Smithy, "Amazon Event
//! Stream specification".
//!
//! Both checksums are checked, and computed anew for a message whose payload changes; headers are kept.

use core::ops::Range;

use super::FramingError;
use super::crc32::crc32;
use crate::bytes::{at, cut, from};

/// Lengths and their checksum.
const PRELUDE: usize = 12;
/// The checksum at the end.
const CHECKSUM: usize = 4;
/// The type of a header that is a string.
const STRING: u8 = 7;

/// What is known of a message.
pub(super) struct Message<'b> {
    /// Where its payload lies.
    pub(super) payload: Range<usize>,
    /// `:event-type`, or `:exception-type`.
    pub(super) event_type: &'b [u8],
    /// Whether it is an exception or error.
    pub(super) is_error: bool,
}

fn number(bytes: &[u8], i: usize) -> Option<usize> {
    let word: [u8; 4] = bytes.get(i..i + 4)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(word)).ok()
}

fn checksum_holds(bytes: &[u8], end: usize) -> bool {
    number(bytes, end).is_some_and(|stated| stated == crc32(cut(bytes, 0..end)) as usize)
}

/// The length of the message at the start of `rest`; none while it is not complete.
pub(super) fn next_frame(rest: &[u8]) -> Result<Option<usize>, FramingError> {
    if rest.len() < PRELUDE {
        return Ok(None);
    }
    let (Some(total), Some(headers)) = (number(rest, 0), number(rest, 4)) else { return Ok(None) };
    if !checksum_holds(rest, PRELUDE - CHECKSUM) || total < PRELUDE + CHECKSUM {
        return Err(FramingError::Damaged);
    }
    if headers > total - PRELUDE - CHECKSUM {
        return Err(FramingError::Damaged);
    }
    if total > super::MAX_FRAME_BYTES {
        return Err(FramingError::TooLarge);
    }
    Ok((rest.len() >= total).then_some(total))
}

/// Reads a whole message; none where it contradicts itself.
pub(super) fn open(message: &[u8]) -> Option<Message<'_>> {
    let end = message.len().checked_sub(CHECKSUM)?;
    if number(message, 0)? != message.len() || !checksum_holds(message, end) {
        return None;
    }
    let headers = PRELUDE..PRELUDE + number(message, 4)?;
    let mut opened = Message { payload: headers.end..end, event_type: b"", is_error: false };
    let mut rest = message.get(headers)?;
    while !rest.is_empty() {
        let name_end = 1 + usize::from(at(rest, 0));
        let (name, kind) = (rest.get(1..name_end)?, *rest.get(name_end)?);
        let after = name_end + 1;
        let (start, len) = match kind {
            // True and false, byte, short, integer, long, byte array, string, timestamp, UUID.
            0 | 1 => (after, 0),
            2 => (after, 1),
            3 => (after, 2),
            4 => (after, 4),
            5 | 8 => (after, 8),
            6 | STRING => {
                (after + 2, usize::from(u16::from_be_bytes([*rest.get(after)?, *rest.get(after + 1)?])))
            }
            9 => (after, 16),
            _ => return None,
        };
        let value = rest.get(start..start + len)?;
        match name {
            b":event-type" | b":exception-type" if kind == STRING => opened.event_type = value,
            b":message-type" if kind == STRING => opened.is_error = value != b"event",
            _ => {}
        }
        rest = from(rest, start + len);
    }
    Some(opened)
}

/// Writes a message with its own headers and another payload.
pub(super) fn rewrite(out: &mut Vec<u8>, message: &[u8], payload: &[u8]) {
    let headers = PRELUDE..PRELUDE + number(message, 4).unwrap_or(0);
    write(out, cut(message, headers), payload);
}

/// Writes an event of a type, or the exception whose type is `!` and a name.
pub(super) fn write_event(out: &mut Vec<u8>, name: &[u8], payload: &[u8]) {
    let mut headers = Vec::with_capacity(96);
    let mut header = |name: &[u8], value: &[u8]| {
        headers.push(name.len() as u8);
        headers.extend_from_slice(name);
        headers.push(STRING);
        headers.extend_from_slice(&(value.len() as u16).to_be_bytes());
        headers.extend_from_slice(value);
    };
    match name.strip_prefix(b"!") {
        Some(exception) => header(b":exception-type", exception),
        None => header(b":event-type", name),
    }
    header(b":content-type", b"application/json");
    header(b":message-type", if name.starts_with(b"!") { b"exception" } else { b"event" });
    write(out, &headers, payload);
}

fn write(out: &mut Vec<u8>, headers: &[u8], payload: &[u8]) {
    let start = out.len();
    let total = PRELUDE + headers.len() + payload.len() + CHECKSUM;
    out.extend_from_slice(&(total as u32).to_be_bytes());
    out.extend_from_slice(&(headers.len() as u32).to_be_bytes());
    let prelude = crc32(from(out, start));
    out.extend_from_slice(&prelude.to_be_bytes());
    out.extend_from_slice(headers);
    out.extend_from_slice(payload);
    let all = crc32(from(out, start));
    out.extend_from_slice(&all.to_be_bytes());
}

//! Splits a byte stream into server-sent events (WHATWG HTML, section 9.2.6), however it is cut.
//!
//! An event is handed out with all its bytes, the blank line included, so that an event in which nothing
//! changes is passed on as it came.

use core::ops::Range;

use crate::bytes::{at, cut, from};

/// Largest event that is held while it is incomplete, in bytes. Providers' events are far below; what is
/// longer ends the stream with an error.
pub const MAX_EVENT_BYTES: usize = 1 << 20;

/// Bytes of which no complete event has been made yet.
#[derive(Default)]
pub struct EventBuffer {
    bytes: Vec<u8>,
    /// Where the current event begins.
    event: usize,
    /// Where the current line begins.
    line: usize,
    /// Up to here the current line has been searched for its end.
    searched: usize,
}

impl EventBuffer {
    /// Adds a chunk, and forgets the events that were taken.
    pub fn push(&mut self, chunk: &[u8]) {
        self.bytes.drain(..self.event);
        self.line -= self.event;
        self.searched -= self.event;
        self.event = 0;
        self.bytes.extend_from_slice(chunk);
    }

    /// The range of the next complete event, with its blank line; valid until the next [`Self::push`].
    pub fn next_event(&mut self) -> Option<Range<usize>> {
        loop {
            let Some(found) = memchr::memchr2(b'\n', b'\r', from(&self.bytes, self.searched)) else {
                self.searched = self.bytes.len();
                return None;
            };
            let end = self.searched + found;
            self.searched = end;
            let next = line_after(&self.bytes, end)?;
            let blank = end == self.line;
            self.line = next;
            self.searched = next;
            if blank {
                return Some(core::mem::replace(&mut self.event, next)..next);
            }
        }
    }

    /// The bytes of an event.
    #[must_use]
    pub fn bytes(&self, event: &Range<usize>) -> &[u8] {
        cut(&self.bytes, event.clone())
    }

    /// What is left when the stream ends: an event without its blank line, which a reader discards.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        from(&self.bytes, self.event)
    }
}

/// The start of the line behind the line end at `end`; none while a `\r` may still be followed by `\n`.
fn line_after(bytes: &[u8], end: usize) -> Option<usize> {
    match (at(bytes, end), bytes.get(end + 1)) {
        (b'\r', Some(b'\n')) => Some(end + 2),
        (b'\r', None) => None,
        _ => Some(end + 1),
    }
}

/// The ranges of the values of an event's `data` lines.
#[must_use]
pub fn data_lines(event: &[u8]) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut i = 0;
    while i < event.len() {
        let end = memchr::memchr2(b'\n', b'\r', from(event, i)).map_or(event.len(), |n| i + n);
        let line = cut(event, i..end);
        if let Some(value) = line.strip_prefix(b"data:") {
            let start = end - value.len() + usize::from(value.first() == Some(&b' '));
            lines.push(start..end);
        }
        i = line_after(event, end).unwrap_or(event.len());
    }
    lines
}

impl core::fmt::Debug for EventBuffer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "EventBuffer({} bytes)", self.rest().len())
    }
}

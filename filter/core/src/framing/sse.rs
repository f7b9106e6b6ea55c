//! Server-sent events (WHATWG HTML, section 9.2.6): fields on lines that end with LF, CR or both, and a
//! blank line behind each event. The values of the `data` lines, joined by line feeds, are the payload.

use alloc::borrow::Cow;
use core::ops::Range;

use super::Payload;
use crate::bytes::{at, cut, from};

extern crate alloc;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Where the search for the current event's end has come, relative to the event's start.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    /// Where the current line begins.
    line: usize,
    /// Up to here the current line has been searched for its end.
    searched: usize,
}

impl Scanner {
    /// The length of the event at the start of `rest`, with its blank line.
    pub(super) fn next_frame(&mut self, rest: &[u8]) -> Option<usize> {
        loop {
            let Some(found) = memchr::memchr2(b'\n', b'\r', from(rest, self.searched)) else {
                self.searched = rest.len();
                return None;
            };
            let end = self.searched + found;
            self.searched = end;
            let next = line_after(rest, end)?;
            let blank = end == self.line;
            (self.line, self.searched) = (next, next);
            if blank {
                *self = Self::default();
                return Some(next);
            }
        }
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

/// The ranges of an event's lines without and with their ends.
fn lines(event: &[u8]) -> impl Iterator<Item = (Range<usize>, usize)> + '_ {
    let mut i = 0;
    core::iter::from_fn(move || {
        let start = i;
        if start >= event.len() {
            return None;
        }
        let end = memchr::memchr2(b'\n', b'\r', from(event, start)).map_or(event.len(), |n| start + n);
        i = line_after(event, end).unwrap_or(event.len()).min(event.len());
        Some((start..end, i))
    })
}

/// The range of the value, where the line is a `data` line.
fn data(event: &[u8], line: &Range<usize>) -> Option<Range<usize>> {
    let content = cut(event, line.clone());
    // A mark can only stand at the start of the stream, and no field's name begins with it.
    let content = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content);
    let value = content.strip_prefix(b"data:")?;
    Some(line.end - value.len() + usize::from(value.first() == Some(&b' '))..line.end)
}

/// What an event carries, and where it lies if it lies on one line.
pub(super) fn payload(event: &[u8]) -> (Payload<'_>, Range<usize>) {
    let mut values = lines(event).filter_map(|(line, _)| data(event, &line));
    let Some(first) = values.next() else { return (Payload::Nothing, 0..0) };
    let (json, range) = match values.next() {
        None => (Cow::Borrowed(cut(event, first.clone())), first),
        Some(second) => {
            let mut joined = cut(event, first).to_vec();
            for value in core::iter::once(second).chain(values) {
                joined.push(b'\n');
                joined.extend_from_slice(cut(event, value));
            }
            (Cow::Owned(joined), 0..0)
        }
    };
    match json.trim_ascii() {
        // OpenAI's sign for the end, which others have taken over.
        b"[DONE]" => (Payload::End, 0..0),
        b"" => (Payload::Nothing, 0..0),
        _ => (Payload::Json(json), range),
    }
}

/// Writes an event whose payload stands on several lines, with another payload.
pub(super) fn rewrite(out: &mut Vec<u8>, event: &[u8], json: &[u8]) {
    let mut written = false;
    for (line, next) in lines(event) {
        if data(event, &line).is_none() {
            out.extend_from_slice(cut(event, line.start..next));
        } else if !core::mem::replace(&mut written, true) {
            for value in json.split(|b| *b == b'\n') {
                out.extend_from_slice(b"data: ");
                out.extend_from_slice(value);
                out.push(b'\n');
            }
        }
    }
}

/// Writes an event; without a name it has no `event` line.
pub(super) fn write_event(out: &mut Vec<u8>, name: &[u8], json: &[u8]) {
    if !name.is_empty() {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name);
        out.push(b'\n');
    }
    out.extend_from_slice(b"data: ");
    out.extend_from_slice(json);
    out.extend_from_slice(b"\n\n");
}

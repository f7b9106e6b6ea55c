//! How a stream begins: with content, or with an error while another provider can still be asked.
//!
//! Frames that show nothing yet (comments, `ping`, `message_start`, a choice's role) are neither. What is not
//! understood counts as content: it is passed on, and judged where it is restored.

use super::event::{Event, Read, Reader};
use super::rules::Rules;
use super::wrapped::{Wrapped, unwrap};
use crate::formats::Format;
use crate::framing::{Frame, FrameBuffer, Framing, Payload};
use crate::json::{Tag, walk_answer};
use crate::output::Guards;
use crate::rehydrate::Restorer;
use crate::tokens::TokenMap;

/// Up to here a stream's beginning is looked at, in bytes: what shows nothing for longer is passed on. OpenAI's
/// `response.created`, the longest of these frames, repeats the request's instructions and tools.
pub const MAX_LOOK_AHEAD_BYTES: usize = 64 * 1024;

/// What a stream began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// Something that a client must see.
    Content,
    /// An error.
    Error,
    /// Nothing of either yet.
    Neither,
}

/// The beginning of a stream.
pub struct Beginning {
    format: Format,
    rules: &'static dyn Rules,
    buffer: FrameBuffer,
    seen: usize,
}

impl Beginning {
    /// A stream of which nothing has come yet.
    #[must_use]
    pub fn new(format: Format, framing: Framing) -> Self {
        Self { format, rules: format.rules(), buffer: FrameBuffer::new(framing), seen: 0 }
    }

    /// How many bytes were taken.
    #[must_use]
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// Takes the next bytes, `last` with the end of the stream; says what the stream begins with, as far as that is
    /// known. At the end, and behind [`MAX_LOOK_AHEAD_BYTES`], it is known.
    pub fn push(&mut self, chunk: &[u8], last: bool) -> First {
        self.seen += chunk.len();
        self.buffer.push(chunk);
        loop {
            let first = match self.buffer.next_frame() {
                Ok(Some(found)) => judge(self.format, self.rules, &self.buffer.frame(&found)),
                Ok(None) if last && !self.buffer.rest().is_empty() => {
                    let first = judge(self.format, self.rules, &self.buffer.last_frame());
                    return if first == First::Neither { First::Content } else { first };
                }
                Ok(None) if last || self.seen > MAX_LOOK_AHEAD_BYTES => First::Content,
                Ok(None) => return First::Neither,
                Err(_) => First::Content,
            };
            if first != First::Neither {
                return first;
            }
        }
    }
}

fn judge(format: Format, rules: &'static dyn Rules, frame: &Frame<'_>) -> First {
    let json = match &frame.payload {
        Payload::Nothing => return First::Neither,
        Payload::End | Payload::Damaged => return First::Content,
        Payload::Json(json) => json,
    };
    if frame.fault {
        return First::Error;
    }
    let wraps = format == Format::BedrockInvoke;
    match if wraps && !frame.name.is_empty() { unwrap(json) } else { Wrapped::Nothing } {
        Wrapped::Unreadable => First::Content,
        Wrapped::Event(inner, _) => judge_event(rules, b"", &inner),
        Wrapped::Nothing => judge_event(rules, if wraps { b"" } else { frame.name }, json),
    }
}

fn judge_event(rules: &'static dyn Rules, name: &[u8], json: &[u8]) -> First {
    let (mut event, mut restorer) = (Event::default(), Restorer::default());
    let (tokens, mut guards) = (TokenMap::default(), Guards::default());
    let mut splices = Vec::new();
    let mut reader = Reader {
        data: json,
        event: &mut event,
        tokens: &tokens,
        guards: &mut guards,
        restorer: &mut restorer,
        splices: &mut splices,
    };
    if walk_answer(json, rules.shape(), &mut reader).is_err() {
        return First::Content;
    }
    let read = Read { data: json, name, event: &event };
    if event.fault || matches!(read.kind(), b"error" | b"response.failed") {
        return First::Error;
    }
    let ends = rules.completes(&read) || read.has(Tag::FinishReason, &[]) || read.has(Tag::Done, &[]);
    let shows = event.pieces.iter().any(|piece| !piece.range.is_empty()) || read.has(Tag::Part, &[]);
    if ends || shows { First::Content } else { First::Neither }
}

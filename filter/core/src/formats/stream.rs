//! Streamed answers: the values put back into strings that grow from event to event.
//!
//! The engine is the same for all formats. A [`Framing`] says where events lie in the bytes; the format's
//! rules (a file each below `stream/`) say which strings grow, which slot each belongs to, which events
//! close a slot, and how an event looks that goes on with one. What a slot holds back is given out in the
//! event that closes it, where that holds a piece of the slot, or in an event of the gateway's own before.
//! Strings that do not grow are restored whole.
//!
//! Tokens with their probabilities (`logprobs`) would show the pieces of placeholders: they are replaced by
//! null, or an empty array, where the request's token map is not empty. With an empty map nothing changes,
//! and nothing is held.
//!
//! Where policies of the response phase are asked ([`crate::output`]), each slot first goes through a window, and what
//! that gives out is restored. A refusal ends the stream with the format's error event; before anything of a text went
//! out, nothing has gone out at all, so that the client can get an error instead.
//!
//! What cannot be understood (no JSON, a wrong checksum) is passed on where no placeholder stands in it,
//! else the stream ends with the format's error event. [`Counts`] says what happened.
//!
//! Memory: between two chunks a stream keeps an incomplete frame of at most
//! [`crate::framing::MAX_FRAME_BYTES`] (4 MiB, in a buffer of at most twice that) and [`MAX_SLOTS`] slots of
//! at most 3 KB: 9 MB at the utmost, and some KB with any provider's stream of text. While a frame is read
//! there are its bytes once more, and its restored copy. None of it grows with the length of the stream.

mod anthropic;
mod base64;
mod bedrock;
mod cohere;
mod counts;
mod event;
mod fault;
mod first;
mod gemini;
mod guarding;
mod ollama;
mod openai_chat;
mod openai_completions;
mod openai_responses;
mod rules;
mod slots;
mod unified;
mod watched;
mod wrapped;

pub use counts::{Counts, StreamError};
pub use first::{Beginning, First, MAX_LOOK_AHEAD_BYTES};
pub use guarding::MAX_PRELUDE;
pub use slots::MAX_SLOTS;

use core::fmt;

use super::Format;
use super::answer::Usage;
use crate::bytes::{cut, from};
use crate::framing::{Frame, FrameBuffer, Framing, FramingError, Payload};
use crate::json::walk_event;
use crate::output::Guards;
use crate::rehydrate::{Restorer, Splice, apply, in_order};
use crate::tokens::TokenMap;
use event::{Event, Read, Reader};
use rules::{Rules, SlotId};
use slots::Slots;
use wrapped::Wrapped;

impl Format {
    fn rules(self) -> &'static dyn Rules {
        match self {
            Self::OpenaiResponses => &openai_responses::OpenaiResponses,
            Self::OpenaiCompletions => &openai_completions::OpenaiCompletions,
            Self::AnthropicMessages => &anthropic::AnthropicMessages,
            Self::Gemini | Self::GeminiEmbeddings => &gemini::Gemini,
            Self::CohereChat | Self::CohereEmbed => &cohere::CohereChat,
            Self::BedrockConverse => &bedrock::Converse,
            Self::BedrockInvoke => &bedrock::Invoke,
            Self::OllamaChat | Self::OllamaEmbed => &ollama::OllamaChat,
            Self::OllamaGenerate => &ollama::OllamaGenerate,
            Self::Unified => &unified::Unified,
            // No endpoint of embeddings streams; what would come is read like its maker's chat.
            Self::OpenaiChat | Self::OpenaiEmbeddings => &openai_chat::OpenaiChat,
        }
    }
}

/// A streamed answer on its way to the client.
pub struct AnswerStream {
    format: Format,
    rules: &'static dyn Rules,
    buffer: FrameBuffer,
    slots: Slots,
    event: Event,
    restorer: Restorer,
    usage: Usage,
    counts: Counts,
    /// The provider has said that the answer is complete.
    done: bool,
    /// The provider has reported an error.
    failed: bool,
    /// No more bytes come.
    ending: bool,
    /// Frames can no longer be found in a stream that is only listened to.
    deaf: bool,
    /// Who asks about the answer.
    guards: Guards,
    /// What waits until the first text may go out, where the answer may still be refused; none after that.
    prelude: Option<Vec<u8>>,
    /// Bytes of the events that have come while nothing of a text has gone out.
    waiting: usize,
}

impl AnswerStream {
    /// A stream of which nothing has come yet.
    #[must_use]
    pub fn new(format: Format, framing: Framing) -> Self {
        Self {
            format,
            rules: format.rules(),
            buffer: FrameBuffer::new(framing),
            slots: Slots::default(),
            event: Event::default(),
            restorer: Restorer::default(),
            usage: Usage::default(),
            counts: Counts::default(),
            done: false,
            failed: false,
            ending: false,
            deaf: false,
            guards: Guards::default(),
            prelude: None,
            waiting: 0,
        }
    }

    /// Tokens as the provider counted them, so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// How many values were put back, so far.
    #[must_use]
    pub fn restored(&self) -> u32 {
        self.slots.restored
    }

    /// What happened so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts { inserted: self.slots.inserted, restored: self.slots.restored, ..self.counts }
    }

    /// Whether the stream came to its own end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.done && !self.failed && self.counts.ended.is_none()
    }

    /// Takes the next bytes from the provider, `last` with the end of the stream; returns the bytes for
    /// the client, or none where they are the same.
    pub fn push(&mut self, tokens: &TokenMap, chunk: &[u8], last: bool) -> Option<Vec<u8>> {
        if self.prelude.is_none() {
            return self.take_chunk(tokens, chunk, last);
        }
        let out = self.take_chunk(tokens, chunk, last);
        Some(self.hold(out.as_deref().unwrap_or(chunk), last))
    }

    fn take_chunk(&mut self, tokens: &TokenMap, chunk: &[u8], last: bool) -> Option<Vec<u8>> {
        if self.counts.ended.is_some() {
            return Some(Vec::new());
        }
        let idle = tokens.is_empty() && self.guards.is_empty();
        if idle && self.deaf {
            return None;
        }
        let fresh = self.buffer.rest().is_empty();
        // Taken out for the while, so that a frame is read where it lies.
        let unused = FrameBuffer::new(self.buffer.framing());
        let mut buffer = core::mem::replace(&mut self.buffer, unused);
        buffer.push(chunk);
        if idle {
            self.listen(&mut buffer, last);
            self.buffer = buffer;
            return None;
        }
        let mut out = Vec::with_capacity(chunk.len() + 64);
        let mut changed = self.take_frames(tokens, &mut buffer, &mut out) || !fresh;
        if self.counts.ended.is_some() {
            return Some(out);
        }
        if last {
            self.ending = true;
            if !buffer.rest().is_empty() {
                changed |= self.frame(tokens, &buffer.last_frame(), &mut out);
            }
            changed |= self.close_all(tokens, &mut out);
            self.end_guards(tokens, &mut out);
        } else {
            changed |= !buffer.rest().is_empty();
        }
        self.buffer = buffer;
        (changed || self.counts.ended.is_some()).then_some(out)
    }

    /// Passes all complete frames on; returns whether anything changed.
    fn take_frames(&mut self, tokens: &TokenMap, buffer: &mut FrameBuffer, out: &mut Vec<u8>) -> bool {
        let mut changed = false;
        while self.counts.ended.is_none() {
            match buffer.next_frame() {
                Ok(Some(found)) => changed |= self.frame(tokens, &buffer.frame(&found), out),
                Ok(None) => break,
                Err(FramingError::TooLarge) => self.fail(tokens, StreamError::TooLarge, out),
                Err(FramingError::Damaged) => self.fail(tokens, StreamError::Damaged, out),
            }
        }
        changed
    }

    /// Reads what usage and end the stream tells, of a stream in which nothing is to be restored.
    fn listen(&mut self, buffer: &mut FrameBuffer, last: bool) {
        loop {
            match buffer.next_frame() {
                Ok(Some(found)) => self.hear(&buffer.frame(&found)),
                Ok(None) => break,
                Err(_) => {
                    self.deaf = true;
                    buffer.clear();
                    return;
                }
            }
        }
        if last && !buffer.rest().is_empty() {
            self.hear(&buffer.last_frame());
        }
    }

    fn hear(&mut self, frame: &Frame<'_>) {
        let nothing = TokenMap::default();
        match &frame.payload {
            Payload::End => self.done = true,
            Payload::Json(json) => match self.unwrapped(frame, json) {
                Wrapped::Nothing => drop(self.event(&nothing, frame, json)),
                Wrapped::Event(inner, _) => drop(self.event(&nothing, frame, &inner)),
                Wrapped::Unreadable => {}
            },
            Payload::Nothing | Payload::Damaged => {}
        }
    }

    fn unwrapped(&self, frame: &Frame<'_>, json: &[u8]) -> Wrapped {
        if self.format == Format::BedrockInvoke && !frame.name.is_empty() && !frame.fault {
            wrapped::unwrap(json)
        } else {
            Wrapped::Nothing
        }
    }

    /// Takes an event; returns what to replace in it, or none where it is not understood. What goes out
    /// before it stands in `slots.own` then.
    fn event(&mut self, tokens: &TokenMap, frame: &Frame<'_>, json: &[u8]) -> Option<Vec<Splice>> {
        // Taken out for the while, so that they are used and not made anew.
        let mut event = core::mem::take(&mut self.event);
        let mut restorer = core::mem::take(&mut self.restorer);
        event.clear();
        restorer.restored = 0;
        let mut splices = Vec::new();
        let guards = &mut self.guards;
        let mut reader = Reader {
            data: json,
            event: &mut event,
            tokens,
            guards,
            restorer: &mut restorer,
            splices: &mut splices,
        };
        let understood = walk_event(json, self.rules.shape(), &mut reader).is_ok();
        if understood {
            event.fault |= frame.fault;
            let name = if self.format == Format::BedrockInvoke { b"" } else { frame.name };
            self.slots.restored += restorer.restored;
            self.take(tokens, &Read { data: json, name, event: &event }, &mut splices);
        }
        self.event = event;
        self.restorer = restorer;
        understood.then_some(splices)
    }

    /// Takes what an event tells of the stream, and its growing strings.
    fn take(&mut self, tokens: &TokenMap, read: &Read<'_>, splices: &mut Vec<Splice>) {
        let event = read.event;
        self.counts.events += 1;
        event.usage.input.inspect(|n| self.usage.input = Some(*n));
        event.usage.output.inspect(|n| self.usage.output = Some(*n));
        self.failed |= event.fault;
        self.done |= self.rules.completes(read);
        if tokens.is_empty() && self.guards.is_empty() {
            return;
        }
        self.guards.count(event.usage);
        let number = event
            .sequence_number
            .as_ref()
            .and_then(|range| core::str::from_utf8(cut(read.data, range.clone())).ok()?.parse::<u64>().ok());
        self.slots.sequence_number = number.or(self.slots.sequence_number);
        let (rules, ending) = (self.rules, self.ending);
        let closes = |slot: &SlotId<'_>| ending || event.fault || rules.closes(read, slot);
        self.slots.grow(tokens, &mut self.guards, rules, read, closes, splices);

        let shows = tokens.is_empty() && !self.guards.holds();
        let unset = event.unset.iter().filter(|_| !shows);
        splices.extend(unset.map(|(range, with)| Splice { range: range.clone(), with: with.to_vec() }));
        if let (Some(number), Some(range)) = (number, &event.sequence_number) {
            if self.slots.inserted > 0 {
                let with = number.saturating_add(self.slots.inserted).to_string().into_bytes();
                splices.push(Splice { range: range.clone(), with });
            }
            self.slots.sequence_number = Some(number.saturating_add(1));
        }
        in_order(splices);
    }

    /// Passes one frame on; returns whether anything changed.
    fn frame(&mut self, tokens: &TokenMap, frame: &Frame<'_>, out: &mut Vec<u8>) -> bool {
        self.waiting = self.waiting.saturating_add(frame.bytes.len());
        let json = match &frame.payload {
            Payload::Json(json) => json,
            Payload::Damaged => return self.misunderstood(tokens, frame, out),
            Payload::End | Payload::Nothing => {
                let ends = frame.payload == Payload::End;
                self.done |= ends;
                let changed = (ends || self.ending) && self.close_all(tokens, out);
                if self.guards.is_blocked() {
                    self.refuse(tokens, None, out);
                    return true;
                }
                out.extend_from_slice(frame.bytes);
                return changed;
            }
        };
        let wrapped = self.unwrapped(frame, json);
        let event: &[u8] = match &wrapped {
            Wrapped::Nothing => json,
            Wrapped::Event(inner, _) => inner,
            Wrapped::Unreadable => return self.misunderstood(tokens, frame, out),
        };
        let Some(splices) = self.event(tokens, frame, event) else {
            return self.misunderstood(tokens, frame, out);
        };
        if self.guards.is_blocked() {
            self.refuse(tokens, Some(frame), out);
            return true;
        }
        self.note_release();
        if splices.is_empty() && self.slots.own.is_empty() {
            out.extend_from_slice(frame.bytes);
            return false;
        }
        out.extend_from_slice(cut(frame.bytes, 0..frame.insert_at));
        self.write_own(out, false);
        if splices.is_empty() {
            out.extend_from_slice(from(frame.bytes, frame.insert_at));
            return true;
        }
        let restored = apply(event, &splices);
        match &wrapped {
            Wrapped::Event(_, range) => frame.write(out, &wrapped::replace(json, range, &restored)),
            _ => frame.write(out, &restored),
        }
        true
    }

    /// Closes all slots behind the last event; returns whether any held something back.
    fn close_all(&mut self, tokens: &TokenMap, out: &mut Vec<u8>) -> bool {
        self.slots.close(tokens, &mut self.guards, |_| true);
        self.note_release();
        let any = !self.slots.own.is_empty();
        self.write_own(out, true);
        any
    }

    fn write_own(&mut self, out: &mut Vec<u8>, behind: bool) {
        let framing = self.buffer.framing();
        for (name, json) in self.slots.own.drain(..) {
            if self.format == Format::BedrockInvoke && framing == Framing::AwsEventStream {
                framing.write_event(out, b"chunk", &wrapped::wrap(&json), behind);
            } else {
                framing.write_event(out, &name, &json, behind);
            }
        }
    }
}

impl fmt::Debug for AnswerStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnswerStream({:?}, {} slots, {:?})", self.format, self.slots.len(), self.counts())
    }
}

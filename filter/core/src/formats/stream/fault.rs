//! What becomes of frames that are not understood, and how a stream is ended before its provider ends it.

use super::rules::numbered;
use super::{AnswerStream, StreamError};
use crate::formats::Format;
use crate::framing::{Frame, Framing};
use crate::json::DecodedText;
use crate::refusal::{Code, Refusal};
use crate::tokens::TokenMap;
use crate::tokens::bent::View;

impl AnswerStream {
    /// Passes on what is not understood, where no placeholder stands in it.
    pub(super) fn misunderstood(&mut self, tokens: &TokenMap, frame: &Frame<'_>, out: &mut Vec<u8>) -> bool {
        // Base64 shows nothing of what it holds.
        if self.format == Format::BedrockInvoke
            || holds_placeholder(tokens, frame.bytes)
            || self.is_forbidden(tokens, frame.bytes)
        {
            self.fail(tokens, StreamError::NotUnderstood, out);
            return true;
        }
        self.counts.not_understood += 1;
        let changed = self.ending && self.close_all(tokens, out);
        out.extend_from_slice(frame.bytes);
        changed
    }

    /// Ends the stream for the client: with what the slots hold, and the format's error event.
    pub(super) fn fail(&mut self, tokens: &TokenMap, why: StreamError, out: &mut Vec<u8>) {
        self.close_all(tokens, out);
        let refusal = Refusal::new(Code::ProviderError, why.message());
        let joint: &[u8] = if self.counts.events + self.counts.not_understood == 0 { b"[" } else { b"," };
        self.end(why, &refusal, joint, out);
    }

    /// Writes the format's error event; in an array behind `joint`.
    pub(super) fn end(&mut self, why: StreamError, refusal: &Refusal, joint: &[u8], out: &mut Vec<u8>) {
        self.counts.ended = Some(why);
        let (name, mut json) = self.rules.error(refusal);
        if let Some(number) = self.slots.sequence_number {
            json = numbered(&json, number.saturating_add(self.slots.inserted));
        }
        let framing = self.buffer.framing();
        if framing == Framing::JsonArray {
            out.extend_from_slice(joint);
            out.extend_from_slice(&json);
            out.push(b']');
        } else {
            framing.write_event(out, name, &json, false);
        }
    }
}

/// Whether a placeholder of the map stands in `bytes`, however it may be escaped.
fn holds_placeholder(tokens: &TokenMap, bytes: &[u8]) -> bool {
    let holds = |bytes: &[u8]| tokens.find(&View::whole(bytes), 0, bytes.len()).is_some();
    if holds(bytes) {
        return true;
    }
    let (mut once, mut twice) = (DecodedText::default(), DecodedText::default());
    once.decode(bytes, 0);
    twice.decode(once.bytes(), 0);
    holds(once.bytes()) || holds(twice.bytes())
}

//! A stream that policies of the response phase are asked about: what waits for the first text, and how it is refused.
//!
//! While a policy may refuse the answer and nothing of a growing text has gone out, all events wait, up to
//! [`MAX_PRELUDE`] bytes of them. So a refusal by then is an answer of its own. What stands in events as a whole (the
//! request's own words, repeated; calls that come in one piece) is looked through, and does not count as going out.

use super::{AnswerStream, Counts, StreamError};
use crate::bytes::cut;
use crate::formats::Format;
use crate::formats::answer::ask_about_text;
use crate::framing::{Frame, Framing};
use crate::output::{Guard, Guards};
use crate::refusal::Refusal;
use crate::tokens::TokenMap;

/// Most bytes of events that wait for the first text; beyond they go out.
pub const MAX_PRELUDE: usize = 256 << 10;

impl AnswerStream {
    /// A stream of which nothing has come yet, and who asks about it.
    #[must_use]
    pub fn guarded(format: Format, framing: Framing, guards: Guards) -> Self {
        let waits = guards.live.as_ref().is_some_and(Guard::blocks);
        Self { guards, prelude: waits.then(Vec::new), ..Self::new(format, framing) }
    }

    /// Who asks about it.
    #[must_use]
    pub fn guards(&self) -> &Guards {
        &self.guards
    }

    /// Takes them out of a stream that has ended.
    pub fn take_guards(&mut self) -> Guards {
        core::mem::take(&mut self.guards)
    }

    /// Whether even the headers wait, because the answer may still be refused as a whole.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.prelude.is_some()
    }

    /// The refusal that the client gets instead of the answer, of which nothing has gone out.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        self.guards.live.as_ref().filter(|_| self.waits()).and_then(Guard::refusal)
    }

    /// Keeps `out` back while nothing of a text may go out; returns what goes.
    pub(super) fn hold(&mut self, out: &[u8], last: bool) -> Vec<u8> {
        if self.guards.is_blocked() && !self.slots.released {
            self.prelude = Some(Vec::new());
            return Vec::new();
        }
        let mut prelude = self.prelude.take().unwrap_or_default();
        prelude.extend_from_slice(out);
        if !self.slots.released && !last && self.counts.ended.is_none() {
            self.prelude = Some(prelude);
            return Vec::new();
        }
        prelude
    }

    /// Notes down that text has gone out, where it has, or that too much waits for it.
    pub(super) fn note_release(&mut self) {
        let slots = &mut self.slots;
        slots.released |= core::mem::take(&mut slots.gave);
        // By the events and not by the chunks, so that it does not matter how they were cut.
        slots.released |= self.waiting > MAX_PRELUDE;
    }

    /// Refuses the rest of the answer: with what was decided before, and the format's error event. `frame` holds what
    /// is refused; none where that comes behind the last event.
    pub(super) fn refuse(&mut self, tokens: &TokenMap, frame: Option<&Frame<'_>>, out: &mut Vec<u8>) {
        if self.counts.ended.is_some() {
            return;
        }
        let refusal = self.guards.live.as_ref().and_then(Guard::refusal);
        let Some(refusal) = refusal else { return };
        self.slots.close(tokens, &mut self.guards, |_| true);
        self.note_release();
        if let Some(frame) = frame {
            out.extend_from_slice(cut(frame.bytes, 0..frame.insert_at));
        }
        self.write_own(out, frame.is_none());
        let joint: &[u8] = if frame.is_some() { b"" } else { b"," };
        self.end(StreamError::Blocked, &refusal, joint, out);
    }

    /// The stream ends: what is known only then is asked about, and a refusal that came with the last text is said.
    pub(super) fn end_guards(&mut self, tokens: &TokenMap, out: &mut Vec<u8>) {
        if self.guards.is_blocked() {
            return self.refuse(tokens, None, out);
        }
        for guard in self.guards.iter_mut() {
            guard.ask(&[], false);
        }
    }

    /// Whether policies would change or refuse what is no event, taken as a text.
    pub(super) fn is_forbidden(&mut self, tokens: &TokenMap, bytes: &[u8]) -> bool {
        if let Some(shadow) = &mut self.guards.shadow {
            ask_about_text(shadow, tokens, b"", bytes, false);
        }
        let Some(live) = &mut self.guards.live else { return false };
        ask_about_text(live, tokens, b"", bytes, false).is_some() || live.is_blocked()
    }
}

impl Counts {
    /// Whether a policy has ended the stream.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.ended == Some(StreamError::Blocked)
    }
}

//! The way of an answer: its headers say how it is restored, then its bytes are asked about and restored.

use privet_core::formats::{self, AnswerStream};
use privet_core::gateway::{Answer, classify_answer};
use privet_core::output::{Guard, Guards};
use privet_core::provider::attempt::Reason;
use privet_core::refusal::{Code, Refusal};
use proxy_wasm::types::Action;

use super::{Phase, Restoring, Stream};
use crate::gateway::add;
use crate::gateway::record::{push_hundredths, push_number, push_timing};
use crate::global_limits::Global;
use crate::host::{self, Body, Headers, Map, status_of};
use crate::shared::internal_error;

impl Stream {
    /// Step 10: how the answer will be restored.
    pub(super) fn begin_answer(&mut self, headers: &Headers, end_of_stream: bool) -> Action {
        let (mut content_type, mut encoding) = (None, None);
        for (name, value) in headers.iter() {
            match name {
                b":status" => self.record.http_status = status_of(value),
                b"content-type" => content_type = Some(value),
                b"content-encoding" => encoding = Some(value),
                _ => {}
            }
        }
        if let Some(refusal) = self.global.as_mut().and_then(|g| g.look(headers, self.record.http_status)) {
            self.record.error_code = refusal.code.parts().0;
            add(&self.worker.counts.refused, 1);
            self.restoring = Restoring::Refused(Box::new(refusal));
            // Envoy's answer has a body, in whose place the refusal goes.
            return if end_of_stream { Action::Continue } else { Action::Pause };
        }
        self.look_back();
        self.stand_in = stand_in(self.record.http_status);
        self.record.answered = self.record.http_status;
        // An error comes whole, whatever was asked for.
        let streamed = self.record.streamed && self.record.http_status < 400;
        let is_text = || content_type.is_some_and(|kind| kind.trim_ascii_start().starts_with(b"text/"));
        match classify_answer(content_type, encoding, self.format, streamed) {
            Err(refusal) if !self.tokens.is_empty() || self.guards.holds() => return self.refuse(&refusal),
            Ok(Answer::Stream(framing)) => {
                let guards = core::mem::take(&mut self.guards);
                let stream = AnswerStream::guarded(self.format, framing, guards);
                self.restoring = Restoring::Stream(Box::new(stream));
            }
            Ok(Answer::Whole) => self.restoring = Restoring::Whole,
            // Plain text holds no placeholder of a format, but what policies ask for.
            Ok(Answer::Pass) if !self.guards.is_empty() && is_text() => self.restoring = Restoring::Whole,
            Err(_) | Ok(Answer::Pass) => {}
        }
        match &self.restoring {
            Restoring::Whole if !end_of_stream => return Action::Pause,
            Restoring::Stream(stream) => {
                // The length of what comes is not that of what goes.
                let _ = host::remove_header(Map::ResponseHeaders, b"content-length");
                if stream.waits() && !end_of_stream {
                    self.head_waits = true;
                    return Action::Pause;
                }
            }
            _ => {}
        }
        self.finished = end_of_stream;
        let _ = self.describe();
        Action::Continue
    }

    /// Notes down who was asked.
    fn look_back(&mut self) {
        let passed = self.passage.passed(&self.worker.providers);
        self.record.provider = passed.provider.or(self.record.provider);
        self.record.attempts = passed.attempts;
        self.record.fallback_reason = passed.reason.map_or("", Reason::name);
        if !passed.approximated.is_empty() {
            self.approximated = passed.approximated;
        }
        if let Some(code) = passed.refused {
            self.record.error_code = code.parts().0;
        }
    }

    pub(super) fn provider_name(&self) -> &str {
        let provider = self.record.provider.and_then(|n| self.worker.providers.get(n));
        provider.map_or("", |p| p.name.as_str())
    }

    /// Who asks about the answer.
    fn asking(&self) -> &Guards {
        match &self.restoring {
            Restoring::Stream(stream) => stream.guards(),
            _ => &self.guards,
        }
    }

    /// The headers by which the gateway tells what it did, unless the policy switches them off, and those of limits.
    fn describe(&self) -> host::Result<()> {
        let global = self.global.iter().flat_map(Global::headers);
        for (name, value) in self.metered.headers().chain(global) {
            host::set_header(Map::ResponseHeaders, name.as_bytes(), value.as_bytes())?;
        }
        if self.record.policy.as_ref().is_some_and(|policy| !policy.response_headers) {
            return Ok(());
        }
        let mut text = Vec::with_capacity(80);
        push_number(&mut text, u64::from(self.masked));
        host::set_header(Map::ResponseHeaders, b"x-privet-masked", &text)?;
        if let Some(score) = self.record.score {
            text.clear();
            push_hundredths(&mut text, score);
            host::set_header(Map::ResponseHeaders, b"x-privet-injection-score", &text)?;
        }
        if !self.approximated.is_empty() {
            host::set_header(Map::ResponseHeaders, b"x-privet-approximated", self.approximated.as_bytes())?;
        }
        let of_answer = self.asking().live.iter().flat_map(Guard::warnings);
        let warnings: Vec<&str> = self.warnings.iter().map(String::as_str).chain(of_answer).collect();
        if !warnings.is_empty() {
            host::set_header(Map::ResponseHeaders, b"x-privet-warn", warnings.join(", ").as_bytes())?;
        }
        text.clear();
        push_timing(&mut text, "mask", self.record.masking);
        push_timing(&mut text, "provider", self.record.first_byte.saturating_sub(self.record.sent));
        if self.record.rehydration > 0 {
            push_timing(&mut text, "rehydrate", self.record.rehydration);
        }
        host::set_header(Map::ResponseHeaders, b"server-timing", &text)?;
        let reason = self.record.fallback_reason;
        let fallback: &[u8] = if reason.is_empty() { b"false" } else { b"true" };
        host::set_header(Map::ResponseHeaders, b"x-privet-fallback", fallback)?;
        if !reason.is_empty() {
            host::set_header(Map::ResponseHeaders, b"x-privet-fallback-reason", reason.as_bytes())?;
        }
        host::set_header(Map::ResponseHeaders, b"x-privet-provider", self.provider_name().as_bytes())
    }

    /// Answers with a policy's refusal in the place of the answer, of which nothing has gone out.
    fn forbid(&mut self, refusal: &Refusal) -> Action {
        self.note_answer();
        if let Restoring::Stream(stream) = &mut self.restoring {
            self.guards = stream.take_guards();
        }
        self.restoring = Restoring::Nothing;
        self.finished = true;
        self.refuse(refusal)
    }

    /// The whole answer has come, `size` bytes.
    pub(super) fn restore_whole(&mut self, size: usize) -> Action {
        self.restoring = Restoring::Nothing;
        self.finished = true;
        let begin = host::now();
        if let Some(refusal) = self.stand_in.take() {
            self.record.ended = begin;
            self.stand_in_for(size, &refusal);
            let _ = self.describe();
            return Action::Continue;
        }
        let Ok(body) = host::body(Body::Response, size) else {
            return if self.guards.holds() { self.forbid(&internal_error()) } else { Action::Continue };
        };
        let asked = match self.guards.is_empty() {
            true => None,
            false => formats::guard(self.format, &body, &self.tokens, &mut self.guards),
        };
        let answer = asked.as_deref().unwrap_or(&body);
        let restored = formats::restore(self.format, answer, &self.tokens);
        let (restored, usage) = restored.unwrap_or_default();
        self.record.usage = usage;
        self.record.ended = host::now();
        self.record.rehydration = self.record.ended.saturating_sub(begin);
        if let Some(refusal) = self.guards.live.as_ref().and_then(Guard::refusal) {
            return self.forbid(&refusal);
        }
        if restored.is_some() {
            add(&self.worker.counts.restored, 1);
        }
        if let Some(restored) = self.with_meta(restored.or(asked), &body)
            && host::replace_body(Body::Response, body.len(), &restored).is_ok()
        {
            let length = restored.len().to_string();
            let _ = host::set_header(Map::ResponseHeaders, b"content-length", length.as_bytes());
        }
        let _ = self.describe();
        Action::Continue
    }

    /// Puts a refusal in the place of the rate limit filter's answer, `size` bytes.
    pub(super) fn put_refusal(&mut self, size: usize) {
        self.finished = true;
        if let Restoring::Refused(refusal) = core::mem::replace(&mut self.restoring, Restoring::Nothing) {
            let _ = host::replace_answer(size, &refusal, self.format);
        }
    }

    /// The next piece of a streamed answer.
    pub(super) fn restore_piece(&mut self, size: usize, last: bool) -> Action {
        let Restoring::Stream(stream) = &mut self.restoring else { return Action::Continue };
        let begin = host::now();
        let Ok(chunk) = host::body(Body::Response, size) else { return Action::Continue };
        let restored = stream.push(&self.tokens, &chunk, last);
        let (refusal, waits) = (stream.refusal(), stream.waits());
        let restored = self.piece_with_meta(restored, &chunk, last);
        let goes_out = restored.as_ref().is_none_or(|out| !out.is_empty());
        if let Some(out) = restored
            && host::replace_body(Body::Response, chunk.len(), &out).is_err()
        {
            add(&self.worker.counts.held_lost, 1);
        }
        self.record.rehydration += host::now().saturating_sub(begin);
        if let Some(refusal) = refusal {
            return self.forbid(&refusal);
        }
        if self.head_waits && !waits {
            self.head_waits = false;
            let _ = self.describe();
        }
        // With nothing to give out the stream stays paused: then even trailers can be preceded by what is held back.
        if goes_out || last { Action::Continue } else { Action::Pause }
    }

    /// Puts an error of the client's shape in the place of an answer of Envoy's own, `size` bytes.
    fn stand_in_for(&mut self, size: usize, refusal: &Refusal) {
        self.record.error_code = refusal.code.parts().0;
        let _ = host::replace_answer(size, refusal, self.format);
    }

    /// Notes down what the answer tells, so far.
    fn note_answer(&mut self) {
        if let Restoring::Stream(stream) = &mut self.restoring {
            self.record.usage = stream.usage();
            let (counts, worker) = (stream.counts(), &self.worker.counts);
            add(&worker.restored, u64::from(counts.restored));
            add(&worker.frames_not_understood, counts.not_understood);
            if counts.is_blocked() {
                add(&worker.answers_blocked, 1);
                self.record.error_code = "policy_violation";
            } else if counts.ended.is_some() {
                self.finished = false;
                add(&worker.streams_ended, 1);
            }
        } else if self.guards.is_blocked() && matches!(self.phase, Phase::Sent) {
            add(&self.worker.counts.answers_blocked, 1);
        }
    }

    /// Hands the notes to the worker.
    pub(super) fn complete(&mut self) {
        if self.record.ended == 0 {
            self.record.ended = host::now();
        }
        if matches!(self.phase, Phase::Sent) {
            self.look_back();
        }
        self.note_answer();
        let (mut fired, mut shadow) = (core::mem::take(&mut self.record.fired), self.record.shadow.take());
        let asking = self.asking();
        fired.extend(asking.live.iter().flat_map(Guard::ids).map(str::to_owned));
        if let (Some(shadow), Some(guard)) = (&mut shadow, &asking.shadow) {
            shadow.add_answer(guard);
        }
        (self.record.fired, self.record.shadow) = (fired, shadow);
        if let Some(shadow) = &self.record.shadow {
            self.worker.counts.add_shadow(shadow);
        }
        let record = &self.record;
        // What was used was used, though the client has not seen it.
        let status = if record.answered > 0 { record.answered } else { record.http_status };
        self.metered.settle(status, record.usage, record.response_bytes, record.ended);
        if let Some(global) = &self.global {
            global.settle(status, record.usage, record.response_bytes);
        }
        self.record.failed = !self.finished;
        self.worker.keep(core::mem::take(&mut self.record));
    }
}

/// What stands in the place of an answer of Envoy's own about a provider, which knows one error shape only.
fn stand_in(status: u16) -> Option<Refusal> {
    let (code, message) = match status {
        502 => (Code::ProviderError, "the provider could not be reached, or broke off"),
        504 => (Code::ProviderTimeout, "the provider did not answer in time"),
        _ => return None,
    };
    host::is_local_reply().then(|| Refusal::new(code, message))
}

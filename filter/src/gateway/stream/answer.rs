//! The way of an answer: its headers say how it is restored, then its bytes are.

use privet_core::formats::{self, AnswerStream};
use privet_core::gateway::{Answer, classify_answer};
use privet_core::provider::attempt::Reason;
use privet_core::refusal::{Code, Refusal};
use proxy_wasm::types::Action;

use super::{Phase, Restoring, Stream};
use crate::gateway::add;
use crate::gateway::record::{push_hundredths, push_number, push_timing};
use crate::host::{self, Body, Headers, Map, status_of};

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
        self.look_back();
        self.stand_in = stand_in(self.record.http_status);
        // An error comes whole, whatever was asked for.
        let streamed = self.record.streamed && self.record.http_status < 400;
        match classify_answer(content_type, encoding, self.format, streamed) {
            Err(refusal) if !self.tokens.is_empty() => return self.refuse(&refusal),
            Ok(Answer::Stream(framing)) => {
                self.restoring = Restoring::Stream(Box::new(AnswerStream::new(self.format, framing)));
            }
            Ok(Answer::Whole) => self.restoring = Restoring::Whole,
            Err(_) | Ok(Answer::Pass) => {}
        }
        if matches!(self.restoring, Restoring::Whole) && !end_of_stream {
            return Action::Pause;
        }
        if matches!(self.restoring, Restoring::Stream(_)) {
            // The length of what comes is not that of what goes.
            let _ = host::remove_header(Map::ResponseHeaders, b"content-length");
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
    }

    fn provider_name(&self) -> &str {
        let provider = self.record.provider.and_then(|n| self.worker.providers.get(n));
        provider.map_or("", |p| p.name.as_str())
    }

    /// The headers by which the gateway tells what it did.
    fn describe(&self) -> host::Result<()> {
        let mut text = Vec::with_capacity(80);
        push_number(&mut text, u64::from(self.masked));
        host::set_header(Map::ResponseHeaders, b"x-privet-masked", &text)?;
        if let Some(score) = self.record.score {
            text.clear();
            push_hundredths(&mut text, score);
            host::set_header(Map::ResponseHeaders, b"x-privet-injection-score", &text)?;
        }
        if !self.warnings.is_empty() {
            let names = self.warnings.join(", ");
            host::set_header(Map::ResponseHeaders, b"x-privet-warn", names.as_bytes())?;
        }
        text.clear();
        push_timing(&mut text, "mask", self.record.masking);
        push_timing(&mut text, "provider", self.record.first_byte.saturating_sub(self.record.sent));
        if self.record.rehydration > 0 {
            push_timing(&mut text, "rehydrate", self.record.rehydration);
        }
        host::set_header(Map::ResponseHeaders, b"server-timing", &text)?;
        for (name, value) in self.metered.headers() {
            host::set_header(Map::ResponseHeaders, name.as_bytes(), value.as_bytes())?;
        }
        let reason = self.record.fallback_reason;
        let fallback: &[u8] = if reason.is_empty() { b"false" } else { b"true" };
        host::set_header(Map::ResponseHeaders, b"x-privet-fallback", fallback)?;
        if !reason.is_empty() {
            host::set_header(Map::ResponseHeaders, b"x-privet-fallback-reason", reason.as_bytes())?;
        }
        host::set_header(Map::ResponseHeaders, b"x-privet-provider", self.provider_name().as_bytes())
    }

    /// The whole answer has come, `size` bytes.
    pub(super) fn restore_whole(&mut self, size: usize) {
        self.restoring = Restoring::Nothing;
        self.finished = true;
        let begin = host::now();
        if let Some(refusal) = self.stand_in.take() {
            self.record.error_code = refusal.code.parts().0;
            let body = refusal.body(self.format);
            if host::replace_body(Body::Response, size, &body).is_ok() {
                let length = body.len().to_string();
                let _ = host::set_header(Map::ResponseHeaders, b"content-length", length.as_bytes());
            }
        } else if let Ok(body) = host::body(Body::Response, size)
            && let Ok((restored, usage)) = formats::restore(self.format, &body, &self.tokens)
        {
            self.record.usage = usage;
            if let Some(restored) = restored {
                add(&self.worker.counts.restored, 1);
                if host::replace_body(Body::Response, body.len(), &restored).is_ok() {
                    let length = restored.len().to_string();
                    let _ = host::set_header(Map::ResponseHeaders, b"content-length", length.as_bytes());
                }
            }
        }
        self.record.ended = host::now();
        self.record.rehydration = self.record.ended.saturating_sub(begin);
        let _ = self.describe();
    }

    /// The next piece of a streamed answer. Returns whether anything is to go out.
    pub(super) fn restore_piece(&mut self, size: usize, last: bool) -> bool {
        let Restoring::Stream(stream) = &mut self.restoring else { return true };
        let begin = host::now();
        let Ok(chunk) = host::body(Body::Response, size) else { return true };
        let restored = stream.push(&self.tokens, &chunk, last);
        let goes_out = restored.as_ref().is_none_or(|out| !out.is_empty());
        if let Some(out) = restored
            && host::replace_body(Body::Response, chunk.len(), &out).is_err()
        {
            add(&self.worker.counts.held_lost, 1);
        }
        self.record.rehydration += host::now().saturating_sub(begin);
        goes_out
    }

    /// Hands the notes to the worker.
    pub(super) fn complete(&mut self) {
        if self.record.ended == 0 {
            self.record.ended = host::now();
        }
        if matches!(self.phase, Phase::Sent) {
            self.look_back();
        }
        if let Restoring::Stream(stream) = &self.restoring {
            self.record.usage = stream.usage();
            let (counts, worker) = (stream.counts(), &self.worker.counts);
            add(&worker.restored, u64::from(counts.restored));
            add(&worker.frames_not_understood, counts.not_understood);
            if counts.ended.is_some() {
                self.finished = false;
                add(&worker.streams_ended, 1);
            }
        }
        let record = &self.record;
        self.metered.settle(record.http_status, record.usage, record.response_bytes, record.ended);
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

//! One request and its answer, callback by callback. Each callback gathers, calls the core, and applies.

use std::rc::Rc;

use privet_core::formats::{self, AnswerStream, Format};
use privet_core::gateway::{
    self, Admitted, Answer, Head, Outgoing, check_size, classify_answer, is_internal_header,
};
use privet_core::policy::Policy;
use privet_core::provider::attempt::Reason;
use privet_core::refusal::{Code, Refusal};
use privet_core::tokens::TokenMap;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use super::passage::{Leaving, Passage, vendor_headers};
use super::record::{Record, push_hundredths, push_number, push_timing};
use super::{Worker, add};
use crate::exchange::Header;
use crate::host::{self, Body, Headers, Map, status_of};
use crate::limits::Metered;
use crate::shared::{CLOUD_SYNC, internal_error};

/// How far a request has come.
enum Phase {
    /// Its headers have not come yet.
    Fresh,
    /// Its headers were accepted; the body is gathered.
    Gathering(Box<Gathering>),
    /// It has gone out to a provider.
    Sent,
    /// The gateway has answered itself: whatever comes now is that answer.
    Answered,
}

/// A request whose body is gathered.
struct Gathering {
    admitted: Admitted,
    policy: Rc<Policy>,
    content_length: Option<u64>,
    path_differs: bool,
    /// The client's headers that speak to one maker's API.
    vendor: Vec<Header>,
}

/// How the answer is restored.
enum Restoring {
    Nothing,
    Stream(Box<AnswerStream>),
    Whole,
}

/// One request and its answer.
pub(crate) struct Stream {
    worker: Rc<Worker>,
    phase: Phase,
    /// What the client speaks, as far as that is known.
    format: Format,
    tokens: TokenMap,
    masked: u32,
    /// Names of the policies that warn.
    warnings: Vec<String>,
    restoring: Restoring,
    passage: Passage,
    /// What stands in the place of an answer of Envoy's own.
    stand_in: Option<Refusal>,
    metered: Metered,
    /// Whether the answer came to its end.
    finished: bool,
    record: Record,
}

impl Stream {
    pub(super) fn new(worker: Rc<Worker>, context_id: u32) -> Self {
        Self {
            worker,
            phase: Phase::Fresh,
            format: Format::OpenaiChat,
            tokens: TokenMap::default(),
            masked: 0,
            warnings: Vec::new(),
            restoring: Restoring::Nothing,
            passage: Passage::default(),
            stand_in: None,
            metered: Metered::default(),
            finished: false,
            record: Record { context_id, ..Record::default() },
        }
    }

    /// Answers with a refusal, once. While the request is under way nothing of it goes on.
    fn refuse(&mut self, refusal: &Refusal) -> Action {
        if matches!(self.phase, Phase::Answered) {
            return Action::Pause;
        }
        self.phase = Phase::Answered;
        self.tokens = TokenMap::default();
        add(&self.worker.counts.refused, 1);
        self.record.error_code = refusal.code.parts().0;
        host::refuse(refusal, self.format);
        Action::Pause
    }

    fn health(&mut self) -> Action {
        self.phase = Phase::Answered;
        let ready = self.worker.policy.current().is_some();
        let uptime = host::now().saturating_sub(self.worker.started) / 1_000_000_000;
        let primary = self.worker.providers.iter().find(|p| p.primary).or(self.worker.providers.first());
        let cloud_sync = host::shared(CLOUD_SYNC).as_deref() == Some(b"1");
        let body = serde_json::json!({
            "status": if ready { "ok" } else { "not_ready" },
            "uptime": uptime,
            "provider": primary.map(|p| p.name.as_str()),
            "cloudSync": cloud_sync,
            "message": if ready { None } else { Some("no policy has been loaded yet") },
        });
        let status = if ready { 200 } else { 503 };
        let _ = host::answer(status, &[("content-type", "application/json")], body.to_string().as_bytes());
        Action::Pause
    }

    /// Steps 1 to 3, as far as the headers tell.
    fn admit(&mut self, headers: &Headers, end_of_stream: bool) -> Action {
        let mut head = Head::default();
        let mut internal: Vec<&[u8]> = Vec::new();
        for (name, value) in headers.iter() {
            note_header(&mut head, name, value);
            if name == b"x-request-id" {
                self.record.request_id = value.to_vec();
            } else if is_internal_header(name) {
                internal.push(name);
            }
        }
        if gateway::is_health(&head) {
            return self.health();
        }
        add(&self.worker.counts.requests, 1);
        let policy = self.worker.policy.current();
        let seconds = self.record.started / 1_000_000_000;
        let admitted = match gateway::admit(policy.as_deref(), &self.worker.providers, &head, seconds) {
            Ok(admitted) => admitted,
            Err(refusal) => {
                self.format = gateway::spoken(&head);
                self.record.policy = policy;
                return self.refuse(&refusal);
            }
        };
        self.format = admitted.endpoint.answers_as();
        self.record.endpoint = admitted.endpoint.documented;
        if let Some(refusal) = Metered::look(&admitted, self.record.started) {
            self.record.policy = policy;
            return self.refuse(&refusal);
        }
        let Some(policy) = policy else { return self.refuse(&internal_error()) };
        self.record.policy = Some(policy.clone());
        for name in internal {
            if host::remove_header(Map::RequestHeaders, name).is_err() {
                return self.refuse(&internal_error());
            }
        }
        let announced = head.content_length.and_then(|l| core::str::from_utf8(l).ok()?.parse().ok());
        let path_differs = head.path != admitted.endpoint.path.as_bytes();
        let content_length = announced;
        self.phase = Phase::Gathering(Box::new(Gathering {
            admitted,
            policy,
            content_length,
            path_differs,
            vendor: vendor_headers(headers.iter()),
        }));
        if end_of_stream { self.send(0) } else { Action::Pause }
    }

    /// The whole body has come, `size` bytes: steps 3 to 8.
    fn send(&mut self, size: usize) -> Action {
        let Phase::Gathering(gathering) = core::mem::replace(&mut self.phase, Phase::Sent) else {
            return Action::Continue;
        };
        let begin = host::now();
        let Ok(body) = host::body(Body::Request, size) else { return self.refuse(&internal_error()) };
        self.record.request_bytes = body.len() as u64;
        let mut outgoing = match self.decide(&gathering, &body, begin) {
            Ok(outgoing) => outgoing,
            Err(refusal) => {
                self.identify(gathering.admitted);
                return self.refuse(&refusal);
            }
        };
        if self.apply(&outgoing, body.len(), &gathering).is_err() {
            return self.refuse(&internal_error());
        }
        self.tokens = core::mem::take(&mut outgoing.masked.tokens);
        self.note(outgoing, gathering.admitted);
        self.record.sent = host::now();
        self.record.masking = self.record.sent.saturating_sub(begin);
        Action::Continue
    }

    /// Steps 3 to 8 on the whole body.
    fn decide(&mut self, gathering: &Gathering, body: &[u8], now: u64) -> Result<Outgoing, Refusal> {
        let Gathering { policy, admitted, .. } = gathering;
        let masked = gateway::read(policy, &self.worker.providers, admitted, body)?;
        // Said of refused requests as well.
        self.record.score = masked.scores.foreign();
        self.record.fired.clone_from(&masked.verdict.fired);
        if masked.verdict.blocked.is_some() || !masked.blocked.is_empty() {
            self.record.counts.clone_from(&masked.counts);
            self.record.model.clone_from(&masked.model);
            self.record.coverage = masked.coverage;
        }
        self.metered = Metered::take(admitted, masked.coverage.scanned.bytes, now)?;
        gateway::decide(policy, &self.worker.providers, admitted, masked)
    }

    /// Notes down what the trace will say of the request.
    fn note(&mut self, outgoing: Outgoing, admitted: Admitted) {
        let masked = outgoing.masked;
        self.masked = masked.counts.values().sum();
        self.warnings = masked.verdict.warnings;
        add(&self.worker.counts.masked, u64::from(self.masked));
        self.record.provider = Some(outgoing.provider);
        self.record.counts = masked.counts;
        self.record.model = masked.model;
        self.record.streamed = outgoing.streamed;
        self.record.coverage = masked.coverage;
        let coverage = masked.coverage;
        add(&self.worker.counts.bytes_scanned, coverage.scanned.bytes);
        add(&self.worker.counts.bytes_structural, coverage.structural.bytes);
        add(&self.worker.counts.bytes_opaque, coverage.opaque.bytes);
        add(&self.worker.counts.strings_opaque, coverage.opaque.strings);
        self.identify(admitted);
    }

    /// Notes down who asked for what.
    fn identify(&mut self, admitted: Admitted) {
        self.record.key_id = admitted.key_id;
        self.record.tenant = admitted.tenant;
    }

    /// Puts the masked request in the place of the client's.
    fn apply(&mut self, outgoing: &Outgoing, size: usize, gathering: &Gathering) -> host::Result<()> {
        let announced = gathering.content_length;
        let body = outgoing.masked.body.as_deref();
        if let Some(body) = body {
            host::replace_body(Body::Request, size, body)?;
        }
        let length = body.map_or(size, <[u8]>::len);
        if announced != Some(length as u64) {
            // Set, not removed: some providers refuse uploads without a length.
            host::set_header(Map::RequestHeaders, b"content-length", length.to_string().as_bytes())?;
        }
        if announced.is_none() {
            host::remove_header(Map::RequestHeaders, b"transfer-encoding")?;
        }
        if gathering.path_differs {
            host::set_header(Map::RequestHeaders, b":path", gathering.admitted.endpoint.path.as_bytes())?;
        }
        let leaving = Leaving {
            endpoint: &gathering.admitted.endpoint,
            outgoing,
            content_length: length,
            vendor: &gathering.vendor,
            failover_on_429: gathering.policy.routing.failover_on_429,
        };
        self.passage = Passage::open(&self.worker.providers, &leaving)?;
        Ok(())
    }

    /// Step 10: how the answer will be restored.
    fn begin_answer(&mut self, headers: &Headers, end_of_stream: bool) -> Action {
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
    fn restore_whole(&mut self, size: usize) {
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
    fn restore_piece(&mut self, size: usize, last: bool) -> bool {
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
    fn complete(&mut self) {
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

fn note_header<'h>(head: &mut Head<'h>, name: &[u8], value: &'h [u8]) {
    match name {
        b":method" => head.method = value,
        b":path" => head.path = value,
        b"content-type" => head.content_type = Some(value),
        b"content-length" => head.content_length = Some(value),
        b"content-encoding" => head.content_encoding = Some(value),
        b"authorization" => head.authorization = Some(value),
        b"x-api-key" => head.api_key = Some(value),
        b"x-goog-api-key" => head.goog_api_key = Some(value),
        b"api-key" => head.azure_api_key = Some(value),
        b"x-rivano-provider" => head.provider = Some(value),
        b"x-rivano-agent" => head.agent = Some(value),
        _ => {}
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

/// Ends the module, if a test has built it so and asks for it in this phase.
#[cfg(feature = "test-trap")]
fn trap_if_asked(headers: &Headers, phase: &[u8]) {
    if headers.iter().any(|(name, value)| name == b"x-privet-test-trap" && value == phase) {
        core::arch::wasm32::unreachable();
    }
}

impl Context for Stream {
    fn on_done(&mut self) -> bool {
        true
    }
}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _: usize, end_of_stream: bool) -> Action {
        self.record.started = host::now();
        let Ok(headers) = Headers::read(Map::RequestHeaders) else { return self.refuse(&internal_error()) };
        #[cfg(feature = "test-trap")]
        trap_if_asked(&headers, b"headers");
        self.admit(&headers, end_of_stream)
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        let Phase::Gathering(gathering) = &self.phase else {
            return if matches!(self.phase, Phase::Sent) { Action::Continue } else { Action::Pause };
        };
        if let Err(refusal) = check_size(size, gathering.admitted.body_limit) {
            return self.refuse(&refusal);
        }
        if end_of_stream { self.send(size) } else { Action::Pause }
    }

    /// A body that ends with trailers: there was no last body callback. The trailers do not go on.
    fn on_http_request_trailers(&mut self, _: usize) -> Action {
        if let Ok(trailers) = Headers::read(Map::RequestTrailers) {
            for (name, _) in trailers.iter() {
                let _ = host::remove_header(Map::RequestTrailers, name);
            }
        }
        match &self.phase {
            Phase::Gathering(gathering) => self.send(gathering.admitted.body_limit.saturating_add(1)),
            Phase::Sent => Action::Continue,
            Phase::Fresh | Phase::Answered => Action::Pause,
        }
    }

    fn on_http_response_headers(&mut self, _: usize, end_of_stream: bool) -> Action {
        self.record.first_byte = host::now();
        let Ok(headers) = Headers::read(Map::ResponseHeaders) else { return Action::Continue };
        if !matches!(self.phase, Phase::Sent) {
            let status = headers.iter().find(|(name, _)| *name == b":status");
            self.record.http_status = status.map_or(0, |(_, value)| status_of(value));
            self.finished = true;
            return Action::Continue;
        }
        self.begin_answer(&headers, end_of_stream)
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        self.finished |= end_of_stream;
        match self.restoring {
            Restoring::Nothing => {
                self.record.response_bytes += size as u64;
                Action::Continue
            }
            Restoring::Whole if !end_of_stream => Action::Pause,
            Restoring::Whole => {
                self.record.response_bytes = size as u64;
                self.restore_whole(size);
                Action::Continue
            }
            Restoring::Stream(_) => {
                self.record.response_bytes += size as u64;
                let goes_out = self.restore_piece(size, end_of_stream);
                // With nothing to give out the stream stays paused: then even trailers can be preceded by
                // what is held back.
                if goes_out || end_of_stream { Action::Continue } else { Action::Pause }
            }
        }
    }

    fn on_http_response_trailers(&mut self, _: usize) -> Action {
        if !self.finished {
            self.finished = true;
            match self.restoring {
                Restoring::Whole => self.restore_whole(usize::MAX),
                Restoring::Stream(_) => {
                    self.restore_piece(0, true);
                }
                Restoring::Nothing => {}
            }
        }
        Action::Continue
    }

    fn on_log(&mut self) {
        if self.record.policy.is_some() {
            self.complete();
        }
        self.tokens = TokenMap::default();
    }
}

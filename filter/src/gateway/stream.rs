//! One request and its answer, callback by callback. Each callback gathers, calls the core, and applies.
//! The steps of the request stand in [`request`], those of the answer in [`answer`].

mod answer;
mod request;

use std::rc::Rc;

use privet_core::formats::{AnswerStream, Format};
use privet_core::gateway::{Admitted, check_size};
use privet_core::output::Guards;
use privet_core::policy::Policy;
use privet_core::refusal::Refusal;
use privet_core::tokens::TokenMap;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use super::passage::Passage;
use super::record::Record;
use super::{Worker, add};
use crate::exchange::Header;
use crate::global_limits::Global;
use crate::host::{self, Headers, Map, status_of};
use crate::limits::Metered;
use crate::shared::internal_error;

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
    /// It is the rate limit filter's refusal, which goes out in the client's words.
    Refused(Box<Refusal>),
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
    /// Who asks about the answer, until a stream has taken them over.
    guards: Guards,
    /// Whether the answer's headers wait for its first text.
    head_waits: bool,
    metered: Metered,
    /// Where a service counts for all Envoys.
    global: Option<Global>,
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
            guards: Guards::default(),
            head_waits: false,
            metered: Metered::default(),
            global: None,
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
        if self.record.answered > 0 {
            // The provider's status is not what the client sees.
            self.record.http_status = refusal.status();
        }
        host::refuse(refusal, self.format);
        Action::Pause
    }
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
            Restoring::Whole | Restoring::Refused(_) if !end_of_stream => Action::Pause,
            Restoring::Refused(_) => {
                self.put_refusal(size);
                Action::Continue
            }
            Restoring::Whole => {
                self.record.response_bytes = size as u64;
                self.restore_whole(size)
            }
            Restoring::Stream(_) => {
                self.record.response_bytes += size as u64;
                self.restore_piece(size, end_of_stream)
            }
        }
    }

    fn on_http_response_trailers(&mut self, _: usize) -> Action {
        if !self.finished {
            self.finished = true;
            match self.restoring {
                Restoring::Whole => return self.restore_whole(usize::MAX),
                Restoring::Refused(_) => self.put_refusal(usize::MAX),
                Restoring::Stream(_) => return self.restore_piece(0, true),
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

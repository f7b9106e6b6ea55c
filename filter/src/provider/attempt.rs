//! One attempt at one provider, callback by callback.

use std::rc::Rc;

use privet_core::formats::Format;
use privet_core::gateway::is_internal_header;
use privet_core::provider::attempt::{Outcome, is_vendor_header, with_model};
use privet_core::provider::{Kind, Provider};
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use super::opening::Opening;
use crate::exchange::{self, Header, Shared};
use crate::host::{self, Body, Headers, Map};
use crate::shared::{DEFAULT_ANTHROPIC_VERSION, VERSION_HEADER, internal_error};

/// One attempt.
pub(crate) struct Attempt {
    provider: Rc<Provider>,
    exchange: Option<Shared>,
    /// 0 for the first of its request.
    number: usize,
    change: Change,
    /// The beginning of an answer that is still looked at.
    opening: Option<Opening>,
}

/// What becomes of the body on its way to this provider.
enum Change {
    /// Nothing: it goes on as it comes.
    Nothing,
    /// This name stands in the place of the model's.
    Model(String),
}

impl Change {
    /// The body in its stead; none where it stays.
    fn of(&self, body: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Nothing => None,
            Self::Model(name) => with_model(body, name),
        }
    }
}

/// What the headers of an attempt are.
struct Head {
    path: String,
    content_length: String,
    vendor: Vec<Header>,
}

impl Attempt {
    pub(super) fn new(provider: Rc<Provider>) -> Self {
        Self { provider, exchange: None, number: 0, change: Change::Nothing, opening: None }
    }

    /// Takes over the request that was noted down; none where it was not, which no request comes to that the role
    /// `gateway` has let through.
    fn begin(&mut self) -> Option<Head> {
        let shared = exchange::current()?;
        let head = {
            let mut exchange = shared.borrow_mut();
            self.number = exchange.begin(&self.provider.name, self.provider.timeout_ms);
            let model = self.provider.model_at(&exchange.model);
            if model != exchange.model && !exchange.model.is_empty() && !exchange.model_in_path {
                self.change = Change::Model(model.to_owned());
            }
            let kind = self.provider.kind;
            Head {
                path: self.provider.path_at(&exchange.path, model),
                content_length: exchange.content_length.to_string(),
                vendor: exchange.vendor.iter().filter(|(name, _)| kind.takes_header(name)).cloned().collect(),
            }
        };
        self.exchange = Some(shared);
        Some(head)
    }

    /// Makes the headers those of this attempt, whatever a former one has left there.
    fn rewrite(&self, head: &Head) -> host::Result<()> {
        let map = Map::RequestHeaders;
        for (name, _) in Headers::read(map)?.iter() {
            let kept = || head.vendor.iter().any(|(kept, _)| kept == name);
            if is_internal_header(name) || is_vendor_header(name) && !kept() {
                host::remove_header(map, name)?;
            }
        }
        for (name, value) in &head.vendor {
            host::set_header(map, name, value)?;
        }
        let versioned = head.vendor.iter().any(|(name, _)| name == VERSION_HEADER);
        if self.provider.kind == Kind::Anthropic && !versioned {
            host::set_header(map, VERSION_HEADER, DEFAULT_ANTHROPIC_VERSION)?;
        }
        host::set_header(map, b":path", head.path.as_bytes())?;
        host::set_header(map, b"content-length", head.content_length.as_bytes())?;
        host::set_header(map, b":authority", self.provider.authority.as_bytes())
    }

    /// The whole body has come, `size` bytes.
    fn finish_request(&mut self, size: usize) -> Action {
        if self.replace(size).is_ok() { Action::Continue } else { self.refuse() }
    }

    /// Puts what becomes of the body in its place.
    fn replace(&self, size: usize) -> host::Result<()> {
        let body = host::body(Body::Request, size)?;
        if let Some(changed) = self.change.of(&body) {
            host::replace_body(Body::Request, body.len(), &changed)?;
            let length = changed.len().to_string();
            host::set_header(Map::RequestHeaders, b"content-length", length.as_bytes())?;
        }
        Ok(())
    }

    fn refuse(&self) -> Action {
        let format = self.exchange.as_ref().and_then(|e| e.borrow().format);
        host::refuse(&internal_error(), format.unwrap_or(Format::OpenaiChat));
        Action::Pause
    }

    fn note(&self, outcome: Outcome) {
        if let Some(exchange) = &self.exchange {
            exchange.borrow_mut().note(self.number, outcome);
        }
    }

    /// Whether the answer's beginning must be looked at: another provider could be asked in place of an error.
    fn opening(&self, status: u16, headers: &Headers) -> Option<Opening> {
        let exchange = self.exchange.as_ref()?.borrow();
        let looks = exchange.may_fail_over && exchange.streamed && self.number == 0;
        let format = exchange.format.filter(|_| looks && (200..300).contains(&status))?;
        let content_type = headers.iter().find(|(name, _)| *name == b"content-type");
        Opening::new(format, content_type.map(|(_, value)| value))
    }
}

impl Context for Attempt {}

impl HttpContext for Attempt {
    fn on_http_request_headers(&mut self, _: usize, end_of_stream: bool) -> Action {
        let Some(head) = self.begin() else { return self.refuse() };
        if self.rewrite(&head).is_err() {
            return self.refuse();
        }
        // The length of the body has to be known before the headers leave.
        match self.change {
            Change::Nothing => Action::Continue,
            _ if end_of_stream => Action::Continue,
            _ => Action::Pause,
        }
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        match self.change {
            Change::Nothing => Action::Continue,
            _ if end_of_stream => self.finish_request(size),
            _ => Action::Pause,
        }
    }

    fn on_http_request_trailers(&mut self, _: usize) -> Action {
        if matches!(self.change, Change::Nothing) {
            return Action::Continue;
        }
        let size = self.exchange.as_ref().map_or(0, |e| e.borrow().content_length);
        self.finish_request(size)
    }

    fn on_http_response_headers(&mut self, _: usize, end_of_stream: bool) -> Action {
        let Ok(headers) = Headers::read(Map::ResponseHeaders) else { return Action::Continue };
        let status = headers.iter().find(|(name, _)| *name == b":status");
        let status = status.map_or(0, |(_, value)| host::status_of(value));
        self.opening = if end_of_stream { None } else { self.opening(status, &headers) };
        if self.opening.is_some() {
            self.note(Outcome::Began);
            return Action::Pause;
        }
        self.note(Outcome::Answered(status));
        Action::Continue
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        let Some(opening) = &mut self.opening else { return Action::Continue };
        let Some(outcome) = opening.look(size, end_of_stream) else { return Action::Pause };
        self.opening = None;
        self.note(outcome);
        if outcome == Outcome::StreamError {
            // By its status the router knows that it may ask the other provider.
            let _ = host::set_header(Map::ResponseHeaders, b":status", b"503");
        }
        Action::Continue
    }

    fn on_http_response_trailers(&mut self, _: usize) -> Action {
        self.opening = None;
        Action::Continue
    }
}

//! One attempt at one provider, callback by callback.

use std::rc::Rc;

use privet_core::formats::Format;
use privet_core::gateway::is_internal_header;
use privet_core::provider::attempt::{Outcome, is_vendor_header, with_model};
use privet_core::provider::{Kind, Provider};
use privet_core::refusal::{Code, Refusal};
use privet_translate::Unsupported;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use super::opening::Opening;
use super::translation::Translation;
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
    /// It is said in the provider's format, and the answer in the client's.
    Translation(Box<Translation>),
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
            exchange.approximated.clear();
            exchange.refused = None;
            let model = self.provider.model_at(&exchange.model);
            if let Some(translation) = Translation::of(&exchange, &self.provider) {
                self.change = Change::Translation(Box::new(translation));
            } else if model != exchange.model && !exchange.model.is_empty() && !exchange.model_in_path {
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
        let Ok(body) = host::body(Body::Request, size) else { return self.refuse() };
        let replaced = match &mut self.change {
            Change::Nothing => Ok(()),
            Change::Model(name) => with_model(&body, name).map_or(Ok(()), |b| replace(body.len(), &b)),
            Change::Translation(translation) => match translation.request(&body) {
                Ok(translated) => {
                    if let Some(exchange) = &self.exchange {
                        exchange.borrow_mut().approximated = translated.notes.0;
                    }
                    let path = self.provider.upstream_path(&translated.outgoing.path);
                    host::set_header(Map::RequestHeaders, b":path", path.as_bytes())
                        .and_then(|()| replace(body.len(), &translated.outgoing.body))
                }
                Err(unsupported) => {
                    let (refusal, client) = (unsupported_by(&unsupported, self.number), translation.client());
                    return self.refuse_with(&refusal, client);
                }
            },
        };
        if replaced.is_ok() { Action::Continue } else { self.refuse() }
    }

    fn refuse(&self) -> Action {
        let format = self.exchange.as_ref().and_then(|e| e.borrow().format);
        self.refuse_with(&internal_error(), format.unwrap_or(Format::OpenaiChat))
    }

    /// Answers in the place of the provider, which is not asked. The router does not try that again.
    fn refuse_with(&self, refusal: &Refusal, format: Format) -> Action {
        if let Some(exchange) = &self.exchange {
            exchange.borrow_mut().refused = Some(refusal.code);
        }
        host::refuse(refusal, format);
        Action::Pause
    }

    fn note(&self, outcome: Outcome) {
        if let Some(exchange) = &self.exchange {
            exchange.borrow_mut().note(self.number, outcome);
        }
    }

    /// A stream whose headers were held has shown how it begins.
    fn settle(&self, outcome: Outcome) {
        self.note(outcome);
        if outcome == Outcome::StreamError {
            // By its status the router knows that it may ask the other provider.
            let _ = host::set_header(Map::ResponseHeaders, b":status", b"503");
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

/// Puts a body in the place of one of `size` bytes.
fn replace(size: usize, body: &[u8]) -> host::Result<()> {
    host::replace_body(Body::Request, size, body)?;
    host::set_header(Map::RequestHeaders, b"content-length", body.len().to_string().as_bytes())
}

/// The refusal of a request that cannot be said to the provider of the attempt of this number.
fn unsupported_by(unsupported: &Unsupported, number: usize) -> Refusal {
    let Unsupported { field, reason } = unsupported;
    if number > 0 {
        let message =
            format!("the primary provider failed, and its fallback cannot be told `{field}`: {reason}");
        return Refusal::new(Code::ProviderError, message);
    }
    let refusal =
        Refusal::new(Code::OtherFormat, format!("the chosen provider cannot be told this: {reason}"));
    if field.is_empty() { refusal } else { refusal.at(field) }
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
        if let (Change::Translation(translation), false) = (&mut self.change, end_of_stream) {
            let may_wait =
                self.exchange.as_ref().is_some_and(|e| e.borrow().may_fail_over && self.number == 0);
            let (outcome, held) = translation.begin_answer(status, &headers, may_wait);
            self.note(outcome);
            return if held { Action::Pause } else { Action::Continue };
        }
        self.opening = if end_of_stream { None } else { self.opening(status, &headers) };
        if self.opening.is_some() {
            self.note(Outcome::Began);
            return Action::Pause;
        }
        self.note(Outcome::Answered(status));
        Action::Continue
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        if let Change::Translation(translation) = &mut self.change {
            let (goes_on, outcome) = translation.answer(size, end_of_stream);
            if let Some(outcome) = outcome {
                self.settle(outcome);
            }
            return if goes_on { Action::Continue } else { Action::Pause };
        }
        let Some(opening) = &mut self.opening else { return Action::Continue };
        let Some(outcome) = opening.look(size, end_of_stream) else { return Action::Pause };
        self.opening = None;
        self.settle(outcome);
        Action::Continue
    }

    fn on_http_response_trailers(&mut self, _: usize) -> Action {
        self.opening = None;
        if let Change::Translation(translation) = &mut self.change
            && let (_, Some(outcome)) = translation.answer(usize::MAX, true)
        {
            self.settle(outcome);
        }
        Action::Continue
    }
}

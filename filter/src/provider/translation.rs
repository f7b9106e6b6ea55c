//! The translation of one attempt: a client's request in the format of a provider that does not speak the client's, and
//! the provider's answer in the client's.
//!
//! The role `gateway` has masked the request before and restores the answer behind, in the client's format, so that
//! nothing here sees a value. What cannot be said in the provider's format is refused before the provider is asked.

use privet_core::formats::Format;
use privet_core::formats::stream::MAX_LOOK_AHEAD_BYTES;
use privet_core::framing::Framing;
use privet_core::provider::attempt::Outcome;
use privet_core::provider::{Kind, Provider};
use privet_core::refusal::{Code, Refusal};
use privet_translate::{Asked, Asking, Dialect, Stage, Stream, Target, Translated, Unsupported};
use privet_translate::{answer, failure, request, told};

use crate::exchange::Exchange;
use crate::host::{self, Body, Headers, Map};

/// A client's request and its answer, on the way to one provider.
pub(super) struct Translation {
    client: Format,
    provider: Format,
    dialect: Dialect,
    /// The model's name at the provider.
    model: String,
    /// Whether the path, and not the body, names the client's.
    model_in_path: bool,
    streamed: bool,
    max_tokens: u32,
    /// Azure's version of the API, where its paths name one.
    api_version: Option<String>,
    asking: Asking,
    answering: Answering,
}

/// What becomes of the answer's body.
enum Answering {
    /// Nothing: there is none, or it has been answered.
    Nothing,
    /// It is translated when it is whole. Holds the provider's status.
    Whole(u16),
    /// It is translated as it comes.
    Stream {
        stream: Box<Stream>,
        /// Whether its headers wait until it shows content: another provider could be asked in place of an error.
        waits: bool,
        /// What has been written while they wait.
        written: Vec<u8>,
    },
}

impl Translation {
    /// The translation that an attempt at `provider` needs; none where the client speaks its format.
    pub(super) fn of(exchange: &Exchange, provider: &Provider) -> Option<Self> {
        let client = exchange.format?;
        if provider.kind.takes(client, &exchange.path) {
            return None;
        }
        let (format, dialect) = told(provider.kind, client)?;
        let now = host::now();
        let asking = Asking {
            model: exchange.model.clone(),
            now: now / 1_000_000_000,
            id: format!("privet-{now:x}"),
            array: client == Format::Gemini && !exchange.path.ends_with("alt=sse"),
            ..Asking::default()
        };
        Some(Self {
            client,
            provider: format,
            dialect,
            model: provider.model_at(&exchange.model).to_owned(),
            model_in_path: exchange.model_in_path,
            streamed: exchange.streamed,
            max_tokens: provider.max_tokens.unwrap_or(privet_translate::DEFAULT_MAX_TOKENS),
            api_version: provider.api_version.clone().filter(|_| provider.kind == Kind::Azure),
            asking,
            answering: Answering::Nothing,
        })
    }

    /// The request for the provider.
    ///
    /// # Errors
    /// What of it cannot be said there.
    pub(super) fn request(&mut self, body: &[u8]) -> Result<Translated, Unsupported> {
        let asked =
            Asked { model: self.model_in_path.then_some(self.asking.model.as_str()), stream: self.streamed };
        let target = Target {
            dialect: self.dialect,
            model: Some(self.model.as_str()).filter(|model| !model.is_empty()),
            max_tokens: self.max_tokens,
            deployment: self.api_version.as_deref().map(|version| (self.model.as_str(), version)),
        };
        let translated = request(self.client, body, asked, self.provider, &target)?;
        self.asking.include_usage = translated.include_usage;
        self.asking.form = translated.form;
        Ok(translated)
    }

    /// The format in which the client is refused.
    pub(super) fn client(&self) -> Format {
        self.client
    }

    /// An answer with a body begins; `may_wait` says whether another provider could be asked in its place. Returns how
    /// the attempt stands, and whether its headers are held.
    pub(super) fn begin_answer(&mut self, status: u16, headers: &Headers, may_wait: bool) -> (Outcome, bool) {
        let of = |wanted: &[u8]| headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value);
        let framing = Framing::of(of(b"content-type"), self.provider, self.streamed);
        let framing = framing.filter(|_| (200..300).contains(&status) && of(b"content-encoding").is_none());
        let stream = framing.and_then(|f| Stream::new(self.provider, f, self.client, &self.asking));
        let Some(stream) = stream else {
            self.answering = Answering::Whole(status);
            return (Outcome::Answered(status), true);
        };
        let map = Map::ResponseHeaders;
        let _ = host::set_header(map, b"content-type", stream.content_type().as_bytes());
        let _ = host::remove_header(map, b"content-length");
        self.answering = Answering::Stream { stream: Box::new(stream), waits: may_wait, written: Vec::new() };
        (if may_wait { Outcome::Began } else { Outcome::Answered(status) }, may_wait)
    }

    /// `size` bytes of the answer are there, `last` with its end. Returns whether they go on, and how the attempt stands
    /// where that is known only now.
    pub(super) fn answer(&mut self, size: usize, last: bool) -> (bool, Option<Outcome>) {
        match &mut self.answering {
            Answering::Nothing => (true, None),
            Answering::Whole(_) if !last => (false, None),
            Answering::Whole(status) => {
                let status = *status;
                self.answering = Answering::Nothing;
                self.whole(status, size);
                (true, None)
            }
            Answering::Stream { stream, waits, written } => {
                let Ok(chunk) = host::body(Body::Response, size) else { return (true, None) };
                stream.push(&chunk, last, written);
                let undecided = stream.stage() == Stage::Waiting && written.len() < MAX_LOOK_AHEAD_BYTES;
                if *waits && !last && undecided {
                    let _ = host::replace_body(Body::Response, chunk.len(), &[]);
                    return (false, None);
                }
                let failed = stream.stage() == Stage::Failed && !stream.has_content();
                let outcome = if failed { Outcome::StreamError } else { Outcome::Answered(200) };
                let outcome = core::mem::take(waits).then_some(outcome);
                let _ = host::replace_body(Body::Response, chunk.len(), written);
                let goes_on = last || !written.is_empty();
                written.clear();
                (goes_on, outcome)
            }
        }
    }

    /// The whole answer has come, `size` bytes.
    fn whole(&self, status: u16, size: usize) {
        let body = host::body(Body::Response, size).unwrap_or_default();
        let good = (200..300).contains(&status);
        let translated =
            if good { answer(self.provider, &body, self.client, &self.asking).ok() } else { None };
        let (status, translated) = match translated {
            Some(translated) => (status, translated),
            None if good => {
                let refusal =
                    Refusal::new(Code::ProviderError, "the provider's answer could not be understood");
                (refusal.status(), refusal.body(self.client))
            }
            None => failure(self.provider, status, &body, self.client),
        };
        let map = Map::ResponseHeaders;
        let _ = host::replace_body(Body::Response, body.len(), &translated);
        let _ = host::set_header(map, b":status", status.to_string().as_bytes());
        let _ = host::set_header(map, b"content-type", b"application/json");
        let _ = host::remove_header(map, b"content-encoding");
        let _ = host::set_header(map, b"content-length", translated.len().to_string().as_bytes());
    }
}

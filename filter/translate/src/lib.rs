//! Translation between the chat formats of providers, for the case that client and provider speak different ones.
//!
//! A format has one [`Codec`], to and from the [`conversation`]: N formats need N codecs. What a format cannot say is
//! refused by name ([`Unsupported`]) or, where the meaning stays, approximated and named ([`Notes`]); nothing is
//! dropped in silence. The texts are masked before a request comes here, and are restored behind it: nothing in this
//! crate knows a value.
//!
//! The gateway asks [`is_translatable`] and [`told`], and calls [`request`], [`answer`], [`failure`] and [`Stream`]. `docs/translation.md` says for users what
//! becomes of what.
//!
//! A crate of its own, because it is built for size, as nothing on the way of a same-format request is.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented
    )
)]

pub mod anthropic_messages;
pub mod bedrock;
pub mod cohere;
pub mod conversation;
pub mod embeddings;
pub mod fields;
pub mod foreign;
mod functions;
pub mod gemini;
pub mod json;
pub mod ollama;
pub mod openai;
pub mod openai_chat;
pub mod openai_completions;
pub mod openai_responses;
pub mod stream;
pub mod target;
mod terms;
pub mod turns;
pub mod unified;

use conversation::{Answer, Event, Failure, Part, Request, ToolCall};
use privet_core::formats::Format;
pub use stream::{Stage, Stream};
pub use target::{DEFAULT_MAX_TOKENS, Dialect, Target, is_translatable, told};

/// What a request holds and the other format cannot say, by the path of the field as the client wrote it
/// (`messages[2].content[0].file`). 422 for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// The field's path; empty for the body as a whole.
    pub field: String,
    /// Why, in the client's terms, without any of its text.
    pub reason: &'static str,
}

/// An answer that is not one of its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotUnderstood;

/// What was approximated, by names that the documentation explains (`top_k`, `seed`, `tool_choice`), each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes(pub Vec<&'static str>);

impl Notes {
    /// Adds a name.
    pub fn add(&mut self, name: &'static str) {
        if !self.0.contains(&name) {
            self.0.push(name);
        }
    }
}

/// What the path of a request, rather than its body, says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// The model, where the format has it in the path.
    pub model: Option<&'a str>,
    /// Whether the path asks for a stream.
    pub stream: bool,
}

impl Asked<'_> {
    /// A request whose body says neither model nor stream. Usage is told in every answer to such a one.
    pub(crate) fn begin(self, request: &mut Request) {
        request.model = self.model.unwrap_or_default().to_owned();
        request.stream = self.stream;
        request.include_usage = true;
    }
}

/// A request as it goes to the provider.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Path and query below the provider's base URL: `/v1/messages`.
    pub path: String,
    /// The body.
    pub body: Vec<u8>,
}

/// A translated request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    /// What goes to the provider.
    pub outgoing: Outgoing,
    /// Whether its answer is a stream.
    pub stream: bool,
    /// For [`Asking`].
    pub include_usage: bool,
    /// For [`Asking`], of embeddings.
    pub form: embeddings::Form,
    /// What was approximated.
    pub notes: Notes,
}

/// What of a request its answer depends on.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Asking {
    /// The model as the client named it, for answers that do not name theirs.
    pub model: String,
    /// Whether the client asked for usage in the stream (OpenAI's `stream_options.include_usage`).
    pub include_usage: bool,
    /// Seconds since 1970, for formats that date their answers.
    pub now: u64,
    /// A unique id of letters, digits, `_` and `-`, for formats whose answers need one that the provider did not give.
    pub id: String,
    /// How a client wants its embeddings.
    pub form: embeddings::Form,
    /// Whether a Gemini client's stream is one JSON array, as it is without `alt=sse`.
    pub array: bool,
}

conversation::without_content!(Outgoing, Asking);

/// One wire format of chat.
pub trait Codec: Sync {
    /// Reads a client's request.
    ///
    /// # Errors
    /// The first field that no other format can be given.
    fn read_request(&self, body: &[u8], asked: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported>;

    /// Writes a provider's request. The model is the target's already. Fields are refused by the names of
    /// [`Self::client_name`].
    ///
    /// # Errors
    /// The first field that this format has no place for.
    fn write_request(
        &self,
        request: &Request,
        target: &Target<'_>,
        notes: &mut Notes,
    ) -> Result<Outgoing, Unsupported>;

    /// What this format, as the client's, calls a field of [`Request`], where that is another name than OpenAI Chat
    /// Completions' (`max_tokens`, `stop`, `response_format`, `reasoning_effort` …).
    fn client_name(&self, _field: &str) -> Option<&'static str> {
        None
    }

    /// Reads a provider's whole answer, with a status below 400, into an empty one.
    ///
    /// # Errors
    /// The body is no answer of this format.
    fn read_answer(&self, body: &json::Value<'_>, answer: &mut Answer) -> Result<(), NotUnderstood>;

    /// Writes a client's whole answer.
    fn write_answer(&self, answer: &Answer, asking: &Asking) -> Vec<u8>;

    /// Reads a provider's error body, null where it is no JSON; what cannot be read becomes a failure without the
    /// provider's words.
    fn read_failure(&self, status: u16, body: &json::Value<'_>) -> Failure;

    /// Writes an error body.
    fn write_failure(&self, failure: &Failure) -> Vec<u8>;

    /// Reads a provider's stream.
    fn stream_reader(&self) -> Box<dyn StreamReader>;

    /// Writes a client's stream.
    fn stream_writer(&self, asking: &Asking) -> Box<dyn StreamWriter>;
}

/// An event of a provider's stream.
#[derive(Debug)]
pub struct Incoming<'f> {
    /// Its type, where the framing tells it (Amazon's).
    pub name: &'f [u8],
    /// What it carries.
    pub json: json::Value<'f>,
    /// Whether the framing says that this is an error.
    pub fault: bool,
}

/// Reads a provider's stream, event by event. [`Stream`] cuts it, puts `Start` before all else where the reader does
/// not, and lets nothing follow `End` or `Failed`.
pub trait StreamReader {
    /// Adds what an event says. Events that are not known are passed over.
    ///
    /// # Errors
    /// The event contradicts its format. The stream then ends as failed.
    fn read(&mut self, incoming: &Incoming<'_>, events: &mut Vec<Event>) -> Result<(), NotUnderstood>;

    /// The stream has ended, by its bytes or OpenAI's `[DONE]`. Adds what is left up to `End`, where the answer is
    /// complete; nothing where it broke off.
    fn finish(&mut self, events: &mut Vec<Event>);
}

/// Makes a client's stream.
pub trait StreamWriter {
    /// `content-type` of the stream.
    fn content_type(&self) -> &'static str;

    /// Adds the bytes of an event, if it has any.
    fn write(&mut self, event: &Event, out: &mut Vec<u8>);
}

/// The codec of a format of chat; none where its bodies cannot be translated.
#[must_use]
pub fn codec(format: Format) -> Option<&'static dyn Codec> {
    match format {
        // One line a format, in the order of the enum.
        Format::OpenaiChat => Some(&openai_chat::OpenaiChat),
        Format::OpenaiResponses => Some(&openai_responses::OpenaiResponses),
        Format::AnthropicMessages => Some(&anthropic_messages::AnthropicMessages),
        Format::OpenaiCompletions => Some(&openai_completions::OpenaiCompletions),
        Format::Gemini => Some(&gemini::Gemini),
        Format::CohereChat => Some(&cohere::CohereChat),
        Format::BedrockConverse => Some(&bedrock::BedrockConverse),
        Format::OllamaChat => Some(&ollama::OllamaChat),
        Format::OllamaGenerate => Some(&ollama::OllamaGenerate),
        Format::Unified => Some(&unified::Unified),
        _ => None,
    }
}

/// Translates a client's request.
///
/// # Errors
/// What it holds and cannot be said to this provider.
pub fn request(
    client: Format,
    body: &[u8],
    asked: Asked<'_>,
    provider: Format,
    target: &Target<'_>,
) -> Result<Translated, Unsupported> {
    if embeddings::is_one(client) && embeddings::is_one(provider) {
        return embeddings::request(client, body, asked, provider, target);
    }
    let (Some(reader), Some(writer)) = (codec(client), codec(provider)) else {
        let reason = "requests to this endpoint cannot be translated for the provider";
        return Err(Unsupported { field: String::new(), reason });
    };
    let mut notes = Notes::default();
    let mut request = reader.read_request(body, asked, &mut notes)?;
    if let Some(model) = target.model {
        model.clone_into(&mut request.model);
    }
    turns::name_results(&mut request.messages)?;
    turns::unseal(&mut request.messages, provider, &mut notes);
    let outgoing = writer.write_request(&request, target, &mut notes).map_err(|mut refused| {
        if let Some(name) = reader.client_name(&refused.field) {
            name.clone_into(&mut refused.field);
        }
        refused
    })?;
    let Request { stream, include_usage, .. } = request;
    Ok(Translated { outgoing, stream, include_usage, form: embeddings::Form::default(), notes })
}

/// Translates a provider's whole answer, with a status below 400.
///
/// # Errors
/// It is no answer of the provider's format.
pub fn answer(
    provider: Format,
    body: &[u8],
    client: Format,
    asking: &Asking,
) -> Result<Vec<u8>, NotUnderstood> {
    if embeddings::is_one(client) && embeddings::is_one(provider) {
        return embeddings::answer(provider, body, client, asking);
    }
    let (Some(reader), Some(writer)) = (codec(provider), codec(client)) else { return Err(NotUnderstood) };
    let mut answer = Answer::default();
    reader.read_answer(&json::parse(body).map_err(|_| NotUnderstood)?, &mut answer)?;
    for part in &mut answer.parts {
        match part {
            Part::Reasoning { signature: Some(seal), .. } => *seal = turns::sealed(provider, seal),
            Part::Reasoning { signature, .. } if foreign::returns_thoughts(client) => {
                *signature = Some(turns::UNSEALED.to_owned());
            }
            Part::ToolCall(ToolCall { signature: Some(seal), .. }) => *seal = turns::sealed(provider, seal),
            _ => {}
        }
    }
    if answer.model.is_empty() {
        asking.model.clone_into(&mut answer.model);
    }
    if answer.id.is_empty() {
        asking.id.clone_into(&mut answer.id);
    }
    if answer.created == 0 {
        answer.created = asking.now;
    }
    Ok(writer.write_answer(&answer, asking))
}

/// Translates a provider's error: the client's status and body.
#[must_use]
pub fn failure(provider: Format, status: u16, body: &[u8], client: Format) -> (u16, Vec<u8>) {
    let (provider, client) = (embeddings::chat_of(provider), embeddings::chat_of(client));
    let body = json::parse(body).unwrap_or(json::Value { raw: "null", kind: json::Kind::Null });
    let read = codec(provider).map(|reader| reader.read_failure(status, &body));
    let failure = read.unwrap_or(Failure { status, message: String::new(), code: None });
    // 529 is Anthropic's own.
    let status = if status == 529 && client != Format::AnthropicMessages { 503 } else { status };
    (status, codec(client).map(|writer| writer.write_failure(&failure)).unwrap_or_default())
}

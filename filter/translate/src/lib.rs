//! Translation between the chat formats of providers, for the case that client and provider speak different ones.
//!
//! A format has one [`Codec`], to and from the [`conversation`]: N formats need N codecs. What a format cannot say is
//! refused by name ([`Unsupported`]) or, where the meaning stays, approximated and named ([`Notes`]); nothing is
//! dropped in silence. The texts are masked before a request comes here, and are restored behind it: nothing in this
//! crate knows a value.
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

pub mod conversation;

use conversation::{Answer, Event, Failure, Request};

/// What a request holds and the other format cannot say, by the path of the field as the client wrote it
/// (`messages[2].content[0].file`). 422 for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// The field's path.
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
    /// Whether the answer is to be a stream.
    pub stream: bool,
}

/// A request as it goes to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Path and query below the provider's base URL: `/v1/messages`.
    pub path: String,
    /// The body.
    pub body: Vec<u8>,
}

/// One wire format of chat.
pub trait Codec: Sync {
    /// Reads a client's request.
    ///
    /// # Errors
    /// The first field that no other format can be given.
    fn read_request(&self, body: &[u8], asked: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported>;

    /// Writes a provider's request.
    ///
    /// # Errors
    /// The first field that this format has no place for.
    fn write_request(&self, request: &Request, notes: &mut Notes) -> Result<Outgoing, Unsupported>;

    /// Reads a provider's whole answer, with a status below 400.
    ///
    /// # Errors
    /// The body is no answer of this format.
    fn read_answer(&self, body: &[u8]) -> Result<Answer, NotUnderstood>;

    /// Writes a client's whole answer.
    fn write_answer(&self, answer: &Answer) -> Vec<u8>;

    /// Reads a provider's error body; what cannot be read becomes a failure without the provider's words.
    fn read_failure(&self, status: u16, body: &[u8]) -> Failure;

    /// Writes an error body.
    fn write_failure(&self, failure: &Failure) -> Vec<u8>;

    /// Reads a provider's stream.
    fn stream_reader(&self) -> Box<dyn StreamReader>;

    /// Writes a client's stream.
    fn stream_writer(&self, asked: &Asking) -> Box<dyn StreamWriter>;
}

/// What of a request its answer's stream depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asking {
    /// The model as the client named it.
    pub model: String,
    /// Whether the client asked for usage in the stream (OpenAI's `stream_options.include_usage`).
    pub include_usage: bool,
    /// Seconds since 1970, for formats that date their answers.
    pub now: u64,
    /// A unique id for formats whose answers need one that the provider did not give.
    pub id: String,
}

/// Takes a provider's stream, however its bytes are cut.
pub trait StreamReader {
    /// Takes the next bytes, `last` with the end of the stream; adds the events that are complete. The first event of
    /// every stream is `Start`, and whatever happens the last is `End` or `Failed`.
    fn push(&mut self, bytes: &[u8], last: bool, events: &mut Vec<Event>);
}

/// Makes a client's stream.
pub trait StreamWriter {
    /// `content-type` of the stream.
    fn content_type(&self) -> &'static str;

    /// Adds the bytes of an event, if it has any.
    fn write(&mut self, event: &Event, out: &mut Vec<u8>);
}

//! Which endpoint a request's path names, and the path and query that go on.
//!
//! The outgoing path is put together anew from a template of the table below and what was checked: a name in
//! the path (model, deployment) of `[A-Za-z0-9._:/@-]`, percent-encoded or not, at most 256 bytes, without
//! empty, `.` and `..` segments. Of a query only documented parameters with documented values go on
//! (`api-version` at Azure, `alt` at Gemini, `beta` at Anthropic). A documented parameter with another value
//! is refused, because the request would mean something else without it; every other parameter is dropped:
//! its text is never looked at, and `key=` is the caller's own credential.
//!
//! Sources: the API references of OpenAI, Azure OpenAI, Anthropic, Gemini, Cohere, Mistral, Amazon Bedrock
//! Runtime and Ollama. `/v1/gateway` is the gateway's own.

use core::fmt;
use core::ops::Range;

use crate::formats::Format;
use crate::formats::request::Variant;
use crate::json::Shape;
use crate::json::shape::TEXT;
use crate::refusal::{Code, Refusal};

/// Longest name in a path, in bytes as it is written.
pub const MAX_NAME_BYTES: usize = 256;
/// Longest path that a policy's list can let through, in bytes.
pub const MAX_LISTED_BYTES: usize = 512;
/// Most parameters of a query that are looked at.
const MAX_PARAMETERS: usize = 32;

/// Whether an answer is a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    /// By the path.
    Always,
    /// By the path.
    Never,
    /// The body says, and this is what holds where it does not.
    Asked(bool),
}

impl Streams {
    /// Whether the answer is a stream, where the body says `asked`.
    #[must_use]
    pub fn with(self, asked: Option<bool>) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Asked(default) => asked.unwrap_or(default),
        }
    }
}

/// The query parameters that a path has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Query {
    None,
    /// `api-version` of Azure: a date, with or without `-preview`, or a name.
    ApiVersion,
    /// `alt` of Google's APIs: the form of a stream.
    Alt,
    /// `beta=true` of Anthropic's clients.
    Beta,
}

impl Query {
    fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::ApiVersion => "api-version",
            Self::Alt => "alt",
            Self::Beta => "beta",
        }
    }

    fn takes(self, value: &str) -> bool {
        match self {
            Self::None => false,
            Self::ApiVersion => {
                let date = value.strip_suffix("-preview").unwrap_or(value).as_bytes();
                let digit =
                    |(n, b): (usize, &u8)| if matches!(n, 4 | 7) { *b == b'-' } else { b.is_ascii_digit() };
                matches!(value, "preview" | "latest" | "v1")
                    || date.len() == 10 && date.iter().enumerate().all(digit)
            }
            Self::Alt => matches!(value, "sse" | "json"),
            Self::Beta => matches!(value, "true" | "false"),
        }
    }
}

/// A row of the table of paths.
struct Row {
    /// With `{model}` where a name stands.
    template: &'static str,
    format: Format,
    variant: Variant,
    streams: Streams,
    query: Query,
}

const fn row(template: &'static str, format: Format, streams: Streams) -> Row {
    Row { template, format, variant: Variant::Plain, streams, query: Query::None }
}

impl Row {
    const fn variant(self, variant: Variant) -> Self {
        Self { variant, ..self }
    }

    const fn query(self, query: Query) -> Self {
        Self { query, ..self }
    }

    /// The template around its name.
    fn around(&self) -> Option<(&'static str, &'static str)> {
        self.template.split_once("{model}")
    }
}

const ASKED: Streams = Streams::Asked(false);

/// The paths of so many rows may also do without `/v1`, as clients with a base URL of their own send them.
const BARE: usize = 4;

#[rustfmt::skip]
static TABLE: [Row; 32] = [
    row("/v1/chat/completions", Format::OpenaiChat, ASKED),
    row("/v1/responses", Format::OpenaiResponses, ASKED),
    row("/v1/completions", Format::OpenaiCompletions, ASKED),
    row("/v1/embeddings", Format::OpenaiEmbeddings, Streams::Never),
    row("/v1/fim/completions", Format::OpenaiCompletions, ASKED),
    row("/v1/messages", Format::AnthropicMessages, ASKED).query(Query::Beta),
    row("/v1/messages/count_tokens", Format::AnthropicMessages, Streams::Never)
        .variant(Variant::CountTokens).query(Query::Beta),
    row("/v1beta/models/{model}:generateContent", Format::Gemini, Streams::Never).query(Query::Alt),
    row("/v1beta/models/{model}:streamGenerateContent", Format::Gemini, Streams::Always).query(Query::Alt),
    row("/v1beta/models/{model}:countTokens", Format::Gemini, Streams::Never)
        .variant(Variant::CountTokens).query(Query::Alt),
    row("/v1beta/models/{model}:embedContent", Format::GeminiEmbeddings, Streams::Never).query(Query::Alt),
    row("/v1beta/models/{model}:batchEmbedContents", Format::GeminiEmbeddings, Streams::Never)
        .variant(Variant::Batch).query(Query::Alt),
    row("/v1/models/{model}:generateContent", Format::Gemini, Streams::Never).query(Query::Alt),
    row("/v1/models/{model}:streamGenerateContent", Format::Gemini, Streams::Always).query(Query::Alt),
    row("/v1/models/{model}:countTokens", Format::Gemini, Streams::Never)
        .variant(Variant::CountTokens).query(Query::Alt),
    row("/v1/models/{model}:embedContent", Format::GeminiEmbeddings, Streams::Never).query(Query::Alt),
    row("/v1/models/{model}:batchEmbedContents", Format::GeminiEmbeddings, Streams::Never)
        .variant(Variant::Batch).query(Query::Alt),
    row("/v2/chat", Format::CohereChat, ASKED),
    row("/v2/embed", Format::CohereEmbed, Streams::Never),
    row("/model/{model}/converse", Format::BedrockConverse, Streams::Never),
    row("/model/{model}/converse-stream", Format::BedrockConverse, Streams::Always),
    row("/model/{model}/invoke", Format::BedrockInvoke, Streams::Never),
    row("/model/{model}/invoke-with-response-stream", Format::BedrockInvoke, Streams::Always),
    row("/api/chat", Format::OllamaChat, Streams::Asked(true)),
    row("/api/generate", Format::OllamaGenerate, Streams::Asked(true)),
    row("/api/embed", Format::OllamaEmbed, Streams::Never),
    row("/api/embeddings", Format::OllamaEmbed, Streams::Never),
    row("/openai/deployments/{model}/chat/completions", Format::OpenaiChat, ASKED)
        .variant(Variant::ModelInPath).query(Query::ApiVersion),
    row("/openai/deployments/{model}/completions", Format::OpenaiCompletions, ASKED)
        .variant(Variant::ModelInPath).query(Query::ApiVersion),
    row("/openai/deployments/{model}/embeddings", Format::OpenaiEmbeddings, Streams::Never)
        .variant(Variant::ModelInPath).query(Query::ApiVersion),
    row("/openai/responses", Format::OpenaiResponses, ASKED).query(Query::ApiVersion),
    row("/v1/gateway", Format::Unified, ASKED),
];

/// What a path asks for.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The wire format of its bodies; none where only the policy knows the path.
    pub format: Option<Format>,
    /// The path as it is documented, by which traces name it.
    pub documented: &'static str,
    /// The path that goes on, with the query that does.
    pub path: String,
    /// The model or deployment that the path names, decoded.
    pub model: Option<String>,
    /// Whether the answer is a stream.
    pub streams: Streams,
    /// Whether only Azure has this path.
    pub azure: bool,
    variant: Variant,
    /// Where the model's name stands in the path that goes on; empty where it does not.
    name: Range<usize>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The names in the path are what a client wrote.
        write!(f, "Endpoint({}, {:?})", self.documented, self.format)
    }
}

impl Endpoint {
    /// The path's endpoint; none where it is not a path of the table. `query` is without its `?`.
    ///
    /// # Errors
    /// 400 where a name in the path or a parameter's value is not one that can go on.
    pub fn of(path: &str, query: &str) -> Result<Option<Self>, Refusal> {
        // Azure's newer form of the same paths.
        let (path, azure) = match path.strip_prefix("/openai") {
            Some(rest) if rest.starts_with("/v1/") => (rest, true),
            _ => (path, path.starts_with("/openai/")),
        };
        let Some((row, name)) = find(path) else { return Ok(None) };
        let parameters = if azure { Query::ApiVersion } else { row.query };
        let model = name.map(name_in_path).transpose()?;
        let (mut out, name) = match (row.around(), name) {
            (Some((before, after)), Some(name)) => {
                ([before, name, after].concat(), before.len()..before.len() + name.len())
            }
            _ => (row.template.to_owned(), 0..0),
        };
        push_query(&mut out, query, parameters)?;
        Ok(Some(Self {
            format: Some(row.format),
            documented: row.template,
            path: out,
            model,
            streams: row.streams,
            azure,
            variant: row.variant,
            name,
        }))
    }

    /// A path that only the policy lists: its bodies are JSON of any shape. Its query does not go on.
    #[must_use]
    pub fn listed(path: &str) -> Option<Self> {
        let fits =
            path.len() <= MAX_LISTED_BYTES && path.starts_with('/') && is_clean(path.strip_prefix('/')?);
        fits.then(|| Self {
            format: None,
            documented: "(listed by the policy)",
            path: path.to_owned(),
            model: None,
            streams: ASKED,
            azure: false,
            variant: Variant::Plain,
            name: 0..0,
        })
    }

    /// The path that goes on, with another model in the place of the one that it names. A slash in the name is
    /// percent-encoded, because it is none of the path's.
    ///
    /// # Errors
    /// 400 where the name cannot stand in a path.
    pub fn path_with_model(&self, id: &str) -> Result<String, Refusal> {
        if id.contains('%') || id.len() > MAX_NAME_BYTES || !is_clean(id) {
            return Err(name_refused());
        }
        let mut path = self.path.clone();
        path.replace_range(self.name.clone(), &id.replace('/', "%2F"));
        Ok(path)
    }

    /// What stands where in its bodies.
    #[must_use]
    pub fn shape(&self) -> &'static Shape {
        self.format.map_or(&TEXT, |format| format.request_as(self.variant))
    }

    /// The format in whose requests there is a place for a hint to the model; none where there is none.
    #[must_use]
    pub fn hinted(&self) -> Option<Format> {
        let counts = self.format == Some(Format::Gemini) && self.variant == Variant::CountTokens;
        // Gemini counts contents alone.
        self.format.filter(|_| !counts)
    }

    /// The format in which errors are said and answers read.
    #[must_use]
    pub fn answers_as(&self) -> Format {
        self.format.unwrap_or(Format::OpenaiChat)
    }
}

/// The format of a path of the table, whatever the name in it.
#[must_use]
pub fn format_of(path: &str) -> Option<Format> {
    let path = path.strip_prefix("/openai").filter(|rest| rest.starts_with("/v1/")).unwrap_or(path);
    find(path).map(|(row, _)| row.format)
}

/// `path`, with or without a query, with another model where it names one; as it is where it names none.
#[must_use]
pub fn renamed(path: &str, model: &str) -> String {
    let (bare, query) = path.find('?').map_or((path, ""), |i| path.split_at(i));
    let around = find(bare).filter(|(_, name)| name.is_some()).and_then(|(row, _)| row.around());
    around.map_or_else(|| path.to_owned(), |(before, after)| [before, &encoded(model), after, query].concat())
}

/// `name` as a segment of a path (RFC 3986, section 2.3: all but unreserved characters are encoded).
#[must_use]
pub fn encoded(name: &str) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let mut out = String::with_capacity(name.len() + 8);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let digit = |n: u8| DIGITS.get(usize::from(n & 15)).copied().unwrap_or('0');
            out.extend(['%', digit(byte >> 4), digit(byte)]);
        }
    }
    out
}

/// The row of a path, and the name that stands in it.
fn find(path: &str) -> Option<(&'static Row, Option<&str>)> {
    let bare = TABLE.iter().take(BARE).find(|row| row.template.strip_prefix("/v1") == Some(path));
    if let Some(row) = bare {
        return Some((row, None));
    }
    TABLE.iter().find_map(|row| match row.around() {
        None => (row.template == path).then_some((row, None)),
        Some((before, after)) => {
            let name = path.strip_prefix(before)?.strip_suffix(after)?;
            Some((row, Some(name)))
        }
    })
}

/// The name that `written` stands for.
fn name_in_path(written: &str) -> Result<String, Refusal> {
    if written.len() > MAX_NAME_BYTES {
        return Err(name_refused());
    }
    is_clean(written).then(|| decoded(written)).flatten().ok_or_else(name_refused)
}

fn name_refused() -> Refusal {
    Refusal::new(Code::Validation, "the path's model is not the name of one").at("model")
}

/// Whether `part` of a path can go on: known characters, and no segment that leads elsewhere.
fn is_clean(part: &str) -> bool {
    let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'/' | b'@' | b'-');
    decoded(part).is_some_and(|name| {
        name.bytes().all(known) && name.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
    })
}

/// `part` without its percent-encoding (RFC 3986, section 2.1), where it is UTF-8 then.
fn decoded(part: &str) -> Option<String> {
    let mut out = Vec::with_capacity(part.len());
    let mut bytes = part.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16));
            let (high, low) = (digit()?, digit()?);
            out.push((high * 16 + low) as u8);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

/// Adds to `path` what goes on of `query`.
fn push_query(path: &mut String, query: &str, known: Query) -> Result<(), Refusal> {
    let mut kept = None;
    for parameter in query.split('&').take(MAX_PARAMETERS) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if known == Query::None || name != known.name() {
            continue;
        }
        if !known.takes(value) || kept.is_some_and(|kept| kept != value) {
            return Err(Refusal {
                param: Some(known.name().to_owned()),
                ..Refusal::new(Code::Validation, format!("`{}` has a value that is not known", known.name()))
            });
        }
        kept = Some(value);
    }
    if let Some(value) = kept {
        path.push('?');
        path.push_str(known.name());
        path.push('=');
        path.push_str(value);
    }
    Ok(())
}

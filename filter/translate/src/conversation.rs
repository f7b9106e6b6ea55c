//! What all chat formats can say, in one model. Order is kept everywhere.

use crate::json::Value;

/// Types that hold what a client or a model wrote print without it.
macro_rules! without_content {
    ($($name:ident),*) => {$(
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
pub(crate) use without_content;

without_content!(
    Json, Number, Request, Message, Part, Media, ToolCall, Tool, ToolChoice, Output, Reasoning, Answer,
    Event, Block, Failure
);

/// A JSON value as it was written, valid and whole: schemas and arguments pass byte for byte.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Json(pub String);

/// A JSON number as it was written.
#[derive(Clone, PartialEq, Eq)]
pub struct Number(pub String);

/// A request.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The model's name at the provider.
    pub model: String,
    /// Whether the answer is to be a stream.
    pub stream: bool,
    /// Whether the stream is to end with counts of tokens.
    pub include_usage: bool,
    /// Instructions and turns, in order. Formats with a place of its own for instructions take the first ones there.
    pub messages: Vec<Message>,
    /// Functions that the model may call.
    pub tools: Vec<Tool>,
    /// Whether it has to.
    pub tool_choice: Option<ToolChoice>,
    /// Whether it may call several at once.
    pub parallel_tool_calls: Option<bool>,
    /// What ends the answer.
    pub stop: Vec<String>,
    /// Most tokens of the answer.
    pub max_tokens: Option<Number>,
    /// Sampling.
    pub temperature: Option<Number>,
    /// Sampling.
    pub top_p: Option<Number>,
    /// Sampling.
    pub top_k: Option<Number>,
    /// Sampling.
    pub presence_penalty: Option<Number>,
    /// Sampling.
    pub frequency_penalty: Option<Number>,
    /// Sampling.
    pub seed: Option<Number>,
    /// The form of the answer.
    pub output: Output,
    /// How much to think.
    pub reasoning: Option<Reasoning>,
    /// The end user's id.
    pub user: Option<String>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    /// The operator: `system`, `developer`.
    System,
    /// The user, and the results of tools.
    #[default]
    User,
    /// The model.
    Assistant,
}

/// A turn, or a piece of one: several in a row may have the same role.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub parts: Vec<Part>,
    /// Where it stood in the client's body (`messages[3]`), for the words of a refusal.
    pub at: String,
}

impl Message {
    /// A message of words alone.
    #[inline(never)]
    pub(crate) fn of_text(role: Role, text: &str, at: &str) -> Self {
        Self { role, parts: vec![Part::text(text)], at: at.to_owned() }
    }
}

/// A part of a turn.
#[derive(Clone, PartialEq, Eq)]
pub enum Part {
    /// Words.
    Text(String),
    /// A picture.
    Image {
        /// Its bytes.
        media: Media,
        /// How closely to look, as OpenAI names it: `low`, `high`.
        detail: Option<String>,
        /// Where it stood in the client's body (`messages[3].content[0]`).
        at: String,
    },
    /// A file to read.
    Document {
        /// Its bytes.
        media: Media,
        /// Its name, where one was given.
        name: Option<String>,
        /// Where it stood in the client's body.
        at: String,
    },
    /// The model calls a function.
    ToolCall(ToolCall),
    /// A function's result, for the model.
    ToolResult {
        /// The call's id.
        id: String,
        /// The function's name, where the format says it, or the call was seen before.
        name: Option<String>,
        /// Texts and pictures.
        parts: Vec<Part>,
        /// Whether the function failed.
        error: bool,
    },
    /// The model's thoughts.
    Reasoning {
        /// In words; empty where they are hidden.
        text: String,
        /// The provider's seal, which only the same provider can read. The codecs see the provider's own; the client is
        /// given it with the format's name before it ([`crate::request`]).
        signature: Option<String>,
    },
    /// The model's refusal.
    Refusal(String),
}

impl Part {
    /// Words.
    #[inline(never)]
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// Thoughts without a seal.
    #[inline(never)]
    pub(crate) fn thought(text: &str) -> Self {
        Self::Reasoning { text: text.to_owned(), signature: None }
    }
}

impl Default for Part {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

/// Bytes, or where they are.
#[derive(Clone, PartialEq, Eq)]
pub enum Media {
    /// In base64, padded.
    Inline {
        /// `image/png`
        media_type: String,
        /// The bytes.
        base64: String,
    },
    /// An address that the provider fetches.
    Url(String),
}

impl Default for Media {
    fn default() -> Self {
        Self::Url(String::new())
    }
}

/// A call of a function.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ToolCall {
    /// Its id; made up by the reader where the format has none, the same for the same place.
    pub id: String,
    /// The function.
    pub name: String,
    /// An object; from models also what was meant to be one.
    pub arguments: Json,
    /// The provider's seal on the thoughts before the call, as in [`Part::Reasoning`] (Gemini).
    pub signature: Option<String>,
}

impl ToolCall {
    /// A call without a seal.
    #[inline(never)]
    pub(crate) fn new(id: &str, name: &str, arguments: &str) -> Self {
        let (id, name, arguments) = (id.to_owned(), name.to_owned(), Json(arguments.to_owned()));
        Self { id, name, arguments, signature: None }
    }
}

/// A function that the model may call.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: Option<String>,
    /// JSON Schema of its arguments.
    pub parameters: Option<Json>,
    /// Whether arguments have to fit the schema.
    pub strict: Option<bool>,
}

/// Which functions are to be called.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum ToolChoice {
    /// The model decides.
    #[default]
    Auto,
    /// None.
    None,
    /// At least one.
    Required,
    /// This one.
    Named(String),
}

/// The form of an answer.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Output {
    /// Words.
    #[default]
    Text,
    /// Any JSON object.
    Json,
    /// JSON by a schema.
    Schema {
        /// Its name.
        name: String,
        /// JSON Schema.
        schema: Json,
        /// Whether the answer has to fit.
        strict: Option<bool>,
    },
}

/// How much to think.
#[derive(Clone, PartialEq, Eq)]
pub enum Reasoning {
    /// Not at all.
    Off,
    /// As the model likes.
    Auto,
    /// `minimal` to `xhigh`, as OpenAI names it.
    Effort(Effort),
    /// At most so many tokens, as Anthropic and Gemini say it.
    Budget(Number),
}

/// OpenAI's words for how much to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// `minimal`
    Minimal,
    /// `low`
    Low,
    /// `medium`
    Medium,
    /// `high`
    High,
    /// `xhigh`
    XHigh,
}

/// Why an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// It is complete.
    Stop,
    /// One of the `stop` sequences.
    StopSequence,
    /// `max_tokens`.
    Length,
    /// Functions are called.
    ToolCalls,
    /// The provider's filter.
    Filtered,
    /// The model refuses.
    Refusal,
    /// Anything else.
    Other,
}

/// Tokens as the provider counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the prompt, cached ones included.
    pub input: Option<u64>,
    /// Of the answer, thoughts included.
    pub output: Option<u64>,
    /// Of `input`, read from the provider's cache.
    pub cached: Option<u64>,
    /// Of `output`, thoughts.
    pub reasoning: Option<u64>,
}

impl Usage {
    /// Takes over what a later count says.
    pub fn merge(&mut self, later: Self) {
        self.input = later.input.or(self.input);
        self.output = later.output.or(self.output);
        self.cached = later.cached.or(self.cached);
        self.reasoning = later.reasoning.or(self.reasoning);
    }
}

/// A whole answer.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The provider's id of it.
    pub id: String,
    /// The model that answered.
    pub model: String,
    /// What was said: text, reasoning, calls, refusals.
    pub parts: Vec<Part>,
    /// Why it ends.
    pub finish: Option<Finish>,
    /// Counts.
    pub usage: Usage,
    /// Seconds since 1970.
    pub created: u64,
}

impl Answer {
    /// Takes id, model and counts, where formats have them as OpenAI does.
    #[inline(never)]
    pub(crate) fn describe(&mut self, body: &Value<'_>, usage: fn(&Value<'_>) -> Usage) {
        body.text("id").clone_into(&mut self.id);
        body.text("model").clone_into(&mut self.model);
        self.usage = body.get("usage").map(usage).unwrap_or_default();
    }
}

/// A piece of a streamed answer. Blocks are numbered from 0 in the order of their beginning; one is open at a time or
/// several are, as the provider has it.
#[derive(Clone, PartialEq, Eq)]
pub enum Event {
    /// The answer begins.
    Start {
        /// The provider's id of it; may be empty.
        id: String,
        /// The model that answers; may be empty.
        model: String,
    },
    /// A block begins.
    BlockStart {
        /// Its number.
        block: u32,
        /// What grows in it.
        kind: Block,
    },
    /// A block grows by this text; of a call by a piece of its arguments' JSON.
    Delta {
        /// The block's number.
        block: u32,
        /// What is added.
        text: String,
    },
    /// The provider's seal on a block of thoughts.
    Signature {
        /// The block's number.
        block: u32,
        /// The seal.
        signature: String,
    },
    /// A block is complete.
    BlockEnd {
        /// Its number.
        block: u32,
    },
    /// Why the answer ends.
    Finish(Finish),
    /// Counts so far; later ones replace earlier ones, member by member.
    Usage(Usage),
    /// The stream is complete.
    End,
    /// The provider reports an error, or its stream breaks off or cannot be understood. Nothing follows.
    Failed(Failure),
}

/// What grows in a block.
#[derive(Clone, PartialEq, Eq)]
pub enum Block {
    /// Words.
    Text,
    /// Thoughts.
    Reasoning,
    /// A refusal.
    Refusal,
    /// A call's arguments.
    ToolCall {
        /// Its id; made up by the reader where the format has none.
        id: String,
        /// The function.
        name: String,
        /// As in [`super::conversation::ToolCall`].
        signature: Option<String>,
    },
}

/// An error of a provider.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure {
    /// HTTP status, or that which stands for the error inside a stream.
    pub status: u16,
    /// The provider's words.
    pub message: String,
    /// The provider's name for it, where it has one (`overloaded_error`).
    pub code: Option<String>,
}

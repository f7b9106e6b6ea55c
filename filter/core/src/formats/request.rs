//! What stands where in requests, per format: which strings are text, which are structure, what must be
//! there. Whatever a shape does not name is text. Required is only what the makers' references require.

mod anthropic_messages;
mod bedrock;
mod cohere;
mod gemini;
mod json_schema;
mod ollama;
mod openai_chat;
mod openai_completions;
mod openai_responses;
mod tool;
mod unified;

use super::Format;
use crate::json::shape::TEXT;
use crate::json::{Field, Shape};

/// Requests of the same format that an endpoint takes in another form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// The format's own.
    Plain,
    /// The path names the model (Azure's deployments), so that the body need not.
    ModelInPath,
    /// Only the tokens are counted: what says how to answer is not required.
    CountTokens,
    /// Several requests in one body (`batchEmbedContents`).
    Batch,
}

impl Format {
    /// What stands where in a request of this format.
    #[must_use]
    pub fn request(self) -> &'static Shape {
        match self {
            Self::OpenaiChat => &openai_chat::REQUEST,
            Self::OpenaiResponses => &openai_responses::REQUEST,
            Self::OpenaiCompletions => &openai_completions::REQUEST,
            Self::OpenaiEmbeddings => &openai_completions::EMBEDDINGS,
            Self::AnthropicMessages => &anthropic_messages::REQUEST,
            Self::Gemini => &gemini::GENERATE,
            Self::GeminiEmbeddings => &gemini::EMBED,
            Self::CohereChat => &cohere::CHAT,
            Self::CohereEmbed => &cohere::EMBED,
            Self::BedrockConverse => &bedrock::CONVERSE,
            Self::BedrockInvoke => &bedrock::INVOKE,
            Self::OllamaChat => &ollama::CHAT,
            Self::OllamaGenerate => &ollama::GENERATE,
            Self::OllamaEmbed => &ollama::EMBED,
            Self::Unified => &unified::REQUEST,
        }
    }

    /// The same, of a variant; the format's own where it has no such variant.
    #[must_use]
    pub fn request_as(self, variant: Variant) -> &'static Shape {
        match (self, variant) {
            (Self::OpenaiChat, Variant::ModelInPath) => &openai_chat::DEPLOYMENT,
            (Self::OpenaiCompletions, Variant::ModelInPath) => &openai_completions::DEPLOYMENT,
            (Self::OpenaiEmbeddings, Variant::ModelInPath) => &openai_completions::EMBEDDINGS_DEPLOYMENT,
            (Self::AnthropicMessages, Variant::CountTokens) => &anthropic_messages::COUNT_TOKENS,
            (Self::Gemini, Variant::CountTokens) => &gemini::COUNT_TOKENS,
            (Self::GeminiEmbeddings, Variant::Batch) => &gemini::EMBED_BATCH,
            _ => self.request(),
        }
    }
}

/// `fields`, of which `name` is not required.
const fn without_required<const N: usize>(mut fields: [Field; N], name: &str) -> [Field; N] {
    let mut n = 0;
    while n < N {
        #[allow(clippy::indexing_slicing, reason = "evaluated when compiled; n < N")]
        if same(fields[n].name.as_bytes(), name.as_bytes()) {
            fields[n].required = false;
        }
        n += 1;
    }
    fields
}

/// The fields of both.
const fn both<const A: usize, const B: usize, const N: usize>(
    first: &'static [Field; A],
    second: &'static [Field; B],
) -> [Field; N] {
    let mut all = [const { Field::new("", &TEXT) }; N];
    let mut n = 0;
    #[allow(clippy::indexing_slicing, reason = "evaluated when compiled; n < A + B, which is N")]
    while n < A + B {
        all[n] = if n < A { first[n].again() } else { second[n - A].again() };
        n += 1;
    }
    all
}

const fn same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([x, rest @ ..], [y, others @ ..]) = (a, b) {
        if *x != *y {
            return false;
        }
        (a, b) = (rest, others);
    }
    a.is_empty() && b.is_empty()
}

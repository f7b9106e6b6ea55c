//! The wire formats: what their bodies look like, which strings are text, how their answers grow.

pub mod answer;
pub mod request;
pub mod stream;

pub use answer::{Usage, guard, restore};
pub use stream::AnswerStream;

/// What a seal on thoughts begins with that a client has got in translation from a provider of another format.
pub const SEAL_MARK: &str = "privet:";

/// Whether a seal that a client sends back is one of those, as it is or in base64 (RFC 4648), as Gemini's clients have it.
#[must_use]
pub fn is_foreign_seal(seal: &[u8]) -> bool {
    seal.starts_with(SEAL_MARK.as_bytes()) || seal.starts_with(b"cHJpdmV0O")
}

/// The bodies of one endpoint of one maker's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// OpenAI Chat Completions; Mistral, Azure and Ollama speak it as well.
    OpenaiChat,
    /// OpenAI Responses.
    OpenaiResponses,
    /// OpenAI Completions; fill-in-the-middle of Mistral as well.
    OpenaiCompletions,
    /// OpenAI Embeddings.
    OpenaiEmbeddings,
    /// Anthropic Messages.
    AnthropicMessages,
    /// Gemini `generateContent`, `streamGenerateContent` and `countTokens`.
    Gemini,
    /// Gemini `embedContent` and `batchEmbedContents`.
    GeminiEmbeddings,
    /// Cohere Chat, version 2.
    CohereChat,
    /// Cohere Embed, version 2.
    CohereEmbed,
    /// Bedrock Converse and ConverseStream.
    BedrockConverse,
    /// Bedrock InvokeModel: the body is that of the model's maker.
    BedrockInvoke,
    /// Ollama `/api/chat`.
    OllamaChat,
    /// Ollama `/api/generate`.
    OllamaGenerate,
    /// Ollama `/api/embed` and `/api/embeddings`.
    OllamaEmbed,
    /// The gateway's own `/v1/gateway`, which only clients speak.
    Unified,
}

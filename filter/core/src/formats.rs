//! The wire formats: what their bodies look like, which strings are text, how their answers grow.

pub mod answer;
pub mod request;
pub mod stream;

pub use answer::{Usage, restore};
pub use stream::AnswerStream;

/// The bodies of one endpoint of one maker's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// OpenAI Chat Completions; Mistral, Azure and Ollama speak it as well.
    OpenaiChat,
    /// OpenAI Responses.
    OpenaiResponses,
    /// OpenAI Completions, the older ones of a plain prompt.
    OpenaiCompletions,
    /// OpenAI Embeddings.
    OpenaiEmbeddings,
    /// Anthropic Messages.
    AnthropicMessages,
    /// Gemini `generateContent` and `streamGenerateContent`.
    Gemini,
    /// Gemini `embedContent` and `batchEmbedContents`.
    GeminiEmbeddings,
    /// Cohere v2 chat.
    CohereChat,
    /// Cohere v2 embed.
    CohereEmbed,
    /// Bedrock `Converse` and `ConverseStream`.
    BedrockConverse,
    /// Bedrock `InvokeModel` and `InvokeModelWithResponseStream`: the model's own bodies.
    BedrockInvoke,
    /// Ollama `/api/chat`.
    OllamaChat,
    /// Ollama `/api/generate`.
    OllamaGenerate,
    /// Ollama `/api/embed`.
    OllamaEmbed,
}

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
}

//! OpenAI Chat Completions. Source: OpenAI API reference, "Create chat completion", "The chat completion
//! object", "The chat completion chunk object".

pub mod answer;
pub mod shapes;
pub mod stream;

pub use answer::{Usage, restore};
pub use shapes::REQUEST;
pub use stream::ChatStream;

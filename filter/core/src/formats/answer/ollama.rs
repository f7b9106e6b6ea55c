//! Answers of Ollama's own API, whole and in lines of the same form. Source: Ollama API documentation,
//! "Generate a chat completion", "Generate a completion", "Generate embeddings".

use crate::json::shape::{ARGUMENTS, STRUCTURE, TEXT, structure};
use crate::json::{Field, Shape, Tag, Types};

/// A message of a chat, whole or in lines.
pub(in super::super) static CHAT: Shape = Shape::object(&[
    structure("model").tagged(Tag::Model),
    structure("created_at").tagged(Tag::Created),
    structure("done").tagged(Tag::Done),
    structure("done_reason"),
    structure("prompt_eval_count").tagged(Tag::InputTokens),
    structure("eval_count").tagged(Tag::OutputTokens),
    structure("logprobs").tagged(Tag::Logprobs),
    Field::new("error", &TEXT).tagged(Tag::Fault),
    Field::new("message", &MESSAGE),
]);
static MESSAGE: Shape = Shape::object(&[
    structure("role"),
    structure("images"),
    Field::new("content", &TEXT).tagged(Tag::GrowingText),
    Field::new("thinking", &TEXT).tagged(Tag::GrowingText),
    Field::new("tool_calls", &Shape::array(&TOOL_CALL, Types::ANY)),
]);
static TOOL_CALL: Shape = Shape::object(&[structure("id"), Field::new("function", &FUNCTION)]);
static FUNCTION: Shape =
    Shape::object(&[structure("name"), structure("index"), Field::new("arguments", &ARGUMENTS)]);

/// A completion, whole or in lines.
pub(in super::super) static GENERATE: Shape = Shape::object(&[
    structure("model").tagged(Tag::Model),
    structure("created_at").tagged(Tag::Created),
    structure("done").tagged(Tag::Done),
    structure("done_reason"),
    structure("prompt_eval_count").tagged(Tag::InputTokens),
    structure("eval_count").tagged(Tag::OutputTokens),
    structure("logprobs").tagged(Tag::Logprobs),
    Field::new("error", &TEXT).tagged(Tag::Fault),
    Field::new("response", &TEXT).tagged(Tag::GrowingText),
    Field::new("thinking", &TEXT).tagged(Tag::GrowingText),
    structure("context"),
    structure("image"),
]);

/// Embeddings.
pub(super) static EMBEDDINGS: Shape = Shape::object(&[
    structure("model"),
    structure("prompt_eval_count").tagged(Tag::InputTokens),
    Field::new("embeddings", &STRUCTURE),
    Field::new("embedding", &STRUCTURE),
]);

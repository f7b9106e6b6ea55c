//! Requests of Ollama's own API: `/api/chat`, `/api/generate`, `/api/embed` and `/api/embeddings`. Source:
//! Ollama API documentation.

use super::json_schema::JSON_SCHEMA;
use super::tool::{TOOL_CALLS, TOOLS};
use crate::json::shape::{DATA, LIST_OR_NULL, TEXT, TEXT_OR_NULL, object, role, structure};
use crate::json::{Field, Shape, Tag, Types};

/// The body of `/api/chat`.
pub(super) static CHAT: Shape = Shape::object(&[
    structure("model").tagged(Tag::Model).typed(Types::STRING).required(),
    Field::new("messages", &MESSAGES).tagged(Tag::Message).typed(LIST_OR_NULL),
    structure("stream").tagged(Tag::Stream).typed(Types::BOOL.or(Types::NULL)),
    Field::new("tools", &TOOLS).tagged(Tag::SystemText).typed(LIST_OR_NULL),
    // `json`, or a schema.
    Field::new("format", &JSON_SCHEMA),
    object("options", &TEXT),
    structure("keep_alive"),
    structure("think"),
]);
static MESSAGES: Shape = Shape::array(&MESSAGE, Types::OBJECT);
static MESSAGE: Shape = Shape::object(&[
    role().typed(Types::STRING).required(),
    Field::new("content", &TEXT).typed(TEXT_OR_NULL),
    Field::new("thinking", &TEXT).typed(TEXT_OR_NULL),
    Field::new("images", &IMAGES).typed(LIST_OR_NULL),
    Field::new("tool_calls", &TOOL_CALLS).typed(LIST_OR_NULL),
    structure("tool_name").typed(TEXT_OR_NULL),
    structure("tool_call_id").typed(TEXT_OR_NULL),
]);
static IMAGES: Shape = Shape::array(&DATA, Types::STRING);

/// The body of `/api/generate`.
pub(super) static GENERATE: Shape = Shape::object(&[
    structure("model").tagged(Tag::Model).typed(Types::STRING).required(),
    Field::new("prompt", &TEXT).typed(TEXT_OR_NULL),
    Field::new("suffix", &TEXT).typed(TEXT_OR_NULL),
    Field::new("system", &TEXT).tagged(Tag::SystemText).typed(TEXT_OR_NULL),
    Field::new("template", &TEXT).tagged(Tag::SystemText).typed(TEXT_OR_NULL),
    Field::new("images", &IMAGES).typed(LIST_OR_NULL),
    structure("stream").tagged(Tag::Stream).typed(Types::BOOL.or(Types::NULL)),
    Field::new("format", &JSON_SCHEMA),
    object("options", &TEXT),
    // Numbers of tokens, as an earlier answer gave them: the provider's own words.
    structure("context").typed(LIST_OR_NULL),
    structure("keep_alive"),
    structure("think"),
]);

/// The body of `/api/embed` (`input`) and `/api/embeddings` (`prompt`).
pub(super) static EMBED: Shape = Shape::object(&[
    structure("model").tagged(Tag::Model).typed(Types::STRING).required(),
    Field::new("input", &Shape::array(&TEXT, Types::STRING)).typed(TEXT_OR_NULL.or(Types::ARRAY)),
    Field::new("prompt", &TEXT).typed(TEXT_OR_NULL),
    object("options", &TEXT),
    structure("keep_alive"),
]);

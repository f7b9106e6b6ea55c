//! Requests of Cohere, version 2: Chat and Embed. Source: Cohere API reference, "Chat" and "Embed" (v2).

use super::json_schema::JSON_SCHEMA;
use super::openai_chat::IMAGE_URL;
use super::tool::{TOOL_CALLS, TOOLS};
use crate::json::shape::{
    EMBEDDED_JSON, LIST_OR_NULL, OBJECT_OR_NULL, STRUCTURE, TEXT, TEXT_OR_NULL, URL, object, role, structure,
};
use crate::json::{Field, Shape, Tag, Types};

/// The body of a request to chat.
pub(super) static CHAT: Shape = Shape::object(&[
    structure("model").tagged(Tag::Model).typed(Types::STRING).required(),
    Field::new("messages", &MESSAGES).tagged(Tag::Message).typed(Types::ARRAY).required(),
    structure("stream").tagged(Tag::Stream).typed(Types::BOOL.or(Types::NULL)),
    Field::new("tools", &TOOLS).tagged(Tag::SystemText).typed(LIST_OR_NULL),
    structure("tool_choice"),
    Field::new("documents", &DOCUMENTS).tagged(Tag::ToolResult).typed(LIST_OR_NULL),
    object("citation_options", &STRUCTURE),
    object("response_format", &RESPONSE_FORMAT),
    structure("safety_mode"),
    object("thinking", &STRUCTURE),
    Field::new("stop_sequences", &TEXT).typed(LIST_OR_NULL),
]);

static MESSAGES: Shape = Shape::array(&MESSAGE, Types::OBJECT);
static MESSAGE: Shape = Shape::object(&[
    role().typed(Types::STRING).required(),
    Field::new("content", &CONTENT).typed(TEXT_OR_NULL.or(Types::ARRAY)),
    structure("tool_call_id").typed(TEXT_OR_NULL),
    Field::new("tool_calls", &TOOL_CALLS).typed(LIST_OR_NULL),
    Field::new("tool_plan", &TEXT).typed(TEXT_OR_NULL),
    Field::new("citations", &CITATIONS).typed(LIST_OR_NULL),
]);
static CONTENT: Shape = Shape::array(&PART, Types::OBJECT);
static PART: Shape = Shape::object(&[
    structure("type"),
    Field::new("text", &TEXT),
    Field::new("image_url", &IMAGE_URL),
    object("document", &DOCUMENT).tagged(Tag::ToolResult),
]);
static CITATIONS: Shape = Shape::array(&Shape::object(&[structure("type")]), Types::ANY);

/// Each a text, or an object whose data is free.
static DOCUMENTS: Shape = Shape::array(&DOCUMENT, Types::STRING.or(Types::OBJECT));
/// The data of a tool's result may be JSON in a string.
static DOCUMENT: Shape = Shape::object(&[Field::new("data", &EMBEDDED_JSON)]);

static RESPONSE_FORMAT: Shape = Shape::object(&[
    structure("type"),
    Field::new("json_schema", &JSON_SCHEMA).typed(OBJECT_OR_NULL),
    Field::new("schema", &JSON_SCHEMA).typed(OBJECT_OR_NULL),
]);

/// The body of a request for embeddings.
pub(super) static EMBED: Shape = Shape::object(&[
    structure("model").tagged(Tag::Model).typed(Types::STRING).required(),
    structure("input_type").typed(Types::STRING).required(),
    Field::new("texts", &Shape::array(&TEXT, Types::STRING)).typed(LIST_OR_NULL),
    Field::new("images", &Shape::array(&URL, Types::STRING)).typed(LIST_OR_NULL),
    Field::new("inputs", &Shape::array(&Shape::object(&[Field::new("content", &CONTENT)]), Types::OBJECT))
        .typed(LIST_OR_NULL),
    structure("embedding_types"),
    structure("truncate"),
]);

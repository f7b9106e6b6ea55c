//! Requests of Anthropic Messages and of its token counting. Sources: Anthropic API reference, "Create a
//! Message", "Count tokens in a Message".
//!
//! Signatures and encrypted thoughts are the provider's own and go back as they came.

use super::json_schema::JSON_SCHEMA;
use super::without_required;
use crate::json::shape::{
    DATA, LIST_OR_NULL, OBJECT_OR_NULL, STRUCTURE, TEXT, URL, object, role, seal, structure,
};
use crate::json::{Field, Shape, Tag, Types};

/// A string or an array.
const TEXT_OR_LIST: Types = Types::STRING.or(Types::ARRAY);

/// The body of a request.
pub(super) static REQUEST: Shape = Shape::object(&FIELDS);
/// The same, of which only the tokens are counted.
pub(super) static COUNT_TOKENS: Shape = Shape::object(&without_required(FIELDS, "max_tokens"));

const FIELDS: [Field; 14] = [
    structure("model").tagged(Tag::Model).typed(Types::STRING).required(),
    Field::new("messages", &MESSAGES).tagged(Tag::Message).typed(Types::ARRAY).required(),
    structure("max_tokens").typed(Types::NUMBER).required(),
    Field::new("system", &BLOCKS).tagged(Tag::SystemText).typed(TEXT_OR_LIST.or(Types::NULL)),
    structure("stream").tagged(Tag::Stream).typed(Types::BOOL.or(Types::NULL)),
    Field::new("tools", &TOOLS).tagged(Tag::SystemText).typed(LIST_OR_NULL),
    structure("tool_choice"),
    object("thinking", &STRUCTURE),
    structure("service_tier"),
    structure("cache_control"),
    structure("container"),
    object("output_config", &OUTPUT_CONFIG),
    Field::new("metadata", &TEXT).typed(OBJECT_OR_NULL),
    Field::new("stop_sequences", &TEXT).typed(LIST_OR_NULL),
];
static OUTPUT_CONFIG: Shape = Shape::object(&[structure("effort"), object("format", &OUTPUT_FORMAT)]);
static OUTPUT_FORMAT: Shape = Shape::object(&[structure("type"), Field::new("schema", &JSON_SCHEMA)]);

static MESSAGES: Shape = Shape::array(&MESSAGE, Types::OBJECT);
static MESSAGE: Shape = Shape::object(&[
    role().typed(Types::STRING).required(),
    Field::new("content", &BLOCKS).typed(TEXT_OR_LIST).required(),
]);

/// Content blocks: text, images, documents, thinking, calls of tools and their results, which hold blocks
/// again.
pub(super) static BLOCKS: Shape = Shape::array(&BLOCK, Types::OBJECT);
static BLOCK: Shape = Shape::object(&BLOCK_FIELDS);
pub(super) static BLOCK_FIELDS: [Field; 18] = [
    structure("type"),
    Field::new("text", &TEXT),
    Field::new("source", &SOURCE).tagged(Tag::ToolResult),
    // `{"enabled": true}` of a document, or what a text cites.
    Field::new("citations", &CITATIONS),
    structure("cache_control"),
    // Thinking.
    Field::new("thinking", &TEXT),
    seal("signature"),
    seal("data"),
    // Calls of tools and their results.
    structure("id"),
    structure("name"),
    structure("tool_use_id"),
    structure("server_name"),
    Field::new("input", &TEXT),
    Field::new("content", &RESULT).tagged(Tag::ToolResult),
    structure("caller"),
    // Search results and files.
    structure("encrypted_content"),
    structure("file_id"),
    structure("page_age"),
];

/// What a tool gave back: blocks, one block, or text.
static RESULT: Shape = Shape { item: Some(&BLOCK), ..Shape::object(&BLOCK_FIELDS) };

/// Where an image or a document comes from; the source of a search result is a string.
static SOURCE: Shape = Shape::object(&[
    structure("type").tagged(Tag::DataKind),
    structure("media_type"),
    Field::new("data", &DATA),
    Field::new("url", &URL),
    Field::new("content", &BLOCKS),
    structure("file_id"),
]);
static CITATIONS: Shape = Shape {
    item: Some(&Shape::object(&[structure("type"), structure("encrypted_index"), structure("file_id")])),
    ..Shape::object(&[structure("enabled")])
};

static TOOLS: Shape = Shape::array(&TOOL, Types::OBJECT);
static TOOL: Shape = Shape::object(&[
    structure("type"),
    structure("name"),
    Field::new("input_schema", &JSON_SCHEMA),
    structure("cache_control"),
    structure("allowed_callers"),
    structure("mcp_server_name"),
]);

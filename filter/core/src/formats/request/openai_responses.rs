//! Requests of OpenAI Responses. Source: OpenAI API reference, "Create a model response".
//!
//! Nothing is required: a stored prompt may name the model and hold the input.

use super::json_schema::JSON_SCHEMA;
use super::openai_chat::{IMAGE_URL, INPUT_AUDIO};
use crate::json::shape::{
    DATA, EMBEDDED_JSON, LIST_OR_NULL, OBJECT_OR_NULL, STRUCTURE, TEXT, TEXT_OR_NULL, URL, object, role,
    seal, structure,
};
use crate::json::{Field, Shape, Tag, Types};

/// A string, an array or null.
const TEXT_LIST_OR_NULL: Types = TEXT_OR_NULL.or(Types::ARRAY);

/// The body of a request.
pub(super) static REQUEST: Shape = Shape::object(&[
    structure("model").tagged(Tag::Model).typed(TEXT_OR_NULL),
    Field::new("input", &ITEMS).tagged(Tag::Message).typed(TEXT_LIST_OR_NULL),
    Field::new("instructions", &ITEMS).tagged(Tag::SystemText).typed(TEXT_LIST_OR_NULL),
    structure("stream").tagged(Tag::Stream).typed(Types::BOOL.or(Types::NULL)),
    Field::new("tools", &TOOLS).tagged(Tag::SystemText).typed(LIST_OR_NULL),
    structure("tool_choice"),
    object("text", &TEXT_OPTIONS),
    object("reasoning", &STRUCTURE),
    object("stream_options", &STRUCTURE),
    structure("include"),
    structure("previous_response_id"),
    structure("conversation"),
    structure("truncation"),
    structure("service_tier"),
    structure("prompt_cache_retention"),
    object("prompt", &PROMPT),
    Field::new("metadata", &TEXT).typed(OBJECT_OR_NULL),
    Field::new("user", &TEXT).typed(TEXT_OR_NULL),
    Field::new("safety_identifier", &TEXT).typed(TEXT_OR_NULL),
    Field::new("prompt_cache_key", &TEXT).typed(TEXT_OR_NULL),
]);

static ITEMS: Shape = Shape::array(&ITEM, Types::OBJECT);
/// A message, a call, its output, reasoning: what kind it is says `type`.
static ITEM: Shape = Shape::object(&[
    structure("type"),
    role(),
    structure("id"),
    structure("call_id"),
    structure("status"),
    structure("name"),
    structure("phase"),
    seal("encrypted_content"),
    structure("server_label"),
    structure("approval_request_id"),
    structure("execution"),
    Field::new("content", &PARTS),
    Field::new("summary", &PARTS),
    Field::new("arguments", &EMBEDDED_JSON),
    Field::new("output", &PARTS).tagged(Tag::ToolResult),
    // The image that an earlier call made.
    Field::new("result", &DATA),
    Field::new("tools", &TOOLS),
    object("action", &Shape::object(&[structure("type"), structure("button")])),
]);

/// Parts of a message, a summary, or an output: an array, one part, or the text itself.
static PARTS: Shape = Shape { item: Some(&PART), ..Shape::object(&PART_FIELDS) };
static PART: Shape = Shape::object(&PART_FIELDS);
static PART_FIELDS: [Field; 9] = [
    structure("type"),
    Field::new("text", &TEXT),
    Field::new("image_url", &IMAGE_URL),
    Field::new("file_data", &DATA),
    Field::new("file_url", &URL),
    structure("file_id"),
    structure("detail"),
    Field::new("input_audio", &INPUT_AUDIO),
    Field::new("annotations", &ANNOTATIONS),
];
static ANNOTATIONS: Shape = Shape::array(
    &Shape::object(&[structure("type"), structure("file_id"), structure("container_id")]),
    Types::ANY,
);

static TOOLS: Shape = Shape::array(&TOOL, Types::OBJECT);
static TOOL: Shape = Shape::object(&[
    structure("type"),
    structure("name"),
    Field::new("parameters", &JSON_SCHEMA).typed(OBJECT_OR_NULL),
    structure("strict"),
    structure("server_label"),
    structure("connector_id"),
    structure("require_approval"),
    structure("allowed_tools"),
    structure("vector_store_ids"),
    structure("ranking_options"),
    structure("search_context_size"),
    structure("container"),
    structure("environment"),
    structure("model"),
    structure("quality"),
    structure("size"),
    structure("background"),
    structure("output_format"),
    structure("moderation"),
    object("format", &Shape::object(&[structure("type"), structure("syntax")])),
]);

static TEXT_OPTIONS: Shape = Shape::object(&[structure("verbosity"), object("format", &FORMAT)]);
static FORMAT: Shape = Shape::object(&[
    structure("type"),
    structure("name"),
    structure("strict"),
    Field::new("schema", &JSON_SCHEMA),
]);
static PROMPT: Shape = Shape::object(&[
    structure("id"),
    structure("version"),
    Field::new("variables", &Shape { rest: Some(&PARTS), ..Shape::object(&[]) }),
]);

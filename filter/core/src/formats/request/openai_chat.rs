//! Requests of OpenAI Chat Completions. Whatever is not named here is text. Source: OpenAI API reference,
//! "Create chat completion".

use super::json_schema::JSON_SCHEMA;
use crate::json::shape::{
    EMBEDDED_JSON, LIST_OR_NULL, OBJECT_OR_NULL, STRUCTURE, TEXT, TEXT_OR_NULL, URL, object, structure,
};
use crate::json::{Field, Shape, Tag, Types};

/// The body of a request.
pub(super) static REQUEST: Shape = Shape::object(&[
    structure("model").tagged(Tag::Model).typed(Types::STRING).required(),
    Field::new("messages", &MESSAGES).typed(Types::ARRAY).required(),
    structure("stream").tagged(Tag::Stream).typed(Types::BOOL.or(Types::NULL)),
    Field::new("tools", &TOOLS).typed(LIST_OR_NULL),
    structure("tool_choice"),
    Field::new("functions", &FUNCTIONS).typed(LIST_OR_NULL),
    structure("function_call"),
    object("response_format", &RESPONSE_FORMAT),
    object("stream_options", &STRUCTURE),
    object("logit_bias", &STRUCTURE),
    structure("modalities"),
    structure("reasoning_effort"),
    structure("verbosity"),
    structure("service_tier"),
    object("audio", &STRUCTURE),
    // Sampling parameters are numbers; anything else there is scanned as text.
    Field::new("metadata", &TEXT).typed(OBJECT_OR_NULL),
    Field::new("user", &TEXT).typed(TEXT_OR_NULL),
    Field::new("stop", &TEXT).typed(TEXT_OR_NULL.or(Types::ARRAY)),
]);

static MESSAGES: Shape = Shape::array(&MESSAGE, Types::OBJECT);
static MESSAGE: Shape = Shape::object(&[
    structure("role").typed(Types::STRING).required(),
    Field::new("content", &CONTENT).typed(TEXT_OR_NULL.or(Types::ARRAY)),
    structure("tool_call_id").typed(TEXT_OR_NULL),
    Field::new("tool_calls", &TOOL_CALLS).typed(LIST_OR_NULL),
    object("function_call", &FUNCTION_CALL),
]);

static CONTENT: Shape = Shape::array(&PART, Types::OBJECT);
static PART: Shape = Shape::object(&[
    structure("type").typed(Types::STRING).required(),
    Field::new("text", &TEXT).typed(Types::STRING),
    object("image_url", &Shape::object(&[Field::new("url", &URL), structure("detail")])),
    object("input_audio", &STRUCTURE),
    object("file", &Shape::object(&[structure("file_data"), structure("file_id")])),
]);

static TOOL_CALLS: Shape = Shape::array(&TOOL_CALL, Types::OBJECT);
static TOOL_CALL: Shape = Shape::object(&[
    structure("id"),
    structure("type"),
    object("function", &FUNCTION_CALL),
    object("custom", &CUSTOM_CALL),
]);
static FUNCTION_CALL: Shape = Shape::object(&[structure("name"), Field::new("arguments", &EMBEDDED_JSON)]);
static CUSTOM_CALL: Shape = Shape::object(&[structure("name")]);

static TOOLS: Shape = Shape::array(&TOOL, Types::OBJECT);
static TOOL: Shape = Shape::object(&[structure("type"), object("function", &FUNCTION)]);
static FUNCTIONS: Shape = Shape::array(&FUNCTION, Types::OBJECT);
static FUNCTION: Shape = Shape::object(&[structure("name"), Field::new("parameters", &JSON_SCHEMA)]);
static RESPONSE_FORMAT: Shape = Shape::object(&[structure("type"), object("json_schema", &NAMED_SCHEMA)]);
static NAMED_SCHEMA: Shape = Shape::object(&[structure("name"), Field::new("schema", &JSON_SCHEMA)]);

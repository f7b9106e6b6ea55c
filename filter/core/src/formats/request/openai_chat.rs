//! Requests of OpenAI Chat Completions, with what Mistral adds to them. Sources: OpenAI API reference,
//! "Create chat completion"; Mistral API reference, "Chat Completion".

use super::tool::{FUNCTION, FUNCTION_CALL, NAMED_SCHEMA, TOOL_CALLS, TOOLS};
use super::without_required;
use crate::json::shape::{
    DATA, LIST_OR_NULL, OBJECT_OR_NULL, STRUCTURE, TEXT, TEXT_OR_NULL, URL, object, role, structure,
};
use crate::json::{Field, Shape, Slot, Tag, Types};

/// The body of a request.
pub(super) static REQUEST: Shape = Shape::object(&FIELDS);
/// The same below a deployment of Azure, whose path names the model.
pub(super) static DEPLOYMENT: Shape = Shape::object(&without_required(FIELDS, "model"));

const FIELDS: [Field; 20] = [
    structure("model").tagged(Tag::Model).typed(Types::STRING).required(),
    Field::new("messages", &MESSAGES).tagged(Tag::Message).typed(Types::ARRAY).required(),
    structure("stream").tagged(Tag::Stream).typed(Types::BOOL.or(Types::NULL)),
    Field::new("tools", &TOOLS).tagged(Tag::SystemText).typed(LIST_OR_NULL),
    structure("tool_choice"),
    Field::new("functions", &FUNCTIONS).tagged(Tag::SystemText).typed(LIST_OR_NULL),
    structure("function_call"),
    object("response_format", &RESPONSE_FORMAT).tagged(Tag::SystemText),
    object("stream_options", &STRUCTURE),
    object("logit_bias", &STRUCTURE),
    structure("modalities"),
    structure("reasoning_effort"),
    structure("verbosity"),
    structure("service_tier"),
    structure("prompt_mode"),
    object("audio", &STRUCTURE),
    // Sampling parameters are numbers; anything else there is scanned as text.
    Field::new("metadata", &TEXT).typed(OBJECT_OR_NULL),
    Field::new("user", &TEXT).typed(TEXT_OR_NULL),
    Field::new("stop", &TEXT).typed(TEXT_OR_NULL.or(Types::ARRAY)),
    structure("prompt_cache_retention"),
];

static MESSAGES: Shape = Shape::array(&MESSAGE, Types::OBJECT);
static MESSAGE: Shape = Shape::object(&[
    role().typed(Types::STRING).required(),
    Field::new("content", &CONTENT).typed(TEXT_OR_NULL.or(Types::ARRAY)),
    structure("tool_call_id").typed(TEXT_OR_NULL),
    Field::new("tool_calls", &TOOL_CALLS).typed(LIST_OR_NULL),
    object("function_call", &FUNCTION_CALL),
    structure("cache_control"),
]);

static CONTENT: Shape = Shape::array(&PART, Types::OBJECT);
static PART: Shape = Shape::object(&[
    structure("type").typed(Types::STRING).required(),
    Field::new("text", &TEXT).typed(Types::STRING),
    Field::new("image_url", &IMAGE_URL),
    Field::new("document_url", &URL),
    Field::new("input_audio", &INPUT_AUDIO),
    object("file", &Shape::object(&[Field::new("file_data", &DATA), structure("file_id")]))
        .tagged(Tag::ToolResult),
    structure("file_id"),
    structure("cache_control"),
]);
/// An object, or (Mistral) the address itself.
pub(super) static IMAGE_URL: Shape =
    Shape::object(&[Field::new("url", &URL), structure("detail")]).or_string(Slot::Url);
/// An object, or (Mistral) the data itself.
pub(super) static INPUT_AUDIO: Shape =
    Shape::object(&[Field::new("data", &DATA), structure("format")]).or_string(Slot::Data);

static FUNCTIONS: Shape = Shape::array(&FUNCTION, Types::OBJECT);
static RESPONSE_FORMAT: Shape = Shape::object(&[structure("type"), object("json_schema", &NAMED_SCHEMA)]);

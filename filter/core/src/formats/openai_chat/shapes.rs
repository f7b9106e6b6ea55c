//! What stands where in requests and answers of Chat Completions. Whatever is not named here is text.

use crate::json::shape::{EMBEDDED_JSON, STRUCTURE, TEXT, URL};
use crate::json::{Field, Shape, Slot, Tag, Types};

const TEXT_OR_NULL: Types = Types::STRING.or(Types::NULL);
const LIST_OR_NULL: Types = Types::ARRAY.or(Types::NULL);
const OBJECT_OR_NULL: Types = Types::OBJECT.or(Types::NULL);

/// A member that is structure.
const fn structure(name: &'static str) -> Field {
    Field::new(name, &STRUCTURE)
}

/// A member that holds an object of `shape`.
const fn object(name: &'static str, shape: &'static Shape) -> Field {
    Field::new(name, shape).typed(OBJECT_OR_NULL)
}

/// The body of a request.
pub static REQUEST: Shape = Shape::object(&[
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

/// A JSON Schema (2020-12): its words are structure, its descriptions, defaults and examples are text.
static JSON_SCHEMA: Shape = Shape {
    rest: Some(&JSON_SCHEMA),
    ..Shape::object(&[
        structure("type"),
        structure("format"),
        structure("enum"),
        structure("const"),
        structure("required"),
        structure("pattern"),
        structure("$ref"),
        structure("$schema"),
        structure("$id"),
        Field::new("properties", &SCHEMA_MAP),
        Field::new("patternProperties", &SCHEMA_MAP),
        Field::new("$defs", &SCHEMA_MAP),
        Field::new("definitions", &SCHEMA_MAP),
        Field::new("description", &TEXT),
        Field::new("title", &TEXT),
        Field::new("default", &TEXT),
        Field::new("examples", &TEXT),
    ])
};
/// Schemas by the names of properties.
static SCHEMA_MAP: Shape = Shape { rest: Some(&JSON_SCHEMA), ..Shape::leaf(Slot::Text) };

/// The body of a whole answer, and of an error.
pub static ANSWER: Shape = Shape::object(&[
    structure("id").tagged(Tag::Id),
    structure("object"),
    structure("created").tagged(Tag::Created),
    structure("model").tagged(Tag::Model),
    structure("system_fingerprint"),
    structure("service_tier"),
    Field::new("choices", &CHOICES),
    Field::new("usage", &USAGE),
]);

static CHOICES: Shape = Shape::array(&CHOICE, Types::ANY);
static CHOICE: Shape = Shape::object(&[
    structure("index").tagged(Tag::ChoiceIndex),
    structure("finish_reason").tagged(Tag::FinishReason),
    Field::new("message", &ANSWER_MESSAGE),
    Field::new("delta", &DELTA),
    structure("logprobs"),
]);

static ANSWER_MESSAGE: Shape = Shape::object(&[
    structure("role"),
    Field::new("tool_calls", &ANSWER_TOOL_CALLS),
    Field::new("function_call", &FUNCTION_CALL),
]);
static ANSWER_TOOL_CALLS: Shape = Shape::array(&TOOL_CALL, Types::ANY);

/// Every string directly below `delta` grows, save the role.
static DELTA: Shape = Shape {
    rest_tag: Tag::GrowingText,
    ..Shape::object(&[
        structure("role"),
        Field::new("tool_calls", &DELTA_TOOL_CALLS),
        Field::new("function_call", &DELTA_FUNCTION_CALL),
    ])
};
static DELTA_TOOL_CALLS: Shape = Shape::array(
    &Shape::object(&[
        structure("index").tagged(Tag::ToolIndex),
        structure("id"),
        structure("type"),
        Field::new(
            "function",
            &Shape::object(&[
                structure("name"),
                Field::new("arguments", &EMBEDDED_JSON).tagged(Tag::GrowingToolArguments),
            ]),
        ),
        Field::new(
            "custom",
            &Shape::object(&[structure("name"), Field::new("input", &TEXT).tagged(Tag::GrowingToolInput)]),
        ),
    ]),
    Types::ANY,
);
static DELTA_FUNCTION_CALL: Shape = Shape::object(&[
    structure("name"),
    Field::new("arguments", &EMBEDDED_JSON).tagged(Tag::GrowingFunctionArguments),
]);

/// Token counts; their details are structure.
static USAGE: Shape = Shape {
    rest: Some(&STRUCTURE),
    ..Shape::object(&[
        structure("prompt_tokens").tagged(Tag::InputTokens),
        structure("completion_tokens").tagged(Tag::OutputTokens),
    ])
};

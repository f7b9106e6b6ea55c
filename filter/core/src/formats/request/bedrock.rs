//! Requests of Amazon Bedrock Runtime: Converse and ConverseStream, InvokeModel and its stream. Sources:
//! Amazon Bedrock API reference, "Converse", "ContentBlock", "InvokeModel"; user guide, "Inference request
//! parameters and response fields for foundation models".
//!
//! InvokeModel takes the body of the model's maker. Its shape is that of Anthropic Messages and of Amazon
//! Nova together; what other makers name (`prompt`, `inputText`, `message`) is text, as everything is that
//! is not named. Nothing is required there.

use super::anthropic_messages::BLOCK_FIELDS;
use super::both;
use super::json_schema::JSON_SCHEMA;
use crate::json::shape::{
    DATA, EMBEDDED_JSON, OBJECT_OR_NULL, STRUCTURE, TEXT, object, role, seal, structure,
};
use crate::json::{Field, Shape, Tag, Types};

/// The body of Converse and ConverseStream.
pub(super) static CONVERSE: Shape = Shape::object(&[
    Field::new("messages", &MESSAGES).tagged(Tag::Message).typed(Types::ARRAY.or(Types::NULL)),
    Field::new("system", &BLOCKS).tagged(Tag::SystemText).typed(Types::ARRAY.or(Types::NULL)),
    object("inferenceConfig", &TEXT),
    object("toolConfig", &TOOL_CONFIG).tagged(Tag::SystemText),
    object("guardrailConfig", &STRUCTURE),
    object("additionalModelRequestFields", &TEXT),
    structure("additionalModelResponseFieldPaths"),
    object("promptVariables", &TEXT),
    object("requestMetadata", &TEXT),
    object("performanceConfig", &STRUCTURE),
    object("serviceTier", &STRUCTURE),
    object("outputConfig", &OUTPUT_CONFIG),
]);

static MESSAGES: Shape = Shape::array(&MESSAGE, Types::OBJECT);
static MESSAGE: Shape = Shape::object(&[
    role().typed(Types::STRING).required(),
    Field::new("content", &BLOCKS).typed(Types::ARRAY).required(),
]);

/// Content blocks; results of tools hold blocks again.
static BLOCKS: Shape = Shape::array(&BLOCK, Types::OBJECT);
static BLOCK: Shape = Shape::object(&CONVERSE_FIELDS);
static CONVERSE_FIELDS: [Field; 11] = [
    Field::new("text", &TEXT),
    object("image", &MEDIA),
    object("document", &MEDIA).tagged(Tag::ToolResult),
    object("video", &MEDIA),
    object("audio", &MEDIA),
    object("toolUse", &TOOL_USE),
    object("toolResult", &TOOL_RESULT).tagged(Tag::ToolResult),
    object("guardContent", &GUARD_CONTENT),
    object("reasoningContent", &REASONING),
    object("citationsContent", &CITATIONS_CONTENT),
    object("cachePoint", &STRUCTURE),
];

/// An image, a document, a video or a sound: its `format` says what the bytes of its source are.
static MEDIA: Shape =
    Shape::object(&[structure("format"), object("source", &MEDIA_SOURCE), object("citations", &STRUCTURE)]);
static MEDIA_SOURCE: Shape = Shape::object(&[
    Field::new("bytes", &DATA),
    Field::new("content", &BLOCKS),
    object("s3Location", &STRUCTURE),
]);
static TOOL_USE: Shape = Shape::object(&[
    structure("toolUseId"),
    structure("name"),
    structure("type"),
    Field::new("input", &TEXT),
]);
static TOOL_RESULT: Shape = Shape::object(&[
    structure("toolUseId"),
    structure("status"),
    structure("type"),
    Field::new("content", &BLOCKS),
]);
static GUARD_CONTENT: Shape =
    Shape::object(&[object("text", &Shape::object(&[structure("qualifiers")])), object("image", &MEDIA)]);
static REASONING: Shape =
    Shape::object(&[object("reasoningText", &Shape::object(&[seal("signature")])), seal("redactedContent")]);
static CITATIONS_CONTENT: Shape = Shape::object(&[Field::new("content", &BLOCKS)]);

static TOOL_CONFIG: Shape = Shape::object(&[
    Field::new("tools", &Shape::array(&TOOL, Types::OBJECT)),
    object("toolChoice", &STRUCTURE),
]);
static TOOL: Shape = Shape::object(&[
    object("toolSpec", &TOOL_SPEC),
    object("systemTool", &STRUCTURE),
    object("cachePoint", &STRUCTURE),
]);
static TOOL_SPEC: Shape = Shape::object(&[
    structure("name"),
    object("inputSchema", &Shape::object(&[Field::new("json", &JSON_SCHEMA)])),
    structure("strict"),
]);

/// The schema of a structured answer is JSON in a string.
static OUTPUT_CONFIG: Shape = Shape::object(&[object(
    "textFormat",
    &Shape::object(&[
        structure("type"),
        object(
            "structure",
            &Shape::object(&[object(
                "jsonSchema",
                &Shape::object(&[structure("name"), Field::new("schema", &EMBEDDED_JSON)]),
            )]),
        ),
    ]),
)]);

/// The body of InvokeModel, whoever made the model.
pub(super) static INVOKE: Shape = Shape::object(&[
    structure("anthropic_version"),
    structure("anthropic_beta"),
    structure("schemaVersion"),
    structure("taskType"),
    structure("tool_choice"),
    structure("input_type"),
    structure("embedding_types"),
    structure("truncate"),
    object("thinking", &STRUCTURE),
    Field::new("messages", &MAKERS_MESSAGES).tagged(Tag::Message),
    Field::new("system", &MAKERS_BLOCKS).tagged(Tag::SystemText),
    Field::new("tools", &MAKERS_TOOLS).tagged(Tag::SystemText),
    object("toolConfig", &TOOL_CONFIG).tagged(Tag::SystemText),
    Field::new("metadata", &TEXT).typed(OBJECT_OR_NULL),
    // Pictures of Amazon's own models.
    Field::new("inputImage", &DATA),
    Field::new("images", &Shape::array(&DATA, Types::ANY)),
]);
static MAKERS_MESSAGES: Shape = Shape::array(&MAKERS_MESSAGE, Types::ANY);
static MAKERS_MESSAGE: Shape =
    Shape::object(&[role(), structure("tool_call_id"), Field::new("content", &MAKERS_BLOCKS)]);
static MAKERS_BLOCKS: Shape = Shape::array(&MAKERS_BLOCK, Types::ANY);
static MAKERS_BLOCK: Shape = Shape::object(&both::<18, 11, 29>(&BLOCK_FIELDS, &CONVERSE_FIELDS));
static MAKERS_TOOLS: Shape = Shape::array(
    &Shape::object(&[
        structure("type"),
        structure("name"),
        Field::new("input_schema", &JSON_SCHEMA),
        Field::new("function", &super::tool::FUNCTION),
        structure("cache_control"),
    ]),
    Types::ANY,
);

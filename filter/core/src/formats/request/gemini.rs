//! Requests of the Gemini API: `generateContent`, `streamGenerateContent`, `countTokens`, `embedContent` and
//! `batchEmbedContents`. Source: Gemini API reference, "Generating content", "Counting tokens",
//! "Embeddings", "Content".
//!
//! The API reads the JSON form of protocol buffers, which takes every name in `camelCase` and in
//! `snake_case`; so both are declared.

use super::json_schema::JSON_SCHEMA;
use super::{both, without_required};
use crate::json::shape::{
    DATA, LIST_OR_NULL, OBJECT_OR_NULL, STRUCTURE, TEXT, TEXT_OR_NULL, URL, object, role, seal, structure,
};
use crate::json::{Field, Shape, Tag, Types};

/// The body of `generateContent` and `streamGenerateContent`.
pub(super) static GENERATE: Shape = Shape::object(&FIELDS);
/// The body of `countTokens`: contents, or a whole request to generate.
pub(super) static COUNT_TOKENS: Shape = Shape::object(&both::<13, 2, 15>(&CONTENTS_FIELDS, &WHOLE_REQUEST));

const FIELDS: [Field; 13] = [
    structure("model").tagged(Tag::Model).typed(TEXT_OR_NULL),
    Field::new("contents", &CONTENTS).tagged(Tag::Message).typed(Types::ARRAY).required(),
    Field::new("systemInstruction", &CONTENT).tagged(Tag::SystemText),
    Field::new("system_instruction", &CONTENT).tagged(Tag::SystemText),
    Field::new("tools", &TOOLS).tagged(Tag::SystemText),
    object("toolConfig", &STRUCTURE),
    object("tool_config", &STRUCTURE),
    Field::new("safetySettings", &STRUCTURE).typed(LIST_OR_NULL),
    Field::new("safety_settings", &STRUCTURE).typed(LIST_OR_NULL),
    object("generationConfig", &GENERATION_CONFIG),
    object("generation_config", &GENERATION_CONFIG),
    structure("cachedContent").typed(TEXT_OR_NULL),
    structure("cached_content").typed(TEXT_OR_NULL),
];
static CONTENTS_FIELDS: [Field; 13] = without_required(FIELDS, "contents");
static WHOLE_REQUEST: [Field; 2] =
    [object("generateContentRequest", &GENERATE), object("generate_content_request", &GENERATE)];

static CONTENTS: Shape = Shape::array(&CONTENT, Types::OBJECT);
static CONTENT: Shape = Shape::object(&[role(), Field::new("parts", &PARTS)]);
/// An array of parts; a part alone is taken for one of one.
static PARTS: Shape = Shape { item: Some(&PART), ..Shape::object(&PART_FIELDS) };
static PART: Shape = Shape::object(&PART_FIELDS);
static PART_FIELDS: [Field; 16] = [
    Field::new("text", &TEXT).typed(TEXT_OR_NULL),
    structure("thought"),
    seal("thoughtSignature"),
    seal("thought_signature"),
    object("inlineData", &BLOB),
    object("inline_data", &BLOB),
    object("fileData", &FILE),
    object("file_data", &FILE),
    object("functionCall", &CALL),
    object("function_call", &CALL),
    object("functionResponse", &RESPONSE).tagged(Tag::ToolResult),
    object("function_response", &RESPONSE).tagged(Tag::ToolResult),
    object("executableCode", &CODE),
    object("executable_code", &CODE),
    object("codeExecutionResult", &CODE).tagged(Tag::ToolResult),
    object("code_execution_result", &CODE).tagged(Tag::ToolResult),
];
static BLOB: Shape =
    Shape::object(&[structure("mimeType"), structure("mime_type"), Field::new("data", &DATA)]);
static FILE: Shape = Shape::object(&[
    structure("mimeType"),
    structure("mime_type"),
    Field::new("fileUri", &URL),
    Field::new("file_uri", &URL),
]);
static CALL: Shape = Shape::object(&[structure("id"), structure("name"), Field::new("args", &TEXT)]);
static RESPONSE: Shape = Shape::object(&[
    structure("id"),
    structure("name"),
    structure("scheduling"),
    Field::new("response", &TEXT),
    Field::new("parts", &PARTS),
]);
static CODE: Shape = Shape::object(&[structure("language"), structure("outcome")]);

/// An array of tools; a tool alone is taken for one of one.
static TOOLS: Shape = Shape { item: Some(&TOOL), ..Shape::object(&TOOL_FIELDS) };
static TOOL: Shape = Shape::object(&TOOL_FIELDS);
static TOOL_FIELDS: [Field; 12] = [
    Field::new("functionDeclarations", &DECLARATIONS),
    Field::new("function_declarations", &DECLARATIONS),
    object("googleSearch", &STRUCTURE),
    object("google_search", &STRUCTURE),
    object("googleSearchRetrieval", &STRUCTURE),
    object("google_search_retrieval", &STRUCTURE),
    object("codeExecution", &STRUCTURE),
    object("code_execution", &STRUCTURE),
    object("urlContext", &STRUCTURE),
    object("url_context", &STRUCTURE),
    object("computerUse", &STRUCTURE),
    object("computer_use", &STRUCTURE),
];
static DECLARATIONS: Shape = Shape { item: Some(&DECLARATION), ..Shape::object(&DECLARATION_FIELDS) };
static DECLARATION: Shape = Shape::object(&DECLARATION_FIELDS);
static DECLARATION_FIELDS: [Field; 7] = [
    structure("name"),
    structure("behavior"),
    Field::new("parameters", &JSON_SCHEMA),
    Field::new("parametersJsonSchema", &JSON_SCHEMA),
    Field::new("parameters_json_schema", &JSON_SCHEMA),
    Field::new("response", &JSON_SCHEMA),
    Field::new("responseJsonSchema", &JSON_SCHEMA),
];

/// Its numbers need no name; stop sequences and whatever else is not named is text.
static GENERATION_CONFIG: Shape = Shape::object(&[
    structure("responseMimeType"),
    structure("response_mime_type"),
    Field::new("responseSchema", &JSON_SCHEMA),
    Field::new("response_schema", &JSON_SCHEMA),
    Field::new("responseJsonSchema", &JSON_SCHEMA),
    Field::new("response_json_schema", &JSON_SCHEMA),
    structure("responseModalities"),
    structure("response_modalities"),
    structure("speechConfig"),
    structure("speech_config"),
    structure("thinkingConfig"),
    structure("thinking_config"),
    structure("imageConfig"),
    structure("image_config"),
    structure("mediaResolution"),
    structure("media_resolution"),
]);

/// The body of `embedContent`.
pub(super) static EMBED: Shape = Shape::object(&EMBED_FIELDS);
static EMBED_FIELDS: [Field; 5] = [
    structure("model").tagged(Tag::Model).typed(TEXT_OR_NULL),
    Field::new("content", &CONTENT).typed(Types::OBJECT).required(),
    structure("taskType"),
    structure("task_type"),
    Field::new("title", &TEXT).typed(TEXT_OR_NULL),
];
/// The body of `batchEmbedContents`.
pub(super) static EMBED_BATCH: Shape = Shape::object(&[
    Field::new("requests", &Shape::array(&EMBED, Types::OBJECT)).typed(Types::ARRAY).required(),
    Field::new("metadata", &TEXT).typed(OBJECT_OR_NULL),
]);

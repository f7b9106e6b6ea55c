//! Tools and their calls as OpenAI writes them; Cohere, Mistral and Ollama do the same.

use super::json_schema::JSON_SCHEMA;
use crate::json::shape::{EMBEDDED_JSON, OBJECT_OR_NULL, object, seal, structure};
use crate::json::{Field, Shape, Types};

/// `[{type, function: {name, description, parameters}}]`
pub(super) static TOOLS: Shape = Shape::array(&TOOL, Types::OBJECT);
static TOOL: Shape = Shape::object(&[
    structure("type"),
    object("function", &FUNCTION),
    object("custom", &CUSTOM_TOOL),
    structure("cache_control"),
]);
static CUSTOM_TOOL: Shape = Shape::object(&[structure("name")]);

/// `{name, description, parameters}`
pub(super) static FUNCTION: Shape = Shape::object(&[
    structure("name"),
    Field::new("parameters", &JSON_SCHEMA).typed(OBJECT_OR_NULL),
    structure("strict"),
]);

/// `[{id, type, function: {name, arguments}}]`; arguments are JSON in a string, or (Ollama) an object.
pub(super) static TOOL_CALLS: Shape = Shape::array(&TOOL_CALL, Types::OBJECT);
static TOOL_CALL: Shape = Shape::object(&[
    structure("id"),
    structure("type"),
    object("function", &FUNCTION_CALL),
    object("custom", &CUSTOM_CALL),
    object("extra_content", &EXTRA_CONTENT),
]);
/// Where Google has its seal in Chat Completions ("Thought signatures").
static EXTRA_CONTENT: Shape =
    Shape::object(&[object("google", &Shape::object(&[seal("thought_signature")]))]);
static CUSTOM_CALL: Shape = Shape::object(&[structure("name")]);

/// `{name, arguments}`
pub(super) static FUNCTION_CALL: Shape =
    Shape::object(&[structure("name"), Field::new("arguments", &EMBEDDED_JSON)]);

/// `{name, description, schema, strict}`
pub(super) static NAMED_SCHEMA: Shape =
    Shape::object(&[structure("name"), Field::new("schema", &JSON_SCHEMA), structure("strict")]);

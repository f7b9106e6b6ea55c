//! Answers of Anthropic Messages and the events of their streams. Source: Anthropic API reference,
//! "Messages", "Streaming messages".

use crate::json::shape::{ARGUMENTS, EMBEDDED_JSON, STRUCTURE, TEXT, structure};
use crate::json::{Field, Shape, Tag, Types};

/// A message, and the body of an error.
pub(super) static ANSWER: Shape = Shape::object(&[
    structure("id"),
    structure("type"),
    structure("role"),
    structure("model"),
    structure("stop_reason"),
    structure("container"),
    Field::new("content", &BLOCKS),
    Field::new("usage", &USAGE),
    Field::new("error", &ERROR).tagged(Tag::Fault),
]);
pub(super) static ERROR: Shape = Shape::object(&[structure("type")]);

pub(super) static BLOCKS: Shape = Shape::array(&BLOCK, Types::ANY);
/// A block of content, or of what a tool of the provider gave back.
static BLOCK: Shape = Shape::object(&[
    structure("id"),
    structure("type"),
    structure("name"),
    structure("tool_use_id"),
    structure("server_name"),
    structure("signature"),
    structure("data"),
    structure("encrypted_content"),
    structure("error_code"),
    Field::new("input", &ARGUMENTS),
    Field::new("content", &BLOCKS),
    Field::new("citations", &CITATIONS),
]);
/// The beginning of a block.
pub(super) static FIRST: Shape = Shape::object(&[
    structure("id"),
    structure("type"),
    structure("name"),
    structure("tool_use_id"),
    structure("server_name"),
    structure("signature"),
    structure("data"),
    structure("encrypted_content"),
    structure("error_code"),
    Field::new("text", &TEXT).tagged(Tag::GrowingText),
    Field::new("thinking", &TEXT).tagged(Tag::GrowingText),
    Field::new("input", &ARGUMENTS),
    Field::new("content", &BLOCKS),
    Field::new("citations", &CITATIONS),
]);
static CITATIONS: Shape = Shape::array(&CITATION, Types::ANY);
static CITATION: Shape =
    Shape::object(&[structure("type"), structure("file_id"), structure("encrypted_index")]);

pub(super) static USAGE: Shape = Shape {
    rest: Some(&STRUCTURE),
    ..Shape::object(&[
        structure("input_tokens").tagged(Tag::InputTokens),
        structure("output_tokens").tagged(Tag::OutputTokens),
    ])
};

/// An event of a stream.
pub(in super::super) static EVENT: Shape = Shape::object(&[
    structure("type").tagged(Tag::Kind),
    structure("index").tagged(Tag::ItemIndex),
    Field::new("message", &ANSWER),
    Field::new("content_block", &FIRST),
    Field::new("delta", &DELTA),
    Field::new("usage", &USAGE),
    Field::new("error", &ERROR).tagged(Tag::Fault),
]);
/// Every string directly below `delta` grows that is not named here.
pub(super) static DELTA: Shape = Shape {
    rest_tag: Tag::GrowingText,
    ..Shape::object(&[
        structure("type").tagged(Tag::PartKind),
        structure("signature"),
        structure("data"),
        structure("stop_reason"),
        structure("container"),
        // It ends with its event: one of the request's own.
        Field::new("stop_sequence", &TEXT),
        // A piece of the JSON of a tool's input.
        Field::new("partial_json", &EMBEDDED_JSON).tagged(Tag::GrowingToolArguments),
        Field::new("citation", &CITATION),
    ])
};

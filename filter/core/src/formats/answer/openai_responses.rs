//! Answers of OpenAI Responses: the response, whole or within events, and the events of its stream. What
//! the request said (`instructions`, `tools`, `metadata`) is repeated in it and comes back restored.
//! Source: OpenAI API reference, "The response object", "Streaming events".

use super::openai_chat::ERROR;
use crate::json::shape::{EMBEDDED_JSON, STRUCTURE, TEXT, structure};
use crate::json::{Field, Shape, Tag, Types};

/// A response, and the body of an error.
pub(super) static ANSWER: Shape = Shape::object(&[
    structure("id"),
    structure("object"),
    structure("status"),
    structure("model"),
    structure("created_at"),
    structure("previous_response_id"),
    structure("service_tier"),
    structure("truncation"),
    structure("tool_choice"),
    structure("prompt_cache_key"),
    structure("reasoning"),
    Field::new("incomplete_details", &STRUCTURE),
    Field::new("text", &TEXT_FORMAT),
    Field::new("output", &ITEMS),
    Field::new("tools", &TOOLS),
    Field::new("usage", &USAGE),
    Field::new("error", &ERROR).tagged(Tag::Fault),
]);

/// The answer's form: names are structure, what a schema says is text.
static TEXT_FORMAT: Shape = Shape::object(&[
    structure("verbosity"),
    Field::new("format", &Shape::object(&[structure("type"), structure("name")])),
]);
static TOOLS: Shape = Shape::array(
    &Shape::object(&[structure("type"), structure("name"), structure("server_label"), structure("strict")]),
    Types::ANY,
);

static ITEMS: Shape = Shape::array(&ITEM, Types::ANY);
/// A message, reasoning, a call of a tool, or what a tool gave back.
static ITEM: Shape = Shape::object(&[
    structure("id"),
    structure("type"),
    structure("status"),
    structure("role"),
    structure("call_id"),
    structure("name"),
    structure("server_label"),
    structure("container_id"),
    structure("approval_request_id"),
    structure("encrypted_content"),
    // An image in base64; what other tools gave back stands in `output` and `results`.
    structure("result"),
    Field::new("arguments", &EMBEDDED_JSON),
    Field::new("content", &PARTS),
    Field::new("summary", &PARTS),
]);
static PARTS: Shape = Shape::array(&PART, Types::ANY);
static PART: Shape = Shape::object(&[
    structure("type"),
    Field::new("annotations", &ANNOTATIONS),
    structure("logprobs").tagged(Tag::Logprobs),
]);
static ANNOTATIONS: Shape = Shape::array(&ANNOTATION, Types::ANY);
static ANNOTATION: Shape = Shape::object(&[
    structure("type"),
    structure("file_id"),
    structure("container_id"),
    structure("index"),
    structure("start_index"),
    structure("end_index"),
]);

static USAGE: Shape = Shape {
    rest: Some(&STRUCTURE),
    ..Shape::object(&[
        structure("input_tokens").tagged(Tag::InputTokens),
        structure("output_tokens").tagged(Tag::OutputTokens),
    ])
};

/// An event of a stream. `delta` grows, whatever the event's type; the same strings come again, whole, in
/// the events that end them.
pub(in super::super) static EVENT: Shape = Shape::object(&[
    structure("type").tagged(Tag::Kind),
    structure("sequence_number").tagged(Tag::SequenceNumber),
    structure("item_id").tagged(Tag::ItemId),
    structure("output_index").tagged(Tag::ItemIndex),
    structure("content_index").tagged(Tag::PartIndex),
    structure("summary_index").tagged(Tag::ToolIndex),
    structure("annotation_index"),
    structure("obfuscation"),
    structure("name"),
    structure("partial_image_b64"),
    structure("partial_image_index"),
    Field::new("delta", &TEXT).tagged(Tag::GrowingText),
    Field::new("arguments", &EMBEDDED_JSON),
    Field::new("annotation", &ANNOTATION),
    Field::new("item", &ITEM),
    Field::new("part", &PART),
    Field::new("response", &ANSWER),
    structure("logprobs").tagged(Tag::Logprobs),
    Field::new("error", &ERROR).tagged(Tag::Fault),
]);

//! Answers of Cohere v2 and the events of their streams. Source: Cohere API reference, "Chat", "Chat with
//! streaming", "Embed" (v2).

use crate::json::shape::{EMBEDDED_JSON, STRUCTURE, TEXT, structure};
use crate::json::{Field, Shape, Tag, Types};

/// A message, and the body of an error.
pub(super) static ANSWER: Shape = Shape::object(&[
    structure("id"),
    structure("finish_reason"),
    Field::new("message", &MESSAGE),
    Field::new("usage", &USAGE),
    structure("logprobs").tagged(Tag::Logprobs),
]);
static MESSAGE: Shape = Shape::object(&[
    structure("role"),
    Field::new("content", &CONTENT),
    Field::new("tool_calls", &TOOL_CALLS),
    Field::new("tool_plan", &TEXT).tagged(Tag::GrowingText),
    Field::new("citations", &CITATIONS),
]);
/// A part, or an array of them.
static CONTENT: Shape = Shape { item: Some(&PART), item_types: Types::ANY, ..Shape::object(PART_FIELDS) };
static PART: Shape = Shape::object(PART_FIELDS);
const PART_FIELDS: &[Field] = &[
    structure("type"),
    Field::new("text", &TEXT).tagged(Tag::GrowingText),
    Field::new("thinking", &TEXT).tagged(Tag::GrowingText),
];
/// A call, or an array of them.
static TOOL_CALLS: Shape = Shape { item: Some(&TOOL_CALL), ..Shape::object(TOOL_CALL_FIELDS) };
static TOOL_CALL: Shape = Shape::object(TOOL_CALL_FIELDS);
const TOOL_CALL_FIELDS: &[Field] =
    &[structure("id"), structure("type"), Field::new("function", &FUNCTION_CALL)];
static FUNCTION_CALL: Shape = Shape::object(&[
    structure("name"),
    Field::new("arguments", &EMBEDDED_JSON).tagged(Tag::GrowingToolArguments),
]);
/// A citation, or an array of them.
static CITATIONS: Shape = Shape { item: Some(&CITATION), ..Shape::object(CITATION_FIELDS) };
static CITATION: Shape = Shape::object(CITATION_FIELDS);
const CITATION_FIELDS: &[Field] = &[structure("type"), structure("start"), structure("end")];

static USAGE: Shape = Shape {
    rest: Some(&STRUCTURE),
    ..Shape::object(&[Field::new(
        "tokens",
        &Shape::object(&[
            structure("input_tokens").tagged(Tag::InputTokens),
            structure("output_tokens").tagged(Tag::OutputTokens),
        ]),
    )])
};

/// An event of a stream.
pub(in super::super) static EVENT: Shape = Shape::object(&[
    structure("id"),
    structure("type").tagged(Tag::Kind),
    structure("index").tagged(Tag::ItemIndex),
    Field::new(
        "delta",
        &Shape::object(&[
            structure("finish_reason"),
            Field::new("message", &MESSAGE),
            Field::new("usage", &USAGE),
            Field::new("error", &TEXT).tagged(Tag::Fault),
        ]),
    ),
    structure("logprobs").tagged(Tag::Logprobs),
]);

/// Embeddings, with the texts that they stand for.
pub(super) static EMBEDDINGS: Shape = Shape::object(&[
    structure("id"),
    structure("response_type"),
    Field::new("embeddings", &STRUCTURE),
    Field::new("meta", &META),
]);
static META: Shape = Shape {
    rest: Some(&STRUCTURE),
    ..Shape::object(&[Field::new(
        "billed_units",
        &Shape::object(&[structure("input_tokens").tagged(Tag::InputTokens)]),
    )])
};

//! Answers of OpenAI Chat Completions, whole and in chunks. Whatever is not named here is text. Source:
//! OpenAI API reference, "The chat completion object", "The chat completion chunk object"; content in
//! parts as Mistral sends it ("Reasoning"), details of the reasoning as OpenRouter does ("Reasoning tokens").

use crate::json::shape::{EMBEDDED_JSON, STRUCTURE, TEXT, object, structure};
use crate::json::{Field, Shape, Slot, Tag, Types};

/// The body of a whole answer, of a chunk, and of an error.
pub(in super::super) static ANSWER: Shape = Shape::object(&[
    structure("id").tagged(Tag::Id),
    structure("object"),
    structure("created").tagged(Tag::Created),
    structure("model").tagged(Tag::Model),
    structure("system_fingerprint"),
    structure("service_tier"),
    structure("obfuscation"),
    Field::new("choices", &CHOICES),
    Field::new("usage", &USAGE),
    Field::new("error", &ERROR).tagged(Tag::Fault),
]);

/// An error in the place of an answer.
pub(super) static ERROR: Shape = Shape::object(&[structure("type"), structure("code"), structure("status")]);

pub(super) static CHOICES: Shape = Shape::array(&CHOICE, Types::ANY);
static CHOICE: Shape = Shape::object(&[
    structure("index").tagged(Tag::ChoiceIndex),
    structure("finish_reason").tagged(Tag::FinishReason),
    Field::new("message", &ANSWER_MESSAGE),
    Field::new("delta", &DELTA),
    structure("logprobs").tagged(Tag::Logprobs),
]);

static TOOL_CALL: Shape = Shape::object(&[
    structure("id"),
    structure("type"),
    object("function", &FUNCTION_CALL),
    object("custom", &CUSTOM_CALL),
]);
static FUNCTION_CALL: Shape = Shape::object(&[structure("name"), Field::new("arguments", &EMBEDDED_JSON)]);
static CUSTOM_CALL: Shape = Shape::object(&[structure("name")]);

pub(super) static ANSWER_MESSAGE: Shape = Shape::object(&[
    structure("role"),
    Field::new("reasoning_details", &DELTA_DETAILS),
    Field::new("audio", &AUDIO),
    Field::new("tool_calls", &ANSWER_TOOL_CALLS),
    Field::new("function_call", &FUNCTION_CALL),
]);
static ANSWER_TOOL_CALLS: Shape = Shape::array(&TOOL_CALL, Types::ANY);
static AUDIO: Shape = Shape::object(&[
    structure("id"),
    structure("data"),
    structure("expires_at"),
    Field::new("transcript", &TEXT).tagged(Tag::GrowingTranscript),
]);

/// Every string directly below `delta` grows, save the role.
pub(super) static DELTA: Shape = Shape {
    rest_tag: Tag::GrowingText,
    ..Shape::object(&[
        structure("role"),
        Field::new("content", &DELTA_CONTENT).tagged(Tag::GrowingText),
        Field::new("reasoning_details", &DELTA_DETAILS),
        Field::new("audio", &AUDIO),
        Field::new("tool_calls", &DELTA_TOOL_CALLS),
        Field::new("function_call", &DELTA_FUNCTION_CALL),
    ])
};
static DELTA_CONTENT: Shape = Shape { item: Some(&DELTA_PART), rest: Some(&TEXT), ..Shape::leaf(Slot::Text) };
static DELTA_PART: Shape = Shape::object(&[
    structure("type"),
    Field::new("text", &TEXT).tagged(Tag::GrowingPart),
    Field::new("thinking", &DELTA_THINKING),
]);
static DELTA_THINKING: Shape =
    Shape { item: Some(&DELTA_THOUGHT), rest: Some(&TEXT), ..Shape::leaf(Slot::Text) };
static DELTA_THOUGHT: Shape =
    Shape::object(&[structure("type"), Field::new("text", &TEXT).tagged(Tag::GrowingReasoning)]);
static DELTA_DETAILS: Shape = Shape::array(
    &Shape::object(&[
        structure("index").tagged(Tag::ToolIndex),
        structure("id"),
        structure("type"),
        structure("format"),
        structure("signature"),
        structure("data"),
        Field::new("text", &TEXT).tagged(Tag::GrowingDetail),
        Field::new("summary", &TEXT).tagged(Tag::GrowingDetail),
    ]),
    Types::ANY,
);
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
pub(super) static USAGE: Shape = Shape {
    rest: Some(&STRUCTURE),
    ..Shape::object(&[
        structure("prompt_tokens").tagged(Tag::InputTokens),
        structure("completion_tokens").tagged(Tag::OutputTokens),
    ])
};

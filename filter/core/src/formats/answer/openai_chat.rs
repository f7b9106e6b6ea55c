//! Answers of OpenAI Chat Completions, whole and in chunks. Whatever is not named here is text. Source:
//! OpenAI API reference, "The chat completion object", "The chat completion chunk object".

use crate::json::shape::{EMBEDDED_JSON, STRUCTURE, TEXT, object, structure};
use crate::json::{Field, Shape, Tag, Types};

/// The body of a whole answer, and of an error.
pub(super) static ANSWER: Shape = Shape::object(&[
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

static TOOL_CALL: Shape = Shape::object(&[
    structure("id"),
    structure("type"),
    object("function", &FUNCTION_CALL),
    object("custom", &CUSTOM_CALL),
]);
static FUNCTION_CALL: Shape = Shape::object(&[structure("name"), Field::new("arguments", &EMBEDDED_JSON)]);
static CUSTOM_CALL: Shape = Shape::object(&[structure("name")]);

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

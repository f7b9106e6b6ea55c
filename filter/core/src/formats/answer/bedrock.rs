//! Answers of Bedrock: `Converse` with its stream, and the models' own bodies of `InvokeModel`. Source:
//! Amazon Bedrock API reference, "Converse", "ConverseStream", "InvokeModel"; user guide, "Inference
//! request parameters and response fields".

use super::{anthropic, openai_chat};
use crate::json::shape::{ARGUMENTS, EMBEDDED_JSON, STRUCTURE, TEXT, structure};
use crate::json::{Field, Shape, Tag, Types};

/// A whole answer, and the body of an error.
pub(super) static CONVERSE: Shape = Shape::object(&[
    structure("stopReason"),
    Field::new("output", &Shape::object(&[Field::new("message", &MESSAGE)])),
    Field::new("metrics", &STRUCTURE),
    Field::new("usage", &USAGE),
]);
static MESSAGE: Shape =
    Shape::object(&[structure("role"), Field::new("content", &Shape::array(&BLOCK, Types::ANY))]);
static BLOCK: Shape = Shape::object(&[
    Field::new("toolUse", &TOOL_USE),
    Field::new("reasoningContent", &REASONING),
    Field::new("image", &MEDIA),
    Field::new("document", &MEDIA),
    Field::new("video", &MEDIA),
]);
static TOOL_USE: Shape = Shape::object(&[
    structure("toolUseId"),
    structure("name"),
    structure("type"),
    Field::new("input", &ARGUMENTS),
]);
static REASONING: Shape = Shape::object(&[
    structure("redactedContent"),
    Field::new("reasoningText", &Shape::object(&[structure("signature")])),
]);
static MEDIA: Shape = Shape::object(&[
    structure("format"),
    Field::new("source", &Shape::object(&[structure("bytes"), Field::new("s3Location", &STRUCTURE)])),
]);
static USAGE: Shape = Shape {
    rest: Some(&STRUCTURE),
    ..Shape::object(&[
        structure("inputTokens").tagged(Tag::InputTokens),
        structure("outputTokens").tagged(Tag::OutputTokens),
    ])
};

/// An event of `ConverseStream`; its type stands in the frame.
pub(in super::super) static CONVERSE_EVENT: Shape = Shape::object(&[
    structure("p"),
    structure("role"),
    structure("stopReason"),
    structure("contentBlockIndex").tagged(Tag::ItemIndex),
    Field::new("start", &Shape::object(&[Field::new("toolUse", &TOOL_USE)])),
    Field::new("delta", &CONVERSE_DELTA),
    Field::new("metrics", &STRUCTURE),
    Field::new("usage", &USAGE),
]);
static CONVERSE_DELTA: Shape = Shape::object(&[
    Field::new("text", &TEXT).tagged(Tag::GrowingText),
    Field::new(
        "toolUse",
        &Shape::object(&[Field::new("input", &EMBEDDED_JSON).tagged(Tag::GrowingToolArguments)]),
    ),
    Field::new(
        "reasoningContent",
        &Shape::object(&[
            Field::new("text", &TEXT).tagged(Tag::GrowingReasoning),
            structure("signature"),
            structure("redactedContent"),
        ]),
    ),
]);

/// A model's own answer: Anthropic's, and of others every string.
pub(super) static INVOKE: Shape = Shape::object(&[
    structure("id"),
    structure("type"),
    structure("role"),
    structure("model"),
    structure("stop_reason"),
    structure("stopReason"),
    structure("completionReason"),
    structure("finish_reason"),
    // Nova answers as `Converse` does.
    Field::new("output", &Shape::object(&[Field::new("message", &MESSAGE)])),
    Field::new("content", &anthropic::BLOCKS),
    Field::new("usage", &Shape { rest: Some(&STRUCTURE), ..Shape::object(&INVOKE_USAGE) }),
    structure("prompt_token_count").tagged(Tag::InputTokens),
    structure("generation_token_count").tagged(Tag::OutputTokens),
    structure("inputTextTokenCount").tagged(Tag::InputTokens),
    structure("embedding"),
    structure("embeddings"),
]);
static INVOKE_USAGE: [Field; 4] = [
    structure("input_tokens").tagged(Tag::InputTokens),
    structure("output_tokens").tagged(Tag::OutputTokens),
    structure("inputTokens").tagged(Tag::InputTokens),
    structure("outputTokens").tagged(Tag::OutputTokens),
];

/// A model's own event: Anthropic's; Nova's, which are those of `ConverseStream` below their type;
/// OpenAI's chunks; and of Titan (`outputText`), Llama (`generation`), Mistral (`outputs`), Cohere (`text`) the texts that grow.
pub(in super::super) static INVOKE_EVENT: Shape = Shape {
    rest_tag: Tag::GrowingText,
    ..Shape::object(&[
        structure("type").tagged(Tag::Kind),
        structure("index").tagged(Tag::ItemIndex),
        Field::new("message", &anthropic::ANSWER),
        Field::new("content_block", &anthropic::FIRST),
        Field::new("delta", &anthropic::DELTA),
        Field::new("usage", &anthropic::USAGE),
        Field::new("error", &anthropic::ERROR).tagged(Tag::Fault),
        Field::new("contentBlockDelta", &CONVERSE_EVENT).tagged(Tag::PartKind),
        Field::new("contentBlockStart", &CONVERSE_EVENT),
        Field::new("contentBlockStop", &CONVERSE_EVENT).tagged(Tag::Part),
        Field::new("messageStop", &CONVERSE_EVENT).tagged(Tag::Done),
        Field::new("messageStart", &CONVERSE_EVENT),
        Field::new("metadata", &Shape::object(&[Field::new("usage", &USAGE)])),
        Field::new("outputs", &Shape::array(&OUTPUT, Types::ANY)),
        structure("stop_reason").tagged(Tag::FinishReason),
        structure("completionReason").tagged(Tag::FinishReason),
        structure("finish_reason").tagged(Tag::FinishReason),
        structure("is_finished").tagged(Tag::FinishReason),
        structure("event_type"),
        structure("id"),
        structure("model"),
        structure("created"),
        // Of models that answer as OpenAI's do.
        structure("object").tagged(Tag::ItemId),
        Field::new("choices", &openai_chat::CHOICES),
        structure("prompt_token_count").tagged(Tag::InputTokens),
        structure("generation_token_count").tagged(Tag::OutputTokens),
        structure("inputTextTokenCount").tagged(Tag::InputTokens),
        structure("totalOutputTextTokenCount").tagged(Tag::OutputTokens),
        Field::new("amazon-bedrock-invocationMetrics", &STRUCTURE).tagged(Tag::Done),
    ])
};
static OUTPUT: Shape = Shape::object(&[
    structure("stop_reason").tagged(Tag::FinishReason),
    Field::new("text", &TEXT).tagged(Tag::GrowingPart),
]);

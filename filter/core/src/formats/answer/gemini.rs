//! Answers of Gemini, whole and in chunks of the same form. Source: Gemini API reference,
//! "GenerateContentResponse", "Content", "Embeddings".

use super::openai_chat::ERROR;
use crate::json::shape::{ARGUMENTS, STRUCTURE, TEXT, structure};
use crate::json::{Field, Shape, Tag, Types};

/// The body of a whole answer, of a chunk, and of an error.
pub(in super::super) static ANSWER: Shape = Shape::object(&[
    structure("responseId").tagged(Tag::Id),
    structure("modelVersion").tagged(Tag::Model),
    structure("createTime"),
    Field::new("candidates", &CANDIDATES),
    Field::new("promptFeedback", &STRUCTURE),
    Field::new("usageMetadata", &USAGE),
    Field::new("error", &ERROR).tagged(Tag::Fault),
]);
static CANDIDATES: Shape = Shape::array(&CANDIDATE, Types::ANY);
static CANDIDATE: Shape = Shape::object(&[
    structure("index").tagged(Tag::ChoiceIndex),
    structure("finishReason").tagged(Tag::FinishReason),
    structure("safetyRatings"),
    structure("tokenCount"),
    structure("avgLogprobs"),
    Field::new("content", &CONTENT),
    structure("logprobsResult").tagged(Tag::Logprobs),
]);
static CONTENT: Shape = Shape::object(&[structure("role"), Field::new("parts", &PARTS).tagged(Tag::Part)]);
static PARTS: Shape = Shape::array(&PART, Types::ANY);
static PART: Shape = Shape::object(&[
    Field::new("text", &TEXT).tagged(Tag::GrowingText),
    structure("thought").tagged(Tag::Thought),
    structure("thoughtSignature"),
    Field::new("inlineData", &Shape::object(&[structure("mimeType"), structure("data")])),
    Field::new("functionCall", &FUNCTION_CALL),
    Field::new("executableCode", &Shape::object(&[structure("language")])),
    Field::new("codeExecutionResult", &Shape::object(&[structure("outcome")])),
]);
static FUNCTION_CALL: Shape =
    Shape::object(&[structure("id"), structure("name"), Field::new("args", &ARGUMENTS)]);

static USAGE: Shape = Shape {
    rest: Some(&STRUCTURE),
    ..Shape::object(&[
        structure("promptTokenCount").tagged(Tag::InputTokens),
        structure("candidatesTokenCount").tagged(Tag::OutputTokens),
    ])
};

/// One embedding or several.
pub(super) static EMBEDDINGS: Shape = Shape::object(&[
    Field::new("embedding", &STRUCTURE),
    Field::new("embeddings", &STRUCTURE),
    Field::new("usageMetadata", &USAGE),
    Field::new("error", &ERROR).tagged(Tag::Fault),
]);

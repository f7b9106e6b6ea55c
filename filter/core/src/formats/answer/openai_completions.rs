//! Answers of OpenAI Completions, whole and in chunks of the same form; and of Mistral's fill-in-the-middle,
//! which are those of a chat. Source: OpenAI API reference, "The completion object"; Mistral API reference,
//! "Fim completion".

use super::openai_chat::{ANSWER_MESSAGE, DELTA, ERROR, USAGE};
use crate::json::shape::{TEXT, structure};
use crate::json::{Field, Shape, Tag, Types};

/// The body of a whole answer, of a chunk, and of an error.
pub(in super::super) static ANSWER: Shape = Shape::object(&[
    structure("id").tagged(Tag::Id),
    structure("object"),
    structure("created").tagged(Tag::Created),
    structure("model").tagged(Tag::Model),
    structure("system_fingerprint"),
    Field::new("choices", &CHOICES),
    Field::new("usage", &USAGE),
    Field::new("error", &ERROR).tagged(Tag::Fault),
]);
static CHOICES: Shape = Shape::array(
    &Shape::object(&[
        structure("index").tagged(Tag::ChoiceIndex),
        structure("finish_reason").tagged(Tag::FinishReason),
        Field::new("text", &TEXT).tagged(Tag::GrowingCompletion),
        Field::new("message", &ANSWER_MESSAGE),
        Field::new("delta", &DELTA),
        structure("logprobs").tagged(Tag::Logprobs),
    ]),
    Types::ANY,
);

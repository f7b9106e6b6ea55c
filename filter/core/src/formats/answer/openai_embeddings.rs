//! Answers of OpenAI Embeddings: numbers, or the same in base64. Source: OpenAI API reference, "The
//! embedding object".

use super::openai_chat::{ERROR, USAGE};
use crate::json::shape::structure;
use crate::json::{Field, Shape, Tag, Types};

/// The body of an answer, and of an error.
pub(super) static ANSWER: Shape = Shape::object(&[
    structure("object"),
    structure("model"),
    Field::new(
        "data",
        &Shape::array(
            &Shape::object(&[structure("object"), structure("index"), structure("embedding")]),
            Types::ANY,
        ),
    ),
    Field::new("usage", &USAGE),
    Field::new("error", &ERROR).tagged(Tag::Fault),
]);

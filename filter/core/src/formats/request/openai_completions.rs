//! Requests of OpenAI Completions (and fill-in-the-middle of Mistral) and Embeddings. Sources: OpenAI API
//! reference, "Create completion", "Create embeddings"; Mistral API reference, "Fim Completion".
//!
//! A prompt that is written as the numbers of its tokens is text that nobody here can read: it is refused.

use super::without_required;
use crate::json::shape::{STRUCTURE, TEXT, TEXT_OR_NULL, object, structure};
use crate::json::{Field, Shape, Tag, Types};

/// A string or an array.
const TEXT_OR_LIST: Types = Types::STRING.or(Types::ARRAY);
/// Strings, and never the numbers of tokens.
static TEXTS: Shape = Shape::array(&TEXT, Types::STRING);

/// The body of a request for a completion.
pub(super) static REQUEST: Shape = Shape::object(&FIELDS);
/// The same below a deployment of Azure, whose path names the model.
pub(super) static DEPLOYMENT: Shape = Shape::object(&without_required(FIELDS, "model"));

const FIELDS: [Field; 8] = [
    structure("model").tagged(Tag::Model).typed(Types::STRING).required(),
    Field::new("prompt", &TEXTS).typed(TEXT_OR_LIST).required(),
    structure("stream").tagged(Tag::Stream).typed(Types::BOOL.or(Types::NULL)),
    Field::new("suffix", &TEXT).typed(TEXT_OR_NULL),
    object("stream_options", &STRUCTURE),
    object("logit_bias", &STRUCTURE),
    Field::new("user", &TEXT).typed(TEXT_OR_NULL),
    Field::new("stop", &TEXT).typed(TEXT_OR_NULL.or(Types::ARRAY)),
];

/// The body of a request for embeddings.
pub(super) static EMBEDDINGS: Shape = Shape::object(&EMBEDDINGS_FIELDS);
/// The same below a deployment of Azure, whose path names the model.
pub(super) static EMBEDDINGS_DEPLOYMENT: Shape = Shape::object(&without_required(EMBEDDINGS_FIELDS, "model"));

const EMBEDDINGS_FIELDS: [Field; 6] = [
    structure("model").tagged(Tag::Model).typed(Types::STRING).required(),
    Field::new("input", &TEXTS).typed(TEXT_OR_LIST).required(),
    structure("encoding_format"),
    structure("output_dtype"),
    structure("dimensions"),
    Field::new("user", &TEXT).typed(TEXT_OR_NULL),
];

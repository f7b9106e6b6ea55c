//! Answers of the gateway's own endpoint, whole and in events. Translation writes them; the gateway adds what it
//! knows itself to `meta` ([`crate::gateway::unified`]).

use crate::json::shape::{STRUCTURE, TEXT, structure};
use crate::json::{Field, Shape, Tag};

/// A whole answer, and the body of an error.
pub(super) static ANSWER: Shape = Shape::object(&[
    Field::new("response", &TEXT),
    structure("model").tagged(Tag::Model),
    Field::new("meta", &META),
    Field::new("error", &ERROR).tagged(Tag::Fault),
]);

/// An event: a piece of the response, the meta block behind the last piece, or an error.
pub(in super::super) static EVENT: Shape = Shape::object(&[
    Field::new("delta", &TEXT).tagged(Tag::GrowingText),
    Field::new("usage", &USAGE).tagged(Tag::Done),
    Field::new("error", &ERROR).tagged(Tag::Fault),
]);

static META: Shape = Shape { rest: Some(&STRUCTURE), ..Shape::object(&[Field::new("usage", &USAGE)]) };
static USAGE: Shape = Shape::object(&[
    structure("inputTokens").tagged(Tag::InputTokens),
    structure("outputTokens").tagged(Tag::OutputTokens),
]);
static ERROR: Shape = Shape::object(&[structure("code")]);

//! Requests of the gateway's own endpoint, `POST /v1/gateway`: one prompt for a model of any provider.

use crate::json::shape::{TEXT, structure};
use crate::json::{Field, Shape, Tag, Types};

/// The body of a request.
pub(super) static REQUEST: Shape = Shape::object(&[
    Field::new("prompt", &TEXT).typed(Types::STRING).required(),
    structure("model").tagged(Tag::Model).typed(Types::STRING).required(),
    structure("stream").tagged(Tag::Stream).typed(Types::BOOL.or(Types::NULL)),
]);

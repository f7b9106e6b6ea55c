//! JSON Schema (2020-12), in which tools and structured answers are described.
//!
//! What may be chosen is text: a list of colleagues to write to is as personal as the letter. The model chooses a
//! placeholder, and the client gets the value. Names of properties are text, too, so the lists of them are.

use crate::json::shape::{TEXT, structure};
use crate::json::{Field, Shape, Slot};

/// A JSON Schema (2020-12): its words are structure; what it describes, and the values that it names, are text.
pub(super) static JSON_SCHEMA: Shape = Shape {
    rest: Some(&JSON_SCHEMA),
    ..Shape::object(&[
        structure("type"),
        structure("format"),
        structure("pattern"),
        structure("$ref"),
        structure("$schema"),
        structure("$id"),
        Field::new("properties", &SCHEMA_MAP),
        Field::new("patternProperties", &SCHEMA_MAP),
        Field::new("$defs", &SCHEMA_MAP),
        Field::new("definitions", &SCHEMA_MAP),
        Field::new("description", &TEXT),
        Field::new("title", &TEXT),
        Field::new("default", &TEXT),
        Field::new("examples", &TEXT),
    ])
};
/// Schemas by the names of properties.
static SCHEMA_MAP: Shape = Shape { rest: Some(&JSON_SCHEMA), ..Shape::leaf(Slot::Text) };

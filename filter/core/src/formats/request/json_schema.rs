//! JSON Schema (2020-12), in which tools and structured answers are described.

use crate::json::shape::{TEXT, structure};
use crate::json::{Field, Shape, Slot};

/// A JSON Schema (2020-12): its words are structure, its descriptions, defaults and examples are text.
pub(super) static JSON_SCHEMA: Shape = Shape {
    rest: Some(&JSON_SCHEMA),
    ..Shape::object(&[
        structure("type"),
        structure("format"),
        structure("enum"),
        structure("const"),
        structure("required"),
        structure("pattern"),
        structure("$ref"),
        structure("$schema"),
        structure("$id"),
        structure("propertyOrdering"),
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

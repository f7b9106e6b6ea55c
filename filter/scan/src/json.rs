//! JSON without a document tree: one walk over the body gives the strings and where they stand.

pub mod embedded;
pub mod error;
pub mod shape;
pub mod text;
pub mod walk;

pub use error::{JsonError, JsonErrorKind};
pub use shape::{Field, Shape, Slot, Tag, Types};
pub use text::code_point;
pub use text::{DecodedText, write_escaped};
pub use walk::{MAX_DEPTH, Place, Scalar, Sink, walk, walk_answer, walk_event};

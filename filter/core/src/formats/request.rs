//! What stands where in requests, per format: which strings are text, which are structure, what must be
//! there.

mod json_schema;
mod openai_chat;

use super::Format;
use crate::json::Shape;
use crate::json::shape::TEXT;

impl Format {
    /// What stands where in a request of this format.
    #[must_use]
    pub fn request(self) -> &'static Shape {
        match self {
            Self::OpenaiChat => &openai_chat::REQUEST,
            // Of these only answers are described: all of a request is text.
            _ => &TEXT,
        }
    }
}

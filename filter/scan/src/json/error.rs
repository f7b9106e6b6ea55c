//! What can be wrong with a JSON body, and where. Never holds content: only positions, and the names of
//! fields that a format declares.

use core::fmt;

/// Why a body was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonErrorKind {
    /// The body is not UTF-8 (RFC 8259, section 8.1).
    InvalidUtf8,
    /// The body does not follow the grammar of RFC 8259.
    Syntax,
    /// Objects and arrays are nested deeper than [`super::MAX_DEPTH`].
    TooDeep,
    /// A `\uD800`–`\uDFFF` escape without its other half.
    UnpairedSurrogate,
    /// An object names the same member twice, so that two readers may disagree about its value.
    DuplicateKey,
    /// A declared field holds a value of a type that the format does not know there.
    WrongType,
    /// A required field is missing.
    Missing,
}

/// One step of the way to the place of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// A field that the format declares. Undeclared names are content and never stand here.
    Field(&'static str),
    /// A position in an array.
    Item(u32),
    /// A member whose name the format does not declare.
    Other,
}

/// A refused body: the kind, the byte offset, and the way to the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong.
    pub kind: JsonErrorKind,
    /// Offset in bytes from the start of the body.
    pub offset: usize,
    /// Innermost segment first.
    path: Vec<Segment>,
}

impl JsonError {
    pub(super) fn new(kind: JsonErrorKind, offset: usize) -> Self {
        Self { kind, offset, path: Vec::new() }
    }

    /// The same error, seen from one level further out.
    #[must_use]
    pub(super) fn within(mut self, segment: Segment) -> Self {
        self.path.push(segment);
        self
    }

    /// The field's path as `messages[3].content`; empty at the top of the body.
    #[must_use]
    pub fn path(&self) -> String {
        let mut out = String::new();
        for segment in self.path.iter().rev() {
            match segment {
                Segment::Item(i) => out.push_str(&format!("[{i}]")),
                Segment::Field(_) | Segment::Other => {
                    if !out.is_empty() {
                        out.push('.');
                    }
                    out.push_str(if let Segment::Field(name) = segment { name } else { "*" });
                }
            }
        }
        out
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        let what = match self.kind {
            JsonErrorKind::InvalidUtf8 => "the body is not valid UTF-8",
            JsonErrorKind::Syntax => "the body is not valid JSON",
            JsonErrorKind::TooDeep => "the body is nested too deeply",
            JsonErrorKind::UnpairedSurrogate => "a string holds an unpaired surrogate escape",
            JsonErrorKind::DuplicateKey => "an object names the same member twice",
            JsonErrorKind::WrongType if path.is_empty() => "the body has the wrong type",
            JsonErrorKind::WrongType => return write!(f, "`{path}` has the wrong type"),
            JsonErrorKind::Missing => return write!(f, "`{path}` is missing"),
        };
        write!(f, "{what} (at byte {})", self.offset)
    }
}

impl core::error::Error for JsonError {}

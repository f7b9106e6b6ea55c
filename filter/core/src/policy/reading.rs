//! Reads a document piece by piece, so that all that is wrong with it is said at once, each with its path.
//!
//! Every section is kept as raw JSON and read by itself; an error in one does not keep the others from
//! being read. The path of an error is found from its place in the document.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::bytes::{at, cut, run};

/// Longest name that a path shows; longer ones, and names of other than letters, digits, `_` and `-`, could
/// be somebody's value.
const MAX_SHOWN_NAME: usize = 48;

/// A document that is being read, and what was wrong so far.
pub(super) struct Reader<'j> {
    json: &'j [u8],
    /// Each a path and a reason.
    pub(super) errors: Vec<String>,
}

impl<'j> Reader<'j> {
    pub(super) fn new(json: &'j [u8]) -> Self {
        Self { json, errors: Vec::new() }
    }

    /// Notes down what is wrong at a path.
    pub(super) fn error(&mut self, path: impl fmt::Display, what: impl fmt::Display) {
        self.errors.push(format!("{path}: {what}"));
    }

    /// Reads the whole document.
    pub(super) fn document<T: Deserialize<'j>>(&mut self) -> Option<T> {
        serde_json::from_slice(self.json).map_err(|e| self.wrong(0, self.json, &e, e.is_data())).ok()
    }

    /// Reads a piece of it.
    pub(super) fn read<T: Deserialize<'j>>(&mut self, raw: &'j RawValue) -> Option<T> {
        let piece = raw.get().as_bytes();
        // Every piece is borrowed from the document.
        let start = piece.as_ptr() as usize - self.json.as_ptr() as usize;
        // It is JSON, or there would be no piece; so whatever is wrong is wrong with what it says.
        serde_json::from_str(raw.get()).map_err(|e| self.wrong(start, piece, &e, true)).ok()
    }

    /// Reads a piece that stands at a known path, which need not be looked for then: of many pieces each can be wrong.
    pub(super) fn read_at<T: Deserialize<'j>>(
        &mut self,
        path: impl fmt::Display,
        raw: &'j RawValue,
    ) -> Option<T> {
        let error = match serde_json::from_str(raw.get()) {
            Ok(read) => return Some(read),
            Err(error) => error,
        };
        let piece = raw.get().as_bytes();
        let offset = offset_of(piece, error.line(), error.column());
        let below = path_at(cut(piece, 0..offset.min(piece.len())));
        let dot = if below.is_empty() || below.starts_with('[') { "" } else { "." };
        let start = piece.as_ptr() as usize - self.json.as_ptr() as usize;
        let (line, column) = self.place(start + offset);
        let what = describe(&error);
        self.errors.push(format!("{path}{dot}{below}: {what} (line {line}, column {column})"));
        None
    }

    /// Reads a piece that may be missing.
    pub(super) fn read_some<T: Deserialize<'j>>(&mut self, raw: Option<&'j RawValue>) -> Option<T> {
        raw.and_then(|raw| self.read(raw))
    }

    /// The elements of a list that may be missing.
    pub(super) fn list(&mut self, raw: Option<&'j RawValue>) -> Vec<&'j RawValue> {
        self.read_some(raw).unwrap_or_default()
    }

    /// The members of an object that may be missing, in their order.
    pub(super) fn members(&mut self, raw: Option<&'j RawValue>) -> Vec<(Cow<'j, str>, &'j RawValue)> {
        self.read_some::<Members>(raw).map(|m| m.0).unwrap_or_default()
    }

    /// The line and column of an offset.
    fn place(&self, offset: usize) -> (usize, usize) {
        let before = cut(self.json, 0..offset.min(self.json.len()));
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        (line, before.len() - memchr::memrchr(b'\n', before).map_or(0, |n| n + 1))
    }

    /// Notes down an error of serde_json, whose own words can repeat a value of the document.
    fn wrong(&mut self, start: usize, piece: &[u8], error: &serde_json::Error, is_json: bool) {
        let offset = start + offset_of(piece, error.line(), error.column());
        let (line, column) = self.place(offset);
        let path = path_at(cut(self.json, 0..offset.min(self.json.len())));
        let path = if path.is_empty() { "policy".to_owned() } else { path };
        let what = if is_json { describe(error) } else { "not valid JSON".to_owned() };
        self.errors.push(format!("{path}: {what} (line {line}, column {column})"));
    }
}

/// The part of a serde error that names fields, without the value that it repeats.
fn describe(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let known = ["unknown field", "missing field", "duplicate field"];
    let shown = known.iter().any(|k| text.starts_with(k));
    let cut = text.split(" at line ").next().unwrap_or_default();
    // Which values may stand there is the document's language; the one that does is not.
    let wanted = cut.split_once(", expected ").filter(|_| text.starts_with("unknown variant"));
    match wanted {
        Some((_, wanted)) => format!("expected {wanted}"),
        None if shown => cut.to_owned(),
        None => "a value has the wrong type or range".to_owned(),
    }
}

/// The offset in `piece` of a line and column, which count from 1 and are the last byte read.
fn offset_of(piece: &[u8], line: usize, column: usize) -> usize {
    let mut lines = memchr::memchr_iter(b'\n', piece).map(|n| n + 1);
    let start = line.checked_sub(2).map_or(Some(0), |n| lines.nth(n));
    start.unwrap_or(piece.len()) + column
}

/// Where in a document one is who has read `before`: `masking.custom[2].type`.
fn path_at(before: &[u8]) -> String {
    enum Step {
        /// The member of this name, once its colon is read.
        Member(Option<String>),
        Element(usize),
    }
    let mut steps: Vec<Step> = Vec::new();
    let mut name = String::new();
    let mut i = 0;
    while i < before.len() {
        match (at(before, i), steps.last_mut()) {
            (b'"', _) => {
                let mut end = i + 1;
                while end < before.len() && at(before, end) != b'"' {
                    end += if at(before, end) == b'\\' { 2 } else { 1 };
                }
                name = shown(cut(before, i + 1..end.min(before.len())));
                i = end;
            }
            (b':', Some(Step::Member(step))) => *step = Some(core::mem::take(&mut name)),
            (b',', Some(Step::Member(step))) => *step = None,
            (b',', Some(Step::Element(n))) => *n += 1,
            (b'{', _) => steps.push(Step::Member(None)),
            (b'[', _) => steps.push(Step::Element(0)),
            (b'}' | b']', _) => drop(steps.pop()),
            _ => {}
        }
        i += 1;
    }
    let mut path = String::new();
    for step in steps {
        // Writing to a string does not fail.
        let _ = match step {
            Step::Member(Some(name)) if path.is_empty() => write!(path, "{name}"),
            Step::Member(Some(name)) => write!(path, ".{name}"),
            Step::Member(None) => Ok(()),
            Step::Element(n) => write!(path, "[{n}]"),
        };
    }
    path
}

/// A name as a path shows it.
fn shown(name: &[u8]) -> String {
    let plain = run(name, 0, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) == name.len();
    let fits = plain && !name.is_empty() && name.len() <= MAX_SHOWN_NAME;
    if fits { String::from_utf8_lossy(name).into_owned() } else { "*".to_owned() }
}

/// The members of an object, duplicates included.
struct Members<'j>(Vec<(Cow<'j, str>, &'j RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(name) = map.next_key::<Text>()? {
                    members.push((name.0, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// A string, borrowed from the document where it has no escapes.
pub(super) struct Text<'j>(pub(super) Cow<'j, str>);

impl<'de: 'j, 'j> Deserialize<'de> for Text<'j> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyText;
        impl<'de> Visitor<'de> for AnyText {
            type Value = Cow<'de, str>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(AnyText).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_where_reading_stopped() {
        for (before, path) in [
            ("", ""),
            ("{", ""),
            ("{\"a", ""),
            ("{\"a\"", ""),
            ("{\"a\":", "a"),
            ("{\"a\": 1", "a"),
            ("{\"a\": 1,", ""),
            ("{\"a\": {\"b\": [1, {\"c,:[\": \"x\\\"y\", \"d\":true", "a.b[1].d"),
            ("{\"a\": {\"b\": [1, {}, 7", "a.b[2]"),
            ("{\"a\": {\"b\": [[], 2]}", "a"),
            ("{\"somebody@example.com\": {\"b\":", "*.b"),
            ("[[],[3", "[1][0]"),
            ("}}]]", ""),
        ] {
            assert_eq!(path_at(before.as_bytes()), path, "{before}");
        }
    }

    #[test]
    fn a_place_in_a_piece_is_an_offset() {
        let piece = b"ab\ncd\n\nef";
        for (line, column, offset) in [(1, 0, 0), (1, 2, 2), (2, 1, 4), (3, 0, 6), (4, 2, 9), (9, 0, 9)] {
            assert_eq!(offset_of(piece, line, column), offset, "{line}:{column}");
        }
    }
}

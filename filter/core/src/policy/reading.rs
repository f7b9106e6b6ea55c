//! Reads a document piece by piece, so that all that is wrong with it is said at once, each with its path.
//!
//! Every section is kept as raw JSON and read by itself; an error in one does not keep the others from
//! being read. The path of an error is found from its place in the document.

mod shapes;

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::bytes::{at, cut, run};
use shapes::OneOf;
pub(super) use shapes::{Known, Others, Word};

/// The members of an object, by the numbers of their names.
pub(super) type Fields<'j, const N: usize> = [Option<&'j RawValue>; N];

/// Longest name that a path shows; longer ones, and names of other than letters, digits, `_` and `-`, could
/// be somebody's value.
const MAX_SHOWN_NAME: usize = 48;

/// Most errors that are said one by one. To find the place of one takes as long as reading up to there.
const MAX_ERRORS: usize = 200;

/// A document that is being read, and what was wrong so far.
pub(super) struct Reader<'j> {
    json: &'j [u8],
    /// Each a path and a reason.
    pub(super) errors: Vec<String>,
    /// How many more there are.
    more: usize,
}

impl<'j> Reader<'j> {
    pub(super) fn new(json: &'j [u8]) -> Self {
        Self { json, errors: Vec::new(), more: 0 }
    }

    /// Whether one error more is said; it is counted otherwise.
    fn takes(&mut self) -> bool {
        let takes = self.errors.len() < MAX_ERRORS;
        self.more += usize::from(!takes);
        takes
    }

    /// All errors, if there are any.
    pub(super) fn into_errors(mut self) -> Option<Vec<String>> {
        if self.more > 0 {
            self.errors.push(format!("policy: {} more errors", self.more));
        }
        Some(self.errors).filter(|errors| !errors.is_empty())
    }

    /// Notes down what is wrong at a path.
    pub(super) fn error(&mut self, path: impl fmt::Display, what: impl fmt::Display) {
        self.note(format_args!("{path}: {what}"));
    }

    #[cold]
    #[inline(never)]
    fn note(&mut self, error: fmt::Arguments<'_>) {
        if self.takes() {
            self.errors.push(error.to_string());
        }
    }

    /// The members of the whole document, which may have others.
    pub(super) fn document<const N: usize>(
        &mut self,
        names: &'static [&'static str; N],
        needed: usize,
    ) -> Option<Fields<'j, N>> {
        let known = Known { names, needed, others: Others::Any };
        let text = match core::str::from_utf8(self.json) {
            Ok(text) => text,
            Err(error) => {
                let end = error.valid_up_to();
                let (line, column) = self.place(end);
                let path = whole_or(path_at(cut(self.json, 0..end)));
                self.error(path, format_args!("not valid JSON (line {line}, column {column})"));
                return None;
            }
        };
        array(seeded(text, known).map_err(|e| self.wrong(0, self.json, &e, e.is_data())).ok()?)
    }

    /// Reads a piece of it.
    #[inline(never)]
    pub(super) fn read<T: Deserialize<'j>>(&mut self, raw: &'j RawValue) -> Option<T> {
        serde_json::from_str(raw.get()).map_err(|e| self.wrong_piece(raw, &e)).ok()
    }

    /// Reads a piece that stands at a known path, which need not be looked for then: of many pieces each can be wrong.
    #[inline(never)]
    pub(super) fn read_at<T: Deserialize<'j>>(
        &mut self,
        path: fmt::Arguments<'_>,
        raw: &'j RawValue,
    ) -> Option<T> {
        serde_json::from_str(raw.get()).map_err(|e| self.wrong_at(path, raw, &e)).ok()
    }

    /// Reads a piece that may be missing.
    pub(super) fn read_some<T: Deserialize<'j>>(&mut self, raw: Option<&'j RawValue>) -> Option<T> {
        raw.and_then(|raw| self.read(raw))
    }

    /// The members of an object with these names and no others; the first `needed` are there.
    pub(super) fn fields<const N: usize>(
        &mut self,
        raw: &'j RawValue,
        names: &'static [&'static str; N],
        needed: usize,
    ) -> Option<Fields<'j, N>> {
        array(self.members_of(raw, Known { names, needed, others: Others::None })?)
    }

    /// The members of an object that may be missing, none of which must be there.
    pub(super) fn some_fields<const N: usize>(
        &mut self,
        raw: Option<&'j RawValue>,
        names: &'static [&'static str; N],
    ) -> Fields<'j, N> {
        raw.and_then(|raw| self.fields(raw, names, 0)).unwrap_or([None; N])
    }

    /// The members of an object at a known path.
    pub(super) fn fields_at<const N: usize>(
        &mut self,
        path: fmt::Arguments<'_>,
        raw: &'j RawValue,
        names: &'static [&'static str; N],
        needed: usize,
    ) -> Option<Fields<'j, N>> {
        let known = Known { names, needed, others: Others::None };
        array(seeded(raw.get(), known).map_err(|e| self.wrong_at(path, raw, &e)).ok()?)
    }

    /// The members of an object, in the order of the names known.
    pub(super) fn members_of(
        &mut self,
        raw: &'j RawValue,
        known: Known,
    ) -> Option<Vec<Option<&'j RawValue>>> {
        seeded(raw.get(), known).map_err(|e| self.wrong_piece(raw, &e)).ok()
    }

    /// Reads a word.
    pub(super) fn word<T: Word>(&mut self, raw: &'j RawValue) -> Option<T> {
        let number = one_of(raw, T::NAMES).map_err(|e| self.wrong_piece(raw, &e)).ok()?;
        T::ALL.get(number).copied()
    }

    /// Reads a word that may be missing.
    pub(super) fn some_word<T: Word>(&mut self, raw: Option<&'j RawValue>) -> Option<T> {
        raw.and_then(|raw| self.word(raw))
    }

    /// Reads a word at a known path.
    pub(super) fn word_at<T: Word>(&mut self, path: fmt::Arguments<'_>, raw: &'j RawValue) -> Option<T> {
        let number = one_of(raw, T::NAMES).map_err(|e| self.wrong_at(path, raw, &e)).ok()?;
        T::ALL.get(number).copied()
    }

    /// The elements of a list that may be missing.
    pub(super) fn list(&mut self, raw: Option<&'j RawValue>) -> Vec<&'j RawValue> {
        self.read_some(raw).unwrap_or_default()
    }

    /// The members of an object that may be missing, in their order.
    pub(super) fn members(&mut self, raw: Option<&'j RawValue>) -> Vec<(Cow<'j, str>, &'j RawValue)> {
        self.read_some::<Members>(raw).map(|m| m.0).unwrap_or_default()
    }

    /// Where a piece of the document begins.
    fn start_of(&self, raw: &RawValue) -> usize {
        raw.get().as_ptr() as usize - self.json.as_ptr() as usize
    }

    /// Notes down what is wrong with a piece. It is JSON, or there would be no piece; so it is what it says.
    #[cold]
    fn wrong_piece(&mut self, raw: &RawValue, error: &serde_json::Error) {
        self.wrong(self.start_of(raw), raw.get().as_bytes(), error, true);
    }

    /// Notes down what is wrong with a piece at a known path.
    #[cold]
    fn wrong_at(&mut self, path: fmt::Arguments<'_>, raw: &RawValue, error: &serde_json::Error) {
        let piece = raw.get().as_bytes();
        let offset = offset_of(piece, error.line(), error.column());
        let below = path_at(cut(piece, 0..offset.min(piece.len())));
        let dot = if below.is_empty() || below.starts_with('[') { "" } else { "." };
        let (line, column) = self.place(self.start_of(raw) + offset);
        let what = describe(error);
        self.errors.push(format!("{path}{dot}{below}: {what} (line {line}, column {column})"));
    }

    /// The line and column of an offset.
    fn place(&self, offset: usize) -> (usize, usize) {
        let before = cut(self.json, 0..offset.min(self.json.len()));
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        (line, before.len() - memchr::memrchr(b'\n', before).map_or(0, |n| n + 1))
    }

    /// Notes down an error of serde_json, whose own words can repeat a value of the document.
    fn wrong(&mut self, start: usize, piece: &[u8], error: &serde_json::Error, is_json: bool) {
        if !self.takes() {
            return;
        }
        let offset = start + offset_of(piece, error.line(), error.column());
        let (line, column) = self.place(offset);
        let path = path_at(cut(self.json, 0..offset.min(self.json.len())));
        let path = whole_or(path);
        let what = if is_json { describe(error) } else { "not valid JSON".to_owned() };
        self.errors.push(format!("{path}: {what} (line {line}, column {column})"));
    }
}

/// Reads the members of an object. Never inlined: one body serves all sections.
#[inline(never)]
fn seeded(json: &str, known: Known) -> serde_json::Result<Vec<Option<&RawValue>>> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let members = known.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(members)
}

/// Reads a word's number.
#[inline(never)]
fn one_of(raw: &RawValue, words: &'static [&'static str]) -> serde_json::Result<usize> {
    OneOf(words).deserialize(&mut serde_json::Deserializer::from_str(raw.get()))
}

/// There are as many members as names.
fn array<const N: usize>(members: Vec<Option<&RawValue>>) -> Option<Fields<'_, N>> {
    members.try_into().ok()
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

/// A path, or the name of the whole document.
fn whole_or(path: String) -> String {
    if path.is_empty() { "policy".to_owned() } else { path }
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

//! One walk over a JSON text (RFC 8259), strict, without a tree: it checks the grammar and the declared
//! shape, and hands each scalar to a [`Sink`] with the place it stands at.
//!
//! Linear in the length of the body; the only memory is the names of the objects that are open (for
//! [`JsonErrorKind::DuplicateKey`]) and a stack bounded by [`MAX_DEPTH`].

use alloc::borrow::Cow;
use core::ops::Range;

use super::error::{JsonError, JsonErrorKind, Segment};
use super::shape::{Field, Shape, Slot, Tag, Types};
use super::text::{DecodedText, code_point};
use crate::block;
use crate::bytes::{at, cut, from};
use crate::order;

extern crate alloc;

/// Deepest nesting of arrays and objects that is accepted; providers' own limits lie below.
pub const MAX_DEPTH: usize = 128;

/// Up to this many members an object's names are compared pair by pair, above they are sorted.
const PAIRWISE_KEYS: usize = 16;

/// Where a scalar stands.
#[derive(Debug, Clone)]
pub struct Place {
    /// What the format calls the field.
    pub tag: Tag,
    /// What a string here is.
    pub slot: Slot,
    /// The positions in the open arrays, outermost first; deeper ones than four are not kept.
    pub ordinals: [u32; 4],
    /// The range of the name that the value stands under, without quotes; empty in arrays.
    pub key: Range<usize>,
    /// Where the innermost open object begins; 0 where there is none.
    pub object: usize,
    /// The range of the name of the member that the value, or the array around it, stands under, where the
    /// format does not declare it: then the name may say what the value is. Empty elsewhere.
    pub label: Range<usize>,
}

/// A value without inner structure. Ranges are byte offsets in the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// A string's content without its quotes, and whether it holds escapes.
    String(Range<usize>, bool),
    /// The name of a member that the format does not declare: text like any other.
    Key(Range<usize>, bool),
    /// A number as it is written.
    Number(Range<usize>),
    /// `true` or `false`
    Bool(bool),
    /// `null`
    Null,
}

/// Takes what the walk finds.
pub trait Sink {
    /// A scalar and its place, in the order of the body.
    fn scalar(&mut self, place: &Place, scalar: Scalar);

    /// The name of a member that the format declares, without quotes.
    fn declared_name(&mut self, _name: Range<usize>) {}
    /// The end of an object or array that has a tag, its positions as in [`Place`], and its range. Items of
    /// a tagged array come by themselves and before it.
    fn composite(&mut self, _tag: Tag, _ordinals: [u32; 4], _range: Range<usize>) {}
}

/// Walks a request's `body` as `root` declares it.
///
/// # Errors
/// The first [`JsonError`]; the sink may have seen scalars before it.
pub fn walk(body: &[u8], root: &'static Shape, types: Types, sink: &mut dyn Sink) -> Result<(), JsonError> {
    walk_as(body, root, types, true, sink)
}

/// Walks an answer. A name that stands twice is no matter here: nobody is protected by refusing it.
///
/// # Errors
/// As [`walk`], without [`JsonErrorKind::DuplicateKey`] and [`JsonErrorKind::UnpairedSurrogate`].
pub fn walk_answer(body: &[u8], root: &'static Shape, sink: &mut dyn Sink) -> Result<(), JsonError> {
    walk_as(body, root, Types::ANY, false, sink)
}

/// The same with a walk of its own for this kind of sink: for small events, of which there are many.
///
/// # Errors
/// As [`walk_answer`].
pub fn walk_event<S: Sink>(event: &[u8], root: &'static Shape, sink: &mut S) -> Result<(), JsonError> {
    walk_as(event, root, Types::ANY, false, sink)
}

fn walk_as<S: Sink + ?Sized>(
    body: &[u8],
    root: &'static Shape,
    types: Types,
    unique_names: bool,
    sink: &mut S,
) -> Result<(), JsonError> {
    let ascii = block::first_non_ascii(body);
    if let Err(error) = core::str::from_utf8(from(body, ascii)) {
        return Err(JsonError::new(JsonErrorKind::InvalidUtf8, ascii + error.valid_up_to()));
    }
    let keys = Vec::new();
    let mut walker = Walker {
        body,
        i: 0,
        depth: 0,
        arrays: 0,
        ordinals: [0; 4],
        object: 0,
        label: 0..0,
        unique_names,
        keys,
        sink,
    };
    walker.space();
    walker.value(root, Tag::Plain, types, 0..0)?;
    walker.space();
    if walker.i < body.len() { Err(walker.error(JsonErrorKind::Syntax)) } else { Ok(()) }
}

struct Walker<'a, 's, S: ?Sized> {
    body: &'a [u8],
    i: usize,
    depth: usize,
    arrays: usize,
    ordinals: [u32; 4],
    object: usize,
    label: Range<usize>,
    unique_names: bool,
    /// The names of the open objects, where they must be unique.
    keys: Vec<Cow<'a, [u8]>>,
    sink: &'s mut S,
}

type Step<T = ()> = Result<T, JsonError>;

impl<'a, S: Sink + ?Sized> Walker<'a, '_, S> {
    fn error(&self, kind: JsonErrorKind) -> JsonError {
        JsonError::new(kind, self.i)
    }

    #[inline]
    fn peek(&self) -> u8 {
        at(self.body, self.i)
    }

    #[inline]
    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.i += 1;
        }
    }

    fn value(&mut self, shape: &'static Shape, tag: Tag, types: Types, key: Range<usize>) -> Step {
        let found = match self.peek() {
            b'"' => Types::STRING,
            b'{' => Types::OBJECT,
            b'[' => Types::ARRAY,
            b't' | b'f' => Types::BOOL,
            b'n' => Types::NULL,
            b'-' | b'0'..=b'9' => Types::NUMBER,
            _ => return Err(self.error(JsonErrorKind::Syntax)),
        };
        if !types.holds(found) {
            return Err(self.error(JsonErrorKind::WrongType));
        }
        let scalar = match found {
            Types::OBJECT | Types::ARRAY => {
                let start = self.i;
                if found == Types::OBJECT {
                    self.object(shape)?
                } else {
                    self.array(shape, tag)?
                }
                if tag != Tag::Plain {
                    self.sink.composite(tag, self.ordinals, start..self.i);
                }
                return Ok(());
            }
            Types::STRING => {
                let (range, escaped) = self.string()?;
                Scalar::String(range, escaped)
            }
            Types::NUMBER => Scalar::Number(self.number()?),
            Types::BOOL => Scalar::Bool(self.literal()?),
            _ => {
                self.literal()?;
                Scalar::Null
            }
        };
        self.emit(shape.slot, tag, key, scalar);
        Ok(())
    }

    #[inline]
    fn emit(&mut self, slot: Slot, tag: Tag, key: Range<usize>, scalar: Scalar) {
        let place =
            Place { tag, slot, ordinals: self.ordinals, key, object: self.object, label: self.label.clone() };
        self.sink.scalar(&place, scalar);
    }

    fn enter(&mut self) -> Step {
        if self.depth == MAX_DEPTH {
            return Err(self.error(JsonErrorKind::TooDeep));
        }
        self.depth += 1;
        self.i += 1;
        self.space();
        Ok(())
    }

    fn array(&mut self, shape: &'static Shape, tag: Tag) -> Step {
        self.enter()?;
        let item = shape.item.unwrap_or(shape);
        let level = self.arrays;
        self.arrays += 1;
        let mut n: u32 = 0;
        if self.peek() == b']' {
            self.i += 1;
        } else {
            loop {
                if let Some(ordinal) = self.ordinals.get_mut(level) {
                    *ordinal = n;
                }
                self.value(item, tag, shape.item_types, 0..0).map_err(|e| e.within(Segment::Item(n)))?;
                n = n.saturating_add(1);
                self.space();
                match self.peek() {
                    b',' => self.i += 1,
                    b']' => break self.i += 1,
                    _ => return Err(self.error(JsonErrorKind::Syntax)),
                }
                self.space();
            }
        }
        if let Some(ordinal) = self.ordinals.get_mut(level) {
            *ordinal = 0;
        }
        self.arrays = level;
        self.depth -= 1;
        Ok(())
    }

    fn object(&mut self, shape: &'static Shape) -> Step {
        let start = self.i;
        self.enter()?;
        let around = (core::mem::replace(&mut self.object, start), self.label.clone());
        let first_key = self.keys.len();
        let mut seen: u64 = 0;
        if self.peek() == b'}' {
            self.i += 1;
        } else {
            loop {
                self.member(shape, &mut seen)?;
                self.space();
                match self.peek() {
                    b',' => self.i += 1,
                    b'}' => break self.i += 1,
                    _ => return Err(self.error(JsonErrorKind::Syntax)),
                }
                self.space();
            }
        }
        self.depth -= 1;
        (self.object, self.label) = around;
        if has_duplicates(&mut self.keys, first_key) {
            return Err(JsonError::new(JsonErrorKind::DuplicateKey, start));
        }
        self.keys.truncate(first_key);
        match shape.fields.iter().enumerate().find(|(n, f)| f.required && seen & (1 << n) == 0) {
            Some((_, f)) => Err(JsonError::new(JsonErrorKind::Missing, start).within(Segment::Field(f.name))),
            None => Ok(()),
        }
    }

    fn member(&mut self, shape: &'static Shape, seen: &mut u64) -> Step {
        if self.peek() != b'"' {
            return Err(self.error(JsonErrorKind::Syntax));
        }
        let (range, escaped) = self.string()?;
        let raw = cut(self.body, range.clone());
        let name = if escaped {
            let mut text = DecodedText::default();
            text.decode(raw, 0);
            Cow::Owned(text.bytes().to_vec())
        } else {
            Cow::Borrowed(raw)
        };
        let declared = shape.field(&name);
        if self.unique_names {
            self.keys.push(name);
        }
        self.space();
        if self.peek() != b':' {
            return Err(self.error(JsonErrorKind::Syntax));
        }
        self.i += 1;
        self.space();
        if let Some((n, Field { name, tag, shape, types, .. })) = declared {
            *seen |= 1 << n;
            self.sink.declared_name(range.clone());
            self.label = 0..0;
            return self.value(shape, *tag, *types, range).map_err(|e| e.within(Segment::Field(name)));
        }
        let below = shape.rest.unwrap_or(shape);
        self.label = 0..0;
        self.emit(shape.slot, Tag::Plain, 0..0, Scalar::Key(range.clone(), escaped));
        self.label = range.clone();
        self.value(below, shape.rest_tag, Types::ANY, range).map_err(|e| e.within(Segment::Other))
    }

    /// Reads a string; returns the range of its content and whether it holds escapes.
    fn string(&mut self) -> Step<(Range<usize>, bool)> {
        self.i += 1;
        let start = self.i;
        let mut escaped = false;
        loop {
            self.i = plain_end(self.body, self.i);
            match self.peek() {
                b'"' if self.i < self.body.len() => break,
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return Err(self.error(JsonErrorKind::Syntax)),
            }
        }
        let range = start..self.i;
        self.i += 1;
        Ok((range, escaped))
    }

    fn escape(&mut self) -> Step {
        match at(self.body, self.i + 1) {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.i += 2,
            b'u' => {
                let Some((unit, len)) = code_point(self.body, self.i) else {
                    return Err(self.error(JsonErrorKind::Syntax));
                };
                // A model's text may be cut between the halves, so an answer may hold one alone.
                if self.unique_names && char::from_u32(unit).is_none() {
                    return Err(self.error(JsonErrorKind::UnpairedSurrogate));
                }
                self.i += len;
            }
            _ => return Err(self.error(JsonErrorKind::Syntax)),
        }
        Ok(())
    }

    fn digits(&mut self) -> Step {
        let end = crate::bytes::run(self.body, self.i, |b| b.is_ascii_digit());
        if end == self.i {
            return Err(self.error(JsonErrorKind::Syntax));
        }
        self.i = end;
        Ok(())
    }

    fn number(&mut self) -> Step<Range<usize>> {
        let start = self.i;
        if self.peek() == b'-' {
            self.i += 1;
        }
        if self.peek() == b'0' {
            self.i += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            self.i += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.i += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.i += 1;
            }
            self.digits()?;
        }
        Ok(start..self.i)
    }

    fn literal(&mut self) -> Step<bool> {
        for (word, value) in [(&b"true"[..], true), (b"false", false), (b"null", false)] {
            if from(self.body, self.i).starts_with(word) {
                self.i += word.len();
                return Ok(value);
            }
        }
        Err(self.error(JsonErrorKind::Syntax))
    }
}

/// The offset of the first quote, backslash or control character from `i` on.
#[inline]
fn plain_end(body: &[u8], i: usize) -> usize {
    block::find(body, i, b' ', |b| b.equal(b'"') | b.equal(b'\\') | b.within(0, 0x1F))
}

/// Whether two names from `first` on are equal; more than a few may be taken out for it. Sorting keeps many names at n log n without a hash that could be attacked.
fn has_duplicates(keys: &mut Vec<Cow<'_, [u8]>>, first: usize) -> bool {
    if keys.len() - first <= PAIRWISE_KEYS {
        let mut rest = keys.get(first..).unwrap_or_default();
        while let Some((first, others)) = rest.split_first() {
            if others.contains(first) {
                return true;
            }
            rest = others;
        }
        return false;
    }
    let mut keys = keys.split_off(first);
    order::by(&mut keys, &|a, b| a < b);
    keys.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
}

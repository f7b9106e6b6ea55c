//! Masks a request body: finds values in its text, gives each a placeholder, and splices.
//!
//! The body is walked once. Numbers are given afterwards, in the order of the body, because a number that
//! the text itself uses anywhere (`EMAIL_1` written by the client) must be skipped. Bytes outside of
//! masked spans are copied as they are.

mod plain;

pub use plain::{MaskedText, Replaced, find, mask_text};

use alloc::collections::BTreeMap;
use core::fmt;
use core::ops::Range;

use crate::bytes::{before, cut, from};
use crate::entity::{EntityType, Hit};
use crate::json::embedded::{Piece, pieces};
use crate::json::{DecodedText, JsonError, Place, Scalar, Shape, Sink, Slot, Tag, Types, walk};
use crate::policy::{Action, Masking};
use crate::tokens::{Kept, TokenMap, bent, parse_number, write_placeholder};

extern crate alloc;

/// Numbers shorter than this many digits are no value of any type.
const MIN_NUMBER_DIGITS: usize = 7;
/// What stands in the place of a redacted value.
pub const REDACTED: &[u8] = b"[REDACTED]";

/// A request body, masked.
#[derive(Default)]
pub struct Masked {
    /// The new body; none where nothing changes.
    pub body: Option<Vec<u8>>,
    /// What the answer is restored with.
    pub tokens: TokenMap,
    /// How many hits of each type were masked.
    pub counts: BTreeMap<EntityType, u32>,
    /// The types whose action is `block` that were found.
    pub blocked: Vec<EntityType>,
    /// The model's name as the client wrote it.
    pub model: String,
    /// Whether the client asked for a stream.
    pub stream: bool,
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body is still a prompt, and the model's name is what a client wrote.
        write!(f, "Masked({:?}, counts {:?}, blocked {:?})", self.tokens, self.counts, self.blocked)
    }
}

/// A value in the body, not yet numbered.
struct Found {
    range: Range<usize>,
    entity: EntityType,
    value: Kept,
    /// Whether the value is a bare number: its placeholder needs quotes, escaped this many times.
    quotes: Option<u8>,
}

/// Masks `body`, whose shape is `root`, as `masking` says.
///
/// # Errors
/// Where the body is not JSON of that shape.
pub fn mask(body: &[u8], root: &'static Shape, masking: &Masking) -> Result<Masked, JsonError> {
    let mut scan = Scan::new(body, masking);
    walk(body, root, Types::OBJECT, &mut scan)?;
    let Scan { found, mut masked, .. } = scan;
    if !found.is_empty() {
        masked.body = Some(splice(body, found, masking, &mut masked.tokens, |_| ()));
    }
    Ok(masked)
}

/// Copies `body` with each found value replaced by its placeholder. `placed` is told each one's number in
/// the order of the body; none where the value is redacted.
fn splice(
    body: &[u8],
    found: Vec<Found>,
    masking: &Masking,
    tokens: &mut TokenMap,
    mut placed: impl FnMut(Option<u32>),
) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + found.len() * 16);
    let mut done = 0;
    for value in found {
        let name = masking.name(value.entity);
        let quote: &[u8] = match value.quotes {
            None => b"",
            Some(1) => b"\"",
            Some(_) => b"\\\"",
        };
        out.extend_from_slice(cut(body, done..value.range.start));
        out.extend_from_slice(quote);
        if masking.action(value.entity) == Action::Redact {
            out.extend_from_slice(REDACTED);
            placed(None);
        } else {
            let number = tokens.number(value.entity, name, value.value);
            write_placeholder(&mut out, name, number);
            placed(Some(number));
        }
        out.extend_from_slice(quote);
        done = value.range.end;
    }
    out.extend_from_slice(from(body, done));
    out
}

struct Scan<'a> {
    body: &'a [u8],
    masking: &'a Masking,
    decoded: DecodedText,
    inner: DecodedText,
    hits: Vec<Hit>,
    found: Vec<Found>,
    masked: Masked,
}

impl<'a> Scan<'a> {
    fn new(body: &'a [u8], masking: &'a Masking) -> Self {
        Self {
            body,
            masking,
            decoded: DecodedText::default(),
            inner: DecodedText::default(),
            hits: Vec::with_capacity(16),
            found: Vec::with_capacity(16),
            masked: Masked::default(),
        }
    }

    /// Scans a text; `source` gives the place in the body of a range of it.
    fn text(&mut self, text: &[u8], quotes: Option<u8>, source: impl Fn(&Range<usize>) -> Range<usize>) {
        reserve_literals(text, self.masking, &mut self.masked.tokens);
        find(text, self.masking, &mut self.hits);
        for hit in &self.hits {
            let action = self.masking.action_at(hit.entity, hit.score);
            if action == Action::Block && !self.masked.blocked.contains(&hit.entity) {
                self.masked.blocked.push(hit.entity);
            }
            *self.masked.counts.entry(hit.entity).or_default() += 1;
            if action == Action::Warn {
                continue;
            }
            // A number is replaced as a whole: half of it would no longer be JSON.
            let range = if quotes.is_some() { 0..text.len() } else { hit.range.clone() };
            self.found.push(Found {
                range: source(&range),
                entity: hit.entity,
                value: self.masked.tokens.keep(cut(text, range)),
                quotes,
            });
            if quotes.is_some() {
                break;
            }
        }
    }

    fn string(&mut self, range: Range<usize>, escaped: bool, slot: Slot) {
        let raw = cut(self.body, range.clone());
        if slot == Slot::Url && raw.starts_with(b"data:") {
            return;
        }
        if !escaped && slot != Slot::EmbeddedJson {
            return self.text(raw, None, |r| range.start + r.start..range.start + r.end);
        }
        let mut decoded = core::mem::take(&mut self.decoded);
        decoded.decode(raw, range.start);
        match slot {
            Slot::EmbeddedJson => self.embedded(&decoded),
            _ => self.text(decoded.bytes(), None, |r| decoded.source_range(r)),
        }
        self.decoded = decoded;
    }

    /// Scans the inner strings and the bare tokens of JSON inside a string.
    fn embedded(&mut self, outer: &DecodedText) {
        let mut inner = core::mem::take(&mut self.inner);
        for piece in pieces(outer.bytes()) {
            match piece {
                Piece::Text(range) => {
                    inner.decode(cut(outer.bytes(), range.clone()), range.start);
                    self.text(inner.bytes(), None, |r| outer.source_range(&inner.source_range(r)));
                }
                Piece::Bare(range) => {
                    let token = cut(outer.bytes(), range.clone());
                    let whole =
                        |r: &Range<usize>| outer.source_range(&(range.start + r.start..range.start + r.end));
                    if is_number(token) {
                        self.text(token, Some(2), whole);
                    } else {
                        self.text(token, None, whole);
                    }
                }
            }
        }
        self.inner = inner;
    }
}

impl Sink for Scan<'_> {
    fn scalar(&mut self, place: &Place, scalar: Scalar) {
        match (scalar, place.slot) {
            (Scalar::Bool(value), _) if place.tag == Tag::Stream => self.masked.stream = value,
            (Scalar::String(range, _), Slot::Structure) if place.tag == Tag::Model => {
                self.masked.model = String::from_utf8_lossy(cut(self.body, range)).into_owned();
            }
            (Scalar::String(range, _) | Scalar::Key(range, _), Slot::Structure) => {
                reserve_literals(cut(self.body, range), self.masking, &mut self.masked.tokens);
            }
            (Scalar::String(range, escaped), slot) => self.string(range, escaped, slot),
            (Scalar::Key(range, escaped), _) => self.string(range, escaped, Slot::Text),
            (Scalar::Number(range), Slot::Text | Slot::EmbeddedJson) if range.len() >= MIN_NUMBER_DIGITS => {
                let body = self.body;
                self.text(cut(body, range.clone()), Some(1), |r| range.start + r.start..range.start + r.end);
            }
            _ => {}
        }
    }
}

/// Whether `token` can only be a number, so that a placeholder in its place needs quotes.
fn is_number(token: &[u8]) -> bool {
    token.iter().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E'))
}

/// Reserves the numbers of all placeholders that `text` writes out itself, in any form in which one would be
/// restored ([`bent`]): rehydration must leave them alone.
fn reserve_literals(text: &[u8], masking: &Masking, tokens: &mut TokenMap) {
    let mut i = bent::next_number(text, 0);
    while i < text.len() {
        if let Some((number, end)) = parse_number(text, i) {
            let spaced = before(text, i) != b'_';
            // The number's beginnings as well: a custom type may mask the rest of its digits. Behind a space
            // or hyphen what is left of them would be no placeholder.
            let next = |n: &u32| Some(n / 10).filter(|n| *n > 0 && !spaced);
            let beginnings = core::iter::successors(Some(number), next);
            let name = bent::Written::before(text, i);
            for entity in masking.names_ending(name.bytes()) {
                if name.may_be(masking.name(entity)) {
                    beginnings.clone().for_each(|n| tokens.reserve(entity, n));
                }
            }
            i = end;
        }
        i = bent::next_number(text, i + 1);
    }
}

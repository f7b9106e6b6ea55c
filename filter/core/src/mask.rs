//! Masks a request body: finds values in its text, gives each a placeholder, and splices.
//!
//! The body is walked once. Numbers are given afterwards, in the order of the body, because a number that
//! the text itself uses anywhere (`EMAIL_1` written by the client) must be skipped. Bytes outside of
//! masked spans are copied as they are. Documents in base64 come after the walk, because what they are may
//! be said behind them.

pub(crate) mod base64;
mod coverage;
mod document;
mod drop;
mod literals;
mod pending;
mod plain;
mod scanned;
mod segments;
mod splice;

pub use crate::policy::redaction::REDACTED;
pub use coverage::{Count, Coverage};
pub(crate) use plain::find_under;
pub use plain::{MaskedText, Replaced, find, find_and_score, mask_text};
pub use scanned::{Scanned, scan};
pub use segments::{Look, MIN_SCORED_BYTES};

use alloc::borrow::Cow;
use core::fmt;
use core::ops::Range;

use crate::by_type::ByType;
use crate::bytes::{at, cut, from};
use crate::entity::{EntityType, Hit};
use crate::formats::is_foreign_seal;
use crate::injection::{Origin, Scores};
use crate::json::embedded::{Piece, pieces};
use crate::json::shape::TEXT;
use crate::json::{DecodedText, JsonError, Place, Scalar, Shape, Sink, Slot, Tag, Types, walk};
use crate::policy::policies::Redactions;
use crate::policy::{Action, Masking, Verdict};
use crate::provider::route::Route;
use crate::tokens::TokenMap;
use crate::trace;
use document::{is_data_url, may_be_json};
use drop::Message;
use literals::reserve_literals;
use pending::Pending;
use plain::score_under;
use segments::Segments;
use splice::{Found, What};

extern crate alloc;

/// Numbers shorter than this many digits are no value of any type.
pub(crate) const MIN_NUMBER_DIGITS: usize = 7;

/// A request body, masked.
#[derive(Default)]
pub struct Masked {
    /// The new body; none where nothing changes.
    pub body: Option<Vec<u8>>,
    /// What the answer is restored with.
    pub tokens: TokenMap,
    /// How many hits of each type were masked.
    pub counts: ByType<u32>,
    /// The types whose action is `block` that were found.
    pub blocked: Vec<EntityType>,
    /// The model's name as the client wrote it; empty where the body names none.
    pub model: String,
    /// Whether the client asked for a stream; none where the body does not say.
    pub stream: Option<bool>,
    /// What became of the body's strings.
    pub coverage: Coverage,
    /// How much its texts read like an attack; nothing where they were not looked at for that.
    pub scores: Scores,
    /// What the policy's gate and rules say of it.
    pub verdict: Verdict,
    /// Whether something that is to be removed with its message stands where no message can be.
    pub must_stay: bool,
    /// What the policy's shadow would have done.
    pub shadow: Option<Box<trace::Shadow>>,
    /// Whether thoughts stand in it that a provider of another format has sealed ([`crate::formats::SEAL_MARK`]).
    pub foreign_thoughts: bool,
    /// Where it goes.
    pub route: Route,
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body is still a prompt, and the model's name is what a client wrote.
        write!(f, "Masked({:?}, counts {:?}, blocked {:?})", self.tokens, self.counts, self.blocked)
    }
}

/// Masks `body`, whose shape is `root`, as `masking` says.
///
/// # Errors
/// Where the body is not JSON of that shape.
pub fn mask(body: &[u8], root: &'static Shape, masking: &Masking) -> Result<Masked, JsonError> {
    Ok(scan(body, root, Types::OBJECT, masking, Look::default())?.finish(&Redactions::default()))
}

/// Masks a body of which nothing is known but that it is JSON: all of it is text.
///
/// # Errors
/// Where it is not JSON.
pub fn mask_any(body: &[u8], masking: &Masking) -> Result<Masked, JsonError> {
    Ok(scan(body, &TEXT, Types::ANY, masking, Look::default())?.finish(&Redactions::default()))
}

struct Scan<'a> {
    body: &'a [u8],
    masking: &'a Masking,
    decoded: DecodedText,
    inner: DecodedText,
    hits: Vec<Hit>,
    found: Vec<Found>,
    pending: Vec<Pending>,
    /// Where the objects begin whose data is text as it stands.
    plain_data: Vec<usize>,
    /// The messages, where some may have to be removed.
    messages: Vec<Message>,
    /// Whether the model speaks in the open message.
    by_model: bool,
    /// Where the model's name stands.
    models: Vec<Range<usize>>,
    look: Look<'a>,
    segments: Segments,
    masked: Masked,
}

impl<'a> Scan<'a> {
    fn new(body: &'a [u8], masking: &'a Masking, look: Look<'a>) -> Self {
        Self {
            body,
            masking,
            decoded: DecodedText::default(),
            inner: DecodedText::default(),
            hits: Vec::with_capacity(16),
            found: Vec::with_capacity(16),
            pending: Vec::new(),
            plain_data: Vec::new(),
            messages: Vec::new(),
            by_model: false,
            models: Vec::new(),
            look,
            segments: Segments::default(),
            masked: Masked::default(),
        }
    }

    /// Scans a text that stands under `label`; `source` gives the place in the body of a range of it.
    fn text(
        &mut self,
        text: &[u8],
        label: &[u8],
        quotes: Option<u8>,
        source: impl Fn(&Range<usize>) -> Range<usize>,
    ) {
        find_under(label, text, self.masking, &mut self.hits, None);
        self.keep(text, quotes, source);
    }

    /// Scans a whole text that begins `at` a place of the body, and looks at it for what policies ask: one pass over
    /// its words for both.
    fn whole(
        &mut self,
        text: &[u8],
        label: &[u8],
        at: usize,
        source: impl Fn(&Range<usize>) -> Range<usize>,
    ) {
        let score = if self.look.score && text.len() >= MIN_SCORED_BYTES {
            Some(score_under(label, text, self.masking, &mut self.hits))
        } else {
            find_under(label, text, self.masking, &mut self.hits, None);
            None
        };
        let Self { segments, look, found, masked, .. } = self;
        segments.look(*look, text, at, score, |segment, pattern, range| {
            let value = masked.tokens.keep(cut(text, range.clone()));
            found.push(Found { range: source(&range), what: What::Match { segment, pattern, value } });
        });
        self.keep(text, None, source);
    }

    /// Keeps the hits that `text` was found to hold.
    fn keep(&mut self, text: &[u8], quotes: Option<u8>, source: impl Fn(&Range<usize>) -> Range<usize>) {
        reserve_literals(text, self.masking, &mut self.masked.tokens);
        for hit in &self.hits {
            let action = self.masking.action_at(hit.entity, hit.score);
            if action == Action::Block && !self.masked.blocked.contains(&hit.entity) {
                self.masked.blocked.push(hit.entity);
            }
            self.masked.counts.count(hit.entity);
            if action == Action::Warn && self.look.watched {
                self.masked.tokens.keep_own(hit.entity, cut(text, hit.range.clone()));
            }
            // A policy may still redact what is only warned about.
            if action == Action::Warn && !self.look.redacts {
                continue;
            }
            // A number is replaced as a whole: half of it would no longer be JSON.
            let range = if quotes.is_some() { 0..text.len() } else { hit.range.clone() };
            let value = self.masked.tokens.keep(cut(text, range.clone()));
            self.found.push(Found {
                range: source(&range),
                what: What::Value { entity: hit.entity, value, quotes },
            });
            if quotes.is_some() {
                break;
            }
        }
    }

    fn string(&mut self, range: Range<usize>, escaped: bool, embedded: bool, label: &[u8]) {
        let raw = cut(self.body, range.clone());
        if !escaped && !embedded {
            return self.whole(raw, label, range.start, |r| range.start + r.start..range.start + r.end);
        }
        let mut decoded = core::mem::take(&mut self.decoded);
        decoded.decode(raw, range.start);
        if is_embedded(decoded.bytes(), embedded) {
            self.embedded(&decoded);
        } else {
            self.whole(decoded.bytes(), label, range.start, |r| decoded.source_range(r));
        }
        self.decoded = decoded;
    }

    /// Scans the inner strings and the bare tokens of JSON inside a string.
    fn embedded(&mut self, outer: &DecodedText) {
        let mut inner = core::mem::take(&mut self.inner);
        let json = outer.bytes();
        // The name that was read last, while the object that it stands in is open.
        let (mut label, mut done) = (Vec::new(), 0);
        for piece in pieces(json) {
            let (Piece::Text(range) | Piece::Bare(range)) = &piece;
            if cut(json, done..range.start).contains(&b'}') {
                label.clear();
            }
            done = range.end;
            let source = |r: &Range<usize>| outer.source_range(r);
            match piece {
                Piece::Text(range) => {
                    inner.decode(cut(json, range.clone()), range.start);
                    let is_name = at(from(json, range.end + 1).trim_ascii_start(), 0) == b':';
                    let in_body = |r: &Range<usize>| source(&inner.source_range(r));
                    if is_name {
                        self.text(inner.bytes(), &[], None, in_body);
                        label.clear();
                        label.extend_from_slice(inner.bytes());
                    } else {
                        let start = source(&(range.start..range.start)).start;
                        self.whole(inner.bytes(), &label, start, in_body);
                    }
                }
                Piece::Bare(range) => {
                    let token = cut(json, range.clone());
                    let quotes = is_number(token).then_some(2);
                    let whole = |r: &Range<usize>| source(&(range.start + r.start..range.start + r.end));
                    self.text(token, &label, quotes, whole);
                }
            }
        }
        self.inner = inner;
    }
}

/// Whether a string is read as JSON. Where a format `declares` that, it need not be whole, as models write it;
/// a text is (a tool's result, often) where it is JSON with escapes, which else would hide what they stand for.
fn is_embedded(text: &[u8], declares: bool) -> bool {
    if declares {
        return may_be_json(text);
    }
    let object = matches!(at(text, 0), b'{' | b'[');
    object && memchr::memchr(b'\\', text).is_some() && walk(text, &TEXT, Types::ANY, &mut Nothing).is_ok()
}

/// The name or the structure at `range`, without escapes.
fn unescaped(body: &[u8], range: Range<usize>) -> Cow<'_, [u8]> {
    let raw = cut(body, range);
    if memchr::memchr(b'\\', raw).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut decoded = DecodedText::default();
    decoded.decode(raw, 0);
    Cow::Owned(decoded.bytes().to_vec())
}

impl Sink for Scan<'_> {
    fn scalar(&mut self, place: &Place, scalar: Scalar) {
        let body = self.body;
        match (scalar, place.slot) {
            (Scalar::Bool(value), _) if place.tag == Tag::Stream => self.masked.stream = Some(value),
            (Scalar::String(range, _), Slot::Structure) => {
                self.masked.coverage.structural.add(range.len());
                let written = unescaped(body, range.clone());
                match place.tag {
                    Tag::Model => {
                        self.masked.model = String::from_utf8_lossy(&written).into_owned();
                        self.models.push(range);
                    }
                    Tag::Role => {
                        self.by_model = matches!(&*written, b"assistant" | b"model");
                        self.segments.speaks(&written);
                    }
                    Tag::Seal => self.masked.foreign_thoughts |= is_foreign_seal(&written),
                    Tag::DataKind if *written == *b"text" => self.plain_data.push(place.object),
                    _ => {}
                }
                reserve_literals(&written, self.masking, &mut self.masked.tokens);
            }
            (Scalar::Key(range, _), Slot::Structure) => {
                self.masked.coverage.structural.add(range.len());
                reserve_literals(cut(body, range), self.masking, &mut self.masked.tokens);
            }
            (Scalar::String(range, escaped), slot)
                if slot == Slot::Data
                    || slot == Slot::Url && (escaped || is_data_url(cut(body, range.clone()))) =>
            {
                let (address, object) = (slot == Slot::Url, place.object);
                self.pending.push(Pending { range, escaped, address, object });
            }
            (Scalar::String(range, escaped), slot) => {
                self.masked.coverage.scanned.add(range.len());
                let (label, start) = (unescaped(body, place.label.clone()), range.start);
                self.string(range, escaped, slot == Slot::EmbeddedJson, &label);
                match place.tag {
                    Tag::SystemText => self.segments.settle(start, Origin::System),
                    Tag::ToolResult => self.segments.settle(start, Origin::Tool),
                    _ => {}
                }
            }
            (Scalar::Key(range, escaped), _) => {
                self.masked.coverage.scanned.add(range.len());
                // A name is no sentence.
                let name = Look { redacts: self.look.redacts, watched: self.look.watched, ..Look::default() };
                let look = core::mem::replace(&mut self.look, name);
                self.string(range, escaped, false, &[]);
                self.look = look;
            }
            (Scalar::Number(range), slot) if slot != Slot::Structure && range.len() >= MIN_NUMBER_DIGITS => {
                let label = unescaped(body, place.label.clone());
                self.text(cut(body, range.clone()), &label, Some(1), |r| {
                    range.start + r.start..range.start + r.end
                });
            }
            _ => {}
        }
    }

    fn declared_name(&mut self, name: Range<usize>) {
        self.masked.coverage.structural.add(name.len());
    }

    fn composite(&mut self, tag: Tag, _: [u32; 4], range: Range<usize>) {
        match tag {
            Tag::Message => {
                self.segments.end_message(range.start);
                let by_model = core::mem::take(&mut self.by_model);
                if self.look.drops && at(self.body, range.start) == b'{' {
                    self.messages.push(Message { range, by_model });
                }
            }
            Tag::SystemText => self.segments.end_instructions(range.start),
            Tag::ToolResult => self.segments.settle(range.start, Origin::Tool),
            _ => {}
        }
    }
}

/// Only the grammar matters.
struct Nothing;

impl Sink for Nothing {
    fn scalar(&mut self, _: &Place, _: Scalar) {}
}

/// Whether `token` can only be a number, so that a placeholder in its place needs quotes.
fn is_number(token: &[u8]) -> bool {
    token.iter().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E'))
}

//! What one event of a streamed answer holds, as ranges of its bytes.
//!
//! An event is read in one walk and judged afterwards, because what names a string (an index, the event's
//! type) may stand behind it.

use core::ops::Range;

use super::super::answer::{Usage, ask_about_text, depth, is_argument, unset};
use crate::bytes::cut;
use crate::json::{self, DecodedText, Place, Scalar, Sink, Tag, write_escaped};
use crate::output::Guards;
use crate::rehydrate::{Depth, Restorer, Splice, apply};
use crate::tokens::TokenMap;

/// Most growing strings of one event that are told apart; further ones are restored each by itself.
const MAX_PIECES: usize = 128;
/// Most tagged fields of one event that are kept; providers' events have a dozen.
const MAX_MARKS: usize = 512;

/// A string that continues one of earlier events.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) tag: Tag,
    /// The positions in the arrays around it.
    pub(super) ordinals: [u32; 4],
    /// The range of the name that it stands under.
    pub(super) key: Range<usize>,
    pub(super) range: Range<usize>,
    pub(super) depth: Depth,
}

#[derive(Debug)]
enum Marked {
    String(Range<usize>),
    Number(Range<usize>),
    True,
    Composite,
}

/// A field that the rules want to see.
#[derive(Debug)]
struct Mark {
    tag: Tag,
    ordinals: [u32; 4],
    value: Marked,
}

/// What one event holds; reused from event to event.
#[derive(Debug, Default)]
pub(super) struct Event {
    pub(super) pieces: Vec<Piece>,
    /// What is replaced by nothing, and how nothing is written.
    pub(super) unset: Vec<(Range<usize>, &'static [u8])>,
    marks: Vec<Mark>,
    pub(super) usage: Usage,
    /// Where the event's number stands.
    pub(super) sequence_number: Option<Range<usize>>,
    /// Whether it reports an error.
    pub(super) fault: bool,
}

impl Event {
    pub(super) fn clear(&mut self) {
        self.pieces.clear();
        self.unset.clear();
        self.marks.clear();
        self.usage = Usage::default();
        self.sequence_number = None;
        self.fault = false;
    }
}

/// Notes down what an event holds while it is walked over, and restores what does not grow.
pub(super) struct Reader<'a> {
    pub(super) data: &'a [u8],
    pub(super) event: &'a mut Event,
    pub(super) tokens: &'a TokenMap,
    pub(super) guards: &'a mut Guards,
    pub(super) restorer: &'a mut Restorer,
    pub(super) splices: &'a mut Vec<Splice>,
}

impl Reader<'_> {
    fn whole(&mut self, range: Range<usize>, depth: Depth, label: Range<usize>) {
        if !self.guards.is_empty()
            && let Some(text) = self.redacted(range.clone(), depth, label)
        {
            let mut inner = Vec::new();
            self.restorer.whole(self.tokens, &text, 0..text.len(), depth, &mut inner);
            return self.splices.push(Splice { range, with: apply(&text, &inner) });
        }
        self.restorer.whole(self.tokens, self.data, range, depth, self.splices);
    }

    /// The string as its content is written, with what policies redact in it; none where nothing is.
    fn redacted(&mut self, range: Range<usize>, depth: Depth, label: Range<usize>) -> Option<Vec<u8>> {
        let mut decoded = DecodedText::default();
        decoded.decode(cut(self.data, range), 0);
        let text = self.asked(decoded.bytes(), depth > 1, label)?;
        let mut out = Vec::with_capacity(text.len());
        write_escaped(&mut out, &text, 1);
        Some(out)
    }

    /// What policies make of a text; none where they leave it as it is.
    fn asked(&mut self, text: &[u8], is_json: bool, label: Range<usize>) -> Option<Vec<u8>> {
        let (label, Guards { live, shadow }) = (cut(self.data, label), &mut *self.guards);
        if let Some(shadow) = shadow {
            ask_about_text(shadow, self.tokens, label, text, is_json);
        }
        ask_about_text(live.as_mut()?, self.tokens, label, text, is_json)
    }

    /// A number of a tool's arguments, which a string takes the place of.
    fn number(&mut self, range: Range<usize>, label: Range<usize>) {
        if let Some(with) = self.asked(cut(self.data, range.clone()), true, label) {
            self.splices.push(Splice { range, with });
        }
    }

    fn mark(&mut self, tag: Tag, ordinals: [u32; 4], value: Marked) {
        match tag {
            Tag::Plain => return,
            Tag::Fault => self.event.fault = true,
            _ => {}
        }
        if self.event.marks.len() < MAX_MARKS {
            self.event.marks.push(Mark { tag, ordinals, value });
        }
    }
}

impl Sink for Reader<'_> {
    fn scalar(&mut self, place: &Place, scalar: Scalar) {
        let (tag, ordinals) = (place.tag, place.ordinals);
        match scalar {
            Scalar::String(range, _) if is_growing(tag) && !place.key.is_empty() => {
                let (key, depth) = (place.key.clone(), depth(place.slot));
                if self.event.pieces.len() < MAX_PIECES {
                    self.event.pieces.push(Piece { tag, ordinals, key, range, depth });
                } else {
                    self.whole(range, depth, place.label.clone());
                }
            }
            Scalar::String(range, _) | Scalar::Key(range, _) if place.slot != json::Slot::Structure => {
                if tag == Tag::Fault {
                    self.event.fault = true;
                }
                self.whole(range, depth(place.slot), place.label.clone());
            }
            Scalar::String(range, _) => self.mark(tag, ordinals, Marked::String(range)),
            Scalar::Number(range) if is_argument(place, &range) => self.number(range, place.label.clone()),
            Scalar::Number(range) => match tag {
                Tag::InputTokens | Tag::OutputTokens => self.event.usage.note(tag, cut(self.data, range)),
                Tag::SequenceNumber => self.event.sequence_number = Some(range),
                _ => self.mark(tag, ordinals, Marked::Number(range)),
            },
            Scalar::Bool(true) => self.mark(tag, ordinals, Marked::True),
            _ => {}
        }
    }

    fn composite(&mut self, tag: Tag, ordinals: [u32; 4], range: Range<usize>) {
        match tag {
            Tag::Logprobs => unset(self.data, &mut self.event.unset, range),
            tag if is_growing(tag) => {}
            _ => self.mark(tag, ordinals, Marked::Composite),
        }
    }
}

fn is_growing(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::GrowingText
            | Tag::GrowingReasoning
            | Tag::GrowingDetail
            | Tag::GrowingPart
            | Tag::GrowingCompletion
            | Tag::GrowingTranscript
            | Tag::GrowingToolArguments
            | Tag::GrowingToolInput
            | Tag::GrowingFunctionArguments
    )
}

/// An event that has been read, with its bytes.
#[derive(Clone, Copy)]
pub(super) struct Read<'d> {
    pub(super) data: &'d [u8],
    /// The event's type, where the framing tells it.
    pub(super) name: &'d [u8],
    pub(super) event: &'d Event,
}

impl<'d> Read<'d> {
    fn find(&self, tag: Tag, at: &[u32]) -> Option<&'d Marked> {
        let mark = self.event.marks.iter().find(|m| m.tag == tag && m.ordinals.starts_with(at))?;
        Some(&mark.value)
    }

    /// Whether a tagged field has a value; not null, not `false`. `at` are the outer positions.
    pub(super) fn has(&self, tag: Tag, at: &[u32]) -> bool {
        self.find(tag, at).is_some()
    }

    /// The number of a tagged field.
    pub(super) fn number(&self, tag: Tag, at: &[u32]) -> Option<u64> {
        let Some(Marked::Number(range)) = self.find(tag, at) else { return None };
        core::str::from_utf8(cut(self.data, range.clone())).ok()?.parse().ok()
    }

    /// The number as it is written.
    pub(super) fn digits(&self, tag: Tag) -> &'d [u8] {
        match self.find(tag, &[]) {
            Some(Marked::Number(range)) => cut(self.data, range.clone()),
            _ => b"",
        }
    }

    /// The content of a tagged string, escaped as it is written; empty where there is none.
    pub(super) fn string(&self, tag: Tag) -> &'d [u8] {
        match self.find(tag, &[]) {
            Some(Marked::String(range)) => cut(self.data, range.clone()),
            _ => b"",
        }
    }

    /// The event's type, as the framing or the event itself tells it.
    pub(super) fn kind(&self) -> &'d [u8] {
        if self.name.is_empty() { self.string(Tag::Kind) } else { self.name }
    }

    /// The name that a piece stands under.
    pub(super) fn key(&self, piece: &Piece) -> &'d [u8] {
        cut(self.data, piece.key.clone())
    }

    /// The positions of all values with a tag.
    pub(super) fn positions(&self, tag: Tag) -> impl Iterator<Item = [u32; 4]> + 'd {
        self.event.marks.iter().filter(move |m| m.tag == tag).map(|m| m.ordinals)
    }
}

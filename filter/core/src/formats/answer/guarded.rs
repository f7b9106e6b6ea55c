//! Whole answers, asked about before their values are put back.
//!
//! All texts are looked through first, tools' arguments by their strings and numbers, then the policies are asked once,
//! with all that was found. Other numbers are not looked at: between durations, times and counts that nobody declares
//! they mean nothing. What is no JSON is looked through as one text.

use core::ops::Range;

use super::{depth, unset};
use crate::bytes::cut;
use crate::formats::{Format, Usage};
use crate::json::{DecodedText, Place, Scalar, Sink, Slot, Tag, walk_answer, write_escaped};
use crate::mask::MIN_NUMBER_DIGITS;
use crate::output::{Guard, Guards, Quotes, Span, find_in, replace};
use crate::rehydrate::{Depth, Splice, apply, in_order};
use crate::tokens::TokenMap;

/// A text in which something was found.
struct Text {
    /// Where it stands in the body.
    range: Range<usize>,
    /// How many times it is escaped there.
    escaped: Depth,
    /// Whether it is JSON, or a piece of it.
    is_json: bool,
    text: Vec<u8>,
    spans: Vec<Span>,
}

/// Looks through the texts of an answer.
struct Looking<'a> {
    body: &'a [u8],
    tokens: &'a TokenMap,
    guard: &'a mut Guard,
    decoded: DecodedText,
    texts: Vec<Text>,
    spans: Vec<Span>,
    unset: Vec<(Range<usize>, &'static [u8])>,
    usage: Usage,
    bytes: usize,
}

impl Looking<'_> {
    fn text(&mut self, range: Range<usize>, depth: Depth, label: Range<usize>) {
        self.decoded.decode(cut(self.body, range.clone()), 0);
        let text = self.decoded.bytes();
        self.bytes += text.len();
        find_in(self.guard, self.tokens, cut(self.body, label), text, depth > 1, &mut self.spans);
        if !self.spans.is_empty() {
            let spans = core::mem::take(&mut self.spans);
            self.texts.push(Text { range, escaped: 1, is_json: depth > 1, text: text.to_vec(), spans });
        }
    }

    fn number(&mut self, range: Range<usize>, label: Range<usize>) {
        let text = cut(self.body, range.clone());
        find_in(self.guard, self.tokens, cut(self.body, label), text, true, &mut self.spans);
        if !self.spans.is_empty() {
            let spans = core::mem::take(&mut self.spans);
            self.texts.push(Text { range, escaped: 0, is_json: true, text: text.to_vec(), spans });
        }
    }
}

impl Sink for Looking<'_> {
    fn scalar(&mut self, place: &Place, scalar: Scalar) {
        match scalar {
            Scalar::String(range, _) | Scalar::Key(range, _) if place.slot != Slot::Structure => {
                self.text(range, depth(place.slot), place.label.clone());
            }
            Scalar::Number(range) if is_argument(place, &range) => self.number(range, place.label.clone()),
            Scalar::Number(range) => self.usage.note(place.tag, cut(self.body, range)),
            _ => {}
        }
    }

    fn composite(&mut self, tag: Tag, _: [u32; 4], range: Range<usize>) {
        if tag == Tag::Logprobs {
            unset(self.body, &mut self.unset, range);
        }
    }
}

/// Asks about an answer; returns its body with what is redacted, or none where nothing is. Whether it was refused the
/// guard says.
fn ask(format: Format, body: &[u8], tokens: &TokenMap, guard: &mut Guard) -> Option<Vec<u8>> {
    let mut looking = Looking {
        body,
        tokens,
        guard,
        decoded: DecodedText::default(),
        texts: Vec::new(),
        spans: Vec::new(),
        unset: Vec::new(),
        usage: Usage::default(),
        bytes: 0,
    };
    let is_json = walk_answer(body, format.answer(), &mut looking).is_ok();
    let Looking { guard, mut texts, unset, usage, bytes, .. } = looking;
    if is_json {
        guard.count(usage);
        if usage.output.is_none() {
            guard.add_text(bytes);
        }
    } else {
        let mut spans = Vec::new();
        guard.find(tokens, b"", body, &mut spans);
        guard.add_text(body.len());
        texts = vec![Text { range: 0..body.len(), escaped: 0, is_json: false, text: body.to_vec(), spans }];
    }
    let all: Vec<Span> = texts.iter().flat_map(|text| text.spans.iter().cloned()).collect();
    guard.ask(&all, true);
    if guard.is_blocked() {
        return None;
    }
    let mut splices: Vec<Splice> = texts
        .iter()
        .filter(|text| text.spans.iter().any(|span| guard.replaces(span.what)))
        .map(|Text { range, escaped, is_json, text, spans }| {
            let text = redacted(guard, text, spans, *is_json);
            let mut with = Vec::with_capacity(text.len());
            write_escaped(&mut with, &text, *escaped);
            Splice { range: range.clone(), with }
        })
        .collect();
    if splices.is_empty() {
        return None;
    }
    // Probabilities would show the pieces of what was redacted.
    splices.extend(unset.into_iter().map(|(range, with)| Splice { range, with: with.to_vec() }));
    in_order(&mut splices);
    Some(apply(body, &splices))
}

/// A whole text with what was found in it redacted.
fn redacted(guard: &Guard, text: &[u8], spans: &[Span], is_json: bool) -> Vec<u8> {
    let (mut out, mut quotes) = (Vec::with_capacity(text.len()), Quotes::default());
    replace(guard, text, 0, text.len(), spans, is_json.then_some(&mut quotes), &mut out);
    out
}

/// Whether a number is one of a tool's arguments, and long enough to be a value of some type.
pub(in crate::formats) fn is_argument(place: &Place, number: &Range<usize>) -> bool {
    place.slot == Slot::Argument && number.len() >= MIN_NUMBER_DIGITS
}

/// Asks about one whole text under a `label`; returns it with what is redacted, or none where nothing is.
pub(in crate::formats) fn ask_about_text(
    guard: &mut Guard,
    tokens: &TokenMap,
    label: &[u8],
    text: &[u8],
    is_json: bool,
) -> Option<Vec<u8>> {
    let mut spans = Vec::new();
    find_in(guard, tokens, label, text, is_json, &mut spans);
    guard.ask(&spans, true);
    let changes = !guard.is_blocked() && spans.iter().any(|span| guard.replaces(span.what));
    changes.then(|| redacted(guard, text, &spans, is_json))
}

/// Asks about a whole answer; returns its body with what is redacted, the placeholders still in it, or none where
/// nothing changes. After a block ([`Guards::is_blocked`]) nothing of it may go out.
#[must_use]
pub fn guard(format: Format, body: &[u8], tokens: &TokenMap, guards: &mut Guards) -> Option<Vec<u8>> {
    if let Some(shadow) = &mut guards.shadow {
        ask(format, body, tokens, shadow);
    }
    guards.live.as_mut().and_then(|live| ask(format, body, tokens, live))
}

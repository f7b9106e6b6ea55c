//! Chunks of Gemini's `streamGenerateContent`: the texts of a candidate's parts grow. Parts are not
//! numbered, so a text goes on until a part of another kind comes (a thought, a function call) or the
//! candidate's `finishReason`. Arguments of function calls come whole. Source: Gemini API reference,
//! "GenerateContentResponse".

use super::event::{Piece, Read};
use super::openai_chat::{choice, finishes};
use super::rules::{Continuation, Rules, SlotId, digits, repeated_string};
use crate::formats::Format;
use crate::formats::answer::gemini::ANSWER;
use crate::json::{Shape, Tag};
use crate::refusal::Refusal;

pub(super) struct Gemini;

/// What a part is: 0 text, 1 a thought.
type Kind = u64;

/// What the part at a position is; none where it holds no text.
fn kind(event: &Read<'_>, candidate: u32, part: u32) -> Option<Kind> {
    let at = [candidate, part];
    let has_text = event.event.pieces.iter().any(|p| p.ordinals.starts_with(&at));
    has_text.then(|| u64::from(event.has(Tag::Thought, &at)))
}

/// The kinds of a candidate's parts from position `from` on.
fn kinds(event: &Read<'_>, number: u64, from: u32) -> impl Iterator<Item = Option<Kind>> {
    let parts = event.positions(Tag::Part);
    let of_candidate =
        parts.filter(move |[candidate, part, ..]| *part >= from && choice(event, *candidate) == number);
    of_candidate.map(|[candidate, part, ..]| kind(event, candidate, part))
}

impl Rules for Gemini {
    fn shape(&self) -> &'static Shape {
        &ANSWER
    }

    fn slot<'d>(&self, event: &Read<'d>, piece: &Piece) -> Option<SlotId<'d>> {
        let [candidate, part, ..] = piece.ordinals;
        let b = u64::from(event.has(Tag::Thought, &[candidate, part]));
        Some(SlotId { tag: piece.tag, a: choice(event, candidate), b, name: b"", depth: piece.depth })
    }

    fn closes(&self, event: &Read<'_>, slot: &SlotId<'_>) -> bool {
        finishes(event, slot.a)
    }

    fn interrupts(&self, event: &Read<'_>, slot: &SlotId<'_>) -> bool {
        kinds(event, slot.a, 0).next().is_some_and(|first| first != Some(slot.b))
    }

    fn is_cut_off(&self, event: &Read<'_>, n: usize) -> bool {
        let Some(piece) = event.event.pieces.get(n) else { return false };
        let [candidate, part, ..] = piece.ordinals;
        let number = choice(event, candidate);
        let next = kinds(event, number, part + 1).next();
        next.is_some_and(|next| next != kind(event, candidate, part))
    }

    fn continuation(&self, event: &Read<'_>, slot: &SlotId<'_>) -> Continuation {
        let thought: &[u8] = if slot.b == 1 { b"\",\"thought\":true}" } else { b"\"}" };
        let after = [
            thought,
            b"],\"role\":\"model\"},\"index\":",
            &*digits(slot.a),
            b"}]",
            &*also("modelVersion", event.string(Tag::Model)),
            &*also("responseId", event.string(Tag::Id)),
            b"}",
        ];
        Continuation::new(b"", &[b"{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\""], &after.concat())
    }

    fn completes(&self, event: &Read<'_>) -> bool {
        event.has(Tag::FinishReason, &[])
    }

    fn error(&self, refusal: &Refusal) -> (&'static [u8], Vec<u8>) {
        (b"", refusal.body(Format::Gemini))
    }
}

/// A comma and a member.
fn also(name: &str, content: &[u8]) -> Vec<u8> {
    let mut member = repeated_string(name, content);
    if member.pop().is_some() {
        member.insert(0, b',');
    }
    member
}

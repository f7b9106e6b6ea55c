//! Chunks of OpenAI Completions: each choice's `text` grows, and closes with its `finish_reason`. Chunks of
//! Mistral's fill-in-the-middle are those of a chat. Source: OpenAI API reference, "The completion object".

use super::event::{Piece, Read};
use super::openai_chat::{OpenaiChat, choice, envelope, finishes};
use super::rules::{Continuation, Rules, SlotId};
use crate::formats::answer::openai_completions::ANSWER;
use crate::json::{Shape, Tag};
use crate::refusal::Refusal;

pub(super) struct OpenaiCompletions;

impl Rules for OpenaiCompletions {
    fn shape(&self) -> &'static Shape {
        &ANSWER
    }

    fn slot<'d>(&self, event: &Read<'d>, piece: &Piece) -> Option<SlotId<'d>> {
        if piece.tag != Tag::GrowingCompletion {
            return OpenaiChat.slot(event, piece);
        }
        let [ordinal, ..] = piece.ordinals;
        Some(SlotId { tag: piece.tag, a: choice(event, ordinal), b: 0, name: b"", depth: piece.depth })
    }

    fn closes(&self, event: &Read<'_>, slot: &SlotId<'_>) -> bool {
        finishes(event, slot.a)
    }

    fn continuation(&self, event: &Read<'_>, slot: &SlotId<'_>) -> Continuation {
        if slot.tag != Tag::GrowingCompletion {
            return OpenaiChat.continuation(event, slot);
        }
        let choices = format!("\"choices\":[{{\"index\":{},\"text\":\"", slot.a);
        let before = [&*envelope(event, "text_completion"), choices.as_bytes()];
        Continuation::new(b"", &before, b"\",\"logprobs\":null,\"finish_reason\":null}]}")
    }

    fn completes(&self, _: &Read<'_>) -> bool {
        // Only `[DONE]` says so.
        false
    }

    fn error(&self, refusal: &Refusal) -> (&'static [u8], Vec<u8>) {
        (b"", refusal.openai_body())
    }
}

//! Lines of Ollama's `/api/chat` and `/api/generate`: content, response and thinking grow, and close with
//! the line that says `"done": true`. Arguments of tool calls come whole. Source: Ollama API documentation.

use super::event::{Piece, Read};
use super::rules::{Continuation, Rules, SlotId, repeated_string};
use crate::formats::Format;
use crate::formats::answer::ollama::{CHAT, GENERATE};
use crate::json::{Shape, Tag};
use crate::refusal::Refusal;

pub(super) struct OllamaChat;
pub(super) struct OllamaGenerate;

fn slot<'d>(event: &Read<'d>, piece: &Piece) -> SlotId<'d> {
    SlotId { tag: piece.tag, a: 0, b: 0, name: event.key(piece), depth: piece.depth }
}

fn envelope(event: &Read<'_>) -> Vec<u8> {
    [
        b"{".to_vec(),
        repeated_string("model", event.string(Tag::Model)),
        repeated_string("created_at", event.string(Tag::Created)),
    ]
    .concat()
}

fn error(refusal: &Refusal) -> (&'static [u8], Vec<u8>) {
    (b"", refusal.body(Format::OllamaChat))
}

impl Rules for OllamaChat {
    fn shape(&self) -> &'static Shape {
        &CHAT
    }

    fn slot<'d>(&self, event: &Read<'d>, piece: &Piece) -> Option<SlotId<'d>> {
        Some(slot(event, piece))
    }

    fn closes(&self, event: &Read<'_>, _: &SlotId<'_>) -> bool {
        event.has(Tag::Done, &[])
    }

    fn continuation(&self, event: &Read<'_>, slot: &SlotId<'_>) -> Continuation {
        let open: &[u8] = b"\"message\":{\"role\":\"assistant\",";
        // A client may count on the content, if it is only an empty one.
        let content: &[u8] = if slot.name == b"content" { b"" } else { b"\"content\":\"\"," };
        let before = [&*envelope(event), open, content, b"\"", slot.name, b"\":\""];
        Continuation::new(b"", &before, b"\"},\"done\":false}")
    }

    fn completes(&self, event: &Read<'_>) -> bool {
        event.has(Tag::Done, &[])
    }

    fn error(&self, refusal: &Refusal) -> (&'static [u8], Vec<u8>) {
        error(refusal)
    }
}

impl Rules for OllamaGenerate {
    fn shape(&self) -> &'static Shape {
        &GENERATE
    }

    fn slot<'d>(&self, event: &Read<'d>, piece: &Piece) -> Option<SlotId<'d>> {
        Some(slot(event, piece))
    }

    fn closes(&self, event: &Read<'_>, _: &SlotId<'_>) -> bool {
        event.has(Tag::Done, &[])
    }

    fn continuation(&self, event: &Read<'_>, slot: &SlotId<'_>) -> Continuation {
        let response: &[u8] = if slot.name == b"response" { b"" } else { b"\"response\":\"\"," };
        let before = [&*envelope(event), response, b"\"", slot.name, b"\":\""];
        Continuation::new(b"", &before, b"\",\"done\":false}")
    }

    fn completes(&self, event: &Read<'_>) -> bool {
        event.has(Tag::Done, &[])
    }

    fn error(&self, refusal: &Refusal) -> (&'static [u8], Vec<u8>) {
        error(refusal)
    }
}

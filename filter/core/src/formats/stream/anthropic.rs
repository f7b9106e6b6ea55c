//! Events of Anthropic Messages: text, thinking and the JSON of a tool's input grow by content block, and
//! close with `content_block_stop`, at the latest with `message_delta` or `message_stop`. Source: Anthropic
//! API reference, "Streaming messages".

use super::event::{Piece, Read};
use super::rules::{Continuation, Rules, SlotId};
use crate::formats::Format;
use crate::formats::answer::anthropic::EVENT;
use crate::json::{Shape, Tag};
use crate::refusal::Refusal;

pub(super) struct AnthropicMessages;

/// How the events name what grows.
const KINDS: [(&[u8], &[u8]); 3] =
    [(b"text", b"text_delta"), (b"thinking", b"thinking_delta"), (b"partial_json", b"input_json_delta")];

impl Rules for AnthropicMessages {
    fn shape(&self) -> &'static Shape {
        &EVENT
    }

    fn slot<'d>(&self, event: &Read<'d>, piece: &Piece) -> Option<SlotId<'d>> {
        let a = event.number(Tag::ItemIndex, &[]).unwrap_or(0);
        Some(SlotId { tag: piece.tag, a, b: 0, name: event.key(piece), depth: piece.depth })
    }

    fn closes(&self, event: &Read<'_>, slot: &SlotId<'_>) -> bool {
        match event.kind() {
            b"content_block_stop" => event.number(Tag::ItemIndex, &[]).unwrap_or(0) == slot.a,
            b"message_delta" | b"message_stop" | b"error" => true,
            _ => false,
        }
    }

    fn continuation(&self, event: &Read<'_>, slot: &SlotId<'_>) -> Continuation {
        let known = KINDS.iter().find(|(name, _)| *name == slot.name);
        let kind = known.map_or(event.string(Tag::PartKind), |(_, kind)| kind);
        let head = format!("{{\"type\":\"content_block_delta\",\"index\":{},\"delta\":{{\"type\":\"", slot.a);
        let before = [head.as_bytes(), kind, b"\",\"", slot.name, b"\":\""];
        Continuation::new(b"content_block_delta", &before, b"\"}}")
    }

    fn completes(&self, event: &Read<'_>) -> bool {
        event.kind() == b"message_stop"
    }

    fn error(&self, refusal: &Refusal) -> (&'static [u8], Vec<u8>) {
        (b"error", refusal.body(Format::AnthropicMessages))
    }
}

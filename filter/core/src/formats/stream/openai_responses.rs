//! Events of OpenAI Responses: `delta` grows in every event whose type ends with `.delta`, by type, item
//! and part. A slot closes with the `.done` event of its type, part, or item, or with the response; these
//! events repeat the text, which is restored whole. Events are numbered: events of the gateway's own take
//! the next number, and later ones are counted on. Source: OpenAI API reference, "Streaming events".

use super::event::{Piece, Read};
use super::rules::{Continuation, Rules, SlotId, digits, repeated_string};
use crate::formats::answer::openai_responses::EVENT;
use crate::json::{Shape, Tag};
use crate::refusal::Refusal;

pub(super) struct OpenaiResponses;

/// The part that an event is about: of a message's content, or of a summary.
fn part(event: &Read<'_>) -> Option<(&'static str, u64)> {
    let content = event.number(Tag::PartIndex, &[]).map(|n| ("content_index", n));
    content.or_else(|| event.number(Tag::ToolIndex, &[]).map(|n| ("summary_index", n)))
}

impl Rules for OpenaiResponses {
    fn shape(&self) -> &'static Shape {
        &EVENT
    }

    fn slot<'d>(&self, event: &Read<'d>, piece: &Piece) -> Option<SlotId<'d>> {
        let name = event.kind();
        if name == b"response.audio.delta" {
            return None;
        }
        let a = event.number(Tag::ItemIndex, &[]).unwrap_or(0);
        let b = part(event).map_or(0, |(_, n)| n);
        let is_json = name.ends_with(b"_arguments.delta") || name.ends_with(b".arguments.delta");
        Some(SlotId { tag: piece.tag, a, b, name, depth: if is_json { 2 } else { 1 } })
    }

    fn closes(&self, event: &Read<'_>, slot: &SlotId<'_>) -> bool {
        let kind = event.kind();
        match kind {
            b"error" | b"response.completed" | b"response.incomplete" | b"response.failed" => return true,
            _ => {}
        }
        let Some(ended) = kind.strip_suffix(b".done") else { return false };
        if event.number(Tag::ItemIndex, &[]).unwrap_or(0) != slot.a {
            return false;
        }
        let same_part = part(event).map_or(0, |(_, n)| n) == slot.b;
        match ended {
            b"response.output_item" => true,
            b"response.content_part" => same_part && !is_summary(slot.name),
            b"response.reasoning_summary_part" => same_part && is_summary(slot.name),
            _ => same_part && slot.name.strip_suffix(b".delta") == Some(ended),
        }
    }

    fn continuation(&self, event: &Read<'_>, slot: &SlotId<'_>) -> Continuation {
        let mut before = b"{".to_vec();
        before.extend_from_slice(&repeated_string("type", slot.name));
        before.extend_from_slice(&repeated_string("item_id", event.string(Tag::ItemId)));
        if event.has(Tag::ItemIndex, &[]) {
            before.extend_from_slice(&[b"\"output_index\":", &*digits(slot.a), b","].concat());
        }
        if let Some((name, n)) = part(event) {
            before.extend_from_slice(format!("\"{name}\":{n},").as_bytes());
        }
        if slot.name == b"response.output_text.delta" {
            before.extend_from_slice(b"\"logprobs\":[],");
        }
        Continuation::new(slot.name, &[&before, b"\"delta\":\""], b"\"}")
    }

    fn completes(&self, event: &Read<'_>) -> bool {
        matches!(event.kind(), b"response.completed" | b"response.incomplete")
    }

    fn error(&self, refusal: &Refusal) -> (&'static [u8], Vec<u8>) {
        let (code, message) = (refusal.code.parts().0, &refusal.message);
        let json =
            format!("{{\"type\":\"error\",\"code\":\"{code}\",\"message\":\"{message}\",\"param\":null}}");
        (b"error", json.into_bytes())
    }
}

fn is_summary(name: &[u8]) -> bool {
    name.starts_with(b"response.reasoning_summary")
}

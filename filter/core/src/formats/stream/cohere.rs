//! Events of Cohere v2 chat: text and thinking grow by content, arguments by tool call, and the plan by
//! itself. They close with `content-end`, `tool-call-end`, the first tool call, or `message-end`. Source:
//! Cohere API reference, "Chat with streaming" (v2).

use super::event::{Piece, Read};
use super::rules::{Continuation, Rules, SlotId};
use crate::formats::answer::cohere::EVENT;
use crate::json::{Shape, Tag};
use crate::refusal::Refusal;

pub(super) struct CohereChat;

const PLAN: &[u8] = b"tool_plan";

impl Rules for CohereChat {
    fn shape(&self) -> &'static Shape {
        &EVENT
    }

    fn slot<'d>(&self, event: &Read<'d>, piece: &Piece) -> Option<SlotId<'d>> {
        let name = event.key(piece);
        let a = if name == PLAN { 0 } else { event.number(Tag::ItemIndex, &[]).unwrap_or(0) };
        Some(SlotId { tag: piece.tag, a, b: 0, name, depth: piece.depth })
    }

    fn closes(&self, event: &Read<'_>, slot: &SlotId<'_>) -> bool {
        let same = event.number(Tag::ItemIndex, &[]).unwrap_or(0) == slot.a;
        let is_tool = slot.tag == Tag::GrowingToolArguments;
        match event.kind() {
            b"content-end" => same && !is_tool && slot.name != PLAN,
            b"tool-call-end" => same && is_tool,
            b"tool-call-start" => slot.name == PLAN,
            b"message-end" => true,
            _ => false,
        }
    }

    fn continuation(&self, _: &Read<'_>, slot: &SlotId<'_>) -> Continuation {
        let delta = |kind: &str, open: &str, after: &str| {
            let before =
                format!("{{\"type\":\"{kind}\",\"index\":{},\"delta\":{{\"message\":{{{open}\":\"", slot.a);
            Continuation::new(kind.as_bytes(), &[before.as_bytes()], after.as_bytes())
        };
        match slot.name {
            PLAN => {
                let before = b"{\"type\":\"tool-plan-delta\",\"delta\":{\"message\":{\"tool_plan\":\"";
                Continuation::new(b"tool-plan-delta", &[before], b"\"}}}")
            }
            b"arguments" => delta("tool-call-delta", "\"tool_calls\":{\"function\":{\"arguments", "\"}}}}}"),
            b"thinking" => delta("content-delta", "\"content\":{\"thinking", "\"}}}}"),
            _ => delta("content-delta", "\"content\":{\"text", "\"}}}}"),
        }
    }

    fn completes(&self, event: &Read<'_>) -> bool {
        event.kind() == b"message-end"
    }

    fn error(&self, refusal: &Refusal) -> (&'static [u8], Vec<u8>) {
        let message = &refusal.message;
        let json = format!(
            "{{\"type\":\"message-end\",\"delta\":{{\"finish_reason\":\"ERROR\",\"error\":\"{message}\"}}}}"
        );
        (b"message-end", json.into_bytes())
    }
}

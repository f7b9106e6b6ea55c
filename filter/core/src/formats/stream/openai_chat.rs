//! Chunks of OpenAI Chat Completions: every string below a choice's `delta` grows, and closes with the
//! choice's `finish_reason`. Source: OpenAI API reference, "The chat completion chunk object".

use super::event::{Piece, Read};
use super::rules::{Continuation, Rules, SlotId, digits, repeated, repeated_string};
use crate::formats::answer::openai_chat::ANSWER;
use crate::json::{Shape, Tag};
use crate::refusal::Refusal;

pub(super) struct OpenaiChat;

/// The number of the choice at a position.
pub(super) fn choice(event: &Read<'_>, ordinal: u32) -> u64 {
    event.number(Tag::ChoiceIndex, &[ordinal]).unwrap_or(u64::from(ordinal))
}

/// Whether a choice ends with the event.
pub(super) fn finishes(event: &Read<'_>, number: u64) -> bool {
    event.positions(Tag::FinishReason).any(|[ordinal, ..]| choice(event, ordinal) == number)
}

/// The members that every chunk repeats.
pub(super) fn envelope(event: &Read<'_>, object: &str) -> Vec<u8> {
    [
        b"{".to_vec(),
        repeated_string("id", event.string(Tag::Id)),
        repeated_string("object", object.as_bytes()),
        repeated("created", event.digits(Tag::Created)),
        repeated_string("model", event.string(Tag::Model)),
    ]
    .concat()
}

impl Rules for OpenaiChat {
    fn shape(&self) -> &'static Shape {
        &ANSWER
    }

    fn slot<'d>(&self, event: &Read<'d>, piece: &Piece) -> Option<SlotId<'d>> {
        let [ordinal, inner, ..] = piece.ordinals;
        let a = choice(event, ordinal);
        let tool = || event.number(Tag::ToolIndex, &[ordinal, inner]).unwrap_or(u64::from(inner));
        let (tag, b, name) = match piece.tag {
            Tag::GrowingToolArguments | Tag::GrowingToolInput => (piece.tag, tool(), &b""[..]),
            Tag::GrowingDetail => (piece.tag, tool(), event.key(piece)),
            // A text in an array of parts goes on with the one that stood there by itself.
            Tag::GrowingPart => (Tag::GrowingText, 0, &b"content"[..]),
            Tag::GrowingText => (piece.tag, 0, event.key(piece)),
            tag => (tag, 0, &b""[..]),
        };
        Some(SlotId { tag, a, b, name, depth: piece.depth })
    }

    fn closes(&self, event: &Read<'_>, slot: &SlotId<'_>) -> bool {
        finishes(event, slot.a)
    }

    fn continuation(&self, event: &Read<'_>, slot: &SlotId<'_>) -> Continuation {
        let mut before = envelope(event, "chat.completion.chunk");
        before.extend_from_slice(format!("\"choices\":[{{\"index\":{},\"delta\":", slot.a).as_bytes());
        let tool = |member: &str| -> Vec<u8> {
            [b"{\"tool_calls\":[{\"index\":", &*digits(slot.b), b",", member.as_bytes()].concat()
        };
        let (open, close): (Vec<u8>, &str) = match slot.tag {
            Tag::GrowingToolArguments => (tool("\"function\":{\"arguments\":\""), "}}]}"),
            Tag::GrowingToolInput => (tool("\"custom\":{\"input\":\""), "}}]}"),
            Tag::GrowingFunctionArguments => (b"{\"function_call\":{\"arguments\":\"".to_vec(), "}}"),
            Tag::GrowingDetail => {
                let index = &*digits(slot.b);
                let parts: [&[u8]; 7] = [
                    b"{\"reasoning_details\":[{\"type\":\"reasoning.",
                    slot.name,
                    b"\",\"index\":",
                    index,
                    b",\"",
                    slot.name,
                    b"\":\"",
                ];
                (parts.concat(), "}]}")
            }
            Tag::GrowingTranscript => (b"{\"audio\":{\"transcript\":\"".to_vec(), "}}"),
            Tag::GrowingReasoning => (
                b"{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"".to_vec(),
                "}]}]}",
            ),
            _ => ([b"{\"", slot.name, b"\":\""].concat(), "}"),
        };
        before.extend_from_slice(&open);
        let after = format!("\"{close},\"finish_reason\":null}}]}}").into_bytes();
        Continuation { name: Vec::new(), before, after }
    }

    fn completes(&self, _: &Read<'_>) -> bool {
        // Only `[DONE]` says so.
        false
    }

    fn error(&self, refusal: &Refusal) -> (&'static [u8], Vec<u8>) {
        (b"", refusal.openai_body())
    }
}

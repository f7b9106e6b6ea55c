//! Events of Bedrock. `ConverseStream`: text, reasoning and the JSON of a tool's input grow by content
//! block, and close with `contentBlockStop` or `messageStop`. `InvokeModelWithResponseStream`: the model's
//! own events, inside others (`wrapped`); Anthropic's and OpenAI's are read by their own rules, of others
//! the texts that `answer/bedrock.rs` names. Source: Amazon Bedrock API reference, "ConverseStream".

use super::anthropic::AnthropicMessages;
use super::event::{Piece, Read};
use super::openai_chat::OpenaiChat;
use super::rules::{Continuation, Rules, SlotId, digits};
use crate::formats::answer::bedrock::{CONVERSE_EVENT, INVOKE_EVENT};
use crate::json::{Shape, Tag};
use crate::refusal::Refusal;

pub(super) struct Converse;

/// The member that grows, around its text.
fn converse_delta(slot: &SlotId<'_>) -> (&'static [u8], &'static [u8]) {
    match slot.tag {
        Tag::GrowingToolArguments => (b"{\"toolUse\":{\"input\":\"", b"\"}}"),
        Tag::GrowingReasoning => (b"{\"reasoningContent\":{\"text\":\"", b"\"}}"),
        _ => (b"{\"text\":\"", b"\"}"),
    }
}

fn exception(refusal: &Refusal) -> (&'static [u8], Vec<u8>) {
    let message = &refusal.message;
    match refusal.status() {
        // Of the exceptions that a stream can hold, the one that says it is not to be tried again.
        ..500 => (b"!validationException", format!("{{\"message\":\"{message}\"}}").into_bytes()),
        status => {
            let json = format!("{{\"message\":\"{message}\",\"originalStatusCode\":{status}}}");
            (b"!modelStreamErrorException", json.into_bytes())
        }
    }
}

impl Rules for Converse {
    fn shape(&self) -> &'static Shape {
        &CONVERSE_EVENT
    }

    fn slot<'d>(&self, event: &Read<'d>, piece: &Piece) -> Option<SlotId<'d>> {
        let a = event.number(Tag::ItemIndex, &[]).unwrap_or(0);
        Some(SlotId { tag: piece.tag, a, b: 0, name: b"", depth: piece.depth })
    }

    fn closes(&self, event: &Read<'_>, slot: &SlotId<'_>) -> bool {
        match event.kind() {
            b"contentBlockStop" => event.number(Tag::ItemIndex, &[]).unwrap_or(0) == slot.a,
            b"messageStop" | b"metadata" => true,
            _ => false,
        }
    }

    fn continuation(&self, _: &Read<'_>, slot: &SlotId<'_>) -> Continuation {
        let (open, close) = converse_delta(slot);
        let before = [b"{\"contentBlockIndex\":", &*digits(slot.a), b",\"delta\":", open];
        Continuation::new(b"contentBlockDelta", &before, &[close, b"}"].concat())
    }

    fn completes(&self, event: &Read<'_>) -> bool {
        event.kind() == b"messageStop"
    }

    fn error(&self, refusal: &Refusal) -> (&'static [u8], Vec<u8>) {
        exception(refusal)
    }
}

pub(super) struct Invoke;

/// Whose events they are.
fn maker(event: &Read<'_>) -> Option<&'static dyn Rules> {
    if event.string(Tag::ItemId).starts_with(b"chat.") {
        Some(&OpenaiChat)
    } else if event.kind().is_empty() {
        None
    } else {
        Some(&AnthropicMessages)
    }
}

/// Nova's events are those of `ConverseStream`, below their type.
const NOVA: &[u8] = b"contentBlockDelta";

impl Rules for Invoke {
    fn shape(&self) -> &'static Shape {
        &INVOKE_EVENT
    }

    fn slot<'d>(&self, event: &Read<'d>, piece: &Piece) -> Option<SlotId<'d>> {
        if let Some(maker) = maker(event) {
            return maker.slot(event, piece);
        }
        let [b, ..] = piece.ordinals;
        let a = event.number(Tag::ItemIndex, &[]).unwrap_or(0);
        let (b, name) =
            if event.has(Tag::PartKind, &[]) { (0, NOVA) } else { (u64::from(b), event.key(piece)) };
        Some(SlotId { tag: piece.tag, a, b, name, depth: piece.depth })
    }

    fn closes(&self, event: &Read<'_>, slot: &SlotId<'_>) -> bool {
        if let Some(maker) = maker(event) {
            return maker.closes(event, slot);
        }
        if event.has(Tag::Part, &[]) {
            return event.number(Tag::ItemIndex, &[]).unwrap_or(0) == slot.a;
        }
        let ends = match slot.tag {
            Tag::GrowingPart => event.positions(Tag::FinishReason).any(|[n, ..]| u64::from(n) == slot.b),
            _ => event.has(Tag::FinishReason, &[]),
        };
        ends || event.has(Tag::Done, &[])
    }

    fn continuation(&self, event: &Read<'_>, slot: &SlotId<'_>) -> Continuation {
        if let Some(maker) = maker(event) {
            return maker.continuation(event, slot);
        }
        if slot.name == NOVA {
            let (open, close) = converse_delta(slot);
            let before = [b"{\"contentBlockDelta\":{\"delta\":", open];
            let after = [close, b",\"contentBlockIndex\":", &*digits(slot.a), b"}}"].concat();
            return Continuation::new(b"", &before, &after);
        }
        if slot.tag == Tag::GrowingPart {
            // Outputs are told apart by their position: those before it stay as they are.
            let others = b"{\"text\":\"\"},".repeat(usize::try_from(slot.b).unwrap_or(0).min(64));
            let before = [&b"{\"outputs\":["[..], &others, b"{\"text\":\""];
            return Continuation::new(b"", &before, b"\",\"stop_reason\":null}]}");
        }
        Continuation::new(b"", &[b"{\"", slot.name, b"\":\""], b"\"}")
    }

    fn completes(&self, event: &Read<'_>) -> bool {
        event.kind() == b"message_stop" || event.has(Tag::FinishReason, &[]) || event.has(Tag::Done, &[])
    }

    fn error(&self, refusal: &Refusal) -> (&'static [u8], Vec<u8>) {
        exception(refusal)
    }
}

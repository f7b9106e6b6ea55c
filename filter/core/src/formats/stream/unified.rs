//! Events of the gateway's own endpoint: `delta` grows, and closes with the meta block.

use super::event::{Piece, Read};
use super::rules::{Continuation, Rules, SlotId};
use crate::formats::Format;
use crate::formats::answer::unified::EVENT;
use crate::json::{Shape, Tag};
use crate::refusal::Refusal;

pub(super) struct Unified;

impl Rules for Unified {
    fn shape(&self) -> &'static Shape {
        &EVENT
    }

    fn slot<'d>(&self, _: &Read<'d>, piece: &Piece) -> Option<SlotId<'d>> {
        Some(SlotId { tag: piece.tag, a: 0, b: 0, name: b"", depth: piece.depth })
    }

    fn closes(&self, event: &Read<'_>, _: &SlotId<'_>) -> bool {
        event.has(Tag::Done, &[])
    }

    fn continuation(&self, _: &Read<'_>, _: &SlotId<'_>) -> Continuation {
        Continuation::new(b"", &[b"{\"delta\":\""], b"\"}")
    }

    fn completes(&self, _: &Read<'_>) -> bool {
        // Only `[DONE]` says so.
        false
    }

    fn error(&self, refusal: &Refusal) -> (&'static [u8], Vec<u8>) {
        (b"", refusal.body(Format::Unified))
    }
}

//! Events inside events: Bedrock's `InvokeModelWithResponseStream` sends the model's own events as
//! `{"bytes":"<base64>"}`. Source: Bedrock API reference, "PayloadPart".

use core::ops::Range;

use super::base64;
use crate::bytes::{cut, from};
use crate::json::shape::structure;
use crate::json::{Place, Scalar, Shape, Sink, Tag, walk_answer};

static PART: Shape = Shape::object(&[structure("bytes").tagged(Tag::Bytes), structure("p")]);

/// What an event wraps.
pub(super) enum Wrapped {
    /// Nothing: it is an event itself.
    Nothing,
    /// Another event, and where it stands in base64.
    Event(Vec<u8>, Range<usize>),
    /// Something that cannot be read.
    Unreadable,
}

struct Finder(Option<Range<usize>>);

impl Sink for Finder {
    fn scalar(&mut self, place: &Place, scalar: Scalar) {
        if let (Scalar::String(range, _), Tag::Bytes) = (scalar, place.tag) {
            self.0 = Some(range);
        }
    }
}

/// Takes the event out of `json`.
pub(super) fn unwrap(json: &[u8]) -> Wrapped {
    let mut finder = Finder(None);
    if walk_answer(json, &PART, &mut finder).is_err() {
        return Wrapped::Unreadable;
    }
    let Some(range) = finder.0 else { return Wrapped::Nothing };
    match base64::decode(cut(json, range.clone())) {
        Some(event) => Wrapped::Event(event, range),
        None => Wrapped::Unreadable,
    }
}

/// `json` with another event in the place of the one at `range`.
pub(super) fn replace(json: &[u8], range: &Range<usize>, event: &[u8]) -> Vec<u8> {
    let mut out = cut(json, 0..range.start).to_vec();
    base64::encode(&mut out, event);
    out.extend_from_slice(from(json, range.end));
    out
}

/// An event that wraps another.
pub(super) fn wrap(event: &[u8]) -> Vec<u8> {
    let mut out = b"{\"bytes\":\"".to_vec();
    base64::encode(&mut out, event);
    out.extend_from_slice(b"\"}");
    out
}

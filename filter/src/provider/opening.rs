//! The beginning of a streamed answer, held until it is known whether it is an error: until then another provider can
//! take the request over, and the client has seen nothing.

use privet_core::formats::Format;
use privet_core::formats::stream::{Beginning, First};
use privet_core::framing::Framing;
use privet_core::provider::attempt::Outcome;

use crate::host::{self, Body};

/// A stream's beginning.
pub(super) struct Opening(Beginning);

impl Opening {
    /// None where the answer is no stream.
    pub(super) fn new(format: Format, content_type: Option<&[u8]>) -> Option<Self> {
        Framing::of(content_type, format, true).map(|framing| Self(Beginning::new(format, framing)))
    }

    /// `size` bytes have come and are held; how the attempt stands, once that is known.
    pub(super) fn look(&mut self, size: usize, end_of_stream: bool) -> Option<Outcome> {
        let seen = self.0.seen();
        let Ok(fresh) = host::body_from(Body::Response, seen, size.saturating_sub(seen)) else {
            return Some(Outcome::Answered(200));
        };
        match self.0.push(&fresh, end_of_stream) {
            First::Neither => None,
            First::Content => Some(Outcome::Answered(200)),
            First::Error => Some(Outcome::StreamError),
        }
    }
}

//! What happened to a stream, in numbers.

/// Why the gateway ended a stream before the provider did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamError {
    /// A frame is longer than [`crate::framing::MAX_FRAME_BYTES`].
    TooLarge,
    /// Where the next frame ends cannot be told.
    Damaged,
    /// A frame that holds a placeholder could not be understood.
    NotUnderstood,
    /// A policy of the response phase forbids the answer.
    Blocked,
}

impl StreamError {
    /// A sentence for the client.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::TooLarge => "an event of the provider's answer is too large",
            Self::Damaged => "the provider's answer is damaged",
            Self::Blocked => "a policy forbids this answer",
            Self::NotUnderstood => "an event of the provider's answer could not be understood",
        }
    }
}

/// What happened to a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events that came from the provider.
    pub events: u64,
    /// Events of the gateway's own.
    pub inserted: u64,
    /// Values that were put back.
    pub restored: u32,
    /// Frames that were not understood, and passed on because no placeholder stands in them.
    pub not_understood: u64,
    /// Why the gateway ended the stream, if it did.
    pub ended: Option<StreamError>,
}

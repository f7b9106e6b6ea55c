//! Step 10: how an answer is read, by its headers.

use crate::formats::Format;
use crate::framing::Framing;
use crate::refusal::{Code, Refusal};

/// How an answer is to be treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Restored event by event.
    Stream(Framing),
    /// Held until it is whole, then restored.
    Whole,
    /// Passed on as it comes: not text that the gateway could have masked.
    Pass,
}

/// Step 10, by the answer's headers; `streamed` says whether the client asked for a stream.
///
/// # Errors
/// 502 where the answer is compressed although the gateway asked for none: it could not be restored.
pub fn classify_answer(
    content_type: Option<&[u8]>,
    content_encoding: Option<&[u8]>,
    format: Format,
    streamed: bool,
) -> Result<Answer, Refusal> {
    let encoding = content_encoding.map(<[u8]>::trim_ascii).unwrap_or_default();
    if !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity") {
        return Err(Refusal::new(Code::ProviderError, "the provider's answer is compressed"));
    }
    if let Some(framing) = Framing::of(content_type, format, streamed) {
        return Ok(Answer::Stream(framing));
    }
    let media_type = content_type.unwrap_or_default().split(|b| *b == b';').next().unwrap_or_default();
    let media_type = media_type.trim_ascii();
    let is = |known: &[u8]| media_type.eq_ignore_ascii_case(known);
    let suffix = media_type.len().checked_sub(5).and_then(|i| media_type.get(i..));
    Ok(if is(b"application/json") || is(b"") || suffix.is_some_and(|s| s.eq_ignore_ascii_case(b"+json")) {
        Answer::Whole
    } else {
        Answer::Pass
    })
}

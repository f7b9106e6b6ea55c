//! Whole answers: the values put back into every text of the body.

mod openai_chat;

use core::ops::Range;

use super::Format;
use crate::bytes::cut;
use crate::json::{JsonError, Place, Scalar, Shape, Sink, Slot, Tag, walk_answer};
use crate::rehydrate::{Depth, Restorer, Splice, apply};
use crate::tokens::TokenMap;

impl Format {
    /// What stands where in an answer of this format, whole or one event of a stream, errors included.
    #[must_use]
    pub fn answer(self) -> &'static Shape {
        match self {
            Self::OpenaiChat => &openai_chat::ANSWER,
            _ => &crate::json::shape::TEXT,
        }
    }
}

/// Tokens as the provider counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt.
    pub input: Option<u64>,
    /// Tokens of the answer.
    pub output: Option<u64>,
}

impl Usage {
    pub(super) fn note(&mut self, tag: Tag, digits: &[u8]) {
        let value = core::str::from_utf8(digits).ok().and_then(|d| d.parse().ok());
        match tag {
            Tag::InputTokens => self.input = value,
            Tag::OutputTokens => self.output = value,
            _ => {}
        }
    }
}

/// How deep a slot's text is escaped.
pub(super) fn depth(slot: Slot) -> Depth {
    if slot == Slot::EmbeddedJson { 2 } else { 1 }
}

struct Answer<'a> {
    body: &'a [u8],
    tokens: &'a TokenMap,
    restorer: Restorer,
    splices: Vec<Splice>,
    usage: Usage,
}

impl Sink for Answer<'_> {
    fn scalar(&mut self, place: &Place, scalar: Scalar) {
        match scalar {
            Scalar::String(range, _) | Scalar::Key(range, _) if place.slot != Slot::Structure => {
                self.text(range, depth(place.slot));
            }
            Scalar::Number(range) => self.usage.note(place.tag, cut(self.body, range)),
            _ => {}
        }
    }
}

impl Answer<'_> {
    fn text(&mut self, range: Range<usize>, depth: Depth) {
        self.restorer.whole(self.tokens, self.body, range, depth, &mut self.splices);
    }
}

/// Puts the values back into a whole answer; none where nothing changes.
///
/// # Errors
/// Where the body is not JSON.
pub fn restore(
    format: Format,
    body: &[u8],
    tokens: &TokenMap,
) -> Result<(Option<Vec<u8>>, Usage), JsonError> {
    let mut answer =
        Answer { body, tokens, restorer: Restorer::default(), splices: Vec::new(), usage: Usage::default() };
    walk_answer(body, format.answer(), &mut answer)?;
    let changed = (!answer.splices.is_empty()).then(|| apply(body, &answer.splices));
    Ok((changed, answer.usage))
}

//! Whole answers: the values put back into every text of the body.
//!
//! Ids, names of tools, roles, the model, signatures and counts are structure and stay as they are. Tokens
//! with their probabilities would show the pieces of placeholders: they are replaced by null, or an empty
//! array, where the request's token map is not empty.

pub(super) mod anthropic;
pub(super) mod bedrock;
pub(super) mod cohere;
pub(super) mod gemini;
mod guarded;
pub(super) mod ollama;
pub(super) mod openai_chat;
pub(super) mod openai_completions;
mod openai_embeddings;
pub(super) mod openai_responses;
pub(super) mod unified;

pub use guarded::guard;
pub(super) use guarded::{ask_about_text, is_argument};

use core::ops::Range;

use super::Format;
use crate::bytes::{at, cut};
use crate::json::{JsonError, Place, Scalar, Shape, Sink, Slot, Tag, walk_answer};
use crate::rehydrate::{Depth, Restorer, Splice, apply, in_order};
use crate::tokens::TokenMap;

impl Format {
    /// What stands where in a whole answer of this format, errors included.
    #[must_use]
    pub fn answer(self) -> &'static Shape {
        match self {
            Self::OpenaiChat => &openai_chat::ANSWER,
            Self::OpenaiResponses => &openai_responses::ANSWER,
            Self::OpenaiCompletions => &openai_completions::ANSWER,
            Self::OpenaiEmbeddings => &openai_embeddings::ANSWER,
            Self::AnthropicMessages => &anthropic::ANSWER,
            Self::Gemini => &gemini::ANSWER,
            Self::GeminiEmbeddings => &gemini::EMBEDDINGS,
            Self::CohereChat => &cohere::ANSWER,
            Self::CohereEmbed => &cohere::EMBEDDINGS,
            Self::BedrockConverse => &bedrock::CONVERSE,
            Self::BedrockInvoke => &bedrock::INVOKE,
            Self::OllamaChat => &ollama::CHAT,
            Self::OllamaGenerate => &ollama::GENERATE,
            Self::OllamaEmbed => &ollama::EMBEDDINGS,
            Self::Unified => &unified::ANSWER,
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

/// Most objects and arrays that are taken out of one body; items of an array that is itself taken out are
/// counted only until its end. Providers send one a choice, and at most 128 choices.
const MAX_UNSET: usize = 1024;

/// Notes down that nothing is to stand at `range`, which holds an object or array, instead of what was
/// noted down of its items.
pub(super) fn unset(body: &[u8], all: &mut Vec<(Range<usize>, &'static [u8])>, range: Range<usize>) {
    while all.last().is_some_and(|(inner, _)| inner.start >= range.start) {
        all.pop();
    }
    let nothing: &[u8] = if at(body, range.start) == b'[' { b"[]" } else { b"null" };
    if all.len() < MAX_UNSET && cut(body, range.clone()) != nothing {
        all.push((range, nothing));
    }
}

struct Answer<'a> {
    body: &'a [u8],
    tokens: &'a TokenMap,
    restorer: Restorer,
    splices: Vec<Splice>,
    unset: Vec<(Range<usize>, &'static [u8])>,
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

    fn composite(&mut self, tag: Tag, _: [u32; 4], range: Range<usize>) {
        if tag == Tag::Logprobs && !self.tokens.is_empty() {
            unset(self.body, &mut self.unset, range);
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
    let mut answer = Answer {
        body,
        tokens,
        restorer: Restorer::default(),
        splices: Vec::new(),
        unset: Vec::new(),
        usage: Usage::default(),
    };
    walk_answer(body, format.answer(), &mut answer)?;
    if !answer.unset.is_empty() {
        let unset = answer.unset.into_iter();
        answer.splices.extend(unset.map(|(range, with)| Splice { range, with: with.to_vec() }));
        in_order(&mut answer.splices);
    }
    let changed = (!answer.splices.is_empty()).then(|| apply(body, &answer.splices));
    Ok((changed, answer.usage))
}

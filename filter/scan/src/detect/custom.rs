//! The policy's own types: regular expressions (regex-lite: linear time, no look-around).
//!
//! A pattern may name context words. Where one stands near a match, the match's score rises by
//! [`CONTEXT_BONUS`]; so a pattern with a low score counts only beside its words, when its type has a
//! `min_score` between the two. Near is the [`BEFORE`] bytes before it and the [`BEHIND`] bytes behind it,
//! and the words are compared as those of a [`Dictionary`].

use core::fmt;

use super::dictionary::{Dictionary, TermError};
use crate::bytes::{at, before, cut, from, run, run_back};
use crate::entity::{EntityType, Hit};

/// Largest compiled program of one pattern, in bytes.
pub const PATTERN_SIZE_LIMIT: usize = 1 << 18;
/// Longest pattern, in bytes.
pub const MAX_PATTERN_BYTES: usize = 4096;
/// Most context words of one pattern.
pub const MAX_CONTEXT_WORDS: usize = 64;
/// What a context word adds to the score, up to 1.
pub const CONTEXT_BONUS: f32 = 0.35;
/// How far before a match a context word may stand, in bytes.
const BEFORE: usize = 64;
/// How far behind a match a context word may stand, in bytes.
const BEHIND: usize = 40;

/// Why a pattern cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternError {
    /// It does not compile, or grows above [`PATTERN_SIZE_LIMIT`].
    Compile,
    /// It is longer than [`MAX_PATTERN_BYTES`].
    TooLong,
    /// It matches the empty text, and so stands everywhere.
    MatchesNothing,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compile => f.write_str("does not compile, or is too large"),
            Self::TooLong => write!(f, "longer than {MAX_PATTERN_BYTES} bytes"),
            Self::MatchesNothing => f.write_str("matches the empty text"),
        }
    }
}

/// A compiled pattern of a custom type.
pub struct CustomPattern {
    entity: EntityType,
    regex: regex_lite::Regex,
    score: f32,
    context: Dictionary,
    has_context: bool,
}

impl fmt::Debug for CustomPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A pattern can quote what it is to find.
        write!(f, "CustomPattern({:?})", self.entity)
    }
}

impl CustomPattern {
    /// Compiles `pattern`.
    ///
    /// # Errors
    /// Where the pattern cannot be used.
    pub fn new(entity: EntityType, pattern: &str, score: f32) -> Result<Self, PatternError> {
        if pattern.len() > MAX_PATTERN_BYTES {
            return Err(PatternError::TooLong);
        }
        let built = regex_lite::RegexBuilder::new(pattern).size_limit(PATTERN_SIZE_LIMIT).build();
        let regex = built.map_err(|_| PatternError::Compile)?;
        if regex.is_match("") {
            return Err(PatternError::MatchesNothing);
        }
        Ok(Self { entity, regex, score, context: Dictionary::default(), has_context: false })
    }

    /// Adds a context word.
    ///
    /// # Errors
    /// Where the word cannot be looked for.
    pub fn add_context(&mut self, word: &str) -> Result<(), TermError> {
        self.has_context = true;
        let number = self.context.type_number(self.entity);
        self.context.add(word, number)
    }

    /// Whether words around a match raise its score.
    pub(super) fn has_context(&self) -> bool {
        self.has_context
    }

    pub(super) fn find(&self, text: &[u8], hits: &mut Vec<Hit>) {
        let mut done = 0;
        // What is not UTF-8 splits the text (it can only come from detached tools: bodies are checked).
        while done < text.len() {
            let rest = from(text, done);
            let (valid, skip) = match core::str::from_utf8(rest) {
                Ok(valid) => (valid, 0),
                Err(e) => {
                    let (good, _) = rest.split_at_checked(e.valid_up_to()).unwrap_or_default();
                    (core::str::from_utf8(good).unwrap_or_default(), e.error_len().unwrap_or(rest.len()))
                }
            };
            for found in self.regex.find_iter(valid).filter(|m| !m.is_empty()) {
                let range = done + found.start()..done + found.end();
                let score = self.score_at(text, range.start, range.end);
                hits.push(Hit { range, entity: self.entity, score, validated: false });
            }
            done += valid.len() + skip.max(usize::from(valid.is_empty()));
            if skip == 0 {
                break;
            }
        }
    }

    /// The score of a match, with what its surroundings add.
    fn score_at(&self, text: &[u8], start: usize, end: usize) -> f32 {
        // What a window cuts off a word is no word.
        let in_word = |b: u8| b.is_ascii_alphanumeric();
        let mut first = start.saturating_sub(BEFORE);
        if in_word(before(text, first)) {
            first = run(text, first, in_word).min(start);
        }
        let mut last = (end + BEHIND).min(text.len());
        if in_word(at(text, last)) {
            last = run_back(text, last, last - end, in_word);
        }
        let near = |range| self.context.stands_in(cut(text, range));
        if near(first..start) || near(end..last) { (self.score + CONTEXT_BONUS).min(1.0) } else { self.score }
    }
}

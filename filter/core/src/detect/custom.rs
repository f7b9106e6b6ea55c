//! The policy's own types: regular expressions (regex-lite: linear time, no look-around).

use core::fmt;

use crate::bytes::from;
use crate::entity::{EntityType, Hit};

/// Largest compiled program of one pattern, in bytes.
pub const PATTERN_SIZE_LIMIT: usize = 1 << 20;

/// A compiled pattern of a custom type.
pub struct CustomPattern {
    entity: EntityType,
    regex: regex_lite::Regex,
    score: f32,
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
    /// The compiler's message where the pattern does not compile or grows above [`PATTERN_SIZE_LIMIT`].
    pub fn new(entity: EntityType, pattern: &str, score: f32) -> Result<Self, regex_lite::Error> {
        let regex = regex_lite::RegexBuilder::new(pattern).size_limit(PATTERN_SIZE_LIMIT).build()?;
        Ok(Self { entity, regex, score })
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
                hits.push(Hit { range, entity: self.entity, score: self.score, validated: false });
            }
            done += valid.len() + skip.max(usize::from(valid.is_empty()));
            if skip == 0 {
                break;
            }
        }
    }
}

//! Values that the policy lets pass whatever they look like: a hit is dropped where an entry matches the
//! whole of its value. Only hits are looked at, never the text.
//!
//! | entry | matches |
//! | --- | --- |
//! | `/…/` | what the regular expression between the slashes matches as a whole (regex-lite) |
//! | with a `*` or `?` | that shape: `*` stands for any characters, `?` for one; nothing escapes them |
//! | anything else | that value, as two values of the hit's type are compared: without case for names and e-mail addresses, by the digits for telephone and card numbers (`EntityType::canonical`) |
//!
//! Shapes have no case where the type's values have none. White space around a literal or shape is not part
//! of it. An entry may match everything.

use core::fmt;
use std::collections::BTreeSet;

use super::custom::PATTERN_SIZE_LIMIT;
use crate::bytes::cut;
use crate::case::folded;
use crate::entity::{EntityType, Form, Hit, built_in};
use crate::glob::matches;

/// Most literals of one policy; they are looked up, so that their number costs nothing.
pub const MAX_LITERALS: usize = 10_000;
/// Most shapes of one policy; every hit is compared with each.
pub const MAX_GLOBS: usize = 256;
/// Most regular expressions of one policy; every hit is compared with each.
pub const MAX_PATTERNS: usize = 64;
/// Longest entry, in bytes.
pub const MAX_ENTRY_BYTES: usize = 1024;

/// Why an entry cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowError {
    /// It is empty.
    Empty,
    /// It is longer than [`MAX_ENTRY_BYTES`].
    TooLong,
    /// The regular expression does not compile, or grows too large.
    Pattern,
    /// There are more entries of its kind than allowed.
    TooMany,
}

impl fmt::Display for AllowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::TooLong => write!(f, "longer than {MAX_ENTRY_BYTES} bytes"),
            Self::Pattern => f.write_str("the regular expression does not compile, or is too large"),
            Self::TooMany => write!(
                f,
                "at most {MAX_LITERALS} values, {MAX_GLOBS} shapes with `*` or `?`, and {MAX_PATTERNS} regular expressions"
            ),
        }
    }
}

/// The entries of a policy.
#[derive(Default)]
pub struct AllowList {
    /// Each literal as the types of each form compare it, and as it stands; see [`key`].
    literals: BTreeSet<Vec<u8>>,
    literal_count: usize,
    globs: Vec<Box<str>>,
    /// The same without case.
    folded_globs: Vec<Box<str>>,
    patterns: Vec<regex_lite::Regex>,
}

impl fmt::Debug for AllowList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The entries are values.
        let Self { literal_count, globs, patterns, .. } = self;
        write!(f, "AllowList({literal_count} values, {} shapes, {} patterns)", globs.len(), patterns.len())
    }
}

/// A value as it is compared by the types of a form, behind the form's number.
fn key(form: Form, canonical: &[u8]) -> Vec<u8> {
    [&[form as u8], canonical].concat()
}

impl AllowList {
    /// Adds an entry.
    ///
    /// # Errors
    /// Where the entry cannot be used.
    pub fn add(&mut self, entry: &str) -> Result<(), AllowError> {
        if entry.len() > MAX_ENTRY_BYTES {
            return Err(AllowError::TooLong);
        }
        if let Some(pattern) = entry.strip_prefix('/').and_then(|e| e.strip_suffix('/')) {
            return self.add_pattern(pattern);
        }
        let entry = entry.trim();
        if entry.is_empty() {
            return Err(AllowError::Empty);
        }
        if entry.contains(['*', '?']) {
            if self.globs.len() >= MAX_GLOBS {
                return Err(AllowError::TooMany);
            }
            self.folded_globs.push(folded(entry).into());
            self.globs.push(entry.into());
            return Ok(());
        }
        if self.literal_count >= MAX_LITERALS {
            return Err(AllowError::TooMany);
        }
        self.literal_count += 1;
        self.add_literal(entry);
        Ok(())
    }

    fn add_pattern(&mut self, pattern: &str) -> Result<(), AllowError> {
        if pattern.is_empty() {
            return Err(AllowError::Empty);
        }
        if self.patterns.len() >= MAX_PATTERNS {
            return Err(AllowError::TooMany);
        }
        let compile = |pattern: &str| {
            let built = regex_lite::RegexBuilder::new(pattern).size_limit(PATTERN_SIZE_LIMIT).build();
            built.map_err(|_| AllowError::Pattern)
        };
        // By itself first, so that no unpaired parenthesis gets out of the anchors.
        compile(pattern)?;
        self.patterns.push(compile(&format!("^(?:{pattern})$"))?);
        Ok(())
    }

    fn add_literal(&mut self, entry: &str) {
        let has_letters = entry.contains(char::is_alphabetic);
        let mut forms = Vec::new();
        for (entity, _) in built_in() {
            let form = entity.form();
            // Any type of a form stands for all of them.
            if forms.contains(&form) {
                continue;
            }
            forms.push(form);
            // The digits alone of "Room 12" are not what was meant.
            if form == Form::Digits && has_letters {
                continue;
            }
            let canonical = entity.canonical(entry.as_bytes());
            if !canonical.is_empty() {
                self.literals.insert(key(form, &canonical));
            }
        }
        self.literals.insert(key(Form::Exact, entry.as_bytes()));
    }

    /// Whether the whole value of `hit` is allowed.
    pub(super) fn allows(&self, text: &[u8], hit: &Hit) -> bool {
        let value = cut(text, hit.range.clone());
        self.has_literal(value, hit.entity) || self.has_shape(value, hit.entity)
    }

    fn has_literal(&self, value: &[u8], entity: EntityType) -> bool {
        if self.literals.is_empty() {
            return false;
        }
        let has = |form, value: &[u8]| self.literals.contains(&key(form, value));
        has(Form::Exact, value) || has(entity.form(), &entity.canonical(value))
    }

    fn has_shape(&self, value: &[u8], entity: EntityType) -> bool {
        if self.globs.is_empty() && self.patterns.is_empty() {
            return false;
        }
        let Ok(value) = core::str::from_utf8(value) else { return false };
        let globs = match entity.form() {
            Form::Exact | Form::Digits => self.globs.iter().any(|glob| matches(glob, value)),
            _ => {
                let folded = folded(value);
                self.folded_globs.iter().any(|glob| matches(glob, &folded))
            }
        };
        globs || self.patterns.iter().any(|pattern| pattern.is_match(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(entries: &[&str], entity: EntityType, value: &str) -> bool {
        let mut list = AllowList::default();
        for entry in entries {
            list.add(entry).unwrap_or_else(|e| panic!("{entry}: {e}"));
        }
        let text = format!("<{value}>");
        let hit = Hit { range: 1..text.len() - 1, entity, score: 1.0, validated: true };
        list.allows(text.as_bytes(), &hit)
    }

    #[test]
    fn a_value_of_digits_is_not_allowed_by_a_literal_without_any() {
        // A dictionary may say that "hotline" is a telephone number.
        assert!(!allows(&["somebody"], EntityType::Phone, "hotline"));
        assert!(allows(&["hotline"], EntityType::Phone, "hotline"));
        assert!(!allows(&["Room 12"], EntityType::Phone, "12"));
    }

    #[test]
    fn a_regular_expression_does_not_get_out_of_its_anchors() {
        assert_eq!(AllowList::default().add("/a)|(?:b/"), Err(AllowError::Pattern));
        assert!(!allows(&["/a|b/"], EntityType::Person, "ab"));
        assert!(allows(&["/a|b/"], EntityType::Person, "b"));
        assert!(!allows(&["/(?m)^a$/"], EntityType::Person, "a\nb"));
    }

    #[test]
    fn entries_that_cannot_be_used_are_refused() {
        let mut list = AllowList::default();
        for (entry, error) in [
            ("", AllowError::Empty),
            (" \t", AllowError::Empty),
            ("//", AllowError::Empty),
            ("/(/", AllowError::Pattern),
            ("/a{9999}{9999}/", AllowError::Pattern),
            (&"a".repeat(MAX_ENTRY_BYTES + 1), AllowError::TooLong),
        ] {
            assert_eq!(list.add(entry), Err(error), "{entry}");
        }
        for (kind, most) in [("a", MAX_LITERALS), ("a*", MAX_GLOBS), ("/a/", MAX_PATTERNS)] {
            (0..most).for_each(|_| assert_eq!(list.add(kind), Ok(())));
            assert_eq!(list.add(kind), Err(AllowError::TooMany), "{kind}");
        }
    }
}

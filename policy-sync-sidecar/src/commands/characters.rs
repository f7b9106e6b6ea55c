//! From bytes to characters.

/// Turns rising byte offsets of a text into character offsets, in one walk over the text.
pub struct Characters<'a> {
    rest: &'a [u8],
    bytes: usize,
    characters: usize,
}

impl<'a> Characters<'a> {
    /// Begins at the start of `text`.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { rest: text.as_bytes(), bytes: 0, characters: 0 }
    }

    /// How many characters begin before byte `offset`, which is not less than the last one asked for, nor
    /// beyond the text.
    pub fn before(&mut self, offset: usize) -> usize {
        let step = offset.saturating_sub(self.bytes).min(self.rest.len());
        let (passed, rest) = self.rest.split_at(step);
        self.characters += passed.iter().filter(|b| !is_continuation(**b)).count();
        self.bytes += step;
        self.rest = rest;
        self.characters
    }
}

/// How many characters `value` has, a part of a UTF-8 text.
#[must_use]
pub fn count(value: &[u8]) -> usize {
    value.iter().filter(|b| !is_continuation(**b)).count()
}

/// Whether a byte goes on with a character of UTF-8 that began before it.
fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// `value` on one line: control characters, quotes and backslashes are escaped.
#[must_use]
pub fn on_one_line(value: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(value))
}

#[cfg(test)]
mod tests {
    use super::Characters;

    #[test]
    fn offsets_are_those_of_counting_each_time() {
        let text = "aé\r\n日本🙂e\u{301}z";
        let mut characters = Characters::new(text);
        for (number, (offset, _)) in text.char_indices().enumerate() {
            assert_eq!(characters.before(offset), number);
            assert_eq!(characters.before(offset), number, "asked again");
        }
        assert_eq!(characters.before(text.len()), text.chars().count());
        assert_eq!(characters.before(text.len() + 9), text.chars().count());
    }
}

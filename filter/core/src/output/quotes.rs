//! Where one stands in the JSON that a text holds: inside of a string, or between strings. So that what is redacted
//! in a tool's arguments leaves JSON behind.

/// How far the quotes have been read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Quotes {
    /// Whether a string is open.
    pub(super) open: bool,
    /// Whether a backslash stands before the next byte.
    escaped: bool,
}

impl Quotes {
    /// Reads on. Returns whether the byte is a quote that opens or closes a string.
    pub(super) fn read(&mut self, byte: u8) -> bool {
        if self.escaped {
            self.escaped = false;
            return false;
        }
        self.escaped = self.open && byte == b'\\';
        let turns = byte == b'"';
        self.open ^= turns;
        turns
    }

    /// Reads on over many.
    pub(super) fn read_all(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.read(*byte);
        }
    }
}

/// Whether a byte outside of strings is part of a number or word.
pub(super) fn is_bare(byte: u8) -> bool {
    !matches!(byte, b'{' | b'}' | b'[' | b']' | b':' | b',' | b'"' | b' ' | b'\n' | b'\r' | b'\t')
}

//! Newline-delimited JSON: a JSON text on each line, as Ollama streams it. Blank lines carry nothing.

use core::ops::Range;

use crate::bytes::from;

/// How far the current line has been searched for its end.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    searched: usize,
}

impl Scanner {
    /// The length of the line at the start of `rest`, with its end, and where its JSON lies.
    pub(super) fn next_frame(&mut self, rest: &[u8]) -> Option<(usize, Range<usize>)> {
        let Some(found) = memchr::memchr(b'\n', from(rest, self.searched)) else {
            self.searched = rest.len();
            return None;
        };
        let end = self.searched + found;
        self.searched = 0;
        Some((end + 1, payload(rest.get(..end).unwrap_or_default())))
    }
}

/// Where the JSON of a line lies.
pub(super) fn payload(line: &[u8]) -> Range<usize> {
    let start = line.len() - line.trim_ascii_start().len();
    start..start + line.trim_ascii().len()
}

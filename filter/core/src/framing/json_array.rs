//! One JSON array that is sent item by item, as Gemini's `streamGenerateContent` does without `alt=sse`.
//!
//! A frame is an item with the bracket, comma and white space before it; the closing bracket is a frame of
//! its own. Items are found by brackets and strings alone; whether they are JSON is not looked at. A body
//! that is no array (an error) is taken for an item without brackets.

use core::ops::Range;

use crate::bytes::{at, from};

/// Where the search for the current item's end has come, relative to the frame's start.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    i: usize,
    /// Whether the array's own bracket, or an item in its place, has been seen.
    opened: bool,
    /// Where the item begins.
    item: Option<usize>,
    depth: usize,
    in_string: bool,
}

impl Scanner {
    /// The length of the frame at the start of `rest`, and where its item lies.
    pub(super) fn next_frame(&mut self, rest: &[u8]) -> Option<(usize, Range<usize>)> {
        while self.i < rest.len() {
            let byte = at(rest, self.i);
            let Some(start) = self.item else {
                match byte {
                    b' ' | b'\t' | b'\r' | b'\n' | b',' => {}
                    b'[' if !self.opened => self.opened = true,
                    b']' => return Some((self.take(1), 0..0)),
                    _ => {
                        self.opened = true;
                        self.item = Some(self.i);
                        continue;
                    }
                }
                self.i += 1;
                continue;
            };
            if self.in_string {
                self.skip_string(rest);
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth > 1 => self.depth -= 1,
                b'}' | b']' if self.depth == 1 => {
                    let len = self.take(1);
                    return Some((len, start..len));
                }
                // The end of an item that is neither object nor array.
                b'}' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 && self.i > start => {
                    let len = self.take(0);
                    return Some((len, start..len));
                }
                _ => {}
            }
            self.i += 1;
        }
        None
    }

    /// Goes on inside of a string: behind its end, or as far as is known.
    fn skip_string(&mut self, rest: &[u8]) {
        let Some(found) = memchr::memchr2(b'"', b'\\', from(rest, self.i)) else {
            self.i = rest.len();
            return;
        };
        self.i += found;
        if at(rest, self.i) == b'"' {
            self.in_string = false;
            self.i += 1;
        } else {
            // The escaped byte may be still to come: then the search goes on behind it.
            self.i += 2;
        }
    }

    fn take(&mut self, more: usize) -> usize {
        let len = self.i + more;
        *self = Self { opened: true, ..Self::default() };
        len
    }

    /// Where the item lies that has begun in `rest`, the last bytes of the stream.
    pub(super) fn payload_so_far(&self, rest: &[u8]) -> Range<usize> {
        self.item.map_or(0..0, |start| start..start + from(rest, start).trim_ascii_end().len())
    }
}

//! What the line of a word looks like: prose, or source code, data, a record of a log.
//!
//! In code words have capitals that are no names. Told are, in one byte: how many of the characters are such as
//! prose hardly has (bits 0 and 1: none, one, few, many), what the line begins with (bits 2 to 4), and whether it
//! is indented (bit 5). Of a long line at most [`REACH`] bytes on either side of the word are read.

use crate::block::{Block, LANES, behind_last};
use crate::bytes::at;

/// How far a line is read, in bytes.
const REACH: usize = 96;

/// What the line around `start` looks like.
pub(super) fn line(text: &[u8], start: usize) -> u8 {
    let ends = |block: Block| block.equal(b'\n') | block.equal(b'\r');
    let begin = behind_last(text, start.saturating_sub(REACH), start, ends);
    let mut first = begin;
    while matches!(at(text, first), b' ' | b'\t') {
        first += 1;
    }
    let indented = first > begin + 1 || at(text, begin) == b'\t';
    marks(text, first, start + REACH) | head(at(text, first)) << 2 | u8::from(indented) << 5
}

/// How many bytes between `from` and the end of the line, or `to`, belong to code: none, one, few, many.
fn marks(text: &[u8], from: usize, to: usize) -> u8 {
    let (mut count, mut i) = (0, from);
    while i < to && i < text.len() {
        let block = Block::at(text, i, b'\n');
        // `;<=>`, `{|}`, `[\]^_` with the backtick.
        let of_code = block.within(b';', b'>') | block.within(b'{', b'}') | block.within(b'[', b'`');
        let end = (block.equal(b'\n').bits().trailing_zeros() as usize).min(LANES);
        count += (u32::from(of_code.bits()) & ((1u32 << end) - 1)).count_ones();
        if end < LANES {
            break;
        }
        i += LANES;
    }
    match count {
        0 | 1 => count as u8,
        2..=4 => 2,
        _ => 3,
    }
}

fn head(byte: u8) -> u8 {
    match byte {
        b'#' | b'/' => 1,
        b'*' | b'-' => 2,
        b'"' | b'\'' | b'`' => 3,
        b'<' | b'{' | b'[' | b'(' | b'|' | b'}' | b')' | b']' => 4,
        b'A'..=b'Z' => 5,
        b'a'..=b'z' => 6,
        b'0'..=b'9' => 7,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(text: &str, word: &str) -> (u8, u8, bool) {
        let line = line(text.as_bytes(), text.find(word).expect("the word"));
        (line & 3, line >> 2 & 7, line >> 5 == 1)
    }

    #[test]
    fn prose_and_code_look_different() {
        assert_eq!(look("first;\nIn May Ann came.\nlet x = {};", "Ann"), (0, 5, false));
        assert_eq!(look("    \"Ann\": [\n", "Ann"), (1, 3, true));
        assert_eq!(look("// Ann\nlet x = {};", "Ann"), (0, 1, false));
        assert_eq!(look("\tlet x = vec![Ann { a: &b[1] }];", "Ann"), (3, 6, true));
    }

    #[test]
    fn a_long_line_is_read_in_part() {
        let text = format!("{}Ann{}", "{".repeat(REACH * 2), " ".repeat(REACH * 2));
        assert_eq!(line(text.as_bytes(), REACH * 2) & 3, 3);
        let text = format!("{}Ann{}{{", " ".repeat(REACH * 2), " ".repeat(REACH * 2));
        assert_eq!(line(text.as_bytes(), REACH * 2) & 3, 0);
    }
}

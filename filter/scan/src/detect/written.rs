//! Values that are written otherwise than as themselves: `john%40example.com` in an address, `&#64;` in HTML,
//! `\n4111…` in a log line or in JSON that was cut short, `_415-555-0134_` in Markdown, full-width digits, a
//! no-break hyphen, a zero-width space inside of a number.
//!
//! Where a text holds a [`sign`] of that kind, the part around it is read once more as what it means, and what is
//! found there is a value where a sign stands inside of it or right beside it; everything else the reading as it
//! stands has found. A value stays as it was written: it is replaced and restored in its own form. A text without
//! signs costs a pass of sixteen bytes at a time.

mod sign;

use core::ops::Range;

use crate::bytes::{cut, run, run_back};
use crate::entity::Hit;
use crate::json::DecodedText;
use sign::Sign;

/// How much of a text before and behind a sign is read with it, in bytes: as far as words reach that say what a
/// value is.
const BEFORE: usize = 96;
const BEHIND: usize = 160;
/// How much more, where no white space stands there: tokens are long.
const MAX_TOKEN: usize = 2048;

/// The longest part that is read at once, in bytes: what is kept for its signs is ten times that and more.
const MAX_PART: usize = 256 << 10;
/// How far before and behind its first byte a value is seen in a part that goes on in the next one, in bytes: a block
/// of a private key (16 KiB) and what stands around it.
const REACH: usize = 18 << 10;

/// A part of a text, read as what it means.
#[derive(Default)]
pub(super) struct Reading {
    text: DecodedText,
    /// Where in the source the values begin that are told by this part, and not by the one before or behind it.
    own: Range<usize>,
    /// How far the source is read.
    end: usize,
    /// Where in it signs were read, and where they stand in the source.
    signs: Vec<(Range<usize>, usize)>,
}

impl Reading {
    /// What it means.
    pub(super) fn text(&self) -> &[u8] {
        self.text.bytes()
    }

    /// A hit in it as a hit in the text as it is written; none where no sign has to do with it.
    pub(super) fn in_source(&self, hit: &Hit) -> Option<Hit> {
        let first = self.signs.partition_point(|(sign, _)| sign.end < hit.range.start);
        self.signs.get(first).filter(|(sign, _)| sign.start <= hit.range.end)?;
        let Range { start, mut end } = self.text.source_range(&hit.range);
        if !self.own.contains(&start) {
            return None;
        }
        // What stands for nothing behind a value is no part of it.
        let behind = self.signs.partition_point(|(sign, _)| sign.start < hit.range.end);
        if let Some((_, source)) = self.signs.get(behind).filter(|(sign, _)| sign.start == hit.range.end) {
            end = *source;
        }
        Some(Hit { range: start..end, ..hit.clone() })
    }
}

/// Hands to `take` the parts of `text` in which something is written otherwise, each read as what it means.
pub(super) fn readings(text: &[u8], take: impl FnMut(&Reading)) {
    readings_within(text, MAX_PART, REACH, take);
}

/// The same, of parts that are full with `max_part` bytes. The next one goes on with what a full one began, and
/// begins `2 * reach` before its end (together less than a part): a value is told by the part in which it has
/// `reach` on either side.
fn readings_within(text: &[u8], max_part: usize, reach: usize, mut take: impl FnMut(&Reading)) {
    let mut reading = Reading::default();
    let mut next = sign::next(text, 0, false);
    let mut own = 0;
    while let Some((first, sign)) = next {
        let start = beginning(text, first);
        reading.begin(start, own);
        let full = reading.read(text, start, (first, sign), max_part);
        if full {
            reading.own.end = reading.end - reach;
        }
        take(&reading);
        (own, next) = if full {
            (reading.own.end, sign::next(text, reading.own.end - reach, true))
        } else {
            // A part does not begin with a weak one.
            (0, sign::next(text, reading.end, false))
        };
    }
}

impl Reading {
    /// Begins a part at `start`, which tells the values from `own` on.
    fn begin(&mut self, start: usize, own: usize) {
        self.text.begin(start);
        self.signs.clear();
        self.own = own..usize::MAX;
        self.end = start;
    }

    /// Reads the part of `text` that begins at `start`, in which a sign stands first at `next`, up to where no sign
    /// is near; or says that it is full.
    fn read(&mut self, text: &[u8], start: usize, next: (usize, Sign), max_part: usize) -> bool {
        let mut end = next.0 + 1;
        let mut next = Some(next);
        loop {
            while let Some((at, sign)) = next.take_if(|(at, _)| *at < end) {
                self.read_sign(text, at, &sign);
                if self.end - start >= max_part {
                    return true;
                }
                end = end.max((self.end + BEHIND).min(text.len()));
                next = sign::next(text, self.end, true);
            }
            end = token_end(text, end);
            if next.as_ref().is_none_or(|(at, _)| *at >= end) {
                break;
            }
        }
        self.text.keep(cut(text, self.end..end));
        self.end = end;
        false
    }

    /// Adds what stands before the sign at `at`, and what it means.
    fn read_sign(&mut self, text: &[u8], at: usize, sign: &Sign) {
        self.text.keep(cut(text, self.end..at));
        self.end = at + sign.len;
        let start = self.text.bytes().len();
        let mut character = [0; 4];
        self.text.mean(sign.meaning(&mut character), self.end);
        self.signs.push((start..self.text.bytes().len(), at));
    }
}

/// Where a part begins in which a sign stands at `i`: between characters, and not inside of a word where it is short.
fn beginning(text: &[u8], i: usize) -> usize {
    let start = i.saturating_sub(BEFORE);
    let word = run_back(text, start, BEFORE, |b| !b.is_ascii_whitespace());
    run(text, word, |b| matches!(b, 0x80..0xC0))
}

/// The end of the token around `i`, as far as a token goes.
fn token_end(text: &[u8], i: usize) -> usize {
    let room = cut(text, 0..(i + MAX_TOKEN).min(text.len()));
    let token = run(room, i, |b| !b.is_ascii_whitespace());
    run(text, token, |b| matches!(b, 0x80..0xC0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::detect::{Detector, Sought};

    /// Pieces of texts that hold values, signs, and both.
    const PIECES: [&str; 24] = [
        "john%40example.com",
        "\\n4111 1111 1111 1111\\n",
        "&#64;",
        "_415-555-0134_",
        "mail\\\\\"",
        "\\\"",
        " ",
        ", ",
        "one more word ",
        "\u{200b}",
        "a\u{ad}b",
        "jane@example\\u002eorg",
        "\\n",
        "%25",
        "\\u00e9",
        "\u{ff14}\u{ff11}",
        "_",
        "1",
        "+",
        "key=",
        "2001:db8::\\u0031",
        "wrote John\\u0020Carpenter of Boston. ",
        "\\n-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\\n-----END PRIVATE KEY-----\\n",
        "and a few words that stand for themselves and for nothing else ",
    ];

    /// What is found where something is written otherwise, in parts of some size, and how many they are.
    fn found(text: &[u8], max_part: usize) -> (Vec<Hit>, usize) {
        let (mut found, mut parts) = (Vec::new(), 0);
        readings_within(text, max_part, 1024, |reading| {
            let mut hits = Vec::new();
            Detector::default().find(Sought::Everything, reading.text(), &mut hits, None);
            found.extend(hits.iter().filter_map(|hit| reading.in_source(hit)));
            parts += 1;
        });
        found.sort_unstable_by_key(|hit| (hit.range.start, hit.range.end, hit.entity, hit.score.to_bits()));
        found.dedup();
        (found, parts)
    }

    #[test]
    fn a_text_full_of_signs_is_read_in_parts() {
        let text = "\\\"".repeat(8192);
        assert_eq!(found(text.as_bytes(), usize::MAX), (vec![], 1));
        assert_eq!(found(text.as_bytes(), 4096), (vec![], 8));
    }

    proptest! {
        #[test]
        fn a_text_reads_the_same_in_parts(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..800)) {
            let text = pieces.concat();
            let (whole, in_parts) = (found(text.as_bytes(), usize::MAX), found(text.as_bytes(), 4096));
            prop_assert_eq!(in_parts.0, whole.0);
        }
    }
}

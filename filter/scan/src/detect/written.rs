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

/// A part of a text, read as what it means.
pub(super) struct Reading {
    text: DecodedText,
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
        // What stands for nothing behind a value is no part of it.
        let behind = self.signs.partition_point(|(sign, _)| sign.start < hit.range.end);
        if let Some((_, source)) = self.signs.get(behind).filter(|(sign, _)| sign.start == hit.range.end) {
            end = *source;
        }
        Some(Hit { range: start..end, ..hit.clone() })
    }
}

/// Hands to `take` the parts of `text` in which something is written otherwise, each read as what it means.
pub(super) fn readings(text: &[u8], mut take: impl FnMut(&Reading)) {
    let mut next = sign::next(text, 0, false);
    if next.is_none() {
        return;
    }
    let mut reading = Reading { text: DecodedText::default(), signs: Vec::new() };
    while let Some((first, _)) = next {
        let start = beginning(text, first);
        reading.text.begin(start);
        reading.signs.clear();
        let (mut done, mut end) = (start, first + 1);
        loop {
            if let Some((at, sign)) = next.take_if(|(at, _)| *at < end) {
                reading.text.keep(cut(text, done..at));
                done = at + sign.len;
                reading.read(&sign, at..done);
                end = end.max((done + BEHIND).min(text.len()));
                next = sign::next(text, done, true);
                continue;
            }
            end = token_end(text, end);
            if next.as_ref().is_none_or(|(at, _)| *at >= end) {
                break;
            }
        }
        reading.text.keep(cut(text, done..end));
        take(&reading);
        // The next part does not begin with a weak one.
        next = next.and_then(|_| sign::next(text, end, false));
    }
}

impl Reading {
    /// Adds what a sign means that stands at `source`.
    fn read(&mut self, sign: &Sign, source: Range<usize>) {
        let start = self.text.bytes().len();
        let mut character = [0; 4];
        self.text.mean(sign.meaning(&mut character), source.end);
        self.signs.push((start..self.text.bytes().len(), source.start));
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

//! A text that grows, and the part of it that waits for a decision.
//!
//! Text is decided in steps of a quarter of the window, and a step only when at least the window stands behind it (all
//! lengths in characters). What is looked through is the step, what stands behind it, and [`CONTEXT`] bytes before.
//! So every value up to the window's length is seen whole, however the text was cut into pieces; and because where the
//! steps lie depends on the text alone, so does the result. A value that reaches to the end of what has come is waited
//! for, up to [`MAX_HELD`] bytes: so long are private keys and tokens. At most a window and a quarter waits otherwise.

use core::fmt;

use super::quotes::{Quotes, is_bare};
use super::{Guard, Span};
use crate::bytes::{at, before, cut, from, run};
use crate::json::DecodedText;
use crate::tokens::TokenMap;

/// Bytes of decided text that are looked at again, for what they say about the next.
const CONTEXT: usize = 128;
/// Most bytes that wait for the end of one value.
pub const MAX_HELD: usize = 8192;

/// A text that grows.
#[derive(Default)]
pub(crate) struct Window {
    /// Some decided text, and what waits.
    text: Vec<u8>,
    /// Where in it begins what waits.
    decided: usize,
    /// Whether text before it has been forgotten.
    cut: bool,
    /// Characters that are waited for beyond the window, because a value is not at its end.
    more: usize,
    /// Where `decided` stands, in JSON.
    quotes: Quotes,
}

impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Window({} bytes)", self.text.len())
    }
}

impl Window {
    /// Takes the next piece and adds to `out` what is decided; with `last` all of it is. `is_json` says that the text
    /// is JSON. After a block nothing more comes out.
    pub(crate) fn push(
        &mut self,
        guard: &mut Guard,
        tokens: &TokenMap,
        piece: &[u8],
        is_json: bool,
        last: bool,
        out: &mut Vec<u8>,
    ) {
        self.text.extend_from_slice(piece);
        let step = (guard.window() / 4).max(1);
        let mut spans = Vec::new();
        while !guard.is_blocked() && self.decided < self.text.len() {
            let waiting = from(&self.text, self.decided);
            let needed = guard.window() + step + self.more;
            let (seen, ends) = match length_of(waiting, needed) {
                Some(bytes) => (self.decided + bytes, false),
                None if last => (self.text.len(), true),
                None => break,
            };
            let step_end = if ends { seen } else { self.decided + length_of(waiting, step).unwrap_or(0) };
            let (base, is_cut) = self.context();
            find_in(guard, tokens, b"", cut(&self.text, base..seen), is_json, &mut spans);
            // What begins where the context does may have begun before.
            spans.retain(|span| !is_cut || span.range.start > 0);
            for span in &mut spans {
                span.range = span.range.start + base..span.range.end + base;
            }
            spans.retain(|span| span.range.start < step_end && span.range.end > self.decided);
            let open = !ends && spans.iter().any(|span| span.range.end >= seen);
            if open && seen - self.decided < MAX_HELD {
                self.more += step.max(self.more / 2);
                continue;
            }
            self.decide(guard, &spans, step_end, is_json, out);
        }
        let (base, is_cut) = self.context();
        self.text.drain(..base);
        self.decided -= base;
        self.cut = is_cut;
    }

    /// Where the decided text begins that is looked at again, and whether some stood before it.
    fn context(&self) -> (usize, bool) {
        let old = self.decided.saturating_sub(CONTEXT);
        let base = run(&self.text, old, |b| b & 0xC0 == 0x80).min(self.decided);
        (base, self.cut || base > 0)
    }

    /// Decides about the text up to `end`, and to the end of what was found in it.
    fn decide(&mut self, guard: &mut Guard, spans: &[Span], end: usize, is_json: bool, out: &mut Vec<u8>) {
        let end = spans.iter().map(|span| span.range.end).fold(end, usize::max);
        guard.add_text(end - self.decided);
        guard.ask(spans, true);
        if guard.is_blocked() {
            return;
        }
        self.more = 0;
        let quotes = is_json.then_some(&mut self.quotes);
        self.decided = replace(guard, &self.text, self.decided, end, spans, quotes, out);
    }
}

/// Finds what stands in a text under a `label`; ranges are those of the text as it is written, where it `is_json`, too.
pub(crate) fn find_in(
    guard: &mut Guard,
    tokens: &TokenMap,
    label: &[u8],
    text: &[u8],
    is_json: bool,
    spans: &mut Vec<Span>,
) {
    if !is_json || memchr::memchr(b'\\', text).is_none() {
        return guard.find(tokens, label, text, spans);
    }
    let mut inner = DecodedText::default();
    inner.decode(text, 0);
    guard.find(tokens, label, inner.bytes(), spans);
    for span in spans {
        span.range = inner.source_range(&span.range);
    }
}

/// Copies `text` from `done` to `end` with what was found replaced as the guard says; returns where it stopped, which
/// may lie behind `end`. With `quotes` the text is JSON, and only what stands in its strings, and its numbers, are
/// replaced.
pub(crate) fn replace(
    guard: &Guard,
    text: &[u8],
    mut done: usize,
    end: usize,
    spans: &[Span],
    mut quotes: Option<&mut Quotes>,
    out: &mut Vec<u8>,
) -> usize {
    let copy = |out: &mut Vec<u8>, quotes: &mut Option<&mut Quotes>, range: core::ops::Range<usize>| {
        let bytes = cut(text, range);
        out.extend_from_slice(bytes);
        if let Some(quotes) = quotes {
            quotes.read_all(bytes);
        }
    };
    for span in spans.iter().filter(|span| guard.replaces(span.what)) {
        let mut start = span.range.start.max(done);
        if start >= span.range.end {
            continue;
        }
        let Some(_) = &quotes else {
            copy(out, &mut quotes, done..start);
            guard.write(span.what, cut(text, start..span.range.end), out);
            done = span.range.end;
            continue;
        };
        // A number is replaced as a whole, where it is one.
        let mut ahead = quotes.as_deref().copied().unwrap_or_default();
        ahead.read_all(cut(text, done..start));
        while !ahead.open && start > done && is_bare(before(text, start)) {
            start -= 1;
        }
        copy(out, &mut quotes, done..start);
        done = start;
        while done < span.range.end {
            let Some(quotes) = quotes.as_deref_mut() else { break };
            done = replace_in_json(guard, text, done, span, quotes, out);
        }
    }
    copy(out, &mut quotes, done..end.max(done));
    end.max(done)
}

/// Replaces the next part of a span: what is left of a string, a number, or nothing of what joins them.
fn replace_in_json(
    guard: &Guard,
    text: &[u8],
    start: usize,
    span: &Span,
    quotes: &mut Quotes,
    out: &mut Vec<u8>,
) -> usize {
    if quotes.open {
        let mut end = start;
        while end < span.range.end {
            let mut next = *quotes;
            if next.read(at(text, end)) {
                break;
            }
            *quotes = next;
            end += 1;
        }
        if end > start {
            guard.write(span.what, cut(text, start..end), out);
            return end;
        }
    } else if is_bare(at(text, start)) {
        let end = run(text, start, is_bare);
        out.push(b'"');
        guard.write(span.what, cut(text, start..end), out);
        out.push(b'"');
        return end;
    }
    let byte = at(text, start);
    out.push(byte);
    quotes.read(byte);
    start + 1
}

/// How many bytes the first `count` characters take; none where there are fewer.
fn length_of(text: &[u8], count: usize) -> Option<usize> {
    if text.len() < count {
        return None;
    }
    let mut begins = text.iter().enumerate().filter(|(_, b)| **b & 0xC0 != 0x80).skip(count);
    match begins.next() {
        Some((n, _)) => Some(n),
        None => (text.iter().filter(|b| **b & 0xC0 != 0x80).count() == count).then_some(text.len()),
    }
}

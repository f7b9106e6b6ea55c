//! Tokens in a vendor's own form: a literal prefix, then runs of characters of an alphabet, of so many
//! characters, between literals ([`table`]). All rows are looked up at once, by the first three bytes.
//!
//! A checksum that does not hold lowers the score and leaves the hit: a revoked or mistyped token is none,
//! but nothing says that a vendor keeps its checksum for ever.

mod table;

use super::alphabet::Alphabet;
use super::{checksum, random};
use crate::bytes::{at, before, cut, from};
use crate::entity::{EntityType, Hit};
use table::ROWS;

/// A piece of a form.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// As many characters of the alphabet as stand there: at least, at most.
    Run(Alphabet, usize, usize),
    /// These characters.
    Literal(&'static str),
    /// The run before ends so.
    Tail(&'static str),
}

/// What a body must be besides its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    /// Nothing: the form alone is telling. Only what a vendor documents as an example is left out.
    Form,
    /// No placeholder such as `xxxx…`.
    Varied,
    /// Not words joined by hyphens: it has a digit.
    Words,
    /// It looks random; for short prefixes that other words begin with.
    Random,
    /// No placeholder; its last characters are a checksum.
    Sum,
}

/// A form.
#[derive(Debug)]
struct Row {
    prefix: &'static str,
    /// The only part of most forms.
    run: Part,
    /// The parts of the others; then `run` is not looked at.
    parts: &'static [Part],
    entity: EntityType,
    check: Check,
}

const fn typed(
    prefix: &'static str,
    alphabet: Alphabet,
    least: usize,
    most: usize,
    entity: EntityType,
) -> Row {
    Row { prefix, run: Part::Run(alphabet, least, most), parts: &[], entity, check: Check::Varied }
}

const fn token(prefix: &'static str, alphabet: Alphabet, least: usize, most: usize) -> Row {
    typed(prefix, alphabet, least, most, EntityType::SecretToken)
}

const fn parts(prefix: &'static str, parts: &'static [Part]) -> Row {
    let row = token(prefix, Alphabet::ALNUM, 0, 0);
    Row { parts, ..row }
}

impl Row {
    const fn checked(self, check: Check) -> Self {
        Self { check, ..self }
    }

    fn parts(&self) -> &[Part] {
        if self.parts.is_empty() { core::slice::from_ref(&self.run) } else { self.parts }
    }
}

/// Lists of the rows that share a hash: the first row of each list and the next row of each row, from 1.
const HEADS: usize = 1024;

static INDEX: ([u16; HEADS], [u16; ROWS.len()]) = {
    let (mut heads, mut next) = ([0; HEADS], [0; ROWS.len()]);
    let mut n = 0;
    #[allow(clippy::indexing_slicing, reason = "evaluated when compiled; every prefix has three bytes")]
    while n < ROWS.len() {
        let prefix = ROWS[n].prefix.as_bytes();
        let slot = slot(prefix[0], prefix[1], prefix[2]);
        next[n] = heads[slot];
        heads[slot] = n as u16 + 1;
        n += 1;
    }
    (heads, next)
};

const fn slot(a: u8, b: u8, c: u8) -> usize {
    let key = (a as u32) | (b as u32) << 8 | (c as u32) << 16;
    (key.wrapping_mul(0x9E37_79B1) >> 22) as usize % HEADS
}

/// Where runs end, by alphabet, so that `sk-sk-sk-…` is walked once and not once a prefix.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// The alphabet, and a stretch of which every byte belongs to it.
    known: [(u16, usize, usize); 4],
    turn: usize,
}

impl Runs {
    /// The end of the run of `alphabet` at `i`.
    fn end(&mut self, text: &[u8], i: usize, alphabet: Alphabet) -> usize {
        let known = self.known.iter().find(|k| k.0 == alphabet.bits() && (k.1..k.2).contains(&i));
        if let Some(known) = known {
            return known.2;
        }
        let end = crate::bytes::run(text, i, |b| alphabet.has(b));
        if end - i > 64 {
            self.turn = (self.turn + 1) % self.known.len();
            if let Some(slot) = self.known.get_mut(self.turn) {
                *slot = (alphabet.bits(), i, end);
            }
        }
        end
    }
}

/// The longest token that begins at `i`; what stands before `i` is the caller's business.
pub(super) fn at_start(text: &[u8], i: usize, runs: &mut Runs) -> Option<Hit> {
    let (heads, next) = &INDEX;
    let mut row = heads.get(slot(at(text, i), at(text, i + 1), at(text, i + 2))).copied()?;
    let mut best: Option<Hit> = None;
    while row != 0 {
        let n = usize::from(row) - 1;
        if let Some(hit) = ROWS.get(n).and_then(|row| matched(text, i, row, runs))
            && best.as_ref().is_none_or(|b| hit.range.end >= b.range.end)
        {
            best = Some(hit);
        }
        row = next.get(n).copied().unwrap_or_default();
    }
    best
}

fn matched(text: &[u8], i: usize, row: &Row, runs: &mut Runs) -> Option<Hit> {
    if !from(text, i).starts_with(row.prefix.as_bytes()) {
        return None;
    }
    let body = i + row.prefix.len();
    let mut end = body;
    for part in row.parts() {
        match *part {
            Part::Run(alphabet, least, most) => {
                let run = runs.end(text, end, alphabet);
                let run = trimmed(text, end, run);
                if run - end < least || run - end > most {
                    return None;
                }
                end = run;
            }
            Part::Literal(literal) => {
                if !from(text, end).starts_with(literal.as_bytes()) {
                    return None;
                }
                end += literal.len();
            }
            Part::Tail(tail) => {
                if !cut(text, body..end).ends_with(tail.as_bytes()) {
                    return None;
                }
            }
        }
    }
    if at(text, end).is_ascii_alphanumeric() || at(text, end) == b'_' {
        return None;
    }
    let (score, validated) = judge(cut(text, body..end), row.check)?;
    Some(Hit { range: i..end, entity: row.entity, score, validated })
}

/// The end without a full stop, and without a dash made of two hyphens or more.
fn trimmed(text: &[u8], start: usize, end: usize) -> usize {
    let mut end = end;
    while end > start && before(text, end) == b'.' {
        end -= 1;
    }
    if cut(text, start..end).ends_with(b"--") {
        while end > start && before(text, end) == b'-' {
            end -= 1;
        }
    }
    end
}

fn judge(body: &[u8], check: Check) -> Option<(f32, bool)> {
    if random::is_documented(body) || (check != Check::Form && random::is_filler(body)) {
        return None;
    }
    match check {
        Check::Words if !body.iter().any(u8::is_ascii_digit) || body.starts_with(b"ant-") => None,
        Check::Random if !random::is_random(body) => None,
        Check::Sum if checksum::holds(body) => Some((1.0, true)),
        Check::Sum => Some((0.9, false)),
        _ => Some((0.95, true)),
    }
}

#[cfg(test)]
mod tests;

//! Runs: stretches of a text in which words can be names, with the words around them.

use core::ops::Range;

use super::form::{Gap, Shape, gap, glued, shape, spaced};
use super::lexicon::{Info, Kind, Lexicon};
use super::line::line;
use crate::bytes::{at, before, cut};
use crate::detect::words::{Word, batches, by_script, short_hash};

/// Most words of a run with its surroundings.
pub const ROOM: usize = 64;
/// How many words before and behind a run are kept with it.
pub const AROUND: usize = 2;
/// Words without a capital that part two runs.
const APART: usize = 3;

/// A word of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Token {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Its hash.
    pub hash: u64,
    /// What the lists say of it.
    pub info: Info,
    /// Its form.
    pub shape: Shape,
    /// What stands before it.
    pub gap: Gap,
    /// What its line looks like ([`line`]).
    pub line: u8,
    /// Whether it can be part of a name.
    pub open: bool,
    /// Whether `info` has been looked up.
    known: bool,
}

impl Token {
    fn of(word: &Word) -> Self {
        Self { start: word.range.start, end: word.range.end, hash: word.hash, ..Self::default() }
    }
}

/// The words of a run, of which some can be part of a name.
#[derive(Debug)]
pub struct Run<'a> {
    /// The words, with their surroundings.
    pub tokens: &'a [Token],
    /// Those to be tagged.
    pub inner: Range<usize>,
}

impl Run<'_> {
    /// The token at `i`; an empty one outside.
    #[inline]
    #[must_use]
    pub fn at(&self, i: usize) -> Token {
        self.tokens.get(i).copied().unwrap_or_default()
    }
}

/// Hands every run of `text` to `each`, in order.
pub fn runs(text: &[u8], lexicon: &Lexicon<'_>, each: impl FnMut(&Run<'_>)) {
    let _ = runs_and_words(text, lexicon, each, |_| ());
}

/// The same, and hands all words to `beside`, some at a time. Returns whether the text has
/// characters beyond ASCII.
pub fn runs_and_words(
    text: &[u8],
    lexicon: &Lexicon<'_>,
    each: impl FnMut(&Run<'_>),
    mut beside: impl FnMut(&[Word]),
) -> bool {
    let mut collector = Collector {
        text,
        lexicon,
        each,
        tokens: Vec::new(),
        open: None,
        last: 0,
        cue: 0,
        busy: false,
        recent: [(0, 0, 0); AROUND],
    };
    let foreign = batches(text, |batch| {
        collector.push(batch);
        beside(batch);
    });
    collector.close();
    foreign
}

/// The last words: begin, end, hash; an end of 0 where there is none.
type Recent = [(usize, usize, u64); AROUND];

struct Collector<'t, 'l, F> {
    text: &'t [u8],
    lexicon: &'l Lexicon<'l>,
    each: F,
    /// At most [`ROOM`]; there is none before the first word that may matter.
    tokens: Vec<Token>,
    /// The first open token.
    open: Option<usize>,
    /// The last one.
    last: usize,
    /// For how many more words a name may stand in small letters.
    cue: u8,
    /// Whether a run is open or announced.
    busy: bool,
    /// The last words before the batch at hand.
    recent: Recent,
}

/// Whether a word begins with a small letter or a digit.
#[inline(always)]
fn is_small(word: &Word) -> bool {
    word.first.wrapping_sub(b'a') < 26 || word.first.wrapping_sub(b'0') < 10
}

impl<F: FnMut(&Run<'_>)> Collector<'_, '_, F> {
    #[inline(never)]
    fn push(&mut self, batch: &[Word]) {
        for (n, word) in batch.iter().enumerate() {
            let small = is_small(word);
            if !small || self.busy || is_cue(word.hash) {
                let before = batch.get(..n).unwrap_or_default();
                if word.foreign {
                    self.look_at_parts(word, before);
                } else {
                    self.look_at(word, small, Some(before));
                }
            }
        }
        self.recent = last_words(self.recent, batch);
    }

    /// A word that may matter, and may be of two scripts: a name ends where another script begins.
    #[cold]
    fn look_at_parts(&mut self, word: &Word, before: &[Word]) {
        // What stands before the word is recalled once, however many parts it has.
        let mut before = Some(before);
        for (part, is_east_asian) in by_script(self.text, word.range.clone()) {
            let small = is_small(&part);
            if is_east_asian && part.range.len() < word.range.len() {
                self.close();
                (self.busy, self.cue) = (false, 0);
            } else if !small || self.busy || is_cue(part.hash) {
                self.look_at(&part, small, before.take());
            }
        }
    }

    /// A word that may matter.
    #[inline(never)]
    fn look_at(&mut self, word: &Word, small: bool, before: Option<&[Word]>) {
        let mut token = Token::of(word);
        if !small {
            self.capital(&mut token);
        }
        if !self.busy {
            // Most capitals begin a sentence with a word that is no name.
            if !small && !token.open && self.cue == 0 {
                return;
            }
            self.recall(before);
        }
        if !small {
            // Known by now.
        } else if self.cue > 0 {
            self.announced(&mut token);
        } else if is_cue(token.hash) {
            self.cue = 3;
        } else if self.open.is_some() && self.tokens.len() == self.last + 1 {
            self.small(&mut token);
        }
        if token.open {
            let here = self.tokens.len();
            self.open.get_or_insert(here);
            self.last = here;
        }
        self.append(token);
        if self.open.is_some() && self.tokens.len() > self.last + APART {
            self.close();
        } else if self.tokens.len() == ROOM {
            self.make_room();
        }
        self.busy = self.open.is_some() || self.cue > 0;
    }

    /// Makes the last words tokens, of which those `before` stand in the batch at hand; none behind another part of the
    /// same word.
    fn recall(&mut self, before: Option<&[Word]>) {
        self.tokens.clear();
        self.tokens.reserve(ROOM);
        let Some(before) = before else { return };
        for (start, end, hash) in last_words(self.recent, before).into_iter().filter(|word| word.1 > 0) {
            let mut token = Token { start, end, hash, ..Token::default() };
            if !crate::bytes::before(self.text, end).is_ascii() {
                // Of a word of two scripts, its end is what stands before.
                let last = by_script(self.text, start..end).last();
                token = last.map_or(token, |(part, _)| Token::of(&part));
            }
            self.append(token);
        }
    }

    #[inline]
    fn append(&mut self, token: Token) {
        if self.tokens.len() < ROOM {
            self.tokens.push(token);
        }
    }

    /// A word that may begin with a capital.
    #[inline]
    fn capital(&mut self, token: &mut Token) {
        token.shape = shape(cut(self.text, token.start..token.end));
        if token.shape == Shape::Lower {
            return;
        }
        token.info = self.lexicon.get(token.hash);
        token.known = true;
        let name_before = self.open.is_some() && self.tokens.len() == self.last + 1;
        let dull =
            token.info.is_dull() || (token.shape == Shape::Initial && at(self.text, token.start) == b'I');
        token.open = !(glued(self.text, token) || (dull && !(name_before && spaced(self.text, token))));
        if is_cue(token.hash) {
            self.cue = 3;
        }
    }

    /// A word in small letters behind a cue.
    #[cold]
    fn announced(&mut self, token: &mut Token) {
        self.cue -= 1;
        token.info = self.lexicon.get(token.hash);
        token.known = true;
        let name = token.info.first().max(token.info.last());
        let named = if token.info.common() < 2 { name > 0 } else { name > 1 };
        let (b, bb) = (before(self.text, token.start), before(self.text, token.start.saturating_sub(1)));
        let follows = matches!(b, b' ' | b'\n')
            && (bb.is_ascii_alphanumeric() || matches!(bb, b',' | b':' | b'.' | b'\n'));
        token.open = named && follows && !glued(self.text, token);
        if token.open {
            self.cue = self.cue.max(1);
        } else if is_cue(token.hash) {
            self.cue = 3;
        }
    }

    /// A word in small letters right behind one that is open: `van`, `de`.
    #[inline]
    fn small(&mut self, token: &mut Token) {
        if token.end - token.start > 5 || !spaced(self.text, token) {
            return;
        }
        token.info = self.lexicon.get(token.hash);
        token.known = true;
        token.open = token.info.is(Kind::Particle);
    }

    /// Hands the open run out, if there is one, and keeps what the next may want to see of it.
    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            let end_of_run = self.last + 1;
            self.hand_out(open, end_of_run);
        }
        self.keep(self.tokens.len().saturating_sub(AROUND));
    }

    /// The tokens are full: cuts the run at the last line, field or sentence that ends in it.
    #[cold]
    fn make_room(&mut self) {
        let Some(open) = self.open else { return self.keep(ROOM - AROUND) };
        self.look_up(open.saturating_sub(AROUND), ROOM);
        let parts = |gap: Gap| !gap.joins();
        let middle = open.max(ROOM / 2);
        let cut = (middle..ROOM).rev().find(|i| self.tokens.get(*i).is_some_and(|t| parts(t.gap)));
        let cut = cut.unwrap_or(ROOM - AROUND);
        let closed_end = (self.last + 1).min(cut);
        self.hand_out(open, closed_end);
        self.keep(cut.saturating_sub(AROUND));
        let open = |t: &Token| t.open;
        let first_new = AROUND.min(cut);
        let rest = self.tokens.get(first_new..).unwrap_or_default();
        self.open = rest.iter().position(open).map(|n| n + first_new);
        self.last = rest.iter().rposition(open).map_or(0, |n| n + first_new);
    }

    /// Moves the tokens from `from` on to the front.
    fn keep(&mut self, from: usize) {
        let len = self.tokens.len();
        self.tokens.copy_within(from.min(len)..len, 0);
        self.tokens.truncate(len.saturating_sub(from));
    }

    fn hand_out(&mut self, open: usize, end: usize) {
        let len = self.tokens.len();
        // A dull word right before the first open one is tagged as well: The Hague, Will Young.
        let begin = open.saturating_sub(1);
        self.look_up(begin.saturating_sub(AROUND), (end + AROUND).min(len));
        let lead = self.tokens.get(begin).copied().unwrap_or_default();
        let next = self.tokens.get(open).copied().unwrap_or_default();
        let leads =
            begin < open && lead.shape != Shape::Lower && next.gap == Gap::Space && !glued(self.text, &lead);
        if let Some(token) = self.tokens.get_mut(begin) {
            token.open |= leads;
        }
        // A text of one word in capitals is a code more often than a name: ASIA, JADE.
        if len == 1 && next.shape == Shape::Upper {
            return;
        }
        let inner = if leads { begin..end } else { open..end };
        (self.each)(&Run { tokens: &self.tokens, inner });
    }

    /// Completes the tokens of `from..to`.
    fn look_up(&mut self, from: usize, to: usize) {
        let text = self.text;
        let mut previous = match from.checked_sub(1) {
            Some(i) => self.tokens.get(i).copied().unwrap_or_default(),
            None => Token::default(),
        };
        for token in self.tokens.get_mut(from..to).unwrap_or_default() {
            if !token.known {
                token.info = self.lexicon.get(token.hash);
                token.shape = shape(cut(text, token.start..token.end));
                token.known = true;
            }
            token.gap = gap(text, &previous, token.start);
            token.line = match token.gap {
                Gap::Line | Gap::Start => line(text, token.start),
                _ => previous.line,
            };
            previous = *token;
        }
    }
}

/// The last words of those before and a batch.
fn last_words(before: Recent, batch: &[Word]) -> Recent {
    let known = |word: &Word| (word.range.start, word.range.end, word.hash);
    match batch {
        [.., a, b] => [known(a), known(b)],
        [word] => {
            let [_, newer] = before;
            [newer, known(word)]
        }
        [] => before,
    }
}

/// Words behind which a name may stand in small letters.
const CUES: [&str; 22] = [
    "name", "named", "hi", "hey", "hello", "dear", "mr", "mrs", "ms", "dr", "miss", "im", "m", "called",
    "regards", "cheers", "thanks", "mister", "patient", "employee", "customer", "prof",
];

/// Their hashes, and a bit for each by the highest bits of its hash, so that one look rules out most words.
static CUE_HASHES: [u64; CUES.len()] = hashes();
static CUE_BITS: [u64; 16] = bits(hashes());

#[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
const fn hashes() -> [u64; CUES.len()] {
    let mut hashes = [0; CUES.len()];
    let mut n = 0;
    while n < CUES.len() {
        hashes[n] = short_hash(CUES[n].as_bytes());
        n += 1;
    }
    hashes
}

#[allow(clippy::indexing_slicing, reason = "evaluated when compiled; six and four bits")]
const fn bits(hashes: [u64; CUES.len()]) -> [u64; 16] {
    let mut bits = [0; 16];
    let mut n = 0;
    while n < hashes.len() {
        bits[(hashes[n] >> 60) as usize] |= 1 << (hashes[n] >> 54 & 63);
        n += 1;
    }
    bits
}

#[inline(always)]
fn is_cue(hash: u64) -> bool {
    let bits = CUE_BITS.get((hash >> 60) as usize).copied().unwrap_or_default();
    bits >> (hash >> 54 & 63) & 1 != 0 && CUE_HASHES.contains(&hash)
}

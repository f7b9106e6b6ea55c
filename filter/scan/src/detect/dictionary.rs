//! The policy's lists of terms: up to [`MAX_TERMS`], found without case, as whole words, the longest first.
//!
//! A term is a row of words with what stands between them, and is found where the text has the same words
//! with the same between them. White space of any kind and length (up to [`MAX_GAP`]) stands for any other;
//! all else between, before and behind the words must be as written: `AT&T`, `.NET`, `C++`. What a word is
//! and when two are the same stands in [`word`].
//!
//! **Why no Aho–Corasick automaton.** The terms are a tree whose edges are words, kept in one hash table;
//! the text is parted into hashed words once, and a filter of a few bits a term drops almost every word
//! before the table is looked at. Measured side by side with 100,000 terms of two words (1.6 MB), on the
//! same machine: as wasm in V8 the automaton (crate `aho-corasick`, contiguous) takes 1.2 s and 80 MB of
//! memory to build, where a policy must be in force within half a second on every worker; with the tree the
//! whole policy is read in 0.12 s, with 18 MB of memory for everything, the document included. Prose is read
//! at 420 MB/s with the automaton and at 500 with the tree (natively; 120 to 185 and 340 as wasm). And an
//! automaton over bytes finds every term that ends inside of a word as well, each of which must be looked at
//! and thrown away: with terms that are beginnings of one another that is no longer linear.
//!
//! **Cost.** A word of the text costs one look at the filter; one that begins a term costs a look-up for each
//! word that goes on, at most [`MAX_TERM_WORDS`]. Words are told apart by 64-bit hashes without looking at
//! their letters again: two words that differ are taken for the same once in 10^13 look-ups.

mod table;
mod word;

use core::fmt;
use core::ops::Range;

use crate::bytes::{cut, is_word};
use crate::detect::words::{mix, words};
use crate::entity::{EntityType, Hit};
use table::Table;
use word::{MAX_GAP, exact_hash, gap, piece_at};

/// Most terms of one policy.
pub const MAX_TERMS: usize = 100_000;
/// Longest term, in bytes.
pub const MAX_TERM_BYTES: usize = 256;
/// Most words of one term.
pub const MAX_TERM_WORDS: usize = 32;
/// Most bytes of a term before its first or behind its last word.
pub const MAX_AFFIX: usize = 8;

/// Somebody wrote the term down.
const SCORE: f32 = 1.0;
/// Bits of the filter for each term: one word in eight that begins no term passes.
const FILTER_BITS: usize = 8;

/// Why a term cannot be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermError {
    /// It has no letter or digit.
    NoWord,
    /// It is longer than [`MAX_TERM_BYTES`].
    TooLong,
    /// It has more than [`MAX_TERM_WORDS`].
    TooManyWords,
    /// More than [`MAX_AFFIX`] bytes stand before or behind its words, or more than 64 between two.
    TooMuchBetween,
}

impl fmt::Display for TermError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWord => f.write_str("needs a letter or digit"),
            Self::TooLong => write!(f, "longer than {MAX_TERM_BYTES} bytes"),
            Self::TooManyWords => write!(f, "more than {MAX_TERM_WORDS} words"),
            Self::TooMuchBetween => {
                write!(f, "more than {MAX_AFFIX} bytes before or behind its words, or {MAX_GAP} between two")
            }
        }
    }
}

/// The beginning of a term that was seen.
#[derive(Debug, Clone, Copy, Default)]
struct Node {
    /// Which of the dictionary's types a term that ends here has; 0 where none does.
    ends: u16,
    /// Whether a term goes on with a further word.
    goes_on: bool,
    /// Whether a term ends behind further bytes that are no word.
    has_suffix: bool,
}

/// A type of a dictionary.
#[derive(Debug, Clone, Copy)]
pub struct TypeNumber(u16);

/// How far a text is searched.
#[derive(Default)]
struct Done {
    /// The end of the last term.
    end: usize,
    /// The last term that counted as a whole.
    longest: Range<usize>,
}

/// Keys of edges: what a node is mixed with, so that the three kinds of edges never meet.
const FIRST: u64 = 0x51;
const NEXT: u64 = 0x52;
const SUFFIX: u64 = 0x53;

/// Terms and their types.
pub struct Dictionary {
    edges: Table,
    nodes: Vec<Node>,
    types: Vec<EntityType>,
    /// A bit for each hash of a term's first word, by its highest bits; the number of bits is a power of two.
    filter: Vec<u64>,
    /// How far a hash is shifted to number a bit of the filter.
    filter_shift: u32,
    /// The longest of what terms have before their first and behind their last word.
    longest_prefix: usize,
    longest_suffix: usize,
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The terms are themselves what must not leave.
        write!(f, "Dictionary({} beginnings of terms)", self.nodes.len())
    }
}

impl Default for Dictionary {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl Dictionary {
    /// An empty dictionary with room for so many terms.
    #[must_use]
    pub fn with_capacity(terms: usize) -> Self {
        let bits = terms.saturating_mul(FILTER_BITS).next_power_of_two().max(1 << 10);
        Self {
            edges: Table::with_capacity(terms),
            filter: vec![0; bits / 64],
            filter_shift: 64 - bits.trailing_zeros(),
            nodes: Vec::new(),
            types: Vec::new(),
            longest_prefix: 0,
            longest_suffix: 0,
        }
    }

    /// The number of a type, for [`Self::add`].
    pub fn type_number(&mut self, entity: EntityType) -> TypeNumber {
        let known = self.types.iter().position(|t| *t == entity);
        let number = known.unwrap_or_else(|| {
            self.types.push(entity);
            self.types.len() - 1
        });
        TypeNumber(u16::try_from(number + 1).unwrap_or(u16::MAX))
    }

    /// Adds a term. Where it is there already, its first type stays.
    ///
    /// # Errors
    /// Where the term cannot be looked for.
    pub fn add(&mut self, term: &str, TypeNumber(ends): TypeNumber) -> Result<(), TermError> {
        let term = term.trim();
        if term.len() > MAX_TERM_BYTES {
            return Err(TermError::TooLong);
        }
        let (words, suffix) = split(term.as_bytes())?;
        let (first, rest) = words.split_first().ok_or(TermError::NoWord)?;
        let prefix = cut(term.as_bytes(), 0..first.range.start);
        let mut node = self.edge(first_key(prefix, first.hash));
        self.longest_prefix = self.longest_prefix.max(prefix.len());
        let bit = self.filter_bit(first.hash);
        if let Some(word) = self.filter.get_mut(bit / 64) {
            *word |= 1 << (bit % 64);
        }
        for word in rest {
            self.change(node, |node| node.goes_on = true);
            node = self.edge(next_key(node, word.gap, word.hash));
        }
        if !suffix.is_empty() {
            self.change(node, |node| node.has_suffix = true);
            self.longest_suffix = self.longest_suffix.max(suffix.len());
            node = self.edge(suffix_key(node, suffix));
        }
        self.change(node, |node| {
            if node.ends == 0 {
                node.ends = ends;
            }
        });
        Ok(())
    }

    /// The node at the end of an edge, which is made where it is missing.
    fn edge(&mut self, key: u64) -> u32 {
        let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let node = self.edges.get_or_insert(key, next);
        if node == next {
            self.nodes.push(Node::default());
        }
        node
    }

    fn change(&mut self, node: u32, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(node as usize) {
            change(node);
        }
    }

    #[inline(always)]
    fn filter_bit(&self, hash: u64) -> usize {
        (hash >> self.filter_shift) as usize
    }

    #[inline(always)]
    fn may_begin(&self, hash: u64) -> bool {
        let bit = self.filter_bit(hash);
        self.filter.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    /// Whether any term stands in `text`.
    pub(super) fn stands_in(&self, text: &[u8]) -> bool {
        let mut hits = Vec::new();
        self.find(text, &mut hits);
        !hits.is_empty()
    }

    /// Adds to `hits` the longest term at each word of `text`, but for those inside of one found before. Of
    /// two that overlap the second counts from where the first ends, unless it is the longer one: so hits
    /// overlap only as often as they grow, however many terms do.
    pub(super) fn find(&self, text: &[u8], hits: &mut Vec<Hit>) {
        if self.nodes.is_empty() {
            return;
        }
        let is_ascii = crate::block::first_non_ascii(text) == text.len();
        let mut done = Done::default();
        words(text, |word| {
            if is_ascii || cut(text, word.range.clone()).is_ascii() {
                if self.may_begin(word.hash) {
                    self.at_word(text, word.range, word.hash, &mut done, hits);
                }
                return;
            }
            let mut start = word.range.start;
            while let Some((end, hash)) = piece_at(text, start) {
                if let Some(hash) = hash.filter(|hash| self.may_begin(*hash)) {
                    self.at_word(text, start..end, hash, &mut done, hits);
                }
                start = end;
                if start >= word.range.end {
                    break;
                }
            }
        });
    }

    /// Adds the longest term whose first word this is.
    #[cold]
    fn at_word(&self, text: &[u8], word: Range<usize>, hash: u64, done: &mut Done, hits: &mut Vec<Hit>) {
        let mut best = None;
        for length in 0..=self.longest_prefix.min(word.start) {
            let start = word.start - length;
            let prefix = cut(text, start..word.start);
            if let Some(node) = self.edges.get(first_key(prefix, hash)) {
                self.follow(text, start..word.end, node, &mut best);
            }
        }
        let Some((mut range, ends)) = best.filter(|(range, _)| range.end > done.end) else { return };
        let end = range.end;
        if range.start < done.longest.end && range.len() <= done.longest.len() {
            let rest = cut(text, done.end..end);
            let Some(skipped) = rest.iter().position(|b| is_word(*b)) else { return };
            range.start = done.end + skipped;
        } else {
            done.longest = range.clone();
        }
        done.end = end;
        if let Some(entity) = self.types.get(usize::from(ends) - 1) {
            hits.push(Hit { range, entity: *entity, score: SCORE, validated: false });
        }
    }

    /// Keeps in `best` the longest term that begins as `seen` does, which led to `node`.
    fn follow(&self, text: &[u8], mut seen: Range<usize>, node: u32, best: &mut Option<(Range<usize>, u16)>) {
        let mut keep = |range: Range<usize>, ends: u16| {
            let longer = best.as_ref().is_none_or(|(best, _)| range.len() >= best.len());
            if ends > 0 && longer {
                *best = Some((range, ends));
            }
        };
        let mut number = node;
        while let Some(node) = self.nodes.get(number as usize) {
            keep(seen.clone(), node.ends);
            let longest_suffix = if node.has_suffix { self.longest_suffix } else { 0 };
            for length in 1..=longest_suffix.min(text.len() - seen.end) {
                let end = seen.end + length;
                let found = self.edges.get(suffix_key(number, cut(text, seen.end..end)));
                if let Some(end_node) = found.and_then(|n| self.nodes.get(n as usize)) {
                    keep(seen.start..end, end_node.ends);
                }
            }
            if !node.goes_on {
                return;
            }
            let Some((start, gap)) = gap(text, seen.end) else { return };
            let Some((end, Some(hash))) = piece_at(text, start) else { return };
            let Some(next) = self.edges.get(next_key(number, gap, hash)) else { return };
            (number, seen.end) = (next, end);
        }
    }
}

/// A word of a term.
struct TermWord {
    range: Range<usize>,
    hash: u64,
    /// The hash of what stands before it, behind the word before.
    gap: u64,
}

/// The words of a term and what stands behind the last.
fn split(term: &[u8]) -> Result<(Vec<TermWord>, &[u8]), TermError> {
    let mut words: Vec<TermWord> = Vec::new();
    let mut i = 0;
    loop {
        let next = gap(term, i).ok_or(TermError::TooMuchBetween)?;
        let Some((end, hash)) = piece_at(term, next.0) else { break };
        let hash = hash.ok_or(TermError::TooLong)?;
        words.push(TermWord { range: next.0..end, hash, gap: next.1 });
        i = end;
    }
    let suffix = cut(term, i..term.len());
    if words.len() > MAX_TERM_WORDS {
        return Err(TermError::TooManyWords);
    }
    let prefix = words.first().ok_or(TermError::NoWord)?.range.start;
    if prefix.max(suffix.len()) > MAX_AFFIX {
        return Err(TermError::TooMuchBetween);
    }
    Ok((words, suffix))
}

#[inline]
fn first_key(prefix: &[u8], word: u64) -> u64 {
    let start = if prefix.is_empty() { FIRST } else { mix(FIRST, exact_hash(prefix)) };
    mix(start, word)
}

#[inline]
fn next_key(node: u32, gap: u64, word: u64) -> u64 {
    mix(mix(mix(NEXT, u64::from(node)), gap), word)
}

#[inline]
fn suffix_key(node: u32, suffix: &[u8]) -> u64 {
    mix(mix(SUFFIX, u64::from(node)), exact_hash(suffix))
}

#[cfg(test)]
#[allow(clippy::string_slice, reason = "a test may panic")]
mod tests;

//! What the score looks at: the features of each word, as slots of the weights.
//!
//! For every word: itself, its first letters, and with the word before it, where a word of a [class](classes) is replaced by its
//! class. For a word of a class also: the two words before it with it, the class, and the sequence of the last two
//! and three classes that stand at most [`REACH`] words apart. Where more than a space parts two words: the kind of the
//! gap with the word behind it, so the start of a line or sentence, a quote, a colon, and the very bytes of
//! markup such as `<|`, `###` or `[/`.
//!
//! Where a sentence or line ends that began with a word of a class: that class, whether the sentence points at its
//! surroundings or speaks of the answer, how long it is, how it ends, and in a second feature also what stood before
//! it (nothing, prose, lines, markup). A request that stands in a document and does not speak of it is what an
//! indirect attack looks like, whatever it asks for. That of the last sentence comes as a word of its own.
//!
//! A slot is a hash; two features may share one. Training and scoring share this code.

use core::ops::Range;

use super::classes::{self, Filter};
use crate::bytes::{at, cut};
use crate::detect::words::{self, Word, mix};

/// Slots of the weights; a power of two.
pub const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 16;

/// Sorts of features, numbered from 1.
pub const SORTS: usize = 12;

/// The sorts that every word has.
const WORD: u8 = 1;
const PAIR: u8 = 2;
const STEM_SORT: u8 = 12;
/// The sort of features that are what parts two words.
const GAP: u8 = 4;
/// The sorts of features that are markup, and markup with the word behind it.
pub const MARKUP: u8 = 5;
/// See [`MARKUP`].
pub const MARKUP_WORD: u8 = 6;

/// The most words between two of a class that are seen as a sequence.
pub const REACH: u32 = 8;

/// Takes features in.
pub trait Sink {
    /// A feature of the word at hand, of this sort.
    fn feature(&mut self, sort: u8, slot: usize);
    /// Those that every word has: the stem, where it has one, the word, and with the word before it.
    #[inline(always)]
    fn plain(&mut self, stem: Option<usize>, word: usize, pair: usize) {
        if let Some(stem) = stem {
            self.feature(STEM_SORT, stem);
        }
        self.feature(WORD, word);
        self.feature(PAIR, pair);
    }
    /// The word is complete; `class` is 0 where it has none.
    fn word(&mut self, class: u8);
}

/// Hands the features of every word of `text` to `sink`.
pub fn read<S: Sink>(text: &[u8], sink: &mut S) {
    let mut reader = Reader::default();
    words::batches(text, |batch| reader.words(text, batch, sink));
    reader.end(sink);
}

/// Makes the features of words, which are handed in in order; it knows the words just before.
pub(super) struct Reader {
    filter: &'static Filter,
    /// The word before, or its class.
    last: u64,
    last_but_one: u64,
    /// Where the word before ends.
    end: usize,
    /// The last class, and the hash of the last two.
    class: u8,
    classes: u64,
    /// The last markup in a gap, and how many words stood before it.
    markup: u64,
    marked_at: u32,
    /// How many words stood before the last one of a class.
    class_at: u32,
    /// The sentence at hand.
    sentence: Sentence,
    /// Sentences, lines and gaps with markup so far.
    sentences: u32,
    lines: u32,
    marked: u32,
    /// Words so far.
    count: u32,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            filter: Filter::get(),
            last: 0,
            last_but_one: 0,
            end: 0,
            class: 0,
            classes: 0,
            markup: 0,
            marked_at: 0,
            // Out of reach.
            class_at: u32::MAX - 2 * REACH,
            sentence: Sentence::default(),
            sentences: 0,
            lines: 0,
            marked: 0,
            count: 0,
        }
    }
}

/// A sentence or line.
#[derive(Clone, Copy, Default)]
struct Sentence {
    /// The class of its first word.
    first: u8,
    /// Whether it has [`POINTS`] and [`ANSWERS`].
    flags: u8,
    /// Words before it.
    begin: u32,
    /// What stood before it.
    before: u8,
}

/// The sentence points at what stands around it: "the following", "above", "this".
pub(super) const POINTS: u8 = 1;
/// The sentence speaks of the answer that is to come: "your", "response".
pub(super) const ANSWERS: u8 = 2;

/// How a sentence ends: at the end of the text. The others are kinds of gaps.
const END: u64 = 8;

/// What parts two words: its kind, and a hash of markup or 0.
#[derive(Clone, Copy)]
struct Gap {
    kind: u64,
    markup: u64,
    /// Whether a line ends in it, and whether a sentence or line does.
    line: bool,
    closes: bool,
}

/// The kinds of gap as bits, by the byte that decides. The highest in a gap counts.
static KINDS: [u8; 256] = {
    let mut table = [0; 256];
    let mut b = 0;
    while b < 256 {
        #[allow(clippy::indexing_slicing, reason = "evaluated when compiled; b < 256")]
        {
            table[b] = match b as u8 {
                b',' | b';' => 1 << 1,
                b'.' | b'!' | b'?' => 1 << 2,
                b'"' | 0x27 | b'(' | b')' | b'`' => 1 << 3,
                b':' => 1 << 4,
                b'\n' => 1 << 5,
                b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'#' | b'|' | b'*' | b'=' | b'-' | b'/' | b'\\' => {
                    1 << 6
                }
                _ => 1,
            };
        }
        b += 1;
    }
    table
};

/// Kind of the gap at a text's start.
const START: u64 = 7;
/// The markup of `://`.
const ADDRESS: u64 = mix(mix(mix(0, b':' as u64), b'/' as u64), b'/' as u64);
/// The most bytes of a gap that are looked at.
const GAP_BYTES: usize = 12;

/// What parts two parts of a word.
const NO_GAP: Range<usize> = 1..1;

/// Whether nothing but a space parts the words that end and begin there.
#[inline(always)]
fn is_space(text: &[u8], from: usize, to: usize) -> bool {
    to - from == 1 && at(text, from) == b' ' && from > 0
}

/// The gap between two words.
fn gap(text: &[u8], from: usize, to: usize) -> Gap {
    let (mut kinds, mut markup) = (if from == 0 { 1 << START } else { 1 }, 0);
    // The bytes before the next word say most.
    for byte in cut(text, to.saturating_sub(GAP_BYTES).max(from)..to) {
        let this = KINDS.get(usize::from(*byte)).copied().unwrap_or_default();
        kinds |= this;
        if this >= 1 << 4 {
            markup = mix(markup, u64::from(*byte));
        }
    }
    let kind = u64::from(kinds.ilog2());
    let line = kinds & 1 << 5 != 0;
    let closes = kind == START || line || kinds & (1 << 2 | 1 << 6) != 0 && to - from > 1;
    Gap { kind, markup: if kind == 6 || markup != 0 { markup } else { 0 }, line, closes }
}

/// Letters of a stem.
const STEM: usize = 5;

/// The first letters of a word without their case: what "instruct", "instruction" and "instructed" have in common.
/// Of a shorter word it is all of it, which spares a branch.
#[inline(always)]
fn stem(word: &Word) -> u64 {
    mix(word.head & ((1 << (8 * STEM)) - 1), 5)
}

/// The slot of a feature of this sort.
#[inline(always)]
fn slot(sort: u64, value: u64) -> usize {
    ((value ^ sort).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> (64 - SLOT_BITS)) as usize
}

impl Reader {
    /// The next words of the text.
    #[inline(never)]
    pub(super) fn words<S: Sink>(&mut self, text: &[u8], batch: &[Word], sink: &mut S) {
        for word in batch {
            let before = core::mem::replace(&mut self.end, word.range.end);
            if word.foreign {
                self.foreign(text, word, before..word.range.start, sink);
            } else {
                let stem = slot(12, stem(word));
                self.word(text, Some(stem), word.hash, before..word.range.start, sink);
            }
        }
    }

    /// The text is at its end.
    pub(super) fn end<S: Sink>(&mut self, sink: &mut S) {
        if self.sentences > 1 {
            self.close(END, sink);
            sink.word(0);
        }
    }

    /// A word behind a gap.
    #[inline(always)]
    fn word<S: Sink>(
        &mut self,
        text: &[u8],
        stem: Option<usize>,
        hash: u64,
        gap: Range<usize>,
        sink: &mut S,
    ) {
        let class = self.filter.class(hash);
        let this = if class == 0 { hash } else { u64::from(class) };
        let pair = mix(self.last.rotate_left(17), this);
        sink.plain(stem, slot(1, hash), slot(2, pair));
        if !is_space(text, gap.start, gap.end) {
            self.gap(text, gap, this, class, sink);
        }
        if class != 0 {
            self.class(class, pair, sink);
        }
        self.count += 1;
        self.last_but_one = self.last;
        self.last = this;
        sink.word(class);
    }

    /// What parts two words is more than a space.
    #[inline(never)]
    fn gap<S: Sink>(&mut self, text: &[u8], gap: Range<usize>, this: u64, class: u8, sink: &mut S) {
        let gap = self::gap(text, gap.start, gap.end);
        if gap.kind > 1 {
            sink.feature(GAP, slot(4, mix(gap.kind, this)));
        }
        if gap.markup != 0 {
            // The rows of a table repeat theirs.
            if self.marked_at + 1 != self.count || gap.markup != self.markup {
                // Colons, the ends of lines and what stands in an address are no markup by themselves.
                let (alone, with_word) =
                    if gap.kind == 6 && gap.markup != ADDRESS { (MARKUP, MARKUP_WORD) } else { (GAP, GAP) };
                sink.feature(alone, slot(5, gap.markup));
                sink.feature(with_word, slot(6, mix(gap.markup, this)));
            }
            (self.markup, self.marked_at) = (gap.markup, self.count);
        }
        if gap.closes {
            self.begin(class, gap, sink);
        }
    }

    /// A sentence ends in this gap, and one begins behind it.
    fn begin<S: Sink>(&mut self, class: u8, gap: Gap, sink: &mut S) {
        if self.count > 0 {
            self.close(if gap.kind == 6 { 6 } else { 2 + 3 * u64::from(gap.line) }, sink);
        }
        self.lines += u32::from(gap.line);
        self.marked += u32::from(gap.kind == 6);
        self.sentences += 1;
        let words = [0, 1, 16].iter().filter(|n| self.count >= **n).count() as u8;
        let before = words << 4 | u8::from(self.marked > 3) << 1 | u8::from(self.lines > 2);
        self.sentence = Sentence { first: class, flags: 0, begin: self.count, before };
    }

    /// The features of the sentence at hand, which ends so.
    fn close<S: Sink>(&mut self, end: u64, sink: &mut S) {
        let Sentence { first, flags, begin, before } = self.sentence;
        let words = self.count - begin;
        if first != 0 && words > 1 {
            let length = if words < 5 { 0 } else { 1 + u64::from(words > 30) };
            let value = u64::from(first) << 16 | end << 8 | length << 4 | u64::from(flags);
            sink.feature(10, slot(10, mix(value, 3)));
            sink.feature(11, slot(11, mix(value << 8 | u64::from(before), 4)));
        }
    }

    #[inline(never)]
    fn class<S: Sink>(&mut self, class: u8, pair: u64, sink: &mut S) {
        sink.feature(3, slot(3, mix(self.last_but_one.rotate_left(31), pair)));
        let this = u64::from(class);
        sink.feature(7, slot(7, mix(this, 0)));
        if self.count.wrapping_sub(self.class_at) <= REACH + 1 {
            let pair = u64::from(self.class) << 8 | this;
            sink.feature(8, slot(8, mix(pair, 1)));
            sink.feature(9, slot(9, mix(self.classes, this)));
            self.classes = mix(pair, 2);
        } else {
            self.classes = this;
        }
        self.class = class;
        self.class_at = self.count;
        self.sentence.flags |= classes::flags(class);
    }

    /// A word with characters beyond ASCII. Those of scripts that do not part words are read by two.
    #[cold]
    fn foreign<S: Sink>(&mut self, text: &[u8], word: &Word, mut gap: Range<usize>, sink: &mut S) {
        let bytes = cut(text, word.range.clone());
        let characters = core::str::from_utf8(bytes).unwrap_or_default();
        if !characters.chars().any(is_unparted) {
            return self.word(text, None, word.hash, gap, sink);
        }
        let mut before: Option<(usize, char)> = None;
        for (n, c) in characters.char_indices() {
            if let Some((start, b)) = before
                && (is_unparted(b) || is_unparted(c))
            {
                let hash = words::hash(cut(bytes, start..n + c.len_utf8()));
                self.word(text, None, hash, gap, sink);
                gap = NO_GAP;
            }
            before = Some((n, c));
        }
    }
}

/// Han, Hiragana, Katakana.
fn is_unparted(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}')
}

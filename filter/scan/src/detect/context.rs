//! Words around a candidate that say what it is ("passport no. …", "… (fax)").
//!
//! The text before a candidate (64 bytes) and right behind it (40 bytes) is parted into words once, when a
//! recogniser first asks. The words and phrases of [`phrases`] name topics; **the nearest label decides**: in
//! `phone 030 1234567, order 12345678` the second number is an order. Words are compared as a whole, without
//! case and without the accents of Latin letters (`Número`, `NUMERO`, `numero`), `camelCase` and
//! `snake_case` are parted, and a plural `s` or a `number`/`nummer` at the end is no part of a word
//! (`Telefonnummer`). Chinese, Japanese, Korean and Thai do not part words: there a phrase may begin at any
//! character.
//!
//! A label before a line break counts no longer if its line has a number of its own. What stands behind a candidate is its label only where it does not go on with
//! `:`, `=` or a number, whose label it then is.

mod fold;
mod phrases;

use core::cell::Cell;

use crate::bytes::{at, before, cut};
use fold::{Gap, Token, Word, tokens};
pub(super) use phrases::Topic;
use phrases::{find, may_end};

/// How far before a candidate a label is looked for, in bytes.
const BEFORE: usize = 64;
/// How far behind a candidate a label is looked for, in bytes.
const BEHIND: usize = 40;
/// Most words of a window that are kept, the nearest ones.
const WORDS: usize = 16;
/// Most labels of a window that are kept, the nearest ones.
const LABELS: usize = 5;
/// Most words of a phrase.
const PHRASE: usize = 4;

/// A set of topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Topics(u128);

impl Topics {
    /// The set of these topics.
    pub(super) const fn of(topics: &[Topic]) -> Self {
        let mut bits = 0;
        let mut rest = topics;
        while let [topic, tail @ ..] = rest {
            bits |= 1 << *topic as u32;
            rest = tail;
        }
        Self(bits)
    }

    fn has(self, topic: Topic) -> bool {
        self.0 >> (topic as u32) & 1 == 1
    }
}

/// Topics whose words are said of many things: they do not keep another label from counting.
const WEAK: Topics =
    Topics::of(&[Topic::Reach, Topic::TaxId, Topic::NationalId, Topic::Account, Topic::Card, Topic::Place]);

/// A label of a candidate.
#[derive(Debug, Clone, Copy)]
struct Label {
    topic: Topic,
    /// Whether only words like "number", "is" or "at" stand between it and the candidate.
    beside: bool,
}

/// The labels before a candidate.
#[derive(Debug, Clone, Copy, Default)]
struct Before {
    labels: [Option<Label>; LABELS],
    /// Whether a `:` or `=`, or a word like "at" or "to", leads up to the candidate.
    led: bool,
}

/// The labels behind a candidate.
type Behind = [Option<Label>; 2];

/// Whether the name of a member of JSON says what a number in its value is. Names of other things say nothing
/// that could be added.
pub(super) fn is_label(name: &[u8]) -> bool {
    before_candidate(name, name.len()).labels.iter().flatten().any(|label| label.topic != Topic::Other)
}

/// A text, and the labels around the candidate that was last asked for: several recognisers ask for those of the same
/// number, or of one that begins or ends at the same place.
pub(super) struct Around<'t> {
    pub(super) text: &'t [u8],
    before: Cell<Option<(usize, Before)>>,
    behind: Cell<Option<(usize, Behind)>>,
}

impl<'t> Around<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self { text, before: Cell::new(None), behind: Cell::new(None) }
    }

    /// The surroundings of the candidate `start..end`.
    pub(super) fn candidate(&self, start: usize, end: usize) -> Context<'_, 't> {
        Context { around: self, start, end }
    }
}

/// What `cell` keeps for the place `at`, or else what `look` finds there.
fn kept<T: Copy>(cell: &Cell<Option<(usize, T)>>, at: usize, look: impl FnOnce() -> T) -> T {
    match cell.get() {
        Some((known, value)) if known == at => value,
        _ => {
            let value = look();
            cell.set(Some((at, value)));
            value
        }
    }
}

/// The surroundings of a candidate, looked at when first asked for.
pub(super) struct Context<'a, 't> {
    around: &'a Around<'t>,
    start: usize,
    end: usize,
}

impl Context<'_, '_> {
    fn before(&self) -> Before {
        kept(&self.around.before, self.start, || before_candidate(self.around.text, self.start))
    }

    fn behind(&self) -> Behind {
        kept(&self.around.behind, self.end, || behind_candidate(self.around.text, self.end))
    }

    /// Whether the nearest label before the candidate, or one behind it, is of `topics`.
    pub(super) fn names(&self, topics: Topics) -> bool {
        self.names_before(topics) || self.names_behind(topics)
    }

    /// Whether the nearest label before the candidate is of `topics`.
    pub(super) fn names_before(&self, topics: Topics) -> bool {
        for label in self.before().labels.iter().flatten() {
            if topics.has(label.topic) {
                return true;
            }
            if label.beside || !WEAK.has(label.topic) {
                return false;
            }
        }
        false
    }

    /// Whether a label behind the candidate is of `topics`, and nothing before it says otherwise.
    fn names_behind(&self, topics: Topics) -> bool {
        !self.is_denied(topics) && self.behind().iter().flatten().any(|l| topics.has(l.topic))
    }

    /// Whether a label of `topics` stands right before the candidate, or right behind it.
    pub(super) fn beside(&self, topics: Topics) -> bool {
        let is = |l: &Label| l.beside && topics.has(l.topic);
        self.before().labels.iter().flatten().any(is) || self.behind().iter().flatten().any(is)
    }

    /// Whether the label right before the candidate names something else than `topics`.
    pub(super) fn is_denied(&self, topics: Topics) -> bool {
        self.before().labels.iter().flatten().any(|l| l.beside && !topics.has(l.topic) && !WEAK.has(l.topic))
    }

    /// Whether the text leads up to the candidate: "at …", "to …", ": …".
    pub(super) fn is_led_to(&self) -> bool {
        self.before().led
    }

    /// Whether the text holds nothing beside the candidate.
    pub(super) fn is_alone(&self) -> bool {
        let text = self.around.text;
        let rest = [cut(text, 0..self.start), cut(text, self.end..text.len())];
        // Looked at only where both are short: a value alone has at most quotes and spaces around it.
        rest.iter()
            .all(|r| r.len() <= 4 && r.iter().all(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'')))
    }
}

/// The labels before a candidate that begins at `start`.
fn before_candidate(text: &[u8], start: usize) -> Before {
    let mut labels = Before::default();
    let window = cut(text, start.saturating_sub(BEFORE)..start);
    labels.led = matches!(last_mark(window), b':' | b'=' | b'(' | b'|' | b'[' | b'<' | b'>' | b'"');
    // In columns of figures there is nothing to read.
    if !has_letters(window) {
        return labels;
    }
    // The window may begin inside a word, which is then none.
    let mut inside = start > BEFORE && crate::bytes::is_word(before(text, start - BEFORE));
    let mut words = Words::default();
    let mut digits = 0usize;
    // The last label of a language that does not part words, and how many words came before it.
    let mut unparted: Option<(Topic, usize)> = None;
    let last_gap = tokens(window, |token| match token {
        Token::Word(word) => {
            if !core::mem::take(&mut inside) {
                words.push(word);
            }
        }
        Token::Unparted(topic) => unparted = Some((topic, words.count)),
        Token::Digits(n) => digits += n,
        Token::LineEnd => {
            if core::mem::take(&mut digits) >= 5 {
                (words.count, unparted) = (0, None);
            }
        }
    });
    let (mut beside, mut leading) = (last_gap < Gap::Number, true);
    let mut slots = labels.labels.iter_mut();
    let mut add = |topic, beside: &mut bool| match slots.next() {
        Some(slot) => {
            *slot = Some(Label { topic, beside: core::mem::take(beside) });
            true
        }
        None => false,
    };
    let mut n = words.count;
    while n > words.oldest() || unparted.is_some() {
        if let Some((topic, words_before)) = unparted.filter(|(_, words_before)| *words_before >= n) {
            unparted = None;
            if words_before < words.count {
                beside = false;
            }
            if !add(topic, &mut beside) {
                return labels;
            }
            continue;
        }
        let (topic, length) = words.phrase(n);
        let gap = words.at(n + 1 - length).gap;
        n -= length;
        let more = match topic {
            Some(Topic::Link) => {
                labels.led |= leading;
                true
            }
            Some(Topic::Number) => true,
            // "order id", "passport id": the word before says of what; alone it is somebody's.
            Some(Topic::Id) => {
                let of = if gap == Gap::Space { words.phrase(n).0 } else { None };
                let own =
                    of.is_none_or(|t| matches!(t, Topic::Link | Topic::Number | Topic::Reach | Topic::Place));
                !own || add(Topic::Other, &mut beside)
            }
            Some(topic) => {
                leading = false;
                add(topic, &mut beside)
            }
            None => {
                (beside, leading) = (false, false);
                true
            }
        };
        if !more {
            return labels;
        }
        beside &= gap < Gap::Number;
    }
    labels
}

/// The labels behind a candidate that ends at `end`.
fn behind_candidate(text: &[u8], end: usize) -> Behind {
    let mut labels = Behind::default();
    let rest = cut(text, end..(end + BEHIND).min(text.len()));
    let ends = |b: &u8| matches!(b, b'\n' | b',' | b';' | b'.' | b'|' | b'<' | b'"');
    let clause_end = rest.iter().position(ends);
    let clause = cut(rest, 0..clause_end.unwrap_or(rest.len()));
    if !has_letters(clause) || clause.iter().any(|b| b.is_ascii_digit() || matches!(b, b':' | b'=')) {
        return labels;
    }
    let mut words = Words::default();
    let mut slots = labels.iter_mut();
    tokens(clause, |token| match token {
        Token::Word(word) => {
            if words.count < WORDS {
                words.push(word);
            }
        }
        Token::Unparted(topic) => {
            if let Some(slot) = slots.next() {
                *slot = Some(Label { topic, beside: words.count == 0 });
            }
        }
        Token::Digits(_) | Token::LineEnd => {}
    });
    // Where the window ends inside a word, that is none.
    if clause_end.is_none() && crate::bytes::is_word(at(text, end + BEHIND)) {
        words.count = words.count.saturating_sub(1);
    }
    let (mut n, mut beside) = (1, true);
    while n <= words.count {
        // The longest phrase that begins at the n-th word.
        let lengths = (1..=PHRASE.min(words.count + 1 - n)).rev();
        let phrase = lengths.into_iter().find_map(|length| {
            let (topic, taken) = words.phrase(n + length - 1);
            topic.filter(|_| taken == length).map(|topic| (topic, length))
        });
        match phrase {
            Some((Topic::Link | Topic::Number | Topic::Id, length)) => n += length,
            Some((topic, length)) => {
                let Some(slot) = slots.next() else { return labels };
                *slot = Some(Label { topic, beside: core::mem::take(&mut beside) });
                n += length;
            }
            None => {
                beside = false;
                n += 1;
            }
        }
    }
    labels
}

/// The last words of a window, counted from 1.
#[derive(Default)]
struct Words {
    ring: [Word; WORDS],
    count: usize,
}

impl Words {
    fn push(&mut self, word: Word) {
        self.count += 1;
        if let Some(slot) = self.ring.get_mut(self.count % WORDS) {
            *slot = word;
        }
    }

    fn at(&self, n: usize) -> Word {
        self.ring.get(n % WORDS).copied().unwrap_or_default()
    }

    /// The number before the first word that is kept.
    fn oldest(&self) -> usize {
        self.count.saturating_sub(WORDS)
    }

    /// The topic of the longest phrase that ends with the `n`-th word, and how many words it has; one word
    /// without a topic where there is none.
    fn phrase(&self, n: usize) -> (Option<Topic>, usize) {
        let word = self.at(n);
        if !may_end(word.hash) && !may_end(word.stem) {
            return (None, 1);
        }
        let most = PHRASE.min(n.saturating_sub(self.oldest()));
        // A phrase reaches across no punctuation.
        let most = (1..most).find(|back| self.at(n + 1 - back).gap > Gap::Space).unwrap_or(most);
        let phrase = (1..=most).rev().find_map(|length| {
            let hash = (n + 1 - length..=n).fold(0, |hash, n| fold::join(hash, self.at(n).hash));
            find(hash).map(|topic| (topic, length))
        });
        let stemmed = || find(fold::join(0, word.stem)).filter(|_| most > 0).map(|topic| (topic, 1));
        phrase.or_else(stemmed).map_or((None, 1), |(topic, length)| (Some(topic), length))
    }
}

fn has_letters(window: &[u8]) -> bool {
    window.iter().fold(false, |any, b| any | b.is_ascii_alphabetic() | (*b >= 0x80))
}

/// The last byte of `window` that is no space and no emphasis (`**Phone:** `).
fn last_mark(window: &[u8]) -> u8 {
    let mut marks = window.iter().rev().filter(|b| !matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b'*' | b'+'));
    marks.next().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;

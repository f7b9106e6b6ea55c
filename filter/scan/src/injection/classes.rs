//! Words that mean the same to an attack: `ignore`, `disregard` and `vergiss` are one class.
//!
//! A class stands in for its words in pairs and triples of words, and sequences of classes are features of
//! their own, so that a wording or a language that training never saw still weighs. Words are looked up by
//! their hash ([`words::hash`](crate::detect::words::hash)), so without ASCII case. Chinese and Japanese, which
//! do not part words, are looked up by two characters at a time. The words are those of everyday
//! dictionaries; the table is built when this is compiled.

mod words;

use std::sync::LazyLock;

use super::Family;
use super::features::{ANSWERS, POINTS};
use crate::detect::words::mix;
use words::WORDS;

/// What a class's words have in common. The numbers are part of the features; 0 is no class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    /// To pass over what was said.
    Ignore = 1,
    /// What was said: rules, orders.
    Instructions,
    /// That it was said before.
    Prior,
    /// What a model is told by its operator.
    Prompt,
    /// Secrets and personal data.
    Secret,
    /// To give something away.
    Reveal,
    /// To say again, as it was.
    Repeat,
    /// To play somebody.
    Pretend,
    /// Another self.
    Persona,
    /// Without limits.
    Unlimited,
    /// What limits.
    Limits,
    /// What is not allowed.
    Forbidden,
    /// To break out, to switch off.
    Bypass,
    /// A mode of operation.
    Mode,
    /// Who stands above.
    Authority,
    /// The model.
    Model,
    /// Who speaks in a conversation.
    Speaker,
    /// From here on; in place of that.
    Instead,
    /// New.
    New,
    /// To obey; to do.
    Obey,
    /// What a model gives.
    Answer,
    /// The one spoken to.
    You,
    /// What is that one's.
    Your,
    /// Not, never.
    Not,
    /// Must, always.
    Must,
    /// To send somewhere.
    Send,
    /// Where to.
    Where,
    /// Made up.
    Fiction,
    /// To put something in, unasked.
    Insert,
    /// What a document is made of.
    Document,
    /// To take in an encoded text.
    Decode,
    /// Words of the other classes in rot13.
    Rotated,
    /// The same backwards.
    Backwards,
    /// To do a piece of work: what requests begin with.
    Ask,
    /// What questions begin with.
    Question,
    /// What points at the text around it.
    Here,
}

/// Slots of the table; fewer than half are taken, so that a search ends soon.
const SLOTS: usize = 4096;

/// The upper bits of a word's hash, and its class; 0 where no word stands.
static TABLE: [u32; SLOTS] = build();

/// A bit for each word at its place; most words that have no class are found out here. Made at first use: the table
/// tells it.
static FILTER: LazyLock<Filter> = LazyLock::new(Filter::new);
const FILTER_BITS: usize = 1 << 16;

/// The bit of a mark.
#[inline(always)]
const fn bit(mark: u32) -> usize {
    (mark >> 8) as usize % FILTER_BITS
}

/// Where the search for a word's hash begins.
#[inline(always)]
const fn home(hash: u64) -> usize {
    (hash >> 8) as usize % SLOTS
}

/// What stands for a hash in the table, without the class.
#[inline(always)]
const fn mark(hash: u64) -> u32 {
    ((hash >> 32) as u32) & !0xFF
}

/// The hash of a word of `text`, as [`words::hash`](crate::detect::words::hash) makes it.
#[allow(clippy::indexing_slicing, reason = "evaluated when compiled; the caller's range lies inside")]
const fn hash(text: &[u8], start: usize, end: usize) -> u64 {
    let mut hash = (end - start) as u64;
    let mut i = start;
    while i < end {
        let (mut eight, mut n) = (0, 0);
        while n < 8 && i + n < end {
            eight |= ((text[i + n] | 0x20) as u64) << (8 * n);
            n += 1;
        }
        hash = mix(hash, eight);
        i += 8;
    }
    hash
}

/// The words of all classes, one after the other.
struct Words {
    row: usize,
    at: usize,
}

impl Words {
    /// The next word's hash and class.
    #[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
    const fn next(&mut self) -> Option<(u64, u32)> {
        while self.row < WORDS.len() {
            let (class, list) = WORDS[self.row];
            let list = list.as_bytes();
            while self.at < list.len() && list[self.at] == b' ' {
                self.at += 1;
            }
            let start = self.at;
            while self.at < list.len() && list[self.at] != b' ' {
                self.at += 1;
            }
            if start < self.at {
                return Some((hash(list, start, self.at), class as u32));
            }
            self.row += 1;
            self.at = 0;
        }
        None
    }
}

const fn build() -> [u32; SLOTS] {
    let mut table = [0; SLOTS];
    let mut words = Words { row: 0, at: 0 };
    while let Some((hash, class)) = words.next() {
        put(&mut table, hash, class);
    }
    table
}

/// Puts a word in, unless an earlier class has it.
#[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
const fn put(table: &mut [u32; SLOTS], hash: u64, class: u32) {
    let mut slot = home(hash);
    while table[slot] != 0 {
        if table[slot] & !0xFF == mark(hash) {
            return;
        }
        slot = (slot + 1) % SLOTS;
    }
    table[slot] = mark(hash) | class;
}

/// Finds out most words that have no class.
pub struct Filter([u64; FILTER_BITS / 64]);

impl Filter {
    fn new() -> Self {
        let mut bits = [0; FILTER_BITS / 64];
        for entry in TABLE.iter().filter(|entry| **entry != 0) {
            if let Some(eight) = bits.get_mut(bit(*entry) / 64) {
                *eight |= 1 << (bit(*entry) % 64);
            }
        }
        Self(bits)
    }

    /// That of all classes.
    #[must_use]
    pub fn get() -> &'static Self {
        &FILTER
    }

    /// The class of the word with this hash, as a number; 0 for none.
    #[inline(always)]
    #[must_use]
    pub fn class(&self, hash: u64) -> u8 {
        let bit = bit(mark(hash));
        let bits = self.0.get(bit / 64).copied().unwrap_or_default();
        if bits >> (bit % 64) & 1 == 0 { 0 } else { search(hash) }
    }
}

/// The class of the word with this hash, as a number; 0 for none.
#[must_use]
pub fn of(hash: u64) -> u8 {
    FILTER.class(hash)
}

fn search(hash: u64) -> u8 {
    let mut slot = home(hash);
    loop {
        let entry = TABLE.get(slot).copied().unwrap_or_default();
        if entry == 0 {
            return 0;
        }
        if entry & !0xFF == mark(hash) {
            return entry as u8;
        }
        slot = (slot + 1) % SLOTS;
    }
}

/// What a word of a class says of its sentence.
#[inline(always)]
#[must_use]
pub(super) fn flags(class: u8) -> u8 {
    const HERE: u8 = Class::Here as u8;
    const PRIOR: u8 = Class::Prior as u8;
    const YOUR: u8 = Class::Your as u8;
    const ANSWER: u8 = Class::Answer as u8;
    match class {
        HERE | PRIOR => POINTS,
        YOUR | ANSWER => ANSWERS,
        _ => 0,
    }
}

/// The family that a class speaks for.
#[must_use]
pub fn family(class: u8) -> Option<Family> {
    use Class::*;
    const OF: [(Class, Family); 21] = [
        (Ignore, Family::RoleConfusion),
        (Instructions, Family::RoleConfusion),
        (Prior, Family::RoleConfusion),
        (Authority, Family::RoleConfusion),
        (New, Family::RoleConfusion),
        (Instead, Family::RoleConfusion),
        (Prompt, Family::Exfiltration),
        (Secret, Family::Exfiltration),
        (Reveal, Family::Exfiltration),
        (Repeat, Family::Exfiltration),
        (Pretend, Family::Jailbreak),
        (Persona, Family::Jailbreak),
        (Unlimited, Family::Jailbreak),
        (Limits, Family::Jailbreak),
        (Forbidden, Family::Jailbreak),
        (Bypass, Family::Jailbreak),
        (Fiction, Family::Jailbreak),
        (Send, Family::Indirect),
        (Insert, Family::Indirect),
        (Where, Family::Indirect),
        (Document, Family::Indirect),
    ];
    OF.iter().find(|(c, _)| *c as u8 == class).map(|(_, family)| *family)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::words;

    #[test]
    fn every_word_is_found_in_the_first_class_that_lists_it() {
        let mut seen = std::collections::HashMap::new();
        for (class, list) in WORDS {
            for word in list.split_whitespace() {
                let hash = words::hash(word.as_bytes());
                let first = *seen.entry(hash).or_insert(*class as u8);
                assert_eq!(of(hash), first, "{word}");
            }
        }
        assert!(seen.len() * 2 < SLOTS, "{} words make searches long", seen.len());
    }

    #[test]
    fn ordinary_words_have_no_class() {
        for word in ["the", "weather", "table", "Haus", "été", "天气", "0", "zebra"] {
            assert_eq!(of(words::hash(word.as_bytes())), 0, "{word}");
        }
        assert_eq!(of(words::hash(b"IGNORE")), Class::Ignore as u8);
    }
}

//! Identifiers of one country: tables of rules, by region.
//!
//! A rule says how the identifier is written (its forms), how its check digits are computed, which words
//! name it, and how sure a hit is with and without such a word. A number without a word counts only where
//! form and check together are met by hardly any other number (fewer than one in two hundred of the same
//! form); **alone** in its text (a cell, a JSON value) fewer than one in fifty is enough. All else needs its
//! label.
//!
//! In a form `9` is a digit, `A` a letter, `#` either, and anything else itself. The forms are indexed by what
//! they begin with (so many letters, then so many digits), so that a number is compared only with forms
//! that fit its beginning.

mod americas;
mod asia;
mod europe;
mod pacific;
pub(super) mod vat;

use super::context::{Around, Context, Topic, Topics};
use crate::bytes::{at, before, cut, is_word, run, run_back};
use crate::entity::{EntityType, Hit};

/// Longest value without its separators.
const MAX_VALUE: usize = 20;

/// How an identifier is written and checked.
struct Rule {
    entity: EntityType,
    forms: &'static [&'static str],
    /// The check, of capital letters and digits alone.
    check: fn(&[u8]) -> bool,
    /// Whether the check has check digits, or the form is as good as one.
    validated: bool,
    topics: Topics,
    scores: Scores,
}

/// How sure a hit is: with a label, in any text without one, and alone. 0: no hit.
#[derive(Debug, Clone, Copy)]
struct Scores {
    named: f32,
    bare: f32,
    alone: f32,
}

impl Scores {
    /// Only with a label.
    const fn named(named: f32) -> Self {
        Self { named, bare: 0.0, alone: 0.0 }
    }

    /// Without a label as well.
    const fn bare(named: f32, bare: f32) -> Self {
        Self { named, bare, alone: bare }
    }

    /// Without a label where nothing else stands in the text.
    const fn alone(named: f32, alone: f32) -> Self {
        Self { named, bare: 0.0, alone }
    }
}

impl Rule {
    /// A rule whose check has check digits.
    const fn new(
        entity: EntityType,
        forms: &'static [&'static str],
        check: fn(&[u8]) -> bool,
        topics: &[Topic],
        scores: Scores,
    ) -> Self {
        Self { entity, forms, check, validated: true, topics: Topics::of(topics), scores }
    }

    /// The same where there are no check digits.
    const fn unchecked(self) -> Self {
        Self { validated: false, ..self }
    }
}

/// The rules of all regions.
static RULES: &[&[Rule]] = REGIONS;
const REGIONS: &[&[Rule]] = &[americas::RULES, europe::RULES, asia::RULES, pacific::RULES];

/// A form's place in [`RULES`].
#[derive(Clone, Copy)]
struct Entry {
    region: u8,
    rule: u8,
    form: u8,
    /// How long its beginning is, and what stands behind that; NUL where the form ends there.
    begin: u8,
    next: u8,
}

/// Beginnings: 4 bits for the letters, 5 for the digits.
const KEYS: usize = 1 << 9;
/// Letters of a beginning whose letters and digits are parted.
const PARTED: usize = 8;
/// "Letters" of a form that begins with letters and digits in any order; its "digits" are its length.
const MIXED: usize = 15;

/// The key of a beginning.
const fn key(letters: usize, digits: usize) -> usize {
    (letters & 15) << 5 | if digits > 31 { 31 } else { digits }
}

/// The key of what a form begins with, and how long that is.
#[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
const fn form_key(form: &[u8]) -> (usize, usize) {
    let mut n = 0;
    while n < form.len() && form[n] == b'A' {
        n += 1;
    }
    let letters = n;
    let parted = letters > 0 && n < form.len() && matches!(form[n], b' ' | b'-');
    if parted {
        n += 1;
    }
    let start = n;
    while n < form.len() && form[n] == b'9' {
        n += 1;
    }
    let mixed = n < form.len() && form[n] == b'#';
    if mixed && (n == start || letters > 0) {
        (key(MIXED, form.len()), form.len())
    } else if mixed {
        // Digits, then a digit or a letter: read as a letter here; the other case is another form.
        (key(letters, n - start), n)
    } else {
        (key(if parted { PARTED + letters } else { letters }, n - start), n)
    }
}

/// How many forms there are.
const FORMS: usize = {
    let (mut count, mut regions) = (0, REGIONS);
    while let [region, tail @ ..] = regions {
        let mut rules = *region;
        while let [rule, rest @ ..] = rules {
            count += rule.forms.len();
            rules = rest;
        }
        regions = tail;
    }
    count
};

/// The forms by the key of their beginning.
struct Index {
    starts: [u16; KEYS + 1],
    entries: [Entry; FORMS],
}

static INDEX: Index = index();

#[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
#[allow(long_running_const_eval, reason = "some hundred short forms")]
const fn index() -> Index {
    let empty = Entry { region: 0, rule: 0, form: 0, begin: 0, next: 0 };
    let mut listed = [(0, empty); FORMS];
    let mut index = Index { starts: [0; KEYS + 1], entries: [empty; FORMS] };
    let (mut n, mut region) = (0, 0);
    while region < REGIONS.len() {
        let mut rule = 0;
        while rule < REGIONS[region].len() {
            let mut form = 0;
            while form < REGIONS[region][rule].forms.len() {
                let bytes = REGIONS[region][rule].forms[form].as_bytes();
                let (key, begin) = form_key(bytes);
                let next = if begin < bytes.len() { bytes[begin] } else { 0 };
                let entry = Entry {
                    region: region as u8,
                    rule: rule as u8,
                    form: form as u8,
                    begin: begin as u8,
                    next,
                };
                listed[n] = (key, entry);
                index.starts[key + 1] += 1;
                n += 1;
                form += 1;
            }
            rule += 1;
        }
        region += 1;
    }
    // Counts become places, and each form goes to its key's next place.
    let mut next = [0u16; KEYS];
    let mut key = 0;
    while key < KEYS {
        next[key] = index.starts[key];
        index.starts[key + 1] += index.starts[key];
        key += 1;
    }
    n = 0;
    while n < FORMS {
        let (key, entry) = listed[n];
        index.entries[next[key] as usize] = entry;
        next[key] += 1;
        n += 1;
    }
    index
}

/// The best identifier whose first digit is at `i`.
pub(super) fn find(around: &Around<'_>, i: usize) -> Option<Hit> {
    let text = around.text;
    let digits = run(text, i, |b| b.is_ascii_digit()) - i;
    let token = run_back(text, i, MAX_VALUE, |b| b.is_ascii_alphanumeric());
    let letters = i - token;
    if !cut(text, token..i).iter().all(u8::is_ascii_alphabetic) || digits > MAX_VALUE {
        return None;
    }
    let mut best = None;
    if letters < PARTED {
        look(around, token, key(letters, digits), &mut best);
    }
    let token_end = run(text, i, |b| b.is_ascii_alphanumeric());
    if token_end - token > digits && token_end - token <= MAX_VALUE {
        look(around, token, key(MIXED, token_end - token), &mut best);
    }
    if letters == 0 && matches!(before(text, i), b' ' | b'-') {
        let start = run_back(text, i - 1, 5, |b| b.is_ascii_alphabetic());
        let letters = i - 1 - start;
        if (1..=4).contains(&letters) {
            look(around, start, key(PARTED + letters, digits), &mut best);
        }
    }
    best
}

/// Compares what begins at `start` with the forms of `key`.
fn look(around: &Around<'_>, start: usize, key: usize, best: &mut Option<Hit>) {
    let text = around.text;
    let place = |n: usize| INDEX.starts.get(n).map_or(0, |s| usize::from(*s));
    let entries = INDEX.entries.get(place(key)..place(key + 1)).unwrap_or_default();
    // What stands behind the beginning, which fits and is as long in all of them, tells most forms apart.
    let next = at(text, start + entries.first().map_or(0, |entry| usize::from(entry.begin)));
    let letter = if next.is_ascii_alphabetic() { b'A' } else { next };
    let either = if next.is_ascii_alphanumeric() { b'#' } else { next };
    for entry in entries {
        if entry.next != 0 && entry.next != next && entry.next != letter && entry.next != either {
            continue;
        }
        let rule = RULES.get(usize::from(entry.region)).and_then(|r| r.get(usize::from(entry.rule)));
        let form = rule.and_then(|r| r.forms.get(usize::from(entry.form)));
        let (Some(rule), Some(form)) = (rule, form) else { continue };
        let mut value = [0u8; MAX_VALUE];
        let Some(length) = read(text, start, form.as_bytes(), &mut value) else { continue };
        let end = start + form.len();
        if !is_whole(text, start, end) {
            continue;
        }
        let context = around.candidate(start, end);
        // Most numbers have no label: that is known sooner than what a check digit would be.
        if rule.scores.alone == 0.0 && !context.names(rule.topics) {
            continue;
        }
        if !(rule.check)(cut(&value, 0..length)) {
            continue;
        }
        let Some(score) = score(text, start, end, rule, &context) else { continue };
        if best.as_ref().is_none_or(|b| (score, end) > (b.score, b.range.end)) {
            *best = Some(Hit { range: start..end, entity: rule.entity, score, validated: rule.validated });
        }
    }
}

/// Reads the letters and digits of what stands at `start` in this form; returns how many there are.
fn read(text: &[u8], start: usize, form: &[u8], value: &mut [u8; MAX_VALUE]) -> Option<usize> {
    let mut length = 0;
    for (n, class) in form.iter().enumerate() {
        let byte = at(text, start + n);
        let fits = match class {
            b'9' => byte.is_ascii_digit(),
            b'A' => byte.is_ascii_alphabetic(),
            b'#' => byte.is_ascii_alphanumeric(),
            _ if byte == *class => continue,
            _ => false,
        };
        if !fits {
            return None;
        }
        *value.get_mut(length)? = byte.to_ascii_uppercase();
        length += 1;
    }
    Some(length)
}

/// Whether nothing continues the value on either side.
pub(super) fn is_whole(text: &[u8], start: usize, end: usize) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let joint = |b: u8| matches!(b, b'-' | b'.' | b'/' | b'+' | b'\'');
    let (previous, next) = (before(text, start), at(text, end));
    let continued = word(previous)
        || word(next)
        || (joint(previous) && start >= 2 && is_word(before(text, start - 1)))
        || (joint(next)
            && at(text, end + 1).is_ascii_alphanumeric()
            && !(next == b'-' && letters_follow(text, end + 1)));
    !continued
}

/// Whether a word of letters follows (`7641-Office`).
fn letters_follow(text: &[u8], i: usize) -> bool {
    let end = run(text, i, |b| b.is_ascii_alphabetic());
    end > i + 2 && !at(text, end).is_ascii_digit()
}

/// How sure a value that passed its rule's check is.
fn score(text: &[u8], start: usize, end: usize, rule: &Rule, context: &Context<'_, '_>) -> Option<f32> {
    let Scores { named, bare, alone } = rule.scores;
    if context.names(rule.topics) {
        return Some(named);
    }
    let value = cut(text, start..end);
    // Identifiers are printed in capitals; what people type in small letters is a little less sure.
    let small = value.iter().any(u8::is_ascii_lowercase);
    let mixed = small && value.iter().any(u8::is_ascii_uppercase);
    let less = if small { 0.15 } else { 0.0 };
    if alone > 0.0 && context.is_alone() && !mixed {
        return Some(f32::max(alone - less, 0.5));
    }
    let marked = matches!(before(text, start), b'#' | b'$' | b'=' | b'/' | b'@' | b'&' | b'?' | b'%' | b'~')
        || matches!(at(text, end), b'%' | b'@' | b'=');
    let goes_on = value.contains(&b' ') && at(text, end) == b' ' && at(text, end + 1).is_ascii_digit();
    (bare > 0.0 && !marked && !mixed && !goes_on && !context.is_denied(rule.topics))
        .then(|| f32::max(bare - less, 0.5))
}

#[cfg(test)]
mod tests;

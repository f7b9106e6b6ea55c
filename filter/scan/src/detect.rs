//! Finds sensitive values in a text.
//!
//! One pass over the bytes looks for what can begin or betray a value (an `@`, a digit, the middle of a
//! key's prefix), sixteen bytes at a time; a recogniser then looks at a bounded window around that place.
//! So the cost is linear, and text without such bytes costs next to nothing. Overlaps are resolved once,
//! over the whole text, by rule ([`overlap`]).

pub mod allow;
mod birth_date;
mod check;
mod context;
mod crypto;
pub mod custom;
pub mod dictionary;
mod east_asian;
pub mod email;
pub mod ip;
mod labelled;
mod mac;
pub mod names;
mod national;
pub mod number;
pub mod overlap;
mod postal_code;
pub mod secret;
pub mod words;
mod written;

use crate::block::{Block, LANES, Marks};
use crate::entity::Hit;
use crate::injection::Scoring;
use allow::AllowList;
use context::Around;
use custom::CustomPattern;
use dictionary::Dictionary;
use overlap::Claim;

/// Longest name of a member that can be a label, in bytes.
const MAX_LABEL: usize = 64;
/// Longest text that a label says something of, in bytes: labels reach no further than 64 bytes, and values
/// that a name calls secrets have at most 512.
const MAX_LABELLED: usize = 1024;

/// Bytes that betray a value to [`at_value_sign`].
const VALUE: u8 = 1;

/// Which recognisers a byte concerns.
static CONCERNS: [u8; 256] = {
    let mut table = [0; 256];
    let mut b = 0;
    while b < 256 {
        let byte = b as u8;
        #[allow(clippy::indexing_slicing, reason = "evaluated when compiled; b < 256")]
        {
            table[b] |= if matches!(byte, b'@' | b':' | b'-' | b'0'..=b'9') { VALUE } else { 0 };
        }
        b += 1;
    }
    table
};

/// Marks every byte that [`CONCERNS`] anybody, and a few that it does not.
#[inline(always)]
fn signs(block: Block) -> Marks {
    block.within(b'-', b':') | block.equal(b'@')
}

/// What is looked for in a text: nobody pays for what no policy asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sought {
    /// Every type.
    Everything,
    /// Every type but persons, places and addresses.
    AllButNames,
    /// Nothing.
    Nothing,
}

/// The built-in recognisers and what the policy adds to them or excepts.
#[derive(Debug, Default)]
pub struct Detector {
    custom: Vec<CustomPattern>,
    dictionary: Dictionary,
    allow: AllowList,
}

impl Detector {
    /// A detector with these patterns and terms beside the built-in types, for all but the allowed values.
    #[must_use]
    pub fn new(custom: Vec<CustomPattern>, dictionary: Dictionary, allow: AllowList) -> Self {
        Self { custom, dictionary, allow }
    }

    /// Replaces `hits` by what `text` holds, in order and without overlaps. `text` is UTF-8; bytes that
    /// are not are read as part of no value.
    pub fn scan(&self, text: &[u8], hits: &mut Vec<Hit>) {
        self.scan_with(text, hits, |_| Claim::Change);
    }

    /// The same, where `claim` says which hits matter, and which only as far as no other does.
    pub fn scan_with(&self, text: &[u8], hits: &mut Vec<Hit>, claim: impl Fn(&Hit) -> Claim) {
        self.scan_under(&[], text, hits, claim);
    }

    /// The same, of a text that stands under a `label`, as a value of JSON does under its name: what the label
    /// says counts as if it stood before the text. Nothing that is found without it is lost.
    pub fn scan_under(&self, label: &[u8], text: &[u8], hits: &mut Vec<Hit>, claim: impl Fn(&Hit) -> Claim) {
        self.scan_and_score(Sought::Everything, label, text, hits, claim, None);
    }

    /// The same, of what is `sought`, and hands the words of the text to `scoring` on the way.
    pub fn scan_and_score(
        &self,
        sought: Sought,
        label: &[u8],
        text: &[u8],
        hits: &mut Vec<Hit>,
        claim: impl Fn(&Hit) -> Claim,
        scoring: Option<&mut Scoring<'_>>,
    ) {
        hits.clear();
        if sought == Sought::Nothing {
            if let Some(scoring) = scoring {
                words::batches(text, |batch| scoring.words(text, batch));
            }
            return;
        }
        self.find(sought, text, hits, scoring);
        written::readings(text, |reading| {
            let mut more = Vec::new();
            self.find(sought, reading.text(), &mut more, None);
            hits.extend(more.iter().filter_map(|hit| reading.in_source(hit)));
        });
        if !label.is_empty() {
            self.labelled(label, text, hits);
        }
        overlap::settle_ends(text, hits);
        // What is allowed is so as a whole: it keeps nothing else from being found inside of it.
        hits.retain(|hit| claim(hit) > Claim::Nothing && !self.allow.allows(text, hit));
        overlap::resolve(text, hits, claim);
    }

    /// Adds all hits in `text`, overlapping, and hands its words to `scoring`.
    fn find(&self, sought: Sought, text: &[u8], hits: &mut Vec<Hit>, mut scoring: Option<&mut Scoring<'_>>) {
        candidates(text, hits);
        secret::find(text, hits);
        if sought == Sought::Everything {
            names::find(text, hits, |words| {
                if let Some(scoring) = scoring.as_deref_mut() {
                    scoring.words(text, words);
                }
            });
        } else if let Some(scoring) = scoring {
            words::batches(text, |batch| scoring.words(text, batch));
        }
        for pattern in &self.custom {
            pattern.find(text, hits);
        }
        self.dictionary.find(text, hits);
    }

    /// Adds the hits in `text` that its label makes.
    fn labelled(&self, label: &[u8], text: &[u8], hits: &mut Vec<Hit>) {
        if label.len() > MAX_LABEL || text.len() > MAX_LABELLED {
            return;
        }
        hits.extend(east_asian::named(label, text));
        // Most names say nothing, and of what others say most is about numbers.
        let number = text.iter().any(u8::is_ascii_digit) && context::is_label(label);
        let (secret, own) = (secret::is_name(label), self.custom.iter().any(CustomPattern::has_context));
        if !(number || secret || own) {
            return;
        }
        let written = [b"\"", label, b"\": \"", text, b"\""].concat();
        let start = label.len() + 5;
        let end = start + text.len();
        let kept = hits.len();
        if number {
            candidates(&written, hits);
        }
        if secret {
            secret::find(&written, hits);
        }
        for pattern in self.custom.iter().filter(|p| p.has_context()) {
            pattern.find(&written, hits);
        }
        let mut n = 0;
        hits.retain_mut(|hit| {
            n += 1;
            if n <= kept {
                return true;
            }
            let inside = hit.range.start >= start && hit.range.end <= end;
            hit.range = hit.range.start.saturating_sub(start)..hit.range.end.saturating_sub(start);
            inside
        });
    }
}

/// The hits of all built-in recognisers, overlapping. Each kind of recogniser goes on behind what it has
/// looked at, whatever the other kind finds there.
fn candidates(text: &[u8], hits: &mut Vec<Hit>) {
    let around = Around::new(text);
    let mut value = 0;
    let mut base = 0;
    while base < text.len() {
        let mut marks = signs(Block::at(text, base, b' ')).bits();
        while marks != 0 {
            let i = base + marks.trailing_zeros() as usize;
            marks &= marks - 1;
            let byte = text.get(i).copied().unwrap_or_default();
            let concerns = CONCERNS.get(usize::from(byte)).copied().unwrap_or_default();
            if concerns & VALUE != 0 && i >= value {
                value = at_value_sign(&around, i, byte, hits);
            }
        }
        base = (base + LANES).max(value);
    }
}

/// Looks for a value of personal data around the sign at `i`; returns where the next may be.
fn at_value_sign(around: &Around<'_>, i: usize, byte: u8, hits: &mut Vec<Hit>) -> usize {
    let text = around.text;
    match byte {
        b'@' => email::at_sign(text, i, hits),
        b':' | b'-' => match mac::at_separator(text, i) {
            Some(hit) => {
                let end = hit.range.end;
                hits.push(hit);
                end
            }
            None if byte == b':' => ip::at_colon(text, i, hits),
            None => i + 1,
        },
        _ => number::at_digit(around, i, hits),
    }
}

//! Names and places in Chinese, Japanese and Korean text: PERSON, LOCATION, ADDRESS.
//!
//! These scripts have no capitals, and two of them no spaces, so that the tagger of [`names`](super::names) does not
//! read them. Here lists and forms tell: countries, cities and divisions by name ([`lists`]); what follows a division
//! down to the house number ([`place`], [`korean`]); persons by their title or a family name ([`person`]); and what
//! stands behind a label (`姓名：`, `住所：`, `이름:`, [`label`]). Persons that nothing of this tells are not found.

mod korean;
mod label;
mod lists;
mod person;
mod place;
mod script;

use crate::block::find as find_marked;
use crate::entity::{EntityType, Hit};
use lists::lists;
use script::{WIDTH, code_at, is_hangul, is_letter};

/// Adds the names in `text` to `hits`.
#[cold]
pub(super) fn find(text: &[u8], hits: &mut Vec<Hit>) {
    let mut i = 0;
    loop {
        // What the characters of these scripts begin with.
        i = find_marked(text, i, b' ', |block| block.within(0xE3, 0xED));
        if i >= text.len() {
            return;
        }
        if !is_letter(code_at(text, i)) {
            i += 1;
            continue;
        }
        if let Some(hit) = label::value(text, i) {
            i = hit.range.end;
            hits.push(hit);
        }
        while is_letter(code_at(text, i)) {
            i = at_letter(text, i, hits);
        }
    }
}

/// The value of a member of JSON as its name tells it, if `text` begins with a letter of these scripts.
pub(super) fn named(name: &[u8], text: &[u8]) -> Option<Hit> {
    is_letter(code_at(text, 0)).then(|| label::named(name, text)).flatten()
}

/// Looks at the letter at `i`; returns where to go on.
fn at_letter(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> usize {
    let code = code_at(text, i);
    if is_hangul(code) {
        return korean::at_word(text, i, hits);
    }
    if !lists().may_begin_with(code) {
        return i + WIDTH;
    }
    place::find(text, i, hits).or_else(|| person::find(text, i, hits)).unwrap_or(i + WIDTH)
}

fn hit(range: core::ops::Range<usize>, entity: EntityType, score: f32) -> Hit {
    Hit { range, entity, score, validated: false }
}

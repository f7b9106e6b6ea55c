//! Addresses as they stand on an envelope: each part on a line of its own.
//!
//! An address that begins its line, as under a letter or in a quoted mail, is given as its lines: so the answer can
//! keep its layout. One that a sentence runs into stays whole, however it wraps, because there it is one word of the
//! sentence. Every line is an ADDRESS, so that no policy lets the city through and masks the street.

use crate::bytes::{before, cut, is_word, run_back};
use crate::entity::{EntityType, Hit};
use crate::order;

/// Most bytes of indentation and marks of quoting (`> `) in front of an address.
const INDENT: usize = 24;

/// Parts the addresses among the hits from `first` on.
pub(super) fn part_lines(text: &[u8], hits: &mut Vec<Hit>, first: usize) {
    let joined = hits.len();
    for n in first..joined {
        if let Some(hit) = hits.get(n).filter(|hit| is_block(text, hit)).cloned() {
            let mut rest = lines(text, &hit);
            if let (Some(head), Some(slot)) = (rest.next(), hits.get_mut(n)) {
                *slot = head;
            }
            hits.extend(rest);
        }
    }
    if hits.len() > joined {
        let mut names = hits.split_off(first);
        order::by_key(&mut names, &|hit| hit.range.start);
        hits.append(&mut names);
    }
}

/// Whether `hit` is an address of several lines that begins the first of them.
fn is_block(text: &[u8], hit: &Hit) -> bool {
    if hit.entity != EntityType::Address || !cut(text, hit.range.clone()).contains(&b'\n') {
        return false;
    }
    let start = run_back(text, hit.range.start, INDENT, |b| !is_word(b) && !matches!(b, b'\n' | b':'));
    start == 0 || before(text, start) == b'\n'
}

/// Each line of `hit` from its first letter or digit to its last.
fn lines<'a>(text: &'a [u8], hit: &Hit) -> impl Iterator<Item = Hit> + use<'a> {
    let (mut start, hit) = (hit.range.start, hit.clone());
    let lines = cut(text, hit.range.clone()).split(|b| *b == b'\n');
    lines.filter_map(move |line| {
        let begin = start;
        start += line.len() + 1;
        let head = line.iter().position(|b| is_word(*b))?;
        let tail = line.iter().rposition(|b| is_word(*b))?;
        Some(Hit { range: begin + head..begin + tail + 1, ..hit.clone() })
    })
}

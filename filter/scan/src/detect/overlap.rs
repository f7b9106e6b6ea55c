//! Which of several overlapping hits stands, decided once over the whole text and always the same way:
//! a hit that is replaced beats one that is only noticed, then a validated hit beats one that is not, then
//! a name or place, which the tagger guesses, yields to all that a rule or the policy finds, then the longer beats
//! the shorter, then the more specific type (the policy's own first), the earlier one, the higher score, and the
//! type that stands first in [`EntityType`].
//!
//! What a beaten hit covers beyond the winner is kept as a hit of its own, so that nothing that a
//! recogniser took for sensitive leaves.

use alloc::collections::BTreeMap;
use core::cmp::Reverse;
use core::ops::Range;

use crate::bytes::{at, cut, is_word, run};
use crate::entity::{EntityType, Hit};
use crate::order;

extern crate alloc;

/// What a hit is to the caller. A hit that changes nothing must not shield what another type changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// Of no interest: never reported.
    Nothing,
    /// Reported where nothing is replaced.
    Notice,
    /// Replaced.
    Change,
}

/// Gives each of `hits` its final end.
pub(super) fn settle_ends(text: &[u8], hits: &mut [Hit]) {
    for hit in hits {
        settle_end(text, hit);
    }
}

/// Orders `hits`, all of which claim something, and removes overlaps.
pub(super) fn resolve(text: &[u8], hits: &mut Vec<Hit>, claim: impl Fn(&Hit) -> Claim) {
    // With the standard library's sort: here there may be many, from several passes.
    hits.sort_unstable_by_key(|h| (h.range.start, h.range.end, rank(h.entity), h.entity));
    let overlapping = |h: &[Hit]| matches!(h, [a, b] if a.range.end > b.range.start);
    if !hits.windows(2).any(overlapping) {
        return;
    }
    let all = core::mem::take(hits);
    let mut cluster = Vec::new();
    let mut end = 0;
    for hit in all {
        if hit.range.start >= end {
            settle(text, &mut cluster, hits, &claim);
        }
        end = end.max(hit.range.end);
        cluster.push(hit);
    }
    settle(text, &mut cluster, hits, &claim);
}

/// Moves a cluster of hits, each of which overlaps another, to `settled`: the winners and what the others
/// cover beyond them.
fn settle(text: &[u8], cluster: &mut Vec<Hit>, settled: &mut Vec<Hit>, claim: &impl Fn(&Hit) -> Claim) {
    if cluster.len() <= 1 {
        settled.append(cluster);
        return;
    }
    order::by_key(cluster, &|h| {
        let length = Reverse(h.range.len());
        // The bits of a float that is not negative are ordered as it is.
        let ties = (h.range.start, Reverse(h.score.to_bits()), h.entity);
        (Reverse(claim(h)), Reverse(h.validated), is_guess(h.entity), length, rank(h.entity), ties)
    });
    let mut taken = BTreeMap::new();
    for hit in cluster.drain(..) {
        place(text, &mut taken, hit);
    }
    settled.extend(taken.into_values());
}

/// Puts `hit` where nothing stands yet: whole, or what is left of it on either side of the winners.
fn place(text: &[u8], taken: &mut BTreeMap<usize, Hit>, hit: Hit) {
    let mut start = hit.range.start;
    while start < hit.range.end {
        // A winner that covers `start`: go on behind it.
        if let Some((_, w)) = taken.range(..=start).next_back()
            && w.range.end > start
        {
            start = w.range.end;
            continue;
        }
        let next = taken.range(start..hit.range.end).next().map_or(hit.range.end, |(s, _)| *s);
        let whole = start == hit.range.start && next == hit.range.end;
        if let Some(range) = if whole { Some(start..next) } else { words_of(text, start..next) } {
            taken.insert(range.start, Hit { range, ..hit.clone() });
        }
        start = next;
    }
}

/// The part of a remainder from its first to its last letter or digit; none where it has neither.
fn words_of(text: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    let rest = cut(text, range.clone());
    let first = rest.iter().position(|b| is_word(*b))?;
    let last = rest.iter().rposition(|b| is_word(*b))?;
    Some(range.start + first..range.start + last + 1)
}

/// Whether a type is told by the look of a sentence, and not by a rule or the policy.
fn is_guess(entity: EntityType) -> bool {
    matches!(entity, EntityType::Person | EntityType::Location)
}

fn rank(entity: EntityType) -> u8 {
    match entity {
        EntityType::Custom(_) => 0,
        // What only its surroundings tell.
        EntityType::Phone | EntityType::EnvSecret | EntityType::GenericApiKey => 2,
        _ => 1,
    }
}

/// A digit right behind a placeholder would read as part of its number, so a hit takes in the digits that
/// follow it.
fn settle_end(text: &[u8], hit: &mut Hit) {
    if at(text, hit.range.end).is_ascii_digit() {
        hit.range.end = run(text, hit.range.end, |b| b.is_ascii_digit());
    }
}

//! Which of several overlapping hits stands, decided once over the whole text and always the same way:
//! a hit that is replaced beats one that is only noticed, then a validated hit beats one that is not, then
//! the longer beats the shorter, then the more specific type (the policy's own first) and the earlier one.
//!
//! What a beaten hit covers beyond the winner is kept as a hit of its own, so that nothing that a
//! recogniser took for sensitive leaves.

use core::cmp::Reverse;

use crate::bytes::{at, run};
use crate::entity::{EntityType, Hit};

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

/// Orders `hits`, drops those that claim nothing, and removes overlaps.
pub(super) fn resolve(text: &[u8], hits: &mut Vec<Hit>, claim: impl Fn(&Hit) -> Claim) {
    hits.retain(|h| claim(h) > Claim::Nothing);
    for hit in hits.iter_mut() {
        settle_end(text, hit);
    }
    let overlapping = |h: &[Hit]| matches!(h, [a, b] if a.range.end > b.range.start);
    hits.sort_by_key(|h| h.range.start);
    if !hits.windows(2).any(overlapping) {
        return;
    }
    let mut ranked = core::mem::take(hits);
    ranked.sort_by_key(|h| {
        let length = Reverse(h.range.len());
        (Reverse(claim(h)), Reverse(h.validated), length, rank(h.entity), h.range.start)
    });
    let mut taken: alloc::collections::BTreeMap<usize, Hit> = alloc::collections::BTreeMap::new();
    for hit in ranked {
        place(&mut taken, hit);
    }
    hits.extend(taken.into_values());
    // A remainder may end before a digit that belongs to its neighbour; that neighbour is masked, too.
}

extern crate alloc;

/// Puts `hit` where nothing stands yet: whole, or what is left of it on either side of the winners.
fn place(taken: &mut alloc::collections::BTreeMap<usize, Hit>, hit: Hit) {
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
        taken.insert(start, Hit { range: start..next, ..hit.clone() });
        start = next;
    }
}

fn rank(entity: EntityType) -> u8 {
    match entity {
        EntityType::Custom(_) => 0,
        EntityType::Phone => 2,
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

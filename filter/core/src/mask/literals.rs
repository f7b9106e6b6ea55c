//! Placeholders that a request's own text writes out.

use crate::bytes::before;
use crate::policy::Masking;
use crate::tokens::{TokenMap, bent, parse_number};

/// Reserves the numbers of all placeholders that `text` writes out itself, in any form in which one would be
/// restored ([`bent`]): rehydration must leave them alone.
pub(super) fn reserve_literals(text: &[u8], masking: &Masking, tokens: &mut TokenMap) {
    let mut i = bent::next_number(text, 0);
    while i < text.len() {
        if let Some((number, end)) = parse_number(text, i) {
            let spaced = before(text, i) != b'_';
            // The number's beginnings as well: a custom type may mask the rest of its digits. Behind a space
            // or hyphen what is left of them would be no placeholder.
            let next = |n: &u32| Some(n / 10).filter(|n| *n > 0 && !spaced);
            let beginnings = core::iter::successors(Some(number), next);
            let name = bent::Written::before(text, i);
            for entity in masking.names_ending(name.bytes()) {
                if name.may_be(masking.name(entity)) {
                    beginnings.clone().for_each(|n| tokens.reserve(entity, n));
                }
            }
            i = end;
        }
        i = bent::next_number(text, i + 1);
    }
}

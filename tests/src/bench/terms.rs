//! A policy with as many terms as one may have.

use privet_core::detect::dictionary::MAX_TERMS;
use serde_json::json;

const SYLLABLES: [&str; 16] =
    ["ka", "lo", "mi", "ter", "van", "dor", "sel", "un", "bri", "zo", "pa", "rin", "tho", "ge", "wal", "ne"];

/// The document: [`MAX_TERMS`] made-up names of two words; one in a hundred begins with a word that prose is
/// full of.
#[must_use]
pub fn policy() -> String {
    let mut state = 1u64;
    let mut next = |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % most
    };
    let mut word = || (0..2 + next(3)).map(|_| SYLLABLES[next(16)]).collect::<String>();
    let term =
        |n: usize| format!("{} {}", if n.is_multiple_of(100) { "the".to_owned() } else { word() }, word());
    let terms: Vec<String> = (0..MAX_TERMS).map(term).collect();
    json!({"schema": 1, "revision": "terms", "masking": {"dictionaries": [{"type": "NAME", "terms": terms}]}})
        .to_string()
}

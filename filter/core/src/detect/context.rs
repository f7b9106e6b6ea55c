//! Words near a candidate that say what it is.

use crate::bytes::cut;

/// Whether one of `words`, in lower case, stands in the 40 bytes before `i`, in any case.
pub(super) fn context(text: &[u8], i: usize, words: &[&str]) -> bool {
    let mut window = [0u8; 40];
    let before = cut(text, i.saturating_sub(40)..i);
    for (slot, byte) in window.iter_mut().zip(before) {
        *slot = byte.to_ascii_lowercase();
    }
    let starts = |first: u8| memchr::memchr_iter(first, &window);
    words.iter().any(|word| {
        let first = word.as_bytes().first().copied().unwrap_or_default();
        starts(first).any(|n| crate::bytes::from(&window, n).starts_with(word.as_bytes()))
    })
}

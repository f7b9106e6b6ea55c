//! Case folding: which characters are the same but for their case.
//!
//! The standard library's tables for capitals and small letters are 28 KB; what folding needs of them are runs of
//! characters, which `build/case.rs` finds in them.

include!(concat!(env!("OUT_DIR"), "/case.rs"));

/// Unicode's simple case folding, by way of the capital, so that small letters with the same capital are the same. A
/// character that has no capital of one character stays (`ß`).
#[must_use]
pub fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let code = u32::from(c);
    let run = RUNS.partition_point(|(_, last, ..)| *last < code);
    match RUNS.get(run) {
        Some((first, _, every, by)) if *first <= code && (code - first) % every == 0 => {
            code.checked_add_signed(*by).and_then(char::from_u32).unwrap_or(c)
        }
        _ => c,
    }
}

/// A text with each of its characters folded.
#[must_use]
pub fn folded(text: &str) -> String {
    text.chars().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::{fold, folded};

    fn single(mut mapped: impl Iterator<Item = char>) -> Option<char> {
        mapped.next().filter(|_| mapped.next().is_none())
    }

    #[test]
    fn every_character_is_folded_as_the_standard_library_has_it() {
        for c in '\0'..=char::MAX {
            let capital = single(c.to_uppercase()).unwrap_or(c);
            assert_eq!(fold(c), single(capital.to_lowercase()).unwrap_or(capital), "{c:?}");
        }
        assert_eq!(folded("STRASSE Straße ΣΊΣΥΦΟΣ"), "strasse straße σίσυφοσ");
    }
}

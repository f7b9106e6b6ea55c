//! Shapes of names: `*` stands for any characters, `?` for one; nothing escapes them.

/// Whether `value` has the shape `glob`. Where a character does not fit, only the last `*` takes one more:
/// what an earlier one could take is found by a later one as well.
#[must_use]
pub fn matches(glob: &str, value: &str) -> bool {
    let (mut glob, mut rest) = (glob.chars(), value.chars());
    let mut last_star: Option<(core::str::Chars, core::str::Chars)> = None;
    loop {
        let here = (glob.clone(), rest.clone());
        match (glob.next(), rest.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                rest = here.1.clone();
                last_star = Some((glob.clone(), here.1));
            }
            (Some('?'), Some(_)) => {}
            (Some(wanted), Some(found)) if wanted == found => {}
            _ => {
                let Some((behind, mut taken)) = last_star.take() else { return false };
                if taken.next().is_none() {
                    return false;
                }
                (glob, rest) = (behind.clone(), taken.clone());
                last_star = Some((behind, taken));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a shape matches, the slow way.
    fn naive(glob: &[char], value: &[char]) -> bool {
        match glob.split_first() {
            None => value.is_empty(),
            Some(('*', rest)) => (0..=value.len()).any(|n| naive(rest, &value[n..])),
            Some((c, rest)) => {
                value.split_first().is_some_and(|(v, others)| (*c == '?' || c == v) && naive(rest, others))
            }
        }
    }

    #[test]
    fn shapes_match_what_the_plain_definition_says() {
        let (glob_chars, value_chars) = (['*', '?', 'a', 'é'], ['a', 'é', 'b']);
        let word = |mut n: usize, chars: &[char]| {
            let mut word = Vec::new();
            while n > 0 {
                word.push(chars[(n - 1) % chars.len()]);
                n = (n - 1) / chars.len();
            }
            word
        };
        let values: Vec<Vec<char>> = (0..364).map(|n| word(n, &value_chars)).collect();
        for n in 0..1_365 {
            let glob = word(n, &glob_chars);
            let written = String::from_iter(&glob);
            for value in &values {
                assert_eq!(
                    matches(&written, &String::from_iter(value)),
                    naive(&glob, value),
                    "{written} {value:?}"
                );
            }
        }
    }
}

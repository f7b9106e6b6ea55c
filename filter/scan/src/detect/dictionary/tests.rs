use super::*;

fn dictionary(terms: &[&str]) -> Dictionary {
    let mut dictionary = Dictionary::with_capacity(terms.len());
    let number = dictionary.type_number(EntityType::Person);
    for term in terms {
        dictionary.add(term, number).unwrap_or_else(|e| panic!("{term}: {e}"));
    }
    dictionary
}

fn found<'t>(terms: &[&str], text: &'t str) -> Vec<&'t str> {
    let mut hits = Vec::new();
    dictionary(terms).find(text.as_bytes(), &mut hits);
    hits.into_iter().map(|hit| &text[hit.range]).collect()
}

#[test]
fn every_maximal_term_is_reported_and_none_inside_of_another() {
    assert_eq!(found(&["a b", "b c d", "c"], "a b c d c"), ["a b", "b c d", "c"]);
    assert_eq!(found(&["a", "a b c", "b"], "a b a b c"), ["a", "b", "a b c"]);
    assert_eq!(found(&["a a a"], "a a a a"), ["a a a", "a"]);
}

#[test]
fn a_term_of_two_types_has_the_first() {
    let mut dictionary = Dictionary::with_capacity(1);
    for entity in [EntityType::Email, EntityType::Person] {
        let number = dictionary.type_number(entity);
        dictionary.add("x", number).unwrap();
    }
    let mut hits = Vec::new();
    dictionary.find(b"x", &mut hits);
    assert_eq!(hits.iter().map(|h| h.entity).collect::<Vec<_>>(), [EntityType::Email]);
}

#[test]
fn terms_that_cannot_be_looked_for_are_refused() {
    let mut dictionary = Dictionary::default();
    let number = dictionary.type_number(EntityType::Person);
    let words = |n| ["ab"; 40][..n].join(" ");
    for (term, error) in [
        (String::new(), TermError::NoWord),
        (" -- ".to_owned(), TermError::NoWord),
        ("🙂".to_owned(), TermError::NoWord),
        ("a".repeat(MAX_TERM_BYTES + 1), TermError::TooLong),
        (words(MAX_TERM_WORDS + 1), TermError::TooManyWords),
        (format!("{}a", "-".repeat(MAX_AFFIX + 1)), TermError::TooMuchBetween),
        (format!("a{}", "-".repeat(MAX_AFFIX + 1)), TermError::TooMuchBetween),
        (format!("a{}b", "-".repeat(MAX_GAP + 1)), TermError::TooMuchBetween),
    ] {
        assert_eq!(dictionary.add(&term, number), Err(error), "{term}");
    }
    assert!(dictionary.nodes.is_empty(), "nothing of a refused term stays");
    for term in [
        "a".repeat(MAX_TERM_BYTES),
        words(MAX_TERM_WORDS),
        format!("{0}a{0}", "-".repeat(MAX_AFFIX)),
        format!("a{}b", "-".repeat(MAX_GAP)),
    ] {
        assert_eq!(dictionary.add(&term, number), Ok(()), "{term}");
        let mut hits = Vec::new();
        dictionary.find(term.as_bytes(), &mut hits);
        assert_eq!(hits.last().map(|h| h.range.clone()), Some(0..term.len()), "{term}");
    }
}

#[test]
fn what_is_not_utf8_parts_words_and_stands_in_no_term() {
    let dictionary = dictionary(&["ab", "ab cd", "\u{fffd}x"]);
    let mut hits = Vec::new();
    dictionary.find(b"ab\xff cd \xffab\xe2\x80 \xffx \xe5\xb1", &mut hits);
    assert_eq!(hits.into_iter().map(|h| h.range).collect::<Vec<_>>(), [0..2, 8..10]);
}

/// The naive definition: a text as words and what stands between them.
struct Parted {
    /// Where each word stands, and its folded characters.
    words: Vec<(Range<usize>, String)>,
    /// What stands before, between and behind the words.
    between: Vec<String>,
}

fn part(text: &str) -> Parted {
    let alone = |c: char| matches!(c, '\u{4E00}'..='\u{9FFF}');
    let mut parted = Parted { words: Vec::new(), between: vec![String::new()] };
    let mut last_is_word = false;
    for (n, c) in text.char_indices() {
        let end = n + c.len_utf8();
        let is_word = c.is_alphanumeric() || c == '\u{301}';
        let folded: String = c.to_uppercase().flat_map(char::to_lowercase).collect();
        let folded = if c == 'ß' { "ß".to_owned() } else { folded };
        match parted.words.last_mut() {
            Some((range, word)) if is_word && last_is_word && !alone(c) && !word.contains(alone) => {
                range.end = end;
                word.push_str(&folded);
            }
            _ if is_word => {
                if last_is_word {
                    parted.between.push(String::new());
                }
                parted.words.push((n..end, folded));
            }
            _ => {
                if last_is_word {
                    parted.between.push(String::new());
                }
                parted.between.last_mut().unwrap().push(c);
            }
        }
        last_is_word = is_word;
    }
    if last_is_word {
        parted.between.push(String::new());
    }
    parted
}

/// White space as one space.
fn collapsed(between: &str) -> String {
    let mut out = String::new();
    for c in between.chars() {
        match (c.is_whitespace(), out.ends_with(' ')) {
            (true, true) => {}
            (true, false) => out.push(' '),
            (false, _) => out.push(c),
        }
    }
    out
}

fn naively(terms: &[String], text: &str) -> Vec<Range<usize>> {
    let parted = part(text);
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut longest = 0..0;
    for n in 0..parted.words.len() {
        let fits = |term: &String| {
            let term = part(term.trim());
            let (first, last) = (&term.between[0], &term.between[term.words.len()]);
            let words = parted.words.get(n..n + term.words.len())?;
            let same_words = words.iter().zip(&term.words).all(|(a, b)| a.1 == b.1);
            let same_between = (1..term.words.len())
                .all(|k| collapsed(&parted.between[n + k]) == collapsed(&term.between[k]));
            let affixes = text[..words[0].0.start].ends_with(first.as_str())
                && text[words.last()?.0.end..].starts_with(last.as_str());
            (same_words && same_between && affixes).then(|| {
                let range = words[0].0.start - first.len()..words[words.len() - 1].0.end + last.len();
                (range.len(), first.len(), range)
            })
        };
        if let Some((_, _, range)) =
            terms.iter().filter_map(fits).max_by_key(|(len, first, _)| (*len, *first))
        {
            let end = found.last().map_or(0, |last| last.end);
            if range.end <= end {
                continue;
            }
            if range.start >= longest.end || range.len() > longest.len() {
                longest = range.clone();
                found.push(range);
            } else {
                let is_word = |c: char| c == '_' || c.is_ascii_alphanumeric() || !c.is_ascii();
                let skipped = text[end..range.end].find(is_word);
                found.extend(skipped.map(|skipped| end + skipped..range.end));
            }
        }
    }
    found
}

#[test]
fn what_is_found_is_what_the_plain_definition_finds() {
    let units = [
        "a", "A", "b", "1", " ", " ", "\n", "\u{a0}", "-", ".", "é", "É", "σ", "ς", "Σ", "\u{212a}", "k",
        "ß", "ÿ", "山", "田", "\u{301}", "😀", "_",
    ];
    let mut state = 3u64;
    let mut next = |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % most
    };
    for round in 0..6_000 {
        // Few different units, so that terms come up in the text.
        let some: Vec<&str> = (0..2 + round % 6).map(|_| units[next(units.len())]).collect();
        let mut any = |most: usize| -> String { (0..next(most)).map(|_| some[next(some.len())]).collect() };
        let (terms, text) = ((0..4).map(|_| any(6)).collect::<Vec<_>>(), any(24));
        let mut dictionary = Dictionary::with_capacity(0);
        let number = dictionary.type_number(EntityType::Person);
        let taken: Vec<String> = terms.into_iter().filter(|t| dictionary.add(t, number).is_ok()).collect();
        let mut hits = Vec::new();
        dictionary.find(text.as_bytes(), &mut hits);
        let found: Vec<Range<usize>> = hits.into_iter().map(|hit| hit.range).collect();
        assert_eq!(found, naively(&taken, &text), "{taken:?} in {text:?}");
    }
}

//! Every row of the table finds its own tokens: drawn at random in its form, in the surroundings that people
//! write tokens in, and not when a character is missing.

use super::*;
use crate::detect::Detector;

/// Draws in turn from a fixed seed (xorshift64), so that a failure comes back.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    /// `len` characters of an alphabet: letters and digits where it has them, as encodings do.
    fn run(&mut self, alphabet: Alphabet, len: usize) -> String {
        let all: Vec<u8> = (0..=127).filter(|b: &u8| alphabet.has(*b) && b.is_ascii_alphanumeric()).collect();
        (0..len).map(|_| char::from(all[self.below(all.len())])).collect()
    }

    /// A token in the form of a row, with `missing` characters too few in its last run.
    fn token(&mut self, row: &Row, missing: usize) -> Option<String> {
        let mut token = row.prefix.to_owned();
        let runs = row.parts().iter().filter(|p| matches!(p, Part::Run(..))).count();
        let mut left = runs;
        for part in row.parts() {
            match *part {
                Part::Run(alphabet, least, _) => {
                    left -= 1;
                    let short = if left == 0 { missing } else { 0 };
                    token += &self.run(alphabet, least.checked_sub(short)?);
                }
                Part::Literal(literal) => token += literal,
                Part::Tail(tail) => {
                    token.truncate(token.len() - tail.len());
                    token += tail;
                }
            }
        }
        Some(token)
    }

    /// The same, drawn again until it is no filler, looks random, has a digit: what the checks ask for, and
    /// until something betrays it to the pass, which one in some twenty of the shortest tokens lacks.
    fn good(&mut self, row: &Row) -> String {
        for _ in 0..1000 {
            let token = self.token(row, 0).expect("a form");
            let pair = |w: &[u8]| w[0].is_ascii_alphanumeric() && w[1].is_ascii_alphanumeric();
            let mixed = |w: &[u8]| pair(w) && w[0].is_ascii_digit() != w[1].is_ascii_digit();
            let betrayed = token.contains(['_', '-']) || token.as_bytes().windows(2).any(mixed);
            if betrayed && judge(&token.as_bytes()[row.prefix.len()..], row.check).is_some() {
                return token;
            }
        }
        panic!("no token of {} passes its own check", row.prefix);
    }
}

fn found(text: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    Detector::default().scan(text.as_bytes(), &mut hits);
    hits
}

#[test]
fn every_row_finds_its_tokens_whole_in_every_surrounding() {
    let mut draw = Draw(0x9E37_79B9_7F4A_7C15);
    let surroundings = [
        ("", ""),
        ("see ", " there"),
        ("\"", "\""),
        ("'", "',"),
        ("key=", "\n"),
        ("{\"value\":\"", "\"}"),
        ("<b>", "</b>"),
        ("(", ")."),
        ("https://example.com/?q=", "&x=1"),
        ("line\\n", "\\nline"),
    ];
    let mut wrong = Vec::new();
    for row in ROWS {
        for (before, after) in surroundings {
            let token = draw.good(row);
            let text = format!("{before}{token}{after}");
            let whole = before.len()..before.len() + token.len();
            let hits = found(&text);
            // A longer form may begin with this one; nothing of the token may be left over.
            let covered = hits.iter().any(|h| h.range.start <= whole.start && h.range.end >= whole.end);
            wrong.extend((!covered).then(|| format!("{text}: {hits:?}")));
        }
    }
    assert!(wrong.is_empty(), "{} texts\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_row_finds_a_token_that_lacks_a_character() {
    let mut draw = Draw(0xD1B5_4A32_D192_ED03);
    for row in ROWS {
        for _ in 0..5 {
            let Some(token) = draw.token(row, 1) else { continue };
            assert_eq!(matched(token.as_bytes(), 0, row, &mut Runs::default()), None, "{token}");
        }
    }
}

#[test]
fn no_token_is_found_inside_a_word() {
    let mut draw = Draw(0x2545_F491_4F6C_DD1D);
    for row in ROWS {
        let text = format!("x{}", draw.good(row));
        let hits = found(&text);
        assert!(hits.iter().all(|h| h.range.start > 1 || h.range.start == 0), "{text}: {hits:?}");
    }
}

#[test]
fn a_checksum_that_holds_raises_the_score_and_one_that_does_not_leaves_the_hit() {
    let body = "madeup0madeup1madeup2madeup3ma";
    let prefix = ["gh", "p_"].concat();
    let found = |check: &str| found(&format!("{prefix}{body}{check}")).pop().expect("a hit");
    let check = checksum::of(body.as_bytes());
    let right = found(core::str::from_utf8(&check).expect("ASCII"));
    let wrong = found("000000");
    assert!(right.validated && !wrong.validated && right.score > wrong.score);
}

#[test]
fn placeholders_of_the_forms_are_left() {
    for parts in [
        ["gh", "p_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"],
        ["gl", "pat-XXXXXXXXXXXXXXXXXXXX"],
        ["AK", "IAIOSFODNN7EXAMPLE"],
    ] {
        assert_eq!(found(&parts.concat()), [], "{parts:?}");
    }
}

#[test]
fn rows_have_prefixes_of_three_bytes_or_more() {
    assert!(ROWS.iter().all(|row| row.prefix.len() >= 3 && row.prefix.is_ascii()));
}

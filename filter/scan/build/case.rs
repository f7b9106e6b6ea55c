//! The table of [`fold`](../src/case.rs): runs of characters that are folded by the same step, from the standard
//! library's own tables.

use std::fmt::Write;

/// Characters `first`, `first + every`, … up to `last`, each `by` before its folded form.
struct Run {
    first: u32,
    last: u32,
    every: u32,
    by: i32,
}

/// Unicode's simple case folding, by way of the capital, so that small letters with the same capital are the same.
fn fold(c: char) -> char {
    let capital = single(c.to_uppercase()).unwrap_or(c);
    single(capital.to_lowercase()).unwrap_or(capital)
}

/// The character of a mapping that gives only one.
fn single(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    mapped.next().filter(|_| mapped.next().is_none())
}

/// The runs as a constant.
pub(crate) fn table() -> String {
    let mut runs: Vec<Run> = Vec::new();
    for c in ('\u{80}'..=char::MAX).filter(|c| fold(*c) != *c) {
        let (code, folded) = (u32::from(c), u32::from(fold(c)));
        let by = i32::try_from(i64::from(folded) - i64::from(code)).expect("both are below 2^21");
        match runs.last_mut() {
            Some(run) if run.by == by && run.first == run.last && code - run.last <= 2 => {
                (run.every, run.last) = (code - run.last, code);
            }
            Some(run) if run.by == by && run.first < run.last && code - run.last == run.every => {
                run.last = code
            }
            _ => runs.push(Run { first: code, last: code, every: 1, by }),
        }
    }
    let mut out = format!("const RUNS: [(u32, u32, u32, i32); {}] = [\n", runs.len());
    for Run { first, last, every, by } in runs {
        writeln!(out, "    ({first:#x}, {last:#x}, {every}, {by}),").expect("a string takes all");
    }
    out + "];\n"
}

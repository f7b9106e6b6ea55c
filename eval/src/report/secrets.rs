//! Secrets: a row is found where anything secret is found in it.

use crate::counts::Counts;
use crate::data::{Data, Set, TextRow};
use crate::markdown::{Table, share};

pub(super) fn section(data: &Data) -> String {
    let mut table = Table::new(&["set", "with a secret", "found", "without", "false hits", "P", "R", "F1"]);
    for set in &data.secrets {
        let counts = counts(set);
        let without = set.rows.len() - counts.gold();
        table.row([
            set.name.clone(),
            counts.gold().to_string(),
            counts.hits.to_string(),
            without.to_string(),
            counts.false_hits.to_string(),
            share(counts.precision()),
            share(counts.recall()),
            share(counts.f1()),
        ]);
    }
    let mut out =
        format!("## Secrets\n\nA row (of leaky_repo: a file) counts as a whole.\n\n{}", table.print());
    let mut table = Table::new(&["harmless texts", "texts", "false hits", "of 10,000"]);
    let (mut texts, mut hits) = (0, 0);
    for set in &data.injection {
        let (of_set, found) = benign(set);
        if of_set > 0 {
            table.row([set.name.clone(), of_set.to_string(), found.to_string(), per_10_000(found, of_set)]);
        }
        (texts, hits) = (texts + of_set, hits + found);
    }
    table.row(["all".to_owned(), texts.to_string(), hits.to_string(), per_10_000(hits, texts)]);
    out += &format!(
        "The texts of the injection sets that are no attack hold no secrets either:\n\n{}",
        table.print()
    );
    out
}

/// The rows of a set by whether they hold a secret and whether one is found.
pub(super) fn counts(set: &Set<TextRow>) -> Counts {
    let mut counts = Counts::default();
    for row in &set.rows {
        match (row.is_positive, is_found(row)) {
            (true, true) => counts.hits += 1,
            (true, false) => counts.missed += 1,
            (false, true) => counts.false_hits += 1,
            (false, false) => {}
        }
    }
    counts
}

/// How many rows of an injection set are no attack, and in how many of them a secret is found.
pub(super) fn benign(set: &Set<TextRow>) -> (usize, usize) {
    let benign = || set.rows.iter().filter(|row| !row.is_positive);
    (benign().count(), benign().filter(|row| is_found(row)).count())
}

/// Whether anything secret is found in a row.
pub(crate) fn is_found(row: &TextRow) -> bool {
    row.found.iter().any(crate::detector::Found::is_secret)
}

/// A count as so many of ten thousand.
pub(super) fn per_10_000(count: usize, of: usize) -> String {
    if of == 0 { "–".to_owned() } else { format!("{:.1}", count as f64 * 1e4 / of as f64) }
}

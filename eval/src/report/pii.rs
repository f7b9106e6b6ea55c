//! Personal data of the types that every detector knows.

use crate::counts::Counts;
use crate::data::{Data, Set, SpanRow};
use crate::labels::{CORE, Class, Measured};
use crate::markdown::{Table, share};

pub(super) fn section(data: &Data) -> String {
    let mut table =
        Table::new(&["set", "type ", "values", "P", "R", "F1", "strict P", "strict R", "strict F1"]);
    for set in &data.pii {
        line(&mut table, &set.name, "all", pooled(set));
        for label in CORE {
            line(&mut table, "", label, Class::of(label).measure(set));
        }
    }
    let unlabelled = unlabelled(data);
    format!("## Personal data: {}\n\n{}{UNLABELLED}{unlabelled}", CORE.join(", "), table.print())
}

const UNLABELLED: &str = "\
False hits that no label of any type covers are values that the data does not label, or labels only in part; *valid* are
those that are values of their type by its own standard (Luhn, mod 97, the areas of social security numbers, the
grammar of addresses), which the evaluation checks for itself. They are masked all the same. The last three columns do not
count them.

";

/// What the data does not label.
fn unlabelled(data: &Data) -> String {
    let mut table =
        Table::new(&["set", "type ", "false hits", "under no label", "valid", "P", "R", "F1 without them"]);
    for set in &data.pii {
        let mut all = (pooled(set).overlap, 0, 0);
        let mut lines = Vec::new();
        for label in CORE {
            let class = Class::of(label);
            let (free, valid) = class.unlabelled(set);
            let counts = class.measure(set).overlap;
            all = (all.0, all.1 + free, all.2 + valid);
            if counts.false_hits > 0 {
                lines.push((label, counts, free, valid));
            }
        }
        lines.insert(0, ("all", all.0, all.1, all.2));
        for (n, (label, counts, free, valid)) in lines.into_iter().enumerate() {
            let left = Counts { false_hits: counts.false_hits - valid, ..counts };
            let figures = [counts.false_hits, free, valid].map(|n| n.to_string());
            let shares = [left.precision(), left.recall(), left.f1()].map(share);
            let names = [if n == 0 { set.name.clone() } else { String::new() }, label.to_owned()];
            table.row(names.into_iter().chain(figures).chain(shares));
        }
    }
    table.print()
}

/// The core types of a set together.
pub(super) fn pooled(set: &Set<SpanRow>) -> Measured {
    CORE.iter().fold(Measured::default(), |mut all, label| {
        all += Class::of(label).measure(set);
        all
    })
}

/// A line of a table with overlap and strict figures.
pub(super) fn line(table: &mut Table, set: &str, kind: &str, m: Measured) {
    let figures = [m.overlap, m.strict].map(|c| [share(c.precision()), share(c.recall()), share(c.f1())]);
    let mut cells = vec![set.to_owned(), kind.to_owned(), m.overlap.gold().to_string()];
    cells.extend(figures.concat());
    table.row(cells);
}

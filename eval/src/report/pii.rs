//! Personal data of the types that every detector knows.

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
    format!("## Personal data: {}\n\n{}", CORE.join(", "), table.print())
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

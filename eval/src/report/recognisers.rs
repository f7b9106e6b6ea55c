//! Examples type by type: a row is in the scope of one type only.

use std::collections::BTreeSet;

use crate::data::{Data, Set, SpanRow};
use crate::labels::{Class, Measured};
use crate::markdown::{Table, share};

pub(super) fn section(data: &Data) -> String {
    let mut out = String::new();
    for set in &data.recognisers {
        let mut table =
            Table::new(&["type", "rows", "values", "found", "strict", "false hits", "F1", "weak: found"]);
        let (mut all, mut known) = (Measured::default(), Measured::default());
        let mut unknown = Vec::new();
        for label in labels(set) {
            let class = Class::of(label);
            let m = class.measure(set);
            all += m;
            if class.is_known() {
                known += m;
                let rows = set.rows.iter().filter(|r| class.is_in_scope(r)).count();
                line(&mut table, label, rows, m);
            } else {
                unknown.push(format!("{label} ({})", m.overlap.gold() + m.weak.gold()));
            }
        }
        line(&mut table, "all of these", set.rows.len(), known);
        out += &format!(
            "## Types one by one: {}\n\nEach row counts for the type that it is an example or counter-example of. \
             *Weak* are values that are not to be\nfound without a word that says what they are; they count \
             nowhere else.\n\n{}",
            set.name,
            table.print()
        );
        if !unknown.is_empty() {
            out += &format!("No type of the core stands for: {}.\n\n", unknown.join(", "));
            out += &format!("With those, F1 over all types is {}.\n\n", share(all.overlap.f1()));
        }
    }
    out
}

/// What the rows are examples of.
fn labels(set: &Set<SpanRow>) -> BTreeSet<&str> {
    let scopes = set.rows.iter().filter_map(|row| row.scope.as_ref()).flatten();
    scopes.map(String::as_str).collect()
}

fn line(table: &mut Table, label: &str, rows: usize, m: Measured) {
    let weak = if m.weak.gold() == 0 { String::new() } else { format!("{}/{}", m.weak.hits, m.weak.gold()) };
    table.row([
        label.to_owned(),
        rows.to_string(),
        m.overlap.gold().to_string(),
        m.overlap.hits.to_string(),
        m.strict.hits.to_string(),
        m.overlap.false_hits.to_string(),
        share(m.overlap.f1()),
        weak,
    ]);
}

//! Names of people and of places.

use super::pii::line;
use crate::data::{Data, Set, SpanRow};
use crate::labels::Class;
use crate::markdown::Table;

pub(super) fn section(data: &Data) -> String {
    let mut table =
        Table::new(&["set", "type ", "values", "P", "R", "F1", "strict P", "strict R", "strict F1"]);
    for set in sets(data) {
        line(&mut table, &set.name, "PERSON", Class::of("PERSON").measure(set));
        line(&mut table, "", "LOCATION + ADDRESS", Class::places().measure(set));
    }
    format!(
        "## Names and places\n\nLOCATION and ADDRESS count as one type. The `ner_` sets call organisations, and the \
         places that they are named\nafter, something else; those count as false hits.\n\n{}",
        table.print()
    )
}

/// The sets that label names.
pub(super) fn sets(data: &Data) -> impl Iterator<Item = &Set<SpanRow>> {
    data.pii.iter().chain(&data.ner)
}

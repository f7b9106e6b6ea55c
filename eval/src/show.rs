//! What went wrong in one set, with its text: for whoever works on a recogniser, never for a report.

use std::ops::Range;

use crate::counts::{overlap, pair};
use crate::data::{Data, SpanRow};
use crate::detector::Detector;
use crate::labels::Class;
use crate::report::is_secret_found;

/// Bytes of text shown on either side.
const AROUND: usize = 30;

/// A line for each value that was missed or found wrongly in the sets of this name.
pub(crate) fn wrong(data: &Data, set: &str, detector: &Detector) -> String {
    let mut lines = Vec::new();
    for rows in data.pii.iter().chain(&data.recognisers).chain(&data.ner).filter(|s| s.name == set) {
        rows.rows.iter().for_each(|row| spans(row, detector, &mut lines));
    }
    for rows in data.secrets.iter().chain(&data.injection).filter(|s| s.name == set) {
        let is_wrong = |row: &&crate::data::TextRow| {
            // An attack is no secret, and no injection set holds one.
            is_secret_found(row) != (row.is_positive && set.starts_with("secrets_"))
        };
        for row in rows.rows.iter().filter(is_wrong) {
            let word = if is_secret_found(row) { "wrong" } else { "missed" };
            let text = row.found.first().filter(|_| is_secret_found(row)).map_or(0..0, |f| f.range.clone());
            lines.push(format!("{word}\t{}", around(&row.text, &text, 4 * AROUND)));
        }
    }
    lines.sort();
    lines.concat()
}

fn spans(row: &SpanRow, detector: &Detector, lines: &mut Vec<String>) {
    for class in Class::all_of(row) {
        let label = &class.name;
        let gold: Vec<Range<usize>> =
            row.gold.iter().filter(|g| class.has_label(&g.label)).map(|g| g.range.clone()).collect();
        let found: Vec<_> = row.found.iter().filter(|f| class.has(f.entity)).collect();
        let ranges: Vec<Range<usize>> = found.iter().map(|f| f.range.clone()).collect();
        let (hit, right) = pair(&gold, &ranges, overlap);
        for (range, _) in gold.iter().zip(hit).filter(|(_, hit)| !hit) {
            lines.push(format!("missed\t{label}\t{}", around(&row.text, range, AROUND)));
        }
        for (found, _) in found.iter().zip(right).filter(|(_, right)| !right) {
            let name = detector.name(found.entity);
            lines.push(format!("wrong\t{label} ({name})\t{}", around(&row.text, &found.range, AROUND)));
        }
    }
}

/// The text around a span on one line, the span between `⟦` and `⟧`.
fn around(text: &str, range: &Range<usize>, bytes: usize) -> String {
    let start = text.floor_char_boundary(range.start.saturating_sub(bytes));
    let end = text.ceil_char_boundary((range.end + bytes).min(text.len()));
    let marked = if range.is_empty() {
        text[start..end].to_owned()
    } else {
        let value = &text[range.clone()];
        format!("{}⟦{value}⟧{}", &text[start..range.start], &text[range.end..end])
    };
    marked.escape_debug().to_string() + "\n"
}

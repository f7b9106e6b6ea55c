//! Tables in Markdown.

/// A table whose columns are as wide as they must be.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with this head. The first column is text, the others are figures, unless a title ends in a
    /// space.
    pub(crate) fn new(head: &[&str]) -> Self {
        Self { rows: vec![head.iter().map(|h| (*h).to_owned()).collect()] }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The table and an empty line.
    pub(crate) fn print(&self) -> String {
        let head = self.rows.first().map(Vec::as_slice).unwrap_or_default();
        let cell = |row: &Vec<String>, n: usize| row.get(n).map(|c| c.trim().to_owned()).unwrap_or_default();
        let is_text = |n: usize| n == 0 || head.get(n).is_some_and(|h| h.ends_with(' '));
        let width = |n| self.rows.iter().map(|row| cell(row, n).chars().count()).max().unwrap_or(0).max(3);
        let widths: Vec<usize> = (0..head.len()).map(width).collect();
        let mut out = String::new();
        for (number, row) in self.rows.iter().enumerate() {
            for (n, width) in widths.iter().enumerate() {
                let cell = cell(row, n);
                out += &if is_text(n) { format!("| {cell:<width$} ") } else { format!("| {cell:>width$} ") };
            }
            out += "|\n";
            if number == 0 {
                for (n, width) in widths.iter().enumerate() {
                    let line = "-".repeat(width - usize::from(!is_text(n)));
                    out += &if is_text(n) { format!("| {line} ") } else { format!("| {line}: ") };
                }
                out += "|\n";
            }
        }
        out + "\n"
    }
}

/// A share in three digits.
pub(crate) fn share(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |v| format!("{v:.3}"))
}

/// Whether a figure reaches its goal.
pub(crate) fn reached(is_reached: bool) -> &'static str {
    if is_reached { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_figures_stand_to_the_right() {
        let mut table = Table::new(&["set", "F1", "note "]);
        table.row(["a_long_name", "0.5", "ü"]);
        table.row(["b"]);
        let wanted = "| set         |  F1 | note |\n| ----------- | --: | ---- |\n| a_long_name | 0.5 | ü    |\n| b           |     |      |\n\n";
        assert_eq!(table.print(), wanted);
    }
}

//! Labelled rows, one JSON object a line.

use std::path::Path;

use serde::de::DeserializeOwned;

/// Reads all rows of a file.
///
/// # Errors
/// Where the file cannot be read, or which line is no row.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let row = |(n, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|e| format!("{}:{}: {e}", path.display(), n + 1))
    };
    text.lines().enumerate().filter(|(_, line)| !line.is_empty()).map(row).collect()
}

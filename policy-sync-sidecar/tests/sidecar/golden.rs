//! Expected texts in files beside their inputs. `PRIVET_REWRITE=1` writes them anew, and removes those
//! that have lost their input.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub(crate) fn rewriting() -> bool {
    std::env::var_os("PRIVET_REWRITE").is_some_and(|v| v == "1")
}

/// A folder below `tests/data/` of this crate.
pub(crate) fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(folder)
}

/// The entries of a folder, in order.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let paths: BTreeSet<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths.into_iter().collect()
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// What stands in the way of `actual` being what `path` expects; nothing after a rewrite.
pub(crate) fn difference(path: &Path, actual: &str) -> Option<String> {
    if rewriting() {
        std::fs::write(path, actual).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        return None;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    (expected != actual)
        .then(|| format!("{}\n--- expected\n{expected}\n--- actual\n{actual}", path.display()))
}

/// Runs `outcome` on each `.yaml` of a folder and compares with the file of that name and `extension`.
pub(crate) fn compare_folder(folder: &Path, extension: &str, outcome: impl Fn(&str) -> String) {
    let mut differences = Vec::new();
    for path in entries(folder) {
        if path.extension().is_some_and(|e| e == "yaml") {
            differences.extend(difference(&path.with_extension(extension), &outcome(&read(&path))));
        } else if !path.with_extension("yaml").exists() {
            if rewriting() {
                std::fs::remove_file(&path).unwrap();
            } else {
                differences.push(format!("{} has lost its input", path.display()));
            }
        }
    }
    let hint = "PRIVET_REWRITE=1 writes the expected files anew";
    assert!(differences.is_empty(), "{}\n{hint}", differences.join("\n\n"));
}

//! `validate`: every error of a `gateway.yaml` and of a policy, each with its file, path and line.

use std::io::Write;
use std::path::Path;

use super::{CommandError, places};
use crate::config::Config;
use crate::policy_source::{PolicyDocument, read_document};

/// Checks what is named; says nothing where all is good. What a policy holds that nobody reads is told on `notices`, and
/// is no error: a newer control plane may send more.
///
/// # Errors
/// All errors, one a line.
pub fn check(
    config: Option<&Path>,
    policy: Option<&Path>,
    mut notices: impl Write,
) -> Result<(), CommandError> {
    let mut complaints = Vec::new();
    if let Some(path) = config
        && let Err(errors) = Config::read(path)
    {
        complaints.push(errors.with_file(path));
    }
    if let Some(path) = policy {
        let with_file = |line: &String| format!("{}: {line}", path.display());
        match read_policy(path) {
            Ok(ignored) => ignored.iter().try_for_each(|line| writeln!(notices, "{}", with_file(line)))?,
            Err(errors) => complaints.extend(errors.iter().map(with_file)),
        }
    }
    if complaints.is_empty() { Ok(()) } else { Err(CommandError::Policy(complaints.join("\n"))) }
}

/// What a policy holds that nobody reads; its errors, where it has any.
fn read_policy(path: &Path) -> Result<Vec<String>, Vec<String>> {
    let json = read_document(path).map_err(|e| vec![e.to_string()])?;
    match PolicyDocument::check(json.clone()) {
        Ok(document) => Ok(places::with_lines(&json, &document.ignored.join("\n"))),
        Err(errors) => Err(places::with_lines(&json, &errors)),
    }
}

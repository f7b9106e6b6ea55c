//! `validate`: every error of a `gateway.yaml` and of a policy, each with its file, path and line.

use std::path::Path;

use super::{CommandError, places};
use crate::config::Config;
use crate::policy_source::{PolicyDocument, read_document};

/// Checks what is named; says nothing where all is good.
///
/// # Errors
/// All errors, one a line.
pub fn check(config: Option<&Path>, policy: Option<&Path>) -> Result<(), CommandError> {
    let mut complaints = Vec::new();
    if let Some(path) = config
        && let Err(errors) = Config::read(path)
    {
        complaints.push(errors.with_file(path));
    }
    if let Some(path) = policy {
        complaints.extend(policy_errors(path).iter().map(|error| format!("{}: {error}", path.display())));
    }
    if complaints.is_empty() { Ok(()) } else { Err(CommandError::Policy(complaints.join("\n"))) }
}

fn policy_errors(path: &Path) -> Vec<String> {
    let json = match read_document(path) {
        Ok(json) => json,
        Err(e) => return vec![e.to_string()],
    };
    match PolicyDocument::check(json.clone()) {
        Ok(_) => Vec::new(),
        Err(errors) => places::with_lines(&json, &errors),
    }
}

//! `policy show`: the last good policy, as far as it can be known without asking anybody.

use std::io::Write;

use serde_json::Value;

use super::CommandError;
use crate::config::{Config, PolicySource};
use crate::policy_source::{PolicyDocument, built_in, last_good, read_document};
use crate::state::StateDir;

/// Writes the policy: with `show_values` as it came, else without what could be a secret or a person.
///
/// # Errors
/// Where there is none, it has errors, or writing fails.
pub fn print(config: &Config, show_values: bool, mut out: impl Write) -> Result<(), CommandError> {
    let document = PolicyDocument::check(read(config)?).map_err(CommandError::Policy)?;
    if show_values {
        out.write_all(&document.json)?;
        return Ok(out.flush()?);
    }
    let mut json: Value = serde_json::from_slice(&document.json).map_err(std::io::Error::from)?;
    leave_out(&mut json);
    let text = serde_json::to_string_pretty(&json).map_err(std::io::Error::from)?;
    Ok(writeln!(out, "{text}")?)
}

fn read(config: &Config) -> Result<Vec<u8>, CommandError> {
    let failed = |place: &std::path::Path, reason: &dyn std::fmt::Display| {
        CommandError::Failed(format!("{}: {reason}", place.display()))
    };
    match &config.policy {
        PolicySource::BuiltIn { masking, injection } => Ok(built_in(*masking, *injection)),
        PolicySource::File(path) => read_document(path).map_err(|e| failed(path, &e)),
        PolicySource::ControlPlane(_) => {
            let root = &config.state_dir;
            // Opening would make it.
            if !root.exists() {
                return Err(failed(root, &"no policy has come from the control plane yet"));
            }
            let state = StateDir::open(root).map_err(|e| failed(root, &e))?;
            let json = last_good::read(&state).map_err(|e| failed(&state.last_policy(), &e))?;
            json.ok_or_else(|| failed(root, &"no policy has come from the control plane yet"))
        }
    }
}

/// Puts counts in the place of hashes, terms and allowed values, wherever they stand.
fn leave_out(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), &*member) {
                    ("sha256", Value::String(_)) => *member = "(left out)".into(),
                    ("terms" | "allow", Value::Array(items)) => {
                        *member = format!("({} left out)", items.len()).into();
                    }
                    _ => leave_out(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out),
        _ => {}
    }
}

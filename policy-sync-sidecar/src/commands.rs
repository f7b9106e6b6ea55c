//! The commands that end by themselves.
//!
//! `detect` and `mask` show what a policy does to a text on standard input. They run the gateway's own code,
//! so that a policy author sees what the gateway will do. `render`, `validate`, `status` and `policy show`
//! look at the configuration and at a sidecar that runs.
//!
//! Offsets and lengths count characters (Unicode scalar values). Values of the text are printed where
//! `--show-values` asks for them, and by `mask` where the policy leaves them.

pub mod characters;
pub mod detect;
pub mod mask;
mod places;
pub mod render;
pub mod show;
pub mod status;
pub mod validate;

use std::io::{self, Read, Write};
use std::path::Path;

use privet_core::injection::{Score, WARN};
use privet_core::policy::Policy;

use crate::policy_source::built_in;

/// Longest text, or line of `--jsonl`, in bytes: four times the largest body that a policy may let in.
pub const MAX_TEXT_BYTES: usize = 4 * privet_core::policy::MAX_BODY_LIMIT;

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration or the policy cannot be read, or has errors: one a line.
    #[error("{0}")]
    Policy(String),
    /// The input is not what the command reads.
    #[error("{0}")]
    Input(String),
    /// It cannot be done.
    #[error("{0}")]
    Failed(String),
    /// It was printed that the gateway needs somebody to look at it.
    #[error("")]
    Red,
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Reads the policy of a file, or the built-in one, which masks everything.
///
/// # Errors
/// Every error of the document, one a line, each with the file's name, its path and line.
pub fn policy(path: Option<&Path>) -> Result<Policy, CommandError> {
    let Some(path) = path else {
        return Policy::parse(&built_in(true, true)).map_err(|e| CommandError::Policy(e.to_string()));
    };
    let refused = |errors: Vec<String>| {
        let lines: Vec<String> = errors.iter().map(|error| format!("{}: {error}", path.display())).collect();
        CommandError::Policy(lines.join("\n"))
    };
    let json = crate::policy_source::read_document(path).map_err(|e| refused(vec![e.to_string()]))?;
    Policy::parse(&json).map_err(|e| refused(places::with_lines(&json, &e.to_string())))
}

/// The whole input as text.
fn read_text(input: impl Read) -> Result<String, CommandError> {
    let mut bytes = Vec::new();
    input.take(MAX_TEXT_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_TEXT_BYTES {
        return Err(CommandError::Input(format!("standard input: longer than {MAX_TEXT_BYTES} bytes")));
    }
    String::from_utf8(bytes).map_err(|e| {
        let good = e.utf8_error().valid_up_to();
        CommandError::Input(format!("standard input: not UTF-8 at byte {good}"))
    })
}

/// Writes the line that ends the output for people: the injection score, and from a warning on what weighed most.
fn write_injection(out: &mut impl Write, score: Score) -> io::Result<()> {
    let Score { value, family } = score;
    write!(out, "injection score {value:.2}")?;
    if value >= WARN {
        write!(out, " ({})", family.name())?;
    }
    writeln!(out)
}

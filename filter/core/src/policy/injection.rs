//! `injection`: what the score of a request's texts leads to.
//!
//! The highest score of what the user and the tools say decides; the operator's own rules may read like an
//! attack, so they never count. Missing, the section only warns: some 3 in 100 bare instructions reach the threshold.
//! Who writes the section blocks, unless it says otherwise.

use serde_json::value::RawValue;

use super::Verdict;
use super::reading::{Reader, Word};
use crate::injection::{BLOCK, Scores, WARN};

/// What happens to a request whose score is high.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    /// It is refused.
    Block,
    /// It goes on, with a warning in the answer's headers.
    Warn,
    /// Nothing: the score is not even reckoned.
    Off,
}

impl Word for Action {
    const NAMES: &'static [&'static str] = &["block", "warn", "off"];
    const ALL: &'static [Self] = &[Self::Block, Self::Warn, Self::Off];
}

/// The gate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Injection {
    action: Action,
    warn: f32,
    block: f32,
}

/// The name by which headers, errors and traces call the gate.
pub const GATE_NAME: &str = "injection";

impl Injection {
    pub(super) fn compile<'j>(raw: Option<&'j RawValue>, reader: &mut Reader<'j>) -> Self {
        let missing = if raw.is_none() { Action::Warn } else { Action::Block };
        let [warn, block, action] = reader.some_fields(raw, &["warn", "block", "action"]);
        let warn = reader.read_some(warn).unwrap_or(WARN);
        let block = reader.read_some(block).unwrap_or(BLOCK);
        for (name, value) in [("warn", warn), ("block", block)] {
            if !(0.0..=1.0).contains(&value) {
                reader.error(format_args!("injection.{name}"), "0 to 1");
            }
        }
        if warn > block {
            reader.error("injection.warn", "is above `block`");
        }
        Self { action: reader.some_word(action).unwrap_or(missing), warn, block }
    }

    /// Whether requests are scored.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.action != Action::Off
    }

    /// Adds what the gate says of these scores.
    pub fn judge(&self, scores: &Scores, verdict: &mut Verdict) {
        let score = scores.foreign().filter(|score| self.is_on() && *score >= self.warn);
        let Some(score) = score else { return };
        verdict.fired.push(GATE_NAME.to_owned());
        if self.action == Action::Block && score >= self.block {
            verdict.blocked = Some(GATE_NAME.to_owned());
        } else {
            verdict.warnings.push(GATE_NAME.to_owned());
        }
    }
}

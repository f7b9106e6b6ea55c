//! The policy document as it is written, before it is checked.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::keys::{Key, KeyTable};
use super::masking::{EntityRule, Masking, MaskingDocument};
use super::{DEFAULT_BODY_LIMIT, MAX_BODY_LIMIT, Policy, PolicyErrors};

/// The whole document. Unknown keys at the top are kept by the sender and ignored here.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    schema: u32,
    revision: String,
    #[serde(default)]
    auth: Auth,
    #[serde(default)]
    keys: Vec<Key>,
    body_limit_bytes: Option<usize>,
    #[serde(default)]
    masking: MaskingDocument,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Auth {
    #[serde(default = "yes")]
    required: bool,
}

impl Default for Auth {
    fn default() -> Self {
        Self { required: true }
    }
}

pub(super) fn yes() -> bool {
    true
}

impl Document {
    pub(super) fn compile(self) -> Result<Policy, PolicyErrors> {
        let mut errors = Vec::new();
        if self.schema != 1 {
            errors.push(format!("schema: this gateway reads 1, not {}", self.schema));
        }
        if self.revision.is_empty() || self.revision.len() > 128 {
            errors.push("revision: 1 to 128 characters".to_owned());
        }
        let body_limit = self.body_limit_bytes.unwrap_or(DEFAULT_BODY_LIMIT);
        if body_limit == 0 || body_limit > MAX_BODY_LIMIT {
            errors.push(format!("body_limit_bytes: 1 to {MAX_BODY_LIMIT}"));
        }
        let keys = KeyTable::new(&self.keys, &mut errors);
        let masking = Masking::compile(&self.masking, &mut errors);
        if !errors.is_empty() {
            return Err(PolicyErrors(errors));
        }
        Ok(Policy { revision: self.revision, keys, auth_required: self.auth.required, body_limit, masking })
    }
}

/// The part of a serde error that names fields and types, without the value that it repeats.
pub(super) fn describe(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let known = ["unknown field", "missing field", "unknown variant", "duplicate field"];
    let shown = known.iter().any(|k| text.starts_with(k));
    let cut = text.split(" at line ").next().unwrap_or_default();
    if shown { cut.to_owned() } else { "a value has the wrong type or range".to_owned() }
}

/// `masking.entities` as it is written.
pub(super) type EntityRules = BTreeMap<String, EntityRule>;

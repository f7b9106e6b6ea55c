//! The section `routing`: when another provider is asked.

use serde_json::value::RawValue;

use super::reading::Reader;

/// `{"failover_on_429": false}`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Routing {
    /// Whether the fallback is asked where the primary answers 429 (too many requests).
    pub failover_on_429: bool,
}

impl Routing {
    pub(super) fn compile<'j>(raw: Option<&'j RawValue>, reader: &mut Reader<'j>) -> Self {
        let [failover_on_429] = reader.some_fields(raw, &["failover_on_429"]);
        Self { failover_on_429: reader.read_some(failover_on_429).unwrap_or_default() }
    }
}

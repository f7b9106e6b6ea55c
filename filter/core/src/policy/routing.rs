//! The section `routing`: when another provider is asked.

use serde::Deserialize;

/// `{"failover_on_429": false}`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Routing {
    /// Whether the fallback is asked where the primary answers 429 (too many requests).
    pub failover_on_429: bool,
}

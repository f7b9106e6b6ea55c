//! The plugin configuration: JSON, written by the sidecar's `render`.

use privet_core::provider::Provider;
use serde::Deserialize;

/// `{"role": "gateway" | "provider" | "ingest", …}`
#[derive(Debug, Deserialize)]
#[serde(tag = "role", rename_all = "lowercase")]
pub(crate) enum PluginConfig {
    Gateway(GatewayConfig),
    Provider(Provider),
    Ingest(IngestConfig),
}

/// Role `gateway`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GatewayConfig {
    /// The providers, in the order of the configuration file.
    pub providers: Vec<Provider>,
    /// The cluster that takes traces; none sends none.
    pub trace_cluster: Option<String>,
    /// Whether Envoy's rate limit filter stands behind this one, for limits of the scope `global`.
    #[serde(default)]
    pub global_limits: bool,
}

/// Role `ingest`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IngestConfig {
    /// SHA-256 of the push token, in hexadecimal.
    pub token_sha256: String,
}

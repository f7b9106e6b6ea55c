//! The plugin configuration: JSON, written by the sidecar's `render`.

use privet_core::provider::Provider;
use serde::Deserialize;

/// A plugin configuration, by its role.
pub(crate) enum PluginConfig {
    Gateway(GatewayConfig),
    Provider(Provider),
    Ingest(IngestConfig),
}

/// Role `gateway`.
pub(crate) struct GatewayConfig {
    /// The providers, in the order of the configuration file.
    pub providers: Vec<Provider>,
    /// The cluster that takes traces; none sends none.
    pub trace_cluster: Option<String>,
    /// Whether Envoy's rate limit filter stands behind this one, for limits of the scope `global`.
    pub global_limits: bool,
}

/// Role `ingest`.
pub(crate) struct IngestConfig {
    /// SHA-256 of the push token, in hexadecimal.
    pub token_sha256: String,
}

/// A configuration as it is written: `{"role": "gateway" | "provider" | "ingest", …}`. One object with the members of
/// all roles takes a tenth of the code that one for each does.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    role: String,
    providers: Option<Vec<Provider>>,
    trace_cluster: Option<String>,
    global_limits: Option<bool>,
    provider: Option<Provider>,
    token_sha256: Option<String>,
}

impl PluginConfig {
    /// Reads a configuration.
    ///
    /// # Errors
    /// Why it is none, for Envoy's log.
    pub(crate) fn read(json: &[u8]) -> Result<Self, String> {
        // From a string: reading from bytes would be the whole of serde_json once more.
        let json = core::str::from_utf8(json).map_err(|e| e.to_string())?;
        let written: Written = serde_json::from_str(json).map_err(|e| e.to_string())?;
        let missing = |what: &str| format!("role `{}`: `{what}` is missing", written.role);
        match &*written.role {
            "gateway" => Ok(Self::Gateway(GatewayConfig {
                providers: written.providers.ok_or_else(|| missing("providers"))?,
                trace_cluster: written.trace_cluster,
                global_limits: written.global_limits.unwrap_or_default(),
            })),
            "provider" => Ok(Self::Provider(written.provider.ok_or_else(|| missing("provider"))?)),
            "ingest" => {
                let token_sha256 = written.token_sha256.ok_or_else(|| missing("token_sha256"))?;
                Ok(Self::Ingest(IngestConfig { token_sha256 }))
            }
            _ => Err("role: one of `gateway`, `provider`, `ingest`".to_owned()),
        }
    }
}

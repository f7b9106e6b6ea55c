//! `render`: the Envoy configuration for a `gateway.yaml`.

use std::io::Write;
use std::path::Path;

use super::CommandError;
use crate::config::Config;
use crate::render::bootstrap;
use crate::run::{paths, token_digest};
use crate::services::push_token;
use crate::state::StateDir;

/// Writes the configuration as JSON.
///
/// # Errors
/// Where the state directory or the push token cannot be used, or writing fails.
pub fn print(config: &Config, module: &Path, mut out: impl Write) -> Result<(), CommandError> {
    let state = StateDir::open(&config.state_dir)
        .map_err(|e| CommandError::Failed(format!("{}: {e}", config.state_dir.display())))?;
    let token = push_token(config, &state).map_err(|e| CommandError::Failed(e.to_string()))?;
    let rendered = bootstrap(config, &paths(&state, module), &token_digest(&token));
    let text = serde_json::to_string_pretty(&rendered).map_err(std::io::Error::from)?;
    Ok(writeln!(out, "{text}")?)
}

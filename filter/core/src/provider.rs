//! Which provider a request goes to, and under which path.
//!
//! The header `X-Rivano-Provider` names one; else the first segment of the path, if a provider has that
//! name; else the primary; else the first configured. A prefix is stripped even where the header decides.

use serde::{Deserialize, Serialize};

/// Whose API a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// OpenAI, and whoever speaks its Chat Completions.
    Openai,
    /// Anthropic.
    Anthropic,
    /// Google's Gemini API.
    Google,
    /// OpenAI's models at Azure.
    Azure,
    /// Amazon Bedrock.
    Bedrock,
    /// Mistral.
    Mistral,
    /// Cohere, version 2.
    Cohere,
    /// Ollama.
    Ollama,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Openai,
        Self::Anthropic,
        Self::Google,
        Self::Azure,
        Self::Bedrock,
        Self::Mistral,
        Self::Cohere,
        Self::Ollama,
    ];

    /// Its name in configurations.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
            Self::Google => "google",
            Self::Azure => "azure",
            Self::Bedrock => "bedrock",
            Self::Mistral => "mistral",
            Self::Cohere => "cohere",
            Self::Ollama => "ollama",
        }
    }
}

/// What the filter knows of a provider: never its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its name, by which routes and callers choose it.
    pub name: String,
    /// Its wire format.
    pub kind: Kind,
    /// Host header of its requests, with the port where it is not the scheme's own.
    pub authority: String,
    /// Path of its base URL, without a slash at the end: `/v1` or empty.
    pub base_path: String,
    /// Whether it takes the requests that name no provider.
    #[serde(default)]
    pub primary: bool,
}

impl Provider {
    /// The base URL's path without a version at its end: every endpoint's path begins with the version that
    /// it belongs to, so that `…/v1` and `/v1/…` meet once, and Cohere's `…/v1` takes `/v2/chat`.
    #[must_use]
    pub fn base_above_version(&self) -> &str {
        self.base_path.strip_suffix("/v1").unwrap_or(&self.base_path)
    }

    /// The path at the provider, for an endpoint's own.
    #[must_use]
    pub fn upstream_path(&self, path: &str) -> String {
        format!("{}{path}", self.base_above_version())
    }
}

/// The name is that of no configured provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownProvider;

/// A request's provider (its number in the configuration), and the path without the provider's prefix.
pub type Resolved<'p> = (Result<usize, UnknownProvider>, &'p str);

/// Chooses among `providers`, at least one; `path` is without its query.
pub fn resolve<'p>(providers: &[Provider], header: Option<&[u8]>, path: &'p str) -> Resolved<'p> {
    let by_name = |name: &[u8]| providers.iter().position(|p| p.name.as_bytes() == name);
    let (first, rest) = split_first_segment(path);
    let prefixed = by_name(first.as_bytes());
    let path = if prefixed.is_some() { rest } else { path };
    let chosen = match (header, prefixed) {
        (Some(name), _) => by_name(name).ok_or(UnknownProvider),
        (None, Some(number)) => Ok(number),
        (None, None) => Ok(providers.iter().position(|p| p.primary).unwrap_or(0)),
    };
    (chosen, path)
}

/// `/a/b/c` as `a` and `/b/c`.
#[must_use]
pub fn split_first_segment(path: &str) -> (&str, &str) {
    let trimmed = path.strip_prefix('/').unwrap_or(path);
    match trimmed.find('/') {
        Some(i) => trimmed.split_at(i),
        None => (trimmed, ""),
    }
}

//! Which provider a request goes to, and under which path.
//!
//! The header `X-Rivano-Provider` names one; else the first segment of the path, if a provider has that
//! name; else the primary; else the first configured. A prefix is stripped even where the header decides. The
//! model's name is asked after that ([`route`]). [`attempt`] says what an attempt at a provider needs.

pub mod attempt;
pub mod route;

use serde::{Deserialize, Serialize};

use crate::formats::Format;
use crate::glob::matches;

/// Whose API a provider has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// OpenAI, and whoever speaks its Chat Completions.
    #[default]
    Openai,
    /// Anthropic.
    Anthropic,
    /// The Gemini API of Google.
    Google,
    /// Azure OpenAI.
    Azure,
    /// Amazon Bedrock Runtime.
    Bedrock,
    /// Mistral.
    Mistral,
    /// Cohere.
    Cohere,
    /// Ollama.
    Ollama,
}

impl Kind {
    /// All kinds.
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

    /// The kind's name in the configuration.
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

    /// The kind of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether providers of this kind take requests of `format` at this path: that of an Azure deployment leads nowhere
    /// else.
    #[must_use]
    pub fn takes(self, format: Format, path: &str) -> bool {
        self.speaks(format) && (self == Self::Azure || !path.starts_with("/openai/"))
    }

    /// Whether providers of this kind take requests of `format`.
    #[must_use]
    pub fn speaks(self, format: Format) -> bool {
        use Format as F;
        match format {
            F::OpenaiChat | F::OpenaiCompletions | F::OpenaiEmbeddings => {
                matches!(self, Self::Openai | Self::Azure | Self::Mistral | Self::Ollama)
            }
            F::OpenaiResponses => matches!(self, Self::Openai | Self::Azure | Self::Ollama),
            F::AnthropicMessages => matches!(self, Self::Anthropic | Self::Ollama),
            F::Gemini | F::GeminiEmbeddings => self == Self::Google,
            F::CohereChat | F::CohereEmbed => self == Self::Cohere,
            F::BedrockConverse | F::BedrockInvoke => self == Self::Bedrock,
            F::OllamaChat | F::OllamaGenerate | F::OllamaEmbed => self == Self::Ollama,
            // The gateway's own is translated for each.
            F::Unified => false,
        }
    }
}

/// What the filter knows of a provider: never its key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its name, by which routes and callers choose it.
    pub name: String,
    /// Whose API it has, and so which wire formats it speaks.
    pub kind: Kind,
    /// Host header of its requests, with the port where it is not the scheme's own.
    pub authority: String,
    /// Path of its base URL, without a slash at the end: `/v1` or empty.
    pub base_path: String,
    /// Whether it takes the requests that name no provider.
    #[serde(default)]
    pub primary: bool,
    /// Whether it takes over where the primary fails.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fallback: bool,
    /// Longest wait for the beginning of an answer, in milliseconds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timeout_ms: u64,
    /// Names and shapes (`*`, `?`) of the models that it serves; empty where it serves whatever is asked for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub models: Vec<String>,
    /// What models are called there: a name, a shape or `*`, and the name in its place.
    #[serde(default, skip_serializing_if = "is_default")]
    pub model_map: Vec<(String, String)>,
    /// Azure: the deployment that takes every model that `model_map` does not name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deployment: Option<String>,
    /// Azure: the version of the API below `/openai/deployments/`; none speaks the version `v1`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub api_version: Option<String>,
    /// Most tokens of an answer, where the provider's format requires a number and the client's says none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub max_tokens: Option<u32>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Provider {
    /// Whether it serves the model of this id; a request may name none.
    #[must_use]
    pub fn serves(&self, id: &str) -> bool {
        self.models.is_empty() || id.is_empty() || self.models.iter().any(|glob| matches(glob, id))
    }

    /// The base URL's path without the version (and Azure's `/openai`) at its end: every endpoint's path begins with
    /// the version that it belongs to, so that `…/v1` and `/v1/…` meet once, and Cohere's `…/v1` takes `/v2/chat`.
    #[must_use]
    pub fn base_above_version(&self) -> &str {
        let base = self.base_path.as_str();
        let above = match (self.kind, base.rsplit_once('/')) {
            (_, Some((above, "v1"))) => above,
            (Kind::Openai | Kind::Mistral, _) | (_, None) => base,
            (_, Some((above, "v1beta" | "v2"))) => above,
            _ => base,
        };
        if self.kind == Kind::Azure { above.strip_suffix("/openai").unwrap_or(above) } else { above }
    }

    /// The path at the provider, for an endpoint's own. Azure has `/openai` before each path, whether the base URL
    /// names it or not.
    #[must_use]
    pub fn upstream_path(&self, path: &str) -> String {
        let openai = if self.kind == Kind::Azure && !path.starts_with("/openai/") { "/openai" } else { "" };
        format!("{}{openai}{path}", self.base_above_version())
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

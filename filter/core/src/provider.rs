//! Which provider a request goes to, and under which path.
//!
//! The header `X-Rivano-Provider` names one; else the first segment of the path, if a provider has that
//! name; else the primary; else the first configured. A prefix is stripped even where the header decides.

use serde::{Deserialize, Serialize};

/// Wire format of a provider's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// OpenAI, and whoever speaks its Chat Completions.
    Openai,
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
    /// The path at the provider. A base path that ends in `/v1` and a path that begins with `/v1` meet once.
    #[must_use]
    pub fn upstream_path(&self, path: &str) -> String {
        let rest = match path.strip_prefix("/v1/") {
            Some(_) if self.base_path.ends_with("/v1") => path.get(3..).unwrap_or(path),
            _ => path,
        };
        format!("{}{rest}", self.base_path)
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

//! What an attempt at a provider needs: the model's name there, the path, the headers that are its own; who takes over
//! where the primary fails, and why.
//!
//! Models: an exact name of `model_map` comes before a shape, a shape before `*`, and that before Azure's
//! `deployment`; without an entry the name stays.
//!
//! Sources: Azure OpenAI REST API reference, "API specs" (`/openai/deployments/{deployment}/…?api-version=…`, and
//! `/openai/v1/…` without); OpenAI API reference, "Authentication" (`OpenAI-Organization`, `OpenAI-Project`);
//! Anthropic API reference, "Versioning" and "Beta headers"; Bedrock API reference, "InvokeModel" (`X-Amzn-Bedrock-…`);
//! Google Cloud, "System parameters" (`x-goog-…`).

use super::{Kind, Provider};
use crate::endpoint;
use crate::glob::matches;
use crate::json::shape::{TEXT, structure};
use crate::json::{Place, Scalar, Shape, Sink, Tag, walk_answer, write_escaped};

use core::ops::Range;

/// The host header of the first attempt of a request that may fail over, before the provider's own stands there. It is
/// no name of a host, so that the choice of the second attempt's cluster cannot take a provider for it.
pub const FIRST_ATTEMPT_AUTHORITY: &str = "first~attempt";
/// Behind the provider's name in the route header, for a request that may fail over. No provider's name can hold it.
pub const MAY_FAIL_OVER: &str = "+fallback";
/// The same, for a request that has to be translated for a provider in whose own chain the module does not stand.
pub const TRANSLATED: &str = "+translated";

/// The one that takes the requests that name no provider.
#[must_use]
pub fn primary(providers: &[Provider]) -> usize {
    providers.iter().position(|p| p.primary).unwrap_or(0)
}

/// Who takes over where `chosen` fails: the fallback, for the primary alone.
#[must_use]
pub fn fallback_of(providers: &[Provider], chosen: usize) -> Option<usize> {
    let fallback = providers.iter().position(|p| p.fallback)?;
    (chosen == primary(providers) && fallback != chosen).then_some(fallback)
}

/// Whether the module must stand in the chain of a provider, because paths, hosts, headers or models are those of an
/// attempt. Elsewhere Envoy's routes do it.
#[must_use]
pub fn needs_role(providers: &[Provider], number: usize) -> bool {
    let primary = primary(providers);
    let fails_over = fallback_of(providers, primary).is_some_and(|f| f == number || primary == number);
    fails_over || providers.get(number).is_some_and(Provider::renames)
}

impl Provider {
    /// Whether a model or a path can have another name here than it has for clients.
    #[must_use]
    pub fn renames(&self) -> bool {
        !self.model_map.is_empty() || self.deployment.is_some() || self.api_version.is_some()
    }

    /// What a model is called here.
    #[must_use]
    pub fn model_at<'a>(&'a self, model: &'a str) -> &'a str {
        let exact = self.model_map.iter().find(|(from, _)| from == model);
        let shape = || self.model_map.iter().find(|(from, _)| from != "*" && matches(from, model));
        let any = || self.model_map.iter().find(|(from, _)| from == "*");
        let found = exact.or_else(shape).or_else(any).map(|(_, to)| to.as_str());
        found.or(self.deployment.as_deref()).unwrap_or(model)
    }

    /// The path and query here for an endpoint's own, `model` being the name here.
    #[must_use]
    pub fn path_at(&self, path: &str, model: &str) -> String {
        let named = if self.renames() { endpoint::renamed(path, model) } else { path.to_owned() };
        let deployed = self.api_version.as_deref().filter(|_| self.kind == Kind::Azure).and_then(|version| {
            let operation = named.strip_prefix("/v1/").filter(|o| !o.contains('?'))?;
            Some(match operation {
                "responses" => format!("/openai/responses?api-version={version}"),
                _ => {
                    let deployment = endpoint::encoded(model);
                    format!("/openai/deployments/{deployment}/{operation}?api-version={version}")
                }
            })
        });
        self.upstream_path(&deployed.unwrap_or(named))
    }
}

/// Headers by which clients speak to one maker's API: beginnings of names, and who takes them.
const VENDOR_HEADERS: [(&[u8], &[Kind]); 6] = [
    (b"anthropic-", &[Kind::Anthropic]),
    (b"openai-", &[Kind::Openai, Kind::Azure]),
    (b"x-goog-", &[Kind::Google]),
    (b"x-amzn-bedrock-", &[Kind::Bedrock]),
    (b"x-ms-", &[Kind::Azure]),
    (b"azureml-", &[Kind::Azure]),
];

/// Whether a header speaks to one maker's API.
#[must_use]
pub fn is_vendor_header(name: &[u8]) -> bool {
    VENDOR_HEADERS.iter().any(|(prefix, _)| name.starts_with(prefix))
}

impl Kind {
    /// Whether a header that speaks to one maker's API speaks to this one's.
    #[must_use]
    pub fn takes_header(self, name: &[u8]) -> bool {
        VENDOR_HEADERS.iter().any(|(prefix, kinds)| name.starts_with(prefix) && kinds.contains(&self))
    }
}

/// A body whose top alone can name a model.
static MODEL: Shape = Shape { rest: Some(&TEXT), ..Shape::object(&[structure("model").tagged(Tag::Model)]) };

struct Finder(Option<Range<usize>>);

impl Sink for Finder {
    fn scalar(&mut self, place: &Place, scalar: Scalar) {
        if let (Scalar::String(range, _), Tag::Model, true) = (scalar, place.tag, self.0.is_none()) {
            self.0 = Some(range);
        }
    }
}

/// `body` with another model, every other byte as it is; none where it names no model at its top.
#[must_use]
pub fn with_model(body: &[u8], model: &str) -> Option<Vec<u8>> {
    let mut finder = Finder(None);
    walk_answer(body, &MODEL, &mut finder).ok()?;
    let range = finder.0?;
    let mut out = Vec::with_capacity(body.len() + model.len());
    out.extend_from_slice(body.get(..range.start)?);
    write_escaped(&mut out, model.as_bytes(), 1);
    out.extend_from_slice(body.get(range.end..)?);
    Some(out)
}

/// How far an attempt came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing came.
    #[default]
    Silent,
    /// A status came.
    Answered(u16),
    /// A stream began, and has shown no content yet.
    Began,
    /// A stream reported an error before its first content.
    StreamError,
}

/// Why the fallback was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The primary answered with a status from 500 on.
    Provider5xx,
    /// The primary answered 429, and the policy lets that fail over.
    RateLimited,
    /// The primary did not begin to answer in time.
    Timeout,
    /// The primary could not be reached, or broke off before it answered.
    Connect,
    /// The primary's stream reported an error, or broke off, before its first content.
    StreamError,
}

impl Reason {
    /// Why the router has given up an attempt that came so far in `waited_ms`, of which it had `timeout_ms`.
    #[must_use]
    pub fn of(outcome: Outcome, waited_ms: u64, timeout_ms: u64) -> Self {
        match outcome {
            Outcome::Answered(429) => Self::RateLimited,
            Outcome::Answered(_) => Self::Provider5xx,
            Outcome::StreamError => Self::StreamError,
            // The router's clock for an attempt does not begin with the first callback that hears of it.
            Outcome::Silent | Outcome::Began if waited_ms + timeout_ms / 20 >= timeout_ms => Self::Timeout,
            Outcome::Silent => Self::Connect,
            Outcome::Began => Self::StreamError,
        }
    }

    /// Its name in headers and traces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Provider5xx => "provider_5xx",
            Self::RateLimited => "rate_limited",
            Self::Timeout => "timeout",
            Self::Connect => "connect",
            Self::StreamError => "stream_error",
        }
    }
}

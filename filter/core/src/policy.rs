//! The policy: what a control plane or a file says, checked as a whole, and compiled for use.
//!
//! The document (`schema: 1`) is read leniently at the top, so that a newer control plane does not break
//! an older gateway, and strictly wherever ignoring a word would let something out: an unknown action or
//! entity is an error. All errors are reported at once; the caller keeps the last good policy.

mod document;
mod endpoints;
pub mod injection;
pub mod keys;
mod limits;
mod masking;
pub mod models;
mod output;
pub mod policies;
mod reading;
pub mod redaction;
mod routing;
mod shadow;
mod verdict;

pub use document::KEYS;
pub use endpoints::Endpoints;
pub use injection::Injection;
pub use keys::{Caller, KeyError, KeyTable, Shards};
pub use masking::{Action, Masking, Media, Overrides};
pub use models::Models;
pub use output::Output;
pub use policies::Policies;
pub use routing::Routing;
pub use shadow::Shadow;
pub use verdict::Verdict;

use core::fmt;
use core::ops::Range;

use crate::bytes::{cut, from};
use crate::limits::Limits;

/// Body cap where the policy names none: 256 KiB.
pub const DEFAULT_BODY_LIMIT: usize = 256 * 1024;
/// Largest body cap that a policy may set: what one stream may cost the Wasm VM's 1 GiB.
pub const MAX_BODY_LIMIT: usize = 16 * 1024 * 1024;
/// Longest revision, in bytes.
const MAX_REVISION_BYTES: usize = 128;
/// Largest policy document, in bytes.
pub const MAX_POLICY_BYTES: usize = 32 * 1024 * 1024;

/// A policy, compiled.
#[derive(Debug)]
pub struct Policy {
    /// The control plane's name for this state of the policy.
    pub revision: String,
    /// The keys that callers may use.
    pub keys: KeyTable,
    /// Where in the document they stand.
    keys_at: Range<usize>,
    /// Whether a caller needs a key.
    pub auth_required: bool,
    /// Largest request body, in bytes.
    pub body_limit: usize,
    /// Paths that are let through although their bodies are only known to be JSON.
    pub endpoints: Endpoints,
    /// What is detected, and what happens to it.
    pub masking: Masking,
    /// What the injection score of a request leads to.
    pub injection: Injection,
    /// What else is asked of a request and its answer.
    pub policies: Policies,
    /// How answers are asked about.
    pub output: Output,
    /// A masking and policies that are tried beside those in force, and change nothing.
    pub shadow: Option<Shadow>,
    /// Whether answers tell in headers what the gateway did.
    pub response_headers: bool,
    /// Which models may be asked for.
    pub models: Models,
    /// What each caller may use; a key's own limits stand before these.
    pub limits: Limits,
    /// When another provider is asked.
    pub routing: Routing,
}

/// What is wrong with a policy: each line a path and a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyErrors(pub Vec<String>);

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl core::error::Error for PolicyErrors {}

impl Policy {
    /// Whether the request's score is asked for when its answer comes, or by policies that are tried.
    #[must_use]
    pub fn watch_scores(&self) -> bool {
        let tried = self
            .shadow
            .as_ref()
            .is_some_and(|shadow| shadow.policies.watch_scores() || shadow.policies.scores());
        tried || self.policies.watch_scores()
    }

    /// Whether there are policies, tried ones included.
    #[must_use]
    pub fn asks(&self) -> bool {
        !self.policies.is_empty() || self.shadow.as_ref().is_some_and(|shadow| !shadow.policies.is_empty())
    }

    /// Reads and compiles a policy document.
    ///
    /// # Errors
    /// Every error of the document, each with its path. Values of keys and patterns are not repeated.
    pub fn parse(json: &[u8]) -> Result<Self, PolicyErrors> {
        Self::parse_with(json, None)
    }

    /// Reads a document as [`Self::pushed`] has made it: its keys may stand in `shards`.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_pushed(json: &[u8], shards: Box<dyn Shards>) -> Result<Self, PolicyErrors> {
        Self::parse_with(json, Some(shards))
    }

    fn parse_with(json: &[u8], shards: Option<Box<dyn Shards>>) -> Result<Self, PolicyErrors> {
        if json.len() > MAX_POLICY_BYTES {
            return Err(PolicyErrors(vec![format!("policy: larger than {MAX_POLICY_BYTES} bytes")]));
        }
        document::compile(json, shards)
    }

    /// This policy's document `json` as it goes to Envoy where it has many keys: without them, and the shards of their
    /// table. None where they may stay in it.
    #[must_use]
    pub fn pushed(&self, json: &[u8]) -> Option<Pushed> {
        let keys::Split { reference, shards } = self.keys.split()?;
        let Range { start, end } = self.keys_at.clone();
        let document = [cut(json, 0..start), reference.as_bytes(), from(json, end)].concat();
        Some(Pushed { document, shards })
    }
}

/// A policy with many keys, as it goes to Envoy.
#[derive(Clone)]
pub struct Pushed {
    /// The document, in which a reference stands in the place of the keys.
    pub document: Vec<u8>,
    /// The shards of the key table, by their numbers.
    pub shards: Vec<Vec<u8>>,
}

impl fmt::Debug for Pushed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pushed({} bytes, {} shards)", self.document.len(), self.shards.len())
    }
}

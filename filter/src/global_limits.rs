//! Limits of the scope `global`: tells Envoy's rate limit filter, which stands behind this one, how to count a request,
//! puts its refusals into the client's words, and says at the end how many tokens were used.
//!
//! Two rate limit filters stand there, one for each value of `on_limiter_failure`; which of them counts is told by which
//! header is there (`policy-sync-sidecar/src/render/limits.rs`).

use privet_core::formats::Usage;
use privet_core::gateway::Admitted;
use privet_core::limits::global::{self, Claim, OnFailure};
use privet_core::limits::{Scope, Standing, estimate_tokens};
use privet_core::refusal::Refusal;

use crate::host::{self, Headers, Map};
use crate::limits::{source_ip, standing_headers};

/// The properties that the rate limit filter reads at the stream's end: tokens beyond what was reserved, and those that
/// were reserved and not used.
const TOKENS_PROPERTY: &[u8] = b"privet.tokens";
const UNUSED_PROPERTY: &[u8] = b"privet.unused";

/// A request that the rate limit service counts.
#[derive(Debug)]
pub(crate) struct Global {
    header: &'static [u8],
    claim: Vec<u8>,
    reserved: u64,
    standing: Option<Standing>,
}

/// Whether the service counts this caller, where there is one.
pub(crate) fn is_global(admitted: &Admitted) -> bool {
    admitted.limits.scope == Some(Scope::Global)
}

impl Global {
    /// What the service is told of a request of so many bytes of text.
    pub(crate) fn claim(admitted: &Admitted, model: &str, text_bytes: u64) -> Self {
        let reserved = estimate_tokens(text_bytes).max(1);
        let address = if admitted.key_id.is_empty() { source_ip() } else { String::new() };
        let claim = Claim {
            key: &admitted.key_id,
            address: &address,
            tenant: &admitted.tenant,
            model,
            limits: &admitted.limits,
            reserve: reserved,
        };
        let header: &[u8] = match admitted.limits.on_limiter_failure.unwrap_or_default() {
            OnFailure::Allow => b"x-privet-limits-allow",
            OnFailure::Deny => b"x-privet-limits-deny",
        };
        Self { header, claim: claim.header(), reserved, standing: None }
    }

    /// Tells the rate limit filter.
    pub(crate) fn announce(&self) -> host::Result<()> {
        host::set_header(Map::RequestHeaders, self.header, &self.claim)
    }

    /// Looks at an answer: the refusal, where it is the rate limit filter's own; else how the caller stands is noted.
    pub(crate) fn look(&mut self, headers: &Headers, status: u16) -> Option<Refusal> {
        let (mut limit, mut remaining, mut reset) = ("", "", "");
        for (name, value) in headers.iter() {
            let slot = match name {
                b"x-ratelimit-limit" => &mut limit,
                b"x-ratelimit-remaining" => &mut remaining,
                b"x-ratelimit-reset" => &mut reset,
                _ => continue,
            };
            *slot = core::str::from_utf8(value).unwrap_or_default();
        }
        self.standing = global::standing(limit, Some(remaining), Some(reset));
        if status != 429 && status != 503 {
            return None;
        }
        match &*host::code_details() {
            b"request_rate_limited" => Some(global::refusal(limit, self.standing)),
            b"rate_limiter_error" => Some(global::unknown()),
            _ => None,
        }
    }

    /// The headers that tell the caller how it stands.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.standing.into_iter().flat_map(|standing| standing_headers(&standing))
    }

    /// Says how many tokens were used beyond what was reserved, or how many less; whether the service is told to give
    /// these back, the operator decides.
    pub(crate) fn settle(&self, status: u16, usage: Usage, answer_bytes: u64) {
        let used =
            usage.input.unwrap_or(self.reserved) + usage.output.unwrap_or(estimate_tokens(answer_bytes));
        let used = if (200..300).contains(&status) { used } else { 0 };
        for (property, tokens) in [
            (TOKENS_PROPERTY, used.saturating_sub(self.reserved)),
            (UNUSED_PROPERTY, self.reserved.saturating_sub(used)),
        ] {
            let _ = host::set_property(property, tokens.to_string().as_bytes());
        }
    }
}

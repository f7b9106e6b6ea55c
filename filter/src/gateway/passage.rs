//! How a request leaves the gateway: the header that chooses its route, and what the role `provider` must know where it
//! stands on the way; and what came of it.

use privet_core::endpoint::Endpoint;
use privet_core::gateway::{Outgoing, is_internal_header};
use privet_core::provider::attempt::{
    FIRST_ATTEMPT_AUTHORITY, MAY_FAIL_OVER, Reason, TRANSLATED, is_vendor_header, needs_role,
};
use privet_core::provider::{Kind, Provider};
use privet_core::refusal::Code;

use crate::exchange::{Exchange, Handle, Header};
use crate::host::{self, Map};
use crate::shared::{DEFAULT_ANTHROPIC_VERSION, VERSION_HEADER};

/// The header by which routes choose the provider's cluster; the route takes it off again.
const ROUTE_HEADER: &[u8] = b"x-privet-route";
/// Further statuses that the router tries again; it takes the header off.
const RETRIABLE_HEADER: &[u8] = b"x-envoy-retriable-status-codes";

/// The client's headers that speak to one maker's API, without those of its credentials.
pub(super) fn vendor_headers<'h>(headers: impl Iterator<Item = (&'h [u8], &'h [u8])>) -> Vec<Header> {
    let speaks = |name: &[u8]| is_vendor_header(name) && !is_internal_header(name);
    headers.filter(|(name, _)| speaks(name)).map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
}

/// The way of one request.
#[derive(Default)]
pub(super) struct Passage {
    /// None where Envoy's routes do all that is to be done.
    exchange: Option<Handle>,
}

/// What came of a request.
#[derive(Default)]
pub(super) struct Passed {
    /// Number of the provider that was asked last; none where none has told.
    pub provider: Option<usize>,
    /// How many providers were asked.
    pub attempts: u32,
    /// Why the fallback was asked, if it was.
    pub reason: Option<Reason>,
    /// What could be said to the provider only nearly.
    pub approximated: String,
    /// Why the provider was not asked.
    pub refused: Option<Code>,
}

/// A request that can go out.
pub(super) struct Leaving<'a> {
    pub endpoint: &'a Endpoint,
    /// Path and query below a provider's base URL.
    pub path: &'a str,
    pub outgoing: &'a Outgoing,
    /// Length of the body.
    pub content_length: usize,
    pub vendor: &'a [Header],
    pub failover_on_429: bool,
}

impl Passage {
    /// Sends the request on its way: its last step, because the route is chosen by what this sets.
    pub(super) fn open(providers: &[Provider], leaving: &Leaving<'_>) -> host::Result<Self> {
        let map = Map::RequestHeaders;
        let Leaving { endpoint, outgoing, .. } = leaving;
        let Some(provider) = providers.get(outgoing.provider) else { return Ok(Self::default()) };
        let fails_over = outgoing.fallback.is_some();
        let has_role = needs_role(providers, outgoing.provider);
        let exchange = if has_role || outgoing.translated {
            Some(Handle::open(Exchange {
                format: endpoint.format,
                path: leaving.path.to_owned(),
                model: outgoing.masked.route.model.clone(),
                model_in_path: endpoint.model.is_some(),
                streamed: outgoing.streamed,
                content_length: leaving.content_length,
                vendor: leaving.vendor.to_vec(),
                may_fail_over: fails_over,
                attempts: Vec::new(),
                approximated: Vec::new(),
                refused: None,
            })?)
        } else {
            own_headers(provider, leaving.vendor)?;
            None
        };
        let mut route = provider.name.clone();
        if fails_over {
            route.push_str(MAY_FAIL_OVER);
            host::set_header(map, b":authority", FIRST_ATTEMPT_AUTHORITY.as_bytes())?;
            if leaving.failover_on_429 {
                host::set_header(map, RETRIABLE_HEADER, b"429")?;
            }
        }
        if outgoing.translated && !has_role {
            route.push_str(TRANSLATED);
        }
        host::set_header(map, ROUTE_HEADER, route.as_bytes())?;
        Ok(Self { exchange })
    }

    /// What came of the request so far.
    pub(super) fn passed(&self, providers: &[Provider]) -> Passed {
        let Some(exchange) = &self.exchange else { return Passed { attempts: 1, ..Passed::default() } };
        exchange.read(|exchange| {
            let last = exchange.attempts.last();
            Passed {
                provider: last.and_then(|last| providers.iter().position(|p| p.name == last.provider)),
                attempts: u32::try_from(exchange.attempts.len()).unwrap_or(u32::MAX),
                reason: last.and_then(|last| last.reason),
                approximated: exchange.approximated.join(", "),
                refused: exchange.refused,
            }
        })
    }
}

/// Leaves the headers that speak to this provider's API, and sees to the one that Anthropic's requires.
fn own_headers(provider: &Provider, vendor: &[Header]) -> host::Result<()> {
    let map = Map::RequestHeaders;
    for (name, _) in vendor.iter().filter(|(name, _)| !provider.kind.takes_header(name)) {
        host::remove_header(map, name)?;
    }
    let versioned = vendor.iter().any(|(name, _)| name == VERSION_HEADER);
    if provider.kind == Kind::Anthropic && !versioned {
        host::set_header(map, VERSION_HEADER, DEFAULT_ANTHROPIC_VERSION)?;
    }
    Ok(())
}

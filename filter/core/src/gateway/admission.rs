//! Steps 1 to 3, as far as a request's headers tell: its length, the caller's key, the endpoint, the kind of body.

use core::fmt;

use crate::endpoint::{self, Endpoint};
use crate::formats::Format;
use crate::limits::Limits;
use crate::policy::models::Globs;
use crate::policy::{Caller, KeyError, Overrides, Policy};
use crate::provider::route::Chosen;
use crate::provider::{Kind, Provider, UnknownProvider, resolve, split_first_segment};
use crate::refusal::{Code, Refusal};

/// The headers of a request that decide about it.
#[derive(Default)]
pub struct Head<'a> {
    /// `:method`
    pub method: &'a [u8],
    /// `:path`, query included.
    pub path: &'a [u8],
    /// `content-type`
    pub content_type: Option<&'a [u8]>,
    /// `content-length`
    pub content_length: Option<&'a [u8]>,
    /// `content-encoding`
    pub content_encoding: Option<&'a [u8]>,
    /// `authorization`
    pub authorization: Option<&'a [u8]>,
    /// `x-api-key`
    pub api_key: Option<&'a [u8]>,
    /// `x-goog-api-key`
    pub goog_api_key: Option<&'a [u8]>,
    /// `api-key`
    pub azure_api_key: Option<&'a [u8]>,
    /// `x-rivano-provider`
    pub provider: Option<&'a [u8]>,
    /// `x-rivano-agent`
    pub agent: Option<&'a [u8]>,
}

impl fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Keys stand in the headers, and anything at all in the path's query.
        f.write_str("Head")
    }
}

/// A request whose headers were accepted.
#[derive(Debug)]
pub struct Admitted {
    /// What it asks for.
    pub endpoint: Endpoint,
    /// Id of the caller's key; empty where none is required.
    pub key_id: String,
    /// The key's tenant.
    pub tenant: String,
    /// By which the caller is counted, where a key tells it.
    pub caller: Option<u64>,
    /// What the caller may use.
    pub limits: Limits,
    /// Who the caller says it is, where policies may ask.
    pub(super) agent: Vec<u8>,
    /// The models that the key may ask for, where it says so.
    pub(super) models: Option<Globs>,
    /// What is masked otherwise for the key.
    pub(super) overrides: Option<Overrides>,
    /// Largest body, in bytes.
    pub body_limit: usize,
    /// What the headers say of the provider; that there is none is said only after the body has been checked.
    pub(super) chosen: Chosen,
}

impl Admitted {
    /// The name that the caller gives itself; empty where no policy asks for it.
    #[must_use]
    pub fn agent(&self) -> &[u8] {
        &self.agent
    }

    /// What the caller's key has masked otherwise than the policy does.
    #[must_use]
    pub fn overrides(&self) -> Option<&Overrides> {
        self.overrides.as_ref()
    }
}

/// Whether the caller asks for the health of the gateway, which needs neither key nor policy.
#[must_use]
pub fn is_health(head: &Head<'_>) -> bool {
    head.method == b"GET" && split_query(head.path).is_some_and(|(path, _)| path == "/health")
}

/// The format that the client speaks, as far as the path tells; OpenAI's where it does not.
#[must_use]
pub fn spoken(head: &Head<'_>) -> Format {
    let format = split_query(head.path).and_then(|(path, _)| {
        endpoint::format_of(path).or_else(|| endpoint::format_of(split_first_segment(path).1))
    });
    format.unwrap_or(Format::OpenaiChat)
}

/// Steps 1 to 3, as far as the headers tell; `now` in seconds since 1970.
///
/// # Errors
/// The refusal of the first step that does not hold.
pub fn admit(
    policy: Option<&Policy>,
    providers: &[Provider],
    head: &Head<'_>,
    now: u64,
) -> Result<Admitted, Refusal> {
    let policy = policy.ok_or_else(|| Refusal::new(Code::NotReady, "the gateway has no policy yet"))?;
    check_length(head.content_length, policy.body_limit)?;
    let key = authenticate(policy, head, now)?;
    let (endpoint, chosen) = locate(policy, providers, head)?;
    check_content(head)?;
    let agent = head.agent.filter(|_| policy.asks()).unwrap_or_default();
    let overrides = key.as_ref().and_then(|k| k.masking.as_deref()).map(|raw| {
        let unreadable = |_| Refusal::new(Code::Internal, "the key's own masking cannot be read");
        policy.masking.overridden_by(raw).map_err(unreadable)
    });
    let (caller, limits) = (key.as_ref().map(|k| k.number), key.as_ref().map(|k| k.limits));
    let Caller { id, tenant, models, .. } = key.unwrap_or_default();
    Ok(Admitted {
        endpoint,
        key_id: id,
        tenant,
        caller,
        agent: agent.to_vec(),
        limits: limits.map_or(policy.limits, |limits| limits.or(policy.limits)),
        models,
        overrides: overrides.transpose()?,
        body_limit: policy.body_limit,
        chosen,
    })
}

/// Step 1, once by the announced length and again by count: whether a body of `length` bytes is accepted.
///
/// # Errors
/// 413.
pub fn check_size(length: usize, limit: usize) -> Result<(), Refusal> {
    if length <= limit {
        return Ok(());
    }
    Err(Refusal::new(Code::PayloadTooLarge, format!("the body is larger than {limit} bytes")))
}

fn check_length(header: Option<&[u8]>, limit: usize) -> Result<(), Refusal> {
    let Some(header) = header else { return Ok(()) };
    let length = core::str::from_utf8(header).ok().and_then(|h| h.trim().parse::<u64>().ok());
    // A length that is no number is Envoy's to refuse; counting the body catches whatever it lets through.
    check_size(length.map_or(0, |l| usize::try_from(l).unwrap_or(usize::MAX)), limit)
}

/// Step 2: the caller's key; none where none is required and none was shown.
pub(super) fn authenticate(policy: &Policy, head: &Head<'_>, now: u64) -> Result<Option<Caller>, Refusal> {
    // Where the makers' own clients send it.
    let others = [head.api_key, head.goog_api_key, head.azure_api_key];
    let key = bearer(head.authorization).or(others.into_iter().flatten().next());
    let found = match key {
        Some(key) => policy.keys.look_up(key, now),
        None => Err(KeyError::Unknown),
    };
    match found {
        Ok(caller) => Ok(Some(caller)),
        Err(KeyError::Unavailable) => Err(Refusal::new(Code::NotReady, "the keys are being replaced")),
        Err(_) if !policy.auth_required => Ok(None),
        Err(_) => Err(Refusal::new(Code::Unauthorized, "a valid API key is required")),
    }
}

/// The token of `Authorization: Bearer …` (RFC 6750, section 2.1; the scheme in any case).
fn bearer(header: Option<&[u8]>) -> Option<&[u8]> {
    let (scheme, token) = header?.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}

/// A path and its query.
pub(super) fn split_query(path: &[u8]) -> Option<(&str, &str)> {
    let path = core::str::from_utf8(path).ok()?;
    Some(path.split_once('?').unwrap_or((path, "")))
}

type Located = (Endpoint, Chosen);

/// Step 3, the endpoint: paths that the gateway cannot look into are refused.
fn locate(policy: &Policy, providers: &[Provider], head: &Head<'_>) -> Result<Located, Refusal> {
    let not_found = || Refusal::new(Code::NotFound, "no such endpoint");
    let (full, query) = split_query(head.path).ok_or_else(not_found)?;
    let (provider, path) = resolve(providers, head.provider, full);
    let header = head.provider.is_some();
    let chosen = Chosen { provider, named: header || path.len() < full.len() };
    let unknown = Chosen { provider: Err(UnknownProvider), named: true };
    let found = if let Some(endpoint) = Endpoint::of(path, query)? {
        let kind = provider.ok().and_then(|n| providers.get(n)).map(|p| p.kind);
        // `/openai/v1/…` is a path of Azure; anywhere else its beginning is meant to be a provider.
        let named = endpoint.azure && !endpoint.documented.starts_with("/openai/");
        let chosen = if named && kind != Some(Kind::Azure) { unknown } else { chosen };
        Some((endpoint, chosen))
    } else if path.len() < full.len()
        && let Some(endpoint) = Endpoint::of(full, query)?
    {
        // A path that only begins like a provider's name (`/openai/deployments/…`, `/api/chat`).
        Some((endpoint, Chosen { provider: resolve(providers, head.provider, "").0, named: header }))
    } else if policy.endpoints.lists(path) {
        return Ok((Endpoint::listed(path).ok_or_else(not_found)?, chosen));
    } else {
        // A known endpoint below a name: the name is meant to be a provider.
        let (_, below) = split_first_segment(path);
        Endpoint::of(below, query)?.map(|endpoint| (endpoint, unknown))
    };
    let found = found.ok_or_else(not_found)?;
    if head.method != b"POST" {
        return Err(Refusal::new(Code::MethodNotAllowed, "this endpoint takes POST"));
    }
    Ok(found)
}

/// Step 3, the content: JSON, as it is.
fn check_content(head: &Head<'_>) -> Result<(), Refusal> {
    let encoding = head.content_encoding.map(<[u8]>::trim_ascii).unwrap_or_default();
    if !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity") {
        return Err(Refusal::new(Code::UnsupportedContent, "the body must not be compressed"));
    }
    let Some(content_type) = head.content_type else { return Ok(()) };
    let mut parts = content_type.split(|b| *b == b';').map(<[u8]>::trim_ascii);
    let media_type = parts.next().unwrap_or_default();
    let utf8 = parts.all(|p| match p.split_at_checked(8) {
        Some((name, value)) if name.eq_ignore_ascii_case(b"charset=") => {
            [&b"utf-8"[..], b"utf8", b"\"utf-8\""].iter().any(|known| value.eq_ignore_ascii_case(known))
        }
        _ => true,
    });
    if media_type.eq_ignore_ascii_case(b"application/json") && utf8 {
        return Ok(());
    }
    Err(Refusal::new(Code::UnsupportedContent, "the body must be application/json in UTF-8"))
}

//! The way of one request, in its fixed order: cap → key → endpoint and type → (body) schema, detection,
//! masking → provider. The Wasm module gathers what a step needs and carries out what it says.

mod direct;
mod listing;

pub use listing::list_models;

use core::fmt;

use crate::endpoint::{self, Endpoint};
use crate::entity::EntityType;
use crate::formats::{Format, restore};
use crate::framing::Framing;
use crate::hint;
use crate::json::Types;
use crate::json::shape::TEXT;
use crate::limits::Limits;
use crate::mask::{Look, Masked, mask, scan};
use crate::policy::models::Globs;
use crate::policy::policies::Facts;
use crate::policy::{Caller, KeyError, Media, Overrides, Policy, Verdict};
use crate::provider::attempt::fallback_of;
use crate::provider::route::{Chosen, Route};
use crate::provider::{Kind, Provider, UnknownProvider, resolve, split_first_segment};
use crate::refusal::{Code, Refusal};
use crate::shadow::{Request, evaluate};
use direct::direct;

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
    agent: Vec<u8>,
    /// The models that the key may ask for, where it says so.
    models: Option<Globs>,
    /// What is masked otherwise for the key.
    overrides: Option<Overrides>,
    /// Largest body, in bytes.
    pub body_limit: usize,
    /// What the headers say of the provider; that there is none is said only after the body has been checked.
    chosen: Chosen,
}

impl Admitted {
    /// The name that the caller gives itself; empty where no policy asks for it.
    #[must_use]
    pub fn agent(&self) -> &[u8] {
        &self.agent
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
fn authenticate(policy: &Policy, head: &Head<'_>, now: u64) -> Result<Option<Caller>, Refusal> {
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
fn split_query(path: &[u8]) -> Option<(&str, &str)> {
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

/// A request that can go out.
#[derive(Debug)]
pub struct Outgoing {
    /// The body, its tokens and counts.
    pub masked: Masked,
    /// The provider's number in the configuration.
    pub provider: usize,
    /// Who takes over where that one fails.
    pub fallback: Option<usize>,
    /// The path, where the model in it is called otherwise at the provider than by the client.
    pub path: Option<String>,
    /// Whether the client asked for a stream.
    pub streamed: bool,
}

/// Steps 3 (body) and 4: checks the body and the model. In the same walk the body is masked and its policies are
/// asked; what they say is carried out by [`decide`], behind the limits.
///
/// # Errors
/// The refusal of the first step that does not hold.
pub fn read(
    policy: &Policy,
    providers: &[Provider],
    admitted: &Admitted,
    body: &[u8],
) -> Result<Masked, Refusal> {
    check_size(body.len(), admitted.body_limit)?;
    let endpoint = &admitted.endpoint;
    let active = policy.policies.of(&admitted.agent);
    let patterns = active.patterns();
    let score = policy.injection.is_on() || active.scores() || policy.watch_scores();
    let (redacts, watched) = (active.redacts(), policy.policies.watch());
    let drops = active.drops() || policy.masking.drops();
    let look = Look { score, patterns: &patterns, redacts, watched, drops };
    let (shape, types) = match endpoint.format {
        Some(_) => (endpoint.shape(), Types::OBJECT),
        None if body.is_empty() => {
            return Ok(Masked { route: Route::to(admitted.chosen), ..Masked::default() });
        }
        None => (&TEXT, Types::ANY),
    };
    let overridden = admitted.overrides.as_ref().map(|overrides| policy.masking.with(overrides));
    let masking = overridden.as_ref().unwrap_or(&policy.masking);
    let mut scanned = scan(body, shape, types, masking, look)?;
    // Where the path names the model, that is the one that a provider takes, whatever the body says.
    if let Some(model) = &endpoint.model {
        scanned.masked.model.clone_from(model);
    }
    let model = scanned.masked.model.clone();
    let asked = policy.models.resolve(&model);
    let provider = direct(policy, providers, admitted, asked, &mut scanned)?;
    let mut verdict = Verdict::default();
    policy.injection.judge(&scanned.masked.scores, &mut verdict);
    let facts = Facts {
        score: scanned.masked.scores.foreign(),
        counts: &scanned.masked.counts,
        text_bytes: scanned.masked.coverage.scanned.bytes,
        model: asked,
        provider,
        matched: &|pattern, field| scanned.matches(pattern, field),
    };
    let redactions = active.judge(&facts, &mut verdict);
    let shadow = policy.shadow.as_ref().map(|shadow| {
        Box::new(evaluate(shadow, Request { body, shape, types, agent: &admitted.agent, facts }))
    });
    let mut masked = scanned.finish(&redactions);
    (masked.verdict, masked.shadow) = (verdict, shadow);
    if policy.masking.hint && !masked.tokens.is_empty() {
        let hinted = endpoint.hinted().and_then(|format| hint::add(format, masked.body.as_deref()?));
        masked.body = hinted.or(masked.body);
    }
    Ok(masked)
}

/// Steps 6 to 8: what the policy forbids, and the provider.
///
/// # Errors
/// The refusal of the first step that does not hold.
pub fn decide(
    policy: &Policy,
    providers: &[Provider],
    admitted: &Admitted,
    masked: Masked,
) -> Result<Outgoing, Refusal> {
    let endpoint = &admitted.endpoint;
    if let Some(blocked) = masked.blocked.first() {
        return Err(blocked_by_entity(policy, *blocked));
    }
    if policy.masking.media == Media::Block && masked.coverage.opaque.strings > 0 {
        let message = "the policy `masking.media` forbids this request: it holds data that cannot be read";
        return Err(Refusal::new(Code::PolicyViolation, message));
    }
    if let Some(name) = &masked.verdict.blocked {
        return Err(Refusal::new(Code::PolicyViolation, format!("the policy `{name}` forbids this request")));
    }
    if masked.must_stay {
        let message = "a policy removes what stands in this request with its message, and that one must stay: the last, \
                       one of a tool, the first before the model's answer, or no message at all";
        return Err(Refusal::new(Code::PolicyViolation, message));
    }
    let number = masked.route.provider?;
    let Some(provider) = providers.get(number) else {
        return Err(Refusal::new(Code::NoProvider, "no provider is configured"));
    };
    check_format(provider.kind, endpoint)?;
    let fallback = fallback_of(providers, number).filter(|n| {
        let model = masked.route.model.as_str();
        let serves = |p: &Provider| p.serves(model) || p.serves(p.model_at(model));
        let takes = |p: &Provider| endpoint.format.is_some() && check_format(p.kind, endpoint).is_ok();
        providers.get(*n).is_some_and(|p| takes(p) && serves(p))
    });
    let streamed = endpoint.streams.with(masked.stream);
    let path = masked.route.path.clone();
    Ok(Outgoing { masked, provider: number, fallback, path, streamed })
}

/// Step 8: there is no translation, so a provider must speak what the client speaks.
fn check_format(kind: Kind, endpoint: &Endpoint) -> Result<(), Refusal> {
    let Some(format) = endpoint.format else { return Ok(()) };
    if kind.speaks(format) && (kind == Kind::Azure || !endpoint.documented.starts_with("/openai/")) {
        return Ok(());
    }
    let (kind, path) = (kind.name(), endpoint.documented);
    let message = format!("the chosen provider, of the kind {kind}, does not take requests of {path}");
    Err(Refusal::new(Code::OtherFormat, message))
}

fn blocked_by_entity(policy: &Policy, entity: EntityType) -> Refusal {
    let name = policy.masking.name(entity);
    Refusal::new(Code::PolicyViolation, format!("the policy `masking.entities.{name}` forbids this request"))
}

/// Whether a header belongs to the client's side of the gateway: credentials and what belongs to them, the gateway's
/// own headers and Envoy's, what tells where the client stands, and the wish for a compressed answer. None of these
/// goes on.
///
/// `x-forwarded-proto` is not among them, because Envoy finds no route without it; the route removes it.
#[must_use]
pub fn is_internal_header(name: &[u8]) -> bool {
    // By first letter, because this is asked of every header of every request.
    match name.first() {
        Some(b'x') => {
            const NAMES: [&[u8]; 16] = [
                b"x-api-key",
                b"x-goog-api-key",
                b"x-goog-user-project",
                b"x-goog-iam-authorization-token",
                b"x-auth-token",
                b"x-access-token",
                b"x-functions-key",
                b"x-csrf-token",
                b"x-xsrf-token",
                b"x-real-ip",
                b"x-client-ip",
                b"x-forwarded-for",
                b"x-forwarded-host",
                b"x-forwarded-port",
                b"x-forwarded-client-cert",
                b"x-original-forwarded-for",
            ];
            const PREFIXES: [&[u8]; 4] = [b"x-rivano-", b"x-privet-", b"x-envoy-", b"x-amz-"];
            NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        }
        Some(b'a') => matches!(name, b"authorization" | b"api-key" | b"accept-encoding"),
        Some(b'p') => name == b"proxy-authorization",
        Some(b'c') => matches!(name, b"cookie" | b"cf-connecting-ip"),
        Some(b'f') => name == b"forwarded",
        Some(b'r') => name == b"referer",
        // The client's own account belongs to the client's own key.
        Some(b'o') => {
            matches!(
                name,
                b"origin" | b"openai-organization" | b"openai-project" | b"ocp-apim-subscription-key"
            )
        }
        Some(b't') => name == b"true-client-ip",
        _ => false,
    }
}

/// Masks and restores a made-up value, so that a module that silently does nothing never takes traffic.
///
/// # Errors
/// Which half failed.
pub fn self_test() -> Result<(), String> {
    let policy = Policy::parse(br#"{"schema":1,"revision":"self-test"}"#).map_err(|e| e.to_string())?;
    let body = br#"{"model":"m","messages":[{"role":"user","content":"to ann@example.com"}]}"#;
    let masked = mask(body, Format::OpenaiChat.request(), &policy.masking).map_err(|e| e.to_string())?;
    let sent = masked.body.unwrap_or_default();
    if !sent.windows(7).any(|w| w == b"EMAIL_1") || sent.contains(&b'@') {
        return Err("self-test: a value was not masked".to_owned());
    }
    match restore(Format::OpenaiChat, &sent, &masked.tokens) {
        Ok((Some(restored), _)) if restored == body => Ok(()),
        _ => Err("self-test: a value did not come back".to_owned()),
    }
}

/// How an answer is to be treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Restored event by event.
    Stream(Framing),
    /// Held until it is whole, then restored.
    Whole,
    /// Passed on as it comes: not text that the gateway could have masked.
    Pass,
}

/// Step 10, by the answer's headers; `streamed` says whether the client asked for a stream.
///
/// # Errors
/// 502 where the answer is compressed although the gateway asked for none: it could not be restored.
pub fn classify_answer(
    content_type: Option<&[u8]>,
    content_encoding: Option<&[u8]>,
    format: Format,
    streamed: bool,
) -> Result<Answer, Refusal> {
    let encoding = content_encoding.map(<[u8]>::trim_ascii).unwrap_or_default();
    if !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity") {
        return Err(Refusal::new(Code::ProviderError, "the provider's answer is compressed"));
    }
    if let Some(framing) = Framing::of(content_type, format, streamed) {
        return Ok(Answer::Stream(framing));
    }
    let media_type = content_type.unwrap_or_default().split(|b| *b == b';').next().unwrap_or_default();
    let media_type = media_type.trim_ascii();
    let is = |known: &[u8]| media_type.eq_ignore_ascii_case(known);
    let suffix = media_type.len().checked_sub(5).and_then(|i| media_type.get(i..));
    Ok(if is(b"application/json") || is(b"") || suffix.is_some_and(|s| s.eq_ignore_ascii_case(b"+json")) {
        Answer::Whole
    } else {
        Answer::Pass
    })
}

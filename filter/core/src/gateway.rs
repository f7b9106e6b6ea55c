//! The way of one request, in its fixed order: cap → key → endpoint and type → (body) schema, detection,
//! masking → provider. The Wasm module gathers what a step needs and carries out what it says.

mod admission;
mod answer;
mod direct;
mod headers;
mod listing;
pub mod unified;

pub use admission::{Admitted, Head, admit, check_size, is_health, spoken};
pub use answer::{Answer, classify_answer};
pub use headers::{holds_value, is_internal_header};
pub use listing::list_models;

use crate::endpoint::Endpoint;
use crate::entity::EntityType;
use crate::formats::{Format, restore};
use crate::hint;
use crate::json::Types;
use crate::json::shape::TEXT;
use crate::mask::{Look, Masked, mask, scan};
use crate::policy::policies::Facts;
use crate::policy::{Media, Policy, Verdict};
use crate::provider::attempt::fallback_of;
use crate::provider::route::Route;
use crate::provider::{Kind, Provider};
use crate::refusal::{Code, Refusal};
use crate::shadow::{Request, evaluate};
use direct::direct;

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
    /// Whether it has to be translated for that provider.
    pub translated: bool,
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
    let (shape, types) = match endpoint.format {
        Some(_) => (endpoint.shape(), Types::OBJECT),
        None if body.is_empty() => {
            return Ok(Masked { route: Route::to(admitted.chosen), ..Masked::default() });
        }
        None => (&TEXT, Types::ANY),
    };
    let overridden = admitted.overrides.as_ref().map(|overrides| policy.masking.with(overrides));
    let masking = overridden.as_ref().unwrap_or(&policy.masking);
    let drops = active.drops() || masking.drops();
    let look = Look { score, patterns: &patterns, redacts, watched, drops };
    if endpoint.format == Some(Format::Unified) {
        unified::check(body)?;
    }
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
    translates: Translates,
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
    let translated = is_translated(provider.kind, endpoint, translates)?;
    let fallback = fallback_of(providers, number).filter(|n| {
        let model = masked.route.model.as_str();
        let serves = |p: &Provider| p.serves(model) || p.serves(p.model_at(model));
        let takes =
            |p: &Provider| endpoint.format.is_some() && is_translated(p.kind, endpoint, translates).is_ok();
        providers.get(*n).is_some_and(|p| takes(p) && serves(p))
    });
    let streamed = endpoint.streams.with(masked.stream);
    let path = masked.route.path.clone();
    Ok(Outgoing { masked, provider: number, fallback, path, streamed, translated })
}

/// Whether what an endpoint is asked for can be said to a provider of a kind that does not speak its format.
pub type Translates = fn(Kind, &Endpoint) -> bool;

/// Step 8: whether the request has to be translated for a provider of this kind.
fn is_translated(kind: Kind, endpoint: &Endpoint, translates: Translates) -> Result<bool, Refusal> {
    let Some(format) = endpoint.format else { return Ok(false) };
    if kind.takes(format, endpoint.documented) {
        return Ok(false);
    }
    if translates(kind, endpoint) {
        return Ok(true);
    }
    let (kind, path) = (kind.name(), endpoint.documented);
    let message = format!("the chosen provider, of the kind {kind}, does not take requests of {path}");
    Err(Refusal::new(Code::OtherFormat, message))
}

fn blocked_by_entity(policy: &Policy, entity: EntityType) -> Refusal {
    let name = policy.masking.name(entity);
    Refusal::new(Code::PolicyViolation, format!("the policy `masking.entities.{name}` forbids this request"))
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

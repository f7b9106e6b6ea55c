//! `GET /v1/models` and `GET /v1/models/{id}`, answered by the gateway itself in OpenAI's shape.
//!
//! Listed are the names that are known without asking a provider, each of which can be asked for: aliases, what
//! `models.allow` and the key's `models` name in full (without `*` and `?`), and what providers are configured to
//! serve. A model of a provider that does not take the requests without a provider's name is called `provider/id`.
//! With the header `X-Rivano-Provider` or below a provider's prefix only that provider's are listed.
//!
//! Source of the shape: OpenAI API reference, "Models".

use std::collections::BTreeSet;

use super::Head;
use super::admission::{authenticate, split_query};
use crate::object::Json::{Number, Object, Text};
use crate::policy::models::{Globs, is_literal};
use crate::policy::{Caller, Policy};
use crate::provider::route::{Chosen, NoRoute, route};
use crate::provider::{Provider, resolve};
use crate::refusal::{Code, Refusal};

/// The answer to a request for models, its body; none where the request is for something else. `now` in seconds
/// since 1970.
#[must_use]
pub fn list_models(
    policy: Option<&Policy>,
    providers: &[Provider],
    head: &Head<'_>,
    now: u64,
) -> Option<Result<Vec<u8>, Refusal>> {
    let (full, _) = split_query(head.path)?;
    let (provider, path) = resolve(providers, head.provider, full);
    let below = path.strip_prefix("/v1").unwrap_or(path).strip_prefix("/models")?;
    let wanted = match below.strip_prefix('/') {
        // Google's paths begin in the same way, and are asked by POST.
        Some(_) if head.method != b"GET" => return None,
        Some(id) => Some(id),
        None if below.is_empty() => None,
        None => return None,
    };
    let chosen = Chosen { provider, named: head.provider.is_some() || path.len() < full.len() };
    Some(answer(policy, providers, head, chosen, wanted, now))
}

fn answer(
    policy: Option<&Policy>,
    providers: &[Provider],
    head: &Head<'_>,
    chosen: Chosen,
    wanted: Option<&str>,
    now: u64,
) -> Result<Vec<u8>, Refusal> {
    let policy = policy.ok_or_else(|| Refusal::new(Code::NotReady, "the gateway has no policy yet"))?;
    let caller = authenticate(policy, head, now)?;
    if head.method != b"GET" {
        return Err(Refusal::new(Code::MethodNotAllowed, "this endpoint takes GET"));
    }
    chosen.provider.map_err(|_| Refusal::from(NoRoute::Provider))?;
    let models = models(policy, providers, caller.as_ref(), chosen);
    let shown = |(id, owner): &(String, usize)| {
        let owned_by = providers.get(*owner).map_or("", |p| p.name.as_str());
        let (id, kind, owner) = (("id", Text(id)), ("object", Text("model")), ("owned_by", Text(owned_by)));
        Object(&[("created", Number(0)), id, kind, owner]).to_vec()
    };
    match wanted {
        None => {
            let all: Vec<_> = models.iter().map(shown).collect();
            Ok([br#"{"data":["#.as_slice(), &all.join(&b','), br#"],"object":"list"}"#].concat())
        }
        Some(wanted) => {
            let decoded =
                wanted.replace("%2F", "/").replace("%2f", "/").replace("%3A", ":").replace("%3a", ":");
            let found = models.iter().find(|(id, _)| *id == decoded);
            let missing = || Refusal::new(Code::NotFound, "no model of this name is listed").at("model");
            found.map(shown).ok_or_else(missing)
        }
    }
}

/// The names of the models that `caller` may ask for, each once, with their providers' numbers.
fn models(
    policy: &Policy,
    providers: &[Provider],
    caller: Option<&Caller>,
    chosen: Chosen,
) -> Vec<(String, usize)> {
    let own = caller.and_then(|c| c.models.as_ref());
    let named = own.into_iter().flat_map(Globs::literals);
    let names = policy.models.names().chain(named).map(str::to_owned);
    let begins_like_a_provider = |id: &str| {
        let first = id.split_once('/').map(|(first, _)| first);
        first.is_some_and(|first| providers.iter().any(|p| p.name == first))
    };
    let served = providers.iter().enumerate().flat_map(|(number, provider)| {
        let renamed = provider.model_map.iter().map(|(name, _)| name);
        let ids = provider.models.iter().chain(renamed).filter(|id| is_literal(id));
        ids.map(move |id| match route(providers, chosen, policy.models.resolve(id)) {
            Ok((found, same)) if found == number && same == id && !begins_like_a_provider(id) => id.clone(),
            _ => format!("{}/{id}", provider.name),
        })
    });
    let mut seen = BTreeSet::new();
    let mut models = Vec::new();
    for name in names.chain(served) {
        let asked = policy.models.resolve(&name);
        let Ok((number, id)) = route(providers, chosen, asked) else { continue };
        let Some(provider) = providers.get(number) else { continue };
        // A named provider is given the name of another's model as it is, and would not know it.
        let other = asked.alias && id.contains('/') || begins_like_a_provider(id);
        let foreign = chosen.named && id == asked.resolved && other;
        let allowed = policy.models.allow(own, asked, &provider.name) && provider.serves(id);
        if allowed && !foreign && seen.insert(name.clone().into_bytes()) {
            models.push((name, number));
        }
    }
    models
}

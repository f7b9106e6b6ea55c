//! The policy document as it is written, before it is checked.

use super::endpoints::Endpoints;
use super::injection::Injection;
use super::keys::{KeyTable, Shards};
use super::limits;
use super::masking::Masking;
use super::models::Models;
use super::output::Output;
use super::policies;
use super::reading::Reader;
use super::redaction::Salt;
use super::routing::Routing;
use super::shadow::Shadow;
use super::{DEFAULT_BODY_LIMIT, MAX_BODY_LIMIT, MAX_REVISION_BYTES, Policy, PolicyErrors};

/// The only language of policies that there is.
const SCHEMA: u32 = 1;

/// What a document may hold. A newer control plane may send more, which is ignored here; so is a name that is mistyped.
pub const KEYS: [&str; 15] = [
    "schema",
    "revision",
    "auth",
    "keys",
    "body_limit_bytes",
    "endpoints",
    "masking",
    "injection",
    "policies",
    "output",
    "shadow",
    "response_headers",
    "models",
    "limits",
    "routing",
];

/// So many of them, from the first on, must be there.
const NEEDED: usize = 2;

/// Reads and compiles a document; all of it, whatever is wrong with a part. `shards` are there where its keys may be.
pub(super) fn compile(json: &[u8], shards: Option<Box<dyn Shards>>) -> Result<Policy, PolicyErrors> {
    let mut reader = Reader::new(json);
    // Unknown keys at the top are kept by the sender and ignored here.
    let Some(document) = reader.document(&KEYS, NEEDED) else { return Err(PolicyErrors(reader.errors)) };
    let [
        schema,
        revision,
        auth,
        keys,
        body_limit,
        endpoints,
        masking,
        injection,
        policies,
        output,
        shadow,
        response_headers,
        models,
        limits,
        routing,
    ] = document;
    let schema = reader.read_some(schema);
    if let Some(other) = schema.filter(|schema: &u32| *schema != SCHEMA) {
        reader.error("schema", format_args!("this gateway reads {SCHEMA}, not {other}"));
    }
    let revision: Option<String> = reader.read_some(revision);
    if revision.as_ref().is_some_and(|r| r.is_empty() || r.len() > MAX_REVISION_BYTES) {
        reader.error("revision", format_args!("1 to {MAX_REVISION_BYTES} characters"));
    }
    let body_limit = reader.read_some(body_limit).unwrap_or(DEFAULT_BODY_LIMIT);
    if body_limit == 0 || body_limit > MAX_BODY_LIMIT {
        reader.error("body_limit_bytes", format_args!("1 to {MAX_BODY_LIMIT}"));
    }
    let [required] = reader.some_fields(auth, &["required"]);
    let auth_required = reader.read_some(required).unwrap_or(true);
    let endpoints = Endpoints::compile(endpoints, &mut reader);
    let mut masking = Masking::compile(masking, &mut reader);
    let keys_at = keys.map(|raw| {
        let start = raw.get().as_ptr() as usize - json.as_ptr() as usize;
        start..start + raw.get().len()
    });
    let keys = KeyTable::compile(keys, &masking, shards, &mut reader);
    let injection = Injection::compile(injection, &mut reader);
    let policies = policies::compile("policies", policies, &masking, &mut reader);
    let by_key = !keys.is_empty();
    if masking.salt.is_none() && (masking.tokenizes() || policies.tokenize() || by_key) {
        // Without a salt of its own the policy's tokens change when it does.
        masking.salt = Some(Salt::new(json));
    }
    let output = Output::compile(output, &mut reader);
    let shadow = Shadow::compile(shadow, &mut reader);
    let response_headers = reader.read_some(response_headers).unwrap_or(true);
    let models = Models::compile(models, &mut reader);
    let limits = limits.and_then(|raw| limits::read("limits", raw, &mut reader)).unwrap_or_default();
    if limits.burst.is_some() && limits.requests_per_minute.is_none() {
        reader.error("limits.burst", "a burst of what? requests_per_minute is missing");
    }
    let routing = Routing::compile(routing, &mut reader);
    if let Some(errors) = reader.into_errors() {
        return Err(PolicyErrors(errors));
    }
    let revision = revision.unwrap_or_default();
    Ok(Policy {
        revision,
        keys,
        keys_at: keys_at.unwrap_or_default(),
        auth_required,
        body_limit,
        endpoints,
        masking,
        injection,
        policies,
        output,
        shadow,
        response_headers,
        models,
        limits,
        routing,
    })
}

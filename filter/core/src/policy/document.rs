//! The policy document as it is written, before it is checked.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::endpoints::Endpoints;
use super::injection::Injection;
use super::keys::{KeyTable, Shards};
use super::masking::Masking;
use super::models::Models;
use super::output::Output;
use super::policies;
use super::reading::Reader;
use super::redaction::Salt;
use super::shadow::Shadow;
use crate::limits::Limits;

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

/// The whole document. Unknown keys at the top are kept by the sender and ignored here.
#[derive(Deserialize)]
pub(super) struct Document<'j> {
    #[serde(borrow)]
    schema: &'j RawValue,
    #[serde(borrow)]
    revision: &'j RawValue,
    #[serde(borrow)]
    auth: Option<&'j RawValue>,
    #[serde(borrow)]
    keys: Option<&'j RawValue>,
    #[serde(borrow)]
    body_limit_bytes: Option<&'j RawValue>,
    #[serde(borrow)]
    endpoints: Option<&'j RawValue>,
    #[serde(borrow)]
    masking: Option<&'j RawValue>,
    #[serde(borrow)]
    injection: Option<&'j RawValue>,
    #[serde(borrow)]
    policies: Option<&'j RawValue>,
    #[serde(borrow)]
    output: Option<&'j RawValue>,
    #[serde(borrow)]
    shadow: Option<&'j RawValue>,
    #[serde(borrow)]
    response_headers: Option<&'j RawValue>,
    #[serde(borrow)]
    models: Option<&'j RawValue>,
    #[serde(borrow)]
    limits: Option<&'j RawValue>,
    #[serde(borrow)]
    routing: Option<&'j RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Auth {
    #[serde(default = "yes")]
    required: bool,
}

impl Default for Auth {
    fn default() -> Self {
        Self { required: true }
    }
}

fn yes() -> bool {
    true
}

/// Reads and compiles a document; all of it, whatever is wrong with a part. `shards` are there where its keys may be.
pub(super) fn compile(json: &[u8], shards: Option<Box<dyn Shards>>) -> Result<Policy, PolicyErrors> {
    let mut reader = Reader::new(json);
    let Some(document) = reader.document::<Document>() else { return Err(PolicyErrors(reader.errors)) };
    let schema = reader.read(document.schema);
    if let Some(other) = schema.filter(|schema: &u32| *schema != SCHEMA) {
        reader.error("schema", format_args!("this gateway reads {SCHEMA}, not {other}"));
    }
    let revision: Option<String> = reader.read(document.revision);
    if revision.as_ref().is_some_and(|r| r.is_empty() || r.len() > MAX_REVISION_BYTES) {
        reader.error("revision", format_args!("1 to {MAX_REVISION_BYTES} characters"));
    }
    let body_limit = reader.read_some(document.body_limit_bytes).unwrap_or(DEFAULT_BODY_LIMIT);
    if body_limit == 0 || body_limit > MAX_BODY_LIMIT {
        reader.error("body_limit_bytes", format_args!("1 to {MAX_BODY_LIMIT}"));
    }
    let auth: Auth = reader.read_some(document.auth).unwrap_or_default();
    let endpoints = Endpoints::compile(document.endpoints, &mut reader);
    let mut masking = Masking::compile(document.masking, &mut reader);
    let keys = KeyTable::compile(document.keys, &masking, shards, &mut reader);
    let keys_at = document.keys.map(|raw| {
        let start = raw.get().as_ptr() as usize - json.as_ptr() as usize;
        start..start + raw.get().len()
    });
    let injection = Injection::compile(document.injection, &mut reader);
    let policies = policies::compile("policies", document.policies, &masking, &mut reader);
    let by_key = !keys.is_empty();
    if masking.salt.is_none() && (masking.tokenizes() || policies.tokenize() || by_key) {
        // Without a salt of its own the policy's tokens change when it does.
        masking.salt = Some(Salt::new(json));
    }
    let output = Output::compile(document.output, &mut reader);
    let shadow = Shadow::compile(document.shadow, &mut reader);
    let response_headers = reader.read_some(document.response_headers).unwrap_or(true);
    let models = Models::compile(document.models, &mut reader);
    let limits: Limits = reader.read_some(document.limits).unwrap_or_default();
    if limits.burst.is_some() && limits.requests_per_minute.is_none() {
        reader.error("limits.burst", "a burst of what? requests_per_minute is missing");
    }
    let routing = reader.read_some(document.routing).unwrap_or_default();
    if let Some(errors) = reader.into_errors() {
        return Err(PolicyErrors(errors));
    }
    let revision = revision.unwrap_or_default();
    Ok(Policy {
        revision,
        keys,
        keys_at: keys_at.unwrap_or_default(),
        auth_required: auth.required,
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

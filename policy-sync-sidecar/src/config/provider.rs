//! One provider of `gateway.yaml`: the same in both dialects, but for where its name stands.

mod aws;
mod models;

use std::time::Duration;

use privet_core::provider::Kind;

use super::dialect::MAX_SECONDS;
use super::reader::Node;
use super::{Auth, BaseUrl, DEFAULT_TIMEOUT, Provider};

/// More tokens than any model answers with.
const MAX_MAX_TOKENS: u64 = 10_000_000;

/// A complaint has been made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused;

/// A key that can stand in a header; none where there is nothing, or nothing is left of its variables.
pub(super) fn api_key(given: Option<Node<'_>>) -> Result<Option<String>, Refused> {
    let Some(node) = given.filter(|n| !n.is_null()) else { return Ok(None) };
    let key = node.string().ok_or(Refused)?;
    checked_key(&node, key)
}

/// The same from a file.
fn key_file(given: Option<Node<'_>>) -> Result<Option<String>, Refused> {
    let Some(node) = given else { return Ok(None) };
    let key = node.file().ok_or(Refused)?;
    if key.is_empty() {
        node.complain("the file is empty");
        return Err(Refused);
    }
    checked_key(&node, key)
}

fn checked_key(node: &Node<'_>, key: String) -> Result<Option<String>, Refused> {
    if key.bytes().any(|b| b < 0x21 || b == 0x7f) {
        node.complain("holds white space or control characters");
        return Err(Refused);
    }
    Ok(Some(key).filter(|k| !k.is_empty()))
}

/// The base URL. Without TLS only this machine is reached, unless `tls: off` says so aloud.
pub(super) fn base_url(
    owner: &Node<'_>,
    given: Option<Node<'_>>,
    default: Option<&str>,
    tls: Option<Node<'_>>,
) -> Option<BaseUrl> {
    let tls_off = tls.is_some_and(|n| n.is_false() || is_off(&n));
    let parsed = match (&given, default) {
        (Some(n), _) => BaseUrl::parse(&n.string()?),
        (None, Some(url)) => BaseUrl::parse(url),
        (None, None) => Err("base_url: one is needed here".to_owned()),
    };
    let at = given.as_ref().unwrap_or(owner);
    match parsed {
        Ok(base) if !base.tls && !base.is_loopback() && !tls_off => {
            at.complain("http:// sends keys and text in the clear; use https://, or say `tls: off`");
            None
        }
        Ok(base) => Some(base),
        Err(reason) => {
            at.complain(reason);
            None
        }
    }
}

fn is_off(node: &Node<'_>) -> bool {
    match node.string().as_deref() {
        Some("off") => true,
        Some("on") | None => false,
        Some(_) => {
            node.complain("must be on or off");
            false
        }
    }
}

/// Default base URLs of the kinds that have one; that of Azure names a resource, and that of Bedrock a region.
fn default_base_url(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Openai => Some("https://api.openai.com/v1"),
        Kind::Anthropic => Some("https://api.anthropic.com"),
        Kind::Google => Some("https://generativelanguage.googleapis.com"),
        Kind::Mistral => Some("https://api.mistral.ai/v1"),
        Kind::Cohere => Some("https://api.cohere.com/v1"),
        Kind::Ollama => Some("http://localhost:11434"),
        Kind::Azure | Kind::Bedrock => None,
    }
}

/// How a key is sent where the file does not say it. Google takes the keys of its AI Studio (`AIza…`) in a
/// header of their own only.
fn default_auth(kind: Kind, key: Option<&str>) -> Auth {
    match kind {
        Kind::Anthropic => Auth::XApiKey,
        Kind::Google if key.is_some_and(|k| k.starts_with("AIza")) => Auth::XGoogApiKey,
        _ => Auth::Bearer,
    }
}

/// Reads a provider; `key` is its name where it stands in a mapping.
pub(super) fn provider(node: &Node<'_>, key: Option<String>) -> Option<Provider> {
    let [
        name,
        kind,
        url,
        given_key,
        file,
        primary,
        is_primary,
        fallback,
        is_fallback,
        timeout,
        auth,
        tls,
        rest @ ..,
    ] = node.mapping([
        "name",
        "kind",
        "base_url",
        "api_key",
        "api_key_file",
        "primary",
        "is_primary",
        "fallback",
        "is_fallback",
        "timeout_ms",
        "auth",
        "tls",
        "models",
        "model_map",
        "deployment",
        "api_version",
        "region",
        "aws",
        "max_tokens",
    ])?;
    let [served, map, deployment, version, region, aws, max_tokens] = rest;
    let name = read_name(node, key, name);
    // Without a kind the name says it.
    let kind = kind.map_or_else(|| name.clone(), |n| n.string()).and_then(|kind| read_kind(node, &kind));
    let region = aws::region(kind, region);
    // With errors in it, too, it says how requests are meant to be sent.
    let signs = aws.is_some();
    let aws = aws::credentials(kind, aws);
    let (deployment, api_version) = models::azure(kind, deployment, version);
    let base = match kind {
        Some(kind) => {
            let default = aws::base_url(region.as_deref()).or(default_base_url(kind).map(str::to_owned));
            base_url(node, url, default.as_deref(), tls)
        }
        None => url.and_then(|url| base_url(node, Some(url), None, tls)),
    };
    let flag =
        |nodes: [Option<Node<'_>>; 2]| nodes.into_iter().flatten().filter_map(|n| n.boolean()).any(|b| b);
    let timeout = timeout.and_then(|n| n.number(1, MAX_SECONDS * 1000)).map(Duration::from_millis);
    if let (Some(_), Some(file)) = (&given_key, &file) {
        file.complain("stands beside `api_key`; say it once");
    }
    let api_key = api_key(given_key).and_then(|key| Ok(key.or(key_file(file)?)));
    let keyless = kind == Some(Kind::Ollama)
        || (api_key == Ok(None) && base.as_ref().is_some_and(BaseUrl::is_loopback));
    let auth = match auth {
        Some(node) => read_auth(&node),
        None if signs => Some(Auth::SigV4),
        None if keyless => Some(Auth::None),
        None => kind.map(|kind| default_auth(kind, api_key.as_ref().ok().and_then(Option::as_deref))),
    };
    check_auth(node, auth, api_key == Ok(None), signs && region.is_some());
    Some(Provider {
        name: name?,
        kind: kind?,
        base: base?,
        api_key: api_key.ok()?,
        auth: auth?,
        primary: flag([primary, is_primary]),
        fallback: flag([fallback, is_fallback]),
        timeout: timeout.unwrap_or(DEFAULT_TIMEOUT),
        models: models::served(served),
        model_map: models::map(map),
        deployment,
        api_version,
        region,
        aws,
        max_tokens: max_tokens.and_then(|n| n.number(1, MAX_MAX_TOKENS)).and_then(|n| u32::try_from(n).ok()),
    })
}

fn check_auth(node: &Node<'_>, auth: Option<Auth>, keyless: bool, can_sign: bool) {
    match auth {
        Some(Auth::SigV4) if !can_sign => {
            node.complain("auth: sigv4 needs `region` and the credentials `aws`");
        }
        Some(Auth::SigV4 | Auth::None) | None => {}
        Some(_) if keyless => node.complain("api_key: this provider needs one"),
        Some(_) => {}
    }
}

fn read_name(node: &Node<'_>, key: Option<String>, given: Option<Node<'_>>) -> Option<String> {
    let (at, name) = match (key, &given) {
        (Some(key), None) => (node, key),
        (None, Some(given)) => (given, given.string()?),
        (Some(_), Some(given)) => {
            given.complain("the key of the mapping is the name already");
            return None;
        }
        (None, None) => {
            node.complain("name: a provider needs one");
            return None;
        }
    };
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if name.is_empty() || !name.bytes().all(allowed) {
        at.complain("a provider's name has letters, digits, `-`, `_` and `.` only");
        return None;
    }
    if name == "v1" {
        at.complain("every path of the API begins with /v1: no provider can have this name");
        return None;
    }
    Some(name)
}

fn read_kind(node: &Node<'_>, name: &str) -> Option<Kind> {
    let kind = Kind::of(name);
    if kind.is_none() {
        let known: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        node.complain(format_args!("kind `{name}`: must be one of {}", known.join(", ")));
    }
    kind
}

fn read_auth(node: &Node<'_>) -> Option<Auth> {
    match &*node.string()? {
        "bearer" => Some(Auth::Bearer),
        "x-api-key" => Some(Auth::XApiKey),
        "x-goog-api-key" => Some(Auth::XGoogApiKey),
        "api-key" => Some(Auth::ApiKey),
        "sigv4" => Some(Auth::SigV4),
        "none" => Some(Auth::None),
        _ => {
            node.complain("must be bearer, x-api-key, x-goog-api-key, api-key, sigv4 or none");
            None
        }
    }
}

//! The two dialects of `gateway.yaml`.

use std::path::Path;
use std::time::Duration;

use privet_core::provider::Kind;

use super::reader::{ConfigError, Node, Reader};
use super::{
    Audit, Auth, BaseUrl, Config, ControlPlane, DEFAULT_PORT, DEFAULT_STATE_DIR, DEFAULT_SYNC_INTERVAL,
    DEFAULT_TIMEOUT, Listen, PolicySource, Provider,
};

/// A day; longer intervals are a mistake of units.
const MAX_SECONDS: u64 = 86_400;

pub(super) fn read(
    text: &str,
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, ConfigError> {
    let yaml = Reader::load(text)?;
    let reader = Reader::new(env);
    let config = {
        let root = Node::root(&reader, &yaml);
        let is_b = root.members().iter().any(|(name, _)| name == "gateway");
        let draft = if is_b { read_b(&root) } else { read_a(&root) };
        draft.finish(&root, folder)
    };
    reader.finish()?;
    config.ok_or_else(|| ConfigError::unreadable("the configuration is incomplete".to_owned()))
}

/// What either dialect has said so far.
#[derive(Default)]
struct Draft {
    host: Option<String>,
    port: Option<u16>,
    workers: Option<u32>,
    providers: Vec<Provider>,
    control_plane: Option<ControlPlane>,
    policy_file: Option<String>,
    state_dir: Option<String>,
    audit: Option<Audit>,
    /// What stands in for a policy: the dialect's own `middleware.pii`.
    built_in: Option<bool>,
}

impl Draft {
    fn finish(self, root: &Node<'_>, folder: &Path) -> Option<Config> {
        if self.providers.is_empty() {
            root.complain("providers: at least one is needed");
        }
        if self.providers.iter().filter(|p| p.primary).count() > 1 {
            root.complain("providers: only one can be primary");
        }
        let policy = match (self.policy_file, self.control_plane, self.built_in) {
            (Some(_), Some(_), _) => {
                root.complain("policy.file and a control plane are both given; name one source");
                return None;
            }
            (Some(file), None, _) => PolicySource::File(folder.join(file)),
            (None, Some(control_plane), _) => PolicySource::ControlPlane(control_plane),
            (None, None, Some(masking)) => PolicySource::BuiltIn { masking },
            (None, None, None) => {
                root.complain("no policy: name a control plane (rivano.base_url) or a file (policy.file)");
                return None;
            }
        };
        let host = self.host.unwrap_or_else(|| "0.0.0.0".to_owned());
        Some(Config {
            listen: Listen { host, port: self.port.unwrap_or(DEFAULT_PORT) },
            providers: self.providers,
            policy,
            state_dir: folder.join(self.state_dir.unwrap_or_else(|| DEFAULT_STATE_DIR.to_owned())),
            workers: self.workers,
            audit: self.audit.unwrap_or(Audit::Off),
        })
    }

    /// The additions that either dialect takes.
    fn additions(&mut self, policy: Option<Node<'_>>, state_dir: Option<Node<'_>>) {
        if let Some(policy) = policy {
            let [file] = policy.mapping(["file"]);
            self.policy_file = file.and_then(|n| n.string());
        }
        self.state_dir = state_dir.and_then(|n| n.string());
    }

    fn port(&mut self, node: Option<Node<'_>>) {
        self.port = node.and_then(|n| n.number(0, 65_535)).and_then(|n| u16::try_from(n).ok());
    }
}

fn read_a(root: &Node<'_>) -> Draft {
    let [rivano, server, providers, telemetry, policy, state_dir] =
        root.mapping(["rivano", "server", "providers", "telemetry", "policy", "state_dir"]);
    let mut draft = Draft::default();
    if let Some(rivano) = rivano {
        draft.control_plane = control_plane(&rivano);
    }
    if let Some(server) = server {
        let [host, port, workers] = server.mapping(["host", "port", "workers"]);
        draft.host = host.and_then(|n| n.string().filter(|h| is_address(&n, h)));
        draft.port(port);
        draft.workers = workers.and_then(|n| n.number(1, 1024)).and_then(|n| u32::try_from(n).ok());
    }
    for node in providers.iter().flat_map(Node::list) {
        draft.providers.extend(provider(&node, None));
    }
    if let Some(telemetry) = telemetry {
        read_telemetry(&telemetry);
    }
    draft.additions(policy, state_dir);
    draft
}

fn is_address(node: &Node<'_>, host: &str) -> bool {
    let valid = host.parse::<std::net::IpAddr>().is_ok();
    if !valid {
        node.complain("must be an IP address, such as 0.0.0.0 or 127.0.0.1");
    }
    valid
}

fn control_plane(node: &Node<'_>) -> Option<ControlPlane> {
    let [api_key, base_url, interval, etag] =
        node.mapping(["api_key", "base_url", "sync_interval", "sync_etag"]);
    let interval = interval.and_then(|n| n.number(1, MAX_SECONDS)).map(Duration::from_secs);
    let etag = etag.and_then(|n| n.boolean()).unwrap_or(true);
    let api_key = api_key.and_then(|n| n.string());
    let base_url = base_url.and_then(|n| url(&n))?;
    let Some(api_key) = api_key else {
        node.complain("api_key: a control plane needs one");
        return None;
    };
    Some(ControlPlane { base_url, api_key, interval: interval.unwrap_or(DEFAULT_SYNC_INTERVAL), etag })
}

/// A URL as it is written, checked, without a slash at the end.
fn url(node: &Node<'_>) -> Option<String> {
    let text = node.string()?;
    match BaseUrl::parse(&text) {
        Ok(_) => Some(text.trim_end_matches('/').to_owned()),
        Err(reason) => {
            node.complain(reason);
            None
        }
    }
}

fn read_telemetry(node: &Node<'_>) {
    let [metadata, content, batch, flush] =
        node.mapping(["trace_metadata", "trace_content", "batch_size", "flush_interval_ms"]);
    metadata.and_then(|n| n.boolean());
    batch.and_then(|n| n.number(1, 10_000));
    flush.and_then(|n| n.number(100, 3_600_000));
    if let Some(content) = content
        && content.boolean() == Some(true)
    {
        content.complain(
            "this gateway has no code that could send content; set it to false (only metadata is ever sent)",
        );
    }
}

fn read_b(root: &Node<'_>) -> Draft {
    let mut draft = Draft::default();
    let [gateway, policy, state_dir] = root.mapping(["gateway", "policy", "state_dir"]);
    let Some(gateway) = gateway else { return draft };
    let [port, host, workers, providers, middleware, cloud, inner_policy, inner_state] = gateway.mapping([
        "port",
        "host",
        "workers",
        "providers",
        "middleware",
        "cloud",
        "policy",
        "state_dir",
    ]);
    draft.port(port);
    draft.host = host.and_then(|n| n.string().filter(|h| is_address(&n, h)));
    draft.workers = workers.and_then(|n| n.number(1, 1024)).and_then(|n| u32::try_from(n).ok());
    for (name, node) in providers.iter().flat_map(Node::members) {
        draft.providers.extend(provider(&node, Some(name)));
    }
    draft.built_in = Some(true);
    if let Some(middleware) = middleware {
        read_middleware(&middleware, &mut draft);
    }
    if let Some(cloud) = cloud {
        draft.control_plane = control_plane(&cloud);
    }
    draft.additions(policy.or(inner_policy), state_dir.or(inner_state));
    draft
}

fn read_middleware(node: &Node<'_>, draft: &mut Draft) {
    let [pii, injection, audit, cache, rate_limit] =
        node.mapping(["pii", "injection", "audit", "cache", "rate_limit"]);
    draft.built_in = Some(pii.and_then(|n| n.boolean()).unwrap_or(true));
    injection.and_then(|n| n.boolean());
    rate_limit.and_then(|n| n.number(0, 1_000_000));
    if let Some(audit) = audit {
        draft.audit = match audit.string().as_deref() {
            Some("stdout") => Some(Audit::Stdout),
            Some("file") => Some(Audit::File),
            Some("off" | "false") => Some(Audit::Off),
            Some(_) => {
                audit.complain("must be stdout, file or off");
                None
            }
            None => None,
        };
    }
    if let Some(cache) = cache
        && cache.boolean() == Some(true)
    {
        cache.complain("there is no answer cache in this gateway; set it to false");
    }
}

/// Default base URLs of the kinds that have one.
fn default_base_url(kind: &str) -> Option<&'static str> {
    match kind {
        "openai" => Some("https://api.openai.com/v1"),
        "mistral" => Some("https://api.mistral.ai/v1"),
        "ollama" => Some("http://localhost:11434"),
        _ => None,
    }
}

fn provider(node: &Node<'_>, key: Option<String>) -> Option<Provider> {
    let [name, kind, base_url, api_key, primary, is_primary, fallback, is_fallback, timeout, auth, tls] =
        node.mapping([
            "name",
            "kind",
            "base_url",
            "api_key",
            "primary",
            "is_primary",
            "fallback",
            "is_fallback",
            "timeout_ms",
            "auth",
            "tls",
        ]);
    let name = match (key, name) {
        (Some(key), None) => key,
        (None, Some(name)) => name.string()?,
        (Some(_), Some(name)) => {
            name.complain("the key of the mapping is the name already");
            return None;
        }
        (None, None) => {
            node.complain("name: a provider needs one");
            return None;
        }
    };
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    {
        node.complain("a provider's name has letters, digits, `-`, `_` and `.` only");
        return None;
    }
    let kind = kind.map_or(Some(name.clone()), |n| n.string())?;
    let known = matches!(&*kind, "openai" | "mistral" | "ollama");
    if !known {
        node.complain(format_args!(
            "kind `{kind}`: this version speaks to providers of the kinds openai, mistral and ollama"
        ));
    }
    let base = base(node, base_url, default_base_url(&kind), tls);
    let primary = [primary, is_primary].into_iter().flatten().filter_map(|n| n.boolean()).any(|b| b);
    for flag in [fallback, is_fallback].into_iter().flatten() {
        if flag.boolean() == Some(true) {
            flag.complain("this version sends each request to one provider; failover is not there yet");
        }
    }
    let timeout = timeout.and_then(|n| n.number(1, MAX_SECONDS * 1000)).map(Duration::from_millis);
    let api_key = api_key.filter(|n| !n.is_null()).and_then(|n| n.string()).filter(|k| !k.is_empty());
    let auth = match auth.and_then(|n| n.string().map(|s| (n, s))) {
        Some((_, word)) if word == "bearer" => Auth::Bearer,
        Some((_, word)) if word == "none" => Auth::None,
        Some((n, _)) => {
            n.complain("must be bearer or none");
            return None;
        }
        None if kind == "ollama"
            || (api_key.is_none() && base.as_ref().is_some_and(BaseUrl::is_loopback)) =>
        {
            Auth::None
        }
        None => Auth::Bearer,
    };
    if auth == Auth::Bearer && api_key.is_none() {
        node.complain("api_key: this provider needs one");
    }
    if api_key.as_ref().is_some_and(|k| k.bytes().any(|b| b < 0x21 || b == 0x7f)) {
        node.complain("api_key: holds white space or control characters");
    }
    Some(Provider {
        name,
        kind: Kind::Openai,
        base: base?,
        api_key,
        auth,
        primary,
        timeout: timeout.unwrap_or(DEFAULT_TIMEOUT),
    })
}

/// The base URL. Without TLS only this machine is reached, unless `tls: off` says so aloud.
fn base(
    node: &Node<'_>,
    given: Option<Node<'_>>,
    default: Option<&str>,
    tls: Option<Node<'_>>,
) -> Option<BaseUrl> {
    let tls_off = tls.and_then(|n| n.string()).is_some_and(|word| word == "off");
    let parsed = match (&given, default) {
        (Some(n), _) => BaseUrl::parse(&n.string()?),
        (None, Some(url)) => BaseUrl::parse(url),
        (None, None) => Err("base_url: this kind of provider needs one".to_owned()),
    };
    let at = given.as_ref().unwrap_or(node);
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

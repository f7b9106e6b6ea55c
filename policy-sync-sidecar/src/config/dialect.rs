//! The two dialects of `gateway.yaml`.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::operations;
use super::outside;
use super::provider::{api_key, base_url, provider};
use super::reader::{ConfigError, Node, Reader};
use super::{
    Audit, Config, ControlPlane, DEFAULT_PORT, DEFAULT_STATE_DIR, DEFAULT_SYNC_INTERVAL, GlobalLimits,
    Listen, Otlp, PolicySource, Provider, Push, Telemetry,
};

/// A day; longer intervals are a mistake of units.
pub(super) const MAX_SECONDS: u64 = 86_400;

pub(super) fn read(
    text: &str,
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, ConfigError> {
    let yaml = Reader::load(text)?;
    let reader = Reader::new(text, folder, env);
    let config = {
        let root = Node::root(&reader, &yaml);
        let draft = if root.has("gateway") { read_b(&root) } else { read_a(&root) };
        draft.and_then(|draft| draft.finish(&root, folder))
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
    /// Whether a source is named: where it is not a good one, that has been complained about.
    names_a_source: bool,
    state_dir: Option<String>,
    audit: Option<Audit>,
    telemetry: Telemetry,
    otlp: Option<Otlp>,
    limits: Option<GlobalLimits>,
    admin: Option<SocketAddr>,
    push: Push,
    /// What stands in for a policy: the dialect's own `middleware.pii` and `injection`.
    built_in: Option<(bool, bool)>,
}

impl Draft {
    /// None where something is missing; that has been complained about then.
    fn finish(self, root: &Node<'_>, folder: &Path) -> Option<Config> {
        let policy = match (self.policy_file, self.control_plane, self.built_in) {
            (Some(file), _, _) => PolicySource::File(folder.join(file)),
            (None, Some(plane), _) => {
                PolicySource::ControlPlane(ControlPlane { tls: plane.tls.below(folder), ..plane })
            }
            (None, None, _) if self.names_a_source => return None,
            (None, None, Some((masking, injection))) => PolicySource::BuiltIn { masking, injection },
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
            telemetry: self.telemetry,
            otlp: self.otlp.map(|otlp| otlp.below(folder)),
            limits: self.limits,
            admin: self.admin,
            push: self.push.below(folder),
        })
    }

    /// Providers with their names, if these stand beside them.
    fn providers(&mut self, at: &Node<'_>, entries: Vec<(Option<String>, Node<'_>)>) {
        if entries.is_empty() {
            at.complain("at least one provider is needed");
        }
        let mut fallback = None;
        for (name, node) in entries {
            let Some(provider) = provider(&node, name) else { continue };
            if self.providers.iter().any(|p| p.name == provider.name) {
                node.complain("another provider has this name");
            }
            if provider.primary && self.providers.iter().any(|p| p.primary) {
                node.complain("only one provider can be primary");
            }
            if provider.fallback && self.providers.iter().any(|p| p.fallback) {
                node.complain("only one provider can be the fallback");
            }
            fallback = fallback.or(provider.fallback.then_some((self.providers.len(), node)));
            self.providers.push(provider);
        }
        let primary = self.providers.iter().position(|p| p.primary).unwrap_or(0);
        if let Some((_, node)) = fallback.filter(|(number, _)| *number == primary) {
            node.complain("the fallback is the primary as well, which is the first where none is named");
        }
    }

    /// What either dialect says of the sidecar's own work.
    fn operations(&mut self, telemetry: Option<Node<'_>>, admin: Option<Node<'_>>, push: Option<Node<'_>>) {
        (self.telemetry, self.otlp) = telemetry.map(|n| operations::telemetry(&n)).unwrap_or_default();
        self.admin = admin.and_then(|n| operations::admin(&n));
        self.push = push.map(|n| operations::push(&n)).unwrap_or_default();
    }

    /// The additions that either dialect takes.
    fn additions(&mut self, policy: Option<Node<'_>>, state_dir: Option<Node<'_>>) {
        if let Some(policy) = policy {
            if self.names_a_source {
                policy.complain("a control plane is given already; name one source of the policy");
            }
            self.names_a_source = true;
            let file = policy.mapping(["file"]).map(|[file]| file);
            if let Some(None) = file {
                policy.complain("file: the policy's file is needed");
            }
            self.policy_file = file.flatten().and_then(|n| n.string());
        }
        self.state_dir = state_dir.and_then(|n| n.string());
    }

    fn control_plane(&mut self, node: Option<Node<'_>>) {
        self.names_a_source = node.is_some();
        self.control_plane = node.and_then(|n| control_plane(&n));
    }

    fn server(&mut self, host: Option<Node<'_>>, port: Option<Node<'_>>, workers: Option<Node<'_>>) {
        self.host = host.and_then(|n| n.string().filter(|h| is_address(&n, h)));
        self.port = port.and_then(|n| n.number(0, 65_535)).and_then(|n| u16::try_from(n).ok());
        self.workers = workers.and_then(|n| n.number(1, 1024)).and_then(|n| u32::try_from(n).ok());
    }
}

fn read_a(root: &Node<'_>) -> Option<Draft> {
    let [rivano, server, providers, telemetry, policy, state_dir, admin, push, limits] = root.mapping([
        "rivano",
        "server",
        "providers",
        "telemetry",
        "policy",
        "state_dir",
        "admin",
        "push",
        "limits",
    ])?;
    let mut draft = Draft::default();
    draft.control_plane(rivano);
    if let Some([host, port, workers]) = server.and_then(|n| n.mapping(["host", "port", "workers"])) {
        draft.server(host, port, workers);
    }
    let at = providers.as_ref().unwrap_or(root);
    if let Some(list) = providers.as_ref().map_or(Some(Vec::new()), Node::list) {
        draft.providers(at, list.into_iter().map(|node| (None, node)).collect());
    }
    draft.operations(telemetry, admin, push);
    draft.limits = limits.and_then(|n| outside::limits(&n));
    draft.additions(policy, state_dir);
    Some(draft)
}

fn is_address(node: &Node<'_>, host: &str) -> bool {
    let valid = host.parse::<std::net::IpAddr>().is_ok();
    if !valid {
        node.complain("must be an IP address, such as 0.0.0.0 or 127.0.0.1");
    }
    valid
}

/// As at a provider, `tls: off` must say aloud that key and policy travel in the clear.
fn control_plane(node: &Node<'_>) -> Option<ControlPlane> {
    let [key, url, interval, etag, tls, ca, certificate, client_key] = node.mapping([
        "api_key",
        "base_url",
        "sync_interval",
        "sync_etag",
        "tls",
        "ca_file",
        "client_certificate_file",
        "client_key_file",
    ])?;
    let files = operations::plane_tls(node, ca, certificate, client_key);
    let interval = interval.and_then(|n| n.number(1, MAX_SECONDS)).map(Duration::from_secs);
    let etag = etag.and_then(|n| n.boolean()).unwrap_or(true);
    let key = api_key(key);
    if key == Ok(None) {
        node.complain("api_key: a control plane needs one");
    }
    let base = base_url(node, url, None, tls)?;
    let base_url = format!("{}://{}{}", if base.tls { "https" } else { "http" }, base.authority(), base.path);
    Some(ControlPlane {
        base_url,
        api_key: key.ok()??,
        interval: interval.unwrap_or(DEFAULT_SYNC_INTERVAL),
        etag,
        tls: files,
    })
}

fn read_b(root: &Node<'_>) -> Option<Draft> {
    let [gateway, policy, state_dir, telemetry, admin, push, limits] =
        root.mapping(["gateway", "policy", "state_dir", "telemetry", "admin", "push", "limits"])?;
    let [
        port,
        host,
        workers,
        providers,
        middleware,
        cloud,
        inner_policy,
        inner_state,
        inner_telemetry,
        inner_admin,
        inner_push,
        inner_limits,
    ] = gateway?.mapping([
        "port",
        "host",
        "workers",
        "providers",
        "middleware",
        "cloud",
        "policy",
        "state_dir",
        "telemetry",
        "admin",
        "push",
        "limits",
    ])?;
    let mut draft = Draft { built_in: Some((true, true)), ..Draft::default() };
    draft.server(host, port, workers);
    let at = providers.as_ref().unwrap_or(root);
    if let Some(members) = providers.as_ref().map_or(Some(Vec::new()), Node::members) {
        draft.providers(at, members.into_iter().map(|(name, node)| (Some(name), node)).collect());
    }
    if let Some(middleware) = middleware {
        read_middleware(&middleware, &mut draft);
    }
    draft.operations(once(telemetry, inner_telemetry), once(admin, inner_admin), once(push, inner_push));
    draft.limits = once(limits, inner_limits).and_then(|n| outside::limits(&n));
    draft.control_plane(cloud);
    draft.additions(once(policy, inner_policy), once(state_dir, inner_state));
    Some(draft)
}

/// What may stand beside `gateway` or in it, but not in both places.
fn once<'r>(outer: Option<Node<'r>>, inner: Option<Node<'r>>) -> Option<Node<'r>> {
    if let (Some(outer), Some(_)) = (&outer, &inner) {
        outer.complain("stands below `gateway`, too; say it once");
    }
    outer.or(inner)
}

fn read_middleware(node: &Node<'_>, draft: &mut Draft) {
    let Some([pii, injection, audit, cache, rate_limit]) =
        node.mapping(["pii", "injection", "audit", "cache", "rate_limit"])
    else {
        return;
    };
    let on = |node: Option<Node<'_>>| node.and_then(|n| n.boolean()).unwrap_or(true);
    draft.built_in = Some((on(pii), on(injection)));
    rate_limit.and_then(|n| n.number(0, 1_000_000));
    draft.audit = audit.and_then(|n| read_audit(&n));
    if let Some(cache) = cache
        && cache.boolean() == Some(true)
    {
        cache.complain("there is no answer cache in this gateway; set it to false");
    }
}

fn read_audit(node: &Node<'_>) -> Option<Audit> {
    // Readers of YAML 1.1 make `false` of `off`, and so do programs that write files for them.
    if node.is_false() {
        return Some(Audit::Off);
    }
    match &*node.string()? {
        "stdout" => Some(Audit::Stdout),
        "file" => Some(Audit::File),
        "off" => Some(Audit::Off),
        _ => {
            node.complain("must be stdout, file or off");
            None
        }
    }
}

//! What both dialects say of the sidecar's own work: telemetry, the admin address, the Envoys to push to,
//! and the files of the control plane's TLS.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::reader::Node;
use super::{Otlp, PlaneTls, Push, Telemetry, outside};
use crate::http_local::Address;

/// Reads `telemetry`.
pub(super) fn telemetry(node: &Node<'_>) -> (Telemetry, Option<Otlp>) {
    let mut telemetry = Telemetry::default();
    let Some([metadata, content, batch, flush, otlp]) =
        node.mapping(["trace_metadata", "trace_content", "batch_size", "flush_interval_ms", "otlp"])
    else {
        return (telemetry, None);
    };
    if let Some(enabled) = metadata.and_then(|n| n.boolean()) {
        telemetry.enabled = enabled;
    }
    if let Some(size) = batch.and_then(|n| n.number(1, 10_000)) {
        telemetry.batch_size = usize::try_from(size).unwrap_or(telemetry.batch_size);
    }
    if let Some(interval) = flush.and_then(|n| n.number(100, 3_600_000)) {
        telemetry.flush_interval = Duration::from_millis(interval);
    }
    if let Some(content) = content
        && content.boolean() == Some(true)
    {
        content.complain(
            "this gateway has no code that could send content; set it to false (only metadata is ever sent)",
        );
    }
    (telemetry, otlp.and_then(|n| outside::otlp(&n)))
}

/// Reads `admin`.
pub(super) fn admin(node: &Node<'_>) -> Option<SocketAddr> {
    let [host, port] = node.mapping(["host", "port"])?;
    let host = match host {
        None => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Some(node) => {
            let parsed = node.string()?.parse();
            if parsed.is_err() {
                node.complain("must be an IP address, such as 127.0.0.1");
            }
            parsed.ok()?
        }
    };
    let port = match port {
        None => crate::admin::DEFAULT_ADDRESS.port(),
        Some(node) => u16::try_from(node.number(0, 65_535)?).ok()?,
    };
    Some(SocketAddr::new(host, port))
}

/// Reads `push`.
pub(super) fn push(node: &Node<'_>) -> Push {
    let Some([envoys, token_file]) = node.mapping(["envoys", "token_file"]) else { return Push::default() };
    let mut addresses = Vec::new();
    for entry in envoys.as_ref().and_then(Node::list).unwrap_or_default() {
        let Some(address) = envoy(&entry) else { continue };
        if addresses.contains(&address) {
            entry.complain("stands there already");
        }
        addresses.push(address);
    }
    Push { envoys: addresses, token_file: token_file.and_then(|n| n.string()).map(PathBuf::from) }
}

/// A push listener: it takes the policy in the clear, so it must be on this machine.
fn envoy(node: &Node<'_>) -> Option<Address> {
    let text = node.string()?;
    if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
        return Some(Address::Unix(path.into()));
    }
    match text.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() && address.port() > 0 => Some(Address::Tcp(address)),
        Ok(_) => {
            node.complain(
                "must be a port of this machine's loopback interface: the policy goes there in the clear",
            );
            None
        }
        Err(_) => {
            node.complain("must be `unix:` and the path of a socket, or an address such as 127.0.0.1:9903");
            None
        }
    }
}

/// Reads the control plane's own authority, and the certificate that this gateway shows.
pub(super) fn plane_tls(
    owner: &Node<'_>,
    ca: Option<Node<'_>>,
    certificate: Option<Node<'_>>,
    key: Option<Node<'_>>,
) -> PlaneTls {
    if certificate.is_some() != key.is_some() {
        owner.complain("client_certificate_file and client_key_file: one needs the other");
    }
    let path = |node: Option<Node<'_>>| node.and_then(|n| n.string()).map(PathBuf::from);
    let ca_file = path(ca);
    PlaneTls { ca_file, client: path(certificate).zip(path(key)) }
}

impl PlaneTls {
    /// Relative paths start at `folder`.
    pub(super) fn below(self, folder: &Path) -> Self {
        Self {
            ca_file: self.ca_file.map(|path| folder.join(path)),
            client: self.client.map(|(certificate, key)| (folder.join(certificate), folder.join(key))),
        }
    }
}

impl Push {
    /// Relative paths start at `folder`.
    pub(super) fn below(self, folder: &Path) -> Self {
        let absolute = |address| match address {
            Address::Unix(path) => Address::Unix(folder.join(path)),
            tcp @ Address::Tcp(_) => tcp,
        };
        Self {
            envoys: self.envoys.into_iter().map(absolute).collect(),
            token_file: self.token_file.map(|path| folder.join(path)),
        }
    }
}

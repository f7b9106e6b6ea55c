//! What is told to others than the control plane: OpenTelemetry, and the rate limit service that several Envoys share.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::provider::base_url;
use super::reader::Node;
use super::{BaseUrl, PlaneTls};

/// How often metrics are sent where the file says nothing.
pub(super) const DEFAULT_OTLP_INTERVAL: Duration = Duration::from_secs(15);
/// How long Envoy waits for the rate limit service where the file says nothing: a request waits as long.
pub(super) const DEFAULT_LIMITS_TIMEOUT: Duration = Duration::from_millis(100);
/// The domain of descriptors where the file names none.
pub(super) const DEFAULT_LIMITS_DOMAIN: &str = "privet";

/// An OpenTelemetry collector, spoken to by OTLP over HTTP.
#[derive(Clone, PartialEq, Eq)]
pub struct Otlp {
    /// Without a slash at the end; `/v1/metrics` and `/v1/traces` are put behind it.
    pub endpoint: String,
    /// Headers of each request: keys, as a rule.
    pub headers: Vec<(String, String)>,
    /// How often metrics are sent, and how long a span waits.
    pub interval: Duration,
    /// Whether each request is a span, besides the metrics.
    pub spans: bool,
    /// Certificates.
    pub tls: PlaneTls,
}

impl fmt::Debug for Otlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values of headers are keys.
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let (to, every, spans) = (&self.endpoint, self.interval, self.spans);
        write!(f, "Otlp({to} every {every:?} spans {spans} headers {names:?})")
    }
}

/// A rate limit service, as Envoy's rate limit filter speaks to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlobalLimits {
    /// Where it is: gRPC, with TLS where the scheme is `https`.
    pub service: BaseUrl,
    /// The domain of all descriptors.
    pub domain: String,
    /// How long Envoy waits for it.
    pub timeout: Duration,
    /// Whether it knows hits that are taken back (`is_negative_hits`).
    pub give_back: bool,
}

/// Reads `telemetry.otlp`.
pub(super) fn otlp(node: &Node<'_>) -> Option<Otlp> {
    let [endpoint, headers, interval, spans, tls, ca_file] =
        node.mapping(["endpoint", "headers", "interval", "spans", "tls", "ca_file"])?;
    let mut pairs = Vec::new();
    for (name, value) in headers.as_ref().and_then(Node::members).unwrap_or_default() {
        let Some(text) = value.string() else { continue };
        let valid = reqwest::header::HeaderName::from_bytes(name.as_bytes()).is_ok()
            && reqwest::header::HeaderValue::from_str(&text).is_ok();
        if !valid {
            value.complain("is no header: its name or value has characters that may not stand there");
        }
        pairs.push((name, text));
    }
    if endpoint.is_none() {
        node.complain("endpoint: the collector's address is needed, such as http://127.0.0.1:4318");
        return None;
    }
    let interval = interval.and_then(|n| n.number(1, 3600)).map(Duration::from_secs);
    let base = base_url(node, endpoint, None, tls)?;
    let scheme = if base.tls { "https" } else { "http" };
    Some(Otlp {
        endpoint: format!("{scheme}://{}{}", base.authority(), base.path),
        headers: pairs,
        interval: interval.unwrap_or(DEFAULT_OTLP_INTERVAL),
        spans: spans.and_then(|n| n.boolean()).unwrap_or(false),
        tls: PlaneTls { ca_file: ca_file.and_then(|n| n.string()).map(PathBuf::from), client: None },
    })
}

impl Otlp {
    /// Relative paths start at `folder`.
    pub(super) fn below(self, folder: &Path) -> Self {
        Self { tls: self.tls.below(folder), ..self }
    }
}

/// Reads `limits`.
pub(super) fn limits(node: &Node<'_>) -> Option<GlobalLimits> {
    let [global] = node.mapping(["global"])?;
    let node = global?;
    let [address, domain, timeout, tls, give_back] =
        node.mapping(["address", "domain", "timeout_ms", "tls", "give_back"])?;
    if address.is_none() {
        node.complain("address: that of the rate limit service is needed, such as http://127.0.0.1:8081");
        return None;
    }
    let timeout = timeout.and_then(|n| n.number(1, 60_000)).map(Duration::from_millis);
    let domain = domain.and_then(|n| n.string());
    let service = base_url(&node, address, None, tls)?;
    Some(GlobalLimits {
        service,
        domain: domain.unwrap_or_else(|| DEFAULT_LIMITS_DOMAIN.to_owned()),
        timeout: timeout.unwrap_or(DEFAULT_LIMITS_TIMEOUT),
        give_back: give_back.and_then(|n| n.boolean()).unwrap_or(false),
    })
}

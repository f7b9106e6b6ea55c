//! `gateway.yaml`, in both dialects: what the operator says.
//!
//! Dialect A has `rivano`, `server`, `providers` (a list), `telemetry`; dialect B has everything below
//! `gateway`. Keys are read in snake_case and camelCase. All errors are reported at once, each with its
//! path and line; nothing is started then.

mod dialect;
mod expand;
mod operations;
mod outside;
mod provider;
mod reader;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use privet_core::provider::Kind;

pub use outside::{GlobalLimits, Otlp};
pub use reader::ConfigError;
pub(crate) use reader::unknown;

use crate::http_local::Address;

/// The port where the file names none.
pub const DEFAULT_PORT: u16 = 8080;
/// How often a control plane is asked where the file says nothing.
pub const DEFAULT_SYNC_INTERVAL: Duration = Duration::from_secs(30);
/// How long an attempt at a provider may take where the file says nothing: long answers stream for minutes.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);
/// Where state is kept, relative to the file, where it says nothing.
pub const DEFAULT_STATE_DIR: &str = ".state";

/// A configuration without errors.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where Envoy listens for clients. Port 0 takes a free one.
    pub listen: Listen,
    /// At least one.
    pub providers: Vec<Provider>,
    /// Where the policy comes from.
    pub policy: PolicySource,
    /// Where the sidecar keeps what must survive it, and its sockets.
    pub state_dir: PathBuf,
    /// Worker threads of Envoy; none lets Envoy take one per core.
    pub workers: Option<u32>,
    /// Where Envoy's content-free access log goes.
    pub audit: Audit,
    /// Whether and how traces are sent.
    pub telemetry: Telemetry,
    /// Where OpenTelemetry goes, if anywhere.
    pub otlp: Option<Otlp>,
    /// The service that counts for all Envoys, if there is one.
    pub limits: Option<GlobalLimits>,
    /// Where the status is shown; none takes [`crate::admin::DEFAULT_ADDRESS`], or a free port.
    pub admin: Option<SocketAddr>,
    /// The Envoys that `run` pushes to.
    pub push: Push,
}

/// Traces to the control plane. They have no content, whatever is said here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telemetry {
    /// Whether they are sent.
    pub enabled: bool,
    /// Traces in a batch at most.
    pub batch_size: usize,
    /// How long a trace waits for its batch to become full.
    pub flush_interval: Duration,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { enabled: true, batch_size: 100, flush_interval: Duration::from_secs(5) }
    }
}

/// The Envoys that were started by somebody else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Push {
    /// Their push listeners; none means the one that `render` writes.
    pub envoys: Vec<Address>,
    /// The file of the token that they know us by, mode 0600; none takes the one in the state directory.
    pub token_file: Option<PathBuf>,
}

/// TLS towards the control plane, beyond this machine's roots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlaneTls {
    /// Certificates of private authorities, PEM.
    pub ca_file: Option<PathBuf>,
    /// Our own certificate and its key, PEM.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// Address of the listener for clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// An IP address.
    pub host: String,
    /// A port; 0 takes a free one.
    pub port: u16,
}

/// Target of the access log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audit {
    /// No access log.
    Off,
    /// Standard output.
    Stdout,
    /// `access.log` in the state directory.
    File,
}

/// Where the policy comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum PolicySource {
    /// A file on this machine, watched.
    File(PathBuf),
    /// A control plane, polled.
    ControlPlane(ControlPlane),
    /// The configuration itself: no key required, and masking with every detector unless it is switched off.
    BuiltIn {
        /// Whether anything is masked.
        masking: bool,
        /// Whether requests are scored as attacks.
        injection: bool,
    },
}

/// A control plane.
#[derive(Clone, PartialEq, Eq)]
pub struct ControlPlane {
    /// Without a slash at the end.
    pub base_url: String,
    /// Sent as a bearer token.
    pub api_key: String,
    /// How often to ask.
    pub interval: Duration,
    /// Whether to send `If-None-Match`.
    pub etag: bool,
    /// Certificates.
    pub tls: PlaneTls,
}

impl std::fmt::Debug for PolicySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::ControlPlane(c) => write!(f, "ControlPlane({})", c.base_url),
            Self::BuiltIn { masking, injection } => {
                write!(f, "BuiltIn(masking {masking}, injection {injection})")
            }
        }
    }
}

/// How a provider's credential is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// `Authorization: Bearer …`
    Bearer,
    /// `x-api-key: …`
    XApiKey,
    /// `x-goog-api-key: …`
    XGoogApiKey,
    /// `api-key: …`
    ApiKey,
    /// A signature of each request (AWS Signature Version 4).
    SigV4,
    /// None.
    None,
}

impl Auth {
    /// The header, and what stands in it before the key.
    #[must_use]
    pub fn header(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Bearer => Some(("authorization", "Bearer ")),
            Self::XApiKey => Some(("x-api-key", "")),
            Self::XGoogApiKey => Some(("x-goog-api-key", "")),
            Self::ApiKey => Some(("api-key", "")),
            Self::SigV4 | Self::None => None,
        }
    }
}

/// A provider.
#[derive(Clone)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// Its wire format.
    pub kind: Kind,
    /// Where it is.
    pub base: BaseUrl,
    /// Its key, if it needs one.
    pub api_key: Option<String>,
    /// How the key is sent.
    pub auth: Auth,
    /// Whether it takes the requests that name no provider.
    pub primary: bool,
    /// Whether it takes over where the primary fails.
    pub fallback: bool,
    /// Longest wait for the beginning of an answer.
    pub timeout: Duration,
    /// Names and shapes of the models that it serves; empty where it serves whatever is asked for.
    pub models: Vec<String>,
    /// What models are called there: a name, a shape or `*`, and the name in its place.
    pub model_map: Vec<(String, String)>,
    /// Azure: the deployment that takes whatever `model_map` does not name.
    pub deployment: Option<String>,
    /// Azure: the version of the API below `/openai/deployments/`.
    pub api_version: Option<String>,
    /// Bedrock: the region.
    pub region: Option<String>,
    /// Bedrock: what requests are signed with.
    pub aws: Option<AwsCredentials>,
    /// Most tokens of an answer, where the provider's format requires a number and the client's says none.
    pub max_tokens: Option<u32>,
}

/// What requests to Amazon are signed with.
#[derive(Clone, PartialEq, Eq)]
pub enum AwsCredentials {
    /// Keys.
    Keys {
        /// Its public half.
        access_key_id: String,
        /// Its secret half.
        secret_access_key: String,
        /// Of temporary credentials.
        session_token: Option<String>,
    },
    /// A profile of a credentials file, which Envoy reads and watches.
    File {
        /// The file.
        path: PathBuf,
        /// The profile's name.
        profile: String,
    },
}

impl std::fmt::Debug for AwsCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Keys { .. } => f.write_str("Keys"),
            Self::File { path, profile } => write!(f, "File({} {profile})", path.display()),
        }
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Provider({} at {:?})", self.name, self.base)
    }
}

/// A base URL in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    /// Whether the scheme is `https`.
    pub tls: bool,
    /// Name or address.
    pub host: String,
    /// The port, or the scheme's own.
    pub port: u16,
    /// The path without a slash at its end; may be empty.
    pub path: String,
}

impl BaseUrl {
    /// Takes a URL apart.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(url: &str) -> Result<Self, String> {
        let (scheme, rest) = url.split_once("://").ok_or("has no scheme (https:// or http://)")?;
        let tls = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err("has a scheme other than https or http".to_owned()),
        };
        if rest.contains(['?', '#', '@']) {
            return Err("must have no query, fragment or user".to_owned());
        }
        if !rest.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("holds white space, control characters or letters outside ASCII".to_owned());
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |i| rest.split_at(i));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                // `+443` would parse, too.
                let digits = Some(port).filter(|p| p.bytes().all(|b| b.is_ascii_digit()));
                let port = digits.and_then(|p| p.parse().ok());
                (host, port.ok_or("has a port that is no number from 1 to 65535")?)
            }
            _ => (authority, if tls { 443 } else { 80 }),
        };
        let path = path.trim_end_matches('/');
        if path.split('/').skip(1).any(|segment| matches!(segment, "" | "." | "..")) || path.contains('%') {
            return Err("has a path with `//`, `.`, `..` or `%`".to_owned());
        }
        if host.is_empty() || port == 0 {
            return Err("has no host, or port 0".to_owned());
        }
        if !is_host(host) {
            return Err("has a host that is neither a name nor an address ([…] around IPv6)".to_owned());
        }
        Ok(Self { tls, host: host.to_owned(), port, path: path.to_owned() })
    }

    /// The host header: with the port where it is not the scheme's own.
    #[must_use]
    pub fn authority(&self) -> String {
        let own = if self.tls { 443 } else { 80 };
        if self.port == own { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    /// Whether the address is this machine's own.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let bare = self.host.trim_matches(['[', ']']);
        bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

/// A name, an IPv4 address, or an IPv6 address in brackets.
fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')),
    }
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// Every error of the file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| ConfigError::unreadable(format!("{}: {e}", path.display())))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        Self::parse(&text, folder, &|name| std::env::var(name).ok())
    }

    /// Reads a text; relative paths start at `folder`, variables come from `env`.
    ///
    /// # Errors
    /// Every error of the text.
    pub fn parse(
        text: &str,
        folder: &Path,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        dialect::read(text, folder, env)
    }
}

//! The control plane's two endpoints: the policy, and the traces.
//!
//! TLS by rustls with this machine's roots, and where the configuration says so a private authority and a
//! certificate of our own. `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are obeyed. Redirects are
//! not followed: they would take the key elsewhere, and mostly lead to a page to sign in at. No answer's
//! text is ever repeated.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use privet_core::policy::MAX_POLICY_BYTES;
use reqwest::header::{CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, RETRY_AFTER};
use reqwest::{Certificate, Client, Identity, Response, StatusCode};

use crate::backoff::retry_after;
use crate::config::{ControlPlane, PlaneTls};

/// Longest that one exchange may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Largest answer to a batch of traces that is read.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Why no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A certificate or key cannot be read.
    #[error("{path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{path}: no certificate or key in PEM")]
    Pem {
        /// Which one.
        path: PathBuf,
    },
    /// TLS cannot be set up.
    #[error("no TLS client can be made: {0}")]
    Tls(String),
}

/// What a failure means for what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It cannot be reached, or has trouble of its own: later it may go well.
    Away,
    /// The key is not accepted: later it may be.
    Unauthorized,
    /// What was sent is refused for good, with this status.
    Refused(u16),
    /// It answered with something that cannot be used.
    Unusable,
}

/// Why the control plane did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    /// What it means.
    pub kind: Kind,
    /// For people; without content.
    pub reason: String,
    /// How long it asks to be left alone.
    pub retry_after: Option<Duration>,
}

impl Failure {
    fn new(kind: Kind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into(), retry_after: None }
    }
}

/// A policy as it was fetched.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The document, not looked at yet.
    pub json: Vec<u8>,
    /// Its ETag, if it has one.
    pub etag: Option<HeaderValue>,
}

/// A client of one control plane.
#[derive(Clone)]
pub struct PlaneClient {
    http: Client,
    base_url: String,
    api_key: String,
}

impl std::fmt::Debug for PlaneClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PlaneClient({})", self.base_url)
    }
}

impl PlaneClient {
    /// Reads the certificates and makes a client.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn new(plane: &ControlPlane) -> Result<Self, ClientError> {
        let http = http_client(&plane.tls, TIMEOUT)?;
        Ok(Self { http, base_url: plane.base_url.clone(), api_key: plane.api_key.clone() })
    }

    /// Fetches the policy; none where it is still the one of `etag`.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn policy(&self, etag: Option<&HeaderValue>) -> Result<Option<Fetched>, Failure> {
        let mut request =
            self.http.get(format!("{}/api/gateway/config", self.base_url)).bearer_auth(&self.api_key);
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let answer = request.send().await.map_err(|e| away(&e))?;
        match answer.status() {
            StatusCode::NOT_MODIFIED if etag.is_some() => return Ok(None),
            StatusCode::OK => {}
            status => return Err(refusal(status, answer.headers())),
        }
        let etag = answer.headers().get(ETAG).cloned();
        let html = is_html(answer.headers());
        let json = body(answer, MAX_POLICY_BYTES).await?;
        if html || json.trim_ascii_start().starts_with(b"<") {
            return Err(Failure::new(Kind::Unusable, "answered with HTML in place of a policy"));
        }
        Ok(Some(Fetched { json, etag }))
    }

    /// Sends a batch of traces, as JSON.
    ///
    /// # Errors
    /// See [`Failure`]; [`Kind::Refused`] says that the batch itself is at fault.
    pub async fn traces(&self, batch_id: &str, json: String) -> Result<(), Failure> {
        let request = self
            .http
            .post(format!("{}/api/gateway/traces", self.base_url))
            .bearer_auth(&self.api_key)
            .header("idempotency-key", batch_id)
            .header(CONTENT_TYPE, "application/json")
            .body(json);
        let answer = request.send().await.map_err(|e| away(&e))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(refusal(status, answer.headers()));
        }
        let body = body(answer, MAX_ANSWER_BYTES).await?;
        // A page in the way that answers 200 has not taken them.
        let taken =
            body.trim_ascii().is_empty() || serde_json::from_slice::<serde_json::Value>(&body).is_ok();
        let unusable = || Failure::new(Kind::Unusable, "answered traces with something that is no JSON");
        taken.then_some(()).ok_or_else(unusable)
    }
}

/// A client with these certificates, that obeys the proxy variables and follows no redirect.
///
/// # Errors
/// See [`ClientError`].
pub(crate) fn http_client(tls: &PlaneTls, timeout: Duration) -> Result<Client, ClientError> {
    let mut builder = Client::builder()
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(1)
        .user_agent(concat!("privet-sidecar/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = &tls.ca_file {
        let certificates = Certificate::from_pem_bundle(&read(path)?).ok().filter(|c| !c.is_empty());
        let certificates = certificates.ok_or_else(|| ClientError::Pem { path: path.clone() })?;
        builder = builder.tls_certs_merge(certificates);
    }
    if let Some((certificate, key)) = &tls.client {
        let mut pem = read(certificate)?;
        pem.push(b'\n');
        pem.extend(read(key)?);
        let identity = Identity::from_pem(&pem);
        builder = builder.identity(identity.map_err(|_| ClientError::Pem { path: certificate.clone() })?);
    }
    builder.build().map_err(|e| ClientError::Tls(with_causes(&e)))
}

fn read(path: &Path) -> Result<Vec<u8>, ClientError> {
    std::fs::read(path).map_err(|source| ClientError::File { path: path.to_owned(), source })
}

/// What a status says. The statuses that speak of the place or of the moment say nothing against what was
/// sent: 404 and 405 come from a wrong address, 407 from a proxy.
fn refusal(status: StatusCode, headers: &HeaderMap) -> Failure {
    let text = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
    let kind = match status.as_u16() {
        401 | 403 => Kind::Unauthorized,
        404 | 405 | 407 | 408 | 425 | 429 => Kind::Away,
        status @ 400..500 => Kind::Refused(status),
        _ => Kind::Away,
    };
    let reason = match kind {
        Kind::Unauthorized => format!("does not accept the key (status {})", status.as_u16()),
        _ => format!("answered with status {}", status.as_u16()),
    };
    let asked = text(RETRY_AFTER).and_then(|v| retry_after(v, text(DATE), SystemTime::now()));
    Failure { kind, reason, retry_after: asked }
}

fn is_html(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"text/html"))
}

/// Reads at most `limit` bytes, unpacked; what is longer is refused while it is read.
async fn body(mut answer: Response, limit: usize) -> Result<Vec<u8>, Failure> {
    let too_large = || Failure::new(Kind::Unusable, format!("the answer is larger than {limit} bytes"));
    if answer.content_length().is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| away(&e))? {
        if bytes.len() + chunk.len() > limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn away(error: &reqwest::Error) -> Failure {
    Failure::new(Kind::Away, with_causes(error))
}

/// An error with its causes, without the address: a proxy's could hold a password.
pub(crate) fn with_causes(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() {
        "no answer in time".to_owned()
    } else if error.is_connect() {
        "cannot connect".to_owned()
    } else {
        "the exchange failed".to_owned()
    };
    let mut cause = std::error::Error::source(error);
    let mut last = None;
    while let Some(error) = cause {
        last = Some(error.to_string());
        cause = error.source();
    }
    if let Some(last) = last {
        text.push_str(": ");
        text.push_str(&last);
    }
    text
}

//! Where the policy comes from: a watched file, a polled control plane, or the configuration itself.
//!
//! Only a document that the core accepts is handed on; anything else is reported, and the last good
//! policy stays. From a control plane the last good one is kept on disk, for a start without it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use privet_core::policy::{MAX_POLICY_BYTES, Policy};
use reqwest::StatusCode;
use reqwest::header::{ETAG, HeaderValue, IF_NONE_MATCH};
use tokio::sync::watch;
use tracing::{error, info, warn};

use crate::config::{ControlPlane, PolicySource};
use crate::state::{StateDir, hex, sha256, write_private};

/// How often a file is looked at. Reading a small file is cheaper than being told wrong: this sees
/// renames, and the symlink swaps of a Kubernetes ConfigMap, on every file system.
const FILE_INTERVAL: Duration = Duration::from_millis(250);
/// Longest wait between two attempts at a control plane that fails.
const MAX_BACKOFF: Duration = Duration::from_secs(300);

/// A policy that the core accepts.
#[derive(Debug, Clone)]
pub struct PolicyDocument {
    /// The document as it came.
    pub json: Vec<u8>,
    /// Its own name for itself.
    pub revision: String,
    /// SHA-256 of the document, hexadecimal.
    pub sha256: String,
    /// Whether it came from a control plane that answers, and is what that says.
    pub cloud_sync: bool,
}

impl PolicyDocument {
    /// Checks a document.
    ///
    /// # Errors
    /// Every error of the document.
    pub fn check(json: Vec<u8>) -> Result<Self, String> {
        let policy = Policy::parse(&json).map_err(|e| e.to_string())?;
        Ok(Self { revision: policy.revision, sha256: hex(&sha256(&json)), json, cloud_sync: false })
    }
}

/// The newest good policy; none before there is one.
pub type Current = watch::Receiver<Option<Arc<PolicyDocument>>>;

/// Follows a source until nobody listens any more.
#[must_use]
pub fn follow(source: PolicySource, state: StateDir) -> Current {
    let (sender, receiver) = watch::channel(None);
    tokio::spawn(async move {
        match source {
            PolicySource::BuiltIn { masking } => {
                warn!(
                    masking,
                    "no policy source: the built-in policy is in force, and no key is required of callers"
                );
                publish(&sender, Ok(built_in(masking)), false);
                sender.closed().await;
            }
            PolicySource::File(path) => follow_file(&path, &sender).await,
            PolicySource::ControlPlane(plane) => follow_control_plane(&plane, &state, &sender).await,
        }
    });
    receiver
}

/// The policy document where none is named: everything is masked, or with `masking` off nothing; nobody
/// needs a key.
#[must_use]
pub fn built_in(masking: bool) -> Vec<u8> {
    let auth = serde_json::json!({ "required": false });
    let masking = serde_json::json!({ "enabled": masking });
    serde_json::json!({ "schema": 1, "revision": "built-in", "auth": auth, "masking": masking })
        .to_string()
        .into_bytes()
}

type Sender = watch::Sender<Option<Arc<PolicyDocument>>>;

/// Hands a document on, if it is good and new. Returns whether it is good.
fn publish(sender: &Sender, json: Result<Vec<u8>, String>, cloud_sync: bool) -> bool {
    match json.and_then(PolicyDocument::check) {
        Ok(document) => {
            let known = sender.borrow().as_ref().is_some_and(|d| d.sha256 == document.sha256);
            if known {
                mark(sender, cloud_sync);
            } else {
                info!(revision = document.revision, "policy accepted");
                sender.send_replace(Some(Arc::new(PolicyDocument { cloud_sync, ..document })));
            }
            true
        }
        Err(reason) => {
            error!("policy refused, the last good one stays: {}", reason.replace('\n', "; "));
            false
        }
    }
}

/// Notes whether the document at hand is what the control plane says.
fn mark(sender: &Sender, cloud_sync: bool) {
    sender.send_if_modified(|current| match current {
        Some(document) if document.cloud_sync != cloud_sync => {
            Arc::make_mut(document).cloud_sync = cloud_sync;
            true
        }
        _ => false,
    });
}

async fn follow_file(path: &Path, sender: &Sender) {
    let mut last: Option<Result<Vec<u8>, String>> = None;
    loop {
        let read = tokio::fs::read(path).await.map_err(|e| format!("{}: {e}", path.display()));
        if last.as_ref() != Some(&read) {
            publish(sender, read.clone(), false);
            last = Some(read);
        }
        tokio::select! {
            () = tokio::time::sleep(FILE_INTERVAL) => {}
            () = sender.closed() => return,
        }
    }
}

async fn follow_control_plane(plane: &ControlPlane, state: &StateDir, sender: &Sender) {
    if let Ok(json) = tokio::fs::read(state.last_policy()).await {
        info!("starting with the last good policy from disk");
        publish(sender, Ok(json), false);
    }
    let Ok(client) = reqwest::Client::builder().timeout(Duration::from_secs(20)).build() else {
        error!("no TLS client could be made; the control plane is never asked");
        return;
    };
    let mut etag = None;
    let mut failures = 0u32;
    loop {
        let wait = match poll(&client, plane, etag.as_ref()).await {
            Ok(None) => {
                failures = 0;
                mark(sender, true);
                plane.interval
            }
            Ok(Some((json, new_etag))) => {
                failures = 0;
                if publish(sender, Ok(json.clone()), true) {
                    etag = new_etag;
                    if let Err(e) = write_private(&state.last_policy(), &json) {
                        warn!("the policy could not be kept on disk: {e}");
                    }
                } else {
                    mark(sender, false);
                }
                plane.interval
            }
            Err(reason) => {
                mark(sender, false);
                let wait = backoff(plane.interval, failures);
                failures = failures.saturating_add(1);
                warn!(wait_s = wait.as_secs(), "control plane: {reason}");
                wait
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = sender.closed() => return,
        }
    }
}

/// Twice as long with each failure that came `before`, from a second up to [`MAX_BACKOFF`] or four times
/// the interval.
fn backoff(interval: Duration, before: u32) -> Duration {
    let doubled = Duration::from_secs(1).saturating_mul(1 << before.min(10));
    doubled.min(MAX_BACKOFF).min(interval.max(Duration::from_secs(1)).saturating_mul(4))
}

type Polled = Option<(Vec<u8>, Option<HeaderValue>)>;

async fn poll(
    client: &reqwest::Client,
    plane: &ControlPlane,
    etag: Option<&HeaderValue>,
) -> Result<Polled, String> {
    let mut request =
        client.get(format!("{}/api/gateway/config", plane.base_url)).bearer_auth(&plane.api_key);
    if let (true, Some(etag)) = (plane.etag, etag) {
        request = request.header(IF_NONE_MATCH, etag);
    }
    let mut answer = request.send().await.map_err(|e| e.without_url().to_string())?;
    match answer.status() {
        StatusCode::NOT_MODIFIED => return Ok(None),
        StatusCode::OK => {}
        status => return Err(format!("answered with status {}", status.as_u16())),
    }
    let etag = answer.headers().get(ETAG).cloned();
    let mut json = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| e.without_url().to_string())? {
        json.extend_from_slice(&chunk);
        if json.len() > MAX_POLICY_BYTES {
            return Err("the policy is too large".to_owned());
        }
    }
    Ok(Some((json, etag)))
}

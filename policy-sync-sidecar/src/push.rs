//! Brings the policy into Envoy, and notices when an Envoy has lost it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use hyper::body::Bytes;
use tokio::sync::watch;
use tracing::{error, info, warn};

use crate::http_unix::{Error, request};
use crate::policy_source::{Current, PolicyDocument};

/// How often Envoy is asked what it has: an Envoy that restarted gets its policy within a second.
const INTERVAL: Duration = Duration::from_millis(300);
const PATH: &str = "/privet/v1/policy";
const TOKEN_HEADER: &str = "x-privet-push-token";

/// An Envoy's push listener.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its socket.
    pub socket: PathBuf,
    /// What it knows us by.
    pub token: String,
}

/// Keeps an Envoy's policy the newest good one. The returned channel holds the revision that is in force
/// there; none while Envoy is away or has none.
#[must_use]
pub fn keep_pushed(target: Target, mut policy: Current) -> watch::Receiver<Option<String>> {
    let (sender, receiver) = watch::channel(None);
    tokio::spawn(async move {
        let mut pusher = Pusher { target, taken: None, refused: None, trouble: String::new() };
        loop {
            let wanted = policy.borrow_and_update().clone();
            let in_force = match wanted {
                Some(document) => pusher.round(document).await,
                None => None,
            };
            if *sender.borrow() != in_force {
                match &in_force {
                    Some(revision) => info!(revision, "policy in force in Envoy"),
                    None => warn!("Envoy has no policy"),
                }
                sender.send_replace(in_force);
            }
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                changed = policy.changed() => if changed.is_err() { return },
                () = sender.closed() => return,
            }
        }
    });
    receiver
}

/// Why Envoy does not have a document.
enum Push {
    /// It cannot be reached.
    Away,
    /// It answers, and takes no document now.
    Unready(String),
    /// It looked at the document and does not want it.
    Refused(String),
}

impl From<Error> for Push {
    fn from(_: Error) -> Self {
        // At every start Envoy's socket takes a moment to be there: nothing to say of it.
        Self::Away
    }
}

struct Pusher {
    target: Target,
    /// The last document that Envoy took.
    taken: Option<Arc<PolicyDocument>>,
    /// SHA-256 of the document that Envoy refused: once is enough.
    refused: Option<String>,
    /// Why Envoy took nothing the last time, so that it is said once.
    trouble: String,
}

impl Pusher {
    /// Sees to it that Envoy has `wanted`, or, where it refused that, what it took before: an Envoy that
    /// started anew has lost both. Returns the revision that is in force.
    async fn round(&mut self, wanted: Arc<PolicyDocument>) -> Option<String> {
        if self.refused.as_ref() != Some(&wanted.sha256) {
            match self.bring(&wanted).await {
                Ok(()) => {
                    self.trouble.clear();
                    self.refused = None;
                    return Some(self.taken.insert(wanted).revision.clone());
                }
                Err(Push::Away) => return None,
                Err(Push::Unready(reason)) => return self.is_unready(reason),
                Err(Push::Refused(reason)) => {
                    error!("Envoy refused the policy: {reason}");
                    self.refused = Some(wanted.sha256.clone());
                }
            }
        }
        let last = self.taken.clone()?;
        match self.bring(&last).await {
            Ok(()) => Some(last.revision.clone()),
            Err(Push::Away) => None,
            Err(Push::Unready(reason) | Push::Refused(reason)) => self.is_unready(reason),
        }
    }

    fn is_unready(&mut self, reason: String) -> Option<String> {
        if self.trouble != reason {
            warn!("no policy can be brought into Envoy: {reason}");
            self.trouble = reason;
        }
        None
    }

    /// Sees to it that Envoy has `document`, and knows whether the control plane answers.
    async fn bring(&self, document: &PolicyDocument) -> Result<(), Push> {
        let token = (TOKEN_HEADER, self.target.token.as_str());
        let socket = &self.target.socket;
        let told =
            |d: &Arc<PolicyDocument>| d.sha256 == document.sha256 && d.cloud_sync == document.cloud_sync;
        if self.taken.as_ref().is_some_and(told) {
            let (status, body) = request(socket, "GET", PATH, &[token], Bytes::new()).await?;
            let there: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
            let sha256 = there.get("sha256").and_then(serde_json::Value::as_str);
            if status == StatusCode::OK && sha256 == Some(&document.sha256) {
                return Ok(());
            }
        }
        let cloud_sync = if document.cloud_sync { "1" } else { "0" };
        let headers = [token, ("x-privet-cloud-sync", cloud_sync), ("content-type", "application/json")];
        let json = Bytes::from(document.json.clone());
        let (status, body) = request(socket, "PUT", PATH, &headers, json).await?;
        let answer = || format!("{status}: {}", String::from_utf8_lossy(&body));
        match status {
            StatusCode::NO_CONTENT => Ok(()),
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE => Err(Push::Refused(answer())),
            _ => Err(Push::Unready(answer())),
        }
    }
}

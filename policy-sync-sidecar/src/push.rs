//! Brings the policy into Envoy, and notices when an Envoy has lost it.

use std::path::PathBuf;
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
        let mut refused: Option<String> = None;
        loop {
            let wanted = policy.borrow_and_update().clone();
            let in_force = match &wanted {
                Some(document) if refused.as_ref() == Some(&document.sha256) => sender.borrow().clone(),
                Some(document) => match bring(&target, document).await {
                    Ok(()) => Some(document.revision.clone()),
                    Err(Push::Refused(reason)) => {
                        error!("Envoy refused the policy: {reason}");
                        refused = Some(document.sha256.clone());
                        sender.borrow().clone()
                    }
                    Err(Push::Away(_)) => None,
                },
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

enum Push {
    Away(#[allow(dead_code, reason = "kept for a debugger")] Error),
    Refused(String),
}

/// Sees to it that Envoy has `document`.
async fn bring(target: &Target, document: &PolicyDocument) -> Result<(), Push> {
    let token = (TOKEN_HEADER, target.token.as_str());
    let (status, body) =
        request(&target.socket, "GET", PATH, &[token], Bytes::new()).await.map_err(Push::Away)?;
    if status == StatusCode::OK {
        let there: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        if there.get("sha256").and_then(serde_json::Value::as_str) == Some(&document.sha256) {
            return Ok(());
        }
    }
    let cloud_sync = if document.cloud_sync { "1" } else { "0" };
    let headers = [token, ("x-privet-cloud-sync", cloud_sync), ("content-type", "application/json")];
    let json = Bytes::from(document.json.clone());
    let (status, body) = request(&target.socket, "PUT", PATH, &headers, json).await.map_err(Push::Away)?;
    match status {
        StatusCode::NO_CONTENT => Ok(()),
        StatusCode::SERVICE_UNAVAILABLE => Err(Push::Away(Error::Timeout)),
        status => Err(Push::Refused(format!("{status}: {}", String::from_utf8_lossy(&body)))),
    }
}

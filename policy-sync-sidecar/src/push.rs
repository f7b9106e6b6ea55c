//! Brings the policy into each Envoy, and notices when one has lost it.
//!
//! Envoy takes a policy on a worker that serves callers as well. So what takes long is done here: a document with many
//! keys goes without them, and their table, read and sorted, before it in parts of [`PART_BYTES`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::StatusCode;
use hyper::body::Bytes;
use tokio::sync::watch;
use tracing::{error, info, warn};

use crate::http_local::{Address, Connection, Error, request_at};
use crate::policy_source::{Current, PolicyDocument};
use crate::state::{hex, sha256};
use crate::status::{Board, EnvoyState, Part};

/// How often Envoy is asked what it has: an Envoy that restarted gets its policy within a second.
const INTERVAL: Duration = Duration::from_millis(300);
const PATH: &str = "/privet/v1/policy";
const KEYS_PATH: &str = "/privet/v1/keys";
/// So many bytes of a key table are sent at a time: what a worker does with them takes no longer than a request of a
/// few kilobytes (`bench keys`).
const PART_BYTES: usize = 32 * 1024;
const TOKEN_HEADER: &str = "x-privet-push-token";

/// An Envoy's push listener.
#[derive(Clone)]
pub struct Target {
    /// Where it is.
    pub address: Address,
    /// What it knows us by.
    pub token: String,
}

/// Keeps an Envoy's policy the newest good one. The returned channel holds the revision that is in force
/// there; none while Envoy is away or has none.
#[must_use]
pub fn keep_pushed(target: Target, mut policy: Current, board: Board) -> watch::Receiver<Option<String>> {
    let (sender, receiver) = watch::channel(None);
    let name = target.address.to_string();
    board.envoy(&name, |_| ());
    tokio::spawn(async move {
        let mut pusher = Pusher {
            target,
            name,
            board,
            taken: None,
            there: String::new(),
            refused: None,
            trouble: String::new(),
        };
        loop {
            let wanted = policy.borrow_and_update().clone();
            let in_force = match wanted {
                Some(document) => pusher.round(document).await,
                None => None,
            };
            if *sender.borrow() != in_force {
                let envoy = &pusher.name;
                match &in_force {
                    Some(revision) => info!(envoy, revision, "policy in force in Envoy"),
                    None => warn!(envoy, "Envoy has no policy"),
                }
                pusher.board.envoy(envoy, |e| e.revision.clone_from(&in_force));
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
    /// The address, for people.
    name: String,
    board: Board,
    /// The last document that Envoy took.
    taken: Option<Arc<PolicyDocument>>,
    /// SHA-256 of what Envoy was given of it.
    there: String,
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
                    self.is(EnvoyState::InForce, None);
                    return Some(self.taken.insert(wanted).revision.clone());
                }
                Err(Push::Away) => return self.is_away(),
                Err(Push::Unready(reason)) => return self.is_unready(reason),
                Err(Push::Refused(reason)) => {
                    error!(envoy = self.name, "Envoy refused the policy: {reason}");
                    self.board.error(Part::Push, format!("{} refused the policy: {reason}", self.name));
                    self.is(EnvoyState::Refused, Some(reason));
                    self.refused = Some(wanted.sha256.clone());
                }
            }
        }
        let last = self.taken.clone()?;
        match self.bring(&last).await {
            Ok(()) => {
                self.board.envoy(&self.name, |e| e.state = EnvoyState::Refused);
                Some(last.revision.clone())
            }
            Err(Push::Away) => self.is_away(),
            Err(Push::Unready(reason) | Push::Refused(reason)) => self.is_unready(reason),
        }
    }

    fn is(&self, state: EnvoyState, error: Option<String>) {
        self.board.envoy(&self.name, |envoy| (envoy.state, envoy.error) = (state, error));
    }

    fn is_away(&self) -> Option<String> {
        self.is(EnvoyState::Away, None);
        None
    }

    fn is_unready(&mut self, reason: String) -> Option<String> {
        self.is(EnvoyState::Unready, Some(reason.clone()));
        if self.trouble != reason {
            warn!(envoy = self.name, "no policy can be brought into Envoy: {reason}");
            self.board.error(Part::Push, format!("{}: {reason}", self.name));
            self.trouble = reason;
        }
        None
    }

    /// Sees to it that Envoy has `document`, and knows whether the control plane answers.
    async fn bring(&mut self, document: &PolicyDocument) -> Result<(), Push> {
        let token = (TOKEN_HEADER, self.target.token.as_str());
        let address = &self.target.address;
        let told =
            |d: &Arc<PolicyDocument>| d.sha256 == document.sha256 && d.cloud_sync == document.cloud_sync;
        if self.taken.as_ref().is_some_and(told) {
            let (status, body) = request_at(address, "GET", PATH, &[token], Bytes::new()).await?;
            let there: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
            let sha256 = there.get("sha256").and_then(serde_json::Value::as_str);
            if status == StatusCode::OK && sha256 == Some(&self.there) {
                return Ok(());
            }
            if status == StatusCode::NOT_FOUND {
                self.board.envoy(&self.name, |e| e.losses += 1);
            }
        }
        let cloud_sync = match (document.cloud_sync, document.from_plane) {
            (true, _) => "1",
            (false, true) => "away",
            (false, false) => "0",
        };
        let headers = [token, ("x-privet-cloud-sync", cloud_sync), ("content-type", "application/json")];
        let begin = Instant::now();
        let mut connection = Connection::open(address).await?;
        for part in document.pushed.iter().flat_map(|pushed| parts(&pushed.shards)) {
            let (status, body) = connection.send("PUT", KEYS_PATH, &[token], part.into()).await?;
            if status != StatusCode::NO_CONTENT {
                return Err(Push::Unready(format!("{status}: {}", String::from_utf8_lossy(&body))));
            }
        }
        let json = Bytes::from(document.in_envoy().to_vec());
        let (status, body) = connection.send("PUT", PATH, &headers, json).await?;
        let answer = || format!("{status}: {}", String::from_utf8_lossy(&body));
        match status {
            StatusCode::NO_CONTENT => {
                let milliseconds = begin.elapsed().as_micros() as f64 / 1000.0;
                self.board.envoy(&self.name, |e| (e.push_ms, e.pushes) = (Some(milliseconds), e.pushes + 1));
                self.there = hex(&sha256(document.in_envoy()));
                Ok(())
            }
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE => Err(Push::Refused(answer())),
            _ => Err(Push::Unready(answer())),
        }
    }
}

/// The shards of a key table, each behind its number and its length, in parts of about [`PART_BYTES`].
fn parts(shards: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut parts = vec![Vec::new()];
    for (number, shard) in (0u32..).zip(shards) {
        if parts.last().is_some_and(|part| part.len() >= PART_BYTES) {
            parts.push(Vec::with_capacity(PART_BYTES + 8 + shard.len()));
        }
        if let Some(part) = parts.last_mut() {
            part.extend_from_slice(&number.to_le_bytes());
            part.extend_from_slice(&u32::try_from(shard.len()).unwrap_or(u32::MAX).to_le_bytes());
            part.extend_from_slice(shard);
        }
    }
    parts
}

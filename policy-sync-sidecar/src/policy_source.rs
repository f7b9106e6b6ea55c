//! Where the policy comes from: a watched file, a polled control plane, or the configuration itself.
//!
//! Only a document that the core accepts is handed on; anything else is reported, and the last good
//! policy stays. From a control plane the last good one is kept on disk, for a start without it.

mod file;
pub mod last_good;
mod sync;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use privet_core::policy::{KEYS, Policy, Pushed};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::sync::watch;
use tracing::{error, info, warn};

use crate::backoff::Pace;
use crate::config::{self, PolicySource};
use crate::state::{StateDir, hex, sha256};
use crate::status::{Board, Source};

/// A policy that the core accepts.
#[derive(Debug, Clone)]
pub struct PolicyDocument {
    /// The document as it came.
    pub json: Vec<u8>,
    /// Its own name for itself.
    pub revision: String,
    /// SHA-256 of the document, hexadecimal.
    pub sha256: String,
    /// Whether callers need a key.
    pub auth_required: bool,
    /// The document as it goes to Envoy, where its keys are too many to be read there.
    pub pushed: Option<Arc<Pushed>>,
    /// What it holds that nobody reads here, a line each.
    pub ignored: Vec<String>,
    /// Whether it came from a control plane that answers, and is what that says.
    pub cloud_sync: bool,
    /// Whether its source is a control plane, in reach or not.
    pub from_plane: bool,
}

impl PolicyDocument {
    /// Checks a document.
    ///
    /// # Errors
    /// Every error of the document.
    pub fn check(json: Vec<u8>) -> Result<Self, String> {
        Self::checked(json).map_err(|(_, errors)| errors)
    }

    /// The same, which gives back what it refuses.
    fn checked(json: Vec<u8>) -> Result<Self, (Vec<u8>, String)> {
        let policy = match Policy::parse(&json) {
            Ok(policy) => policy,
            Err(errors) => return Err((json, errors.to_string())),
        };
        Ok(Self {
            sha256: hex(&sha256(&json)),
            auth_required: policy.auth_required,
            pushed: policy.pushed(&json).map(Arc::new),
            revision: policy.revision,
            ignored: ignored(&json),
            json,
            cloud_sync: false,
            from_plane: false,
        })
    }

    /// The document as it goes to Envoy.
    #[must_use]
    pub fn in_envoy(&self) -> &[u8] {
        self.pushed.as_ref().map_or(&self.json, |pushed| &pushed.document)
    }
}

/// What a document holds at its top that nobody reads here: what a newer control plane sends, or a name that is mistyped.
fn ignored(json: &[u8]) -> Vec<String> {
    let members: BTreeMap<String, IgnoredAny> = serde_json::from_slice(json).unwrap_or_default();
    let unknown = members.into_keys().filter(|name| !KEYS.contains(&name.as_str()));
    unknown.map(|name| format!("{name}: ignored; {}", config::unknown(&name, &KEYS))).collect()
}

/// The newest good policy; none before there is one.
pub type Current = watch::Receiver<Option<Arc<PolicyDocument>>>;

/// How often things are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Bounds of the wait after a failure.
    pub pace: Pace,
    /// How often a control plane is asked for the whole policy, whatever it says of its ETag: one that
    /// never changes must not keep a new policy out for ever.
    pub refetch: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self { pace: Pace::CONTROL_PLANE, refetch: Duration::from_secs(3600) }
    }
}

/// Follows a source until nobody listens any more.
#[must_use]
pub fn follow(source: PolicySource, state: StateDir, board: Board, timing: Timing) -> Current {
    let (sender, receiver) = watch::channel(None);
    let publisher = Publisher { sender, board };
    tokio::spawn(async move {
        match source {
            PolicySource::BuiltIn { masking, injection } => {
                publisher.board.policy_source(Source::BuiltIn);
                warn!(masking, injection, "no policy source: the built-in policy is in force");
                publisher.publish(built_in(masking, injection), Origin::Local).await;
                publisher.sender.closed().await;
            }
            PolicySource::File(path) => {
                publisher.board.policy_source(Source::File);
                file::follow(&path, &publisher).await;
            }
            PolicySource::ControlPlane(plane) => {
                publisher.board.policy_source(Source::ControlPlane);
                sync::follow(&plane, &state, &publisher, timing).await;
            }
        }
    });
    receiver
}

pub use file::read as read_document;

/// The policy document where none is named: everything is masked, or with `masking` off nothing; nobody
/// needs a key. Requests that read like an attack are refused, unless `injection` is off.
#[must_use]
pub fn built_in(masking: bool, injection: bool) -> Vec<u8> {
    let auth = serde_json::json!({ "required": false });
    let masking = serde_json::json!({ "enabled": masking });
    let mut document =
        serde_json::json!({ "schema": 1, "revision": "built-in", "auth": auth, "masking": masking });
    if let (false, Some(members)) = (injection, document.as_object_mut()) {
        members.insert("injection".to_owned(), serde_json::json!({ "action": "off" }));
    }
    document.to_string().into_bytes()
}

/// Where a document was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// On this machine, by intent.
    Local,
    /// The last good one of a control plane, on disk.
    Disk,
    /// A control plane that answered.
    Plane,
}

/// Hands documents on.
struct Publisher {
    sender: watch::Sender<Option<Arc<PolicyDocument>>>,
    board: Board,
}

impl Publisher {
    /// Hands a document on, if it is good and new. Returns whether it is good. Many keys take a tenth of a second to be
    /// read, in which traces, pushes and the status are not to wait; so that is done on a thread of its own.
    async fn publish(&self, json: Vec<u8>, origin: Origin) -> bool {
        let checked = tokio::task::spawn_blocking(|| {
            PolicyDocument::checked(json).map_err(|(json, errors)| (revision(&json), errors))
        });
        let document = match checked.await {
            Ok(Ok(document)) => document,
            Ok(Err((revision, errors))) => {
                self.refuse(revision, errors);
                return false;
            }
            Err(e) => {
                self.refuse(None, format!("it could not be read: {e}"));
                return false;
            }
        };
        self.board.policy_accepted(&document, origin == Origin::Disk);
        let cloud_sync = origin == Origin::Plane;
        if self.sender.borrow().as_ref().is_some_and(|d| d.sha256 == document.sha256) {
            self.mark(cloud_sync);
        } else {
            info!(revision = document.revision, "policy accepted");
            if !document.auth_required {
                warn!(revision = document.revision, "this policy requires no key of callers");
            }
            for notice in &document.ignored {
                warn!(revision = document.revision, "policy: {notice}");
            }
            let from_plane = origin != Origin::Local;
            let document = PolicyDocument { cloud_sync, from_plane, ..document };
            self.sender.send_replace(Some(Arc::new(document)));
        }
        true
    }

    fn refuse(&self, revision: Option<String>, errors: String) {
        error!("policy refused, the last good one stays: {}", errors.replace('\n', "; "));
        self.board.policy_refused(revision, errors);
    }

    /// Notes whether the document at hand is what the control plane says.
    fn mark(&self, cloud_sync: bool) {
        self.sender.send_if_modified(|current| match current {
            Some(document) if document.cloud_sync != cloud_sync => {
                Arc::make_mut(document).cloud_sync = cloud_sync;
                true
            }
            _ => false,
        });
    }
}

/// What a document calls itself, even if it is no policy otherwise; so that people can tell which it was.
fn revision(json: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        revision: String,
    }
    let revision = serde_json::from_slice::<Named>(json).ok()?.revision;
    let printable = (1..=128).contains(&revision.len()) && !revision.contains(char::is_control);
    printable.then_some(revision)
}

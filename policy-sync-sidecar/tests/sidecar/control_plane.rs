//! A policy from a control plane: a small one of our own, on a free port of the loopback.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::get;
use privet_sidecar::config::{ControlPlane, PolicySource};
use privet_sidecar::policy_source::{Current, PolicyDocument, follow};
use privet_sidecar::state::StateDir;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::support::{policy, until};

const KEY: &str = "made-up-plane-key";

/// One request as the control plane saw it.
#[derive(Debug, Clone)]
struct Seen {
    authorization: String,
    if_none_match: Option<String>,
    answered: u16,
}

#[derive(Clone)]
struct Answer {
    status: u16,
    etag: Option<String>,
    body: String,
}

impl Answer {
    fn policy(revision: &str) -> Self {
        Self { status: 200, etag: Some(format!("\"{revision}\"")), body: policy(revision) }
    }

    fn of(status: u16, body: &str) -> Self {
        Self { status, etag: Some("\"garbage\"".to_owned()), body: body.to_owned() }
    }
}

#[derive(Clone)]
struct Shared {
    answer: Arc<Mutex<Answer>>,
    seen: watch::Sender<Vec<Seen>>,
}

async fn answer(State(shared): State<Shared>, headers: HeaderMap) -> Response<axum::body::Body> {
    let get = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let Answer { status, etag, body } = shared.answer.lock().unwrap().clone();
    let if_none_match = get("if-none-match");
    let unchanged = status == 200 && etag.is_some() && etag == if_none_match;
    let (status, body) = if unchanged { (304, String::new()) } else { (status, body) };
    let authorization = get("authorization").unwrap_or_default();
    shared.seen.send_modify(|seen| seen.push(Seen { authorization, if_none_match, answered: status }));
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    if let Some(etag) = etag {
        response.headers_mut().insert("etag", etag.parse().unwrap());
    }
    response
}

/// A control plane, and a sidecar's follower of it.
struct Synced {
    shared: Shared,
    seen: watch::Receiver<Vec<Seen>>,
    folder: TempDir,
    current: Current,
}

fn follow_at(address: SocketAddr, etag: bool, folder: &Path) -> Current {
    // As the binary does at its start; a second call only says that there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let base_url = format!("http://{address}/base");
    let interval = Duration::from_millis(20);
    let plane = ControlPlane { base_url, api_key: KEY.to_owned(), interval, etag };
    follow(PolicySource::ControlPlane(plane), StateDir::open(folder).unwrap())
}

/// `on_disk` is the last good policy that a former sidecar has left.
async fn synced(answer_first: Answer, etag: bool, on_disk: Option<&str>) -> Synced {
    let folder = tempfile::tempdir().unwrap();
    if let Some(text) = on_disk {
        std::fs::write(folder.path().join("policy.json"), text).unwrap();
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, seen) = watch::channel(Vec::new());
    let shared = Shared { answer: Arc::new(Mutex::new(answer_first)), seen: sender };
    let app = Router::new().route("/base/api/gateway/config", get(answer)).with_state(shared.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let current = follow_at(address, etag, folder.path());
    Synced { shared, seen, folder, current }
}

impl Synced {
    fn answer_with(&self, answer: Answer) {
        *self.shared.answer.lock().unwrap() = answer;
    }

    /// Waits until the follower has `revision`, in sync with the control plane or not.
    async fn until(&mut self, revision: &str, cloud_sync: bool) {
        let is_it = |d: &Option<Arc<PolicyDocument>>| {
            d.as_ref().is_some_and(|d| d.revision == revision && d.cloud_sync == cloud_sync)
        };
        until(&mut self.current, is_it).await;
    }

    /// Waits until `more` requests have come from now on: the answers before the last one are dealt with.
    async fn until_asked_again(&mut self, more: usize) -> Vec<Seen> {
        let before = self.seen.borrow().len();
        until(&mut self.seen, |seen| seen.len() >= before + more).await
    }

    fn on_disk(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("policy.json")).unwrap_or_default()
    }
}

#[tokio::test]
async fn a_policy_is_fetched_once_and_asked_for_by_its_etag_from_then_on() {
    let mut synced = synced(Answer::policy("one"), true, None).await;
    synced.until("one", true).await;
    let seen = synced.until_asked_again(3).await;
    let statuses: Vec<u16> = seen.iter().take(3).map(|s| s.answered).collect();
    assert_eq!(statuses, [200, 304, 304]);
    assert_eq!(seen.first().and_then(|s| s.if_none_match.clone()), None);
    assert!(seen.iter().skip(1).all(|s| s.if_none_match.as_deref() == Some("\"one\"")), "{seen:?}");

    synced.answer_with(Answer::policy("two"));
    synced.until("two", true).await;
}

#[tokio::test]
async fn every_request_carries_the_key_as_a_bearer_token() {
    let mut synced = synced(Answer::policy("one"), true, None).await;
    let seen = synced.until_asked_again(3).await;
    assert!(seen.iter().all(|s| s.authorization == format!("Bearer {KEY}")), "{seen:?}");
}

#[tokio::test]
async fn without_sync_etag_the_whole_policy_is_fetched_each_time() {
    let mut synced = synced(Answer::policy("one"), false, None).await;
    let seen = synced.until_asked_again(3).await;
    assert!(seen.iter().all(|s| s.if_none_match.is_none() && s.answered == 200), "{seen:?}");
    synced.until("one", true).await;
}

#[tokio::test]
async fn errors_and_garbage_leave_the_last_good_policy_and_end_the_sync_until_it_is_good_again() {
    let mut synced = synced(Answer::policy("0"), true, None).await;
    synced.until("0", true).await;
    let bad = [
        Answer::of(500, "no"),
        Answer::of(401, "unauthorized"),
        Answer::of(200, "<!doctype html><title>Sign in</title>"),
        Answer::of(200, ""),
        Answer::of(200, r#"{"schema":1,"revision":"bad","masking":{"default_action":"explode"}}"#),
        Answer::of(204, ""),
    ];
    for (n, answer) in bad.into_iter().enumerate() {
        let (status, body) = (answer.status, answer.body.clone());
        synced.answer_with(answer);
        synced.until(&n.to_string(), false).await;
        assert_eq!(synced.on_disk(), policy(&n.to_string()), "{status} {body}");
        let next = (n + 1).to_string();
        synced.answer_with(Answer::policy(&next));
        synced.until(&next, true).await;
        // Asked again, it has dealt with the answer before: that one is on disk.
        synced.until_asked_again(2).await;
    }
    let garbage = synced.seen.borrow().iter().any(|s| s.if_none_match.as_deref() == Some("\"garbage\""));
    assert!(!garbage, "the etag of a refused answer was sent: it would never be fetched again");
}

#[tokio::test]
async fn while_the_control_plane_is_away_the_start_is_from_disk() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("policy.json"), policy("left")).unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let mut current = follow_at(address, true, folder.path());
    let document = until(&mut current, Option::is_some).await.unwrap();
    assert_eq!((document.revision.as_str(), document.cloud_sync), ("left", false));
}

#[tokio::test]
async fn the_policy_from_disk_is_replaced_by_what_the_control_plane_says() {
    let mut synced = synced(Answer::policy("new"), true, Some(&policy("left"))).await;
    synced.until("new", true).await;
    synced.until_asked_again(2).await;
    assert_eq!(synced.on_disk(), policy("new"));
}

#[tokio::test]
async fn the_policy_from_disk_counts_as_in_sync_once_the_control_plane_says_the_same() {
    let mut synced = synced(Answer::policy("same"), true, Some(&policy("same"))).await;
    synced.until("same", true).await;
}

#[tokio::test]
async fn a_damaged_policy_on_disk_does_not_keep_a_good_one_out() {
    let mut synced = synced(Answer::policy("good"), true, Some("{ torn")).await;
    synced.until("good", true).await;
}

#[tokio::test]
async fn the_last_good_policy_on_disk_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let mut synced = synced(Answer::policy("one"), true, None).await;
    synced.until_asked_again(3).await;
    let mode = std::fs::metadata(synced.folder.path().join("policy.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

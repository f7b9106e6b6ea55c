//! Bringing a policy into Envoy, against a stand-in that answers as the filter's ingest role does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use privet_core::policy::keys::is_whole;
use privet_core::policy::{Policy, PolicyErrors, Shards};
use privet_sidecar::http_local::Address;
use privet_sidecar::policy_source::PolicyDocument;
use privet_sidecar::push::{Target, keep_pushed};
use privet_sidecar::state::{hex, sha256};
use privet_sidecar::status::{Board, EnvoyState, EnvoyStatus};
use tempfile::TempDir;
use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::support::{policy, until};

const TOKEN: &str = "made-up-token";

/// A request as the stand-in saw it.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    method: Method,
    status: u16,
    cloud_sync: String,
    body: String,
}

/// Shards of a key table, by their numbers.
#[derive(Debug, Clone, Default)]
struct Held(Arc<Mutex<BTreeMap<u32, Vec<u8>>>>);

impl Shards for Held {
    fn read(&self, number: u32) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(&number).cloned()
    }
}

/// Takes shards as the module does.
async fn take_keys(State(envoy): State<Envoy>, headers: HeaderMap, body: Bytes) -> StatusCode {
    assert_eq!(headers["x-privet-push-token"], *envoy.token.lock().unwrap());
    assert!(body.len() < 200_000, "{} bytes take a worker too long", body.len());
    let mut rest = &body[..];
    while let Some((head, behind)) = rest.split_first_chunk::<8>() {
        let number = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().unwrap());
        let (shard, behind) = behind.split_at(number(4) as usize);
        assert!(is_whole(shard));
        envoy.keys.0.lock().unwrap().insert(number(0), shard.to_vec());
        rest = behind;
    }
    assert!(rest.is_empty());
    StatusCode::NO_CONTENT
}

#[derive(Clone)]
struct Envoy {
    keys: Held,
    token: Arc<Mutex<String>>,
    stored: Arc<Mutex<Option<Vec<u8>>>>,
    seen: watch::Sender<Vec<Seen>>,
}

impl Envoy {
    fn read(&self, json: &[u8]) -> Result<Policy, PolicyErrors> {
        Policy::parse_pushed(json, Box::new(self.keys.clone()))
    }

    fn handle(&self, method: &Method, headers: &HeaderMap, body: &[u8]) -> (u16, String) {
        let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let complaint = |reason: &str| serde_json::json!({ "error": reason }).to_string();
        if header("x-privet-push-token") != *self.token.lock().unwrap() {
            return (401, complaint("x-privet-push-token is not the one"));
        }
        let mut stored = self.stored.lock().unwrap();
        match (method.as_str(), &*stored) {
            ("GET", None) => (404, complaint("no policy yet")),
            ("GET", Some(json)) => {
                let revision = self.read(json).unwrap().revision;
                (200, serde_json::json!({ "revision": revision, "sha256": hex(&sha256(json)) }).to_string())
            }
            // An older module may refuse what this sidecar accepts.
            ("PUT", _) if self.read(body).is_ok_and(|p| !p.revision.starts_with("refused")) => {
                *stored = Some(body.to_vec());
                (204, String::new())
            }
            ("PUT", _) => (422, complaint("policy: not for this module")),
            _ => (405, complaint("GET or PUT")),
        }
    }
}

async fn serve(State(envoy): State<Envoy>, method: Method, headers: HeaderMap, body: Bytes) -> Response {
    let (status, answer) = envoy.handle(&method, &headers, &body);
    let cloud_sync = headers.get("x-privet-cloud-sync").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let (cloud_sync, body) = (cloud_sync.to_owned(), String::from_utf8_lossy(&body).into_owned());
    envoy.seen.send_modify(|seen| seen.push(Seen { method, status, cloud_sync, body }));
    (StatusCode::from_u16(status).unwrap(), answer).into_response()
}

/// A sidecar that pushes to a stand-in.
struct Pushing {
    _folder: TempDir,
    socket: PathBuf,
    envoy: Envoy,
    seen: watch::Receiver<Vec<Seen>>,
    server: JoinHandle<()>,
    wanted: watch::Sender<Option<Arc<PolicyDocument>>>,
    in_force: watch::Receiver<Option<String>>,
    board: Board,
}

fn listen(socket: &Path, envoy: &Envoy) -> JoinHandle<()> {
    let listener = UnixListener::bind(socket).unwrap();
    let app = Router::new()
        .route("/privet/v1/policy", axum::routing::any(serve))
        .route("/privet/v1/keys", axum::routing::put(take_keys))
        .with_state(envoy.clone());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() })
}

fn document(revision: &str, cloud_sync: bool) -> Option<Arc<PolicyDocument>> {
    let document = PolicyDocument::check(policy(revision).into_bytes()).unwrap();
    Some(Arc::new(PolicyDocument { cloud_sync, from_plane: cloud_sync, ..document }))
}

fn pushing(first: Option<Arc<PolicyDocument>>) -> Pushing {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("push.sock");
    let (sender, seen) = watch::channel(Vec::new());
    let token = Arc::new(Mutex::new(TOKEN.to_owned()));
    let envoy = Envoy { keys: Held::default(), token, stored: Arc::default(), seen: sender };
    let server = listen(&socket, &envoy);
    let (wanted, policy) = watch::channel(first);
    let board = Board::default();
    let target = Target { address: Address::Unix(socket.clone()), token: TOKEN.to_owned() };
    let in_force = keep_pushed(target, policy, board.clone());
    Pushing { _folder: folder, socket, envoy, seen, server, wanted, in_force, board }
}

impl Pushing {
    async fn until_in_force(&mut self, revision: Option<&str>) {
        until(&mut self.in_force, |r| r.as_deref() == revision).await;
    }

    /// Waits for `more` requests of a method from now on.
    async fn until_asked(&mut self, method: Method, more: usize) {
        let count = |seen: &Vec<Seen>| seen.iter().filter(|s| s.method == method).count();
        let before = count(&self.seen.borrow());
        until(&mut self.seen, |seen| count(seen) >= before + more).await;
    }

    /// What was put: status and revision.
    fn puts(&self) -> Vec<(u16, String)> {
        let revision = |body: &str| Policy::parse(body.as_bytes()).map(|p| p.revision).unwrap_or_default();
        let seen = self.seen.borrow();
        seen.iter().filter(|s| s.method == Method::PUT).map(|s| (s.status, revision(&s.body))).collect()
    }

    /// Ends the stand-in and starts it anew, without a policy.
    async fn restart(&mut self) {
        self.stop().await;
        self.server = listen(&self.socket, &self.envoy);
    }

    /// What is known of the Envoy.
    fn status(&self) -> EnvoyStatus {
        self.board.status().envoys.into_iter().next().unwrap()
    }

    async fn stop(&mut self) {
        self.server.abort();
        assert!((&mut self.server).await.is_err_and(|e| e.is_cancelled()));
        std::fs::remove_file(&self.socket).unwrap();
        *self.envoy.stored.lock().unwrap() = None;
    }
}

fn put(status: u16, revision: &str) -> (u16, String) {
    (status, revision.to_owned())
}

#[tokio::test]
async fn a_policy_that_envoy_does_not_have_is_pushed_once() {
    let mut pushing = pushing(document("one", false));
    pushing.until_in_force(Some("one")).await;
    assert_eq!(*pushing.envoy.stored.lock().unwrap(), Some(policy("one").into_bytes()));
    pushing.until_asked(Method::GET, 2).await;
    assert_eq!(pushing.puts(), [put(204, "one")]);
}

#[tokio::test]
async fn without_a_policy_nothing_is_pushed_until_there_is_one() {
    let mut pushing = pushing(None);
    assert_eq!(*pushing.in_force.borrow(), None);
    pushing.wanted.send_replace(document("late", false));
    pushing.until_in_force(Some("late")).await;
    assert_eq!(pushing.puts(), [put(204, "late")]);
}

#[tokio::test]
async fn a_newer_policy_takes_the_place_of_the_one_in_force() {
    let mut pushing = pushing(document("one", false));
    pushing.until_in_force(Some("one")).await;
    pushing.wanted.send_replace(document("two", false));
    pushing.until_in_force(Some("two")).await;
    assert_eq!(pushing.puts(), [put(204, "one"), put(204, "two")]);
}

#[tokio::test]
async fn an_envoy_that_lost_its_policy_gets_it_again() {
    let mut pushing = pushing(document("one", false));
    pushing.until_in_force(Some("one")).await;
    *pushing.envoy.stored.lock().unwrap() = None;
    pushing.until_asked(Method::PUT, 1).await;
    pushing.restart().await;
    pushing.until_asked(Method::PUT, 1).await;
    pushing.until_in_force(Some("one")).await;
    assert!(pushing.puts().iter().all(|p| *p == put(204, "one")), "{:?}", pushing.puts());
}

#[tokio::test]
async fn while_envoy_is_away_nothing_is_reported_as_in_force() {
    let mut pushing = pushing(document("one", false));
    pushing.until_in_force(Some("one")).await;
    pushing.stop().await;
    pushing.until_in_force(None).await;
    pushing.server = listen(&pushing.socket, &pushing.envoy);
    pushing.until_in_force(Some("one")).await;
}

#[tokio::test]
async fn a_refused_policy_is_pushed_once_and_the_one_before_it_stays_in_force() {
    let mut pushing = pushing(document("one", false));
    pushing.until_in_force(Some("one")).await;
    pushing.wanted.send_replace(document("refused", false));
    pushing.until_asked(Method::PUT, 1).await;
    pushing.until_asked(Method::GET, 2).await;
    assert_eq!(pushing.puts(), [put(204, "one"), put(422, "refused")]);
    assert_eq!(pushing.in_force.borrow().as_deref(), Some("one"));

    pushing.wanted.send_replace(document("two", false));
    pushing.until_in_force(Some("two")).await;
}

#[tokio::test]
async fn after_a_refusal_an_envoy_that_starts_anew_gets_the_one_before_it_again() {
    let mut pushing = pushing(document("one", false));
    pushing.until_in_force(Some("one")).await;
    pushing.wanted.send_replace(document("refused", false));
    pushing.until_asked(Method::PUT, 1).await;
    pushing.stop().await;
    pushing.until_in_force(None).await;
    pushing.server = listen(&pushing.socket, &pushing.envoy);
    pushing.until_in_force(Some("one")).await;
    assert_eq!(pushing.puts(), [put(204, "one"), put(422, "refused"), put(204, "one")]);
}

#[tokio::test]
async fn a_first_policy_that_is_refused_leaves_nothing_in_force() {
    let mut pushing = pushing(document("refused", false));
    pushing.until_asked(Method::PUT, 1).await;
    pushing.wanted.send_replace(document("good", false));
    pushing.until_in_force(Some("good")).await;
    assert_eq!(pushing.puts(), [put(422, "refused"), put(204, "good")]);
}

#[tokio::test]
async fn a_wrong_token_brings_nothing_into_force_and_is_no_reason_to_give_up() {
    let mut pushing = pushing(None);
    *pushing.envoy.token.lock().unwrap() = "another".to_owned();
    pushing.wanted.send_replace(document("one", false));
    pushing.until_asked(Method::PUT, 2).await;
    assert_eq!(*pushing.in_force.borrow(), None);
    assert!(pushing.puts().iter().all(|p| *p == put(401, "one")));
    *pushing.envoy.token.lock().unwrap() = TOKEN.to_owned();
    pushing.until_in_force(Some("one")).await;
}

#[tokio::test]
async fn envoy_is_told_when_the_control_plane_goes_and_when_it_comes_back() {
    let mut pushing = pushing(document("one", true));
    pushing.until_in_force(Some("one")).await;
    for cloud_sync in [false, true] {
        pushing.wanted.send_replace(document("one", cloud_sync));
        pushing.until_asked(Method::PUT, 1).await;
    }
    let told: Vec<String> = pushing
        .seen
        .borrow()
        .iter()
        .filter(|s| s.method == Method::PUT)
        .map(|s| s.cloud_sync.clone())
        .collect();
    assert_eq!(told, ["1", "0", "1"]);
}

#[tokio::test]
async fn the_status_has_revision_push_time_and_what_was_lost_of_each_envoy() {
    let mut pushing = pushing(document("one", false));
    assert_eq!(pushing.status().state, EnvoyState::Away);
    pushing.until_in_force(Some("one")).await;
    let status = pushing.status();
    assert_eq!(status.address, format!("unix:{}", pushing.socket.display()));
    assert_eq!((status.state, status.revision.as_deref()), (EnvoyState::InForce, Some("one")));
    assert!(status.push_ms.is_some_and(|ms| ms > 0.0), "{status:?}");
    assert_eq!((status.pushes, status.losses, status.error), (1, 0, None));

    *pushing.envoy.stored.lock().unwrap() = None;
    pushing.until_asked(Method::PUT, 1).await;
    pushing.until_asked(Method::GET, 1).await;
    let status = pushing.status();
    assert_eq!((status.pushes, status.losses), (2, 1));

    pushing.wanted.send_replace(document("refused", false));
    pushing.until_asked(Method::PUT, 1).await;
    pushing.until_asked(Method::GET, 2).await;
    let status = pushing.status();
    assert_eq!((status.state, status.revision.as_deref()), (EnvoyState::Refused, Some("one")));
    assert!(status.error.is_some_and(|e| e.contains("422")));

    pushing.stop().await;
    pushing.until_in_force(None).await;
    assert_eq!(pushing.status().state, EnvoyState::Away);
}

#[tokio::test]
async fn several_envoys_on_sockets_and_ports_each_get_the_policy() {
    let folder = tempfile::tempdir().unwrap();
    let (sender, _seen) = watch::channel(Vec::new());
    let envoy = |sender: &watch::Sender<Vec<Seen>>| Envoy {
        keys: Held::default(),
        token: Arc::new(Mutex::new(TOKEN.to_owned())),
        stored: Arc::default(),
        seen: sender.clone(),
    };
    let (by_socket, by_port) = (envoy(&sender), envoy(&sender));
    let socket = folder.path().join("push.sock");
    let _server = listen(&socket, &by_socket);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap();
    let app = Router::new().route("/privet/v1/policy", axum::routing::any(serve)).with_state(by_port.clone());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let (_wanted, policy_seen) = watch::channel(document("one", false));
    let board = Board::default();
    for address in [Address::Unix(socket), Address::Tcp(port)] {
        let target = Target { address, token: TOKEN.to_owned() };
        let mut in_force = keep_pushed(target, policy_seen.clone(), board.clone());
        until(&mut in_force, |r| r.as_deref() == Some("one")).await;
    }
    for envoy in [by_socket, by_port] {
        assert_eq!(*envoy.stored.lock().unwrap(), Some(policy("one").into_bytes()));
    }
    assert_eq!(board.status().envoys.len(), 2);
}

#[tokio::test]
async fn many_keys_are_brought_in_small_parts_before_the_document_without_them() {
    let keys: Vec<_> = (0..10_000)
        .map(|n| {
            let digest = hex(&sha256(format!("caller-{n}").as_bytes()));
            serde_json::json!({ "id": format!("key-{n}"), "sha256": digest })
        })
        .collect();
    let json = serde_json::json!({ "schema": 1, "revision": "many", "keys": keys }).to_string();
    let document = PolicyDocument::check(json.into_bytes()).unwrap();
    assert!(document.in_envoy().len() < 200);
    let mut pushing = pushing(Some(Arc::new(document)));
    until(&mut pushing.in_force, |revision| revision.as_deref() == Some("many")).await;
    let stored = pushing.envoy.stored.lock().unwrap().clone().unwrap();
    let policy = pushing.envoy.read(&stored).unwrap();
    for n in 0..10_000 {
        let caller = policy.keys.look_up(format!("caller-{n}").as_bytes(), 0).unwrap();
        assert_eq!(caller.id, format!("key-{n}"));
    }
    // It is known again, and not brought twice.
    until(&mut pushing.seen, |seen| seen.iter().filter(|s| s.method == Method::GET).count() > 1).await;
    let seen = pushing.seen.borrow().clone();
    assert_eq!(seen.iter().filter(|s| s.method == Method::PUT).count(), 1);
}

//! A policy from a control plane: a small one of our own, on a free port of the loopback.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::get;
use privet_sidecar::backoff::Pace;
use privet_sidecar::config::{ControlPlane, PlaneTls, PolicySource};
use privet_sidecar::policy_source::{Current, PolicyDocument, Timing, follow, last_good};
use privet_sidecar::state::StateDir;
use privet_sidecar::status::{Board, SyncState, SyncStatus};
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

#[derive(Clone, Default)]
struct Answer {
    status: u16,
    etag: Option<String>,
    body: Vec<u8>,
    headers: Vec<(&'static str, &'static str)>,
}

impl Answer {
    fn policy(revision: &str) -> Self {
        let etag = Some(format!("\"{revision}\""));
        Self { status: 200, etag, body: policy(revision).into_bytes(), ..Self::default() }
    }

    fn of(status: u16, body: &str) -> Self {
        let etag = Some("\"garbage\"".to_owned());
        Self { status, etag, body: body.into(), ..Self::default() }
    }

    fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

#[derive(Clone)]
struct Shared {
    answer: Arc<Mutex<Answer>>,
    seen: watch::Sender<Vec<Seen>>,
}

async fn answer(State(shared): State<Shared>, headers: HeaderMap) -> Response<axum::body::Body> {
    let get = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let Answer { status, etag, body, headers: more } = shared.answer.lock().unwrap().clone();
    let if_none_match = get("if-none-match");
    let unchanged = status == 200 && etag.is_some() && etag == if_none_match;
    let (status, body) = if unchanged { (304, Vec::new()) } else { (status, body) };
    let authorization = get("authorization").unwrap_or_default();
    shared.seen.send_modify(|seen| seen.push(Seen { authorization, if_none_match, answered: status }));
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    if let Some(etag) = etag {
        response.headers_mut().insert("etag", etag.parse().unwrap());
    }
    for (name, value) in more {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

/// A control plane, and a sidecar's follower of it.
struct Synced {
    shared: Shared,
    seen: watch::Receiver<Vec<Seen>>,
    folder: TempDir,
    current: Current,
    board: Board,
}

/// A day's waits in milliseconds.
const TIMING: Timing = Timing {
    pace: Pace { floor: Duration::from_millis(10), ceiling: Duration::from_millis(50) },
    refetch: Duration::from_secs(3600),
};

fn plane_at(address: SocketAddr, etag: bool) -> ControlPlane {
    let base_url = format!("http://{address}/base");
    let interval = Duration::from_millis(20);
    ControlPlane { base_url, api_key: KEY.to_owned(), interval, etag, tls: PlaneTls::default() }
}

fn follow_at(address: SocketAddr, etag: bool, folder: &Path, timing: Timing) -> (Current, Board) {
    // As the binary does at its start; a second call only says that there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let board = Board::default();
    let source = PolicySource::ControlPlane(plane_at(address, etag));
    (follow(source, StateDir::open(folder).unwrap(), board.clone(), timing), board)
}

fn leave_on_disk(folder: &Path, json: &str) {
    last_good::write(&StateDir::open(folder).unwrap(), json.as_bytes()).unwrap();
}

/// `on_disk` is the last good policy that a former sidecar has left.
async fn synced(answer_first: Answer, etag: bool, on_disk: Option<&str>) -> Synced {
    let folder = tempfile::tempdir().unwrap();
    if let Some(text) = on_disk {
        leave_on_disk(folder.path(), text);
    }
    synced_in(folder, answer_first, etag, TIMING).await
}

async fn synced_in(folder: TempDir, answer_first: Answer, etag: bool, timing: Timing) -> Synced {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, seen) = watch::channel(Vec::new());
    let shared = Shared { answer: Arc::new(Mutex::new(answer_first)), seen: sender };
    let app = Router::new().route("/base/api/gateway/config", get(answer)).with_state(shared.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let (current, board) = follow_at(address, etag, folder.path(), timing);
    Synced { shared, seen, folder, current, board }
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
        let state = StateDir::open(self.folder.path()).unwrap();
        String::from_utf8(last_good::read(&state).unwrap().unwrap_or_default()).unwrap()
    }

    /// Waits until the status is in `state`.
    async fn until_status(&mut self, state: SyncState) -> SyncStatus {
        for _ in 0..50 {
            self.until_asked_again(1).await;
            let sync = self.board.status().sync;
            if sync.state == state {
                return sync;
            }
        }
        panic!("{:?}", self.board.status().sync);
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
        assert_eq!(synced.on_disk(), policy(&n.to_string()), "{status} {body:?}");
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
    leave_on_disk(folder.path(), &policy("left"));
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let (mut current, _board) = follow_at(address, true, folder.path(), TIMING);
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

/// A bit that a disk has lost: the checksum finds it, where the document is still one.
#[tokio::test]
async fn a_damaged_policy_on_disk_is_set_aside_and_does_not_keep_a_good_one_out() {
    for damage in ["{ torn".to_owned(), String::new(), {
        let folder = tempfile::tempdir().unwrap();
        leave_on_disk(folder.path(), &policy("left"));
        let kept = std::fs::read_to_string(folder.path().join("last-policy")).unwrap();
        kept.replace("\"left\"", "\"lost\"")
    }] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("last-policy"), &damage).unwrap();
        let mut synced = synced_in(folder, Answer::of(500, "no"), true, TIMING).await;
        synced.until_asked_again(2).await;
        assert!(synced.current.borrow().is_none(), "{damage}");
        let aside = synced.folder.path().join("last-policy.damaged");
        assert_eq!(std::fs::read_to_string(aside).unwrap(), damage);
        synced.answer_with(Answer::policy("good"));
        synced.until("good", true).await;
    }
}

#[tokio::test]
async fn the_last_good_policy_on_disk_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let mut synced = synced(Answer::policy("one"), true, None).await;
    synced.until_asked_again(3).await;
    let mode = std::fs::metadata(synced.folder.path().join("last-policy")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_packed_policy_is_unpacked() {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(policy("packed").as_bytes()).unwrap();
    let body = packer.finish().unwrap();
    let answer = Answer { status: 200, body, ..Answer::default() }.with("content-encoding", "gzip");
    let mut synced = synced(answer, true, None).await;
    synced.until("packed", true).await;
}

/// A gigabyte of zeros packs to a megabyte: what counts is what comes out.
#[tokio::test]
async fn a_policy_that_unpacks_to_a_gigabyte_is_refused_while_it_is_read() {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let block = vec![b' '; 1 << 20];
    for _ in 0..1024 {
        packer.write_all(&block).unwrap();
    }
    let body = packer.finish().unwrap();
    let answer = Answer { status: 200, body, ..Answer::default() }.with("content-encoding", "gzip");
    let mut synced = synced(Answer::policy("one"), true, None).await;
    synced.until("one", true).await;
    synced.answer_with(answer);
    let status = synced.until_status(SyncState::Refused).await;
    assert!(status.error.unwrap().contains("larger than"));
    synced.until("one", false).await;
}

#[tokio::test]
async fn a_policy_that_says_it_is_too_large_is_not_read_at_all() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, mut closed) = watch::channel(0u32);
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((mut stream, _)) = listener.accept().await {
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n{";
            stream.write_all(head.as_bytes()).await.unwrap();
            // It hangs up without having got any of it.
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            sender.send_modify(|n| *n += 1);
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let (_current, board) = follow_at(address, true, folder.path(), TIMING);
    until(&mut closed, |n| *n >= 2).await;
    assert!(board.status().sync.error.unwrap().contains("larger than"));
}

#[tokio::test]
async fn a_page_in_place_of_a_policy_is_called_so() {
    let mut synced = synced(Answer::policy("one"), true, None).await;
    synced.until("one", true).await;
    let page = "<!doctype html><title>Sign in</title>";
    for answer in
        [Answer::of(200, page), Answer::of(200, "sign in").with("content-type", "text/html; charset=utf-8")]
    {
        synced.answer_with(answer);
        let status = synced.until_status(SyncState::Refused).await;
        assert_eq!(status.error.as_deref(), Some("answered with HTML in place of a policy"));
        synced.answer_with(Answer::policy("one"));
        synced.until_status(SyncState::InSync).await;
    }
}

#[tokio::test]
async fn a_key_that_is_not_accepted_is_said_and_the_policy_goes_on_serving() {
    let mut synced = synced(Answer::policy("one"), true, None).await;
    synced.until("one", true).await;
    for status in [401, 403] {
        synced.answer_with(Answer::of(status, "no"));
        let sync = synced.until_status(SyncState::Unauthorized).await;
        assert_eq!(sync.error.unwrap(), format!("does not accept the key (status {status})"));
        synced.until("one", false).await;
        let problems = synced.board.status().problems;
        assert!(problems.iter().any(|p| p.contains("does not accept the key")), "{problems:?}");
        synced.answer_with(Answer::policy("one"));
        synced.until_status(SyncState::InSync).await;
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let answer = Answer { status: 302, ..Answer::default() }.with("location", "/base/api/gateway/config");
    let mut synced = synced(answer, true, None).await;
    let status = synced.until_status(SyncState::Away).await;
    assert_eq!(status.error.as_deref(), Some("answered with status 302"));
}

/// One that would be asked every few milliseconds asks for an hour: it is not asked again.
#[tokio::test]
async fn a_control_plane_that_asks_to_be_left_alone_is_left_alone() {
    let answer = Answer { status: 503, ..Answer::default() }.with("retry-after", "3600");
    let mut synced = synced(answer, true, None).await;
    until(&mut synced.seen, |seen| !seen.is_empty()).await;
    let patience = tokio::time::timeout(Duration::from_millis(300), async {
        synced.seen.changed().await.unwrap();
        while synced.seen.borrow_and_update().len() < 2 {
            synced.seen.changed().await.unwrap();
        }
    });
    assert!(patience.await.is_err(), "it was asked again");
    let sync = synced.board.status().sync;
    let wait = sync.next_attempt.unwrap() - sync.last_attempt.unwrap();
    assert_eq!(wait, 3600);
}

/// It says that nothing has changed for as long as it is asked so; from time to time it is not asked so.
#[tokio::test]
async fn an_etag_that_never_changes_does_not_keep_a_new_policy_out_for_ever() {
    let fixed = |revision: &str| Answer { etag: Some("\"fixed\"".to_owned()), ..Answer::policy(revision) };
    let timing = Timing { refetch: Duration::from_millis(100), ..TIMING };
    let mut synced = synced_in(tempfile::tempdir().unwrap(), fixed("one"), true, timing).await;
    synced.until("one", true).await;
    synced.answer_with(fixed("two"));
    synced.until("two", true).await;
    let seen = synced.seen.borrow().clone();
    assert!(seen.iter().any(|s| s.answered == 304), "{seen:?}");
}

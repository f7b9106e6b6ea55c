//! Traces from the filter: a closed type, so that no text can come along.

use std::path::{Path, PathBuf};

use privet_core::trace::{Status, Trace};
use privet_sidecar::http_local::request;
use privet_sidecar::intake::{Intake, listen};
use privet_sidecar::otlp::Spans;
use privet_sidecar::outbox::{Limits, Outbox};
use privet_sidecar::status::Board;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;

struct Taking {
    _folder: TempDir,
    socket: PathBuf,
    board: Board,
    outbox: Outbox,
    _stop: watch::Sender<bool>,
}

fn taking() -> Taking {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("intake.sock");
    let board = Board::default();
    let outbox = Outbox::start(&folder.path().join("outbox.db"), Limits::default()).unwrap();
    let (_keep, seen) = watch::channel(Some(outbox.clone()));
    let (stop, stopped) = watch::channel(false);
    let _task =
        listen(&socket, Intake { board: board.clone(), outbox: seen, spans: Spans::default() }, stopped)
            .unwrap();
    Taking { _folder: folder, socket, board, outbox, _stop: stop }
}

async fn send(socket: &Path, body: Vec<u8>) -> u16 {
    let headers = [("content-type", "application/json")];
    let answer = request(socket, "POST", "/privet/v1/traces", &headers, body.into()).await;
    answer.unwrap().0.as_u16()
}

fn trace(id: &str, status: Status) -> Value {
    serde_json::to_value(Trace { id: id.to_owned(), status, ..Trace::default() }).unwrap()
}

impl Taking {
    async fn send(&self, batch: &Value) -> u16 {
        send(&self.socket, batch.to_string().into_bytes()).await
    }

    /// Success, error, blocked.
    fn counted(&self) -> [u64; 3] {
        let outcomes = self.board.status().traces.outcomes;
        [outcomes.success, outcomes.error, outcomes.blocked]
    }

    /// What waits to be sent, as JSON.
    async fn waiting(&self) -> Vec<String> {
        let rows = self.outbox.take(100, None).await.unwrap().rows;
        rows.into_iter().map(|row| row.entry.json).collect()
    }
}

#[tokio::test]
async fn a_batch_is_counted_by_outcome_and_waits_in_the_outbox() {
    let taking = taking();
    let statuses = [Status::Success, Status::Blocked, Status::Success, Status::Error];
    let traces: Vec<Value> = (1..).zip(statuses).map(|(n, s)| trace(&n.to_string(), s)).collect();
    assert_eq!(taking.send(&json!({ "traces": traces })).await, 204);
    assert_eq!(taking.send(&json!({ "traces": [] })).await, 204);
    assert_eq!(taking.counted(), [2, 1, 1]);
    let waiting = taking.waiting().await;
    let parsed: Vec<Value> = waiting.iter().map(|json| serde_json::from_str(json).unwrap()).collect();
    assert_eq!(parsed, traces);
}

#[tokio::test]
async fn a_batch_with_an_unknown_field_is_refused_whole() {
    let taking = taking();
    let mut with_text = trace("2", Status::Success);
    with_text.as_object_mut().unwrap().insert("prompt".to_owned(), "text".into());
    let good = trace("1", Status::Success);
    for batch in [
        json!({ "traces": [good, with_text] }),
        json!({ "traces": [good], "prompts": ["text"] }),
        json!({ "traces": [{}] }),
        json!({ "traces": ["text"] }),
        json!({ "traces": [trace("", Status::Success)] }),
        json!([good]),
    ] {
        assert_eq!(taking.send(&batch).await, 422, "{batch}");
    }
    assert_eq!(taking.counted(), [0, 0, 0]);
    assert_eq!(taking.board.status().refused_batches, 6);
    assert_eq!(taking.waiting().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_no_json_is_refused() {
    let taking = taking();
    assert_eq!(send(&taking.socket, b"{ torn".to_vec()).await, 400);
    assert_eq!(taking.counted(), [0, 0, 0]);
}

/// The second look: a module that puts text into a field that is a string does not get it out.
#[tokio::test]
async fn a_text_in_any_string_of_a_trace_goes_no_further() {
    let taking = taking();
    let canary = "canary: my password is";
    let mut value = trace("1", Status::Blocked);
    let mut planted = 0;
    for (name, member) in value.as_object_mut().unwrap() {
        if member.is_string() && name != "status" && name != "id" {
            *member = canary.into();
            planted += 1;
        }
    }
    value["pii_detected"] = json!({ canary: 1 });
    value["policies_fired"] = json!([canary]);
    assert!(planted >= 9, "{planted} strings");
    assert_eq!(taking.send(&json!({ "traces": [value] })).await, 204);
    let waiting = taking.waiting().await.join("\n");
    assert!(waiting.contains("invalid") && !waiting.contains("canary"), "{waiting}");
    let status = serde_json::to_string(&taking.board.status()).unwrap();
    assert!(status.contains("invalid") && !status.contains("canary"), "{status}");
    let metrics = privet_sidecar::metrics::render(&taking.board.status());
    assert!(!metrics.contains("canary"), "{metrics}");
}

#[tokio::test]
async fn a_trace_of_an_older_module_is_taken() {
    let taking = taking();
    let mut old = trace("1", Status::Success);
    let members = old.as_object_mut().unwrap();
    for name in [
        "tokens_estimated",
        "injection_score",
        "policies_fired",
        "fallback_used",
        "fallback_reason",
        "attempts",
    ] {
        assert!(members.remove(name).is_some(), "{name}");
    }
    assert_eq!(taking.send(&json!({ "traces": [old] })).await, 204);
}

#[tokio::test]
async fn a_socket_that_a_former_process_left_is_replaced_and_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("intake.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    assert!(socket.exists());
    let board = Board::default();
    let (_stop, stopped) = watch::channel(false);
    let (_keep, nowhere) = watch::channel(None);
    let _task =
        listen(&socket, Intake { board: board.clone(), outbox: nowhere, spans: Spans::default() }, stopped)
            .unwrap();
    let batch = json!({ "traces": [trace("1", Status::Success)] });
    assert_eq!(send(&socket, batch.to_string().into_bytes()).await, 204);
    assert_eq!(board.status().traces.outcomes.success, 1);
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_place_that_cannot_be_listened_on_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (_keep, nowhere) = watch::channel(None);
    let (_stop, stopped) = watch::channel(false);
    let intake = Intake { board: Board::default(), outbox: nowhere, spans: Spans::default() };
    assert!(listen(folder.path(), intake.clone(), stopped.clone()).is_err());
    assert!(listen(&folder.path().join("missing/intake.sock"), intake, stopped).is_err());
}

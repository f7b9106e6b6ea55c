//! Traces from the filter: a closed type, so that no text can come along.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use privet_core::trace::{Status, Trace};
use privet_sidecar::http_unix::request;
use privet_sidecar::intake::{TraceCounts, listen};
use serde_json::{Value, json};
use tempfile::TempDir;

struct Intake {
    _folder: TempDir,
    socket: PathBuf,
    counts: Arc<TraceCounts>,
}

fn intake() -> Intake {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("intake.sock");
    let counts = listen(&socket).unwrap();
    Intake { _folder: folder, socket, counts }
}

async fn send(socket: &Path, body: Vec<u8>) -> u16 {
    let headers = [("content-type", "application/json")];
    let answer = request(socket, "POST", "/privet/v1/traces", &headers, body.into()).await;
    answer.unwrap().0.as_u16()
}

fn trace(status: Status) -> Value {
    serde_json::to_value(Trace { status, ..Trace::default() }).unwrap()
}

impl Intake {
    async fn send(&self, batch: &Value) -> u16 {
        send(&self.socket, batch.to_string().into_bytes()).await
    }

    /// Success, error, blocked.
    fn counted(&self) -> [u64; 3] {
        [&self.counts.success, &self.counts.error, &self.counts.blocked].map(|c| c.load(Ordering::Relaxed))
    }
}

#[tokio::test]
async fn a_batch_is_counted_by_outcome() {
    let intake = intake();
    let statuses = [Status::Success, Status::Blocked, Status::Success, Status::Error];
    let traces: Vec<Value> = statuses.into_iter().map(trace).collect();
    assert_eq!(intake.send(&json!({ "traces": traces })).await, 204);
    assert_eq!(intake.send(&json!({ "traces": [] })).await, 204);
    assert_eq!(intake.counted(), [2, 1, 1]);
}

#[tokio::test]
async fn a_batch_with_an_unknown_field_is_refused_whole() {
    let intake = intake();
    let mut with_text = trace(Status::Success);
    with_text.as_object_mut().unwrap().insert("prompt".to_owned(), "text".into());
    let good = trace(Status::Success);
    for batch in [
        json!({ "traces": [good, with_text] }),
        json!({ "traces": [good], "prompts": ["text"] }),
        json!({ "traces": [{}] }),
        json!({ "traces": ["text"] }),
        json!([good]),
    ] {
        assert_eq!(intake.send(&batch).await, 422, "{batch}");
    }
    assert_eq!(intake.counted(), [0, 0, 0]);
}

#[tokio::test]
async fn what_is_no_json_is_refused() {
    let intake = intake();
    assert_eq!(send(&intake.socket, b"{ torn".to_vec()).await, 400);
    assert_eq!(intake.counted(), [0, 0, 0]);
}

#[tokio::test]
async fn a_socket_that_a_former_process_left_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("intake.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    assert!(socket.exists());
    let counts = listen(&socket).unwrap();
    let batch = json!({ "traces": [trace(Status::Success)] });
    assert_eq!(send(&socket, batch.to_string().into_bytes()).await, 204);
    assert_eq!(counts.success.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_place_that_cannot_be_listened_on_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    assert!(listen(folder.path()).is_err());
    assert!(listen(&folder.path().join("missing/intake.sock")).is_err());
}

//! Takes traces from the filter. A trace is a closed type: a batch with anything else in it is refused, and
//! a string in it that could be text is replaced ([`Trace::closed`]).
//!
//! The answer comes when the traces are safe in the outbox; then the filter may forget them.

use std::path::Path;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Router, serve};
use privet_core::trace::Trace;
use serde::Deserialize;
use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{debug, warn};

use crate::otlp::Spans;
use crate::outbox::{Entry, Outbox};
use crate::status::Board;

/// How long a batch may wait for the outbox; the filter waits for five seconds.
const PATIENCE: Duration = Duration::from_secs(4);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    traces: Vec<Trace>,
}

/// Where traces go.
#[derive(Debug, Clone)]
pub struct Intake {
    /// They are counted here.
    pub board: Board,
    /// They are kept here; none where nobody wants them.
    pub outbox: watch::Receiver<Option<Outbox>>,
    /// And here, where a collector wants them.
    pub spans: Spans,
}

/// Makes the socket `path`, in place of what a former process left there, for the owner only.
///
/// # Errors
/// Where it cannot be made.
pub fn bind(path: &Path) -> std::io::Result<UnixListener> {
    use std::os::unix::fs::PermissionsExt;
    if let Err(e) = std::fs::remove_file(path)
        && e.kind() != std::io::ErrorKind::NotFound
    {
        return Err(e);
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Takes traces on `socket` until `stop` says so; then ends what is under way.
///
/// # Errors
/// Where the socket cannot be made.
pub fn listen(
    socket: &Path,
    intake: Intake,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<JoinHandle<()>> {
    let listener = bind(socket)?;
    let app = Router::new().route("/privet/v1/traces", post(take)).with_state(intake);
    let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
    Ok(tokio::spawn(async move {
        if let Err(e) = serve(listener, app).with_graceful_shutdown(stopped).await {
            warn!("traces are no longer taken: {e}");
        }
    }))
}

async fn take(State(intake): State<Intake>, body: Bytes) -> StatusCode {
    let batch: Batch = match serde_json::from_slice(&body) {
        Ok(batch) => batch,
        Err(e) => {
            // Not the error itself: it may repeat what it found.
            let syntax = e.is_syntax() || e.is_eof();
            intake.board.refused_batch("a batch of the filter holds something else than traces");
            return if syntax { StatusCode::BAD_REQUEST } else { StatusCode::UNPROCESSABLE_ENTITY };
        }
    };
    if batch.traces.iter().any(|trace| trace.id.is_empty()) {
        intake.board.refused_batch("a trace of the filter has no id");
        return StatusCode::UNPROCESSABLE_ENTITY;
    }
    let traces: Vec<Trace> = batch.traces.into_iter().map(Trace::closed).collect();
    let outbox = intake.outbox.borrow().clone();
    if let Some(outbox) = outbox {
        let kept = tokio::time::timeout(PATIENCE, outbox.append(entries(&traces))).await;
        if !matches!(kept, Ok(Ok(()))) {
            warn!("the outbox took no traces in time");
            return StatusCode::SERVICE_UNAVAILABLE;
        }
    }
    for trace in &traces {
        intake.board.trace(trace);
        intake.spans.add(trace);
        debug!(
            request_id = trace.request_id,
            status = trace.http_status,
            duration_ms = trace.duration_ms,
            masking_us = trace.masking_us,
            found = trace.pii_detected.values().sum::<u32>(),
            "request",
        );
    }
    StatusCode::NO_CONTENT
}

fn entries(traces: &[Trace]) -> Vec<Entry> {
    let entry = |trace: &Trace| {
        let json = serde_json::to_string(trace).ok()?;
        Some(Entry { id: trace.id.clone(), json })
    };
    traces.iter().filter_map(entry).collect()
}

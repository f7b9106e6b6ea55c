//! Takes traces from the filter. A trace is a closed type: a batch with anything else in it is refused.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use privet_core::trace::{Status, Trace};
use serde::Deserialize;
use tokio::net::UnixListener;
use tracing::{debug, warn};

/// How many traces came, by outcome.
#[derive(Debug, Default)]
pub struct TraceCounts {
    /// Requests that were answered.
    pub success: AtomicU64,
    /// Requests that failed.
    pub error: AtomicU64,
    /// Requests that were refused.
    pub blocked: AtomicU64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    traces: Vec<Trace>,
}

/// Listens on `socket` until the runtime ends.
///
/// # Errors
/// Where the socket cannot be made.
pub fn listen(socket: &Path) -> std::io::Result<Arc<TraceCounts>> {
    // A socket that a former process left behind would refuse the bind.
    if let Err(e) = std::fs::remove_file(socket)
        && e.kind() != std::io::ErrorKind::NotFound
    {
        return Err(e);
    }
    let listener = UnixListener::bind(socket)?;
    let counts = Arc::new(TraceCounts::default());
    let app = Router::new().route("/privet/v1/traces", post(take)).with_state(counts.clone());
    tokio::spawn(async move {
        if let Err(e) = axum::serve(listener, app).await {
            warn!("traces are no longer taken: {e}");
        }
    });
    Ok(counts)
}

async fn take(State(counts): State<Arc<TraceCounts>>, Json(batch): Json<Batch>) -> StatusCode {
    for trace in &batch.traces {
        let counter = match trace.status {
            Status::Success => &counts.success,
            Status::Error => &counts.error,
            Status::Blocked => &counts.blocked,
        };
        counter.fetch_add(1, Ordering::Relaxed);
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

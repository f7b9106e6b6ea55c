//! What people and monitors ask the sidecar: the status page at `/`, `/healthz`, `/readyz`, `/metrics`,
//! `/api/status`.
//!
//! On a Unix socket in the state directory, and on a port of the loopback interface unless the
//! configuration names another address. Nothing can be changed here, and nothing is content.

mod page;

use std::net::SocketAddr;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use tokio::net::TcpListener;
use tracing::warn;

use crate::metrics;
use crate::status::{Board, Status};

/// Where the configuration names no address.
pub const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9902);

/// All that can be asked.
pub fn router(board: Board) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(prometheus))
        .route("/api/status", get(status))
        .merge(page::routes())
        .with_state(board)
}

/// Listens on `address`; where none is configured, on [`DEFAULT_ADDRESS`], or if that is taken on a free
/// port.
///
/// # Errors
/// Where the configured address cannot be listened on.
pub async fn bind(configured: Option<SocketAddr>) -> std::io::Result<TcpListener> {
    if let Some(address) = configured {
        return TcpListener::bind(address).await;
    }
    match TcpListener::bind(DEFAULT_ADDRESS).await {
        Ok(listener) => Ok(listener),
        Err(e) => {
            let listener = TcpListener::bind((DEFAULT_ADDRESS.ip(), 0)).await?;
            let instead = listener.local_addr()?;
            warn!("status: {DEFAULT_ADDRESS}: {e}; on {instead} instead");
            Ok(listener)
        }
    }
}

async fn ready(State(board): State<Board>) -> Response {
    if board.is_ready() {
        return "ready\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, "not every Envoy has a policy\n").into_response()
}

async fn prometheus(State(board): State<Board>) -> Response {
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], metrics::render(&board.status())).into_response()
}

async fn status(State(board): State<Board>) -> ([(axum::http::HeaderName, &'static str); 1], Json<Status>) {
    ([(CACHE_CONTROL, "no-store")], Json(board.status()))
}

//! Small HTTP requests over a Unix socket: to Envoy's push listener and its admin interface.

use std::path::Path;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

/// Longest that a request may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer that is read.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody listens.
    #[error("cannot connect: {0}")]
    Connect(#[from] std::io::Error),
    /// The connection broke, or did not speak HTTP.
    #[error("no answer: {0}")]
    Http(String),
    /// It took too long.
    #[error("no answer in time")]
    Timeout,
}

/// Sends a request; returns status and body.
///
/// # Errors
/// See [`Error`].
pub async fn request(
    socket: &Path,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Result<(StatusCode, Bytes), Error> {
    let exchange = async {
        let stream = UnixStream::connect(socket).await?;
        let http = |e: hyper::Error| Error::Http(e.to_string());
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(http)?;
        let connection = tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path).header("host", "envoy");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body)).map_err(|e| Error::Http(e.to_string()))?;
        let answer = sender.send_request(request).await.map_err(http)?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
        connection.abort();
        Ok((status, body.map_err(|e| Error::Http(e.to_string()))?.to_bytes()))
    };
    tokio::time::timeout(TIMEOUT, exchange).await.unwrap_or(Err(Error::Timeout))
}

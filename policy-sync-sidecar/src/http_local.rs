//! Small HTTP requests on this machine: to Envoy's push listener and its admin interface, to another
//! sidecar's status.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// Longest that a request may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer that is read.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Where somebody listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// A Unix socket.
    Unix(PathBuf),
    /// A port, of the loopback interface wherever something that must not be heard is sent.
    Tcp(SocketAddr),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(address) => write!(f, "{address}"),
        }
    }
}

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

/// Sends a request to a Unix socket; returns status and body.
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
    request_at(&Address::Unix(socket.to_owned()), method, path, headers, body).await
}

/// Sends a request; returns status and body.
///
/// # Errors
/// See [`Error`].
pub async fn request_at(
    address: &Address,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Result<(StatusCode, Bytes), Error> {
    let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(body)).map_err(|e| Error::Http(e.to_string()))?;
    let exchange = async {
        match address {
            Address::Unix(socket) => exchange(UnixStream::connect(socket).await?, request).await,
            Address::Tcp(address) => exchange(TcpStream::connect(address).await?, request).await,
        }
    };
    tokio::time::timeout(TIMEOUT, exchange).await.unwrap_or(Err(Error::Timeout))
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, Bytes), Error> {
    let http = |e: hyper::Error| Error::Http(e.to_string());
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(http)?;
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(http)?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
    connection.abort();
    Ok((status, body.map_err(|e| Error::Http(e.to_string()))?.to_bytes()))
}

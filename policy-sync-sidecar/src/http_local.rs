//! Small HTTP requests on this machine: to Envoy's push listener and its admin interface, to another
//! sidecar's status.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinHandle;

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

/// Sends a request on a connection of its own; returns status and body.
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
    Connection::open(address).await?.send(method, path, headers, body).await
}

/// A connection for some requests, one after the other.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn open(address: &Address) -> Result<Self, Error> {
        let opening = async {
            match address {
                Address::Unix(socket) => Self::over(UnixStream::connect(socket).await?).await,
                Address::Tcp(address) => Self::over(TcpStream::connect(address).await?).await,
            }
        };
        in_time(opening).await
    }

    async fn over(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Result<Self, Error> {
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(failed)?;
        // Its errors come out where a request waits for its answer.
        let driver = tokio::spawn(async move { drop(connection.await) });
        Ok(Self { sender, driver })
    }

    /// Sends a request; returns status and body.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn send(
        &mut self,
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
        in_time(async {
            self.sender.ready().await.map_err(failed)?;
            let answer = self.sender.send_request(request).await.map_err(failed)?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
            Ok((status, body.map_err(|e| Error::Http(e.to_string()))?.to_bytes()))
        })
        .await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

fn failed(error: hyper::Error) -> Error {
    Error::Http(error.to_string())
}

async fn in_time<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::time::timeout(TIMEOUT, work).await.unwrap_or(Err(Error::Timeout))
}

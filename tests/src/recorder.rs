//! A server that keeps every byte that it is sent: in the place of a control plane and of an OpenTelemetry collector.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A running recorder; it ends when dropped.
#[derive(Debug)]
pub struct Recorder {
    /// Where it listens.
    pub address: SocketAddr,
    bytes: Arc<Mutex<Vec<u8>>>,
    task: JoinHandle<()>,
}

impl Recorder {
    /// Starts one that serves this policy and takes all else.
    ///
    /// # Panics
    /// Where there is no free port.
    pub async fn start(policy: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|e| panic!("{e}"));
        let address = listener.local_addr().unwrap_or_else(|e| panic!("{e}"));
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let (record, policy) = (bytes.clone(), Arc::new(policy));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, record.clone(), policy.clone()));
            }
        });
        Self { address, bytes, task }
    }

    /// Everything so far, heads and bodies, as it came.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether these bytes came.
    #[must_use]
    pub fn has(&self, part: &str) -> bool {
        self.bytes().windows(part.len()).any(|window| window == part.as_bytes())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// HTTP/1.1 with lengths, which is what the sidecar speaks.
async fn serve(mut stream: TcpStream, record: Arc<Mutex<Vec<u8>>>, policy: Arc<String>) -> Option<()> {
    let mut buffer = Vec::new();
    loop {
        let (length, is_config) = loop {
            if let Some(found) = head(&buffer) {
                break found;
            }
            read(&mut stream, &mut buffer, &record).await?;
        };
        while buffer.len() < length {
            read(&mut stream, &mut buffer, &record).await?;
        }
        buffer.drain(..length);
        let body = if is_config { policy.as_str() } else { "{}" };
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>, record: &Mutex<Vec<u8>>) -> Option<()> {
    let before = buffer.len();
    if stream.read_buf(buffer).await.ok()? == 0 {
        return None;
    }
    record.lock().unwrap_or_else(PoisonError::into_inner).extend(buffer.get(before..)?);
    Some(())
}

/// The length of a request, head and body, and whether it asks for the policy; none while its head is not whole.
fn head(buffer: &[u8]) -> Option<(usize, bool)> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = request.parse(buffer).ok()? else { return None };
    let is_config = request.path.is_some_and(|path| path.ends_with("/config"));
    let body = request.headers.iter().find(|h| h.name.eq_ignore_ascii_case("content-length"));
    let body = body.and_then(|h| std::str::from_utf8(h.value).ok()?.parse().ok()).unwrap_or(0usize);
    Some((length + body, is_config))
}

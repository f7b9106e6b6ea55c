//! A plain HTTP/1.1 client that writes exactly the bytes it is given and shows exactly those it gets.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest wait for an answer.
const LIMIT: Duration = Duration::from_secs(20);

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status; 0 where the connection ended without an answer.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// Body, chunks joined.
    pub body: Vec<u8>,
    /// Whether it ended as its framing says.
    pub complete: bool,
    /// In how many chunks it came; 0 where it had a length.
    pub chunks: usize,
}

impl Answer {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The JSON of each event of a stream; `[DONE]` is left out.
    #[must_use]
    pub fn events(&self) -> Vec<serde_json::Value> {
        let text = self.text();
        let data = text.lines().filter_map(|l| l.strip_prefix("data: "));
        data.filter_map(|d| serde_json::from_str(d).ok()).collect()
    }

    /// The joined `delta.content` of a stream's first choice.
    #[must_use]
    pub fn streamed_text(&self) -> String {
        let events = self.events();
        let deltas = events.iter().filter_map(|e| e["choices"][0]["delta"]["content"].as_str());
        deltas.collect()
    }
}

/// A connection that stays open between requests.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Panics
    /// Where nobody listens.
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap_or_else(|e| panic!("{address}: {e}"));
        let _ = stream.set_nodelay(true);
        Self { stream, buffer: Vec::new() }
    }

    /// Writes bytes as they are.
    pub async fn write(&mut self, bytes: &[u8]) {
        // A server that has answered early may have closed: its answer is what counts.
        let _ = self.stream.write_all(bytes).await;
    }

    async fn fill(&mut self) -> bool {
        let read = tokio::time::timeout(LIMIT, self.stream.read_buf(&mut self.buffer)).await;
        matches!(read, Ok(Ok(n)) if n > 0)
    }

    /// Reads one answer.
    pub async fn read(&mut self) -> Answer {
        let mut answer =
            Answer { status: 0, headers: Vec::new(), body: Vec::new(), complete: false, chunks: 0 };
        let head_len = loop {
            let mut headers = [httparse::EMPTY_HEADER; 64];
            let mut head = httparse::Response::new(&mut headers);
            if let Ok(httparse::Status::Complete(len)) = head.parse(&self.buffer) {
                answer.status = head.code.unwrap_or(0);
                let pair = |h: &httparse::Header<'_>| {
                    (h.name.to_ascii_lowercase(), String::from_utf8_lossy(h.value).into_owned())
                };
                answer.headers = head.headers.iter().map(pair).collect();
                break len;
            }
            if !self.fill().await {
                return answer;
            }
        };
        self.buffer.drain(..head_len);
        if answer.header("transfer-encoding").is_some_and(|v| v.contains("chunked")) {
            answer.complete = self.read_chunks(&mut answer).await;
            return answer;
        }
        let length: usize = answer.header("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
        while self.buffer.len() < length {
            if !self.fill().await {
                answer.body = std::mem::take(&mut self.buffer);
                return answer;
            }
        }
        answer.body = self.buffer.drain(..length).collect();
        answer.complete = true;
        answer
    }

    /// Reads one chunk; none at the end, an error where the connection broke.
    pub async fn read_chunk(&mut self) -> Result<Option<Vec<u8>>, ()> {
        loop {
            if let Ok(httparse::Status::Complete((start, size))) = httparse::parse_chunk_size(&self.buffer) {
                let size = usize::try_from(size).map_err(drop)?;
                if self.buffer.len() >= start + size + 2 {
                    let chunk: Vec<u8> =
                        self.buffer.drain(..start + size + 2).skip(start).take(size).collect();
                    return Ok(if size == 0 { None } else { Some(chunk) });
                }
            }
            if !self.fill().await {
                return Err(());
            }
        }
    }

    async fn read_chunks(&mut self, answer: &mut Answer) -> bool {
        loop {
            match self.read_chunk().await {
                Ok(Some(chunk)) => {
                    answer.body.extend_from_slice(&chunk);
                    answer.chunks += 1;
                }
                Ok(None) => return true,
                Err(()) => return false,
            }
        }
    }

    /// Sends a request with a length and reads its answer.
    pub async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.write(&request(method, path, headers, body)).await;
        self.read().await
    }
}

/// The bytes of a request with a length.
#[must_use]
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut out = format!("{method} {path} HTTP/1.1\r\nhost: gateway\r\ncontent-length: {}\r\n", body.len());
    if !headers.iter().any(|(n, _)| *n == "content-type") {
        out.push_str("content-type: application/json\r\n");
    }
    for (name, value) in headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    out.push_str("\r\n");
    let mut bytes = out.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Sends one JSON body to the chat endpoint on a connection of its own.
pub async fn chat(address: SocketAddr, body: &serde_json::Value) -> Answer {
    post(address, body.to_string().as_bytes()).await
}

/// Sends one body to the chat endpoint on a connection of its own.
pub async fn post(address: SocketAddr, body: &[u8]) -> Answer {
    Connection::open(address).await.send("POST", "/v1/chat/completions", &[], body).await
}

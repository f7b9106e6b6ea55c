//! A control plane by hand: it gives out one policy and keeps the traces that it gets.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Longest wait for a trace.
const LIMIT: Duration = Duration::from_secs(30);

/// A running control plane; it ends when dropped.
#[derive(Debug)]
pub struct Plane {
    address: SocketAddr,
    traces: Arc<Mutex<Vec<Value>>>,
    task: JoinHandle<()>,
}

impl Plane {
    /// Starts one that gives out this policy.
    ///
    /// # Panics
    /// Where no port can be had.
    pub async fn start(policy: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|e| panic!("no port: {e}"));
        let address = listener.local_addr().unwrap_or_else(|e| panic!("no address: {e}"));
        let traces = Arc::new(Mutex::new(Vec::new()));
        let kept = traces.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (policy, kept) = (policy.clone(), kept.clone());
                tokio::spawn(async move {
                    // A connection that breaks is the sidecar's affair.
                    let _ = serve(stream, &policy, &kept).await;
                });
            }
        });
        Self { address, traces, task }
    }

    /// The section of `gateway.yaml` that leads to it.
    #[must_use]
    pub fn section(&self) -> String {
        format!(
            "rivano: {{ base_url: \"http://{}\", api_key: made-up, sync_interval: 1 }}\n\
             telemetry: {{ batch_size: 1, flush_interval_ms: 100 }}\n",
            self.address
        )
    }

    /// The traces so far.
    #[must_use]
    pub fn traces(&self) -> Vec<Value> {
        self.traces.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the `count`-th trace.
    ///
    /// # Panics
    /// Where it does not come within half a minute.
    pub async fn trace(&self, count: usize) -> Value {
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Some(trace) = self.traces().into_iter().nth(count.saturating_sub(1)) {
                return trace;
            }
            assert!(Instant::now() < deadline, "trace {count} never came");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, policy: &str, traces: &Mutex<Vec<Value>>) -> std::io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Request::new(&mut headers);
        let parsed = head.parse(&buffer).map_err(std::io::Error::other)?;
        let httparse::Status::Complete(start) = parsed else {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
            continue;
        };
        let is_config = head.method == Some("GET");
        let length = head.headers.iter().find(|h| h.name.eq_ignore_ascii_case("content-length"));
        let length = length.and_then(|h| std::str::from_utf8(h.value).ok()?.parse().ok()).unwrap_or(0usize);
        while buffer.len() < start + length {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        }
        let body: Vec<u8> = buffer.drain(..start + length).skip(start).collect();
        let answer = if is_config { policy } else { "{}" };
        if !is_config {
            let batch: Value = serde_json::from_slice(&body).unwrap_or_default();
            let came = batch["traces"].as_array().cloned().unwrap_or_default();
            traces.lock().unwrap_or_else(PoisonError::into_inner).extend(came);
        }
        let length = answer.len();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(answer.as_bytes()).await?;
    }
}

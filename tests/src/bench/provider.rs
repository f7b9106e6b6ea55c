//! A provider for benches: it reads a request's length and its model, and writes bytes made before.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::bodies;

/// The sizes of whole answers, in bytes.
pub const SIZES: [usize; 3] = [2 * 1024, 16 * 1024, 128 * 1024];

/// The model whose stream begins with one event alone.
pub const FIRST_ALONE: &[u8] = b"\"bench-single\"";
/// How long its other events take.
const PAUSE: Duration = Duration::from_millis(3);

/// Listens on loopback, on the runtime's own thread.
///
/// # Errors
/// Where no port can be had.
pub async fn start() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let mut replies: Vec<(Vec<u8>, Vec<u8>)> = SIZES
        .iter()
        .map(|size| (format!("\"bench-{size}\"").into_bytes(), whole(&bodies::answer(*size))))
        .collect();
    replies.push((b"\"bench-stream\"".to_vec(), chunked(&bodies::stream())));
    replies.push((FIRST_ALONE.to_vec(), chunked(&bodies::stream())));
    let replies = Rc::new(replies);
    tokio::task::spawn_local(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            tokio::task::spawn_local(serve(stream, replies.clone()));
        }
    });
    Ok(address)
}

fn whole(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Each event a chunk of its own, all in one write.
fn chunked(events: &str) -> Vec<u8> {
    let mut out =
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for event in events.split_inclusive("\n\n") {
        out.extend_from_slice(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes());
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}

async fn serve(mut stream: TcpStream, replies: Rc<Vec<(Vec<u8>, Vec<u8>)>>) {
    let mut buffer: Vec<u8> = Vec::with_capacity(256 * 1024);
    loop {
        let head_len = loop {
            if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            if !matches!(stream.read_buf(&mut buffer).await, Ok(n) if n > 0) {
                return;
            }
        };
        let total = head_len + content_length(buffer.get(..head_len).unwrap_or_default());
        while buffer.len() < total {
            if !matches!(stream.read_buf(&mut buffer).await, Ok(n) if n > 0) {
                return;
            }
        }
        // serde_json writes the members by name: the model stands behind the messages.
        let body = buffer.get(head_len..total).unwrap_or_default();
        let tail = body.get(body.len().saturating_sub(80)..).unwrap_or_default();
        let front = body.get(..80.min(body.len())).unwrap_or_default();
        let is_asked = |mark: &[u8]| [tail, front].iter().any(|p| p.windows(mark.len()).any(|w| w == mark));
        let Some((_, reply)) = replies.iter().find(|(mark, _)| is_asked(mark)) else { return };
        let mut rest = reply.as_slice();
        if is_asked(FIRST_ALONE) {
            // The head and the first event, as a model gives them out.
            let first =
                rest.windows(4).enumerate().filter(|(_, w)| *w == b"\n\n\r\n").map(|(at, _)| at + 4).next();
            let (begin, end) = rest.split_at(first.unwrap_or(0));
            if stream.write_all(begin).await.is_err() {
                return;
            }
            tokio::time::sleep(PAUSE).await;
            rest = end;
        }
        if stream.write_all(rest).await.is_err() {
            return;
        }
        buffer.drain(..total);
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let line = lines.find_map(|l| l.strip_prefix("content-length: ").or(l.strip_prefix("Content-Length: ")));
    line.and_then(|l| l.trim().parse().ok()).unwrap_or(0)
}

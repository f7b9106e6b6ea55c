//! HTTP/1.1 by hand, so that every byte boundary of an answer is the provider's own choice.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::answer::{Reply, reply};
use super::{Fault, Record, Seen};

/// Largest request that is read.
const MAX_REQUEST: usize = 64 * 1024 * 1024;

/// Serves one connection until its client ends it.
///
/// # Errors
/// Where the connection breaks, or does not speak HTTP.
pub async fn serve(mut stream: TcpStream, record: &Record) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(64 * 1024);
    while let Some(request) = read_request(&mut stream, &mut buffer).await? {
        let clean = record.note(&request);
        let fault = record.fault();
        if fault == Fault::Reset {
            return Ok(());
        }
        if !write_reply(&mut stream, reply(&request, clean, fault)).await? {
            return Ok(());
        }
    }
    Ok(())
}

async fn fill(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<bool> {
    if buffer.len() > MAX_REQUEST {
        return Err(io::Error::other("request too large"));
    }
    buffer.reserve(32 * 1024);
    Ok(stream.read_buf(buffer).await? > 0)
}

async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Seen>> {
    let (mut request, head_len) = loop {
        if let Some(parsed) = parse_head(buffer)? {
            break parsed;
        }
        if !fill(stream, buffer).await? {
            return if buffer.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
    };
    buffer.drain(..head_len);
    if request.chunked {
        request.body = read_chunks(stream, buffer).await?;
    } else {
        let length = request.header("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
        while buffer.len() < length {
            if !fill(stream, buffer).await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        request.body = buffer.drain(..length).collect();
    }
    Ok(Some(request))
}

fn parse_head(buffer: &[u8]) -> io::Result<Option<(Seen, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(len) = head.parse(buffer).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|h| (h.name.to_ascii_lowercase(), String::from_utf8_lossy(h.value).into_owned()))
        .collect();
    let chunked = headers.iter().any(|(n, v)| n == "transfer-encoding" && v.contains("chunked"));
    let method = head.method.unwrap_or_default().to_owned();
    let path = head.path.unwrap_or_default().to_owned();
    Ok(Some((Seen { method, path, headers, body: Vec::new(), chunked }, len)))
}

async fn read_chunks(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let httparse::Status::Complete((start, size)) =
            httparse::parse_chunk_size(buffer).map_err(|e| io::Error::other(e.to_string()))?
        else {
            if !fill(stream, buffer).await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            continue;
        };
        let size = usize::try_from(size).map_err(io::Error::other)?;
        while buffer.len() < start + size + 2 {
            if !fill(stream, buffer).await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        body.extend_from_slice(buffer.get(start..start + size).unwrap_or_default());
        buffer.drain(..start + size + 2);
        if size == 0 {
            return Ok(body);
        }
    }
}

/// Writes a reply; returns whether the connection stays open.
async fn write_reply(stream: &mut TcpStream, reply: Reply) -> io::Result<bool> {
    match reply {
        Reply::Whole { status, headers, body, delay } => {
            tokio::time::sleep(delay).await;
            let headers: String = headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
            let mut out = format!(
                "HTTP/1.1 {status} Test\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n",
                body.len()
            )
            .into_bytes();
            out.extend_from_slice(&body);
            stream.write_all(&out).await?;
            Ok(true)
        }
        Reply::Chunks { content_type, pieces, pause, end } => {
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await?;
            for piece in pieces.iter().filter(|p| !p.is_empty()) {
                let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
                chunk.extend_from_slice(piece);
                chunk.extend_from_slice(b"\r\n");
                stream.write_all(&chunk).await?;
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
            }
            match end {
                End::Proper => stream.write_all(b"0\r\n\r\n").await?,
                End::Trailers => stream.write_all(b"0\r\nx-checksum: made-up\r\n\r\n").await?,
                End::Reset => {
                    // What was written must be on its way before the connection breaks.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}

/// How a chunked answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As it should.
    Proper,
    /// With trailers.
    Trailers,
    /// Not at all: the connection is closed.
    Reset,
}

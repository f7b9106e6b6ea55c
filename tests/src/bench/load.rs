//! Load on one address: as fast as it goes, or at a fixed rate with the delay counted from when each
//! request was due (so that a stall is not hidden by waiting for it).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a run gave.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Requests that were answered with 200.
    pub done: u64,
    /// Anything else.
    pub failed: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// Delays, sorted.
    pub delays: Vec<Duration>,
    /// Delays until the first byte of an answer's body, sorted.
    pub firsts: Vec<Duration>,
}

impl Outcome {
    /// Requests per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.done as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// The delay that this share of the requests stays below, in microseconds.
    #[must_use]
    pub fn percentile(&self, share: f64) -> f64 {
        percentile(&self.delays, share)
    }

    /// The delay that the first byte of half the answers' bodies stays below, in microseconds.
    #[must_use]
    pub fn first_byte(&self) -> f64 {
        percentile(&self.firsts, 0.5)
    }
}

fn percentile(delays: &[Duration], share: f64) -> f64 {
    let at = ((delays.len() as f64 * share) as usize).min(delays.len().saturating_sub(1));
    delays.get(at).map_or(f64::NAN, |d| d.as_secs_f64() * 1e6)
}

/// Sends `request` on `connections` connections for `time`, each as soon as it has its answer; or, with a
/// `rate` per second, each when it is due.
pub async fn run(
    address: SocketAddr,
    request: &[u8],
    connections: usize,
    time: Duration,
    rate: Option<f64>,
) -> Outcome {
    let begin = Instant::now() + Duration::from_millis(5);
    let mut tasks = Vec::new();
    for number in 0..connections {
        let request = request.to_vec();
        let step = rate.map(|r| Duration::from_secs_f64(connections as f64 / r));
        let first = rate.map_or(Duration::ZERO, |r| Duration::from_secs_f64(number as f64 / r));
        tasks.push(tokio::task::spawn_local(connection(address, request, begin + first, begin + time, step)));
    }
    let mut outcome = Outcome::default();
    for task in tasks {
        if let Ok(one) = task.await {
            outcome.done += one.done;
            outcome.failed += one.failed;
            outcome.delays.extend(one.delays);
            outcome.firsts.extend(one.firsts);
        }
    }
    outcome.elapsed = begin.elapsed();
    outcome.delays.sort_unstable();
    outcome.firsts.sort_unstable();
    outcome
}

async fn connection(
    address: SocketAddr,
    request: Vec<u8>,
    first: Instant,
    until: Instant,
    step: Option<Duration>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let Ok(mut stream) = TcpStream::connect(address).await else {
        outcome.failed = 1;
        return outcome;
    };
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::with_capacity(512 * 1024);
    let mut due = first;
    while due < until && Instant::now() < until {
        if step.is_some() {
            // The timer's grain is a millisecond, so the last stretch is waited out by giving way.
            tokio::time::sleep_until((due - Duration::from_millis(2)).into()).await;
            while Instant::now() < due {
                tokio::task::yield_now().await;
            }
        } else {
            due = Instant::now();
        }
        match exchange(&mut stream, &request, &mut buffer).await {
            Some((true, first)) => {
                outcome.done += 1;
                outcome.firsts.push(first.duration_since(due));
            }
            Some((false, _)) => outcome.failed += 1,
            None => {
                outcome.failed += 1;
                return outcome;
            }
        }
        outcome.delays.push(due.elapsed());
        due += step.unwrap_or_default();
    }
    outcome
}

/// One request and its answer: whether its status is 200, and when its body began; none where the connection broke.
async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> Option<(bool, Instant)> {
    stream.write_all(request).await.ok()?;
    buffer.clear();
    let (mut total, mut first) = (None, None);
    loop {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
        if total.is_none() {
            total = framing(buffer).map(|(_, length)| length);
        }
        if first.is_none() && total.is_some() && !buffer.ends_with(b"\r\n\r\n") {
            first = Some(Instant::now());
        }
        let whole = match total {
            Some(Some(length)) => buffer.len() >= length,
            Some(None) => buffer.ends_with(b"0\r\n\r\n"),
            None => false,
        };
        if whole {
            return Some((buffer.starts_with(b"HTTP/1.1 200"), first.unwrap_or_else(Instant::now)));
        }
    }
}

/// Once the head is there: its length, and the answer's, or none where that is chunked.
pub(super) fn framing(buffer: &[u8]) -> Option<(usize, Option<usize>)> {
    let head_len = buffer.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(buffer.get(..head_len)?);
    let mut lines = head.split("\r\n");
    let length = lines.find_map(|l| l.strip_prefix("content-length: ")?.parse::<usize>().ok());
    Some((head_len, length.map(|l| head_len + l)))
}

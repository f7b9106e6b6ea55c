//! Load at a fixed rate by threads that sleep and wait: they take no processor while nothing is due, so that they may
//! be given precedence over whatever else runs there ([`super::process::in_real_time`]).

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::load::framing;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// When it was to be sent.
    pub due: Instant,
    /// When it was sent.
    pub sent: Instant,
    /// When all of its answer was there.
    pub answered: Instant,
    /// Whether it was answered with 200.
    pub good: bool,
    /// Whether the answer's head holds what was asked for.
    pub marked: bool,
}

impl Sample {
    /// From when it was due to the end of its answer: what waited is not hidden by what made it wait.
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.answered - self.due
    }
}

/// Requests that go on until they are told to stop.
#[derive(Debug)]
pub struct Paced {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<std::io::Result<Vec<Sample>>>>,
}

impl Paced {
    /// Sends `request` so many times a second, on `connections` connections in turn. Answers whose head holds `mark`
    /// are told apart.
    #[must_use]
    pub fn start(
        address: SocketAddr,
        request: &[u8],
        connections: u32,
        rate: f64,
        mark: &'static str,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let begin = Instant::now() + Duration::from_millis(5);
        let step = Duration::from_secs_f64(f64::from(connections) / rate);
        let thread = |number| {
            let (request, stop) = (request.to_vec(), stop.clone());
            let first = begin + step * number / connections;
            std::thread::spawn(move || connection(address, &request, first, step, mark, &stop))
        };
        Self { threads: (0..connections).map(thread).collect(), stop }
    }

    /// Ends it; returns all requests, by when they were due.
    ///
    /// # Errors
    /// Where a connection could not be made, or broke.
    pub fn end(self) -> Result<Vec<Sample>, String> {
        self.stop.store(true, Ordering::Relaxed);
        let mut samples = Vec::new();
        for thread in self.threads {
            let of_one = thread.join().map_err(|_| "a thread of the load panicked".to_owned())?;
            samples.extend(of_one.map_err(|e| format!("load: {e}"))?);
        }
        samples.sort_unstable_by_key(|sample| sample.due);
        Ok(samples)
    }
}

fn connection(
    address: SocketAddr,
    request: &[u8],
    first: Instant,
    step: Duration,
    mark: &str,
    stop: &AtomicBool,
) -> std::io::Result<Vec<Sample>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut samples = Vec::with_capacity(4096);
    let (mut answer, mut due) = (Vec::with_capacity(8192), first);
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let sent = Instant::now();
        stream.write_all(request)?;
        let head = read_answer(&mut stream, &mut answer)?;
        let answered = Instant::now();
        let head = answer.get(..head).unwrap_or_default();
        let good = head.starts_with(b"HTTP/1.1 200");
        let marked = head.windows(mark.len()).any(|window| window == mark.as_bytes());
        samples.push(Sample { due, sent, answered, good, marked });
        due += step;
    }
    Ok(samples)
}

/// Reads one answer that says its length; returns that of its head.
fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> std::io::Result<usize> {
    answer.clear();
    let mut buffer = [0; 16 * 1024];
    loop {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        answer.extend_from_slice(buffer.get(..read).unwrap_or_default());
        if let Some((head, Some(length))) = framing(answer)
            && answer.len() >= length
        {
            return Ok(head);
        }
    }
}

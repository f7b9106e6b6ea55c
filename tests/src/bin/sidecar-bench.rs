//! How small the sidecar is: how long it takes to start, and how much memory is resident while it idles and while it
//! takes a thousand traces a second, with the outbox on the disk, a control plane that takes batches and a collector
//! that takes a span for each trace and the metrics. Everything is on this machine.
//!
//! `sidecar-bench [SECONDS]`: for how long traces are sent, 30 by default.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use privet_core::trace::Trace;
use privet_tests::recorder::Recorder;
use privet_tests::stack::{built, open_policy};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

const STARTS: usize = 21;
const PER_SECOND: usize = 1_000;
/// As often as the filter of a worker sends.
const BATCHES_PER_SECOND: usize = 5;
const IDLE: Duration = Duration::from_secs(10);

struct Sidecar {
    process: Child,
    started_in: Duration,
    socket: PathBuf,
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn start(folder: &Path) -> Result<Sidecar, String> {
    let program = built("PRIVET_SIDECAR", "target/release/privet-sidecar");
    let begin = Instant::now();
    let mut process = Command::new(program)
        .args(["--log", "warn", "run", "--config"])
        .arg(folder.join("gateway.yaml"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| e.to_string())?;
    let mut line = String::new();
    let stdout = process.stdout.take().ok_or("no output")?;
    BufReader::new(stdout).read_line(&mut line).map_err(|e| e.to_string())?;
    let started_in = begin.elapsed();
    let sidecar = Sidecar { process, started_in, socket: folder.join("state/run/intake.sock") };
    if line.starts_with("privet: at work") { Ok(sidecar) } else { Err(format!("it did not start: {line}")) }
}

/// A line of `/proc/ID/status` that is in kB, in MB.
fn megabytes(sidecar: &Sidecar, name: &str) -> f64 {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", sidecar.process.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let number = line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
    number.unwrap_or(f64::NAN) * 1024.0 / 1_000_000.0
}

fn trace(n: usize) -> Trace {
    Trace {
        id: format!("{n:x}-18a5e5e5e5e5e5e5-7"),
        ts: 1_750_000_000_000,
        request_id: format!("00000000-0000-4000-8000-{n:012x}"),
        key_id: format!("key-{}", n % 50),
        tenant: "tenant".to_owned(),
        endpoint: "/v1/chat/completions".to_owned(),
        http_status: 200,
        model_provider: "openai".to_owned(),
        model_name: "gpt-4o-mini".to_owned(),
        input_tokens: Some(300),
        output_tokens: Some(200),
        duration_ms: 900,
        pii_detected: [("EMAIL".to_owned(), 2), ("PHONE".to_owned(), 1)].into(),
        injection_score: Some(0.1),
        policy_revision: "r1".to_owned(),
        ..Trace::default()
    }
}

/// Sends a batch, and waits until it is answered: until it is on the disk.
async fn send(stream: &mut UnixStream, first: usize, count: usize) -> Result<(), String> {
    let traces: Vec<Trace> = (first..first + count).map(trace).collect();
    let body = serde_json::json!({ "traces": traces }).to_string();
    let request = format!(
        "POST /privet/v1/traces HTTP/1.1\r\nhost: sidecar\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.map_err(|e| e.to_string())?;
    let mut answer = [0; 512];
    let length = stream.read(&mut answer).await.map_err(|e| e.to_string())?;
    let taken = answer.get(..length).is_some_and(|a| a.starts_with(b"HTTP/1.1 204"));
    if taken { Ok(()) } else { Err("a batch was not taken".to_owned()) }
}

async fn load(sidecar: &Sidecar, seconds: usize) -> Result<f64, String> {
    let mut stream = UnixStream::connect(&sidecar.socket).await.map_err(|e| e.to_string())?;
    let mut due = tokio::time::interval(Duration::from_millis(1_000 / BATCHES_PER_SECOND as u64));
    let count = PER_SECOND / BATCHES_PER_SECOND;
    let mut most = 0.0f64;
    for batch in 0..seconds * BATCHES_PER_SECOND {
        due.tick().await;
        send(&mut stream, batch * count, count).await?;
        most = most.max(megabytes(sidecar, "VmRSS"));
    }
    Ok(most)
}

#[tokio::main]
async fn main() -> Result<(), String> {
    let seconds = std::env::args().nth(1).and_then(|s| s.parse().ok()).unwrap_or(30);
    let folder = TempDir::new().map_err(|e| e.to_string())?;
    let (plane, collector) = (Recorder::start(open_policy("r1")).await, Recorder::start(String::new()).await);
    let yaml = format!(
        "rivano: {{ base_url: 'http://{}', api_key: made-up }}\nproviders: [{{ name: ollama }}]\n\
         admin: {{ port: 0 }}\nstate_dir: state\n\
         telemetry: {{ otlp: {{ endpoint: 'http://{}', spans: true }} }}\n",
        plane.address, collector.address
    );
    std::fs::write(folder.path().join("gateway.yaml"), yaml).map_err(|e| e.to_string())?;
    let mut starts: Vec<Duration> = Vec::new();
    for _ in 0..STARTS {
        starts.push(start(folder.path())?.started_in);
    }
    starts.sort();
    let sidecar = start(folder.path())?;
    tokio::time::sleep(IDLE).await;
    let idle = megabytes(&sidecar, "VmRSS");
    let most = load(&sidecar, seconds).await?;
    let own = megabytes(&sidecar, "RssAnon");
    println!(
        "start until it is at work      median {:?}, slowest of {STARTS} {:?}",
        starts[STARTS / 2],
        starts[STARTS - 1]
    );
    println!("resident, idle for {IDLE:?}       {idle:.1} MB");
    println!(
        "resident, {PER_SECOND} traces/s for {seconds} s  at most {most:.1} MB (at the end {own:.1} MB of it not shared with the binary)"
    );
    Ok(())
}

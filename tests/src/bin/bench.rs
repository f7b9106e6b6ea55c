//! `make bench`: plain Envoy, Envoy with a no-op module that copies both bodies in and out, and Envoy with
//! Privet, interleaved in one run; then the core alone, natively and as wasm in Node's V8.
//!
//! Envoys stand on the first processor with one worker each; load and provider share the second. A figure
//! is the median of its rounds. Nothing is asserted: read it beside figures from the same machine.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use privet_core::formats::openai_chat::{ChatStream, REQUEST, restore};
use privet_core::mask::mask;
use privet_core::policy::Policy;
use privet_tests::bench::{bodies, envoys, load, process, provider};
use privet_tests::client::request;
use privet_tests::stack::workspace;

const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_millis(1500);
const CONNECTIONS: usize = 16;

struct Subject {
    name: &'static str,
    address: SocketAddr,
    id: u32,
}

struct Load {
    name: String,
    bytes: Vec<u8>,
    /// Requests per second of the run that measures delays: about a quarter of what plain Envoy can.
    rate: f64,
}

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("bench: no runtime: {e}");
            return ExitCode::FAILURE;
        }
    };
    let profile = std::env::args().nth(1).is_some_and(|a| a == "profile");
    let set = tokio::task::LocalSet::new();
    let result =
        if profile { set.block_on(&runtime, keep_busy()) } else { set.block_on(&runtime, envoy_bench()) };
    if profile {
        return if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    if let Err(reason) = result {
        eprintln!("bench: {reason}");
        return ExitCode::FAILURE;
    }
    native_core();
    wasm_core();
    ExitCode::SUCCESS
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

async fn envoy_bench() -> Result<(), String> {
    let provider = provider::start().await.map_err(|e| e.to_string())?;
    let stack =
        tokio::task::spawn_blocking(move || envoys::privet(provider)).await.map_err(|e| e.to_string())?;
    let rendered = envoys::rendered(&stack)?;
    let plain = envoys::BareEnvoy::start(&rendered, false)?;
    let floor = envoys::BareEnvoy::start(&rendered, true)?;
    let subjects = [
        Subject { name: "plain Envoy", address: plain.address, id: plain.id() },
        Subject { name: "no-op module", address: floor.address, id: floor.id() },
        Subject { name: "privet", address: stack.address, id: stack.envoy_id().ok_or("Envoy is gone")? },
    ];
    let two = std::thread::available_parallelism().is_ok_and(|n| n.get() >= 2);
    let pinned = two && subjects.iter().all(|s| process::pin(s.id, 0)) && process::pin(std::process::id(), 1);
    println!(
        "Envoy with one worker, {CONNECTIONS} connections, {ROUNDS} rounds of {ROUND:?}, pinned: {pinned}\n"
    );
    for load in loads() {
        compare(&subjects, &load).await;
    }
    Ok(())
}

/// `bench profile [NUMBER]`: twenty seconds of one load on Privet, for a profiler to look at.
async fn keep_busy() -> Result<(), String> {
    let provider = provider::start().await.map_err(|e| e.to_string())?;
    let stack =
        tokio::task::spawn_blocking(move || envoys::privet(provider)).await.map_err(|e| e.to_string())?;
    let id = stack.envoy_id().ok_or("Envoy is gone")?;
    process::pin(id, 0);
    process::pin(std::process::id(), 1);
    let number = std::env::args().nth(2).and_then(|n| n.parse().ok()).unwrap_or(0);
    let load = loads().into_iter().nth(number).ok_or("no such load")?;
    println!("{}: Envoy is process {id}", load.name);
    let before = process::cpu_time(id);
    let outcome = load::run(stack.address, &load.bytes, CONNECTIONS, Duration::from_secs(20), None).await;
    let spent = process::cpu_time(id).saturating_sub(before).as_secs_f64() * 1e6;
    println!("{:.0} requests/s, {:.1} CPU µs each", outcome.rate(), spent / outcome.done.max(1) as f64);
    Ok(())
}

fn loads() -> Vec<Load> {
    let mut loads = Vec::new();
    for (stream, rates) in [(false, [4000.0, 3000.0, 800.0]), (true, [2000.0, 1500.0, 600.0])] {
        for (size, rate) in provider::SIZES.iter().zip(rates) {
            let answer = if stream { "a stream of 200 deltas" } else { "as much back" };
            let bytes = request("POST", "/v1/chat/completions", &[], &bodies::request(*size, stream));
            loads.push(Load { name: format!("{} KB in, {answer}", size / 1024), bytes, rate });
        }
    }
    loads
}

async fn compare(subjects: &[Subject], load: &Load) {
    let mut rates = vec![Vec::new(); subjects.len()];
    let mut cpu = vec![Vec::new(); subjects.len()];
    let mut failed = 0;
    for round in 0..=ROUNDS {
        for (n, subject) in subjects.iter().enumerate() {
            let before = process::cpu_time(subject.id);
            // The first round warms up: V8 compiles, buffers grow.
            let time = if round == 0 { ROUND / 3 } else { ROUND };
            let outcome = load::run(subject.address, &load.bytes, CONNECTIONS, time, None).await;
            let spent = process::cpu_time(subject.id).saturating_sub(before);
            failed += outcome.failed;
            if round > 0 {
                rates[n].push(outcome.rate());
                cpu[n].push(spent.as_secs_f64() * 1e6 / outcome.done.max(1) as f64);
            }
        }
    }
    println!("{}", load.name);
    println!(
        "  {:<14} {:>10} {:>12} {:>10} {:>10} {:>9}",
        "", "requests/s", "CPU µs/req.", "p50 µs", "p99 µs", "RSS MiB"
    );
    let floor = median(rates[1].clone());
    for (n, subject) in subjects.iter().enumerate() {
        let paced = load::run(subject.address, &load.bytes, CONNECTIONS, ROUND, Some(load.rate)).await;
        failed += paced.failed;
        let rate = median(rates[n].clone());
        println!(
            "  {:<14} {rate:>10.0} {:>12.1} {:>10.0} {:>10.0} {:>9.0}   {:.2} of the no-op module",
            subject.name,
            median(cpu[n].clone()),
            paced.percentile(0.5),
            paced.percentile(0.99),
            process::resident_mib(subject.id),
            rate / floor,
        );
    }
    println!("  delays at {:.0} requests/s; {failed} requests failed\n", load.rate);
}

/// MB/s of `work` on `bytes` bytes, the median of five runs of a tenth of a second.
fn throughput(bytes: usize, mut work: impl FnMut()) -> f64 {
    let mut rates = Vec::new();
    for _ in 0..5 {
        let (begin, mut times) = (Instant::now(), 0u32);
        while begin.elapsed() < Duration::from_millis(100) {
            work();
            times += 1;
        }
        rates.push(f64::from(times) * bytes as f64 / begin.elapsed().as_secs_f64() / 1e6);
    }
    median(rates)
}

fn native_core() {
    println!("The core alone, natively, MB/s (one thread)");
    let Ok(policy) = Policy::parse(br#"{"schema":1,"revision":"bench"}"#) else { return };
    for size in provider::SIZES {
        let body = bodies::request(size, false);
        let answer = bodies::answer(size);
        let Ok(masked) = mask(&body, &REQUEST, &policy.masking) else { return };
        let masking =
            throughput(body.len(), || drop(std::hint::black_box(mask(&body, &REQUEST, &policy.masking))));
        let restoring =
            throughput(answer.len(), || drop(std::hint::black_box(restore(&answer, &masked.tokens))));
        println!("  {:>4} KB   mask {masking:>6.0}   restore {restoring:>6.0}", size / 1024);
    }
    let Ok(masked) = mask(&bodies::request(2048, true), &REQUEST, &policy.masking) else { return };
    let stream = bodies::stream();
    let events: Vec<&str> = stream.split_inclusive("\n\n").collect();
    let rate = throughput(stream.len(), || {
        let mut chat = ChatStream::new();
        for event in &events {
            std::hint::black_box(chat.push(&masked.tokens, event.as_bytes(), false));
        }
    });
    println!(
        "  stream    restore {rate:>6.0}   ({:.2} µs a delta)\n",
        stream.len() as f64 / rate / events.len() as f64
    );
}

fn wasm_core() {
    let module = workspace().join("target/modules/core_bench.wasm");
    let script = workspace().join("tests/core-bench/run.mjs");
    if run_node(&script, &module).is_none() {
        println!("The core alone as wasm: not measured (needs node, and `make build`)");
    }
}

fn run_node(script: &Path, module: &Path) -> Option<()> {
    let status = Command::new("node").arg(script).arg(module).status().ok()?;
    status.success().then_some(())
}

//! `make bench`: plain Envoy, Envoy with a no-op module that copies both bodies in and out, and Envoy with
//! Privet, interleaved in one run; then the core alone, natively and as wasm in Node's V8 (`bench core`: only
//! that; `bench NUMBER`: only that load on the Envoys).
//!
//! Envoys stand on the first processor with one worker each; load and provider share the second. A figure
//! is the median of its rounds. Nothing is asserted: read it beside figures from the same machine.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use privet_tests::bench::{bodies, core, envoys, keys_pushed, load, median, process, provider};
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
    /// Requests per second of the run that measures delays: what leaves every Envoy idle more than half of the time,
    /// so that the delays are those of the work and not of waiting behind others.
    rate: f64,
}

fn main() -> ExitCode {
    let result = match std::env::args().nth(1).as_deref() {
        Some("core") => Ok(()),
        Some("profile") => return code(run(keep_busy())),
        Some("modules") => return code(run(compare_modules())),
        Some("keys") => return code(run(push_keys())),
        Some(number) if number.parse::<usize>().is_ok() => return code(run(envoy_bench())),
        _ => run(envoy_bench()).and_then(|()| run(push_keys())),
    };
    if result.is_ok() {
        core::report();
        wasm_core();
    }
    code(result)
}

fn run(work: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| format!("no runtime: {e}"))?;
    tokio::task::LocalSet::new().block_on(&runtime, work)
}

fn code(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("bench: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn envoy_bench() -> Result<(), String> {
    let provider = provider::start().await.map_err(|e| e.to_string())?;
    let stack = tokio::task::spawn_blocking(move || envoys::privet(provider, None))
        .await
        .map_err(|e| e.to_string())?;
    let with_fallback = tokio::task::spawn_blocking(move || envoys::privet_with_fallback(provider))
        .await
        .map_err(|e| e.to_string())?;
    let rendered = envoys::rendered(&stack)?;
    let plain = envoys::BareEnvoy::start(&rendered, false)?;
    let floor = envoys::BareEnvoy::start(&rendered, true)?;
    let subjects = [
        Subject { name: "plain Envoy", address: plain.address, id: plain.id() },
        Subject { name: "no-op module", address: floor.address, id: floor.id() },
        Subject { name: "privet", address: stack.address, id: stack.envoy_id().ok_or("Envoy is gone")? },
        Subject {
            name: "with fallback",
            address: with_fallback.address,
            id: with_fallback.envoy_id().ok_or("Envoy is gone")?,
        },
    ];
    let two = std::thread::available_parallelism().is_ok_and(|n| n.get() >= 2);
    let pinned = two && subjects.iter().all(|s| process::pin(s.id, 0)) && process::pin(std::process::id(), 1);
    println!(
        "Envoy with one worker, {CONNECTIONS} connections, {ROUNDS} rounds of {ROUND:?}, pinned: {pinned}\n"
    );
    let only = std::env::args().nth(1).and_then(|n| n.parse::<usize>().ok());
    for (number, load) in loads().into_iter().enumerate() {
        if only.is_none_or(|only| only == number) {
            compare(&subjects, &load).await;
        }
    }
    Ok(())
}

/// `bench keys`: policies with very many keys, put in force under load.
async fn push_keys() -> Result<(), String> {
    let provider = provider::start().await.map_err(|e| e.to_string())?;
    keys_pushed::report(provider).await
}

/// `bench profile [NUMBER]`: twenty seconds of one load on Privet, for a profiler to look at.
async fn keep_busy() -> Result<(), String> {
    let provider = provider::start().await.map_err(|e| e.to_string())?;
    let stack = tokio::task::spawn_blocking(move || envoys::privet(provider, None))
        .await
        .map_err(|e| e.to_string())?;
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

/// `bench modules NUMBER MODULE…`: one load on several builds of the module, or policies (`*.json`), in many short turns and in several
/// processes each: differences of a microsecond drown in the drift of a shared machine, and two processes of
/// the same build differ by several, by where their memory happens to lie.
async fn compare_modules() -> Result<(), String> {
    const STARTS: usize = 6;
    let provider = provider::start().await.map_err(|e| e.to_string())?;
    let mut arguments = std::env::args().skip(2);
    let number = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(0);
    let load = loads().into_iter().nth(number).ok_or("no such load")?;
    let modules: Vec<String> = arguments.collect();
    process::pin(std::process::id(), 1);
    let mut figures = vec![Vec::new(); modules.len() + 1];
    for _ in 0..STARTS {
        let turns = module_turns(provider, &load, &modules).await?;
        figures.iter_mut().zip(turns).for_each(|(all, one)| all.push(one));
    }
    println!("{}", load.name);
    let names = std::iter::once("no-op module").chain(modules.iter().map(String::as_str));
    for (name, figures) in names.zip(figures) {
        let mean = |of: fn(&(f64, f64)) -> f64| figures.iter().map(of).sum::<f64>() / STARTS as f64;
        let cpu: Vec<String> = figures.iter().map(|(cpu, _)| format!("{cpu:.0}")).collect();
        println!(
            "  {:>6.1} CPU µs/req. ({})   {:.3} of the no-op module's requests/s   {name}",
            mean(|f| f.0),
            cpu.join(" "),
            mean(|f| f.1)
        );
    }
    Ok(())
}

/// CPU time and share of the no-op module's rate, for the no-op module and each of `modules`, all started
/// anew.
async fn module_turns(
    provider: SocketAddr,
    load: &Load,
    modules: &[String],
) -> Result<Vec<(f64, f64)>, String> {
    const TURNS: usize = 20;
    const TURN: Duration = Duration::from_millis(120);
    let mut stacks = Vec::new();
    for module in modules {
        let module = Path::new(module).to_path_buf();
        let start = move || envoys::privet(provider, Some(module));
        stacks.push(tokio::task::spawn_blocking(start).await.map_err(|e| e.to_string())?);
    }
    let floor = envoys::BareEnvoy::start(&envoys::rendered(stacks.first().ok_or("name a module")?)?, true)?;
    let mut subjects = vec![(floor.address, floor.id())];
    for stack in &stacks {
        subjects.push((stack.address, stack.envoy_id().ok_or("Envoy is gone")?));
    }
    subjects.iter().for_each(|(_, id)| _ = process::pin(*id, 0));
    let mut cpu = vec![Vec::new(); subjects.len()];
    let mut share = cpu.clone();
    for turn in 0..=TURNS {
        let mut floor_rate = f64::NAN;
        for (n, (address, id)) in subjects.iter().enumerate() {
            let before = process::cpu_time(*id);
            let outcome = load::run(*address, &load.bytes, CONNECTIONS, TURN, None).await;
            let spent = process::cpu_time(*id).saturating_sub(before).as_secs_f64() * 1e6;
            floor_rate = if n == 0 { outcome.rate() } else { floor_rate };
            if turn > 0 {
                cpu[n].push(spent / outcome.done.max(1) as f64);
                share[n].push(outcome.rate() / floor_rate);
            }
        }
    }
    Ok(cpu.into_iter().zip(share).map(|(cpu, share)| (lower_quartile(cpu), median(share))).collect())
}

/// The figure that a quarter of them stay below: what a machine disturbs only ever takes longer.
fn lower_quartile(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 4).copied().unwrap_or(f64::NAN)
}

fn loads() -> Vec<Load> {
    let mut loads = Vec::new();
    for (stream, rates) in [(false, [2000.0, 1200.0, 250.0]), (true, [800.0, 600.0, 250.0])] {
        for (size, rate) in provider::SIZES.iter().zip(rates) {
            let answer = if stream { "a stream of 200 deltas" } else { "as much back" };
            let bytes = request("POST", "/v1/chat/completions", &[], &bodies::request(*size, stream));
            loads.push(Load { name: format!("{} KB in, {answer}", size / 1024), bytes, rate });
        }
    }
    let single =
        String::from_utf8_lossy(&bodies::request(2048, true)).replace("bench-stream", "bench-single");
    let bytes = request("POST", "/v1/chat/completions", &[], single.as_bytes());
    let name = "2 KB in, a stream whose first delta comes 3 ms before the others".to_owned();
    loads.push(Load { name, bytes, rate: 500.0 });
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
        "  {:<14} {:>10} {:>12} {:>10} {:>10} {:>10} {:>9}",
        "", "requests/s", "CPU µs/req.", "first µs", "p50 µs", "p99 µs", "RSS MiB"
    );
    let floor = median(rates[1].clone());
    for (n, subject) in subjects.iter().enumerate() {
        let paced = load::run(subject.address, &load.bytes, CONNECTIONS, ROUND, Some(load.rate)).await;
        failed += paced.failed;
        let rate = median(rates[n].clone());
        println!(
            "  {:<14} {rate:>10.0} {:>12.1} {:>10.0} {:>10.0} {:>10.0} {:>9.0}   {:.2} of the no-op module",
            subject.name,
            median(cpu[n].clone()),
            paced.first_byte(),
            paced.percentile(0.5),
            paced.percentile(0.99),
            process::resident_mib(subject.id),
            rate / floor,
        );
    }
    println!("  delays at {:.0} requests/s; {failed} requests failed\n", load.rate);
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

//! What a policy with very many keys costs while it is put in force: how long that takes, and the requests meanwhile.
//!
//! A machine disturbs requests by itself, too, and more than this does. So windows in which a policy is pushed take
//! turns with such in which nothing is, under one load, and both are shown. Load and provider go before whatever else
//! runs on their processor; and Envoy's own account of how long its workers stood, between two looks at what there is
//! to do, does not depend on them at all.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::paced::{Paced, Sample};
use super::{bodies, keys, median, process};
use crate::client::request;
use crate::stack::{Setup, Stack, built};

/// Requests a second, of 2 KB.
const RATE: f64 = 400.0;
const CONNECTIONS: u32 = 8;
/// How long a window is: a policy has to be in force at its end.
const WINDOW: Duration = Duration::from_millis(800);
/// Windows of each kind.
const WINDOWS: usize = 12;
/// What every answer says under one of the two policies, and none under the other.
const MARK: &str = "x-privet-provider: ";
/// The two, which take turns.
const POLICIES: [&str; 2] = ["marking.json", "plain.json"];

/// A window under load.
struct Window {
    begin: Instant,
    end: Instant,
    /// Whether the policy that was put in force at its beginning marks the answers; none where none was.
    marks: Option<bool>,
    /// How long a worker stood at most, in microseconds.
    stood: f64,
    /// How long the sidecar took to bring the policy, in milliseconds.
    push: f64,
}

/// Prints it.
///
/// # Errors
/// Why nothing could be measured.
pub async fn report(provider: std::net::SocketAddr) -> Result<(), String> {
    let stack = tokio::task::spawn_blocking(move || start(provider)).await.map_err(|e| e.to_string())??;
    let envoy = stack.envoy_id().ok_or("Envoy is gone")?;
    process::pin(envoy, 0);
    process::pin(stack.sidecar_id(), 1);
    process::pin(std::process::id(), 1);
    let first = process::in_real_time(std::process::id());
    let bearer = format!("Bearer {}", keys::key(1));
    let body = bodies::request(2048, false);
    let bytes = request("POST", "/v1/chat/completions", &[("authorization", &bearer)], &body);
    let load = Paced::start(stack.address, &bytes, CONNECTIONS, RATE, MARK);
    let stack = Arc::new(stack);
    let watched = stack.clone();
    // On a thread of its own: the provider stands on this one.
    let windows =
        tokio::task::spawn_blocking(move || windows(&watched)).await.map_err(|e| e.to_string())??;
    let samples = tokio::task::spawn_blocking(|| load.end()).await.map_err(|e| e.to_string())??;
    println!(
        "{} keys, {RATE} requests/s of 2 KB on two workers, windows of {WINDOW:?}, load goes first: {first}",
        keys::KEYS
    );
    println!(
        "  {:<14} {:>8} {:>8} {:>8}   {:>20}   {:>24}   {:>8}",
        "", "requests", "p50 µs", "p99 µs", "longest, median/all", "worker stood, median/all", "late µs"
    );
    let undisturbed = Kind::of(&windows, &samples, false);
    let pushed = Kind::of(&windows, &samples, true);
    undisturbed.print("undisturbed");
    pushed.print("with a push");
    println!(
        "  excess of the longest: {:+.0} µs by the median of the windows, {:+.0} µs of all",
        median(pushed.longest.clone()) - median(undisturbed.longest.clone()),
        most(&pushed.longest) - most(&undisturbed.longest),
    );
    in_force(&windows, &samples)?;
    println!("  Envoy {:.0} MiB\n", process::resident_mib(envoy));
    Ok(())
}

/// Starts a stack whose Envoy keeps account of its workers' loops, and lays both policies ready.
fn start(provider: std::net::SocketAddr) -> Result<Stack, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let envoy = folder.path().join("envoy");
    let real = built("ENVOY_PATH", ".tools/envoy");
    let watching = r#"{"enable_dispatcher_stats":true,"stats_flush_on_admin":true}"#;
    let script = format!("#!/bin/sh\nexec '{}' \"$@\" --config-yaml '{watching}'\n", real.display());
    let written = std::fs::write(&envoy, script)
        .and_then(|()| std::fs::set_permissions(&envoy, std::fs::Permissions::from_mode(0o700)));
    written.map_err(|e| e.to_string())?;
    let mut setup = Setup::one_provider(&format!("http://{provider}/v1"));
    setup.envoy = Some(envoy);
    let plain = keys::policy("plain", keys::KEYS - 1).replacen(
        r#"{"schema":1,"#,
        r#"{"schema":1,"response_headers":false,"#,
        1,
    );
    let stack = Stack::start(&setup.policy(plain.clone()));
    for (name, policy) in POLICIES.iter().zip([keys::policy("marking", keys::KEYS), plain]) {
        std::fs::write(stack.folder().join(name), policy).map_err(|e| e.to_string())?;
    }
    Ok(stack)
}

/// Puts one of the two policies in place, as a ConfigMap is: the name leads to another file.
fn put(folder: &Path, policy: &str) -> Result<(), String> {
    let beside = folder.join("policy.new");
    let linked = std::os::unix::fs::symlink(policy, &beside);
    linked.and_then(|()| std::fs::rename(&beside, folder.join("policy.json"))).map_err(|e| e.to_string())
}

/// Lets the windows pass, of both kinds in turn.
fn windows(stack: &Stack) -> Result<Vec<Window>, String> {
    let admin = stack.folder().join("state/run/admin.sock");
    std::thread::sleep(Duration::from_secs(1));
    let mut windows = Vec::new();
    for number in 0..2 * WINDOWS {
        let marks = (number % 2 == 1).then_some(number % 4 == 1);
        longest_loop(&admin)?;
        let begin = Instant::now();
        if let Some(marks) = marks {
            put(stack.folder(), POLICIES[usize::from(!marks)])?;
        }
        std::thread::sleep(WINDOW);
        let end = Instant::now();
        let stood = longest_loop(&admin)?;
        let push = stack.status()["envoys"][0]["push_ms"].as_f64().unwrap_or(f64::NAN);
        windows.push(Window { begin, end, marks, stood, push });
    }
    Ok(windows)
}

/// How long a worker stood at most since this was asked last, in microseconds.
fn longest_loop(admin: &Path) -> Result<f64, String> {
    // The first question has the workers' accounts gathered; the second finds them.
    workers_loops(admin)?;
    std::thread::sleep(Duration::from_millis(30));
    let text = workers_loops(admin)?;
    let most = |line: &str| line.rsplit_once("P100(")?.1.split([',', ')']).next()?.parse::<f64>().ok();
    Ok(text.lines().filter_map(most).fold(f64::NAN, f64::max))
}

fn workers_loops(admin: &Path) -> Result<String, String> {
    let asked = || {
        let mut stream = UnixStream::connect(admin)?;
        stream.write_all(
            b"GET /stats?filter=worker_..dispatcher.loop_duration HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n",
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    asked().map_err(|e: std::io::Error| format!("Envoy's statistics: {e}"))
}

/// The windows of a kind, in microseconds.
struct Kind {
    delays: Vec<f64>,
    late: f64,
    longest: Vec<f64>,
    stood: Vec<f64>,
    failed: usize,
}

impl Kind {
    fn of(windows: &[Window], samples: &[Sample], pushed: bool) -> Self {
        let mut kind =
            Self { delays: Vec::new(), late: 0.0, longest: Vec::new(), stood: Vec::new(), failed: 0 };
        for window in windows.iter().filter(|w| w.marks.is_some() == pushed) {
            let inside = samples.iter().filter(|s| (window.begin..window.end).contains(&s.due));
            let delays: Vec<f64> = inside.clone().map(|s| s.delay().as_secs_f64() * 1e6).collect();
            kind.failed += inside.clone().filter(|s| !s.good).count();
            kind.late = inside.map(|s| (s.sent - s.due).as_secs_f64() * 1e6).fold(kind.late, f64::max);
            kind.longest.push(most(&delays));
            kind.delays.extend(delays);
            kind.stood.push(window.stood);
        }
        kind.delays.sort_unstable_by(f64::total_cmp);
        kind
    }

    fn print(&self, name: &str) {
        let at =
            |share: f64| self.delays.get((self.delays.len() as f64 * share) as usize).unwrap_or(&f64::NAN);
        println!(
            "  {name:<14} {:>8} {:>8.0} {:>8.0}   {:>12.0} {:>7.0}   {:>16.0} {:>7.0}   {:>8.0}   {} failed",
            self.delays.len(),
            at(0.5),
            at(0.99),
            median(self.longest.clone()),
            most(&self.longest),
            median(self.stood.clone()),
            most(&self.stood),
            self.late,
            self.failed,
        );
    }
}

fn most(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, f64::max)
}

/// Prints when the last request was sent that was answered under the policy before, from when the file was another.
fn in_force(windows: &[Window], samples: &[Sample]) -> Result<(), String> {
    let (mut times, mut pushes) = (Vec::new(), Vec::new());
    for window in windows {
        let Some(marks) = window.marks else { continue };
        let inside = || samples.iter().filter(|s| (window.begin..window.end).contains(&s.sent));
        if inside().last().is_none_or(|last| last.marked != marks) {
            return Err("a policy was not in force at the end of its window".to_owned());
        }
        let old = inside().filter(|s| s.marked != marks).map(|s| s.sent - window.begin).max();
        times.push(old.unwrap_or_default().as_secs_f64() * 1e3);
        pushes.push(window.push);
    }
    println!(
        "  last request under the former policy: {:.0} ms after the file changed by the median, {:.0} at most; \
         pushes took {:.0} ms by the median, {:.0} at most",
        median(times.clone()),
        most(&times),
        median(pushes.clone()),
        most(&pushes),
    );
    Ok(())
}

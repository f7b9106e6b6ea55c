//! CPU time, memory and pinning of a process, from `/proc` and `taskset`.

use std::process::{Command, Stdio};
use std::time::Duration;

/// CPU time of all threads of a process.
#[must_use]
pub fn cpu_time(id: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().map_while(Result::ok);
    // The first number of schedstat: nanoseconds on a processor.
    let times = tasks.filter_map(|t| {
        let stat = std::fs::read_to_string(t.path().join("schedstat")).ok()?;
        stat.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(times.sum())
}

/// Resident memory of a process, in MiB.
#[must_use]
pub fn resident_mib(id: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    let kib: f64 =
        line.and_then(|l| l.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(f64::NAN);
    kib / 1024.0
}

/// Keeps all threads of a process on one processor. Returns whether it worked.
pub fn pin(id: u32, cpu: usize) -> bool {
    let mut taskset = Command::new("taskset");
    taskset.args(["-a", "-p", "-c", &cpu.to_string(), &id.to_string()]);
    taskset.stdout(Stdio::null()).status().is_ok_and(|s| s.success())
}

/// Gives all threads of a process, and those that it will start, precedence over every process that has not been given
/// it. Returns whether it worked.
pub fn in_real_time(id: u32) -> bool {
    let mut chrt = Command::new("chrt");
    chrt.args(["-a", "-f", "-p", "1", &id.to_string()]);
    chrt.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

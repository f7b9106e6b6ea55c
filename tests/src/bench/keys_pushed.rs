//! What a policy with very many keys costs while it is put in force: for how long, and the requests meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{bodies, keys, load, process};
use crate::client::request;
use crate::stack::{Setup, Stack};

/// Requests a second, of 2 KB.
const RATE: f64 = 400.0;
/// How long the load goes on in each turn.
const TURN: Duration = Duration::from_secs(4);
/// How often the policy is replaced.
const ROUNDS: usize = 5;

/// Prints it.
///
/// # Errors
/// Why nothing could be measured.
pub async fn report(provider: std::net::SocketAddr) -> Result<(), String> {
    let mut setup = Setup::one_provider(&format!("http://{provider}/v1"));
    setup.gateway_yaml = setup.gateway_yaml.replace("workers: 2", "workers: 1");
    let setup = setup.policy(keys::policy("round-0", keys::KEYS));
    let stack = tokio::task::spawn_blocking(move || Stack::start(&setup)).await.map_err(|e| e.to_string())?;
    let envoy = stack.envoy_id().ok_or("Envoy is gone")?;
    // The sidecar and the load share a processor; the load goes first.
    process::pin(stack.sidecar_id(), 1);
    process::pin(envoy, 0);
    process::pin(std::process::id(), 1);
    process::step_back(stack.sidecar_id());
    let bearer = format!("Bearer {}", keys::key(1));
    let body = bodies::request(2048, false);
    let bytes = request("POST", "/v1/chat/completions", &[("authorization", &bearer)], &body);
    println!("{} keys, {RATE} requests/s of 2 KB on one worker, µs", keys::KEYS);
    let stack = Arc::new(stack);
    for round in 0..=ROUNDS {
        // On a thread of its own, as is all else that would hold the load up.
        let pusher = (round > 0).then(|| {
            let (stack, revision) = (stack.clone(), format!("round-{round}"));
            let policy = keys::policy(&revision, keys::KEYS);
            std::thread::spawn(move || push(&stack, &revision, &policy))
        });
        let outcome = load::run(stack.address, &bytes, 4, TURN, Some(RATE)).await;
        let what = match pusher.map(|pusher| pusher.join()) {
            None => "undisturbed".to_owned(),
            Some(Ok(all)) => {
                format!("push {:.0} ms, {all:.0} ms from the file on", push_milliseconds(&stack))
            }
            Some(Err(_)) => return Err("the policy was never in force".to_owned()),
        };
        let shown = [0.5, 0.99, 0.999, 1.0].map(|share| format!("{:>6.0}", outcome.percentile(share)));
        let [p50, p99, p999, most] = shown;
        let failed = outcome.failed;
        println!("  p50 {p50} p99 {p99} p99.9 {p999} most {most}   {failed} failed   {what}");
    }
    println!("  Envoy {:.0} MiB\n", process::resident_mib(envoy));
    Ok(())
}

/// Puts a policy in the place of the one in force, after a second of load; returns how many milliseconds that took.
fn push(stack: &Stack, revision: &str, policy: &str) -> f64 {
    std::thread::sleep(Duration::from_secs(1));
    let begin = Instant::now();
    stack.set_policy(policy);
    while !in_force(stack, revision) {
        assert!(begin.elapsed() < Duration::from_secs(30), "never in force");
        std::thread::sleep(Duration::from_millis(20));
    }
    begin.elapsed().as_secs_f64() * 1e3
}

fn in_force(stack: &Stack, revision: &str) -> bool {
    let revision = format!("revision=\"{revision}\"");
    stack.log().lines().any(|line| line.contains("in force in Envoy") && line.contains(&revision))
}

/// How long the last push took, by the sidecar's own clock.
fn push_milliseconds(stack: &Stack) -> f64 {
    let status = stack.status();
    status["envoys"][0]["push_ms"].as_f64().unwrap_or(f64::NAN)
}

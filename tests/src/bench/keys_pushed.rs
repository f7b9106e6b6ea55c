//! What a policy with very many keys costs while it is put in force: for how long, and the requests meanwhile.

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
    for round in 0..=ROUNDS {
        let revision = format!("round-{round}");
        let begin = Instant::now();
        let pushed = async {
            if round == 0 {
                return (0.0, 0.0);
            }
            let policy = keys::policy(&revision, keys::KEYS);
            tokio::time::sleep(Duration::from_secs(1)).await;
            let written = Instant::now();
            stack.set_policy(&policy);
            while !in_force(&stack, &revision) && begin.elapsed() < Duration::from_secs(30) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            (written.elapsed().as_secs_f64() * 1e3, push_milliseconds(&stack))
        };
        let (outcome, (all, push)) =
            tokio::join!(load::run(stack.address, &bytes, 4, TURN, Some(RATE)), pushed);
        let shown = [0.5, 0.99, 0.999, 1.0].map(|share| format!("{:>7.0}", outcome.percentile(share)));
        let what = if round == 0 {
            "undisturbed".to_owned()
        } else {
            format!("push {push:>4.0} ms ({all:.0} from the file on)")
        };
        println!(
            "  p50 {} p99 {} p99.9 {} most {}   {} failed   {what}",
            shown[0], shown[1], shown[2], shown[3], outcome.failed
        );
    }
    println!("  Envoy {:.0} MiB\n", process::resident_mib(envoy));
    Ok(())
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

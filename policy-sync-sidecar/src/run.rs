//! The whole stack in the foreground: state, rendered configuration, Envoy, policy, traces.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tracing::{error, info, warn};

use crate::config::{Auth, Config};
use crate::envoy::{Envoy, Launch, gateway_port};
use crate::intake;
use crate::policy_source::follow;
use crate::push::{Target, keep_pushed};
use crate::render::{Paths, bootstrap, secret, secret_file};
use crate::state::{StateDir, hex, sha256, write_private};

/// How long requests under way may take after Ctrl-C.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);
/// How long Envoy may take to open its listener.
const START_LIMIT: Duration = Duration::from_secs(30);
/// An Envoy that dies more often than this in a minute is not started again.
const MAX_RESTARTS_PER_MINUTE: usize = 5;

/// What the stack is made of.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The Wasm module.
    pub module: PathBuf,
    /// Envoy's binary.
    pub envoy: PathBuf,
}

/// Why the stack ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or socket could not be made.
    #[error("{path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Envoy did not start or did not stay.
    #[error("Envoy: {0}")]
    Envoy(String),
}

fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
    move |source| Error::File { path: path.to_owned(), source }
}

/// The files and sockets of a state directory.
#[must_use]
pub fn paths(state: &StateDir, module: &Path) -> Paths {
    Paths {
        module: module.to_owned(),
        secrets: state.secrets(),
        admin_socket: state.socket("admin.sock"),
        push_socket: state.socket("push.sock"),
        intake_socket: state.socket("intake.sock"),
        access_log: state.root().join("access.log"),
        trusted_ca: trusted_ca(),
    }
}

/// This machine's certificate authorities: `SSL_CERT_FILE`, or where the common systems keep them.
#[must_use]
pub fn trusted_ca() -> PathBuf {
    const KNOWN: [&str; 4] = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem",
        "/etc/ssl/ca-bundle.pem",
    ];
    let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let there = KNOWN.iter().map(PathBuf::from).find(|p| p.exists());
    named
        .filter(|p| p.exists())
        .or(there)
        .unwrap_or_else(|| PathBuf::from("/etc/ssl/certs/ca-certificates.crt"))
}

/// Writes what Envoy reads: its configuration, and a file per key. Keys stand nowhere else.
///
/// # Errors
/// Where a file cannot be written.
pub fn write_envoy_files(config: &Config, state: &StateDir, paths: &Paths, token: &str) -> Result<(), Error> {
    let mut written = Vec::new();
    for provider in config.providers.iter().filter(|p| p.auth != Auth::None) {
        if let Some(secret) = secret(provider) {
            let path = paths.secrets.join(secret_file(provider));
            write_private(&path, secret.to_string().as_bytes()).map_err(file(&path))?;
            written.push(path);
        }
    }
    remove_others(&paths.secrets, &written).map_err(file(&paths.secrets))?;
    let rendered = bootstrap(config, paths, &token_digest(token));
    let path = state.envoy_config();
    let text = serde_json::to_vec_pretty(&rendered).unwrap_or_default();
    write_private(&path, &text).map_err(file(&path))
}

/// The key of a provider that is gone must not stay on disk.
fn remove_others(folder: &Path, keep: &[PathBuf]) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if !keep.contains(&path) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Runs the stack until `shutdown` says so, then drains it. Prints a line on standard output when it
/// serves.
///
/// # Errors
/// See [`Error`].
pub async fn up(mut config: Config, parts: &Parts, mut shutdown: watch::Receiver<bool>) -> Result<(), Error> {
    let state = StateDir::open(&config.state_dir).map_err(file(&config.state_dir))?;
    let paths = paths(&state, &parts.module);
    let token = state.push_token().map_err(file(state.root()))?;
    write_envoy_files(&config, &state, &paths, &token)?;
    let _counts = intake::listen(&paths.intake_socket).map_err(file(&paths.intake_socket))?;
    let policy = follow(config.policy.clone(), state.clone());
    let in_force = keep_pushed(Target { socket: paths.push_socket.clone(), token: token.clone() }, policy);

    let launch = Launch {
        binary: parts.envoy.clone(),
        config: state.envoy_config(),
        workers: config.workers,
        admin_socket: paths.admin_socket.clone(),
    };
    let mut deaths: VecDeque<Instant> = VecDeque::new();
    loop {
        let mut envoy = start(&launch).await?;
        if let Some(port) = gateway_port(&paths.admin_socket).await
            && config.listen.port == 0
        {
            // The same port again, should Envoy have to be started anew.
            config.listen.port = port;
            write_envoy_files(&config, &state, &paths, &token)?;
        }
        let announce = announce(&config, in_force.clone());
        let died = tokio::select! {
            status = async { tokio::join!(envoy.wait(), announce).0 } => status,
            () = stopped(&mut shutdown) => {
                info!("draining");
                envoy.drain(DRAIN_LIMIT).await;
                return Ok(());
            }
        };
        let status = died.map_or_else(|e| e.to_string(), |s| s.to_string());
        let now = Instant::now();
        deaths.retain(|at| now.duration_since(*at) < Duration::from_secs(60));
        deaths.push_back(now);
        if deaths.len() > MAX_RESTARTS_PER_MINUTE {
            return Err(Error::Envoy(format!(
                "died {} times within a minute (last: {status})",
                deaths.len()
            )));
        }
        warn!("Envoy ended ({status}); starting it again");
    }
}

/// Starts Envoy and waits until it listens.
async fn start(launch: &Launch) -> Result<Envoy, Error> {
    let failed = |reason: String| Error::Envoy(reason);
    let mut envoy = Envoy::start(launch).map_err(|e| failed(format!("{}: {e}", launch.binary.display())))?;
    let listening = async {
        while gateway_port(&launch.admin_socket).await.is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        status = envoy.wait() => {
            error!("Envoy did not start; its log above says why");
            Err(failed(format!("ended at its start: {}", status.map_or_else(|e| e.to_string(), |s| s.to_string()))))
        }
        result = tokio::time::timeout(START_LIMIT, listening) => match result {
            Ok(()) => Ok(envoy),
            Err(_) => Err(failed("did not listen in time".to_owned())),
        },
    }
}

/// Says once that the gateway serves: when the policy is in force.
async fn announce(config: &Config, mut in_force: watch::Receiver<Option<String>>) {
    let host = if config.listen.host == "0.0.0.0" { "127.0.0.1" } else { &config.listen.host };
    let address = format!("http://{host}:{}", config.listen.port);
    let known =
        tokio::time::timeout(Duration::from_secs(3), in_force.wait_for(Option::is_some)).await.is_ok();
    if !known {
        println!("privet: waiting for a policy, {address} answers 503 until then");
    }
    if let Ok(revision) = in_force.wait_for(Option::is_some).await {
        println!("privet: ready on {address} (policy {})", revision.as_deref().unwrap_or_default());
    }
}

async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    // The sender lives as long as the process: an error means that nobody can stop us any more.
    if shutdown.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// SHA-256 of a token, as the rendered configuration names it.
#[must_use]
pub fn token_digest(token: &str) -> String {
    hex(&sha256(token.as_bytes()))
}

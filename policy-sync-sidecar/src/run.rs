//! The sidecar in the foreground: `run` beside Envoys that somebody else started, `up` with an Envoy of its
//! own around the filter.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tracing::{error, info, warn};

use crate::config::Config;
use crate::envoy::{Envoy, Launch, gateway_port};
use crate::http_local::Address;
use crate::render::{Paths, bootstrap, secret};
use crate::services::{FileError, Services, push_token};
use crate::state::{StateDir, hex, sha256, write_private};
use crate::status::Part;

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
    #[error("{0}")]
    File(#[from] FileError),
    /// Envoy did not start or did not stay.
    #[error("Envoy: {0}")]
    Envoy(String),
}

/// What is wanted of a process that runs.
#[derive(Debug, Clone)]
pub struct Signals {
    /// Whether it shall end.
    pub stop: watch::Receiver<bool>,
    /// How often it was told to read its configuration again.
    pub reload: watch::Receiver<u64>,
}

/// What a process is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Stop,
    Reload,
}

impl Signals {
    async fn next(&mut self) -> Told {
        let Self { stop, reload } = self;
        // The senders live as long as the process: an error means that nobody can say anything any more.
        let told = tokio::select! {
            told = stop.wait_for(|stop| *stop) => told.map(|_| Told::Stop).ok(),
            told = reload.changed() => told.map(|()| Told::Reload).ok(),
        };
        match told {
            Some(told) => told,
            None => std::future::pending().await,
        }
    }
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
pub fn write_envoy_files(
    config: &Config,
    state: &StateDir,
    paths: &Paths,
    token: &str,
) -> Result<(), FileError> {
    let mut written = Vec::new();
    for secret in config.providers.iter().filter_map(secret) {
        let path = paths.secrets.join(&secret.name);
        write_private(&path, secret.content.as_bytes()).map_err(FileError::at(&path))?;
        written.push(path);
    }
    remove_others(&paths.secrets, &written).map_err(FileError::at(&paths.secrets))?;
    let rendered = bootstrap(config, paths, &token_digest(token));
    let path = state.envoy_config();
    let text = serde_json::to_vec_pretty(&rendered).unwrap_or_default();
    write_private(&path, &text).map_err(FileError::at(&path))
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

/// What `run` pushes to: the configured Envoys, or the one that reads what `render` prints.
fn envoys(config: &Config, state: &StateDir) -> Vec<Address> {
    if config.push.envoys.is_empty() {
        return vec![Address::Unix(state.socket("push.sock"))];
    }
    config.push.envoys.clone()
}

/// Reads the configuration again. With errors, the one at hand stays.
fn read_again(path: &Path, services: &Services) -> Option<Config> {
    match Config::read(path) {
        Ok(config) => Some(config),
        Err(errors) => {
            error!("{}: not read again, it has errors: {errors}", path.display());
            services.board().error(Part::Configuration, format!("not read again: {errors}"));
            None
        }
    }
}

/// Starts the services with a new configuration, or leaves them as they are.
async fn configure(services: &mut Services, config: &Config, envoys: &[Address]) {
    match services.configure(config, envoys).await {
        Ok(()) => info!("the configuration is read again"),
        Err(e) => {
            error!("the configuration is not taken: {e}");
            services.board().error(Part::Configuration, e.to_string());
        }
    }
}

/// Does the sidecar's work beside Envoys that somebody else runs, until it is told to stop. Prints a line
/// on standard output when it is at work.
///
/// # Errors
/// See [`Error`].
pub async fn run(path: &Path, config: &Config, mut signals: Signals) -> Result<(), Error> {
    let state = StateDir::open(&config.state_dir).map_err(FileError::at(&config.state_dir))?;
    let targets = envoys(config, &state);
    let mut services = Services::start(config, state, &targets).await?;
    println!("privet: at work, status on http://{}", services.admin_address());
    while signals.next().await == Told::Reload {
        if let Some(config) = read_again(path, &services) {
            let targets = envoys(&config, services.state());
            configure(&mut services, &config, &targets).await;
        }
    }
    info!("ending");
    services.end().await;
    Ok(())
}

/// Runs the stack until it is told to stop, then drains it. Prints a line on standard output when it
/// serves.
///
/// # Errors
/// See [`Error`].
pub async fn up(path: &Path, config: Config, parts: &Parts, mut signals: Signals) -> Result<(), Error> {
    let state = StateDir::open(&config.state_dir).map_err(FileError::at(&config.state_dir))?;
    let paths = paths(&state, &parts.module);
    write_envoy_files(&config, &state, &paths, &push_token(&config, &state)?)?;
    let target = [Address::Unix(paths.push_socket.clone())];
    let services = Services::start(&config, state.clone(), &target).await?;
    info!("status on http://{}", services.admin_address());
    let launch = Launch {
        binary: parts.envoy.clone(),
        config: state.envoy_config(),
        workers: config.workers,
        admin_socket: paths.admin_socket.clone(),
    };
    let mut stack = Stack { path, config, state, paths, target, services };
    let result = stack.keep_envoy(&launch, &mut signals).await;
    stack.services.end().await;
    result
}

/// An Envoy with the services around it.
struct Stack<'a> {
    path: &'a Path,
    config: Config,
    state: StateDir,
    paths: Paths,
    target: [Address; 1],
    services: Services,
}

impl Stack<'_> {
    /// Runs Envoy, and starts it again when it dies, until told to stop.
    async fn keep_envoy(&mut self, launch: &Launch, signals: &mut Signals) -> Result<(), Error> {
        let mut deaths: VecDeque<Instant> = VecDeque::new();
        loop {
            let mut envoy = start(launch).await?;
            if let Some(port) = gateway_port(&launch.admin_socket).await
                && self.config.listen.port == 0
            {
                // The same port again, should Envoy have to be started anew.
                self.config.listen.port = port;
                self.write_files()?;
            }
            let Some(status) = self.until_envoy_ends(&mut envoy, signals).await else {
                info!("draining");
                envoy.drain(DRAIN_LIMIT).await;
                return Ok(());
            };
            let now = Instant::now();
            deaths.retain(|at| now.duration_since(*at) < Duration::from_secs(60));
            deaths.push_back(now);
            if deaths.len() > MAX_RESTARTS_PER_MINUTE {
                let times = deaths.len();
                return Err(Error::Envoy(format!("died {times} times within a minute (last: {status})")));
            }
            warn!("Envoy ended ({status}); starting it again");
        }
    }

    /// Waits for Envoy's end; none where the stack shall end.
    async fn until_envoy_ends(&mut self, envoy: &mut Envoy, signals: &mut Signals) -> Option<String> {
        let mut announced = false;
        loop {
            let (config, in_force) = (self.config.clone(), self.services.in_force());
            let announce = async {
                match in_force {
                    Some(in_force) if !announced => announce(&config, in_force).await,
                    _ => std::future::pending().await,
                }
            };
            tokio::select! {
                status = envoy.wait() => {
                    return Some(status.map_or_else(|e| e.to_string(), |s| s.to_string()));
                }
                told = signals.next() => match told {
                    Told::Stop => return None,
                    Told::Reload => self.reload().await,
                },
                () = announce => announced = true,
            }
        }
    }

    fn write_files(&self) -> Result<(), FileError> {
        let token = push_token(&self.config, &self.state)?;
        write_envoy_files(&self.config, &self.state, &self.paths, &token)
    }

    /// Takes a new configuration as far as a running Envoy can: its keys, and the sidecar's own work.
    async fn reload(&mut self) {
        let Some(mut config) = read_again(self.path, &self.services) else { return };
        if config.listen.port == 0 {
            config.listen.port = self.config.listen.port;
        }
        let before = std::fs::read(self.state.envoy_config()).unwrap_or_default();
        self.config = config;
        if let Err(e) = self.write_files() {
            error!("the configuration is not taken: {e}");
            self.services.board().error(Part::Configuration, e.to_string());
            return;
        }
        if std::fs::read(self.state.envoy_config()).unwrap_or_default() != before {
            let message = "listener, providers or audit changed: in force with the next start of Envoy";
            warn!("{message}");
            self.services.board().error(Part::Configuration, message);
        }
        configure(&mut self.services, &self.config, &self.target).await;
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

/// SHA-256 of a token, as the rendered configuration names it.
#[must_use]
pub fn token_digest(token: &str) -> String {
    hex(&sha256(token.as_bytes()))
}

//! The sidecar's work beside Envoy: policy in, traces out, status. `run` does this alone, `up` around an
//! Envoy of its own.
//!
//! What must not stop while the configuration is read again (`SIGHUP`) stands apart from what begins anew
//! then: the intake, the outbox and the status stay; policy source, pushes and delivery begin anew.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

use crate::admin;
use crate::backoff::Pace;
use crate::config::{Config, PolicySource};
use crate::control_plane::PlaneClient;
use crate::delivery::{Delivery, Settings};
use crate::http_local::Address;
use crate::intake::{Intake, bind, listen};
use crate::otlp::{Export, Source, Spans};
use crate::outbox::{Limits, Outbox};
use crate::policy_source::{Timing, follow};
use crate::push::{Target, keep_pushed};
use crate::state::{StateDir, read_token};
use crate::status::{Board, Part};

/// How long traces that still wait may take to be sent at the end. What is left then is on the disk.
pub const DELIVERY_LIMIT: Duration = Duration::from_secs(5);

/// How long the last of OpenTelemetry may take at the end. What is left then is lost.
const EXPORT_LIMIT: Duration = Duration::from_secs(2);

/// A file or socket that could not be made, or read.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct FileError {
    /// Which one.
    pub path: PathBuf,
    /// Why.
    pub source: std::io::Error,
}

impl FileError {
    /// For `map_err`.
    pub fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self { path: path.to_owned(), source }
    }
}

/// What begins anew with each configuration.
struct Configured {
    in_force: Vec<watch::Receiver<Option<String>>>,
    delivery: Option<(watch::Sender<bool>, JoinHandle<()>)>,
    export: Option<(watch::Sender<bool>, JoinHandle<()>)>,
}

/// All of it, at work.
pub struct Services {
    state: StateDir,
    board: Board,
    outbox: watch::Sender<Option<Outbox>>,
    spans: Spans,
    configured: Configured,
    intake: (watch::Sender<bool>, JoinHandle<()>),
    admin_address: std::net::SocketAddr,
    _lock: Option<File>,
}

impl Services {
    /// Starts the work. `envoys` are pushed to.
    ///
    /// # Errors
    /// Where another sidecar has the state directory, or a socket cannot be made.
    pub async fn start(config: &Config, state: StateDir, envoys: &[Address]) -> Result<Self, FileError> {
        let lock = match state.lock() {
            Ok(lock) => Some(lock),
            Err(e) if e.kind() == std::io::ErrorKind::AddrInUse => {
                return Err(FileError { path: state.root().to_owned(), source: e });
            }
            // A directory that cannot be written to is no reason not to serve.
            Err(e) => {
                warn!("{}: no lock: {e}", state.root().display());
                None
            }
        };
        let board = Board::default();
        let (outbox, outbox_seen) = watch::channel(None);
        let (stop, stopped) = watch::channel(false);
        let socket = state.socket("intake.sock");
        let spans = Spans::default();
        let to = Intake { board: board.clone(), outbox: outbox_seen, spans: spans.clone() };
        let taking = listen(&socket, to, stopped).map_err(FileError::at(&socket))?;
        let admin_address = show_status(config, &state, &board).await?;
        let configured = Configured { in_force: Vec::new(), delivery: None, export: None };
        let intake = (stop, taking);
        let mut services =
            Self { state, board, outbox, spans, configured, intake, admin_address, _lock: lock };
        services.configure(config, envoys).await?;
        Ok(services)
    }

    /// Begins anew with a configuration.
    ///
    /// # Errors
    /// Where the push token cannot be read; then nothing has changed.
    pub async fn configure(&mut self, config: &Config, envoys: &[Address]) -> Result<(), FileError> {
        let token = push_token(config, &self.state)?;
        if let Some(delivery) = self.configured.delivery.take() {
            stop(delivery, Duration::ZERO).await;
        }
        if let Some(export) = self.configured.export.take() {
            stop(export, Duration::ZERO).await;
        }
        // Before the new ones: nobody pushes for a former configuration.
        self.configured.in_force.clear();
        let names: Vec<String> = envoys.iter().map(ToString::to_string).collect();
        self.board.keep_envoys(&names);
        let policy = follow(config.policy.clone(), self.state.clone(), self.board.clone(), Timing::default());
        for address in envoys {
            let target = Target { address: address.clone(), token: token.clone() };
            self.configured.in_force.push(keep_pushed(target, policy.clone(), self.board.clone()));
        }
        self.configured.delivery = self.deliver(config);
        self.configured.export = self.export(config);
        Ok(())
    }

    /// OpenTelemetry goes to a collector, where there is one.
    fn export(&self, config: &Config) -> Option<(watch::Sender<bool>, JoinHandle<()>)> {
        self.spans.want(false);
        let otlp = config.otlp.clone()?;
        let source = Source::of(config, self.gateway_id());
        match Export::new(otlp, source, self.board.clone(), self.spans.clone(), Pace::CONTROL_PLANE) {
            Ok(export) => {
                let (stop, stopped) = watch::channel(false);
                Some((stop, tokio::spawn(export.run(stopped))))
            }
            Err(e) => {
                error!("OpenTelemetry is not sent: {e}");
                self.board.error(Part::Telemetry, format!("not sent: {e}"));
                None
            }
        }
    }

    fn gateway_id(&self) -> String {
        self.state.gateway_id().unwrap_or_else(|e| {
            warn!("the gateway's id is not kept: {e}");
            "unknown".to_owned()
        })
    }

    /// Traces go to a control plane; without one nobody wants them.
    fn deliver(&self, config: &Config) -> Option<(watch::Sender<bool>, JoinHandle<()>)> {
        let plane = match &config.policy {
            PolicySource::ControlPlane(plane) if config.telemetry.enabled => plane,
            _ => {
                self.outbox.send_replace(None);
                self.board.no_outbox();
                return None;
            }
        };
        let client = match PlaneClient::new(plane) {
            Ok(client) => client,
            Err(e) => {
                error!("traces are not sent: {e}");
                self.board.error(Part::Delivery, format!("traces are not sent: {e}"));
                return None;
            }
        };
        let known = self.outbox.borrow().clone();
        let outbox = match known.map_or_else(|| Outbox::start(&self.state.outbox(), Limits::default()), Ok) {
            Ok(outbox) => outbox,
            Err(e) => {
                error!("traces are not kept: {e}");
                self.board.error(Part::Outbox, format!("traces are not kept: {e}"));
                return None;
            }
        };
        self.board.outbox(outbox.state(), Limits::default().capacity);
        self.outbox.send_replace(Some(outbox.clone()));
        let gateway_id = self.gateway_id();
        let settings = Settings {
            batch_size: config.telemetry.batch_size,
            flush_interval: config.telemetry.flush_interval,
            pace: Pace::CONTROL_PLANE,
        };
        let (stop, stopped) = watch::channel(false);
        let delivery = Delivery::new(client, outbox, gateway_id, settings, self.board.clone());
        Some((stop, tokio::spawn(delivery.run(stopped))))
    }

    /// Revision in force in the first Envoy.
    #[must_use]
    pub fn in_force(&self) -> Option<watch::Receiver<Option<String>>> {
        self.configured.in_force.first().cloned()
    }

    /// What the parts write to.
    #[must_use]
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// The state directory.
    #[must_use]
    pub fn state(&self) -> &StateDir {
        &self.state
    }

    /// Where the status is shown.
    #[must_use]
    pub fn admin_address(&self) -> std::net::SocketAddr {
        self.admin_address
    }

    /// Ends the work: takes what the filter is sending, and sends what waits, within [`DELIVERY_LIMIT`].
    pub async fn end(mut self) {
        stop(self.intake, Duration::from_secs(1)).await;
        if let Some(delivery) = self.configured.delivery.take() {
            stop(delivery, DELIVERY_LIMIT).await;
        }
        if let Some(export) = self.configured.export.take() {
            stop(export, EXPORT_LIMIT).await;
        }
        let left = self.board.status().outbox.depth;
        if left > 0 {
            info!(left, "traces stay on the disk for the next start");
        }
    }
}

/// Says stop, waits for at most `limit`, and then no longer.
async fn stop((say, mut task): (watch::Sender<bool>, JoinHandle<()>), limit: Duration) {
    say.send_replace(true);
    if tokio::time::timeout(limit, &mut task).await.is_err() {
        task.abort();
        let _ = task.await;
    }
}

/// The token of the configured file, or the state directory's own.
///
/// # Errors
/// Where it cannot be read, or others could read it, too.
pub fn push_token(config: &Config, state: &StateDir) -> Result<String, FileError> {
    match &config.push.token_file {
        Some(path) => read_token(path).map_err(FileError::at(path)),
        None => state.push_token().map_err(FileError::at(state.root())),
    }
}

/// Starts to show the status: on the socket of the state directory, for `privet-sidecar status`, and on
/// the admin address, which is returned.
async fn show_status(
    config: &Config,
    state: &StateDir,
    board: &Board,
) -> Result<std::net::SocketAddr, FileError> {
    let socket = state.socket("status.sock");
    let local = bind(&socket).map_err(FileError::at(&socket))?;
    let failed = |source| {
        let path = config.admin.unwrap_or(admin::DEFAULT_ADDRESS).to_string().into();
        FileError { path, source }
    };
    let listener: TcpListener = admin::bind(config.admin).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let router = admin::router(board.clone());
    let again = router.clone();
    tokio::spawn(async move { axum::serve(local, again).await });
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

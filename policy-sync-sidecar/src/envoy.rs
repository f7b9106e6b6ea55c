//! Runs an Envoy: starts it, finds its port, starts it again when it dies, drains and ends it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use hyper::body::Bytes;
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::http_local::request;

/// How Envoy is started.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The binary.
    pub binary: PathBuf,
    /// The rendered configuration.
    pub config: PathBuf,
    /// Worker threads; none lets Envoy take one per core.
    pub workers: Option<u32>,
    /// The admin interface's socket.
    pub admin_socket: PathBuf,
}

/// A running Envoy.
#[derive(Debug)]
pub struct Envoy {
    child: Child,
    /// Ends Envoy if this process dies without doing so: it waits for the end of a pipe from here.
    _guard: Option<Child>,
    admin_socket: PathBuf,
}

impl Envoy {
    /// Starts Envoy.
    ///
    /// # Errors
    /// Where the binary cannot be started.
    pub fn start(command: &Launch) -> std::io::Result<Self> {
        let mut envoy = Command::new(&command.binary);
        envoy.arg("-c").arg(&command.config).args(["--disable-hot-restart", "--log-level", "warn"]);
        if let Some(workers) = command.workers {
            envoy.args(["--concurrency", &workers.to_string()]);
        }
        // A group of its own: Ctrl-C on a terminal is for the sidecar, which drains Envoy first.
        let child = envoy.stdin(Stdio::null()).process_group(0).kill_on_drop(true).spawn()?;
        let guard = child.id().and_then(|id| {
            let mut guard = Command::new("sh");
            guard.args(["-c", "read -r _; kill -KILL \"$0\" 2>/dev/null", &id.to_string()]);
            guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
            guard.process_group(0).kill_on_drop(true).spawn().ok()
        });
        Ok(Self { child, _guard: guard, admin_socket: command.admin_socket.clone() })
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for Envoy's end.
    ///
    /// # Errors
    /// Where it cannot be waited for.
    pub async fn wait(&mut self) -> std::io::Result<std::process::ExitStatus> {
        self.child.wait().await
    }

    /// Lets requests under way finish, for at most `limit`, then ends Envoy.
    pub async fn drain(mut self, limit: Duration) {
        let admin = self.admin_socket.clone();
        let _ = post(&admin, "/drain_listeners?graceful&skip_exit").await;
        let idle = async {
            while active_requests(&admin).await.is_some_and(|n| n > 0) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let _ = tokio::time::timeout(limit, idle).await;
        let _ = post(&admin, "/quitquitquit").await;
        if tokio::time::timeout(Duration::from_secs(5), self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

async fn post(admin: &Path, path: &str) -> Option<()> {
    request(admin, "POST", path, &[], Bytes::new()).await.ok().map(drop)
}

async fn get(admin: &Path, path: &str) -> Option<Value> {
    let (_, body) = request(admin, "GET", path, &[], Bytes::new()).await.ok()?;
    serde_json::from_slice(&body).ok()
}

async fn active_requests(admin: &Path) -> Option<u64> {
    let stats = get(admin, "/stats?format=json&filter=^http.gateway.downstream_rq_active$").await?;
    stats.get("stats")?.get(0)?.get("value")?.as_u64()
}

/// The port of the gateway's listener, once it is there.
pub async fn gateway_port(admin: &Path) -> Option<u16> {
    let listeners = get(admin, "/listeners?format=json").await?;
    let all = listeners.get("listener_statuses")?.as_array()?;
    let gateway = all.iter().find(|l| l.get("name").and_then(Value::as_str) == Some("gateway"))?;
    let port = gateway.get("local_address")?.get("socket_address")?.get("port_value")?.as_u64()?;
    u16::try_from(port).ok().filter(|p| *p > 0)
}

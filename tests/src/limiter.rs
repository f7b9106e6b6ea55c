//! A real rate limit service: Limitador behind Envoy's protocol (`tests/limiter`), with its counters in a Redis.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::stack::built;

/// How long Redis may take to listen.
const START_LIMIT: Duration = Duration::from_secs(20);

/// A running service; it ends when dropped, and Redis with it.
#[derive(Debug)]
pub struct Limiter {
    redis: Child,
    service: Child,
    /// Where it takes Envoy's questions, for `limits.global.address`.
    pub address: String,
    _folder: TempDir,
}

impl Limiter {
    /// Starts Redis and the service. `limits` are the service's own, in JSON as Limitador reads them.
    ///
    /// # Panics
    /// Where one of them does not start.
    #[must_use]
    pub fn start(limits: &str) -> Self {
        let folder = TempDir::new().unwrap_or_else(|e| panic!("no temporary folder: {e}"));
        let socket = folder.path().join("redis.sock");
        let redis = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--daemonize", "no", "--unixsocket"])
            .arg(&socket)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("redis-server (run `setup/redis`): {e}"));
        let deadline = Instant::now() + START_LIMIT;
        while std::os::unix::net::UnixStream::connect(&socket).is_err() {
            assert!(Instant::now() < deadline, "Redis does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        let file = folder.path().join("limits.json");
        std::fs::write(&file, limits).unwrap_or_else(|e| panic!("limits.json: {e}"));
        let (service, address) = service(&socket, &file);
        Self { redis, service, address, _folder: folder }
    }

    /// The service goes away.
    pub fn stop(&mut self) {
        let _ = self.service.kill();
        let _ = self.service.wait();
    }
}

fn service(redis: &Path, limits: &Path) -> (Child, String) {
    let program = built("PRIVET_TEST_LIMITER", "target/limiter/debug/privet-test-limiter");
    let mut service = Command::new(program)
        .args([redis, limits])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("the rate limit service: {e}"));
    let mut line = String::new();
    if let Some(stdout) = service.stdout.take() {
        let _ = BufReader::new(stdout).read_line(&mut line);
    }
    match line.trim().strip_prefix("listening on ") {
        Some(address) => (service, format!("http://{address}")),
        None => {
            let _ = service.kill();
            let _ = service.wait();
            panic!("the rate limit service does not listen: {line}")
        }
    }
}

impl Drop for Limiter {
    fn drop(&mut self) {
        self.stop();
        let _ = self.redis.kill();
        let _ = self.redis.wait();
    }
}

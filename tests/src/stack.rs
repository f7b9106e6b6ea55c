//! Runs the real stack: the sidecar, and Envoy with the filter below it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long the stack may take to serve. Envoy compiles the module once per worker.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A running stack; it ends when dropped, with every process that it started.
#[derive(Debug)]
pub struct Stack {
    sidecar: Child,
    /// Where the gateway listens.
    pub address: SocketAddr,
    folder: TempDir,
    log: PathBuf,
    env: Vec<(String, String)>,
}

/// What a stack is started with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// `gateway.yaml`; the folder of the test is its own.
    pub gateway_yaml: String,
    /// `policy.json` beside it; none leaves it out.
    pub policy: Option<String>,
    /// Whether the test-only switch is in the module.
    pub trap: bool,
    /// Another build of the module than that of `make`.
    pub module: Option<PathBuf>,
    /// Another Envoy than the installed one.
    pub envoy: Option<PathBuf>,
    /// Variables of its environment.
    pub env: Vec<(String, String)>,
}

impl Setup {
    /// One provider at `base_url`, two workers, a policy that needs no key.
    #[must_use]
    pub fn one_provider(base_url: &str) -> Self {
        let gateway_yaml = format!(
            "server: {{ host: 127.0.0.1, port: 0, workers: 2 }}\n\
             providers:\n  - {{ name: openai, base_url: \"{base_url}\", api_key: \"${{TEST_PROVIDER_KEY}}\" }}\n\
             policy: {{ file: policy.json }}\nstate_dir: state\n"
        );
        let env = vec![("TEST_PROVIDER_KEY".to_owned(), ["provider", "key", "made", "up"].join("-"))];
        Self { gateway_yaml, policy: Some(open_policy("r1")), trap: false, module: None, envoy: None, env }
    }

    /// As [`Self::one_provider`], with a provider of this kind, by which it is named as well: `openai`,
    /// `anthropic`, `google`, `azure`, `bedrock`, `mistral`, `cohere` or `ollama`.
    #[must_use]
    pub fn provider_of(kind: &str, base_url: &str) -> Self {
        let mut setup = Self::one_provider(base_url);
        setup.gateway_yaml = setup.gateway_yaml.replace("name: openai", &format!("name: {kind}"));
        setup
    }

    /// The same with another policy.
    #[must_use]
    pub fn policy(mut self, json: impl Into<String>) -> Self {
        self.policy = Some(json.into());
        self
    }
}

/// A policy under which callers need no key.
#[must_use]
pub fn open_policy(revision: &str) -> String {
    format!(r#"{{"schema":1,"revision":"{revision}","auth":{{"required":false}}}}"#)
}

/// The root of the workspace.
#[must_use]
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// A file that the build has made: from the variable, or where `make` puts it.
///
/// # Panics
/// Where it is not there; says how to make it.
#[must_use]
pub fn built(variable: &str, default: &str) -> PathBuf {
    let path = std::env::var_os(variable).map_or_else(|| workspace().join(default), PathBuf::from);
    assert!(path.exists(), "{} is not there: run `make build` first, or set {variable}", path.display());
    path
}

impl Stack {
    /// Starts a stack and waits until it serves.
    ///
    /// # Panics
    /// Where it does not serve in time; shows its log.
    #[must_use]
    pub fn start(setup: &Setup) -> Self {
        Self::start_until(setup, "privet: ready on http://")
    }

    /// Starts a stack and waits until it says `line` with an address behind it.
    ///
    /// # Panics
    /// Where it does not say so in time; shows its log.
    #[must_use]
    pub fn start_until(setup: &Setup, line: &str) -> Self {
        let folder = TempDir::new().unwrap_or_else(|e| panic!("no temporary folder: {e}"));
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap_or_else(|e| panic!("{name}: {e}"));
        };
        write("gateway.yaml", &setup.gateway_yaml);
        if let Some(policy) = &setup.policy {
            write("policy.json", policy);
        }
        let module = match &setup.module {
            Some(module) => module.clone(),
            None if setup.trap => built("PRIVET_TRAP_MODULE", "target/modules/privet-test-trap.wasm"),
            None => built("PRIVET_MODULE", "target/modules/privet.wasm"),
        };
        let log = folder.path().join("log");
        let log_file = std::fs::File::create(&log).unwrap_or_else(|e| panic!("log: {e}"));
        let mut sidecar = Command::new(built("PRIVET_SIDECAR", "target/release/privet-sidecar"))
            .arg("up")
            .arg("--config")
            .arg(folder.path().join("gateway.yaml"))
            .arg("--module")
            .arg(module)
            .arg("--envoy")
            .arg(setup.envoy.clone().unwrap_or_else(|| built("ENVOY_PATH", ".tools/envoy")))
            .envs(setup.env.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log_file)
            .spawn()
            .unwrap_or_else(|e| panic!("the sidecar did not start: {e}"));
        let (sender, lines) = mpsc::channel();
        if let Some(stdout) = sidecar.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        let address = "127.0.0.1:0".parse().unwrap_or_else(|e| panic!("{e}"));
        let mut stack = Self { sidecar, address, folder, log, env: setup.env.clone() };
        let deadline = Instant::now() + START_LIMIT;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match lines.recv_timeout(left) {
                Ok(said) => {
                    if let Some((_, behind)) = said.split_once(line) {
                        let end = behind.find(|c: char| c != '.' && c != ':' && !c.is_ascii_digit());
                        let address = behind.get(..end.unwrap_or(behind.len())).unwrap_or_default();
                        stack.address = address.parse().unwrap_or_else(|e| panic!("{said}: {e}"));
                        return stack;
                    }
                }
                Err(_) => panic!("the stack does not serve; its log:\n{}", stack.log()),
            }
        }
    }

    /// The log of the sidecar and of Envoy.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The folder of `gateway.yaml`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Puts another policy in place, as an operator would: written beside, renamed over.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn set_policy(&self, json: &str) {
        let beside = self.folder().join("policy.new");
        let written = std::fs::write(&beside, json);
        let renamed = written.and_then(|()| std::fs::rename(&beside, self.folder().join("policy.json")));
        renamed.unwrap_or_else(|e| panic!("policy.json: {e}"));
    }

    /// What the sidecar says of itself; null where it says nothing.
    #[must_use]
    pub fn status(&self) -> serde_json::Value {
        let mut command = Command::new(built("PRIVET_SIDECAR", "target/release/privet-sidecar"));
        command.args(["status", "--json", "--config"]).arg(self.folder().join("gateway.yaml"));
        let output = command.envs(self.env.iter().cloned()).stderr(Stdio::null()).output();
        serde_json::from_slice(&output.map(|o| o.stdout).unwrap_or_default()).unwrap_or_default()
    }

    /// Id of the sidecar's process.
    #[must_use]
    pub fn sidecar_id(&self) -> u32 {
        self.sidecar.id()
    }

    /// Id of Envoy's process: the child of the sidecar that is called so.
    #[must_use]
    pub fn envoy_id(&self) -> Option<u32> {
        let path = format!("/proc/{0}/task/{0}/children", self.sidecar.id());
        let children = std::fs::read_to_string(path).ok()?;
        let name = |id: &str| std::fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
        children.split_whitespace().find(|id| name(id).trim() == "envoy")?.parse().ok()
    }

    /// Sends the sidecar SIGTERM and waits for its end; returns its exit code.
    ///
    /// # Panics
    /// Where it does not end within half a minute.
    pub fn terminate(&mut self) -> Option<i32> {
        signal(self.sidecar.id(), "TERM");
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            match self.sidecar.try_wait() {
                Ok(Some(status)) => return status.code(),
                Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(10)),
                _ => panic!("the sidecar does not end; its log:\n{}", self.log()),
            }
        }
    }
}

/// Sends a signal to one process, by its id.
pub fn signal(id: u32, name: &str) {
    let _ = Command::new("kill").arg(format!("-{name}")).arg(id.to_string()).status();
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SIGKILL, so that nothing is waited for: the sidecar's guard ends Envoy when the sidecar is gone.
        let _ = self.sidecar.kill();
        let _ = self.sidecar.wait();
    }
}

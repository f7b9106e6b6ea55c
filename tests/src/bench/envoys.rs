//! The Envoys that are compared: the same listener and cluster, without a filter, with the no-op module,
//! and with Privet as `make up` renders it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stack::{Setup, Stack, built};

/// An Envoy without a sidecar; it ends when dropped.
#[derive(Debug)]
pub struct BareEnvoy {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    _folder: TempDir,
}

impl BareEnvoy {
    /// Process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Starts an Envoy with one worker from a rendered configuration, Privet's filter replaced: by the
    /// no-op module, or by nothing.
    ///
    /// # Errors
    /// Why it does not serve.
    pub fn start(rendered: &Value, floor: bool) -> Result<Self, String> {
        let folder = TempDir::new().map_err(|e| e.to_string())?;
        let config = without_privet(rendered.clone(), floor, folder.path());
        let file = folder.path().join("envoy.json");
        std::fs::write(&file, config.to_string()).map_err(|e| e.to_string())?;
        let child = Command::new(built("ENVOY_PATH", ".tools/envoy"))
            .arg("-c")
            .arg(&file)
            .args(["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"])
            .stdin(Stdio::null())
            .spawn()
            .map_err(|e| e.to_string())?;
        let address = "127.0.0.1:0".parse::<SocketAddr>().map_err(|e| e.to_string())?;
        let mut envoy = Self { child, address, _folder: folder };
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if let Some(port) = listening_port(envoy.child.id()) {
                envoy.address.set_port(port);
                return Ok(envoy);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err("Envoy does not listen".to_owned())
    }
}

impl Drop for BareEnvoy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Privet's own stack with one worker, with the module that `make` built or another, and with the tests' policy or
/// that of a file (`*.json`).
#[must_use]
pub fn privet(provider: SocketAddr, variant: Option<PathBuf>) -> Stack {
    let mut setup = Setup::one_provider(&format!("http://{provider}/v1"));
    let is_policy = variant.as_ref().is_some_and(|v| v.extension().is_some_and(|e| e == "json"));
    match variant {
        Some(file) if is_policy => setup.policy = std::fs::read_to_string(file).ok(),
        module => setup.module = module,
    }
    setup.gateway_yaml = setup.gateway_yaml.replace("workers: 2", "workers: 1");
    Stack::start(&setup)
}

/// The same with a fallback behind the provider, so that the module stands in the provider's chain as well.
#[must_use]
pub fn privet_with_fallback(provider: SocketAddr) -> Stack {
    let mut setup = Setup::one_provider(&format!("http://{provider}/v1"));
    let spare = format!(
        "  - {{ name: spare, kind: openai, base_url: \"http://{provider}/v1\", fallback: true }}\npolicy:"
    );
    setup.gateway_yaml =
        setup.gateway_yaml.replace("workers: 2", "workers: 1").replacen("policy:", &spare, 1);
    Stack::start(&setup)
}

/// The configuration that a stack's Envoy runs with.
///
/// # Errors
/// Where it cannot be read.
pub fn rendered(stack: &Stack) -> Result<Value, String> {
    let path = stack.folder().join("state/envoy.json");
    let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    serde_json::from_str(&text).map_err(|e| e.to_string())
}

fn without_privet(mut config: Value, floor: bool, folder: &Path) -> Value {
    if let Some(object) = config.as_object_mut() {
        object.remove("admin");
    }
    config["admin"] = json!({ "address": { "pipe": { "path": folder.join("admin.sock") } } });
    let mut gateway = config["static_resources"]["listeners"][0].take();
    gateway["address"]["socket_address"]["port_value"] = json!(0);
    let manager = &mut gateway["filter_chains"][0]["filters"][0]["typed_config"];
    let mut filters = Vec::new();
    if floor {
        let mut filter = manager["http_filters"][0].take();
        let plugin = &mut filter["typed_config"]["config"];
        plugin["name"] = json!("floor");
        plugin["root_id"] = json!("floor");
        plugin["vm_config"]["vm_id"] = json!("floor");
        plugin["vm_config"]["code"]["local"]["filename"] =
            json!(built("PRIVET_FLOOR_MODULE", "target/modules/floor.wasm"));
        plugin["configuration"]["value"] = json!("");
        filters.push(filter);
    }
    filters.push(manager["http_filters"][1].take());
    manager["http_filters"] = json!(filters);
    let routes = &mut manager["route_config"]["virtual_hosts"][0]["routes"];
    let mut route = routes[0].take();
    route["match"] = json!({ "prefix": "/" });
    if let Some(action) = route["route"].as_object_mut() {
        action.remove("prefix_rewrite");
    }
    *routes = json!([route]);
    config["static_resources"]["listeners"] = json!([gateway]);
    config
}

/// The one TCP port on which a process listens.
fn listening_port(id: u32) -> Option<u16> {
    let fds = std::fs::read_dir(format!("/proc/{id}/fd")).ok()?;
    let links = fds.map_while(Result::ok).filter_map(|f| std::fs::read_link(f.path()).ok());
    let inodes: Vec<String> = links
        .filter_map(|l| Some(l.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let table = std::fs::read_to_string(format!("/proc/{id}/net/tcp")).ok()?;
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let listens = *fields.get(3)? == "0A" && inodes.iter().any(|i| Some(&i.as_str()) == fields.get(9));
        let (_, port) = fields.get(1)?.split_once(':')?;
        listens.then(|| u16::from_str_radix(port, 16).ok())?
    })
}

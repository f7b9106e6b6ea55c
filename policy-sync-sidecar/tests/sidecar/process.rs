//! The real process: killed a hundred times, told to stop, told to read its configuration again.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hyper::body::Bytes;
use privet_core::trace::Trace;
use privet_sidecar::http_local::request;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::plane::{KEY, Mood, Plane};
use super::support::{built, policy, run_on};

/// How often the process is killed.
const KILLS: usize = 100;
/// How long `up` may take until Envoy has a policy.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder with a `gateway.yaml`.
pub(crate) struct Place {
    folder: TempDir,
}

/// A sidecar at work; it dies with the test.
pub(crate) struct Sidecar {
    process: Child,
    pub(crate) sockets: PathBuf,
    pub(crate) admin: String,
    log: PathBuf,
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn gateway(plane: &Plane, more: &str) -> String {
    format!(
        "rivano: {{ base_url: 'http://{}', api_key: {KEY}, sync_interval: 1 }}\n\
         providers: [{{ name: ollama }}]\nadmin: {{ port: 0 }}\nstate_dir: state\n{more}\n",
        plane.address
    )
}

impl Place {
    pub(crate) fn new(gateway: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        place.write("gateway.yaml", gateway);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Starts the sidecar, and waits until it is at work.
    pub(crate) fn start(&self, arguments: &[&str], env: &[(&str, &str)]) -> Sidecar {
        let log = self.path("log");
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_privet-sidecar"))
            .args(arguments)
            .args(["run", "--config"])
            .arg(self.path("gateway.yaml"))
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let admin = line.trim().strip_prefix("privet: at work, status on http://").map(str::to_owned);
        let Some(admin) = admin else {
            let _ = process.kill();
            let _ = process.wait();
            panic!("{line}\n{}", std::fs::read_to_string(&log).unwrap())
        };
        Sidecar { process, sockets: self.path("state/run"), admin, log }
    }

    /// Starts the sidecar with the real Envoy, and waits until that has a policy.
    pub(crate) async fn up(&self) -> Sidecar {
        let log = self.path("log");
        let mut process = Command::new(env!("CARGO_BIN_EXE_privet-sidecar"))
            .args(["up", "--config"])
            .arg(self.path("gateway.yaml"))
            .arg("--module")
            .arg(built("PRIVET_MODULE", "target/modules/privet.wasm"))
            .arg("--envoy")
            .arg(built("ENVOY_PATH", ".tools/envoy"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut sidecar = Sidecar { process, sockets: self.path("state/run"), admin: String::new(), log };
        // Beside this thread: the policy may come from a control plane that is served here.
        let ready = move || lines.map_while(Result::ok).any(|l| l.starts_with("privet: ready on http://"));
        let ready = tokio::time::timeout(PATIENCE, tokio::task::spawn_blocking(ready)).await;
        let log = sidecar.log();
        assert!(matches!(ready, Ok(Ok(true))), "{log}");
        let admin = log.split_once("status on http://").unwrap().1.lines().next().unwrap();
        sidecar.admin = admin.trim().to_owned();
        sidecar
    }
}

impl Sidecar {
    async fn send(&self, ids: &[String]) -> Result<u16, privet_sidecar::http_local::Error> {
        send(&self.sockets, ids).await
    }

    pub(crate) async fn status(&self) -> Value {
        let socket = self.sockets.join("status.sock");
        let (_, body) = request(&socket, "GET", "/api/status", &[], Bytes::new()).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    pub(crate) async fn until(&self, what: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..4_000 {
            let status = self.status().await;
            if what(&status) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it did not happen: {:#}\n{}", self.status().await, self.log());
    }

    /// Waits until it has taken so many traces since its start.
    async fn until_accepted(&self, least: u64) {
        let taken = |s: &Value| s["traces"]["outcomes"]["success"].as_u64().is_some_and(|n| n >= least);
        self.until(taken).await;
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Waits for its end; the exit code.
    pub(crate) async fn ended(&mut self) -> i32 {
        for _ in 0..1_000 {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it does not end\n{}", self.log());
    }
}

async fn send(sockets: &Path, ids: &[String]) -> Result<u16, privet_sidecar::http_local::Error> {
    let trace = |id: &String| Trace { id: id.clone(), ..Trace::default() };
    let traces: Vec<Trace> = ids.iter().map(trace).collect();
    let body = Bytes::from(json!({ "traces": traces }).to_string());
    let socket = sockets.join("intake.sock");
    Ok(request(&socket, "POST", "/privet/v1/traces", &[], body).await?.0.as_u16())
}

/// Batches of a sender between two kills: so few that what all of them send never fills the outbox, which would drop
/// the oldest.
const BATCHES: usize = 4;

/// Sends batches, one after the other, until nobody answers; returns what was acknowledged.
async fn send_until_dead(sockets: PathBuf, name: String) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for n in 0..BATCHES {
        // So that some are under way whenever the kill comes.
        tokio::time::sleep(Duration::from_millis(4 * (n as u64 % 2))).await;
        let ids: Vec<String> = (0..7).map(|k| format!("{name}-{n}-{k}")).collect();
        match send(&sockets, &ids).await {
            Ok(204) => acknowledged.extend(ids),
            Ok(status) => panic!("status {status}"),
            Err(_) => break,
        }
    }
    acknowledged
}

#[tokio::test]
async fn killed_a_hundred_times_it_loses_no_trace_that_it_acknowledged() {
    let plane = Plane::start().await;
    let place = Place::new(&gateway(&plane, "telemetry: { batch_size: 50, flush_interval_ms: 100 }"));
    let mut acknowledged = BTreeSet::new();
    for round in 0..KILLS {
        // Now and then the control plane is in trouble: traces pile up in the outbox.
        plane.mood(if round % 3 == 0 { Mood::Good } else { Mood::Failing(503) });
        let mut sidecar = place.start(&[], &[]);
        let senders = ["a", "b", "c"].map(|sender| {
            tokio::spawn(send_until_dead(sidecar.sockets.clone(), format!("{round}-{sender}")))
        });
        // At another moment of its work each time, but not before it has taken anything.
        sidecar.until_accepted(1).await;
        tokio::time::sleep(Duration::from_micros((round as u64 * 7_919) % 20_000)).await;
        sidecar.process.kill().unwrap();
        sidecar.process.wait().unwrap();
        for sender in senders {
            acknowledged.extend(sender.await.unwrap());
        }
    }
    plane.mood(Mood::Good);
    let sidecar = place.start(&[], &[]);
    let status = sidecar.until(|s| s["outbox"]["depth"] == 0).await;
    let outbox = &status["outbox"];
    assert_eq!(
        (&outbox["dropped"], &outbox["dead"], &outbox["damaged_files"]),
        (&json!(0), &json!(0), &json!(0))
    );
    assert_eq!(outbox["delivered"], outbox["accepted"]);
    let taken: BTreeSet<String> = plane.taken().into_keys().collect();
    let lost: Vec<&String> = acknowledged.difference(&taken).collect();
    let known = acknowledged.len();
    assert!(lost.is_empty(), "{} of {known} lost: {lost:?}\n{}", lost.len(), sidecar.log());
    assert!(acknowledged.len() > KILLS, "only {} were acknowledged", acknowledged.len());
}

#[tokio::test]
async fn told_to_stop_it_sends_what_waits_and_ends_with_0() {
    let plane = Plane::start().await;
    let place = Place::new(&gateway(&plane, "telemetry: { flush_interval_ms: 3600000 }"));
    for signal in ["-TERM", "-INT"] {
        let mut sidecar = place.start(&[], &[]);
        let id = signal.trim_start_matches('-').to_owned();
        assert_eq!(sidecar.send(std::slice::from_ref(&id)).await.unwrap(), 204);
        sidecar.signal(signal);
        assert_eq!(sidecar.ended().await, 0, "{}", sidecar.log());
        assert_eq!(plane.taken().get(&id), Some(&1));
    }
}

/// The control plane is away at the end: what waits stays on the disk, and goes with the next start.
#[tokio::test]
async fn what_cannot_be_sent_at_the_end_goes_with_the_next_start() {
    let mut plane = Plane::start().await;
    let place = Place::new(&gateway(&plane, "telemetry: { flush_interval_ms: 100 }"));
    let mut sidecar = place.start(&[], &[]);
    sidecar.until(|s| s["sync"]["state"] == "in_sync").await;
    plane.go_away().await;
    assert_eq!(sidecar.send(&["left".to_owned()]).await.unwrap(), 204);
    sidecar.signal("-TERM");
    assert_eq!(sidecar.ended().await, 0);
    assert!(plane.taken().is_empty());

    // A cold start without control plane: the policy comes from the disk.
    let sidecar = place.start(&[], &[]);
    let status = sidecar.until(|s| s["policy"]["revision"] == "from-plane").await;
    assert_eq!((&status["policy"]["from_disk"], &status["outbox"]["depth"]), (&json!(true), &json!(1)));
    plane.come_back().await;
    sidecar.until(|s| s["outbox"]["depth"] == 0).await;
    assert_eq!(plane.taken().get("left"), Some(&1));
}

#[tokio::test]
async fn told_to_it_reads_its_configuration_again_and_with_errors_goes_on_as_before() {
    let plane = Plane::start().await;
    let place = Place::new(&gateway(&plane, ""));
    let sidecar = place.start(&[], &[]);
    sidecar.until(|s| s["policy"]["revision"] == "from-plane").await;
    place.write("gateway.yaml", "providers: []\n");
    sidecar.signal("-HUP");
    let status = sidecar.until(|s| s["errors"][0]["part"] == "configuration").await;
    assert_eq!(status["policy"]["revision"], "from-plane");
    assert_eq!(sidecar.send(&["kept".to_owned()]).await.unwrap(), 204);

    place.write("policy.json", &policy("from-file"));
    place.write(
        "gateway.yaml",
        "providers: [{ name: ollama }]\npolicy: { file: policy.json }\nstate_dir: state\n",
    );
    sidecar.signal("-HUP");
    let status = sidecar.until(|s| s["policy"]["revision"] == "from-file").await;
    assert_eq!((&status["policy"]["source"], &status["outbox"]["enabled"]), (&json!("file"), &json!(false)));
}

#[tokio::test]
async fn a_second_sidecar_in_the_same_state_directory_is_refused() {
    let plane = Plane::start().await;
    let place = Place::new(&gateway(&plane, ""));
    let sidecar = place.start(&[], &[]);
    let mut second = Command::new(env!("CARGO_BIN_EXE_privet-sidecar"));
    second.args(["run", "--config"]).arg(place.path("gateway.yaml"));
    let (code, _, err) = run_on(&mut second, b"");
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("another sidecar uses this directory"), "{err}");
    assert_eq!(sidecar.send(&["still".to_owned()]).await.unwrap(), 204);
}

#[tokio::test]
async fn the_proxy_variables_are_obeyed() {
    // The address is nobody's: only through the proxy, which is the control plane itself, is there an answer.
    let plane = Plane::start().await;
    let proxy = format!("http://{}", plane.address);
    let place = Place::new(&format!(
        "rivano: {{ base_url: 'http://plane.invalid', api_key: {KEY}, tls: off }}\n\
         providers: [{{ name: ollama }}]\nadmin: {{ port: 0 }}\nstate_dir: state\n\
         telemetry: {{ flush_interval_ms: 100 }}\n"
    ));
    let sidecar = place
        .start(&[], &[("HTTP_PROXY", &proxy), ("http_proxy", &proxy), ("NO_PROXY", ""), ("no_proxy", "")]);
    sidecar.until(|s| s["policy"]["revision"] == "from-plane").await;
    assert_eq!(sidecar.send(&["proxied".to_owned()]).await.unwrap(), 204);
    sidecar.until(|s| s["outbox"]["delivered"] == 1).await;
    assert_eq!(plane.taken().get("proxied"), Some(&1));
}

/// With a directory in the place of the file nothing can be kept on the disk.
#[tokio::test]
async fn without_a_disk_traces_are_taken_and_sent_and_the_status_is_red() {
    let plane = Plane::start().await;
    let place = Place::new(&gateway(&plane, "telemetry: { flush_interval_ms: 3600000 }"));
    std::fs::create_dir_all(place.path("state/outbox.db")).unwrap();
    let mut sidecar = place.start(&[], &[]);
    sidecar.until(|s| s["policy"]["revision"] == "from-plane").await;
    assert_eq!(sidecar.send(&["in-memory".to_owned()]).await.unwrap(), 204);
    let status = sidecar.status().await;
    assert_eq!((&status["health"], &status["outbox"]["durable"]), (&json!("red"), &json!(false)));
    let problems = status["problems"].to_string();
    assert!(problems.contains("the disk takes no traces"), "{problems}");
    sidecar.signal("-TERM");
    assert_eq!(sidecar.ended().await, 0);
    assert_eq!(plane.taken().get("in-memory"), Some(&1));
}

/// What a broken module could send as names, and what a client could send as a path: nothing of it is found
/// in what the control plane got, on the disk, in the log of any level, in the status or the metrics.
#[tokio::test]
async fn no_text_that_comes_with_a_trace_goes_anywhere() {
    let plane = Plane::start().await;
    let place = Place::new(&gateway(&plane, "telemetry: { flush_interval_ms: 100 }"));
    let mut sidecar = place.start(&["--log", "trace"], &[]);
    sidecar.until(|s| s["policy"]["revision"] == "from-plane").await;
    let canary = "canary, do not sing";
    let text = || canary.to_owned();
    let trace = Trace {
        id: "1".to_owned(),
        request_id: text(),
        key_id: text(),
        tenant: text(),
        endpoint: text(),
        model_provider: text(),
        model_name: text(),
        policies_fired: vec![text()],
        fallback_reason: text(),
        error_code: text(),
        policy_revision: text(),
        pii_detected: [(text(), 1)].into(),
        ..Trace::default()
    };
    let socket = sidecar.sockets.join("intake.sock");
    let post = async |body: Value| {
        let body = Bytes::from(body.to_string());
        request(&socket, "POST", "/privet/v1/traces", &[("x-canary", canary)], body).await.unwrap().0.as_u16()
    };
    assert_eq!(post(json!({ "traces": [trace] })).await, 204);
    assert_eq!(post(json!({ "traces": [trace], canary: canary })).await, 422);
    assert_eq!(post(json!(canary)).await, 422);
    let status = sidecar.until(|s| s["outbox"]["delivered"] == 1).await;
    let admin = privet_sidecar::http_local::Address::Tcp(sidecar.admin.parse().unwrap());
    let metrics = privet_sidecar::http_local::request_at(&admin, "GET", "/metrics", &[], Bytes::new()).await;
    sidecar.signal("-TERM");
    sidecar.ended().await;
    let mut found = vec![
        ("the status", status.to_string().into_bytes()),
        ("the metrics", metrics.unwrap().1.to_vec()),
        ("the log", sidecar.log().into_bytes()),
        ("the control plane", format!("{:?}", plane.seen()).into_bytes()),
    ];
    assert!(sidecar.log().contains("DEBUG"), "the log has not all levels");
    for entry in std::fs::read_dir(place.path("state")).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_file() {
            found.push(("the disk", std::fs::read(entry).unwrap()));
        }
    }
    for (place, bytes) in found {
        assert!(!String::from_utf8_lossy(&bytes).contains("canary"), "{place} has it");
    }
}

/// `up` with the real Envoy: a key of a provider is changed while requests go on, the rest is said to wait.
#[tokio::test]
async fn up_takes_a_new_key_when_told_to_read_its_configuration_again() {
    let gateway = |key: &str, more: &str| {
        format!(
            "server: {{ host: 127.0.0.1, port: 0, workers: 1 }}\n\
             providers: [{{ name: openai, base_url: 'http://127.0.0.1:1/v1', api_key: {key}{more} }}]\n\
             policy: {{ file: policy.json }}\nadmin: {{ port: 0 }}\nstate_dir: state\n"
        )
    };
    let place = Place::new(&gateway("first-key", ""));
    place.write("policy.json", &policy("one"));
    let mut sidecar = place.up().await;
    let status = sidecar.until(|s| s["envoys"][0]["state"] == "in_force").await;
    assert_eq!((&status["health"], &status["envoys"][0]["revision"]), (&json!("ok"), &json!("one")));

    place.write("gateway.yaml", &gateway("second-key", ""));
    sidecar.signal("-HUP");
    let secret = || std::fs::read_to_string(place.path("state/secrets/openai.json")).unwrap();
    for _ in 0..1_000 {
        if secret().contains("second-key") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(secret().contains("second-key") && !secret().contains("first-key"));
    let status = sidecar.until(|s| s["envoys"][0]["state"] == "in_force").await;
    assert_eq!(status["errors"], json!([]), "{}", sidecar.log());

    place.write("gateway.yaml", &gateway("second-key", ", timeout_ms: 1000"));
    sidecar.signal("-HUP");
    let status = sidecar.until(|s| s["errors"][0]["part"] == "configuration").await;
    let message = status["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("with the next start of Envoy"), "{message}");
    sidecar.signal("-TERM");
    assert_eq!(sidecar.ended().await, 0, "{}", sidecar.log());
}

/// The command asks the process that runs.
#[tokio::test]
async fn status_prints_how_the_running_sidecar_is() {
    let plane = Plane::start().await;
    let place = Place::new(&gateway(&plane, ""));
    let status = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_privet-sidecar"));
        command.arg("status").args(arguments).arg("--config").arg(place.path("gateway.yaml"));
        run_on(&mut command, b"")
    };
    let (code, out, err) = status(&[]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("no sidecar runs with this state directory"), "{err}");
    assert!(!place.path("state").exists(), "it made the state directory");

    let sidecar = place.start(&[], &[]);
    sidecar.until(|s| s["policy"]["revision"] == "from-plane").await;
    assert_eq!(sidecar.send(&["1".to_owned(), "2".to_owned()]).await.unwrap(), 204);
    let (code, out, _) = status(&[]);
    // Nobody listens on its push socket.
    assert_eq!(code, 3, "{out}");
    assert!(out.starts_with("health    red\n") && out.contains("policy    from-plane"), "{out}");
    assert!(out.contains("requests  2 answered, 0 failed, 0 refused"), "{out}");
    let (code, out, _) = status(&["--json"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &json["outbox"]["accepted"]), (3, &json!(2)));
}

//! A headless Chromium, driven by chromedriver as W3C WebDriver says: JSON over HTTP on the loopback.
//! `setup/browser` installs both.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;

/// How long the browser may take for one thing, its start included; on a busy machine that is much.
const PATIENCE: Duration = Duration::from_secs(60);
/// So that it needs no sandbox of the kernel's, no GPU, and nothing from outside.
const ARGUMENTS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A browser with one window. It ends with the test.
pub(crate) struct Browser {
    driver: Child,
    address: String,
    session: String,
    /// The browser's own process, which its other ones end with.
    process: Option<u64>,
    /// Its profile and what else it writes.
    _place: TempDir,
}

/// Whether a process has ended, nobody having asked for its exit code yet; waits a little where it has not.
fn ended(id: u64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"));
    let ended = stat.map_or(true, |stat| stat.rsplit(')').next().unwrap().starts_with(" Z"));
    if !ended {
        std::thread::sleep(Duration::from_millis(20));
    }
    ended
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver's end alone would leave the browser behind, and the browser's by force its files.
        if let Some(id) = self.process {
            let signal = |name: &str| drop(Command::new("kill").args([name, &id.to_string()]).status());
            signal("-TERM");
            if !(0..250).any(|_| ended(id)) {
                signal("-KILL");
            }
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let place = tempfile::tempdir().unwrap();
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .env("TMPDIR", place.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("chromedriver: {e}: run setup/browser"));
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        let profile = place.path().join("profile").display().to_string();
        let mut browser = Self {
            driver,
            address: format!("127.0.0.1:{}", port.expect("the driver says where it listens")),
            session: String::new(),
            process: None,
            _place: place,
        };
        let mut arguments: Vec<String> = ARGUMENTS.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={profile}"));
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let made = browser.ask("POST", "/session", wanted).await;
        browser.process = made["capabilities"]["goog:processID"].as_u64();
        browser.session =
            made["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {made}")).to_owned();
        browser
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let exchange = async {
            let stream = TcpStream::connect(&self.address).await.unwrap();
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
            let connection = tokio::spawn(connection);
            let request = Request::builder().method(method).uri(path).header("host", "localhost");
            let request = request.body(Full::new(Bytes::from(body))).unwrap();
            let answer = sender.send_request(request).await.unwrap().into_body().collect().await.unwrap();
            connection.abort();
            answer.to_bytes()
        };
        let answer = tokio::time::timeout(PATIENCE, exchange).await.expect("the browser answers in time");
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        let value = answer["value"].clone();
        assert!(value["error"].is_null() || value["stacktrace"].is_null(), "{path}: {value}");
        value
    }

    async fn command(&self, path: &str, body: Value) -> Value {
        self.ask("POST", &format!("/session/{}{path}", self.session), body).await
    }

    pub(crate) async fn open(&self, url: &str) {
        self.command("/url", json!({ "url": url })).await;
    }

    /// What a function with this body returns, run in the page.
    pub(crate) async fn run(&self, body: &str) -> Value {
        self.command("/execute/sync", json!({ "script": body, "args": [] })).await
    }

    /// Waits until that holds of it.
    pub(crate) async fn until(&self, body: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let mut value = Value::Null;
        for _ in 0..400 {
            value = self.run(body).await;
            if holds(&value) {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it did not happen; the last value is {value}");
    }

    /// A key is pressed and let go: WebDriver names keys by code points.
    pub(crate) async fn press(&self, key: char) {
        let keys = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        let actions = json!({ "actions": [{ "type": "key", "id": "keys", "actions": keys }] });
        self.command("/actions", actions).await;
    }

    /// A command of the Chrome DevTools protocol.
    pub(crate) async fn tools(&self, name: &str, parameters: Value) -> Value {
        self.command("/goog/cdp/execute", json!({ "cmd": name, "params": parameters })).await
    }

    /// Everything that was written to the console since the last time this was asked.
    pub(crate) async fn console(&self) -> Vec<String> {
        let entries = self.command("/se/log", json!({ "type": "browser" })).await;
        entries.as_array().unwrap().iter().map(|e| e["message"].to_string()).collect()
    }
}

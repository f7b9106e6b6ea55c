//! What several test modules need.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use privet_sidecar::config::Config;
use tokio::sync::watch;

/// How long a test waits for what must happen. It happens much sooner, or never.
const PATIENCE: Duration = Duration::from_secs(20);

/// The made-up keys of the examples.
pub(crate) fn example_env(name: &str) -> Option<String> {
    let provider = name.strip_suffix("_API_KEY")?;
    Some(format!("made-up-key-of-{}", provider.to_lowercase()))
}

/// A configuration with [`example_env`], its relative paths below `folder`.
pub(crate) fn config(text: &str, folder: &Path) -> Config {
    Config::parse(text, folder, &example_env).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// A file that the build has made: from the variable, or where `make` puts it.
pub(crate) fn built(variable: &str, default: &str) -> PathBuf {
    let path = std::env::var_os(variable).map_or_else(|| workspace().join(default), PathBuf::from);
    assert!(path.exists(), "{} is not there: run `make build` first, or set {variable}", path.display());
    path
}

/// Exit code, standard output and standard error of a command that ends by itself.
pub(crate) fn run(program: &Path, args: &[OsString]) -> (i32, String, String) {
    let output = Command::new(program).args(args).output();
    let output = output.unwrap_or_else(|e| panic!("{}: {e}", program.display()));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// The same of a command that is given `input`. What it prints meanwhile is read, so that neither side
/// waits for the other; a command may end without reading all.
pub(crate) fn run_on(command: &mut Command, input: &[u8]) -> (i32, String, String) {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output()
    });
    let output = output.unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// Waits until `condition` holds of what a channel has; returns that.
pub(crate) async fn until<T: Clone + std::fmt::Debug>(
    channel: &mut watch::Receiver<T>,
    condition: impl FnMut(&T) -> bool,
) -> T {
    let outcome = tokio::time::timeout(PATIENCE, channel.wait_for(condition)).await;
    match outcome.map(|value| value.map(|v| v.clone())) {
        Ok(Ok(value)) => value,
        Ok(Err(_)) => panic!("the channel closed"),
        Err(_) => panic!("it did not happen in time; the last value is {:?}", *channel.borrow()),
    }
}

/// A policy that is accepted.
pub(crate) fn policy(revision: &str) -> String {
    format!(r#"{{"schema":1,"revision":"{revision}","auth":{{"required":false}}}}"#)
}

/// What the code under test logs on this thread, as a channel to wait on.
pub(crate) struct Log {
    pub(crate) lines: watch::Receiver<String>,
    _guard: tracing::subscriber::DefaultGuard,
}

struct Sink(watch::Sender<String>);

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.send_modify(|text| text.push_str(&String::from_utf8_lossy(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub(crate) fn capture() -> Self {
        let (sender, lines) = watch::channel(String::new());
        let sink = move || Sink(sender.clone());
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(sink).finish();
        Self { lines, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// Waits until `words` have been logged `times`.
    pub(crate) async fn until(&mut self, words: &str, times: usize) {
        until(&mut self.lines, |text| text.matches(words).count() >= times).await;
    }
}

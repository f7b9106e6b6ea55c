//! `privet-sidecar`: the command line.
//!
//! Exit codes: 0 done; 1 failed; 2 wrong usage; 64 the configuration or policy has errors;
//! 65 the input of `detect` or `mask` is not what they read.

use std::io::{ErrorKind, IsTerminal, stderr, stdin, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use privet_sidecar::commands::{self, CommandError};
use privet_sidecar::config::Config;
use privet_sidecar::policy_source::PolicyDocument;
use privet_sidecar::render::bootstrap;
use privet_sidecar::run::{Parts, paths, token_digest, up};
use privet_sidecar::state::StateDir;
use tokio::sync::watch;
use tracing::error;

/// The configuration or the policy has errors (`EX_USAGE` of sysexits.h).
const EXIT_CONFIG: u8 = 64;
/// The input is not what the command reads (`EX_DATAERR` of sysexits.h).
const EXIT_INPUT: u8 = 65;

#[derive(Parser)]
#[command(
    name = "privet-sidecar",
    version,
    about = "Privet's sidecar: policy into Envoy, and Envoy around the filter"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run Envoy with the filter in the foreground, as a gateway.yaml says.
    Up {
        /// The configuration.
        #[arg(long, value_name = "gateway.yaml")]
        config: PathBuf,
        /// The Wasm module.
        #[arg(long, env = "PRIVET_MODULE", value_name = "privet.wasm")]
        module: PathBuf,
        /// Envoy's binary, 1.40 or newer.
        #[arg(long, env = "ENVOY_PATH", value_name = "envoy")]
        envoy: PathBuf,
    },
    /// Print the Envoy configuration for a gateway.yaml.
    Render {
        /// The configuration.
        #[arg(long, value_name = "gateway.yaml")]
        config: PathBuf,
        /// The Wasm module.
        #[arg(long, env = "PRIVET_MODULE", value_name = "privet.wasm")]
        module: PathBuf,
    },
    /// Check a gateway.yaml or a policy; print every error.
    Validate {
        /// A gateway.yaml.
        #[arg(long, value_name = "gateway.yaml")]
        config: Option<PathBuf>,
        /// A policy document.
        #[arg(long, value_name = "policy.json")]
        policy: Option<PathBuf>,
    },
    /// Print what a policy finds in the text on standard input: type, score, place, injection score.
    ///
    /// Places are counted in characters from 0, the end exclusive. What the policy allows, or finds with
    /// less than the type's min_score, is left out.
    Detect {
        /// Read rows {"text": …}, one a line; print rows {"spans": [{start, end, type, score}],
        /// "injection"} in the same order. Ends with 65 at the first line that is no such row.
        #[arg(long, conflicts_with = "show_values")]
        jsonl: bool,
        /// A policy document; without one everything is masked.
        #[arg(long, value_name = "policy.json")]
        policy: Option<PathBuf>,
        /// Print the values as well.
        #[arg(long)]
        show_values: bool,
    },
    /// Print the text on standard input as a provider would get it; and, on standard error, the table of
    /// its placeholders.
    Mask {
        /// A policy document; without one everything is masked.
        #[arg(long, value_name = "policy.json")]
        policy: Option<PathBuf>,
        /// Print the values in the table as well.
        #[arg(long)]
        show_values: bool,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let colour = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_target(false).with_ansi(colour).with_writer(std::io::stderr).init();
    // The first provider wins; a second call would only say that one is there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match cli.command {
        Command::Up { config, module, envoy } => read(&config, |c| serve(c, &Parts { module, envoy })),
        Command::Render { config, module } => read(&config, |c| render(&c, &module)),
        Command::Validate { config, policy } => validate(config, policy),
        Command::Detect { jsonl, policy, show_values } => {
            finish(commands::policy(policy.as_deref()).and_then(|p| match jsonl {
                true => commands::detect::rows(&p.masking, stdin().lock(), stdout().lock()),
                false => commands::detect::text(&p.masking, show_values, stdin().lock(), stdout().lock()),
            }))
        }
        Command::Mask { policy, show_values } => finish(commands::policy(policy.as_deref()).and_then(|p| {
            commands::mask::text(&p.masking, show_values, stdin().lock(), stdout().lock(), stderr().lock())
        })),
    }
}

/// Says why a command ended early. That nobody reads on is no failure.
fn finish(result: Result<(), CommandError>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    if matches!(&error, CommandError::Io(e) if e.kind() == ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    eprintln!("{error}");
    match error {
        CommandError::Policy(_) => ExitCode::from(EXIT_CONFIG),
        CommandError::Input(_) => ExitCode::from(EXIT_INPUT),
        CommandError::Io(_) => ExitCode::FAILURE,
    }
}

/// Reads a configuration and goes on with it, or prints all its errors.
fn read(path: &std::path::Path, then: impl FnOnce(Config) -> ExitCode) -> ExitCode {
    match Config::read(path) {
        Ok(config) => then(config),
        Err(errors) => {
            for complaint in errors.complaints() {
                eprintln!("{}: {complaint}", path.display());
            }
            ExitCode::from(EXIT_CONFIG)
        }
    }
}

fn serve(config: Config, parts: &Parts) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            error!("no runtime: {e}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(async {
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(async move {
            wait_for_signal().await;
            stop.send_replace(true);
            // Kept until the end: a closed channel is no signal.
            std::future::pending::<()>().await;
        });
        up(config, parts, stopped).await
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            error!("{e}");
            ExitCode::FAILURE
        }
    }
}

/// SIGINT or SIGTERM.
async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

fn render(config: &Config, module: &std::path::Path) -> ExitCode {
    let state = StateDir::open(&config.state_dir);
    let rendered = state.and_then(|state| {
        let token = state.push_token()?;
        Ok(bootstrap(config, &paths(&state, module), &token_digest(&token)))
    });
    match rendered {
        Ok(rendered) => {
            println!("{}", serde_json::to_string_pretty(&rendered).unwrap_or_default());
            ExitCode::SUCCESS
        }
        Err(e) => {
            error!("{}: {e}", config.state_dir.display());
            ExitCode::FAILURE
        }
    }
}

fn validate(config: Option<PathBuf>, policy: Option<PathBuf>) -> ExitCode {
    if config.is_none() && policy.is_none() {
        eprintln!("nothing to check: name --config or --policy");
        return ExitCode::from(2);
    }
    let mut complaints = Vec::new();
    if let Some(path) = config
        && let Err(errors) = Config::read(&path)
    {
        complaints.extend(errors.complaints().iter().map(|c| format!("{}: {c}", path.display())));
    }
    if let Some(path) = policy {
        let checked = std::fs::read(&path).map_err(|e| e.to_string()).and_then(PolicyDocument::check);
        if let Err(errors) = checked {
            complaints.extend(errors.lines().map(|line| format!("{}: {line}", path.display())));
        }
    }
    complaints.iter().for_each(|c| eprintln!("{c}"));
    if complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_CONFIG) }
}

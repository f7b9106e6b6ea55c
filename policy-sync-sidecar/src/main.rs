//! `privet-sidecar`: the command line. Its exit codes stand in [`cli`].

mod cli;

use std::io::{ErrorKind, IsTerminal, stderr, stdin, stdout};
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use cli::{Cli, Command, PolicyCommand};
use privet_sidecar::commands::{self, CommandError};
use privet_sidecar::config::Config;
use privet_sidecar::run::{self, Error, Parts, Signals};
use tokio::sync::watch;
use tracing::error;

/// The configuration or the policy has errors (`EX_USAGE` of sysexits.h).
const EXIT_CONFIG: u8 = 64;
/// The input is not what the command reads (`EX_DATAERR` of sysexits.h).
const EXIT_INPUT: u8 = 65;
/// The gateway needs somebody to look at it.
const EXIT_RED: u8 = 3;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let colour = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_max_level(cli.log).with_target(false);
    log.with_ansi(colour).with_writer(std::io::stderr).init();
    // The first provider wins; a second call would only say that one is there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match cli.command {
        Command::Run { config } => {
            serve(&config.config, async |path, config, signals| run::run(path, &config, signals).await)
        }
        Command::Up { config, module, envoy } => serve(&config.config, async |path, config, signals| {
            run::up(path, config, &Parts { module, envoy }, signals).await
        }),
        Command::Render { config, module } => {
            finish(read(&config.config).and_then(|c| commands::render::print(&c, &module, stdout().lock())))
        }
        Command::Validate { config, policy } => {
            if config.is_none() && policy.is_none() {
                eprintln!("nothing to check: name --config or --policy");
                return ExitCode::from(2);
            }
            finish(commands::validate::check(config.as_deref(), policy.as_deref(), stderr().lock()))
        }
        Command::Detect { jsonl, policy, show_values } => {
            finish(commands::policy(policy.as_deref()).and_then(|p| match jsonl {
                true => commands::detect::rows(&p.masking, stdin().lock(), stdout().lock()),
                false => commands::detect::text(&p.masking, show_values, stdin().lock(), stdout().lock()),
            }))
        }
        Command::Mask { policy, show_values } => finish(commands::policy(policy.as_deref()).and_then(|p| {
            commands::mask::text(&p.masking, show_values, stdin().lock(), stdout().lock(), stderr().lock())
        })),
        Command::Status { config, json } => {
            finish(read(&config.config).and_then(|c| commands::status::print(&c, json, stdout().lock())))
        }
        Command::Policy(PolicyCommand::Show { config, show_values }) => {
            finish(read(&config.config).and_then(|c| commands::show::print(&c, show_values, stdout().lock())))
        }
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "privet-sidecar", &mut stdout());
            ExitCode::SUCCESS
        }
    }
}

fn read(path: &Path) -> Result<Config, CommandError> {
    Config::read(path).map_err(|errors| CommandError::Policy(errors.with_file(path)))
}

/// Says why a command ended early. That nobody reads on is no failure.
fn finish(result: Result<(), CommandError>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    if matches!(&error, CommandError::Io(e) if e.kind() == ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    if !text.is_empty() {
        eprintln!("{text}");
    }
    match error {
        CommandError::Policy(_) => ExitCode::from(EXIT_CONFIG),
        CommandError::Input(_) => ExitCode::from(EXIT_INPUT),
        CommandError::Red => ExitCode::from(EXIT_RED),
        CommandError::Failed(_) | CommandError::Io(_) => ExitCode::FAILURE,
    }
}

/// Reads the configuration, and with it does `work` until it ends or a signal ends it.
fn serve(path: &Path, work: impl AsyncFnOnce(&Path, Config, Signals) -> Result<(), Error>) -> ExitCode {
    let config = match read(path) {
        Ok(config) => config,
        Err(error) => return finish(Err(error)),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            error!("no runtime: {e}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(async { work(path, config, signals()).await });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            error!("{e}");
            ExitCode::FAILURE
        }
    }
}

/// SIGINT and SIGTERM stop, SIGHUP reads the configuration again.
fn signals() -> Signals {
    use tokio::signal::unix::{SignalKind, signal};
    let (stop, stopped) = watch::channel(false);
    let (reload, reloaded) = watch::channel(0);
    let (interrupt, terminate, hang_up) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()));
    tokio::spawn(async move {
        let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hang_up)) = (interrupt, terminate, hang_up) else {
            error!("signals are not heard");
            return std::future::pending::<()>().await;
        };
        // For ever: a closed channel is no signal.
        loop {
            tokio::select! {
                _ = interrupt.recv() => drop(stop.send_replace(true)),
                _ = terminate.recv() => drop(stop.send_replace(true)),
                _ = hang_up.recv() => reload.send_modify(|times| *times += 1),
            }
        }
    });
    Signals { stop: stopped, reload: reloaded }
}

//! The command line: what can be said, and what is told of it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use tracing::level_filters::LevelFilter;

/// Stands below every `--help`.
const EXIT_CODES: &str = "Exit codes:
  0   done
  1   failed: a file, a socket or Envoy
  2   wrong usage
  3   status: the gateway needs somebody to look at it
  64  the configuration or the policy has errors; each is printed with path and line
  65  the input of detect or mask is not what they read";

#[derive(Parser)]
#[command(
    name = "privet-sidecar",
    version,
    about = "Privet's sidecar: policy into Envoy, traces out, and Envoy around the filter",
    after_help = EXIT_CODES
)]
pub(crate) struct Cli {
    /// How much is logged on standard error: off, error, warn, info, debug or trace.
    #[arg(long, global = true, env = "PRIVET_LOG", default_value = "info", value_name = "level")]
    pub(crate) log: LevelFilter,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The configuration.
#[derive(Args)]
pub(crate) struct ConfigFile {
    /// The configuration.
    #[arg(long, env = "PRIVET_CONFIG", value_name = "gateway.yaml")]
    pub(crate) config: PathBuf,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Bring policies to Envoys that run elsewhere on this machine, and their traces to the control plane.
    ///
    /// SIGTERM and SIGINT end it: what waits is sent for up to five seconds, and what is left stays on the
    /// disk. SIGHUP reads the configuration again; with errors, the one at hand stays.
    #[command(after_help = "Examples:
  privet-sidecar run --config gateway.yaml
  PRIVET_CONFIG=/etc/privet/gateway.yaml privet-sidecar run")]
    Run {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Run Envoy with the filter in the foreground, and do what `run` does.
    ///
    /// SIGTERM and SIGINT let requests under way finish. SIGHUP reads the configuration again: keys of
    /// providers, policy source and control plane at once; the rest with the next start.
    #[command(after_help = "Example:
  privet-sidecar up --config gateway.yaml --module privet.wasm --envoy /usr/bin/envoy")]
    Up {
        #[command(flatten)]
        config: ConfigFile,
        /// The Wasm module.
        #[arg(long, env = "PRIVET_MODULE", value_name = "privet.wasm")]
        module: PathBuf,
        /// Envoy's binary, 1.40 or newer.
        #[arg(long, env = "ENVOY_PATH", value_name = "envoy")]
        envoy: PathBuf,
    },
    /// Print the Envoy configuration for a gateway.yaml.
    #[command(after_help = "Example:
  privet-sidecar render --config gateway.yaml --module /opt/privet.wasm > envoy.json")]
    Render {
        #[command(flatten)]
        config: ConfigFile,
        /// The Wasm module.
        #[arg(long, env = "PRIVET_MODULE", value_name = "privet.wasm")]
        module: PathBuf,
    },
    /// Check a gateway.yaml or a policy; print every error.
    #[command(after_help = "Examples:
  privet-sidecar validate --config gateway.yaml
  privet-sidecar validate --policy policy.json && echo good")]
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
    #[command(after_help = "Examples:
  privet-sidecar detect < mail.txt
  privet-sidecar detect --policy policy.json --jsonl < rows.jsonl")]
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
    #[command(after_help = "Example:
  privet-sidecar mask --policy policy.json < mail.txt")]
    Mask {
        /// A policy document; without one everything is masked.
        #[arg(long, value_name = "policy.json")]
        policy: Option<PathBuf>,
        /// Print the values in the table as well.
        #[arg(long)]
        show_values: bool,
    },
    /// Print how a running sidecar is: policy, control plane, Envoys, traces, errors.
    #[command(after_help = "Examples:
  privet-sidecar status --config gateway.yaml
  privet-sidecar status --config gateway.yaml --json | jq .outbox.depth")]
    Status {
        #[command(flatten)]
        config: ConfigFile,
        /// Print what /api/status answers.
        #[arg(long)]
        json: bool,
    },
    /// Look at the policy.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Print completions for a shell.
    #[command(after_help = "Example:
  privet-sidecar completions bash > /etc/bash_completion.d/privet-sidecar")]
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[derive(Subcommand)]
pub(crate) enum PolicyCommand {
    /// Print the last good policy: the file's, the control plane's from disk, or the built-in one.
    ///
    /// Hashes of keys, terms of dictionaries and allowed values are left out.
    #[command(after_help = "Examples:
  privet-sidecar policy show --config gateway.yaml
  privet-sidecar policy show --config gateway.yaml --show-values > policy.json")]
    Show {
        #[command(flatten)]
        config: ConfigFile,
        /// Print the document as it came.
        #[arg(long)]
        show_values: bool,
    },
}

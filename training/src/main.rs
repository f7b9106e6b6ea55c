//! `privet-train`: makes the weights that the core carries. Offline, and the same bytes from the same
//! rows, seed and code on every machine.
//!
//! What the weights were trained on, and under which licence it came, stands in `README.md` beside this.

mod injection;
mod rows;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: privet-train names|injection --data DIR --out FILE\n       privet-train injection --data DIR [--out FILE] [--report] [--small]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|n| arguments.get(n + 1)).map(Path::new)
    };
    let done = match (arguments.first().map(String::as_str), option("--data"), option("--out")) {
        (Some("injection"), Some(data), out) => {
            let flag = |name: &str| arguments.iter().any(|a| a == name);
            injection::run(&injection::Options {
                data,
                out,
                report: flag("--report"),
                small: flag("--small"),
            })
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(64);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

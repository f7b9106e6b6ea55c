//! `privet-train`: makes the weights that the core carries. Offline, and the same bytes from the same
//! rows, seed and code on every machine.
//!
//! What the weights were trained on, and under which licence it came, stands in `README.md` beside this.

mod injection;
mod names;
mod rows;

use std::process::ExitCode;

const USAGE: &str = "usage: privet-train names --data DIR --lists DIR --out DIR | names --evaluate …\n       \
    privet-train injection --data DIR [--out FILE] [--report] [--small]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.split_first() {
        Some((command, rest)) if command == "names" => names::command(rest),
        Some((command, rest)) if command == "injection" => injection::command(rest),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(64)
        }
    }
}

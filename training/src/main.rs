//! `privet-train`: makes the weights that the core carries. Offline, and the same bytes from the same
//! rows, seed and code on every machine.
//!
//! What the weights were trained on, and under which licence it came, stands in `README.md` beside this.

mod rows;

use std::process::ExitCode;

const USAGE: &str = "usage: privet-train names|injection --data DIR --out FILE";

fn main() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(64)
}

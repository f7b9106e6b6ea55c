//! `privet-eval`: how well the core finds what labelled data says is there, as Markdown.
//!
//! Every row is read once by the core, with the policy that masks everything. The data is a folder of
//! JSON lines, one set a file, whose name says what kind it is ([`data`]). Nothing of a row is printed,
//! but with `--show`, which is for whoever works on a recogniser.
#![forbid(unsafe_code)]

mod counts;
mod data;
mod detector;
mod labels;
mod markdown;
mod ranking;
mod report;
mod show;
mod valid;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use data::Data;
use detector::Detector;

#[derive(Parser)]
#[command(about = "Measure the core's detection on labelled data; prints Markdown", version)]
struct Arguments {
    /// Folder of labelled sets: pii_*, ner_*, secrets_*, inj_*, as .jsonl or .jsonl.gz
    #[arg(long)]
    data: PathBuf,
    /// The date that the report carries, YYYY-MM-DD
    #[arg(long, default_value = "undated")]
    date: String,
    /// Print what was missed and what was found wrongly in this set, in place of the report
    #[arg(long, value_name = "SET")]
    show: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let detector = Detector::default();
    let data = match Data::read(&arguments.data, &detector) {
        Ok(data) => data,
        Err(error) => {
            eprintln!("privet-eval: {error}");
            return ExitCode::from(65);
        }
    };
    match &arguments.show {
        Some(set) => print!("{}", show::wrong(&data, set, &detector)),
        None => print!("{}", report::all(&data, &detector, &arguments.date)),
    }
    ExitCode::SUCCESS
}

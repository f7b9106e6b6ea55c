//! The report: goals first, then the tables behind them.

mod goals;
mod injection;
mod names;
mod pii;
mod recognisers;
mod secrets;
mod speed;

pub(crate) use secrets::is_found as is_secret_found;

use crate::data::Data;
use crate::detector::Detector;

/// What was trained on what, in words.
const TRAINING: &str = include_str!("../training.md");

const READING: &str = "\
Made by `make eval DATA=folder`, which reads every row once with the policy that masks everything. *Overlap* counts a
value as found where a span of its type has a byte in common with it, *strict* where both ends are the same; each
span counts for one value at most, so that a value found in two pieces is one hit and one false hit. P is precision,
R recall, F1 their harmonic mean; – stands where there is nothing to count.
";

/// All of it, as Markdown.
pub(crate) fn all(data: &Data, detector: &Detector, date: &str) -> String {
    let mut out = format!("# Detection quality\n\nAs of {date}.\n\n{READING}\n{TRAINING}\n");
    for section in [
        goals::section(data, detector),
        pii::section(data),
        names::section(data),
        recognisers::section(data),
        secrets::section(data),
        injection::section(data, detector),
        speed::section(data, detector),
    ] {
        out += &section;
    }
    out.trim_end().to_owned() + "\n"
}

#[cfg(test)]
mod tests;

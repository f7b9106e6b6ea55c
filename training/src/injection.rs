//! `injection`: the weights of the injection score.
//!
//! Rows with labels and made-up texts ([`made_up`], [`documents`]) become features ([`examples`]), a logistic
//! regression learns from them ([`learn`]), and what held-out rows say sets the scale of the score ([`report`]).

mod documents;
mod examples;
mod learn;
mod listings;
mod made_up;
mod report;
mod tasks;

use std::path::Path;

use privet_core::injection::model::Model;

/// `--data DIR [--out FILE] [--report] [--small]`: trains on the rows below `DIR` and writes the weights; with
/// `--report` prints how models fare on rows that they were not trained on; with `--small` makes up only a few
/// texts, for a test.
///
/// # Errors
/// What could not be read or written.
pub(crate) fn command(arguments: &[String]) -> Result<(), String> {
    let option = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|n| arguments.get(n + 1)).map(Path::new)
    };
    let flag = |name: &str| arguments.iter().any(|a| a == name);
    let data = option("--data").ok_or("--data is missing")?;
    let rows = examples::read(data, flag("--small"))?;
    let folds = report::by_folds(&rows);
    let knots = report::calibrate(&rows, &folds);
    if flag("--report") {
        report::print(&rows, &folds, &knots);
    }
    let Some(out) = option("--out") else { return Ok(()) };
    let all: Vec<_> = rows.iter().collect();
    let trained = learn::train(&all);
    let weights = trained.weights();
    let model = Model { knots, ..trained.model(&weights) };
    std::fs::write(out, model.write()).map_err(|e| format!("{}: {e}", out.display()))
}

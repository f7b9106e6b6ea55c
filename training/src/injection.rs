//! `injection`: the weights of the injection score.
//!
//! Rows with labels and made-up texts ([`made_up`], [`documents`]) become features ([`examples`]), a logistic
//! regression learns from them ([`learn`]), and what held-out rows say sets the scale of the score ([`report`]).

mod documents;
mod examples;
mod learn;
mod made_up;
mod report;

use std::path::Path;

use privet_core::injection::model::Model;

/// What is asked for.
pub(crate) struct Options<'a> {
    /// Folder of the rows.
    pub(crate) data: &'a Path,
    /// Where the weights go.
    pub(crate) out: Option<&'a Path>,
    /// Whether to print how models fare on rows that they were not trained on.
    pub(crate) report: bool,
    /// Whether to make up only a few texts, for a test.
    pub(crate) small: bool,
}

/// Trains, and writes the weights.
///
/// # Errors
/// What could not be read or written.
pub(crate) fn run(options: &Options<'_>) -> Result<(), String> {
    let rows = examples::read(options.data, options.small)?;
    let folds = report::by_folds(&rows);
    let knots = report::calibrate(&rows, &folds);
    if options.report {
        report::print(&rows, &folds, &knots);
    }
    let Some(out) = options.out else { return Ok(()) };
    let all: Vec<_> = rows.iter().collect();
    let trained = learn::train(&all);
    let weights = trained.weights();
    let model = Model { knots, ..trained.model(&weights) };
    std::fs::write(out, model.write()).map_err(|e| format!("{}: {e}", out.display()))
}

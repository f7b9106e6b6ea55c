//! `injection`: the weights of the injection score.

mod documents;
mod examples;
mod learn;
mod made_up;
mod report;

use std::path::Path;

use privet_core::injection::model::Model;

/// Trains on the rows below `data` and writes the weights to `out`; with `report`, prints first how models fare
/// on rows that they were not trained on.
///
/// # Errors
/// What could not be read or written.
pub fn run(data: &Path, out: Option<&Path>, report: bool) -> Result<(), String> {
    let rows = examples::read(data)?;
    if report {
        report::print(&rows);
    }
    if let Some(out) = out {
        let all: Vec<_> = rows.iter().collect();
        let trained = learn::train(&all);
        let (signs, knots) = (report::SIGN_VALUES, report::calibrate(&rows));
        let weights = trained.weights();
        let model = Model { bias: trained.bias, scale: trained.scale(), signs, knots, weights: &weights };
        std::fs::write(out, model.write()).map_err(|e| format!("{}: {e}", out.display()))?;
    }
    Ok(())
}

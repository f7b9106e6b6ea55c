//! What was set out to be reached, and what is.

use super::injection::Scores;
use super::{names, pii, secrets};
use crate::data::Data;
use crate::detector::Detector;
use crate::labels::Class;
use crate::markdown::{Table, reached, share};

/// F1 and precision that the core types are to reach on every set.
const CORE_GOAL: f64 = 0.95;
/// F1 that LOCATION and ADDRESS are to reach on the sets of personal data.
const PLACES_GOAL: f64 = 0.75;
/// F1 that PERSON is to reach, by set: what the better of a widely used detector with its small language
/// model and of a list of first names reaches, and .10 more where that is below .70.
const PERSON_GOALS: [(&str, f64); 5] = [
    ("pii_presidio_synth_v2", 0.780),
    ("pii_ambientmeta", 0.731),
    ("ner_wikigold", 0.792),
    ("ner_wnut17_test", 0.563),
    ("ner_btc", 0.700),
];

pub(super) fn section(data: &Data, detector: &Detector) -> String {
    let mut table = Table::new(&["goal", "set ", "wanted", "measured", "reached "]);
    let mut line = |goal: &str, set: &str, wanted: f64, measured: Option<f64>| {
        let Some(value) = measured else { return };
        table.row([goal, set, &format!("{wanted:.3}"), &share(measured), reached(value >= wanted)]);
    };
    for set in &data.pii {
        let m = pii::pooled(set).overlap;
        line("core types, F1", &set.name, CORE_GOAL, m.f1());
        line("core types, P", &set.name, CORE_GOAL, m.precision());
    }
    for set in names::sets(data) {
        if let Some((_, wanted)) = PERSON_GOALS.iter().find(|(name, _)| *name == set.name) {
            line("PERSON, F1", &set.name, *wanted, Class::of("PERSON").measure(set).overlap.f1());
        }
    }
    for set in &data.pii {
        line("LOCATION + ADDRESS, F1", &set.name, PLACES_GOAL, Class::places().measure(set).overlap.f1());
    }
    for set in &data.secrets {
        let counts = secrets::counts(set);
        match set.name.as_str() {
            "secrets_credsweeper_samples" => line("secrets, R", &set.name, 0.60, counts.recall()),
            "secrets_leaky_repo" => line("secrets, R (32 of 42)", &set.name, 32.0 / 42.0, counts.recall()),
            _ => line("secrets, F1", &set.name, 0.85, counts.f1()),
        }
    }
    most(&mut table, data, detector);
    format!("## Goals\n\n{}", table.print())
}

/// The goals that are limits.
fn most(table: &mut Table, data: &Data, detector: &Detector) {
    let benign = data.injection.iter().map(secrets::benign);
    let (texts, hits) = benign.fold((0, 0), |(texts, hits), (t, h)| (texts + t, hits + h));
    if texts > 0 {
        let is_reached = hits * 10_000 <= 2 * texts;
        let measured = secrets::per_10_000(hits, texts);
        table.row(["secrets, false hits of 10,000", "harmless texts", "≤ 2", &measured, reached(is_reached)]);
    }
    let Some(scores) = Scores::of(data, detector) else {
        table.row(["injection score", "all", "", "not there", "no"]);
        return;
    };
    let auc = scores.auc();
    let is_reached = auc.is_some_and(|a| a >= 0.985);
    table.row(["injection, AUC", "all but notinject", "0.985", &share(auc), reached(is_reached)]);
    for (set, most, measured) in
        [("all but notinject", 0.01, scores.false_share()), ("inj_notinject", 0.05, scores.not_inject())]
    {
        let is_reached = measured.is_some_and(|m| m <= most);
        let wanted = format!("≤ {most:.2}");
        table.row(["injection, false at .7", set, &wanted, &share(measured), reached(is_reached)]);
    }
}

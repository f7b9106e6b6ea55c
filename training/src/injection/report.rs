//! How models fare on rows that they were not trained on, and what follows for the scale of the score.

use std::collections::BTreeMap;

use privet_core::injection::model::{KNOTS, Model};
use privet_core::injection::{BLOCK, WARN, raw};

use super::examples::{Example, FOLDS, Kind, MADE_UP, is_prompt, is_unseen};
use super::learn::{sigmoid, train};

/// Part of the harmless rows of the injection sets, and of the set that is never trained on, that may reach the block
/// threshold: below the goals of 1 % and 5 %, because other texts will differ.
const MAY_BLOCK: (f32, f32) = (0.008, 0.04);

/// Scores at which the calibration has its knots.
const SCORES: [f32; KNOTS] =
    [0.001, 0.01, 0.03, 0.07, 0.15, WARN, 0.45, 0.6, BLOCK, 0.8, 0.87, 0.93, 0.97, 0.99, 0.997, 0.999];

/// The raw values of all rows, each by a model that has not seen the rows of its `part`.
fn held_out(rows: &[Example], parts: &[String], part: impl Fn(&Example, &str) -> bool + Sync) -> Vec<f32> {
    let of_part = |name: &String| {
        let seen: Vec<&Example> = rows.iter().filter(|e| !part(e, name) && e.carrier != name).collect();
        let trained = train(&seen);
        let weights = trained.weights();
        let model = trained.model(&weights);
        let inside = rows.iter().enumerate().filter(|(_, e)| part(e, name));
        inside.map(|(n, e)| (n, raw(&model, e.text.as_bytes()).0)).collect::<Vec<_>>()
    };
    let (mut values, of_part) = (vec![0.0; rows.len()], &of_part);
    // Two parts at a time; each is the same whichever comes first.
    for pair in parts.chunks(2) {
        std::thread::scope(|scope| {
            for part in pair.iter().map(|name| scope.spawn(move || of_part(name))).collect::<Vec<_>>() {
                for (n, value) in part.join().expect("a part that does not panic") {
                    values[n] = value;
                }
            }
        });
    }
    values
}

/// The raw values by five models, each without a fifth of the rows.
pub(crate) fn by_folds(rows: &[Example]) -> Vec<f32> {
    let folds: Vec<String> = (0..FOLDS).map(|n| n.to_string()).collect();
    held_out(rows, &folds, |e, fold| e.fold.to_string() == fold)
}

/// The raw values by models that have not seen anything of the row's source.
fn by_source(rows: &[Example]) -> Vec<f32> {
    let mut groups: Vec<String> = rows.iter().map(|e| e.group.to_owned()).collect();
    groups.sort();
    groups.dedup();
    held_out(rows, &groups, |e, group| e.group == group)
}

/// The values of the rows that satisfy `which`, rising.
fn values(rows: &[Example], all: &[f32], which: impl Fn(&Example) -> bool) -> Vec<f32> {
    let mut values: Vec<f32> = rows.iter().zip(all).filter(|(e, _)| which(e)).map(|(_, v)| *v).collect();
    values.sort_by(f32::total_cmp);
    values
}

fn harmless(e: &Example) -> bool {
    !e.attack && e.kind == Kind::Row
}

fn attack(e: &Example) -> bool {
    e.attack && e.kind == Kind::Row
}

/// The part of rising values that are at least `threshold`.
fn reaching(values: &[f32], threshold: f32) -> f32 {
    let below = values.partition_point(|v| *v < threshold);
    (values.len() - below) as f32 / values.len().max(1) as f32
}

/// The area under the ROC curve: how often an attack is above a harmless text. Both rise.
fn auc(attacks: &[f32], harmless: &[f32]) -> f64 {
    let wins = |v: &f32| {
        let (below, upto) = (harmless.partition_point(|h| h < v), harmless.partition_point(|h| h <= v));
        (below + upto) as f64 / 2.0
    };
    attacks.iter().map(wins).sum::<f64>() / (attacks.len() * harmless.len()).max(1) as f64
}

/// The lowest threshold that at most this part of rising values reaches.
fn threshold(values: &[f32], part: f32) -> f32 {
    let may = (values.len() as f32 * part) as usize;
    values.len().checked_sub(1 + may).map_or(0.0, |n| values[n]) + 1e-3
}

/// Slope of a logistic curve through held-out values, attacks and harmless rows half each (Platt's method).
fn slope(attacks: &[f32], harmless: &[f32]) -> f32 {
    let (mut a, mut b) = (1.0f32, 0.0f32);
    for _ in 0..500 {
        let gradient = |values: &[f32], y: f32| {
            let each = |v: &f32| {
                let error = sigmoid(a * v + b) - y;
                (error * v, error)
            };
            let sum = values.iter().map(each).fold((0.0, 0.0), |s, g| (s.0 + g.0, s.1 + g.1));
            (sum.0 / values.len().max(1) as f32, sum.1 / values.len().max(1) as f32)
        };
        let (p, n) = (gradient(attacks, 1.0), gradient(harmless, 0.0));
        a -= 0.1 * (p.0 + n.0);
        b -= 0.1 * (p.1 + n.1);
    }
    a.max(0.1)
}

/// The calibration: the slope of the logistic curve through held-out values, moved so that the block threshold
/// keeps what [`MAY_BLOCK`] says.
pub(crate) fn calibrate(rows: &[Example], folds: &[f32]) -> [(f32, f32); KNOTS] {
    let seen = values(rows, folds, |e| harmless(e) && is_prompt(e.group));
    let unseen = values(rows, folds, |e| harmless(e) && is_unseen(e.group));
    let block = threshold(&seen, MAY_BLOCK.0).max(threshold(&unseen, MAY_BLOCK.1));
    let slope = slope(&values(rows, folds, attack), &values(rows, folds, harmless));
    let logit = |p: f32| libm::logf(p / (1.0 - p));
    SCORES.map(|score| (block + (logit(score) - logit(BLOCK)) / slope, score))
}

/// Prints the tables of `README.md`.
pub(crate) fn print(rows: &[Example], folds: &[f32], knots: &[(f32, f32); KNOTS]) {
    let weights = [0; privet_core::injection::features::SLOTS];
    let scale = Model { bias: 0.0, scale: 0.0, signs: Default::default(), knots: *knots, weights: &weights };
    let score = |values: &[f32]| values.iter().map(|v| scale.calibrate(*v)).collect::<Vec<f32>>();
    table("Five folds", rows, &score(folds));
    let sources = score(&by_source(rows));
    table("A source left out", rows, &sources);
    println!("### What a score says (five folds)\n\n| score | rows | attacks |\n| --- | --- | --- |");
    let scores = score(folds);
    for (low, high) in [(0.0, 0.1), (0.1, WARN), (WARN, 0.5), (0.5, BLOCK), (BLOCK, 0.9), (0.9, 1.1)] {
        let inside = |v: f32| low <= v && v < high;
        let count = |which: fn(&Example) -> bool| {
            rows.iter().zip(&scores).filter(|(e, v)| which(e) && inside(**v)).count()
        };
        println!(
            "| {low}–{:.1} | {} | {} |",
            f32::min(high, 1.0),
            count(harmless) + count(attack),
            count(attack)
        );
    }
}

fn name(e: &Example) -> String {
    let kind = match e.kind {
        Kind::Row => return e.group.to_owned(),
        Kind::Task => "tasks",
        Kind::TaskInDocument => "tasks in documents",
        Kind::InDocument => "(all) in documents",
        Kind::MadeUp => return MADE_UP.to_owned(),
        Kind::Everyday => "everyday",
        Kind::Request => "requests",
        Kind::Strewn => "(all) with words strewn in",
        Kind::Joined => "(all) with another",
        Kind::Long => "(all) among many",
    };
    if kind.starts_with('(') { kind.to_owned() } else { format!("{} {kind}", e.group) }
}

fn table(title: &str, rows: &[Example], scores: &[f32]) {
    let benign = values(rows, scores, harmless);
    let mut sources: BTreeMap<(bool, bool, String), Vec<f32>> = BTreeMap::new();
    for (e, score) in rows.iter().zip(scores) {
        sources.entry((!e.attack, e.kind != Kind::Row, name(e))).or_default().push(*score);
    }
    println!(
        "### {title}\n\n| rows | n | AUC | at {BLOCK} or above | at {WARN} or above |\n| --- | --- | --- | --- | --- |"
    );
    let mut areas = Vec::new();
    for ((is_harmless, derived, name), mut values) in sources {
        values.sort_by(f32::total_cmp);
        let area = if is_harmless { String::new() } else { format!("{:.3}", auc(&values, &benign)) };
        if !is_harmless && !derived {
            areas.push(auc(&values, &benign));
        }
        let (block, warn) = (reaching(&values, BLOCK), reaching(&values, WARN));
        let sign = if is_harmless { "harmless: " } else { "attacks: " };
        println!("| {sign}{name} | {} | {area} | {block:.3} | {warn:.3} |", values.len());
    }
    let attacks = values(rows, scores, attack);
    let is_task = |e: &Example| e.group == "bipia" && matches!(e.kind, Kind::Task | Kind::TaskInDocument);
    let all = values(rows, scores, |e| attack(e) || e.attack && is_task(e));
    let seen = values(rows, scores, |e| harmless(e) && is_prompt(e.group));
    println!(
        "\nPooled AUC {:.4} (with BIPIA's as attacks, against the injection sets alone, {:.4}); mean over sources {:.4}. At {BLOCK}: recall {:.3}, harmless rows {:.4}. Recall at 1 % of the harmless rows: {:.3}.\n",
        auc(&attacks, &benign),
        auc(&all, &seen),
        areas.iter().sum::<f64>() / areas.len().max(1) as f64,
        reaching(&attacks, BLOCK),
        reaching(&seen, BLOCK),
        reaching(&attacks, threshold(&seen, 0.01)),
    );
}

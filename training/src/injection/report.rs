//! How models fare on rows that they were not trained on.

use std::collections::BTreeMap;

use privet_core::injection::model::{KNOTS, Model};

/// What each sign of hiding adds to the raw value.
pub const SIGN_VALUES: [f32; 3] = [1.0, 1.0, 1.0];

use super::examples::Example;
use super::learn::{Trained, train};

pub fn auc(attacks: &[f32], benign: &[f32]) -> f32 {
    let mut all: Vec<(f32, bool)> =
        attacks.iter().map(|v| (*v, true)).chain(benign.iter().map(|v| (*v, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut wins) = (0f64, 0f64);
    let mut i = 0;
    while i < all.len() {
        let mut j = i;
        let (mut p, mut n) = (0f64, 0f64);
        while j < all.len() && all[j].0 == all[i].0 {
            if all[j].1 {
                p += 1.0
            } else {
                n += 1.0
            }
            j += 1;
        }
        wins += p * (below + n / 2.0);
        below += n;
        i = j;
    }
    (wins / (attacks.len() as f64 * benign.len() as f64)) as f32
}

/// The values of rows by models that did not see their part.
pub fn held_out(rows: &[Example], part: impl Fn(&Example) -> String, carrier: bool) -> Vec<f32> {
    let mut names: Vec<String> = rows.iter().map(&part).collect();
    names.sort();
    names.dedup();
    let mut values = vec![0.0; rows.len()];
    for name in names {
        let seen: Vec<&Example> =
            rows.iter().filter(|e| part(e) != name && !(carrier && e.carrier == name)).collect();
        let trained: Trained = train(&seen);
        let weights = trained.weights();
        let model = Model {
            bias: trained.bias,
            scale: trained.scale(),
            signs: SIGN_VALUES,
            knots: [(0.0, 0.0); KNOTS],
            weights: &weights,
        };
        for (value, e) in values.iter_mut().zip(rows) {
            if part(e) == name {
                *value = privet_core::injection::raw(&model, e.text.as_bytes()).0;
            }
        }
    }
    values
}

fn direct(e: &Example) -> bool {
    !matches!(e.source.as_str(), "bipia_strings" | "bipia_in_context" | "embedded" | "long" | "triggers")
        && e.group != "made_up"
}

fn real_benign(e: &Example) -> bool {
    !e.attack && e.group != "made_up" && !matches!(e.source.as_str(), "long" | "triggers")
}

fn table(title: &str, rows: &[Example], values: &[f32]) {
    let benign: Vec<f32> = rows
        .iter()
        .zip(values)
        .filter(|(e, _)| real_benign(e) && e.group != "notinject")
        .map(|(_, v)| *v)
        .collect();
    let mut sorted = benign.clone();
    sorted.sort_by(f32::total_cmp);
    let t1 = sorted[sorted.len() - 1 - sorted.len() / 100];
    let mut ni: Vec<f32> =
        rows.iter().zip(values).filter(|(e, _)| e.group == "notinject").map(|(_, v)| *v).collect();
    ni.sort_by(f32::total_cmp);
    let t5 = ni[ni.len() - 1 - ni.len() / 20];
    let t = t1.max(t5);
    let all_benign: Vec<f32> =
        rows.iter().zip(values).filter(|(e, _)| real_benign(e)).map(|(_, v)| *v).collect();
    let pos = |f: &dyn Fn(&Example) -> bool| -> Vec<f32> {
        rows.iter().zip(values).filter(|(e, _)| e.attack && f(e)).map(|(_, v)| *v).collect()
    };
    let d = pos(&|e| direct(e));
    let mut b = d.clone();
    b.extend(pos(&|e| e.source == "bipia_strings"));
    let recall = |v: &[f32], t: f32| v.iter().filter(|x| **x >= t).count() as f32 / v.len() as f32;
    println!(
        "== {title}: pooled AUC {:.4} (with bipia strings {:.4}); t1 {t1:.2} t5 {t5:.2}; recall@1% {:.3}, at both {:.3}",
        auc(&d, &all_benign),
        auc(&b, &all_benign),
        recall(&d, t1),
        recall(&d, t)
    );
    let mut sources: BTreeMap<(bool, String), Vec<f32>> = BTreeMap::new();
    for (e, v) in rows.iter().zip(values) {
        let name = if direct(e) {
            e.group.to_owned()
        } else if e.group == "made_up" {
            format!("made_up {}", e.source)
        } else {
            e.source.clone()
        };
        sources.entry((e.attack, name)).or_default().push(*v);
    }
    let mut mean = Vec::new();
    for ((attack, name), v) in &sources {
        if *attack {
            let a = auc(v, &all_benign);
            if !name.starts_with("made_up")
                && !name.starts_with("bipia")
                && name != "embedded"
                && name != "long"
            {
                mean.push(a);
            }
            println!(
                "  + {name:24} n {:5} AUC {a:.4} recall@1% {:.3} both {:.3}",
                v.len(),
                recall(v, t1),
                recall(v, t)
            );
        } else {
            println!("  - {name:24} n {:5} FPR@1% {:.4} both {:.4}", v.len(), recall(v, t1), recall(v, t));
        }
    }
    println!("  mean AUC {:.4}", mean.iter().sum::<f32>() / mean.len() as f32);
}

pub fn print(rows: &[Example]) {
    let cv = held_out(rows, |e| e.fold.to_string(), false);
    table("five folds", rows, &cv);
    let loso = held_out(
        rows,
        |e| if e.group == "made_up" { "made_up".to_owned() } else { e.group.to_owned() },
        true,
    );
    table("a source left out", rows, &loso);
    if let Ok(path) = std::env::var("DUMP") {
        use std::io::Write;
        let mut f = std::fs::File::create(path).unwrap();
        for ((e, c), l) in rows.iter().zip(&cv).zip(&loso) {
            writeln!(f, "{}", serde_json::json!({"g": e.group, "s": e.source, "y": e.attack, "cv": c, "loso": l, "t": e.text.chars().take(400).collect::<String>()})).unwrap();
        }
    }
}

pub fn calibrate(_rows: &[Example]) -> [(f32, f32); KNOTS] {
    let mut knots = [(0.0, 0.0); KNOTS];
    for (n, k) in knots.iter_mut().enumerate() {
        let z = n as f32 - 8.0;
        *k = (z, super::learn::sigmoid(z));
    }
    knots
}

//! Logistic regression over the part of a text that weighs most.
//!
//! A text counts by its highest part, as in scoring: an attack must have one part that reads like an attack, a
//! harmless text none. Each group of rows weighs by the root of its size, attacks and harmless texts half each,
//! and features that stand in one group only are left out, so that no source's manner is learned. Stochastic
//! gradient descent with decay, in a fixed order from a seed.

use std::collections::BTreeMap;

use privet_core::injection::SIGNS;
use privet_core::injection::features::{SLOTS, SORTS};
use privet_core::injection::model::{KNOTS, Model};
use privet_core::injection::window::{parts, value};

use super::examples::{Example, Kind, MADE_UP, slot};

/// Times that every row is seen.
const EPOCHS: usize = 8;
/// Length of the first step; it falls to 0 in a straight line.
const RATE: f32 = 1.0;
/// Part of every weight that a step at full length takes away.
const DECAY: f32 = 3e-5;
/// Part of the features, in thousandths, that a step passes over, so that weight is spread over several.
const DROPOUT: usize = 200;
/// Groups that a feature must stand in.
const MIN_GROUPS: u32 = 3;
/// How far a step moves features of each sort: gaps differ most between sources.
const PACE: [f32; SORTS] = [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 0.7, 0.7, 1.0];
/// Weight of attacks that are such only by their place. Without the document around it a plain question must not be held
/// against its author: nothing is learned from it.
const TASKS: f32 = 0.8;
const TASKS_ALONE: f32 = 0.0;
/// Bounds of a row's weight.
const WEIGHTS: (f32, f32) = (0.05, 20.0);
/// What each sign of hiding adds to the raw value. There are too few rows to learn it from: enough to warn of what
/// else would just pass, and too little to raise a harmless text to a warning.
const SIGN_VALUES: [f32; SIGNS] = [1.2; SIGNS];
const SEED: u64 = 7;

/// The logistic function.
pub(crate) fn sigmoid(z: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-z))
}

/// A linear congruential generator (Knuth's MMIX), its upper bits.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// A number below `n`; 0 for none.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// One of these.
    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// What was learned.
pub(crate) struct Trained {
    bias: f32,
    slots: Vec<f32>,
}

impl Trained {
    /// The raw value of a text where the slots count `factor` times, and the part that decides.
    fn raw(&self, e: &Example, factor: f32) -> (f32, (usize, usize)) {
        let mut sums = vec![0.0; e.len() + 1];
        for n in 0..e.len() {
            sums[n + 1] = sums[n] + e.words.range(n, n + 1).iter().map(|f| self.slots[slot(*f)]).sum::<f32>();
        }
        let values =
            parts(e.len()).map(|(start, end)| (value(sums[end] - sums[start], end - start), (start, end)));
        let (best, part) = values.reduce(|a, b| if b.0 > a.0 { b } else { a }).unwrap_or_default();
        (best * factor + self.bias, part)
    }

    /// What a weight of one stands for.
    fn scale(&self) -> f32 {
        (self.slots.iter().fold(0f32, |most, w| most.max(w.abs())) / 127.0).max(f32::MIN_POSITIVE)
    }

    /// The weights as bytes with sign.
    pub(crate) fn weights(&self) -> Box<[u8; SLOTS]> {
        let (scale, mut weights) = (self.scale(), Box::new([0; SLOTS]));
        for (byte, weight) in weights.iter_mut().zip(&self.slots) {
            *byte = (weight / scale).round() as i8 as u8;
        }
        weights
    }

    /// The model, not calibrated.
    pub(crate) fn model<'a>(&self, weights: &'a [u8; SLOTS]) -> Model<'a> {
        Model {
            bias: self.bias,
            scale: self.scale(),
            signs: SIGN_VALUES,
            knots: [(0.0, 0.0); KNOTS],
            weights,
        }
    }
}

/// Which slots stand in several groups.
fn shared_slots(rows: &[&Example]) -> Vec<bool> {
    let mut names: Vec<&str> = rows.iter().map(|e| e.group).collect();
    names.sort_unstable();
    names.dedup();
    let mut groups = vec![0u32; SLOTS];
    for e in rows {
        let bit = 1 << names.partition_point(|name| *name < e.group);
        for f in &e.words.features {
            groups[slot(*f)] |= bit;
        }
    }
    groups.iter().map(|g| g.count_ones() >= MIN_GROUPS).collect()
}

/// The weight of each row.
fn weights(rows: &[&Example]) -> Vec<f32> {
    let mut sizes: BTreeMap<(bool, &str, Kind), usize> = BTreeMap::new();
    for e in rows {
        *sizes.entry((e.attack, e.group, e.kind)).or_default() += 1;
    }
    let root = |n: usize| (n as f32).sqrt();
    let share = |attack| sizes.iter().filter(|(k, _)| k.0 == attack).map(|(_, n)| root(*n)).sum::<f32>();
    let shares = [share(false), share(true)];
    let weight = |e: &&Example| {
        let n = sizes[&(e.attack, e.group, e.kind)];
        let weight = 0.5 * rows.len() as f32 * root(n) / shares[usize::from(e.attack)] / n as f32;
        let trust = match e.kind {
            Kind::Task if e.attack && e.group != MADE_UP => TASKS_ALONE,
            Kind::Task | Kind::TaskInDocument if e.attack => TASKS,
            _ => 1.0,
        };
        weight.clamp(WEIGHTS.0, WEIGHTS.1) * trust
    };
    rows.iter().map(weight).collect()
}

/// Learns from the rows that training may see.
pub(crate) fn train(all: &[&Example]) -> Trained {
    let rows: Vec<&Example> = all.iter().copied().filter(|e| e.train).collect();
    let (shared, weights) = (shared_slots(&rows), weights(&rows));
    // The weights are the slots times `factor`, so that a step takes its part from all of them at once.
    let mut trained = Trained { bias: 0.0, slots: vec![0.0; SLOTS] };
    let mut factor = 1.0f32;
    let mut random = Random(SEED);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let steps = (EPOCHS * rows.len()) as f32;
    let mut step = 0.0;
    for _ in 0..EPOCHS {
        for i in (1..order.len()).rev() {
            order.swap(i, random.below(i + 1));
        }
        for &i in &order {
            step += 1.0;
            let rate = RATE * (1.0 - step / steps);
            let e = rows[i];
            let (raw, (start, end)) = trained.raw(e, factor);
            let error = (sigmoid(raw) - f32::from(u8::from(e.attack))) * weights[i];
            factor *= 1.0 - rate * DECAY;
            trained.bias -= 0.01 * rate * error;
            let move_by = rate * value(error, end - start) / factor;
            for f in e.words.range(start, end) {
                if shared[slot(*f)] && random.below(1000) >= DROPOUT {
                    trained.slots[slot(*f)] -= move_by * PACE[(*f >> 24) as usize - 1];
                }
            }
        }
    }
    trained.slots.iter_mut().for_each(|w| *w *= factor);
    trained
}

//! Logistic regression over the part of a text that weighs most.
//!
//! A text counts by its highest part, as in scoring: an attack must have one part that reads like an attack, a
//! benign text none. Stochastic gradient descent (AdaGrad) in a fixed order from a seed.

use std::collections::HashMap;

use privet_core::injection::features::SLOTS;
use privet_core::injection::window::{PRIOR_WORDS, parts};

use super::examples::Example;

pub struct Trained {
    pub bias: f32,
    pub slots: Vec<f32>,
}

pub struct Settings {
    pub epochs: usize,
    pub rate: f32,
    pub decay: f32,
    pub dropout: f32,
    pub min_groups: u32,
}

pub fn settings() -> Settings {
    let env = |n: &str, d: f32| std::env::var(n).ok().and_then(|v| v.parse().ok()).unwrap_or(d);
    Settings {
        epochs: env("EPOCHS", 8.0) as usize,
        rate: env("RATE", 1.0),
        decay: env("DECAY", 3e-5),
        dropout: env("DROP", 0.2),
        min_groups: env("MING", 2.0) as u32,
    }
}

pub fn sigmoid(z: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-z))
}

pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

fn norm(words: usize) -> f32 {
    1.0 / (words as f32 + PRIOR_WORDS).sqrt()
}

impl Trained {
    /// The raw value and the part that decides.
    pub fn raw(&self, e: &Example) -> (f32, (usize, usize)) {
        self.raw_scaled(e, 1.0)
    }

    fn raw_scaled(&self, e: &Example, factor: f32) -> (f32, (usize, usize)) {
        let mut sums = Vec::with_capacity(e.words.ends.len() + 1);
        let (mut sum, mut at) = (0f32, 0);
        sums.push(0.0);
        for end in &e.words.ends {
            for f in &e.words.features[at..*end as usize] {
                sum += self.slots[(*f & 0xFF_FFFF) as usize];
            }
            at = *end as usize;
            sums.push(sum);
        }
        let mut best = (f32::NEG_INFINITY, (0, 0));
        for (start, end) in parts(e.words.ends.len()) {
            let z = (sums[end] - sums[start]) * norm(end - start);
            if z > best.0 {
                best = (z, (start, end));
            }
        }
        (best.0 * factor + self.bias, best.1)
    }

    pub fn scale(&self) -> f32 {
        self.slots.iter().fold(0f32, |m, w| m.max(w.abs())) / 127.0
    }

    pub fn weights(&self) -> Box<[u8; SLOTS]> {
        let scale = self.scale();
        let bytes: Vec<u8> = self.slots.iter().map(|w| (w / scale).round() as i8 as u8).collect();
        bytes.into_boxed_slice().try_into().expect("a weight for each slot")
    }
}

pub fn train(all: &[&Example]) -> Trained {
    let s = settings();
    let rows: Vec<&Example> = all.iter().copied().filter(|e| e.train).collect();
    // Which features stand in several groups.
    let mut names: Vec<&str> = rows.iter().map(|e| e.group).collect();
    names.sort_unstable();
    names.dedup();
    let mut groups = vec![0u32; SLOTS];
    for e in &rows {
        let bit = 1 << names.binary_search(&e.group).unwrap();
        for f in &e.words.features {
            groups[(*f & 0xFF_FFFF) as usize] |= bit;
        }
    }
    // Each group counts alike, up to the root of its size.
    let mut sizes: HashMap<(&str, bool), usize> = HashMap::new();
    for e in &rows {
        *sizes.entry((e.group, e.attack)).or_default() += 1;
    }
    let share: HashMap<bool, f32> = [true, false]
        .map(|a| {
            (a, sizes.iter().filter(|((_, b), _)| *b == a).map(|(_, n)| (*n as f32).sqrt()).sum::<f32>())
        })
        .into();
    let total = rows.len() as f32;
    let weight = |e: &Example| {
        let n = sizes[&(e.group, e.attack)] as f32;
        0.5 * total * n.sqrt() / share[&e.attack] / n
    };
    // Plain descent with decay: the weights are `slots` times `factor`, so that a step decays all of them at once.
    let mut t = Trained { bias: 0.0, slots: vec![0.0; SLOTS] };
    let env = |n: &str, d: f32| std::env::var(n).ok().and_then(|v| v.parse().ok()).unwrap_or(d);
    let (a, b, c, d, e2) = (env("S1", 1.0), env("S2", 1.0), env("S3", 1.0), env("SG", 1.0), env("SC", 1.0));
    let scales = [0.0, a, b, c, d, d, d, e2, e2, e2];
    let mut factor = 1.0f32;
    let mut random = Random(7);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let steps = (s.epochs * rows.len()) as f32;
    let mut step = 0f32;
    for epoch in 0..s.epochs {
        for i in (1..order.len()).rev() {
            order.swap(i, random.below(i + 1));
        }
        for &i in &order {
            step += 1.0;
            let rate = s.rate * (1.0 - step / steps);
            let e = rows[i];
            let (z, (start, end)) = t.raw_scaled(e, factor);
            let y = if e.attack { 1.0 } else { 0.0 };
            factor *= 1.0 - rate * s.decay;
            let g = (sigmoid(z) - y) * weight(e).clamp(0.05, 20.0);
            if g.abs() < 1e-4 {
                continue;
            }
            let x = norm(end - start);
            t.bias -= 0.01 * rate * g;
            for f in e.words.range(start, end) {
                let sort = (*f >> 24) as usize;
                let f = (*f & 0xFF_FFFF) as usize;
                if groups[f].count_ones() < s.min_groups {
                    continue;
                }
                if s.dropout > 0.0 && (random.next() % 1000) as f32 / 1000.0 < s.dropout {
                    continue;
                }
                t.slots[f] -= rate * g * x * scales[sort] / factor;
            }
        }
        for w in &mut t.slots {
            *w *= factor;
        }
        factor = 1.0;
        let _ = epoch;
    }
    t
}

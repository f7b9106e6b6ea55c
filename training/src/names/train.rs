//! Trains the tagger: a linear-chain conditional random field by stochastic gradient (AdaGrad), then rounded
//! to `i8`. The weights are the mean over several runs.

use privet_core::detect::names::lexicon::Lexicon;
use privet_core::detect::names::tagger::{GAPS, TAGS, Tagger};

use super::corpus::Text;
use super::random::Random;
use super::sequence::{Sequence, sequences};

/// Bits of the index into the table of weights.
pub(crate) const BITS: u32 = 16;
/// The largest weight but a few, in units.
const TOP: f32 = 21.0;

/// How long and how fast it learns.
pub(crate) struct Settings {
    pub(crate) epochs: usize,
    /// From which epoch on the weights are summed: their mean at the ends of those epochs is what is learnt.
    pub(crate) first_summed: usize,
    pub(crate) rate: f64,
    pub(crate) decay: f64,
    /// What speaks against a name in doubt, in log odds: for persons, and for places.
    pub(crate) bias: f64,
    pub(crate) bias_place: f64,
    /// How many of a hundred features are hidden each time, so that none is relied upon alone.
    pub(crate) hidden: usize,
}

/// The model while it learns: weights and sums of squared gradients.
struct Model {
    weights: Vec<f32>,
    squares: Vec<f32>,
    steps: Vec<f32>,
    step_squares: Vec<f32>,
}

fn log_sum(values: &[f64; TAGS]) -> f64 {
    let top = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    top + libm::log(values.iter().map(|v| libm::exp(v - top)).sum())
}

impl Model {
    /// The weights of what is seen of each word.
    fn sums(&self, sequence: &Sequence, rows: &[Vec<u32>]) -> Vec<[f64; TAGS]> {
        let sum = |(row, open): (&Vec<u32>, &bool)| {
            if !open {
                return [0.0, -1e9, -1e9, -1e9];
            }
            let mut sum = [0.0; TAGS];
            for f in row {
                for (tag, s) in sum.iter_mut().enumerate() {
                    *s += f64::from(self.weights[*f as usize * TAGS + tag]);
                }
            }
            sum
        };
        rows.iter().zip(&sequence.open).map(sum).collect()
    }

    fn step(&self, gap: u8, a: usize, b: usize) -> f64 {
        f64::from(self.steps[(gap as usize * TAGS + a) * TAGS + b])
    }

    /// One step down the gradient of the negative log likelihood.
    fn learn(&mut self, sequence: &Sequence, rows: &[Vec<u32>], settings: &Settings) {
        let n = rows.len();
        let sums = self.sums(sequence, rows);
        let mut forward = vec![[0.0; TAGS]; n];
        let mut backward = vec![[0.0; TAGS]; n];
        for i in 0..n {
            for b in 0..TAGS {
                let way = if i == 0 {
                    self.step(sequence.gaps[0], 0, b)
                } else {
                    log_sum(&std::array::from_fn(|a| forward[i - 1][a] + self.step(sequence.gaps[i], a, b)))
                };
                forward[i][b] = sums[i][b] + way;
            }
        }
        for i in (0..n.saturating_sub(1)).rev() {
            for a in 0..TAGS {
                let ways = std::array::from_fn(|b| {
                    backward[i + 1][b] + sums[i + 1][b] + self.step(sequence.gaps[i + 1], a, b)
                });
                backward[i][a] = log_sum(&ways);
            }
        }
        let whole = log_sum(&forward[n - 1]);
        let weight = f64::from(sequence.weight);
        for i in 0..n {
            let gold = sequence.tags[i] as usize;
            let errors: [f64; TAGS] = std::array::from_fn(|b| {
                let p = libm::exp(forward[i][b] + backward[i][b] - whole);
                weight * (p - f64::from(u8::from(b == gold)))
            });
            for f in &rows[i] {
                for (b, error) in errors.iter().enumerate() {
                    let at = *f as usize * TAGS + b;
                    adapt(&mut self.weights[at], &mut self.squares[at], *error, settings);
                }
            }
            // The first word follows no tag; that counts as none.
            let (from, was) = match i {
                0 => ([0.0, -1e9, -1e9, -1e9], 0),
                _ => (forward[i - 1], sequence.tags[i - 1] as usize),
            };
            let gap = sequence.gaps[i];
            for (a, from) in from.iter().enumerate().take(if i == 0 { 1 } else { TAGS }) {
                for b in 0..TAGS {
                    let p = libm::exp(from + self.step(gap, a, b) + sums[i][b] + backward[i][b] - whole);
                    let error = weight * (p - f64::from(u8::from(a == was && b == gold)));
                    let at = (gap as usize * TAGS + a) * TAGS + b;
                    adapt(&mut self.steps[at], &mut self.step_squares[at], error, settings);
                }
            }
        }
    }
}

fn adapt(weight: &mut f32, square: &mut f32, error: f64, settings: &Settings) {
    let gradient = error + settings.decay * f64::from(*weight);
    *square += (gradient * gradient) as f32;
    *weight -= (settings.rate * gradient / (libm::sqrt(f64::from(*square)) + 1e-3)) as f32;
}

/// The mean of the weights at several times, of one run or several.
pub(crate) struct Mean {
    weights: Vec<f32>,
    steps: Vec<f32>,
    count: f32,
}

impl Mean {
    pub(crate) fn new() -> Self {
        Self { weights: vec![0.0; TAGS << BITS], steps: vec![0.0; GAPS * TAGS * TAGS], count: 0.0 }
    }

    fn add(&mut self, model: &Model) {
        let pairs = self.weights.iter_mut().zip(&model.weights);
        pairs.chain(self.steps.iter_mut().zip(&model.steps)).for_each(|(sum, weight)| *sum += weight);
        self.count += 1.0;
    }

    /// Learns from `texts` from the beginning, and adds the weights after the later epochs.
    pub(crate) fn learn(&mut self, texts: &[Text], lexicon: &Lexicon<'_>, settings: &Settings, seed: u64) {
        let sequences = sequences(texts, lexicon, BITS);
        let mut model = Model {
            weights: vec![0.0; self.weights.len()],
            squares: vec![0.0; self.weights.len()],
            steps: vec![0.0; self.steps.len()],
            step_squares: vec![0.0; self.steps.len()],
        };
        let mut order: Vec<usize> = (0..sequences.len()).collect();
        let mut random = Random::new(seed);
        for epoch in 0..settings.epochs {
            random.shuffle(&mut order);
            for n in &order {
                let full = &sequences[*n];
                let mut seen = |row: &Vec<u32>| {
                    row.iter().copied().filter(|_| !random.chance(settings.hidden)).collect()
                };
                let rows: Vec<Vec<u32>> = full.rows.iter().map(&mut seen).collect();
                model.learn(full, &rows, settings);
            }
            if epoch >= settings.first_summed {
                self.add(&model);
            }
        }
    }

    /// The mean, in the form of the core.
    pub(crate) fn bytes(mut self, settings: &Settings) -> Vec<u8> {
        self.weights.iter_mut().chain(&mut self.steps).for_each(|sum| *sum /= self.count);
        // A step from no name into one costs the bias, whatever the gap.
        for gap in 0..GAPS {
            for (tag, bias) in [(1, settings.bias), (2, settings.bias_place)] {
                for from in (0..TAGS).filter(|from| *from != tag) {
                    self.steps[(gap * TAGS + from) * TAGS + tag] -= bias as f32;
                }
            }
        }
        let mut sizes: Vec<f32> = self.weights.iter().chain(&self.steps).map(|w| w.abs()).collect();
        sizes.sort_by(f32::total_cmp);
        let top = sizes[sizes.len() - 1 - sizes.len() / 5000].max(0.1);
        let unit = (TOP / top).round().max(1.0);
        let round = |w: f32| (w * unit).round().clamp(-127.0, 127.0) as i8;
        let steps: Vec<i8> = self.steps.iter().map(|w| round(*w)).collect();
        // What counts is by how much a tag is ahead of none.
        let row = |w: &[f32]| {
            let row: [i8; TAGS] = std::array::from_fn(|tag| round(w[tag] - w[0]));
            // Rows that hardly tell the tags apart are not worth their place.
            if row.iter().all(|w| w.abs() <= 1) { [0; TAGS] } else { row }
        };
        let rows: Vec<[i8; TAGS]> = self.weights.chunks_exact(TAGS).map(row).collect();
        Tagger::build(BITS, unit as u32, &steps, &rows)
    }
}

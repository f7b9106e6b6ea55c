//! Trains the tagger: a linear-chain conditional random field by stochastic gradient (AdaGrad), then rounded
//! to `i8`.

use privet_core::detect::names::features::features;
use privet_core::detect::names::lexicon::Lexicon;
use privet_core::detect::names::run::{Run, runs};
use privet_core::detect::names::tagger::{GAPS, TAGS, Tag, Tagger, index};

use super::corpus::Text;
use super::random::Random;

/// Bits of the index into the table of weights.
pub(crate) const BITS: u32 = 15;

/// How long and how fast it learns.
pub(crate) struct Settings {
    pub(crate) epochs: usize,
    pub(crate) rate: f64,
    pub(crate) decay: f64,
    /// What speaks against a name in doubt, in log odds: for persons, and for places.
    pub(crate) bias: f64,
    pub(crate) bias_place: f64,
    /// How many of a hundred features are hidden each time, so that none is relied upon alone.
    pub(crate) hidden: usize,
    pub(crate) seed: u64,
}

/// A run as the model sees it.
struct Sequence {
    /// Rows of features, for each token; none where it cannot be a name.
    rows: Vec<Vec<u32>>,
    gaps: Vec<u8>,
    tags: Vec<u8>,
    weight: f32,
}

/// The model while it learns: weights and sums of squared gradients.
struct Model {
    weights: Vec<f32>,
    squares: Vec<f32>,
    steps: Vec<f32>,
    step_squares: Vec<f32>,
}

fn sequences(texts: &[Text], lexicon: &Lexicon<'_>) -> Vec<Sequence> {
    let mut out = Vec::new();
    for text in texts {
        let bytes = text.text.as_bytes();
        runs(bytes, lexicon, |run| out.push(sequence(bytes, lexicon, run, text)));
    }
    out
}

fn sequence(bytes: &[u8], lexicon: &Lexicon<'_>, run: &Run<'_>, text: &Text) -> Sequence {
    let mut sequence = Sequence { rows: Vec::new(), gaps: Vec::new(), tags: Vec::new(), weight: text.weight };
    for i in run.inner.clone() {
        let token = run.at(i);
        let mut row = Vec::new();
        if token.open {
            features(bytes, lexicon, run, i, |f| row.push(index(f, BITS) as u32));
        }
        let span = text.spans.iter().find(|s| s.0 < token.end && token.start < s.1);
        let tag = span.filter(|_| token.open).map_or(Tag::None, |s| s.2);
        sequence.rows.push(row);
        sequence.gaps.push(token.gap as u8);
        sequence.tags.push(tag as u8);
    }
    sequence
}

fn log_sum(values: &[f64; TAGS]) -> f64 {
    let top = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    top + libm::log(values.iter().map(|v| libm::exp(v - top)).sum())
}

impl Model {
    fn sums(&self, sequence: &Sequence) -> Vec<[f64; TAGS]> {
        let sum = |row: &Vec<u32>| {
            if row.is_empty() {
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
        sequence.rows.iter().map(sum).collect()
    }

    fn step(&self, gap: u8, a: usize, b: usize) -> f64 {
        f64::from(self.steps[(gap as usize * TAGS + a) * TAGS + b])
    }

    /// One step down the gradient of the negative log likelihood.
    fn learn(&mut self, sequence: &Sequence, settings: &Settings) {
        let n = sequence.rows.len();
        let sums = self.sums(sequence);
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
            for f in &sequence.rows[i] {
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

    /// Rounded, in the form of the core.
    fn bytes(&mut self, settings: &Settings) -> Vec<u8> {
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
        // All but the largest few keep their value; those are cut at 127.
        let top = sizes[sizes.len() - 1 - sizes.len() / 5000].max(0.1);
        let unit = (127.0 / top).round().max(1.0);
        let round = |w: &f32| (w * unit).round().clamp(-127.0, 127.0) as i8 as u8;
        let mut out = Tagger::header(BITS, unit as u32);
        out.extend(self.steps.iter().map(round));
        out.extend(self.weights.iter().map(round));
        out
    }
}

fn adapt(weight: &mut f32, square: &mut f32, error: f64, settings: &Settings) {
    let gradient = error + settings.decay * f64::from(*weight);
    *square += (gradient * gradient) as f32;
    *weight -= (settings.rate * gradient / (libm::sqrt(f64::from(*square)) + 1e-3)) as f32;
}

/// Learns from `texts`; returns the weights in the form of the core.
pub(crate) fn train(texts: &[Text], lexicon: &Lexicon<'_>, settings: &Settings) -> Vec<u8> {
    let sequences = sequences(texts, lexicon);
    let size = TAGS << BITS;
    let steps = GAPS * TAGS * TAGS;
    let mut model = Model {
        weights: vec![0.0; size],
        squares: vec![0.0; size],
        steps: vec![0.0; steps],
        step_squares: vec![0.0; steps],
    };
    let mut order: Vec<usize> = (0..sequences.len()).collect();
    let mut random = Random::new(settings.seed);
    for _ in 0..settings.epochs {
        random.shuffle(&mut order);
        for n in &order {
            let full = &sequences[*n];
            let mut seen =
                |row: &Vec<u32>| row.iter().copied().filter(|_| !random.chance(settings.hidden)).collect();
            let rows = full.rows.iter().map(&mut seen).collect();
            let seen =
                Sequence { rows, gaps: full.gaps.clone(), tags: full.tags.clone(), weight: full.weight };
            model.learn(&seen, settings);
        }
    }
    model.bytes(settings)
}

//! Time over each set.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::data::Data;
use crate::detector::Detector;
use crate::markdown::Table;

/// Times that each set is read.
const ROUNDS: usize = 5;
/// The least time of one round, so that the clock is not what is measured.
const ROUND: Duration = Duration::from_millis(20);

pub(super) fn section(data: &Data, detector: &Detector) -> String {
    let mut table = Table::new(&["set", "KB", "bytes a row", "detect µs/KB", "MB/s", "injection µs/KB"]);
    for (name, texts) in data.texts() {
        let bytes: usize = texts.iter().map(|t| t.len()).sum();
        let mut hits = Vec::new();
        let detect = time(bytes, &texts, |text| {
            detector.scan(black_box(text), &mut hits);
            black_box(&hits);
        });
        let injection = detector.injection.map(|score| {
            time(bytes, &texts, |text| {
                black_box(score(black_box(text)));
            })
        });
        table.row([
            name.to_owned(),
            (bytes / 1000).to_string(),
            (bytes / texts.len().max(1)).to_string(),
            format!("{detect:.2}"),
            format!("{:.0}", 1e3 / detect),
            injection.map_or_else(|| "–".to_owned(), |i| format!("{i:.2}")),
        ]);
    }
    format!(
        "## Speed\n\nOne thread, natively, row by row, the median of {ROUNDS} rounds; a KB is 1000 bytes. Rows are \
         short, so that the cost of\na call counts; `make bench` has longer texts.\n\n{}",
        table.print()
    )
}

/// µs a KB of `work` on all `texts`, which have `bytes` bytes: the median of the rounds.
fn time(bytes: usize, texts: &[&str], mut work: impl FnMut(&str)) -> f64 {
    let mut costs: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let (begin, mut times) = (Instant::now(), 0u32);
            while times == 0 || begin.elapsed() < ROUND {
                texts.iter().for_each(|text| work(text));
                times += 1;
            }
            begin.elapsed().as_secs_f64() * 1e9 / f64::from(times) / bytes.max(1) as f64
        })
        .collect();
    costs.sort_by(f64::total_cmp);
    costs.get(ROUNDS / 2).copied().unwrap_or_default()
}

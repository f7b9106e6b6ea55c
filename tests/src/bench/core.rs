//! The core alone, natively: detection by kind of text, masking and restoring by size, and the cost a byte
//! of hostile texts as they grow.

use std::hint::black_box;
use std::time::{Duration, Instant};

use privet_core::formats::{AnswerStream, Format, restore};
use privet_core::injection;
use privet_core::mask::{find_and_score, mask};
use privet_core::policy::Policy;

use super::gates::Gates;
use super::{bodies, keys, median, provider, streams, terms, texts, translations};

/// Bytes of each text that detection is timed on.
const TEXT_BYTES: usize = 64 * 1024;
/// Sizes at which hostile texts are compared.
const GROWTH: [usize; 3] = [1 << 10, 1 << 16, 1 << 20];

/// Prints all of it.
pub fn report() {
    let Ok(policy) = Policy::parse(br#"{"schema":1,"revision":"bench"}"#) else { return };
    println!("The core alone, natively, MB/s (one thread)");
    detection(&policy);
    dictionary();
    gates();
    masking(&policy);
    translation();
    growth(&policy);
}

/// MB/s of `work` on `bytes` bytes, the median of five runs of a tenth of a second.
fn throughput(bytes: usize, mut work: impl FnMut()) -> f64 {
    let mut rates = Vec::new();
    for _ in 0..5 {
        let (begin, mut times) = (Instant::now(), 0u32);
        while begin.elapsed() < Duration::from_millis(100) {
            work();
            times += 1;
        }
        rates.push(f64::from(times) * bytes as f64 / begin.elapsed().as_secs_f64() / 1e6);
    }
    median(rates)
}

fn detection(policy: &Policy) {
    let mut hits = Vec::new();
    for (kind, name) in texts::KINDS.iter().enumerate() {
        let text = texts::of_kind(kind, TEXT_BYTES);
        let values = throughput(text.len(), || {
            policy.masking.detector.scan(black_box(text.as_bytes()), &mut hits);
            black_box(&hits);
        });
        let score = throughput(text.len(), || {
            black_box(injection::score(black_box(text.as_bytes())));
        });
        let both = throughput(text.len(), || {
            black_box(find_and_score(black_box(text.as_bytes()), &policy.masking, &mut hits));
            black_box(&hits);
        });
        print!("  {name:<16} detect {values:>6.0}   injection score {score:>6.0}   both {both:>6.0}");
        println!("   ({} hits a KB)", hits.len() * 1024 / text.len());
    }
}

/// The largest dictionary: how long its policy takes to be read, and how fast texts are read with it.
fn dictionary() {
    let document = terms::policy();
    let begin = Instant::now();
    let Ok(policy) = Policy::parse(document.as_bytes()) else { return };
    let milliseconds = begin.elapsed().as_secs_f64() * 1e3;
    let mut hits = Vec::new();
    let mut rate = |kind| {
        let text = texts::of_kind(kind, TEXT_BYTES);
        throughput(text.len(), || policy.masking.detector.scan(black_box(text.as_bytes()), &mut hits))
    };
    let (prose, json) = (rate(0), rate(1));
    println!("  100,000 terms    policy read in {milliseconds:.0} ms; prose {prose:.0}, JSON {json:.0}");
}

/// A request through all gates, where there are very many keys; and how long such a policy takes to be read and cut
/// into what goes to Envoy, which the sidecar does.
fn gates() {
    let document = keys::policy("bench", keys::KEYS);
    let begin = Instant::now();
    let Ok(policy) = Policy::parse(document.as_bytes()) else { return };
    let read = begin.elapsed().as_secs_f64() * 1e3;
    let pushed = policy.pushed(document.as_bytes());
    let cut = begin.elapsed().as_secs_f64() * 1e3 - read;
    drop(pushed);
    let Some(mut gates) = Gates::new(keys::KEYS) else { return };
    let shown = keys::some(keys::KEYS);
    let each = 1.0
        / throughput(shown.len(), || {
            shown.iter().for_each(|key| assert!(gates.pass(black_box(key))));
        });
    println!(
        "  100,000 keys     policy read in {read:.0} ms, cut in {cut:.0}; all gates before detection, µs a request: {each:.2}"
    );
}

fn masking(policy: &Policy) {
    for size in provider::SIZES {
        let body = bodies::request(size, false);
        let answer = bodies::answer(size);
        let Ok(masked) = mask(&body, Format::OpenaiChat.request(), &policy.masking) else { return };
        let masking = throughput(body.len(), || {
            drop(black_box(mask(&body, Format::OpenaiChat.request(), &policy.masking)))
        });
        let restoring = throughput(answer.len(), || {
            drop(black_box(restore(Format::OpenaiChat, &answer, &masked.tokens)))
        });
        println!("  {:>4} KB   mask {masking:>6.0}   restore {restoring:>6.0}", size / 1024);
    }
    let Ok(masked) = mask(&bodies::request(2048, true), Format::OpenaiChat.request(), &policy.masking) else {
        return;
    };
    println!("  µs a delta, and for the first:");
    for (number, (name, format, framing)) in streams::STREAMS.iter().enumerate() {
        let frames = streams::frames(number);
        let bytes: usize = frames.iter().map(Vec::len).sum();
        let of = |frames: &[Vec<u8>]| {
            let mut answer = AnswerStream::new(*format, *framing);
            for frame in frames {
                black_box(answer.push(&masked.tokens, frame, false));
            }
        };
        let all = bytes as f64 / throughput(bytes, || of(&frames)) / frames.len() as f64;
        let first = frames.get(..1).unwrap_or_default();
        let first = 1.0 / throughput(1, || of(first));
        println!("  {name:<16} {all:>6.2} {first:>6.2}");
    }
    println!();
}

fn translation() {
    let conversation = translations::conversation();
    println!(
        "Translation, natively: µs a conversation of {} bytes from Chat, and a delta to Chat",
        conversation.len()
    );
    println!("(from Chat to Anthropic)");
    for (number, (name, ..)) in streams::STREAMS.iter().enumerate() {
        let (opening, frames) = translations::stream(number);
        if translations::translate(number, &opening, &frames) == 0 {
            continue;
        }
        let request = 1.0
            / throughput(1, || {
                black_box(translations::request(black_box(&conversation), number));
            });
        let delta = 1.0
            / throughput(frames.len(), || {
                black_box(translations::translate(number, black_box(&opening), black_box(&frames)));
            });
        println!("  {name:<16} {request:>6.1} {delta:>6.2}");
    }
    println!();
}

fn growth(policy: &Policy) {
    println!("Hostile texts, natively, ns/byte at 1 KiB, 64 KiB, 1 MiB");
    let mut hits = Vec::new();
    let sized: Vec<_> = GROWTH.iter().map(|size| texts::hostile(*size)).collect();
    for (n, (name, _)) in texts::hostile(16).iter().enumerate() {
        let costs = sized.iter().map(|texts| {
            let text = texts.get(n).map(|(_, t)| t.as_str()).unwrap_or_default();
            1e3 / throughput(text.len(), || {
                policy.masking.detector.scan(black_box(text.as_bytes()), &mut hits)
            })
        });
        let costs: Vec<f64> = costs.collect();
        let shown: Vec<String> = costs.iter().map(|c| format!("{c:>7.2}")).collect();
        let (least, most) =
            (costs.iter().copied().fold(f64::MAX, f64::min), costs.iter().copied().fold(0.0, f64::max));
        println!("  {name:<16} {}   {:.1}×", shown.join(" "), most / least);
    }
    println!();
}

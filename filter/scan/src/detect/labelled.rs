//! Values that only their label tells from any other number: PASSPORT, DRIVER_LICENSE, BANK_ACCOUNT,
//! MEDICAL_RECORD_NUMBER and LICENSE_PLATE.
//!
//! Issuers use hundreds of forms (ICAO Doc 9303 allows up to nine letters and digits for a passport, each
//! state of the United States has a form of licence number of its own). So a value is a token of letters
//! and digits (`-` inside) of a plausible length with enough digits, behind its label or called so right after.

use super::context::{Around, Topic, Topics};
use super::national::is_whole;
use crate::block::{LANES, find as find_marked};
use crate::bytes::{at, before, cut, from, run, run_back};
use crate::entity::{EntityType, Hit};

/// Longest token, in bytes.
const MAX_TOKEN: usize = 24;

/// What a labelled value looks like.
struct Kind {
    entity: EntityType,
    topics: Topics,
    /// Letters and digits.
    length: core::ops::RangeInclusive<usize>,
    /// At least so many of them digits.
    digits: usize,
    /// At most so many letters.
    letters: usize,
    /// Whether hyphens may stand inside.
    hyphens: bool,
    /// Whether the label must stand right beside the value.
    beside: bool,
    score: f32,
}

static KINDS: [Kind; 4] = [
    Kind {
        entity: EntityType::Passport,
        topics: Topics::of(&[Topic::Passport]),
        length: 6..=10,
        digits: 5,
        letters: 4,
        hyphens: false,
        beside: false,
        score: 0.8,
    },
    Kind {
        entity: EntityType::DriverLicense,
        topics: Topics::of(&[Topic::License]),
        length: 6..=16,
        digits: 4,
        letters: 6,
        hyphens: true,
        beside: false,
        score: 0.75,
    },
    Kind {
        entity: EntityType::MedicalRecordNumber,
        topics: Topics::of(&[Topic::MedicalRecord]),
        length: 5..=12,
        digits: 5,
        letters: 4,
        hyphens: true,
        beside: false,
        score: 0.8,
    },
    Kind {
        entity: EntityType::BankAccount,
        topics: Topics::of(&[Topic::Account]),
        length: 6..=17,
        digits: 6,
        letters: 0,
        hyphens: true,
        beside: true,
        score: 0.75,
    },
];

const PLATE: Topics = Topics::of(&[Topic::Plate]);

/// The labelled value whose first digit is at `i`.
pub(super) fn find(around: &Around<'_>, i: usize) -> Option<Hit> {
    let text = around.text;
    let mut start = run_back(text, i, 8, |b| b.is_ascii_alphanumeric() || b == b'-');
    start += usize::from(at(text, start) == b'-');
    let (mut end, mut digits, mut letters) = (start, 0, 0);
    for byte in from(text, start).iter().take(MAX_TOKEN + 1) {
        if byte.is_ascii_digit() {
            digits += 1;
        } else if byte.is_ascii_alphabetic() {
            letters += 1;
        } else if *byte != b'-' {
            break;
        }
        end += 1;
    }
    while before(text, end) == b'-' {
        end -= 1;
    }
    let token = cut(text, start..end);
    if !(2..=17).contains(&digits) || !is_whole(text, start, end) || token.len() > MAX_TOKEN {
        return None;
    }
    let context = around.candidate(start, end);
    // `MRN-123456` brings its label with it.
    if digits >= 5 && token.get(..3).is_some_and(|t| t.eq_ignore_ascii_case(b"mrn")) {
        let range = start..end;
        return Some(Hit { range, entity: EntityType::MedicalRecordNumber, score: 0.85, validated: false });
    }
    let hyphens = digits + letters < token.len();
    let fits = |kind: &&Kind| {
        kind.length.contains(&(digits + letters))
            && digits >= kind.digits
            && letters <= kind.letters
            && (kind.hyphens || !hyphens)
            && !(hyphens && is_dated(token))
            && if kind.beside { context.beside(kind.topics) } else { context.names(kind.topics) }
    };
    if let Some(kind) = (digits >= 4).then(|| KINDS.iter().find(fits)).flatten() {
        return Some(Hit { range: start..end, entity: kind.entity, score: kind.score, validated: false });
    }
    plate(around, i)
}

/// Whether a token looks like a date or a range of years: `2024-01-05`, `2020-2024`.
fn is_dated(token: &[u8]) -> bool {
    token.iter().all(|b| b.is_ascii_digit() || *b == b'-')
        && token.get(4) == Some(&b'-')
        && matches!(token.get(..2), Some(b"19" | b"20"))
}

/// How far a plate's first capital stands before and behind a digit of it at most, in bytes.
const CAPITAL_BEFORE: usize = 6;
const CAPITAL_BEHIND: usize = 2 * LANES - CAPITAL_BEFORE;

/// A number plate around the digit at `i`: groups of capitals and digits, four to nine of them together.
fn plate(around: &Around<'_>, i: usize) -> Option<Hit> {
    let text = around.text;
    // Most numbers have no capital near them, and then are none.
    let near = i.saturating_sub(CAPITAL_BEFORE)..(i + CAPITAL_BEHIND).min(text.len());
    if find_marked(cut(text, near.clone()), 0, b' ', |block| block.within(b'A', b'Z')) == near.len() {
        return None;
    }
    let class = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    let mut start = run_back(text, i, 4, class);
    let parted = |i: usize| matches!(before(text, i), b' ' | b'-');
    for _ in 0..2 {
        let letters = run_back(text, start.saturating_sub(1), 4, |b| b.is_ascii_uppercase());
        if !parted(start) || !(1..=3).contains(&(start - 1 - letters)) {
            break;
        }
        start = letters;
    }
    let mut end = run(text, i, class);
    for _ in 0..2 {
        let next = run(text, end + 1, class);
        if !matches!(at(text, end), b' ' | b'-') || !(1..=4).contains(&(next - (end + 1).min(next))) {
            break;
        }
        end = next;
    }
    let token = cut(text, start..end);
    let (digits, letters) = (
        token.iter().filter(|b| b.is_ascii_digit()).count(),
        token.iter().filter(|b| b.is_ascii_uppercase()).count(),
    );
    let plausible =
        (1..=6).contains(&digits) && (1..=6).contains(&letters) && (4..=9).contains(&(digits + letters));
    if !plausible || !is_whole(text, start, end) || !around.candidate(start, end).beside(PLATE) {
        return None;
    }
    Some(Hit { range: start..end, entity: EntityType::LicensePlate, score: 0.7, validated: false })
}

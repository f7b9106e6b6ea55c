//! DATE_OF_BIRTH: a date that the text calls one ("born on", "DOB", "geb.", "date de naissance", …).
//!
//! Dates in figures (`1990-05-12`, `5/12/1990`, `12.05.90`), with a month's name in any language
//! (`12 May 1990`, `12. Mai 1990`, `12 de mayo de 1990`), in the American order (`May 12, 1990`), and
//! `1990年5月12日`.

use super::context::{Around, Topic, Topics};
use super::number::Group;
use crate::bytes::{at, before, cut, from, run, run_back};
use crate::entity::{EntityType, Hit};

const NAMES: Topics = Topics::of(&[Topic::Born]);
/// Longest name of a month, in bytes.
const MAX_MONTH: usize = 24;
/// English months by their first letters: the American order begins with the month.
const MONTHS: [&[u8; 3]; 12] =
    [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];

/// The date whose first figure (the day, the year, or what it is) is at `i`.
pub(super) fn at_day(around: &Around<'_>, i: usize, groups: &[Group]) -> Option<Hit> {
    let text = around.text;
    let (start, end) = figures(text, groups).or_else(|| named_month(text, i)).or_else(|| cjk(text, i))?;
    if before(text, start).is_ascii_alphanumeric() || at(text, end).is_ascii_digit() {
        return None;
    }
    let context = around.candidate(start, end);
    let named = context.names_before(NAMES) || context.beside(NAMES);
    named.then_some(Hit { range: start..end, entity: EntityType::DateOfBirth, score: 0.9, validated: false })
}

/// Whether three groups are day, month and year in one of their orders.
pub(super) fn is_date(text: &[u8], groups: &[Group]) -> bool {
    let [a, b, c, ..] = groups else { return false };
    let value =
        |g: &Group| cut(text, g.start..g.end).iter().take(4).fold(0u32, |n, d| n * 10 + u32::from(d - b'0'));
    let uniform =
        b.separator == c.separator && b.single && c.single && matches!(b.separator, b'-' | b'/' | b'.');
    let year = |g: &Group| g.len() == 4 && (1850..=2150).contains(&value(g));
    let short = |g: &Group| g.len() <= 2;
    let day = |d: &Group, m: &Group| {
        short(d) && short(m) && (1..=31).contains(&value(d)) && (1..=12).contains(&value(m))
    };
    let dated = |d: &Group, m: &Group| day(d, m) || day(m, d);
    uniform && ((year(a) && dated(c, b)) || ((year(c) || c.len() == 2) && dated(a, b)))
}

fn figures(text: &[u8], groups: &[Group]) -> Option<(usize, usize)> {
    let [a, _, c, ..] = groups else { return None };
    is_date(text, groups).then_some((a.start, c.end))
}

/// Behind spaces and commas.
fn behind_spaces(text: &[u8], i: usize) -> usize {
    run(text, i, |b| matches!(b, b' ' | b',' | b'.'))
}

/// `12 May 1990` and the like from its day on, or `May 12, 1990` around its day.
fn named_month(text: &[u8], i: usize) -> Option<(usize, usize)> {
    let day_end = run(text, i, |b| b.is_ascii_digit());
    if day_end - i > 2 {
        return None;
    }
    let letter = |b: u8| b.is_ascii_alphabetic() || b >= 0x80;
    let year = |start: usize| {
        let end = run(text, start, |b| b.is_ascii_digit());
        (end - start == 4 && matches!(at(text, start), b'1' | b'2')).then_some(end)
    };
    // Ordinals: 1st, 2nd, 12th, 1er, 1º.
    let ordinal = run(text, day_end, letter);
    let ordinal = if ordinal - day_end <= 3 { ordinal } else { day_end };
    let mut word = behind_spaces(text, ordinal);
    if let Some(month) = month_before(text, i).filter(|_| word > ordinal)
        && let Some(end) = year(word)
    {
        return Some((month, end));
    }
    if word == ordinal && at(text, word) != b'-' {
        return None;
    }
    word += usize::from(at(text, word) == b'-');
    // "of" and "de" may stand on either side of the month.
    for _ in 0..2 {
        let end = run(cut(text, 0..(word + MAX_MONTH).min(text.len())), word, letter);
        if end == word {
            return None;
        }
        let next = run(text, behind_spaces(text, end), |b| b == b'-');
        let next = if from(text, next).starts_with(b"de ") { next + 3 } else { next };
        if let Some(year_end) = year(next).filter(|_| end - word >= 3) {
            return Some((i, year_end));
        }
        word = next;
    }
    None
}

/// The start of the English month before the space before `i`, if there is one.
fn month_before(text: &[u8], i: usize) -> Option<usize> {
    let end = i.checked_sub(1).filter(|_| before(text, i) == b' ')?;
    let end = end - usize::from(before(text, end) == b'.');
    let start = run_back(text, end, 10, |b| b.is_ascii_alphabetic());
    let name: [u8; 3] = core::array::from_fn(|n| at(text, start + n).to_ascii_lowercase());
    (end - start >= 3 && MONTHS.contains(&&name)).then_some(start)
}

/// `1990年5月12日`, `1990년 5월 12일`.
fn cjk(text: &[u8], i: usize) -> Option<(usize, usize)> {
    let mut end = i;
    for (digits, signs) in [(4..=4, ["年", "년"]), (1..=2, ["月", "월"]), (1..=2, ["日", "일"])] {
        let start = run(text, end, |b| b == b' ');
        let stop = run(text, start, |b| b.is_ascii_digit());
        let sign = signs.iter().find(|s| from(text, stop).starts_with(s.as_bytes()))?;
        if !digits.contains(&(stop - start)) {
            return None;
        }
        end = stop + sign.len();
    }
    Some((i, end))
}

//! Postal addresses: a street with its house number, and what follows it up to the postal code.
//!
//! The tagger says which words are places; here a place next to a house number becomes an address if it has
//! a word for a street (`Road`, `rue`, `…straße`) or if the number stands in front and another behind it,
//! or the place goes on as addresses do (UPU S42: street, unit, city, region, postal code, parted by commas or lines):
//! `12 High Street, Flat 3, Leeds LS1 4AP`, `Musterstraße 12, 12345 Berlin`, `12 rue de la Paix`. A post office
//! box stands for a street. An address has at most [`PARTS`] parts.

use core::ops::Range;

use super::lexicon::{Kind, Lexicon};
use crate::bytes::{at, before, cut, from, run, run_back};
use crate::detect::words::words;
use crate::entity::{EntityType, Hit};

/// Most parts of an address.
pub const PARTS: usize = 10;
/// Longest house number or postal code, in bytes.
const NUMBER: usize = 8;

/// How German, Dutch and Nordic streets end.
const ENDINGS: [&str; 17] = [
    "straße", "strasse", "str", "gasse", "weg", "platz", "allee", "ufer", "damm", "straat", "laan", "plein",
    "gracht", "gade", "gata", "vej", "veg",
];

/// Makes addresses of the places from `first` on, which stand in the order of the text.
pub(super) fn join(text: &[u8], lexicon: &Lexicon<'_>, hits: &mut Vec<Hit>, first: usize) {
    let mut kept = first;
    let mut i = first;
    while let Some(mut hit) = hits.get(i).cloned() {
        i += 1;
        if matches!(hit.entity, EntityType::Location | EntityType::Person) {
            let floor = kept.checked_sub(1).and_then(|k| hits.get(k)).map_or(0, |h| h.range.end);
            if let Some(range) = core(text, lexicon, &hit, floor, hits.get(i)) {
                hit.entity = EntityType::Address;
                hit.range = range;
                i = grow(text, hits, i, &mut hit);
            } else if hit.entity == EntityType::Location {
                i = with_code(text, hits, i, &mut hit);
            }
        }
        if let Some(slot) = hits.get_mut(kept) {
            *slot = hit;
        }
        kept += 1;
    }
    hits.truncate(kept);
}

/// The street and its house number, if `hit` is a street.
fn core(
    text: &[u8],
    lexicon: &Lexicon<'_>,
    hit: &Hit,
    floor: usize,
    next: Option<&Hit>,
) -> Option<Range<usize>> {
    let Range { start, end } = hit.range;
    let (lead, count) = street(text, lexicon, hit.range.clone());
    let street = lead.is_some();
    let start = lead.filter(|lead| *lead >= floor).unwrap_or(start);
    let number_before = number_before(text, start, floor);
    let number_after = number_after(text, end);
    let inside = cut(text, start..end).iter().any(u8::is_ascii_digit);
    if street && (number_before.is_some() || number_after.is_some() || inside) {
        return Some(number_before.unwrap_or(start)..number_after.unwrap_or(end));
    }
    // Streets are named after persons, but a person has no house number.
    if hit.entity == EntityType::Person {
        return None;
    }
    let goes_on = part(text, end).is_some()
        || next
            .is_some_and(|n| n.entity == EntityType::Location && separator(text, end) == Some(n.range.start));
    match number_before {
        Some(number)
            if (goes_on || number_after.is_some()) && count < 6 && !is_year(cut(text, number..start)) =>
        {
            Some(number..number_after.unwrap_or(end))
        }
        _ => None,
    }
}

/// Where the street or box begins, if a word says that this is one; and the number of words.
fn street(text: &[u8], lexicon: &Lexicon<'_>, range: Range<usize>) -> (Option<usize>, usize) {
    let (mut lead, mut count) = (None, 0);
    // Small words in front belong to it: rue de la Paix, via Roma.
    let from = run_back(text, range.start, 16, |b| b.is_ascii_alphabetic() || b == b' ' || b >= 0x80);
    words(cut(text, from..range.end), |word| {
        let bytes = cut(text, from + word.range.start..from + word.range.end);
        let inside = from + word.range.start >= range.start;
        let info = lexicon.get(word.hash);
        let capital = bytes.first().is_some_and(u8::is_ascii_uppercase);
        count += usize::from(inside);
        let ends = |end: &&str| {
            let tail = bytes.len().checked_sub(end.len()).and_then(|n| bytes.get(n..));
            tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
        };
        let named = (info.is(Kind::Street) && (capital || count > 1)) || (info.is(Kind::Unit) && capital);
        if inside && (named || (bytes.len() > 6 && ENDINGS.iter().any(ends))) {
            lead.get_or_insert(range.start);
        } else if !inside && matches!(bytes, b"rue" | b"via" | b"calle" | b"rua") {
            lead = Some(from + word.range.start);
        }
    });
    (lead, count)
}

/// Where the house number (one or two) before `start` begins.
fn number_before(text: &[u8], start: usize, floor: usize) -> Option<usize> {
    let mut begin = None;
    let mut end = start;
    for _ in 0..2 {
        if before(text, end) != b' ' {
            break;
        }
        let number = run_back(text, end - 1, NUMBER, |b| b.is_ascii_alphanumeric() || b == b'-' || b == b'/');
        let digits = cut(text, number..end - 1);
        let plain = digits.first().is_some_and(u8::is_ascii_digit)
            && digits.iter().filter(|b| b.is_ascii_alphabetic()).count() < 2;
        if !plain || number < floor || matches!(before(text, number), b'.' | b'$' | b'#' | b',') {
            break;
        }
        begin = Some(number);
        end = number;
    }
    begin
}

/// Where the house number behind `end` ends.
fn number_after(text: &[u8], end: usize) -> Option<usize> {
    let start = match (at(text, end), at(text, end + 1)) {
        (b' ', _) => end + 1,
        (b',', b' ') | (b'.', b' ') => end + 2,
        _ => return None,
    };
    let stop = run(text, start, |b| b.is_ascii_digit());
    let stop = stop + usize::from(at(text, stop).is_ascii_alphabetic());
    let number = (1..=5).contains(&(stop - start)) && at(text, start).is_ascii_digit();
    (number && !at(text, stop).is_ascii_alphanumeric() && !matches!(at(text, stop), b'%' | b':'))
        .then_some(stop)
}

fn is_year(number: &[u8]) -> bool {
    matches!(number.trim_ascii(), [b'1', b'9', _, _] | [b'2', b'0', _, _])
}

/// Takes in what follows an address: parts of it, and the places among `hits` from `i` on.
fn grow(text: &[u8], hits: &[Hit], mut i: usize, hit: &mut Hit) -> usize {
    for _ in 0..PARTS {
        let Some(next) = separator(text, hit.range.end) else { break };
        if let Some(end) = unit(text, next) {
            hit.range.end = end;
        } else if let Some(place) =
            hits.get(i).filter(|h| h.entity == EntityType::Location && h.range.start <= next)
        {
            hit.range.end = place.range.end.max(hit.range.end);
            hit.score = hit.score.max(place.score);
            i += 1;
        } else if let Some(end) = part(text, hit.range.end) {
            hit.range.end = end;
        } else {
            break;
        }
    }
    // Places that a part has run over.
    while hits.get(i).is_some_and(|h| h.range.start < hit.range.end) {
        i += 1;
    }
    i
}

/// A city with its region and postal code stays one place: `Springfield, IL 62704`.
fn with_code(text: &[u8], hits: &[Hit], i: usize, hit: &mut Hit) -> usize {
    let region = hits.get(i).filter(|h| {
        h.entity == EntityType::Location && separator(text, hit.range.end) == Some(h.range.start)
    });
    let end = region.map_or(hit.range.end, |r| r.range.end);
    let code = separator(text, end).and_then(|s| Some((s, postal_code(text, s)?)));
    // Four digits are more often a year.
    let Some((_, code)) = code.filter(|(s, code)| code - s > 4) else { return i };
    hit.range.end = code;
    i + usize::from(region.is_some())
}

/// Where the next part begins behind a comma, a line or spaces.
fn separator(text: &[u8], end: usize) -> Option<usize> {
    let window = cut(text, end..(end + 8).min(text.len()));
    let length =
        window.iter().take_while(|b| matches!(b, b' ' | b',' | b'\n' | b'\r' | b'\t' | b'.')).count();
    let lines = window.iter().take(length).filter(|b| **b == b'\n').count();
    // A full stop belongs to an abbreviation if one space follows, and else ends the address.
    let dots = window.iter().take(length).filter(|b| **b == b'.').count();
    let stop = dots > 0 && (window.first() != Some(&b'.') || length != 2);
    (length > 0 && length < 8 && lines < 2 && !stop).then_some(end + length)
}

/// Where a part that is no place's name ends: a unit and its number, a region's code, a postal code.
fn part(text: &[u8], end: usize) -> Option<usize> {
    let start = separator(text, end)?;
    unit(text, start).or_else(|| postal_code(text, start)).or_else(|| {
        let region = run(text, start, |b| b.is_ascii_uppercase());
        let code = separator(text, region).and_then(|s| postal_code(text, s))?;
        (region - start == 2).then_some(code)
    })
}

/// `Apt. 12`, `Suite 4b`, `#3`, `P.O. Box 12`.
fn unit(text: &[u8], start: usize) -> Option<usize> {
    const UNITS: [&str; 13] = [
        "apartment",
        "apt",
        "suite",
        "ste",
        "unit",
        "floor",
        "flat",
        "room",
        "rm",
        "building",
        "bldg",
        "box",
        "p.o. box",
    ];
    let folded: [u8; 12] = core::array::from_fn(|n| at(text, start + n).to_ascii_lowercase());
    let after = match UNITS.iter().rev().find(|u| folded.starts_with(u.as_bytes())) {
        Some(unit) => start + unit.len(),
        None if at(text, start) == b'#' => start + 1,
        None => return None,
    };
    let number = run(text, after, |b| matches!(b, b'.' | b' ' | b'#')).min(after + 3);
    let stop = run(text, number, |b| b.is_ascii_alphanumeric() || b == b'-');
    (stop > number && stop - number <= NUMBER && cut(text, number..stop).iter().any(u8::is_ascii_digit))
        .then_some(stop)
}

/// A postal code of the United States (ZIP), of four to six digits, of Canada or the United Kingdom.
fn postal_code(text: &[u8], start: usize) -> Option<usize> {
    let digits = run(text, start, |b| b.is_ascii_digit());
    let code = if (4..=6).contains(&(digits - start)) {
        let more = run(text, digits + 1, |b| b.is_ascii_digit());
        if at(text, digits) == b'-' && (more - digits - 1 == 4 || more - digits - 1 == 3) {
            more
        } else {
            digits
        }
    } else {
        let outward = run(text, start, |b| b.is_ascii_uppercase() || b.is_ascii_digit());
        is_outward(cut(text, start..outward)).then_some(())?;
        let inward = outward + usize::from(at(text, outward) == b' ');
        let end = inward + 3;
        let canadian = outward - start == 3 && at(text, inward + 2).is_ascii_digit();
        let form = [0, 1, 2].map(|n| match at(text, inward + n) {
            b'0'..=b'9' => '9',
            b'A'..=b'Z' => 'A',
            _ => '?',
        });
        matches!((form, canadian), (['9', 'A', 'A'], false) | (['9', 'A', '9'], true)).then_some(end)?
    };
    let goes_on = at(text, code) == b'-' && at(text, code + 1).is_ascii_digit();
    (!goes_on && !at(text, code).is_ascii_alphanumeric() && code <= text.len()).then_some(code)
}

/// The first half of a British postcode (`SW1A`, `M1`) or Canadian one (`K1A`).
fn is_outward(code: &[u8]) -> bool {
    let letters = code.iter().take_while(|b| b.is_ascii_uppercase()).count();
    (1..=2).contains(&letters)
        && (2..=4).contains(&code.len())
        && from(code, letters).first().is_some_and(u8::is_ascii_digit)
}

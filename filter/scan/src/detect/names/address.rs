//! Postal addresses: a street with its house number, and what follows it up to the postal code.
//!
//! The tagger says which words are places; here a place next to a house number becomes an address if it has
//! a word for a street (`Road`, `rue`, `…straße`) or if the number stands in front and another behind it,
//! or the place goes on as addresses do (UPU S42: street, unit, city, region, postal code, parted by commas or lines):
//! `12 High Street, Flat 3, Leeds LS1 4AP`, `Musterstraße 12, 12345 Berlin`, `12 rue de la Paix`. A post office
//! box stands for a street. An address has at most [`PARTS`] parts. A unit (`Apt. 12`) goes on with the street in
//! front of it, and an address with the lines that follow up to a postal code if they hold nothing but names.

mod lines;
pub(super) mod part;

use core::ops::Range;

use part::{LINE, NUMBER, block, outward, part, postal_code, separator, unit};

use super::lexicon::{Kind, Lexicon};
use crate::bytes::{at, before, cut, run, run_back};
use crate::detect::words::words;
use crate::entity::{EntityType, Hit};

/// Most parts of an address.
pub const PARTS: usize = 10;

/// Words for a street that stand in front of its name.
const LEADS: [&[u8]; 17] = [
    b"rue",
    b"via",
    b"viale",
    b"calle",
    b"rua",
    b"avenida",
    b"ul",
    b"ulica",
    b"chemin",
    b"allee",
    b"camino",
    b"plaza",
    b"piazza",
    b"travessa",
    b"avenue",
    b"boulevard",
    b"quai",
];

/// How German, Dutch and Nordic streets end.
const ENDINGS: [&str; 17] = [
    "straße", "strasse", "str", "gasse", "weg", "platz", "allee", "ufer", "damm", "straat", "laan", "plein",
    "gracht", "gade", "gata", "vej", "veg",
];

/// Makes addresses of the places from `first` on, which stand in the order of the text.
pub(super) fn join(text: &[u8], lexicon: &Lexicon<'_>, hits: &mut Vec<Hit>, first: usize) {
    let (mut kept, mut i) = (first, first);
    let mut codes = Vec::new();
    while let Some(mut hit) = hits.get(i).cloned() {
        i += 1;
        if matches!(hit.entity, EntityType::Location | EntityType::Person) {
            if let Some(range) = with_street(text, &hit) {
                // What was taken for a name in front of the unit belongs to its street.
                while kept > first && hits.get(kept - 1).is_some_and(|h| h.range.end > range.start) {
                    kept -= 1;
                    hit.range.start = hits.get(kept).map_or(range.start, |h| h.range.start.min(range.start));
                }
                hit.entity = EntityType::Address;
                hit.range = range.start.min(hit.range.start)..range.end;
                i = grow(text, hits, i, &mut hit);
                if let Some(slot) = hits.get_mut(kept) {
                    *slot = hit;
                }
                kept += 1;
                continue;
            }
            let floor = hits.get(first..kept).and_then(<[_]>::last).map_or(0, |h| h.range.end);
            if let Some(range) = core(text, lexicon, &hit, floor, hits.get(i)) {
                hit.entity = EntityType::Address;
                hit.range = range;
                i = grow(text, hits, i, &mut hit);
            } else if hit.entity == EntityType::Location {
                let length = hit.range.len();
                i = with_code(text, hits, i, &mut hit);
                codes.extend(code_behind(text, hit.range.end));
                if hit.range.len() == length && is_no_place(text, lexicon, &hit) {
                    continue;
                }
            }
        }
        if let Some(slot) = hits.get_mut(kept) {
            *slot = hit;
        }
        kept += 1;
    }
    hits.truncate(kept);
    lines::part_lines(text, hits, first);
    hits.append(&mut codes);
}

/// The first half of a British postcode behind a place and another name: `Leeds, North End, LS12`.
fn code_behind(text: &[u8], end: usize) -> Option<Hit> {
    let start = separator(text, end).filter(|start| cut(text, end..*start) == b", ")?;
    let start = separator(text, part::town(text, start)?)?;
    let range = start..outward(text, start)?;
    Some(Hit { range, entity: EntityType::Location, score: 0.8, validated: false })
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
    let part_of_place =
        lead.is_none() && count > 1 && ends_in(text, hit.range.clone(), lexicon, Kind::PlacePart);
    let street = lead.is_some();
    let start = lead.filter(|lead| *lead >= floor).unwrap_or(start);
    let number_before = number_before(text, start, floor)
        .or_else(|| number_before_names(text, start, floor).filter(|_| street));
    let number_after = number_after(text, end);
    let inside = cut(text, start..end).iter().any(u8::is_ascii_digit);
    if street && (number_before.is_some() || number_after.is_some() || inside) {
        return Some(number_before.unwrap_or(start)..number_after.unwrap_or(end));
    }
    // Oak Hill, Cedar Springs: a street only if the number stands in front, and is none of a year.
    if part_of_place && let Some(number) = number_before.filter(|n| !is_year(cut(text, *n..start))) {
        return Some(number..end);
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
        // `Dr` behind a name is no doctor.
        let drive = info.is(Kind::Honorific) && count > 1 && from + word.range.end == range.end;
        let named =
            (info.is(Kind::Street) && (capital || count > 1)) || (info.is(Kind::Unit) && capital) || drive;
        if inside && (named || (bytes.len() > 6 && ENDINGS.iter().any(ends))) {
            lead.get_or_insert(range.start);
        } else if !inside && LEADS.iter().any(|lead| bytes.eq_ignore_ascii_case(lead)) {
            lead = Some(from + word.range.start);
        }
    });
    (lead, count)
}

/// Whether the last word of `range` is of this kind.
fn ends_in(text: &[u8], range: Range<usize>, lexicon: &Lexicon<'_>, kind: Kind) -> bool {
    let mut is = false;
    words(cut(text, range), |word| is = lexicon.get(word.hash).is(kind));
    is
}

/// Whether a place is a single word that is only ever part of one: Suite, Street, North.
fn is_no_place(text: &[u8], lexicon: &Lexicon<'_>, hit: &Hit) -> bool {
    let (mut count, mut is) = (0, false);
    words(cut(text, hit.range.clone()), |word| {
        let info = lexicon.get(word.hash);
        count += 1;
        is = info.place() == 0
            && [Kind::Unit, Kind::Street, Kind::PlacePart].iter().any(|kind| info.is(*kind));
    });
    count == 1 && is
}

/// A unit with the street in front of it, on its line or the one before: `9 Long Row 4, Apt. 12`.
fn with_street(text: &[u8], hit: &Hit) -> Option<Range<usize>> {
    let stop = unit(text, hit.range.start).filter(|stop| *stop >= hit.range.end)?;
    let between = |b: u8| matches!(b, b' ' | b',' | b'\n' | b'\r' | b'>');
    let mut end = run_back(text, hit.range.start, 8, between);
    if end == hit.range.start || cut(text, end..hit.range.start).iter().filter(|b| **b == b'\n').count() > 1 {
        return None;
    }
    let (mut begin, mut numbers, mut names) = (end, 0, 0);
    for _ in 0..PARTS {
        let start =
            run_back(text, end, LINE, |b| !b.is_ascii_whitespace() && !matches!(b, b'>' | b'"' | b','));
        let token = cut(text, start..end);
        let first = token.first().copied().unwrap_or_default();
        let ends = matches!(token.last(), Some(b':' | b';')) || (token.ends_with(b".") && token.len() > 4);
        if ends && begin != end {
            break;
        }
        if first.is_ascii_digit() && token.len() <= NUMBER {
            numbers += 1;
            begin = start;
        } else if first.is_ascii_uppercase() || first >= 0x80 {
            names += 1;
            begin = start;
        } else if token.is_empty() || token.len() > 3 {
            break;
        }
        if before(text, start) != b' ' {
            break;
        }
        end = start - 1;
    }
    (numbers > 0 && names > 0).then_some(begin..stop)
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

/// The same, where one or two names stand between that were taken for words: `12 Cedar |Crest Lane`.
fn number_before_names(text: &[u8], start: usize, floor: usize) -> Option<usize> {
    let mut start = start;
    for _ in 0..2 {
        let word = run_back(text, start.checked_sub(1)?, 16, |b| b.is_ascii_alphabetic());
        if before(text, start) != b' ' || !at(text, word).is_ascii_uppercase() {
            break;
        }
        start = word;
        let number = number_before(text, start, floor);
        if number.is_some() {
            return number.filter(|number| !is_year(cut(text, *number..start)));
        }
    }
    None
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
        if let Some(end) = unit(text, next).or_else(|| block(text, hit.range.end)) {
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

/// A city with its region and postal code stays one place: `Springfield, IL 62704`, `Leeds, LS12`.
fn with_code(text: &[u8], hits: &[Hit], i: usize, hit: &mut Hit) -> usize {
    let region = hits.get(i).filter(|h| {
        h.entity == EntityType::Location && separator(text, hit.range.end) == Some(h.range.start)
    });
    let end = region.map_or(hit.range.end, |r| r.range.end);
    let code = separator(text, end).and_then(|start| {
        // Four digits are more often a year.
        let whole = postal_code(text, start).filter(|code| code - start > 4);
        let short = || outward(text, start).filter(|_| cut(text, end..start) == b", ");
        whole.or_else(|| part::region(text, start)).or_else(short)
    });
    let Some(code) = code else { return i };
    hit.range.end = code;
    i + usize::from(region.is_some())
}

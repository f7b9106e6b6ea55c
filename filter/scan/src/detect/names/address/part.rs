//! The parts of an address that are told by form: units, postal codes, lines up to a postal code.
//!
//! Postal codes are those of the United States (ZIP and ZIP+4), of four to six digits, and the forms of Canada and
//! the United Kingdom (UPU, *Postal addressing systems*).

use crate::bytes::{at, cut, from, run, run_back};

/// Room for what stands between two parts, in bytes.
const SEPARATOR: usize = 24;
/// Most lines that are read for a postal code, and how long they are at most, in bytes.
const LINES: usize = 3;
pub(super) const LINE: usize = 48;
/// Longest house number or postal code, in bytes.
pub(super) const NUMBER: usize = 8;

/// Where the lines behind `end` stop, if they hold nothing but names and the last of them a postal code:
/// `Brande\nDenmark 7330`.
pub(super) fn block(text: &[u8], end: usize) -> Option<usize> {
    let mut line = separator(text, end).filter(|next| cut(text, end..*next).contains(&b'\n'))?;
    for _ in 0..LINES {
        let stop = run(text, line, |b| b.is_ascii_alphanumeric() || b >= 0x80 || b" .,-'()".contains(&b));
        if stop - line > LINE || !matches!(at(text, stop), b'\n' | b'\r' | 0 | b'<' | b'"') {
            return None;
        }
        let content = cut(text, line..stop).trim_ascii_end();
        if let Some(digit) = content.iter().position(u8::is_ascii_digit) {
            let code = line + digit;
            // The code ends the line, or begins it.
            let last = postal_code(text, code).or_else(|| {
                let start = run_back(text, code, 2, |b| b.is_ascii_uppercase());
                postal_code(text, start)
            })?;
            let stop = line + content.len();
            return (last == stop || digit == 0).then_some(stop);
        }
        let first = content.first().copied();
        if first.is_some_and(|b| !b.is_ascii_uppercase() && b < 0x80) {
            return None;
        }
        line = run(text, stop, |b| matches!(b, b' ' | b'\n' | b'\r' | b'>')).min(stop + 16);
        if line == stop {
            return None;
        }
    }
    None
}

/// Where the next part begins behind a comma, a line or spaces.
pub(super) fn separator(text: &[u8], end: usize) -> Option<usize> {
    let window = cut(text, end..(end + SEPARATOR).min(text.len()));
    let length =
        window.iter().take_while(|b| matches!(b, b' ' | b',' | b'\n' | b'\r' | b'\t' | b'.' | b'>')).count();
    let lines = window.iter().take(length).filter(|b| **b == b'\n').count();
    // A full stop belongs to an abbreviation if one space follows, and else ends the address.
    let dots = window.iter().take(length).filter(|b| **b == b'.').count();
    let stop = dots > 0 && (window.first() != Some(&b'.') || length != 2);
    // Mail quotes lines with `>`; elsewhere it ends a tag.
    let tag = lines == 0 && window.iter().take(length).any(|b| *b == b'>');
    (length > 0 && length < SEPARATOR && lines < 2 && !stop && !tag).then_some(end + length)
}

/// Where a part ends whose form tells it: a unit and its number, a postal code, with a region's code in front of it,
/// and with a town in front of that.
pub(super) fn part(text: &[u8], end: usize) -> Option<usize> {
    let start = separator(text, end)?;
    unit(text, start)
        .or_else(|| postal_code(text, start))
        .or_else(|| region(text, start))
        .or_else(|| region(text, separator(text, town(text, start)?)?))
}

/// `CA 92101`
pub(super) fn region(text: &[u8], start: usize) -> Option<usize> {
    let region = run(text, start, |b| b.is_ascii_uppercase());
    let code = separator(text, region).and_then(|s| postal_code(text, s))?;
    (region - start == 2).then_some(code)
}

/// The end of a town's name, before a comma: one to three words with a capital.
pub(super) fn town(text: &[u8], start: usize) -> Option<usize> {
    let mut word = start;
    for _ in 0..3 {
        let end = run(text, word, |b| b.is_ascii_alphabetic() || b == b'.' || b == b'-' || b >= 0x80);
        if !at(text, word).is_ascii_uppercase() || end - word < 2 {
            return None;
        }
        match at(text, end) {
            b',' => return Some(end),
            b' ' => word = end + 1,
            _ => return None,
        }
    }
    None
}

/// `Apt. 12`, `Suite 4b`, `#3`, `P.O. Box 12`, `3rd Floor`.
pub(super) fn unit(text: &[u8], start: usize) -> Option<usize> {
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
    let ordinal = run(text, start, |b| b.is_ascii_digit());
    if (1..=3).contains(&(ordinal - start))
        && matches!(cut(text, ordinal..ordinal + 2), b"st" | b"nd" | b"rd" | b"th")
        && cut(text, ordinal + 2..ordinal + 8).eq_ignore_ascii_case(b" floor")
    {
        return Some(ordinal + 8);
    }
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
pub(super) fn postal_code(text: &[u8], start: usize) -> Option<usize> {
    let digits = run(text, start, |b| b.is_ascii_digit());
    let code = if (4..=6).contains(&(digits - start)) {
        let more = run(text, digits + 1, |b| b.is_ascii_digit());
        if at(text, digits) == b'-' && (more - digits - 1 == 4 || more - digits - 1 == 3) {
            more
        } else {
            digits
        }
    } else {
        lettered_code(text, start)?
    };
    let goes_on = at(text, code) == b'-' && at(text, code + 1).is_ascii_digit();
    (!goes_on && !at(text, code).is_ascii_alphanumeric() && code <= text.len()).then_some(code)
}

/// A postal code of Canada or the United Kingdom.
///
/// Letters that look like others are left out (Royal Mail, *Programmers' guide to PAF*; Canada Post, *Addressing
/// guidelines*).
pub(in super::super) fn lettered_code(text: &[u8], start: usize) -> Option<usize> {
    let outward = run(text, start, |b| b.is_ascii_uppercase() || b.is_ascii_digit());
    is_outward(cut(text, start..outward)).then_some(())?;
    let inward = outward + usize::from(at(text, outward) == b' ');
    let end = inward + 3;
    let canadian = outward - start == 3 && at(text, inward + 2).is_ascii_digit();
    let form = [0, 1, 2].map(|n| match (at(text, inward + n), canadian) {
        (b'0'..=b'9', _) => '9',
        (b'D' | b'F' | b'I' | b'O' | b'Q' | b'U', true)
        | (b'C' | b'I' | b'K' | b'M' | b'O' | b'V', false) => '?',
        (b'A'..=b'Z', _) => 'A',
        _ => '?',
    });
    let matches = matches!((form, canadian), (['9', 'A', 'A'], false) | (['9', 'A', '9'], true));
    (matches && !at(text, end).is_ascii_alphanumeric() && end <= text.len()).then_some(end)
}

/// The areas of British postcodes (Royal Mail, *Programmers' guide to PAF*).
const AREAS: &str = "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN \
    EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR \
    NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF \
    WN WR WS WV YO ZE";

/// The first half of a British postcode, which ends the address (`Leeds, LS12.`), at `start`.
pub(super) fn outward(text: &[u8], start: usize) -> Option<usize> {
    let end = run(text, start, |b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let code = cut(text, start..end);
    let ends = matches!(at(text, end), b'.' | b',' | b';' | b'\n' | b'\r' | b'<' | b'"' | 0);
    if !ends || code.len() < 3 || !is_outward(code) || end > text.len() {
        return None;
    }
    let area = cut(code, 0..run(code, 0, |b| b.is_ascii_uppercase()));
    AREAS.as_bytes().split(|b| *b == b' ').any(|one| one == area).then_some(end)
}

/// The first half of a British postcode (`SW1A`, `M1`) or Canadian one (`K1A`).
fn is_outward(code: &[u8]) -> bool {
    let letters = code.iter().take_while(|b| b.is_ascii_uppercase()).count();
    let is_area = match code {
        [b'Q' | b'V' | b'X', b'A'..=b'Z', ..] => false,
        [_, second, ..] => !matches!(second, b'I' | b'J' | b'Z'),
        _ => false,
    };
    is_area
        && (1..=2).contains(&letters)
        && (2..=4).contains(&code.len())
        && from(code, letters).first().is_some_and(u8::is_ascii_digit)
}

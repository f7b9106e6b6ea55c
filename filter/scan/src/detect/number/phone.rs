//! PHONE: telephone numbers in international form (ITU-T E.164 and E.123: `+`, or the prefix `00`), in the
//! form of the North American Numbering Plan, in other national forms with the trunk prefix `0`, and what a
//! word nearby calls a telephone number.
//!
//! How sure a number is follows from how much of its form only telephone numbers have. A `+`, the
//! parentheses around an area code, `415-555-0132` and `020 7946 0018` stand for themselves; a run of seven
//! to thirteen digits in any grouping needs a label ("Tel.", "… fax") or a phrase that leads up to it
//! ("call me at …"). Dates, decimals, versions, amounts, numbers glued to other signs, and what its label
//! calls something else are no telephone numbers.

use super::{Group, Groups, count, digits};
use crate::bytes::{at, before, cut, is_word, run};
use crate::detect::birth_date::is_date;
use crate::detect::context::{Around, Context, Topic, Topics};
use crate::entity::{EntityType, Hit};

/// ITU-T E.164, section 6: most digits of an international number.
const MAX_E164: usize = 15;
/// Least digits of a number: local ones of seven, and the shortest international ones.
const LEAST: usize = 7;

const PHONE: Topics = Topics::of(&[Topic::Phone]);
const REACH: Topics = Topics::of(&[Topic::Phone, Topic::Reach]);
const PLACE: Topics = Topics::of(&[Topic::Phone, Topic::Place]);

/// What the form of a number says.
struct Form {
    /// How many groups belong to it.
    groups: usize,
    /// The score without any label; 0 where it needs one.
    bare: f32,
}

/// The telephone number that begins at the digit `i`.
pub(super) fn find(around: &Around<'_>, i: usize, groups: &Groups) -> Option<Hit> {
    let text = around.text;
    let opened = before(text, i) == b'(';
    let outside = if opened { i - 1 } else { i };
    let plus = before(text, outside) == b'+';
    let start = if plus { outside - 1 } else { outside };
    let hyphens = groups.as_slice().get(1).is_some_and(|g| g.separator == b'-');
    if is_glued(text, start, plus, hyphens) {
        return None;
    }
    let form = if plus { international(text, groups)? } else { national(text, i, opened, groups)? };
    let last = groups.first(form.groups).last()?;
    let end = extension_end(text, last.end);
    if continues(text, end) {
        return None;
    }
    // `12345678-ABCD` is some other number; `12345678-Fax` says itself what it is.
    let hyphened = matches!(at(text, end), b'-' | b':') && at(text, end + 1).is_ascii_alphanumeric();
    let start = if opened && !cut(text, i..end).contains(&b')') { i } else { start };
    let context = around.candidate(start, end);
    if hyphened && !context.beside(PLACE) {
        return None;
    }
    let score = score(&form, groups.first(form.groups).len(), &context)?;
    Some(Hit { range: start..end, entity: EntityType::Phone, score, validated: false })
}

/// Whether a sign before the number makes it part of something else: of a word, a path, an amount. A comma before a
/// number with `plus` or `hyphens` parts columns, as a colon does before one with `plus`.
fn is_glued(text: &[u8], start: usize, plus: bool, hyphens: bool) -> bool {
    let (previous, second) = (before(text, start), before(text, start.saturating_sub(1)));
    // The mark of a line that was added or taken away.
    if matches!(previous, b'+' | b'-') && matches!(second, 0 | b'\n') {
        return false;
    }
    let joint = match previous {
        b'-' | b'.' | b'/' => true,
        b',' => !plus && !hyphens,
        b':' => !plus,
        _ => false,
    };
    previous.is_ascii_alphanumeric()
        || matches!(previous, b'_' | b'$' | b'#' | b'%' | b'&' | b'+' | b'~' | b'^')
        || (matches!(previous, b'.' | b'-' | b'/') && second != b' ')
        || (joint && second.is_ascii_digit())
}

/// Whether what follows the number makes it part of something else.
fn continues(text: &[u8], end: usize) -> bool {
    let (next, second) = (at(text, end), at(text, end + 1));
    let digit_follows = second.is_ascii_digit();
    next.is_ascii_alphanumeric()
        || matches!(next, b'_' | b'%')
        || (matches!(next, b'-' | b'.' | b'/' | b':') && digit_follows)
}

fn score(form: &Form, groups: usize, context: &Context<'_, '_>) -> Option<f32> {
    if form.bare >= 0.8 {
        // A label beside it that says otherwise is believed only about what has less form than this.
        return Some(if context.names_before(REACH) { 0.95 } else { form.bare })
            .filter(|_| form.bare > 0.85 || !context.is_denied(REACH));
    }
    if context.is_denied(REACH) {
        return None;
    }
    let grouped = if groups > 1 { 0.05 } else { 0.0 };
    if context.names_before(PHONE) || context.beside(PLACE) {
        return Some(0.75 + grouped);
    }
    if context.names_before(REACH) && (context.is_led_to() || context.beside(REACH)) {
        return Some(0.6 + grouped);
    }
    (form.bare > 0.0).then_some(form.bare)
}

/// A number behind a `+`: as many whole groups as E.164 allows, or as the country's numbers have.
fn international(text: &[u8], groups: &Groups) -> Option<Form> {
    let fits = |n: &usize| (LEAST + 1..=MAX_E164).contains(&count(groups.first(*n))) && groups.may_end(*n);
    let longest = (1..=groups.as_slice().len()).rev().find(fits)?;
    let exact = expected(text, groups);
    let groups_of_exact =
        (1..=longest).find(|n| Some(count(groups.first(*n))) == exact && groups.may_end(*n));
    // No country code begins with 0: such a number is mistyped at best.
    let known = digits(text, groups.first(1)).next() != Some(b'0');
    Some(Form { groups: groups_of_exact.unwrap_or(longest), bare: if known { 0.9 } else { 0.6 } })
}

/// How many digits an international number has where its country's all have the same length: the national
/// numbering plans as published by the ITU (E.164, annex).
fn expected(text: &[u8], groups: &Groups) -> Option<usize> {
    let mut first = digits(text, groups.as_slice());
    let code = (first.next()?, first.next().unwrap_or(0));
    let length = match code {
        (b'1', _) | (b'7', _) => 11,
        (b'2', b'7') | (b'3', b'1' | b'2' | b'3' | b'4') | (b'4', b'1' | b'8') | (b'6', b'1' | b'6') => 11,
        (b'4', b'5' | b'7') => 10,
        (b'4', b'4') | (b'9', b'0' | b'1') | (b'8', b'2') | (b'2', b'0') | (b'3', b'0') => 12,
        (b'5', b'5') | (b'8', b'6') => 13,
        _ => return None,
    };
    // The trunk prefix in parentheses, `+44 (0)20 …`, is written but not dialled.
    let trunk =
        groups.as_slice().iter().any(|g| g.len() == 1 && g.separator != 0 && at(text, g.start) == b'0');
    Some(length + usize::from(trunk))
}

fn national(text: &[u8], i: usize, opened: bool, groups: &Groups) -> Option<Form> {
    let all = groups.as_slice();
    if let Some(form) = north_american(text, i, opened, all)
        && groups.may_end(form.groups)
    {
        return Some(form);
    }
    if is_date(text, all) || is_decimal(text, all) {
        return None;
    }
    let (least, most, bare) = match (at(text, i), at(text, i + 1)) {
        (b'0', b'0') => (10, MAX_E164 + 2, 0.0),
        (b'0', _) => (9, 13, 0.6),
        _ => (LEAST, 13, 0.0),
    };
    // A group with a space in front of it may be another number.
    let fits = |n: &usize| (least..=most).contains(&count(groups.first(*n))) && groups.may_end(*n);
    let n = (1..=all.len().min(7)).rev().find(fits)?;
    let taken = groups.first(n);
    if !is_plausible(text, taken) {
        return None;
    }
    // The international prefix, and at least a country code, an area code and the rest.
    let prefixed = cut(text, i..i + 2) == b"00" && at(text, i + 2) != b'0' && n >= 3;
    let bare = match (prefixed, is_trunk_form(text, taken, opened)) {
        (true, _) => 0.55,
        (_, true) => bare,
        _ if is_mobile(text, taken) => 0.55,
        _ => 0.0,
    };
    Some(Form { groups: n, bare })
}

/// `(415) 555-0132` and the like: an area code and an exchange, neither of which begins with 0 or 1.
fn north_american(text: &[u8], i: usize, opened: bool, all: &[Group]) -> Option<Form> {
    let lens: [usize; 4] = core::array::from_fn(|n| all.get(n).map_or(0, |g| g.len()));
    let first = |n: usize| all.get(n).map_or(0, |g| at(text, g.start));
    let code = |n: usize| (b'2'..=b'9').contains(&first(n));
    let separator = |n: usize| all.get(n).map_or(0, |g| g.separator);
    // Spaces alone part columns of figures as well.
    let spaced = |n: usize| separator(n) == b' ' && separator(n + 1) == b' ';
    Some(match lens {
        [1, 3, 3, 4] if at(text, i) == b'1' && code(1) => {
            Form { groups: 4, bare: if code(2) && !spaced(2) { 0.88 } else { 0.6 } }
        }
        [3, 3, 4, _] if code(0) => Form {
            groups: 3,
            bare: match (opened, code(1)) {
                (true, true) => 0.9,
                (false, true) if !spaced(1) => 0.85,
                (true, false) => 0.75,
                (false, true) => 0.6,
                (false, false) => 0.0,
            },
        },
        [3, 7, ..] if opened && code(0) => Form { groups: 2, bare: 0.8 },
        _ => return None,
    })
}

/// Whether groups are of the sizes in which numbers are read out: two to four digits, or one long group
/// behind an area code.
fn is_plausible(text: &[u8], groups: &[Group]) -> bool {
    let varied = digits(text, groups).fold(0u16, |set, d| set | 1 << (d & 15)).count_ones() > 2;
    let trunk = groups.first().is_some_and(|g| at(text, g.start) == b'0');
    let sizes = groups.iter().enumerate().all(|(n, g)| match n {
        0 => groups.len() == 1 || g.len() <= 6,
        1 if groups.len() == 2 => (3..=9).contains(&g.len()),
        // Behind a trunk prefix and an area code the rest may stand unparted.
        _ if n + 1 == groups.len() && trunk => (2..=8).contains(&g.len()),
        _ => (2..=5).contains(&g.len()),
    });
    let slashes = groups.iter().skip(2).any(|g| g.separator == b'/');
    let year = |g: &Group| g.len() == 4 && matches!(cut(text, g.start..g.start + 2), b"19" | b"20");
    let years = groups.len() == 2 && groups.iter().all(year);
    varied && sizes && !slashes && !years
}

/// Whether a national number with a trunk prefix has a form that stands for itself: parted into an area code
/// and the rest, and no series of figures (`01 02 03 04 05`).
fn is_trunk_form(text: &[u8], groups: &[Group], opened: bool) -> bool {
    let number = |g: &Group| {
        cut(text, g.start..g.end)
            .iter()
            .fold(0u32, |n, d| n.wrapping_mul(10).wrapping_add(u32::from(d - b'0')))
    };
    let mut pairs = groups.iter().zip(groups.iter().skip(1));
    let series = groups.len() > 2 && pairs.all(|(a, b)| number(b) == number(a).wrapping_add(1));
    let area =
        groups.first().is_some_and(|g| (2..=5).contains(&g.len()) || (g.len() == 1 && groups.len() > 2));
    // The form of a social security number.
    let social = groups.iter().map(|g| g.len()).eq([3, 2, 4]);
    // In pairs throughout there are five (France, Belgium).
    let pairs = groups.iter().all(|g| g.len() == 2);
    let rest = groups.iter().skip(1).all(|g| g.len() >= 2);
    (groups.len() >= 2 || opened) && area && rest && !series && !social && (!pairs || groups.len() == 5)
}

/// Whether a run of eleven digits is in the form of a mobile number in one of the large plans where these
/// have eleven: 07 (United Kingdom), 09 (Philippines), 05 (Turkey), 015 to 017 (Germany).
fn is_mobile(text: &[u8], groups: &[Group]) -> bool {
    let [only] = groups else { return false };
    let mut first = digits(text, groups);
    let first: [u8; 3] = core::array::from_fn(|_| first.next().unwrap_or(0));
    only.len() == 11 && matches!(first, [b'0', b'5' | b'7' | b'9', b'1'..=b'9'] | [b'0', b'1', b'5'..=b'7'])
}

/// `0.123456789`, and one dot in what is not in the form of a national number.
fn is_decimal(text: &[u8], groups: &[Group]) -> bool {
    let [a, b, rest @ ..] = groups else { return false };
    let trunk = at(text, a.start) == b'0' && a.len() > 1;
    b.separator == b'.' && !trunk && rest.first().is_none_or(|c| c.separator != b'.')
}

/// The end of an extension (`x123`, ` ext. 123`, ` extension 123`) behind a number that ends at `i`, or `i`.
fn extension_end(text: &[u8], i: usize) -> usize {
    const MARKERS: [&[u8]; 6] = [b"extension", b"ext.", b"ext", b"x.", b"x", b"poste"];
    let word = run(text, i, |b| b == b' ' || b == b',');
    let rest = cut(text, word..(word + 9).min(text.len()));
    let starts = |m: &&&[u8]| rest.get(..m.len()).is_some_and(|r| r.eq_ignore_ascii_case(m));
    let Some(marker) = MARKERS.iter().find(starts) else { return i };
    let digits = run(text, word + marker.len(), |b| matches!(b, b' ' | b':' | b'#'));
    let end = run(text, digits, |b| b.is_ascii_digit());
    if (1..=6).contains(&(end - digits)) && !is_word(at(text, end)) { end } else { i }
}

//! Postal codes behind their label (`zip 02139`, `Postcode: BS16`, `PLZ 80331`): LOCATION.
//!
//! Most are four to seven digits, as a thousand other numbers are, so that nothing but the label tells them. The forms
//! are those of UPU, *Postal addressing systems*, country by country. Codes inside of an address belong to it
//! (`names::address`), and British and Canadian ones are told by their form alone (`names::span`).

use super::context::{Around, Topic, Topics};
use super::national::is_whole;
use crate::bytes::{before, from, run_back};
use crate::entity::{EntityType, Hit};

const LABELS: Topics = Topics::of(&[Topic::PostalCode]);

/// Most letters in front of the first digit.
const LETTERS: usize = 2;
/// A form.
struct Form {
    /// `9` is a digit, `A` a letter, `*` either.
    shape: &'static [u8],
    /// Whether so many other things have this form that the label must end in a mark: `zip: 8001` and `zip: S3` are
    /// codes, `zip 2024` and `zip s3` are not.
    is_short: bool,
}

/// The forms; the longest that fits is taken.
static FORMS: [Form; 45] = [
    // The United States (ZIP+4), Brazil, Japan, Portugal, Poland, Taiwan.
    form(b"99999-9999"),
    form(b"99999-999"),
    form(b"9999-999"),
    form(b"999-9999"),
    form(b"99-999"),
    form(b"999-999"),
    // Sweden, Greece, Czechia and Slovakia; India; Israel and Chile; Russia and China; most others.
    form(b"999 99"),
    form(b"999 999"),
    form(b"9999999"),
    form(b"999999"),
    form(b"99999"),
    short(b"9999"),
    // The Netherlands.
    form(b"9999 AA"),
    form(b"9999AA"),
    // Canada and the United Kingdom, in full, and what British ones begin with.
    form(b"A9A 9A9"),
    form(b"A9A9A9"),
    form(b"AA9A 9AA"),
    form(b"AA99 9AA"),
    form(b"AA9 9AA"),
    form(b"A99 9AA"),
    form(b"A9A 9AA"),
    form(b"A9 9AA"),
    form(b"AA9A9AA"),
    form(b"AA999AA"),
    form(b"AA99AA"),
    form(b"A999AA"),
    form(b"A9A9AA"),
    form(b"A99AA"),
    short(b"AA99"),
    short(b"AA9A"),
    short(b"AA9"),
    short(b"A99"),
    short(b"A9A"),
    short(b"A9"),
    // Ireland, Argentina.
    form(b"A99 ****"),
    form(b"A9A ****"),
    form(b"A9999AAA"),
    // With the letters of the country in front: Azerbaijan, Moldova, Latvia, Barbados, Andorra; any.
    form(b"AA9999"),
    form(b"AA99999"),
    short(b"AA999"),
    form(b"AA-9999"),
    form(b"AA-99999"),
    form(b"A-99999"),
    short(b"A-9999"),
    form(b"A-999 99"),
];

const fn form(shape: &'static [u8]) -> Form {
    Form { shape, is_short: false }
}

/// Most digits that a form begins with, behind its first letters.
const DIGITS: usize = 7;

/// Which forms begin with so many letters (a hyphen is one) and so many digits: a bit for each of [`FORMS`].
static HEADS: [[u64; DIGITS + 1]; LETTERS + 2] = heads();

#[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
const fn heads() -> [[u64; DIGITS + 1]; LETTERS + 2] {
    let (mut heads, mut n) = ([[0; DIGITS + 1]; LETTERS + 2], 0);
    while n < FORMS.len() {
        let (mut letters, mut digits, mut rest) = (0, 0, FORMS[n].shape);
        while let [b'A' | b'-', tail @ ..] = rest {
            (letters, rest) = (letters + 1, tail);
        }
        while let [b'9', tail @ ..] = rest {
            (digits, rest) = (digits + 1, tail);
        }
        heads[letters][digits] |= 1 << n;
        n += 1;
    }
    heads
}

/// What the last words of the labels end with, and words that stand between a label and its value.
const TAILS: [&[u8; 2]; 26] = [
    b"al", b"am", b"as", b"de", b"du", b"er", b"es", b"go", b"hl", b"ip", b"is", b"ka", b"ks", b"le", b"lo",
    b"lz", b"no", b"nr", b"od", b"oj", b"os", b"ro", b"sc", b"ss", b"st", b"wy",
];
/// The same: for the last letter but one, a bit for each last letter.
static BY_LETTER: [u32; 26] = by_letter();

#[allow(clippy::indexing_slicing, reason = "evaluated when compiled")]
const fn by_letter() -> [u32; 26] {
    let (mut table, mut n) = ([0; 26], 0);
    while n < TAILS.len() {
        let [first, last] = *TAILS[n];
        table[(first - b'a') as usize] |= 1 << (last - b'a');
        n += 1;
    }
    table
}

/// Longest mark between a label and its value, in bytes.
const MARK: usize = 8;

/// Whether the last word before `start` may belong to a label: so that most numbers are read for no label.
fn may_be_labelled(text: &[u8], start: usize) -> bool {
    let end = run_back(text, start, MARK, |b| !b.is_ascii_alphabetic() && b < 0x80);
    let [first, last] = [before(text, end.saturating_sub(1)), before(text, end)];
    let number = |b: u8| usize::from((b | 0x20).wrapping_sub(b'a'));
    first >= 0x80
        || last >= 0x80
        || BY_LETTER.get(number(first)).is_some_and(|row| number(last) < 26 && row >> number(last) & 1 == 1)
}

const fn short(shape: &'static [u8]) -> Form {
    Form { is_short: true, ..form(shape) }
}

impl Form {
    /// Whether `text` begins with a code of this form.
    fn fits(&self, text: &[u8]) -> bool {
        let is = |(form, byte): (&u8, &u8)| match form {
            b'9' => byte.is_ascii_digit(),
            b'A' => byte.is_ascii_alphabetic(),
            b'*' => byte.is_ascii_alphanumeric(),
            mark => byte == mark,
        };
        self.shape.len() <= text.len() && self.shape.iter().zip(text).all(is)
    }
}

/// The postal code whose first digits are those from `i` to `digits_end`.
pub(super) fn find(around: &Around<'_>, i: usize, digits_end: usize) -> Option<Hit> {
    let text = around.text;
    let hyphen = usize::from(before(text, i) == b'-');
    let letters = run_back(text, i - hyphen, LETTERS, |b| b.is_ascii_alphabetic());
    let start = if letters == i - hyphen { i } else { letters };
    let heads = HEADS.get(i - start).and_then(|row| row.get(digits_end - i)).copied().unwrap_or_default();
    if heads == 0 || !may_be_labelled(text, start) {
        return None;
    }
    let code = from(text, start);
    let begins_so = FORMS.iter().enumerate().filter(|(n, _)| heads >> n & 1 == 1).map(|(_, form)| form);
    let fitting = begins_so.filter(|form| form.fits(code));
    let whole = fitting.filter(|form| is_whole(text, start, start + form.shape.len()));
    let form = whole.max_by_key(|form| form.shape.len())?;
    let range = start..start + form.shape.len();
    let context = around.candidate(range.start, range.end);
    let is_code = context.beside(LABELS) && (!form.is_short || context.is_led_to());
    is_code.then_some(Hit { range, entity: EntityType::Location, score: 0.8, validated: false })
}

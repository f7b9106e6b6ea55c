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
/// A form, and how it begins.
struct Form {
    /// Letters in front of its first digit, and digits there.
    head: (usize, usize),
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
    let (mut head, mut rest) = ((0, 0), shape);
    while let [b'A' | b'-', tail @ ..] = rest {
        head.0 += 1;
        rest = tail;
    }
    while let [b'9', tail @ ..] = rest {
        head.1 += 1;
        rest = tail;
    }
    Form { head, shape, is_short: false }
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
    let head = (i - start, digits_end - i);
    let code = from(text, start);
    let fitting = FORMS.iter().filter(|form| form.head == head && form.fits(code));
    let whole = fitting.filter(|form| is_whole(text, start, start + form.shape.len()));
    let form = whole.max_by_key(|form| form.shape.len())?;
    let range = start..start + form.shape.len();
    let context = around.candidate(range.start, range.end);
    let is_code = context.beside(LABELS) && (!form.is_short || context.is_led_to());
    is_code.then_some(Hit { range, entity: EntityType::Location, score: 0.8, validated: false })
}

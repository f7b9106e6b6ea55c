//! What a placeholder looks like after a model has bent it, and what only looks like one.
//!
//! A placeholder as this gateway writes it (`EMAIL_1`, upper case, `_`) is one wherever it stands. Models
//! write others: `Email_1` at the start of a sentence, `EMAIL\_1` in Markdown, `EMAIL-1` and `EMAIL 1` in
//! headlines. These are taken for placeholders only by themselves, where no identifier of a program, no
//! label of a form and no member of JSON could stand. `docs/placeholders.md` has the table;
//! `tests/data/bent_placeholders.toml` its cases. A number that the request's own text writes in any of
//! these forms belongs to no value (`mask`), so that only what a model makes up can be taken wrongly.
//!
//! Limits: at most [`MAX_LOOK_AHEAD`] bytes behind a number and [`LOOK_BEHIND`] before a name are looked at.

use crate::block::{Block, LANES};
use crate::bytes::{at, before, cut, from, run, run_back};
use crate::entity::MAX_NAME_LEN;

use super::edge::{Next, edge_follows, is_edge, is_space, sentence_end_follows};
use super::{MAX_DIGITS, parse_number};

/// Most bytes behind a number that decide whether it ends a placeholder: a plural `s`, a byte or an
/// apostrophe of three, and two more.
pub(super) const MAX_LOOK_AHEAD: usize = 6;
/// Bytes before a name that decide whether it begins one: a character of three bytes.
pub const LOOK_BEHIND: usize = 3;

/// A text, or a part of one that goes on.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// What stood right before, NUL where the text begins.
    pub before: [u8; LOOK_BEHIND],
    /// The bytes.
    pub bytes: &'a [u8],
    /// Whether the text ends with them.
    pub last: bool,
}

impl<'a> View<'a> {
    /// A text as a whole.
    #[must_use]
    pub fn whole(bytes: &'a [u8]) -> Self {
        Self { before: [0; LOOK_BEHIND], bytes, last: true }
    }

    /// The bytes right before `i`, the nearest last.
    fn left(&self, i: usize) -> [u8; LOOK_BEHIND] {
        let mut left = [0; LOOK_BEHIND];
        for (back, slot) in (1..=LOOK_BEHIND).zip(left.iter_mut().rev()) {
            *slot = match i.checked_sub(back) {
                Some(i) => at(self.bytes, i),
                None => (LOOK_BEHIND + i).checked_sub(back).map_or(0, |k| at(&self.before, k)),
            };
        }
        left
    }

    /// What stands right before `i`, for a view that begins there.
    #[must_use]
    pub fn before(&self, i: usize) -> [u8; LOOK_BEHIND] {
        self.left(i)
    }
}

/// Whether a placeholder stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It does not.
    No,
    /// What follows will say.
    Open,
    /// It does: its number, and where it ends.
    Yes(u32, usize),
}

/// The forms that what was read of a name may still be of.
struct Forms {
    /// All letters are capitals.
    upper: bool,
    /// The first letter is a capital; only first letters of words are.
    title: bool,
    /// No letter is a capital.
    lower: bool,
    /// A space or hyphen stands for one of the `_`.
    spaced: bool,
}

impl Forms {
    fn all() -> Self {
        Self { upper: true, title: true, lower: true, spaced: false }
    }

    /// Takes a letter in; `first` of a word, `very_first` of the name.
    fn letter(&mut self, c: u8, first: bool, very_first: bool) {
        if c.is_ascii_uppercase() {
            self.lower = false;
            self.title &= first;
        } else if c.is_ascii_lowercase() {
            self.upper = false;
            self.title &= !very_first;
        }
    }

    /// Takes a separator in.
    fn separator(&mut self, spaced: bool) {
        self.spaced |= spaced;
        if spaced {
            self.title = false;
            self.lower = false;
        }
    }

    /// As this gateway writes it, but for a `\` before `_`.
    fn exact(&self) -> bool {
        self.upper && !self.spaced
    }

    /// Whether a placeholder of these forms can stand behind `left`.
    fn may_follow(&self, left: [u8; LOOK_BEHIND]) -> bool {
        self.exact() || (self.upper || self.title) && is_edge(left) || self.lower && is_space(left)
    }
}

/// What stands between the words of a name, and before the number.
enum Separator {
    /// So many bytes; whether it is a space or hyphen.
    Is(usize, bool),
    /// A `\` with which the text ends.
    Open,
    Not,
}

/// The separator at `i`: `_`, also behind the `\` of Markdown (two of them where the text is JSON inside
/// of JSON), or a space or hyphen.
fn separator(text: &[u8], i: usize) -> Separator {
    let escapes = run(text, i, |b| b == b'\\') - i;
    match text.get(i + escapes) {
        Some(b'_') if escapes <= 2 => Separator::Is(escapes + 1, false),
        Some(b' ' | b'-') if escapes == 0 => Separator::Is(1, true),
        None if (1..=2).contains(&escapes) => Separator::Open,
        _ => Separator::Not,
    }
}

/// Where the separator that ends before `end` begins.
fn separator_back(text: &[u8], floor: usize, end: usize) -> Option<usize> {
    let mut start = end.checked_sub(1).filter(|i| *i >= floor)?;
    match at(text, start) {
        b' ' | b'-' => Some(start),
        b'_' => {
            for _ in 0..2 {
                match start.checked_sub(1) {
                    Some(i) if i >= floor && at(text, i) == b'\\' => start = i,
                    _ => break,
                }
            }
            Some(start)
        }
        _ => None,
    }
}

/// Where `name`, in any form and with the separator of a number behind it, begins, if it ends before the
/// number at `number` and begins at `floor` or later.
pub(super) fn start_of(name: &[u8], text: &[u8], floor: usize, number: usize) -> Option<usize> {
    let mut i = separator_back(text, floor, number)?;
    for b in name.iter().rev() {
        if *b == b'_' {
            i = separator_back(text, floor, i)?;
        } else {
            i = i.checked_sub(1).filter(|i| *i >= floor)?;
            if !at(text, i).eq_ignore_ascii_case(b) {
                return None;
            }
        }
    }
    Some(i)
}

/// Whether a placeholder of the type `name` stands at `start`. `known` says whether a number has a value,
/// `begins` whether the number of a value begins with these digits.
pub(super) fn verdict(
    name: &[u8],
    view: &View<'_>,
    start: usize,
    known: impl Fn(u32) -> bool,
    begins: impl Fn(u32) -> bool,
) -> Verdict {
    let text = view.bytes;
    if !at(text, start).eq_ignore_ascii_case(&at(name, 0)) {
        return Verdict::No;
    }
    let left = view.left(start);
    let mut forms = Forms::all();
    let open = |forms: &Forms| match !view.last && forms.may_follow(left) {
        true => Verdict::Open,
        false => Verdict::No,
    };
    let (mut i, mut first_of_word) = (start, true);
    for (k, b) in name.iter().chain(b"_").enumerate() {
        let Some(c) = text.get(i) else { return open(&forms) };
        if *b == b'_' {
            match separator(text, i) {
                // Where words of the name are apart, the number is as well: in `WORK EMAIL_1` the second word is
                // a placeholder as this gateway writes it, and the first one is not a part of it.
                Separator::Is(_, false) if k == name.len() && forms.spaced => return Verdict::No,
                Separator::Is(len, spaced) => {
                    forms.separator(spaced);
                    i += len;
                }
                Separator::Open => return open(&forms),
                Separator::Not => return Verdict::No,
            }
            first_of_word = true;
        } else {
            if !c.eq_ignore_ascii_case(b) {
                return Verdict::No;
            }
            forms.letter(*c, first_of_word, k == 0);
            first_of_word = false;
            i += 1;
        }
        if !forms.may_follow(left) {
            return Verdict::No;
        }
    }
    if i == text.len() {
        return open(&forms);
    }
    let Some((number, end)) = parse_number(text, i) else { return Verdict::No };
    if end == text.len() && !view.last {
        return if begins(number) { open(&forms) } else { Verdict::No };
    }
    if !known(number) {
        return Verdict::No;
    }
    let rest = from(text, end);
    let next = match () {
        () if forms.exact() => Next::Yes,
        () if forms.upper || forms.title => edge_follows(rest, view.last, forms.spaced),
        () if rest.is_empty() && view.last && left == [0; LOOK_BEHIND] => Next::Yes,
        () => sentence_end_follows(rest, view.last),
    };
    match next {
        Next::Yes => Verdict::Yes(number, end),
        Next::No => Verdict::No,
        Next::Open => Verdict::Open,
    }
}

/// The first digit from 1 to 9 at `i` or later with `_`, a space or a hyphen before it: where the number of
/// a placeholder may begin. `text.len()` where there is none.
#[must_use]
pub fn next_number(text: &[u8], i: usize) -> usize {
    let separated = |i: usize| matches!(before(text, i), b'_' | b' ' | b'-');
    let mut i = i.max(1);
    // Digits are rare in most texts: what stands before them is looked at one by one.
    while i + LANES <= text.len() {
        let mut digits = Block::at(text, i, 0).within(b'1', b'9').bits();
        while digits != 0 {
            let digit = i + digits.trailing_zeros() as usize;
            if separated(digit) {
                return digit;
            }
            digits &= digits - 1;
        }
        i += LANES;
    }
    let rest = from(text, i).iter().zip(i..);
    let digit = rest.filter(|(b, _)| matches!(b, b'1'..=b'9')).map(|(_, i)| i).find(|i| separated(*i));
    digit.unwrap_or(text.len())
}

/// Whether the content of a JSON string can hold a placeholder at all. Of what an escape can stand for,
/// only `\u` can be a part of one that is not seen.
#[must_use]
pub fn may_hold(raw: &[u8]) -> bool {
    next_number(raw, 1) < raw.len() || memchr::memchr_iter(b'\\', raw).any(|i| at(raw, i + 1) == b'u')
}

/// What may be a type's name before a number, as a text writes it, each separator as `_`.
pub struct Written {
    /// Filled from the back.
    bytes: [u8; MAX_NAME_LEN],
    start: usize,
    /// A bit for each separator that is a space or hyphen: the lowest for that before the number, the next
    /// for the name's last byte, and so on.
    spaced: u64,
}

impl Written {
    /// What stands before the number at `number`. It is empty where a space or hyphen stands before the
    /// number and no word of capitals before that.
    #[must_use]
    pub fn before(text: &[u8], number: usize) -> Self {
        let mut name = Self { bytes: [0; MAX_NAME_LEN], start: MAX_NAME_LEN, spaced: 0 };
        let Some(mut i) = separator_back(text, 0, number) else { return name };
        if matches!(at(text, i), b' ' | b'-') {
            let word = run_back(text, i, MAX_NAME_LEN, |b| b.is_ascii_uppercase() || b.is_ascii_digit());
            if word == i || !at(text, word).is_ascii_uppercase() {
                return name;
            }
            name.spaced = 1;
        }
        while name.start > 0 {
            let c = before(text, i);
            let (written, spaced) = if c.is_ascii_alphanumeric() {
                i -= 1;
                (c, false)
            } else if let Some(start) = separator_back(text, 0, i) {
                i = start;
                (b'_', c != b'_')
            } else {
                break;
            };
            name.spaced |= u64::from(spaced) << (MAX_NAME_LEN + 1 - name.start);
            name.start -= 1;
            if let Some(slot) = name.bytes.get_mut(name.start) {
                *slot = written;
            }
        }
        name
    }

    /// The bytes, letters as they are written.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        from(&self.bytes, self.start)
    }

    /// Whether its end, which is `name` but for case, is of a form that a placeholder can have: capitals
    /// alone where a space or hyphen stands for a `_`.
    #[must_use]
    pub fn may_be(&self, name: &str) -> bool {
        let end = cut(&self.bytes, MAX_NAME_LEN.saturating_sub(name.len())..MAX_NAME_LEN);
        let separators = self.spaced & ((2 << name.len()) - 1);
        separators == 0 || !end.iter().any(u8::is_ascii_lowercase)
    }
}

/// Longest that a placeholder of this type and what decides about it can be.
pub(super) fn reach(name: &[u8]) -> usize {
    let separators = 1 + name.iter().filter(|b| **b == b'_').count();
    name.len() + 1 + 2 * separators + MAX_DIGITS + MAX_LOOK_AHEAD
}

/// The first place from `i` on where a placeholder may begin: with a letter of `letters` (a bit each, `a` the
/// lowest), a small one only as a text's first or behind white space.
pub(super) fn next_beginning(view: &View<'_>, i: usize, letters: u32) -> Option<usize> {
    let is = |(b, i): &(&u8, usize)| {
        b.is_ascii_alphabetic()
            && letters & (1 << ((*b | 0x20) - b'a')) != 0
            && (b.is_ascii_uppercase() || is_space(view.left(*i)))
    };
    from(view.bytes, i).iter().zip(i..).find(is).map(|(_, i)| i)
}

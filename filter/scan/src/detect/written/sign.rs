//! What stands in a text for something else, and what for.
//!
//! Sources: RFC 8259, section 7, and what programs print beyond it (`\'`, `\x40`); CommonMark, section 2.4 (a `\` before
//! punctuation) and 6.2 (`_`); RFC 3986, section 2.1 (`%40`), also encoded twice; HTML, section 13.1.4 (`&#64;`); ECMA-48
//! (colours of terminals); Unicode, "Default_Ignorable_Code_Point", and the digits of decimal systems.

use crate::block::{Block, LANES};
use crate::bytes::{at, before, cut, run};
use crate::json::code_point;

/// Longest sign, in bytes: JSON inside of JSON doubles backslashes, addresses inside of addresses `%25`.
const LONGEST: usize = 24;
/// Longest text that Markdown's marks are looked for around, in bytes.
const MAX_EMPHASIS: usize = 160;

/// Something that is written otherwise.
pub(super) struct Sign {
    /// How many bytes it has.
    pub(super) len: usize,
    meaning: Meaning,
    /// Whether it is no more than punctuation of its script, which counts only beside others.
    weak: bool,
}

enum Meaning {
    Nothing,
    Char(char),
    /// A byte of a character.
    Byte(u8),
}

impl Sign {
    /// What it means.
    pub(super) fn meaning<'a>(&self, room: &'a mut [u8; 4]) -> &'a [u8] {
        match self.meaning {
            Meaning::Nothing => &[],
            Meaning::Char(c) => c.encode_utf8(room).as_bytes(),
            Meaning::Byte(byte) => {
                *room = [byte; 4];
                cut(room, 0..1)
            }
        }
    }

    fn new(len: usize, meaning: Meaning) -> Self {
        Self { len, meaning, weak: false }
    }

    fn of(c: char, len: usize) -> Self {
        Self::new(len, folded(c).unwrap_or(Meaning::Char(c)))
    }
}

/// The first sign from `i` on, and where it stands; `all` counts what is weak as well.
pub(super) fn next(text: &[u8], i: usize, all: bool) -> Option<(usize, Sign)> {
    let mut base = i;
    while base < text.len() {
        let block = Block::at(text, base, b' ');
        // `\\` and `_` lie close together, and so do `%` and `&`; the first bytes of characters are told apart below.
        let ascii = block.within(b'\\', b'_') | block.within(b'%', b'&') | block.equal(0x1B);
        let marks = block.equal(b'~') | block.equal(b'+') | block.within(0xC2, 0xEF);
        let mut found = (ascii | marks).bits();
        while found != 0 {
            let i = base + found.trailing_zeros() as usize;
            found &= found - 1;
            if let Some(sign) = sign_at(text, i).filter(|sign| all || !sign.weak) {
                return Some((i, sign));
            }
        }
        base += LANES;
    }
    None
}

fn sign_at(text: &[u8], i: usize) -> Option<Sign> {
    match at(text, i) {
        b'\\' => escape(text, i),
        b'%' => percent(text, i),
        b'&' => entity(text, i),
        0x1B => colour(text, i + 1).map(|end| space(end - i)),
        b'_' | b'~' => emphasis(text, i),
        b'+' => plus(text, i),
        // The first bytes of the characters that `folded` knows.
        0xC2 | 0xD9 | 0xDB | 0xE0 | 0xE2 | 0xEF => character(text, i),
        _ => None,
    }
}

/// The text as far as a sign at `i` can reach.
fn near(text: &[u8], i: usize) -> &[u8] {
    cut(text, 0..(i + LONGEST).min(text.len()))
}

fn space(len: usize) -> Sign {
    Sign::new(len, Meaning::Char(' '))
}

/// `\n`, `\u0040`, `\x40`, `\"`, `\_`, behind any number of backslashes, and the colours of terminals as programs
/// print them (`\u001b[31m`, `\033[0m`).
fn escape(text: &[u8], i: usize) -> Option<Sign> {
    let letter = run(near(text, i), i, |b| b == b'\\');
    let (c, end) = match at(text, letter) {
        b'n' => ('\n', letter + 1),
        b'r' => ('\r', letter + 1),
        b't' => ('\t', letter + 1),
        b'b' | b'f' | b'v' => (' ', letter + 1),
        b'u' => {
            let (unit, len) = code_point(text, letter - 1)?;
            (char::from_u32(unit)?, letter - 1 + len)
        }
        b'x' => (char::from(hex_pair(text, letter + 1).filter(u8::is_ascii)?), letter + 3),
        b'0' if cut(text, letter..letter + 3) == b"033" => ('\x1B', letter + 3),
        b'e' if at(text, letter + 1) == b'[' => ('\x1B', letter + 1),
        b if b.is_ascii_punctuation() => (char::from(b), letter + 1),
        _ => return None,
    };
    match c {
        '\x1B' => colour(text, end).map(|end| space(end - i)),
        c => Some(Sign::of(c, end - i)),
    }
}

/// The end of a control sequence whose `[` stands at `i`.
fn colour(text: &[u8], i: usize) -> Option<usize> {
    let end = run(near(text, i), i + 1, |b| matches!(b, b'0'..=b'9' | b';' | b':' | b'?'));
    (at(text, i) == b'[' && at(text, end).is_ascii_alphabetic()).then_some(end + 1)
}

fn hex_pair(text: &[u8], i: usize) -> Option<u8> {
    let digit = |i| char::from(at(text, i)).to_digit(16);
    Some((digit(i)? * 16 + digit(i + 1)?) as u8)
}

/// `%40`, or `%2540`.
fn percent(text: &[u8], i: usize) -> Option<Sign> {
    let text = near(text, i);
    let mut digits = i + 1;
    while cut(text, digits..digits + 2) == b"25" && hex_pair(text, digits + 2).is_some() {
        digits += 2;
    }
    let (byte, len) = (hex_pair(text, digits)?, digits + 2 - i);
    let meaning = if byte.is_ascii() { Meaning::Char(char::from(byte)) } else { Meaning::Byte(byte) };
    Some(Sign::new(len, meaning))
}

/// `&#64;`, `&#x40;`, and the names of what stands in values or around them.
fn entity(text: &[u8], i: usize) -> Option<Sign> {
    const NAMES: [(&[u8], char); 22] = [
        (b"nbsp", ' '),
        (b"ensp", ' '),
        (b"emsp", ' '),
        (b"thinsp", ' '),
        (b"lt", '<'),
        (b"gt", '>'),
        (b"amp", '&'),
        (b"quot", '"'),
        (b"apos", '\''),
        (b"commat", '@'),
        (b"period", '.'),
        (b"comma", ','),
        (b"plus", '+'),
        (b"lpar", '('),
        (b"rpar", ')'),
        (b"hyphen", '-'),
        (b"lowbar", '_'),
        (b"colon", ':'),
        (b"equals", '='),
        (b"sol", '/'),
        (b"num", '#'),
        (b"shy", '\u{AD}'),
    ];
    let name = i + 1;
    let end = run(cut(text, 0..(name + 9).min(text.len())), name, |b| b.is_ascii_alphanumeric() || b == b'#');
    if at(text, end) != b';' {
        return None;
    }
    let c = match cut(text, name..end) {
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        written => NAMES.iter().find(|(name, _)| *name == written)?.1,
    };
    Some(Sign::of(c, end + 1 - i))
}

fn number(digits: &[u8], radix: u32) -> Option<char> {
    char::from_u32(u32::from_str_radix(core::str::from_utf8(digits).ok()?, radix).ok()?)
}

/// `_` and `~~` around words, which Markdown does not show. `_` inside of a name, or around one (`__init__`), is itself.
fn emphasis(text: &[u8], i: usize) -> Option<Sign> {
    let mark = at(text, i);
    let end = run(near(text, i), i, |b| b == mark);
    let in_word = |b: u8| b.is_ascii_alphanumeric() || b >= 0x80 || b == b'_';
    let (behind, ahead) = (before(text, i), at(text, end));
    if end - i > 3 || mark == b'~' && end - i != 2 {
        return None;
    }
    if in_word(behind) {
        return (!in_word(ahead)).then(|| Sign { weak: true, ..space(end - i) });
    }
    let opens = behind != b'.' && (in_word(ahead) || matches!(ahead, b'+' | b'('));
    (opens && is_closed(text, end, mark)).then(|| space(end - i))
}

/// Whether the words from `i` on end with `mark` in their line, and are no name of a program.
fn is_closed(text: &[u8], i: usize, mark: u8) -> bool {
    let line = cut(text, i..(i + MAX_EMPHASIS).min(text.len()));
    let mut is_name = true;
    for (n, b) in line.iter().enumerate() {
        if *b == mark && !is_name && !at(line, n + 1).is_ascii_alphanumeric() {
            return true;
        }
        if matches!(b, b'\n' | b'\r') {
            return false;
        }
        is_name &= b.is_ascii_alphabetic() || *b == b'_';
    }
    false
}

/// The space of form data (`4111+1111+1111+1111`), between digits and parentheses alone: in an e-mail address it is
/// itself.
fn plus(text: &[u8], i: usize) -> Option<Sign> {
    let (behind, ahead) = (before(text, i), at(text, i + 1));
    let joins = (behind.is_ascii_digit() || behind == b')')
        && (ahead.is_ascii_digit() || matches!(ahead, b'(' | b'%'));
    let digits = |range| cut(text, range).iter().filter(|b| b.is_ascii_digit()).count() == 3;
    let weak = !(digits(i.saturating_sub(3)..i) && digits(i + 1..i + 4));
    joins.then(|| Sign { weak, ..space(1) })
}

/// A character that stands for another, or for none.
fn character(text: &[u8], i: usize) -> Option<Sign> {
    let len = if at(text, i) < 0xE0 { 2 } else { 3 };
    let c = core::str::from_utf8(cut(text, i..i + len)).ok()?.chars().next()?;
    let beside_ascii = before(text, i).is_ascii_alphanumeric() || at(text, i + len).is_ascii_alphanumeric();
    let before_digit = matches!(cut(text, i + len..i + len + 3), [0xEF, 0xBC, 0x90..=0x99]);
    let meaning = folded(c)?;
    let weak = match meaning {
        // Joiners are letters' own in many scripts.
        Meaning::Nothing => !beside_ascii,
        Meaning::Char(c) => !c.is_ascii_alphanumeric() && c != '@' && !beside_ascii && !before_digit,
        Meaning::Byte(_) => false,
    };
    Some(Sign { len, meaning, weak })
}

/// What a character stands for, where that is not itself.
fn folded(c: char) -> Option<Meaning> {
    let digit = |zero: u32| char::from_digit((u32::from(c) - zero) & 15, 10).map(Meaning::Char);
    match c {
        '\u{AD}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' => Some(Meaning::Nothing),
        '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' => Some(Meaning::Char(' ')),
        '\u{2010}' | '\u{2011}' | '\u{2212}' => Some(Meaning::Char('-')),
        // Full-width letters, digits and the signs of addresses and numbers.
        '\u{FF08}'..='\u{FF0B}'
        | '\u{FF0D}'..='\u{FF19}'
        | '\u{FF20}'..='\u{FF3A}'
        | '\u{FF3F}'
        | '\u{FF41}'..='\u{FF5A}' => char::from_u32(u32::from(c) - 0xFEE0).map(Meaning::Char),
        '\u{660}'..='\u{669}' => digit(0x660),
        '\u{6F0}'..='\u{6F9}' => digit(0x6F0),
        // Devanagari to Malayalam have theirs at the same place of every block of 128.
        '\u{966}'..='\u{D6F}' if matches!(u32::from(c) & 0x7F, 0x66..=0x6F) => {
            digit(u32::from(c) & !0x7F | 0x66)
        }
        '\u{E50}'..='\u{E59}' => digit(0xE50),
        _ => None,
    }
}

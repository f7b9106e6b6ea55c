//! From a name to the value that it is given: `NAME=value`, `"name": "value"`, `name := 'value'`,
//! `--name value`, `<name attribute="…">value</name>`, `set("name", "value")`, `name: NAME` with `value: …`
//! on the next line, `name string = "value"`, `"value" == name`, `name is value`.
//!
//! Limits: 48 bytes between the two (96 of attributes in a tag), 512 of a value, both on one line but for tags and `value:`.

use core::ops::Range;

use super::name::Name;
use crate::bytes::{at, before, cut, from, run, run_back};

/// Most bytes between a name and its value.
const MAX_GAP: usize = 48;
/// Most bytes of attributes in a tag.
const MAX_TAG: usize = 96;
/// Longest value that is looked at.
const MAX_VALUE: usize = 512;

/// How a value hangs on its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bond {
    /// By `=`, `:` or as the content of a tag.
    Assigned,
    /// As a line of a shell's or an INI file: `NAME=value`, so that a bare word is a value too.
    Literal,
    /// As the argument of an option: `--name value`.
    Option,
    /// As a further argument of a call, or the next member of a list: a string, if any.
    Argument,
    /// By "is" or "was".
    Said,
    /// Next to it.
    Beside,
}

/// A value and how it hangs on its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) range: Range<usize>,
    pub(super) bond: Bond,
    pub(super) quoted: bool,
}

/// Words between a name and its value that say nothing, or only its type.
const FILLERS: [&[u8]; 12] = [
    b"string", b"str", b"value", b"bytes", b"byte", b"char", b"or", b"as", b"text", b"const", b"equals",
    b"default",
];

/// Most values that are looked at in one unquoted run: a query has some, `key=key=key=…` has no end of them.
const MAX_SHARED: usize = 8;

/// Where unquoted values end, so that a run is walked once and not once a name.
#[derive(Debug, Default)]
pub(super) struct Ends {
    known: Range<usize>,
    uses: usize,
}

impl Ends {
    fn of(&mut self, text: &[u8], i: usize) -> Option<usize> {
        if !self.known.contains(&i) {
            let stop = (i + MAX_VALUE).min(text.len());
            let window = cut(text, 0..stop);
            let ends = |b| b <= b' ' || matches!(b, b'"' | b'\'' | b'`' | b'<' | b'\\' | b';' | b',' | b'|');
            let mut end = run(window, i, |b| !ends(b) && b != b'&');
            // A `&` is a character like others where no further parameter follows it.
            while at(window, end) == b'&' && !is_parameter(window, end + 1) {
                end = run(window, end + 1, |b| !ends(b) && b != b'&');
            }
            self.known = i..end;
            self.uses = 0;
        }
        self.uses += 1;
        (self.uses <= MAX_SHARED).then_some(self.known.end)
    }
}

/// Whether at `i` stands `name=`, or the rest of an escaped `&amp;`.
fn is_parameter(text: &[u8], i: usize) -> bool {
    let window = cut(text, 0..(i + MAX_GAP).min(text.len()));
    let end = run(window, i, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    end > i && matches!(at(text, end), b'=' | b';')
}

fn is_quote(b: u8) -> bool {
    matches!(b, b'"' | b'\'' | b'`')
}

/// The value of `name`.
pub(super) fn value_of(text: &[u8], name: &Name, ends: &mut Ends) -> Option<Value> {
    let Range { start, end } = name.range.clone();
    if before(text, start) == b'<' {
        return in_tag(text, end);
    }
    if let Some(value) = compared(text, start) {
        return Some(value);
    }
    let (gap_end, bond) = gap(text, &name.range)?;
    let (i, quoted) = opened(text, gap_end);
    // `password.len()`, `pass(1, 2)`: what runs into a name belongs to it, and a bare argument is a variable.
    let apart = matches!(before(text, gap_end), b' ' | b'\t' | b'\n' | b'=' | b':' | b'>');
    if !quoted && (!apart || bond == Bond::Argument) {
        return None;
    }
    let value = if quoted { until_quote(text, i)? } else { bare(text, i, ends) };
    let bond =
        if bond == Bond::Assigned && is_line(text, &name.range, &value) { Bond::Literal } else { bond };
    (!value.is_empty()).then_some(Value { range: value, bond, quoted })
}

/// The content of the tag whose name ends at `i`.
fn in_tag(text: &[u8], i: usize) -> Option<Value> {
    let window = cut(text, 0..(i + MAX_TAG).min(text.len()));
    let close = run(window, i, |b| !matches!(b, b'<' | b'>'));
    if at(window, close) != b'>' || before(window, close) == b'/' {
        return None;
    }
    let start = run(text, close + 1, |b| b.is_ascii_whitespace());
    let window = cut(text, 0..(start + MAX_VALUE).min(text.len()));
    let stop = run(window, start, |b| b != b'<' && b != b'\n');
    let after = run(window, stop, |b| b.is_ascii_whitespace());
    let content = cut(text, start..stop).trim_ascii_end();
    if at(window, after) != b'<' || content.is_empty() {
        return None;
    }
    // A label and the secret: the last word of several, without brackets around them.
    let word = content.iter().rposition(|b| *b == b' ').map_or(0, |n| n + 1);
    let end = start + content.len() - usize::from(word > 0 && content.ends_with(b"}"));
    Some(Value { range: start + word..end, bond: Bond::Assigned, quoted: word == 0 })
}

/// The string that the name at `i` is compared with: `"value" == name`.
fn compared(text: &[u8], i: usize) -> Option<Value> {
    let operator = run_back(text, i, 3, |b| b == b' ');
    let quote = run_back(text, operator, 3, |b| matches!(b, b'=' | b'!'));
    if operator - quote < 2 {
        return None;
    }
    let end = run_back(text, quote, 3, |b| b == b' ').checked_sub(1)?;
    let mark = at(text, end);
    let start = run_back(text, end, MAX_VALUE, |b| b != mark && b != b'\n');
    (is_quote(mark) && before(text, start) == mark).then_some(Value {
        range: start..end,
        bond: Bond::Assigned,
        quoted: true,
    })
}

/// Walks from a name to where its value begins.
fn gap(text: &[u8], name: &Range<usize>) -> Option<(usize, Bond)> {
    let mark = before(text, name.start);
    let named = is_quote(mark);
    let mut i = name.end;
    if named {
        let quote = run(text, i, |b| b == b'\\');
        i = if at(text, quote) == mark { quote + 1 } else { i };
    }
    if from(text, i).starts_with(b"</key>") {
        // A property list: `<key>name</key> <string>value</string>`.
        i = run(text, i + 6, |b| b.is_ascii_whitespace());
        return from(text, i).starts_with(b"<string>").then_some((i + 8, Bond::Assigned));
    }
    let mut bond = if mark == b'-' || at(text, name.start) == b'-' { Bond::Option } else { Bond::Beside };
    let limit = name.end + MAX_GAP;
    while i < limit {
        match at(text, i) {
            b' ' | b'\t' => i += 1,
            // `Secret::Name` is a path; `NAME ::= "value"` is none.
            b':' if at(text, i + 1) == b':' && at(text, run(text, i, |b| b == b':')) != b'=' => return None,
            b'=' | b':' => {
                bond = Bond::Assigned;
                i += 1;
            }
            b'>' if before(text, i) == b'=' || before(text, i) == b'-' => {
                bond = Bond::Assigned;
                i += 1;
            }
            b'!' | b'?' | b'.' | b'+' | b'~' if matches!(at(text, i + 1), b'=' | b'?') => i += 1,
            b'|' if at(text, i + 1) == b'|' => i += 2,
            b',' if bond != Bond::Assigned => {
                bond = Bond::Argument;
                i += 1;
            }
            b'(' => {
                bond = if bond == Bond::Assigned { bond } else { Bond::Argument };
                i += 1;
            }
            b')' | b']' if named => i += 1,
            b'[' if at(text, i + 1) == b']' && bond == Bond::Assigned => i += 2,
            b'\n' | b'\r' | b'\\' => {
                let next = run(text, i, |b| b.is_ascii_whitespace());
                if next == i || !spells(text, next, b"value") || next > limit {
                    return Some((i, bond)).filter(|_| at(text, i) == b'\\');
                }
                i = next;
            }
            b if b.is_ascii_alphabetic() || b == b'@' => {
                let end = run(text, i, |b| b.is_ascii_alphanumeric() || b == b'_');
                if is_quote(at(text, i + 1)) {
                    // The mark of a kind of string: `b"…"`, `@"…"`.
                    return Some((i + 1, bond));
                }
                if bond != Bond::Assigned && (spells(text, i, b"is ") || spells(text, i, b"was ")) {
                    bond = Bond::Said;
                    i = end;
                } else if FILLERS.iter().any(|w| cut(text, i..end).eq_ignore_ascii_case(w))
                    && goes_on(text, end)
                {
                    i = end;
                } else {
                    return Some((i, bond));
                }
            }
            _ => return Some((i, bond)),
        }
    }
    None
}

fn spells(text: &[u8], i: usize, word: &[u8]) -> bool {
    text.get(i..i + word.len()).is_some_and(|w| w.eq_ignore_ascii_case(word))
}

/// Whether behind a filler word an operator or a string follows.
fn goes_on(text: &[u8], i: usize) -> bool {
    let next = at(text, run(text, i, |b| matches!(b, b' ' | b'\t')));
    matches!(next, b'=' | b':') || is_quote(next)
}

/// Where the value at `i` begins behind its opening quote, and whether it has one.
fn opened(text: &[u8], i: usize) -> (usize, bool) {
    let quote = run(text, i, |b| b == b'\\');
    if is_quote(at(text, quote)) {
        let mark = at(text, quote);
        let third = cut(text, quote..quote + 3) == [mark, mark, mark];
        return (quote + if third { 3 } else { 1 }, true);
    }
    if from(text, i).starts_with(b"&quot;") {
        return (i + 6, true);
    }
    (i, false)
}

/// The value behind the quote before `i`, up to the next of its kind on the line.
fn until_quote(text: &[u8], i: usize) -> Option<Range<usize>> {
    let mark = before(text, i);
    let window = cut(text, 0..(i + MAX_VALUE).min(text.len()));
    if mark == b';' {
        let end = memchr::memmem::find(from(window, i), b"&quot;")?;
        return Some(i..i + end);
    }
    let end = run(window, i, |b| b != mark && b != b'\n');
    let escapes = cut(text, i..end).iter().rev().take_while(|b| **b == b'\\').count();
    (at(text, end) == mark).then_some(i..end - escapes)
}

/// The unquoted value at `i`: up to white space or a quote, a `;`, `,` or `&`, without what closes brackets
/// around it.
fn bare(text: &[u8], i: usize, ends: &mut Ends) -> Range<usize> {
    let Some(mut end) = ends.of(text, i) else { return i..i };
    // Cut short by whoever wrote it.
    if cut(text, i..end).ends_with(b"...") {
        return i..i;
    }
    let opens = |mark: u8, end: usize| cut(text, i..end).contains(&mark);
    while end > i {
        let closes = match before(text, end) {
            b')' => !opens(b'(', end),
            b']' => !opens(b'[', end),
            b'}' => !opens(b'{', end),
            b'.' | b':' | b'>' => true,
            _ => false,
        };
        if !closes {
            break;
        }
        end -= 1;
    }
    i..end
}

/// Whether name and value make up a line as a shell or an INI file has it: `export NAME=value`.
fn is_line(text: &[u8], name: &Range<usize>, value: &Range<usize>) -> bool {
    let tight = value.start == name.end + 1 && at(text, name.end) == b'=';
    let head = run_back(text, name.start, 8, |b| !matches!(b, b'\n'));
    let head = cut(text, head..name.start);
    let begins = head.is_empty() || head == b"export " || head.trim_ascii().is_empty() || head == b"set ";
    let rest = run(text, value.end, |b| matches!(b, b' ' | b'\t' | b'\r'));
    let ends = rest >= text.len() || matches!(at(text, rest), b'\n' | b'#');
    let capitals = cut(text, name.clone()).iter().all(|b| !b.is_ascii_lowercase());
    tight && begins && ends && capitals
}

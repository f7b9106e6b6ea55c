//! Whether a string looks drawn at random, or stands for a value that somebody else is to put in.

use crate::bytes::{at, cut, from, run};

/// Groups of characters, for counting the changes from one to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Digit,
    Lower,
    Upper,
    Other,
}

fn group(byte: u8) -> Group {
    match byte {
        b'0'..=b'9' => Group::Digit,
        b'a'..=b'z' => Group::Lower,
        b'A'..=b'Z' => Group::Upper,
        _ => Group::Other,
    }
}

/// What is counted in a string.
#[derive(Debug, Default)]
struct Counts {
    digits: usize,
    letters: usize,
    others: usize,
    /// Changes between a letter and a digit.
    mixed: usize,
    /// Changes from a small letter to a capital.
    humps: usize,
    /// Letters in words: at most one capital, then small letters, four or more together, that can be spoken.
    worded: usize,
}

/// A word as it is read.
#[derive(Debug, Default)]
struct Word {
    letters: usize,
    vowels: usize,
    /// Consonants without a vowel between: at the end so far, and the most.
    cluster: usize,
    longest: usize,
}

impl Word {
    fn take(&mut self, byte: u8) {
        let vowel = matches!(byte | 0x20, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
        self.letters += 1;
        self.vowels += usize::from(vowel);
        self.cluster = if vowel { 0 } else { self.cluster + 1 };
        self.longest = self.longest.max(self.cluster);
    }

    /// Its letters, if it has the vowels of a word and no more consonants together than words have.
    fn spoken(&self) -> usize {
        if self.letters >= 4 && self.vowels * 5 >= self.letters && self.longest <= 3 {
            self.letters
        } else {
            0
        }
    }
}

impl Counts {
    fn of(token: &[u8]) -> Self {
        let mut counts = Self::default();
        let mut last = Group::Other;
        let mut word = Word::default();
        for byte in token.iter().copied().chain([0]) {
            let now = group(byte);
            match now {
                Group::Digit => counts.digits += 1,
                Group::Lower | Group::Upper => counts.letters += 1,
                Group::Other => counts.others += usize::from(byte != 0),
            }
            let letter = |g| matches!(g, Group::Lower | Group::Upper);
            let mixed = (last == Group::Digit && letter(now)) || (letter(last) && now == Group::Digit);
            counts.mixed += usize::from(mixed);
            counts.humps += usize::from(last == Group::Lower && now == Group::Upper);
            if now != Group::Lower {
                counts.worded += word.spoken();
                word = Word::default();
            }
            if letter(now) {
                word.take(byte);
            }
            last = now;
        }
        counts
    }
}

/// Whether `token` looks drawn at random: digits among its letters again and again, or capitals among its
/// small letters, where identifiers have words. What has digits only must have as many as an id of 64 bits.
pub(super) fn is_random(token: &[u8]) -> bool {
    if is_filler(token) || is_documented(token) {
        return false;
    }
    let counts = Counts::of(token);
    let len = token.len();
    if counts.letters == 0 {
        return counts.others == 0 && len >= 15;
    }
    // Words, joined by whatever (`my-service-v2-eu1`); a date with the letters of its zone.
    let hex = token.iter().all(u8::is_ascii_hexdigit);
    if (counts.worded * 2 > counts.letters && counts.mixed < 6 && !hex) || counts.letters * 8 < len {
        return false;
    }
    let needed = if len < 14 { 2 } else { 3 };
    counts.mixed >= needed.max(len / 16) || (counts.humps >= 2 && counts.humps * 6 >= len)
}

/// Whether a token is nobody's: few different characters, a stretch of an alphabet in its order, or `xxxx`.
pub(super) fn is_filler(token: &[u8]) -> bool {
    let mut seen = 0u128;
    let (mut rise, mut longest, mut crosses) = (1, 1, 0);
    let mut last = 0u8;
    let mut crossed = false;
    for byte in token.iter().copied() {
        seen |= 1 << (byte & 0x7F);
        rise = if byte == last.wrapping_add(1) { rise + 1 } else { 1 };
        longest = longest.max(rise);
        crosses = if matches!(byte, b'x' | b'X' | b'*' | b'.') && (byte == last || crosses == 0) {
            crosses + 1
        } else {
            0
        };
        crossed |= crosses >= 5;
        last = byte;
    }
    let wanted = if token.len() >= 12 { 6 } else { 3 };
    (token.len() >= 4 && seen.count_ones() < wanted) || longest >= 12 || crossed
}

/// Whether vendors' manuals write it in place of a real one: AWS and others end their examples so.
pub(super) fn is_documented(token: &[u8]) -> bool {
    token.iter().enumerate().any(|(n, b)| *b == b'X' && n > 0 && from(token, n - 1).starts_with(b"EXAMPLE"))
}

/// Words that stand in a value which somebody else is to put in, in lower case.
#[rustfmt::skip]
const STAND_INS: &[&[u8]] = &[
    b"example", b"changeme", b"change_me", b"change-me", b"your", b"placeholder", b"insert", b"dummy",
    b"fake", b"sample", b"redacted", b"replace", b"lorem", b"enter", b"masked", b"hidden", b"encrypted",
    b"notreal", b"not_real", b"goes_here", b"goeshere", b"todo", b"<", b"undefined",
];

/// Values that a name of a secret has where there is none.
#[rustfmt::skip]
const EMPTY: &[&[u8]] = &[
    b"password", b"passwd", b"passphrase", b"pass", b"pwd", b"secret", b"token", b"key", b"apikey",
    b"api_key", b"none", b"null", b"nil", b"true", b"false", b"yes", b"no", b"on", b"off", b"string",
    b"str", b"text", b"required", b"optional", b"empty", b"undefined", b"unknown", b"default", b"value",
    b"bytes", b"self", b"object", b"this", b"user", b"username", b"bearer", b"basic", b"hash", b"input",
    b"disabled", b"enabled",
];

/// Whether `value` is no value anywhere, not even where any word is one: a template or filler.
pub(super) fn is_blank(value: &[u8]) -> bool {
    is_template(value) || is_filler(value) || matches!(value.first(), Some(b'<' | b'[' | b'$'))
}

/// Whether `value` stands for a value: an empty word, a stand-in, a template, or filler.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    let mut folded = [0u8; 64];
    for (slot, byte) in folded.iter_mut().zip(value) {
        *slot = byte.to_ascii_lowercase();
    }
    let folded = cut(&folded, 0..value.len().min(64));
    EMPTY.contains(&folded)
        || ALGORITHMS.iter().any(|name| folded.starts_with(name) && value.len() <= name.len() + 4)
        || is_label(folded)
        || is_template(value)
        || is_filler(value)
        || is_documented(value)
        || has_stand_in(folded)
}

/// Algorithms and encodings, which names of secrets are followed by.
#[rustfmt::skip]
const ALGORITHMS: &[&[u8]] = &[
    b"sha1", b"sha256", b"sha384", b"sha512", b"md5", b"base64", b"utf8", b"utf-8", b"argon2", b"pbkdf2",
    b"hs256", b"rs256", b"aes128", b"aes256", b"oauth2",
];

/// Whether a value only repeats what it is: words, one of which is the name of a secret.
fn is_label(folded: &[u8]) -> bool {
    let joint = |b: u8| matches!(b, b'_' | b'-' | b'.' | b':');
    let words = folded.iter().enumerate().all(|(n, b)| {
        b.is_ascii_lowercase() || joint(*b) || (b.is_ascii_digit() && n > 0 && joint(at(folded, n - 1)))
    });
    let names: [&[u8]; 6] = [b"password", b"passwd", b"secret", b"token", b"credential", b"apikey"];
    words && names.iter().any(|n| folded.windows(n.len()).any(|w| w == *n))
}

/// Whether one of [`STAND_INS`] stands in `folded`.
fn has_stand_in(folded: &[u8]) -> bool {
    folded.iter().enumerate().any(|(n, byte)| {
        let may = matches!(byte, b'<' | b'c' | b'd'..=b'i' | b'l'..=b'n' | b'p' | b'r'..=b'u' | b'y');
        may && STAND_INS.iter().any(|word| word.first() == Some(byte) && from(folded, n).starts_with(word))
    })
}

/// Whether a variable stands in `value`: `${NAME}`, `$(…)`, `{{ name }}`, `{name}`, `%s`, `%(name)s`,
/// `#{name}`, `[NAME]`, `$NAME` or `%NAME%` as a whole.
fn is_template(value: &[u8]) -> bool {
    let name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b' ' | b':' | b'-');
    let closed = |open: usize, close: u8| {
        let end = run(value, open, name);
        at(value, end) == close
    };
    let first = value.first().copied().unwrap_or_default();
    if !matches!(first, b'$' | b'%' | b'[' | b'(') && !value.contains(&b'{') {
        return false;
    }
    let whole = match first {
        b'$' | b'%' => {
            value.iter().skip(1).all(|b| name(*b) || *b == b'%') && !value.iter().any(u8::is_ascii_lowercase)
                || (first == b'$' && value.iter().skip(1).all(|b| b.is_ascii_lowercase() || *b == b'_'))
        }
        b'[' => closed(1, b']') && value.ends_with(b"]"),
        b'{' => value.ends_with(b"}"),
        b'(' => value.ends_with(b")"),
        _ => false,
    };
    whole
        || value == b"%s"
        || value.starts_with(b"$(")
        || value.starts_with(b"${")
        || value.starts_with(b"%(")
        || memchr::memmem::find_iter(value, b"${").any(|n| closed(n + 2, b'}'))
        || memchr::memmem::find_iter(value, b"#{").any(|n| closed(n + 2, b'}'))
        || memchr::memmem::find_iter(value, b"{{").any(|n| {
            let end = run(value, n + 2, name);
            from(value, end).starts_with(b"}}")
        })
}

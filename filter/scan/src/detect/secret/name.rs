//! Names that call a value a secret: `DB_PASSWORD`, `apiKey`, `client-secret`, `Authorization`.
//!
//! A name is a run of letters, digits, `_`, `-` and `$` around a keyword. What the keyword is followed by may
//! make it the name of something else (`passwordField`, `token_url`, `keyId`), and so may what stands before
//! `key` and `token` (`primaryKey`, `csrf_token`).

use core::ops::Range;

use crate::bytes::{at, before, cut, from, run, run_back};

/// Longest part of a name before and behind its keyword.
const MAX_SIDE: usize = 48;

/// What a name calls its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A password: chosen by a person, anything goes.
    Password,
    /// A secret or credential, drawn at random or not.
    Secret,
    /// A key or token: drawn at random.
    Key,
    /// The same, by a name that has other meanings (`key`, `auth`).
    Weak,
    /// The secret half of an AWS key.
    AwsSecret,
    /// The account or access key in a connection string of Azure.
    Account,
}

/// A name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) range: Range<usize>,
    pub(super) kind: Kind,
}

fn lower(text: &[u8], i: usize) -> u8 {
    at(text, i).to_ascii_lowercase()
}

fn spells(text: &[u8], i: usize, word: &[u8]) -> bool {
    text.get(i..i + word.len()).is_some_and(|w| w.eq_ignore_ascii_case(word))
}

/// A keyword, from where on the pair of letters stands in it that betrays it, and what it calls a value.
type Keyword = (&'static [u8], usize, Kind);

/// The keywords whose pair begins with `s`, `w`, `p` and `c`.
const WITH_S: [Keyword; 6] = [
    (b"password", 2, Kind::Password),
    (b"passphrase", 2, Kind::Password),
    (b"passcode", 2, Kind::Password),
    (b"passwd", 2, Kind::Password),
    (b"passwrd", 2, Kind::Password),
    (b"pass", 2, Kind::Password),
];
const WITH_W: [Keyword; 4] = [
    (b"pswd", 2, Kind::Password),
    (b"paswd", 3, Kind::Password),
    (b"psswd", 3, Kind::Password),
    (b"pwd", 1, Kind::Password),
];
const WITH_P: [Keyword; 1] = [(b"pw", 0, Kind::Password)];
const WITH_C: [Keyword; 3] =
    [(b"secret", 2, Kind::Secret), (b"credential", 0, Kind::Secret), (b"cred", 0, Kind::Secret)];

/// The name around the pair of letters at `i` (`ss`, `wd`, `pw`, `cr`, `ke`, `au`).
pub(super) fn around(text: &[u8], i: usize) -> Option<Name> {
    let (keyword, kind) = keyword(text, i)?;
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$');
    let mut start = run_back(text, keyword.start, MAX_SIDE, is_name);
    // An escape in front (`\nTOKEN=…`) is no part of the name.
    if before(text, start) == b'\\' && matches!(at(text, start), b'n' | b'r' | b't') && start < keyword.start
    {
        start += 1;
    }
    let window = cut(text, 0..(keyword.end + MAX_SIDE).min(text.len()));
    let end = run(window, keyword.end, is_name);
    // An arrow or a dash behind it is no part of it either.
    let end = end - cut(text, keyword.end..end).iter().rev().take_while(|b| **b == b'-').count();
    let suffix = cut(text, keyword.end..end);
    // A verb: `pass_through`, `passArray`.
    let verb = keyword.len() == 4 && start == keyword.start && suffix.iter().any(u8::is_ascii_alphabetic);
    if !follows_well(suffix, before(text, keyword.end).is_ascii_uppercase()) || verb && kind == Kind::Password
    {
        return None;
    }
    let kind = precedes_well(text, start, keyword, kind)?;
    Some(Name { range: start..end, kind })
}

fn keyword(text: &[u8], i: usize) -> Option<(Range<usize>, Kind)> {
    match lower(text, i) {
        b'k' => {
            if i >= 2 && spells(text, i - 2, b"token") {
                return Some((i - 2..i + 3, Kind::Key));
            }
            spells(text, i, b"key").then_some((i..i + 3, Kind::Weak))
        }
        b'a' => {
            if spells(text, i, b"authorization") {
                return Some((i..i + 13, Kind::Key));
            }
            spells(text, i, b"auth").then_some((i..i + 4, Kind::Weak))
        }
        // Most words with such a pair are other ones: "necessary", "across".
        b's' if i >= 2 && lower(text, i - 2) == b'p' => one_of(&WITH_S, text, i),
        b'w' => one_of(&WITH_W, text, i),
        b'p' => one_of(&WITH_P, text, i),
        b'c' => one_of(&WITH_C, text, i),
        _ => None,
    }
}

fn one_of(keywords: &[Keyword], text: &[u8], i: usize) -> Option<(Range<usize>, Kind)> {
    let fits = |k: &&Keyword| i >= k.1 && spells(text, i - k.1, k.0);
    keywords.iter().find(fits).map(|k| (i - k.1..i - k.1 + k.0.len(), k.2))
}

/// Words behind a keyword that make the name one of something else.
#[rustfmt::skip]
const OTHER_THINGS: &[&[u8]] = &[
    b"id", b"ids", b"name", b"names", b"file", b"filename", b"files", b"path", b"paths", b"dir", b"folder",
    b"url", b"urls", b"uri", b"link", b"type", b"types", b"kind", b"length", b"len", b"size", b"count",
    b"num", b"number", b"field", b"fields", b"column", b"label", b"text", b"title", b"hint", b"message",
    b"msg", b"error", b"errors", b"err", b"status", b"state", b"enabled", b"disabled", b"required",
    b"expires", b"expiry", b"expiration", b"expired", b"exp", b"ttl", b"age", b"lifetime", b"time",
    b"timestamp", b"date", b"at", b"by", b"version", b"format", b"regex", b"regexp", b"pattern", b"rule",
    b"rules", b"policy", b"strength", b"min", b"max", b"limit", b"limits", b"usage", b"budget", b"vault",
    b"store", b"storage", b"selector", b"ring", b"chain", b"board", b"stone", b"word", b"words", b"note",
    b"pair", b"pairs", b"map", b"set", b"list", b"index", b"idx", b"provider", b"service", b"manager",
    b"handler", b"helper", b"factory", b"class", b"func", b"function", b"method", b"callback", b"reset",
    b"validator", b"validation", b"check", b"checker", b"input", b"placeholder", b"prompt", b"view",
    b"page", b"form", b"ref", b"reference", b"arn", b"source", b"src", b"scheme", b"algorithm", b"alg",
    b"bits", b"bytes", b"chars", b"event", b"down", b"up", b"binding", b"frame", b"management", b"rotation",
    b"server", b"mode", b"scope", b"issuer", b"audience", b"results", b"user", b"mgr", b"der", b"numbers",
    b"bundle",
];

/// Letters that may go on right behind a keyword.
const ENDINGS: [&[u8]; 6] = [b"", b"s", b"e", b"ss", b"any", b"test"];

/// Whether what follows the keyword leaves it the name of a secret.
fn follows_well(suffix: &[u8], capitals: bool) -> bool {
    let mut first = true;
    let glued =
        suffix.first().is_some_and(|b| b.is_ascii_lowercase() || (capitals && b.is_ascii_uppercase()));
    for word in Words(suffix) {
        let mut folded = [0; 16];
        for (slot, byte) in folded.iter_mut().zip(word) {
            *slot = byte.to_ascii_lowercase();
        }
        let folded = cut(&folded, 0..word.len().min(16));
        if first && glued && !ENDINGS.contains(&folded) {
            return false;
        }
        if OTHER_THINGS.contains(&folded) || has_keyword(folded) {
            return false;
        }
        first = false;
    }
    true
}

/// Whether another keyword follows, which then is the one to look at.
fn has_keyword(word: &[u8]) -> bool {
    [&b"key"[..], b"token", b"secret", b"password", b"passwd", b"pwd"].iter().any(|k| word.starts_with(k))
}

/// The words of an identifier: between separators and digits, and from a small letter to a capital.
struct Words<'a>(&'a [u8]);

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];
    fn next(&mut self) -> Option<&'a [u8]> {
        let start = run(self.0, 0, |b| !b.is_ascii_alphabetic());
        let capitals = run(self.0, start, |b| b.is_ascii_uppercase());
        let end =
            if capitals > start + 1 { capitals } else { run(self.0, capitals, |b| b.is_ascii_lowercase()) };
        let word = cut(self.0, start..end);
        self.0 = from(self.0, end);
        (!word.is_empty()).then_some(word)
    }
}

/// Words before `key` that make it none of a lock.
#[rustfmt::skip]
const OTHER_KEYS: &[&[u8]] = &[
    b"public", b"pub", b"primary", b"foreign", b"cache", b"bucket", b"partition", b"sort", b"index", b"row",
    b"sequence", b"seq", b"hot", b"short", b"composite", b"lookup", b"translation", b"i18n", b"hash",
    b"range", b"recv", b"websocket", b"storage", b"unique", b"join", b"group", b"object", b"dict", b"map",
    b"registry", b"config", b"column", b"field", b"arrow", b"idempotency", b"host", b"id", b"issue",
];

/// Words before `token` that make it none of access.
#[rustfmt::skip]
const OTHER_TOKENS: &[&[u8]] = &[
    b"csrf", b"xsrf", b"next", b"page", b"continuation", b"max", b"min", b"num", b"start", b"end", b"stop",
    b"eos", b"bos", b"pad", b"unk", b"mask", b"sep", b"cls", b"total", b"prompt", b"completion", b"input",
    b"output", b"cancellation", b"cancel", b"sync", b"cursor", b"special",
];

/// Small letters that may stand right before `key`, `pass` and `pw`, as ends of what stands there.
#[rustfmt::skip]
const GLUED_KEYS: &[&[u8]] = &[
    b"api", b"access", b"secret", b"auth", b"private", b"license", b"licence", b"master", b"encryption",
    b"signing", b"shared", b"account", b"app", b"client", b"deploy", b"service", b"p",
];
const GLUED_PASSES: [&[u8]; 12] =
    [b"db", b"my", b"user", b"ftp", b"smtp", b"mysql", b"sql", b"root", b"admin", b"mail", b"login", b"usr"];

/// The word before a keyword, in lower case, and whether small letters or capitals run into the keyword.
struct Before {
    word: [u8; 16],
    len: usize,
    glued: bool,
}

impl Before {
    /// Reads back over `_` and `-` in a name, or over the one space in a phrase (`API key`).
    fn of(text: &[u8], start: usize, keyword: usize) -> Self {
        let bare = run_back(text, keyword, 2.min(keyword - start), |b| matches!(b, b'_' | b'-'));
        let spaced = start == keyword && before(text, keyword) == b' ';
        let end = if spaced { keyword - 1 } else { bare };
        let (last, first) = (before(text, keyword), at(text, keyword));
        let glued = (last.is_ascii_lowercase() && first.is_ascii_lowercase())
            || (last.is_ascii_uppercase() && first.is_ascii_uppercase());
        let small = run_back(text, end, 16, |b| b.is_ascii_lowercase());
        let begin = if small < end {
            // The capital that begins a word in camel case.
            small - usize::from(before(text, small).is_ascii_uppercase())
        } else {
            run_back(text, end, 16, |b| b.is_ascii_uppercase())
        };
        let begin = if spaced { begin } else { begin.max(start) };
        let mut word = [0; 16];
        for (slot, byte) in word.iter_mut().zip(cut(text, begin..end)) {
            *slot = byte.to_ascii_lowercase();
        }
        Self { word, len: (end - begin).min(16), glued }
    }

    fn word(&self) -> &[u8] {
        cut(&self.word, 0..self.len)
    }

    fn is_one_of(&self, words: &[&[u8]]) -> bool {
        words.contains(&self.word())
    }

    /// The same where the word runs into the keyword and others may run into it.
    fn ends_like(&self, words: &[&[u8]]) -> bool {
        words.iter().any(|w| self.word().ends_with(w))
    }
}

/// What kind of name the keyword makes with what stands before it; none where it is that of something else.
fn precedes_well(text: &[u8], start: usize, keyword: Range<usize>, kind: Kind) -> Option<Kind> {
    let previous = Before::of(text, start, keyword.start);
    let short = keyword.len() <= 4;
    match kind {
        Kind::Weak if keyword.len() > 3 => {
            (!previous.glued || previous.ends_like(&[b"oauth", b"o"])).then_some(kind)
        }
        Kind::Weak if previous.glued => {
            previous.ends_like(GLUED_KEYS).then(|| strong_key(text, start, keyword.start, &previous))
        }
        Kind::Weak if previous.is_one_of(OTHER_KEYS) => None,
        Kind::Weak => Some(strong_key(text, start, keyword.start, &previous)),
        Kind::Key if previous.is_one_of(OTHER_TOKENS) => None,
        Kind::Password if short && previous.glued => {
            (previous.ends_like(&GLUED_PASSES) || keyword.len() == 3).then_some(kind)
        }
        Kind::Secret if short && previous.glued => None,
        _ => Some(kind),
    }
}

/// What kind of key it is, by the word before.
fn strong_key(text: &[u8], start: usize, keyword: usize, previous: &Before) -> Kind {
    let is =
        |words: &[&[u8]]| if previous.glued { previous.ends_like(words) } else { previous.is_one_of(words) };
    if is(&[b"access", b"secret", b"secretaccess"]) {
        // `AWS_SECRET_KEY`, `SecretAccessKey`, "secret access key".
        let mut folded = [0; MAX_SIDE];
        let name = cut(text, start.min(keyword.saturating_sub(20))..keyword);
        for (slot, byte) in folded.iter_mut().zip(name) {
            *slot = byte.to_ascii_lowercase();
        }
        let has = |word: &[u8]| folded.windows(word.len()).any(|w| w == word);
        if has(b"secret") && (has(b"access") || has(b"aws")) {
            return Kind::AwsSecret;
        }
    }
    if is(&[b"account", b"sharedaccess"]) {
        Kind::Account
    } else if is(&[b"secret", b"private", b"signing", b"encryption", b"master"]) {
        Kind::Secret
    } else if is(&[b"api", b"access", b"auth", b"app", b"client"]) {
        Kind::Key
    } else {
        Kind::Weak
    }
}

//! Secrets: tokens in their vendors' forms ([`vendor`], [`shape`]), JSON web tokens, private key blocks,
//! passwords in URLs, what a name calls a secret ([`name`], [`assignment`], [`value`]), and what else tells a
//! token drawn at random ([`proximity`]).
//!
//! One pass looks for what betrays them, sixteen bytes at a time: a letter next to a digit, which words do
//! not have and tokens drawn at random do; `_` and `-`, which join a token's prefix; `://`; and pairs of
//! letters from the middle of the words that speak of secrets (the `ss` of "password", the `ke` of "token"
//! and "key", the `cr` of "secret"). A run of token characters and a name are each looked at once.
//!
//! Limit: a token that has neither a digit nor `_` or `-` is only found by a name before it; of twenty letters
//! and digits drawn at random, three in a hundred are letters alone.
//!
//! The hit is the value, never its name. A token in a vendor's form is a validated hit, an assigned value is
//! not: whatever another recogniser confirms in it stands.

mod alphabet;
mod assignment;
mod block;
mod checksum;
mod jwt;
mod name;
mod proximity;
mod random;
mod shape;
pub(super) mod url;
mod value;
mod vendor;

use crate::block::{Block, LANES, Marks};
use crate::bytes::{at, before, cut, run, run_back};
use crate::entity::{EntityType, Hit};
use alphabet::Alphabet;

/// Longest part of a run of token characters before its first sign.
const MAX_BACK: usize = 256;

/// Shortest run of token characters that is looked at: a password behind `IDENTIFIED BY`.
const MIN_RUN: usize = 8;

/// Parts of names that may call their value a secret; what else stands in them is looked at later.
const NAME_PARTS: [&[u8]; 9] =
    [b"pass", b"swd", b"pwd", b"pw", b"secret", b"cred", b"token", b"key", b"auth"];

/// Whether the name of a member of JSON may call its value a secret.
pub(super) fn is_name(name: &[u8]) -> bool {
    let begins = |i: usize| {
        // How the parts begin.
        let pair = [at(name, i) | 0x20, at(name, i + 1) | 0x20];
        matches!(&pair, b"pa" | b"sw" | b"pw" | b"se" | b"cr" | b"to" | b"ke" | b"au")
            && NAME_PARTS.iter().any(|part| {
                let there = name.get(i..i + part.len());
                there.is_some_and(|there| there.eq_ignore_ascii_case(part))
            })
    };
    (0..name.len()).any(begins)
}

/// Finds the secrets in `text`.
pub(super) fn find(text: &[u8], hits: &mut Vec<Hit>) {
    let mut pass = Pass {
        text,
        hits,
        run: 0,
        name: 0,
        block: 0,
        url: 0,
        runs: Default::default(),
        ends: Default::default(),
    };
    let mut base = 0;
    while base < text.len() {
        let mut marks = signs(Block::at(text, base, b' '), Block::at(text, base + 1, b' ')).bits();
        while marks != 0 {
            let i = base + marks.trailing_zeros() as usize;
            marks &= marks - 1;
            if i >= pass.block {
                pass.at_sign(i);
            }
        }
        base += LANES;
    }
}

/// Marks the bytes that with the next one (in `next`) may betray a secret.
#[inline(always)]
fn signs(here: Block, next: Block) -> Marks {
    let (folded, folded_next) = (here.folded(), next.folded());
    let pair = |a: u8, b: u8| folded.equal(a) & folded_next.equal(b);
    let (digit, next_digit) = (here.within(b'0', b'9'), next.within(b'0', b'9'));
    let (letter, next_letter) = (folded.within(b'a', b'z'), folded_next.within(b'a', b'z'));
    let mixed = (digit & next_letter) | (letter & next_digit);
    let names = pair(b's', b's')
        | pair(b'k', b'e')
        | pair(b'c', b'r')
        | pair(b'w', b'd')
        | pair(b'p', b'w')
        | pair(b'a', b'u')
        | pair(b's', b'w');
    // `://`, and `:5432` of a password file.
    let colon = here.equal(b':') & next.within(b'/', b'9');
    let capitals = (here.equal(b'I') & next.equal(b'A')) | (here.equal(b'A') & next.equal(b'K'));
    mixed | names | colon | capitals | here.equal(b'_') | here.equal(b'-')
}

struct Pass<'a> {
    text: &'a [u8],
    hits: &'a mut Vec<Hit>,
    /// Where the next run of token characters may begin, name, block, URL.
    run: usize,
    name: usize,
    block: usize,
    url: usize,
    runs: vendor::Runs,
    ends: assignment::Ends,
}

impl Pass<'_> {
    fn at_sign(&mut self, i: usize) {
        match (at(self.text, i), at(self.text, i + 1)) {
            (b':', b'/') if i >= self.url => self.url = url::at_scheme(self.text, i, self.hits),
            (b':', _) if i >= self.url => self.url = url::at_port(self.text, i, self.hits),
            (b':', _) => {}
            (b'-', next) => {
                if next == b'-'
                    && let Some(end) = block::at_hyphen(self.text, i, self.hits)
                {
                    self.block = end;
                } else if next == b'L'
                    && let Some(end) = block::at_putty(self.text, i, self.hits)
                {
                    self.block = end;
                } else if next == b'u' && matches!(before(self.text, i), b' ' | b'-') {
                    url::at_option(self.text, i, self.hits);
                } else {
                    self.at_token(i);
                }
            }
            (a, b) if a.is_ascii_digit() || b.is_ascii_digit() || a == b'_' => self.at_token(i),
            (b'I', b'A') | (b'A', b'K') => {
                self.at_token(i);
            }
            _ => self.at_name(i),
        }
    }

    /// Looks at the run of token characters around `i`.
    fn at_token(&mut self, i: usize) {
        if i < self.run {
            return;
        }
        let start = run_back(self.text, i, MAX_BACK.min(i - self.run), |b| Alphabet::PATH.has(b));
        let end = run(self.text, i, |b| Alphabet::PATH.has(b));
        self.run = end;
        if end - start < MIN_RUN {
            return;
        }
        let mut p = start + self.escaped(start);
        shape::in_run(self.text, p, end, self.hits);
        let (first, before_it) = (p, self.hits.len());
        let mut next = true;
        while p < end {
            let byte = at(self.text, p);
            if next && (byte.is_ascii_alphanumeric() || byte == b'_') {
                let token =
                    vendor::at_start(self.text, p, &mut self.runs).or_else(|| jwt::at_start(self.text, p));
                let after = match token {
                    Some(hit) => {
                        let end = hit.range.end;
                        let id = hit.entity == EntityType::AwsAccessKeyId;
                        self.hits.push(hit);
                        if id {
                            shape::second_half(self.text, end, self.hits);
                        }
                        Some(end)
                    }
                    None => shape::at_start(self.text, p, end, self.hits),
                };
                if let Some(after) = after {
                    p = after;
                    self.run = self.run.max(p);
                    next = false;
                    continue;
                }
            }
            next = matches!(byte, b'.' | b'/' | b'~' | b'+');
            p += 1;
        }
        if self.hits.len() == before_it {
            let end = run(self.text, end, |b| b == b'=');
            self.hits.extend(proximity::told(self.text, first, end));
        }
    }

    /// How many bytes at `start` belong to an escape before: the `n` of `\n`, the `3D` of `%3D`.
    fn escaped(&self, start: usize) -> usize {
        match before(self.text, start) {
            b'\\' if matches!(at(self.text, start), b'n' | b'r' | b't') => 1,
            b'%' if cut(self.text, start..start + 2).iter().all(u8::is_ascii_hexdigit) => 2,
            _ => 0,
        }
    }

    /// Looks at the name around the pair of letters at `i`.
    fn at_name(&mut self, i: usize) {
        if i < self.name {
            return;
        }
        let Some(name) = name::around(self.text, i) else { return };
        self.name = name.range.end;
        let Some(mut value) = assignment::value_of(self.text, &name, &mut self.ends) else { return };
        let mut kind = name.kind;
        if let Some(scheme) = self.scheme(value.range.start) {
            value.range.start = scheme;
            if !value.quoted {
                value.range.end =
                    run(self.text, scheme, |b| Alphabet::ANY64.has(b) || Alphabet::UNRESERVED.has(b));
            }
            kind = name::Kind::Key;
            if shape::is_basic(cut(self.text, value.range.clone())) {
                self.push(value.range, EntityType::SecretToken, 0.95);
                return;
            }
        }
        if let Some((entity, score)) = value::judge(self.text, &value, kind) {
            let listed = kind == name::Kind::Password && !value.quoted && self.is_listed(name.range.start);
            self.push(value.range, if listed { EntityType::ConnectionString } else { entity }, score);
        }
    }

    fn push(&mut self, range: core::ops::Range<usize>, entity: EntityType, score: f32) {
        self.hits.push(Hit { range, entity, score, validated: false });
    }

    /// The end of a scheme of HTTP authentication at `i` (`Bearer `, `Basic `, `Token `).
    fn scheme(&self, i: usize) -> Option<usize> {
        let word = run(cut(self.text, 0..(i + 8).min(self.text.len())), i, |b| b.is_ascii_alphabetic());
        let known = [&b"bearer"[..], b"basic", b"token"]
            .iter()
            .any(|w| cut(self.text, i..word).eq_ignore_ascii_case(w));
        (known && at(self.text, word) == b' ').then_some(word + 1)
    }

    /// Whether the name at `i` is one of several in a connection string: `Server=…;Password=…`.
    fn is_listed(&self, i: usize) -> bool {
        before(self.text, i - run_back_spaces(self.text, i)) == b';'
    }
}

fn run_back_spaces(text: &[u8], i: usize) -> usize {
    i - run_back(text, i, 2, |b| b == b' ')
}

//! Tokens that have a form, but no prefix: a mark in their middle or at their end, or what stands before
//! them. Looked at once for each run of token characters.

use super::alphabet::Alphabet;
use super::random;
use crate::bytes::{at, before, cut, from, run, run_back};
use crate::entity::{EntityType, Hit};

fn push(hits: &mut Vec<Hit>, start: usize, end: usize, score: f32, validated: bool) -> usize {
    hits.push(Hit { range: start..end, entity: EntityType::SecretToken, score, validated });
    end
}

/// Looks for marks in the run of token characters `start..end`.
pub(super) fn in_run(text: &[u8], start: usize, end: usize, hits: &mut Vec<Hit>) {
    let token = cut(text, start..end);
    azure_client_secret(text, start, token, hits);
    terraform(text, start, token, hits);
}

/// Looks for a form that begins at `start` in a run that ends at `end`; returns where the next may be.
pub(super) fn at_start(text: &[u8], start: usize, end: usize, hits: &mut Vec<Hit>) -> Option<usize> {
    match before(text, start) {
        b':' => telegram(text, start, end, hits),
        b' ' | b'\'' | b'"' => by_scheme(text, start, hits),
        b'$' => crypt(text, start, end, hits),
        _ => None,
    }
    .or_else(|| discord(text, start, end, hits))
    .or_else(|| by_end(text, start, end, hits))
}

/// Microsoft Entra: client secrets have three characters, a digit, `Q~`, and 31 to 34 more.
fn azure_client_secret(text: &[u8], start: usize, token: &[u8], hits: &mut Vec<Hit>) -> Option<usize> {
    // With what stands behind the mark it is at least so long.
    if token.len() < 33 {
        return None;
    }
    let mark = start + memchr::memmem::find(token, b"Q~")?;
    let first = mark.checked_sub(4)?;
    let window = cut(text, 0..(mark + 64).min(text.len()));
    let end = run(window, mark + 2, |b| Alphabet::UNRESERVED.has(b));
    let body = cut(text, first..end);
    let digit = before(text, mark).is_ascii_digit();
    let edge = !Alphabet::UNRESERVED.has(before(text, first));
    (digit && edge && (31..=35).contains(&(end - mark - 2)) && random::is_random(body))
        .then(|| push(hits, first, end, 0.95, true))
}

/// HCP Terraform: 14 characters, `.atlasv1.`, and 60 to 70 more.
fn terraform(text: &[u8], start: usize, token: &[u8], hits: &mut Vec<Hit>) -> Option<usize> {
    if token.len() < 9 || !token.contains(&b'.') {
        return None;
    }
    let mark = start + memchr::memmem::find(token, b".atlasv1.")?;
    let first = mark.checked_sub(14)?;
    let window = cut(text, 0..(mark + 96).min(text.len()));
    let end = run(window, mark + 9, |b| Alphabet::URL_PADDED.has(b));
    let random = !random::is_filler(cut(text, mark + 9..end));
    ((60..=70).contains(&(end - mark - 9)) && random).then(|| push(hits, first, end, 0.95, true))
}

/// Discord: "Reference", authentication: base64url of the bot's id (17 to 20 digits), of a time, and of a MAC.
fn discord(text: &[u8], start: usize, end: usize, hits: &mut Vec<Hit>) -> Option<usize> {
    let url = |b| Alphabet::URL.has(b);
    let id = run(text, start, url);
    let time = run(text, id + 1, url);
    let mac = run(text, time + 1, url);
    let bases =
        matches!(at(text, start), b'M' | b'N' | b'O') && at(text, id) == b'.' && at(text, time) == b'.';
    let lengths = (23..=28).contains(&(id - start))
        && time - id == 7
        && (27..=45).contains(&(mac.saturating_sub(time + 1)));
    (bases && lengths && mac <= end).then(|| push(hits, start, mac, 0.95, true))
}

/// Telegram: "Bot API", authorizing your bot: the bot's id, `:`, 35 characters that begin with `A`.
fn telegram(text: &[u8], start: usize, end: usize, hits: &mut Vec<Hit>) -> Option<usize> {
    if at(text, start) != b'A' {
        return None;
    }
    let first = run_back(text, start - 1, 17, |b| b.is_ascii_digit());
    let digits = start - 1 - first;
    // In addresses of the API the id stands behind `/bot`.
    let edge = before(text, first);
    let bot = cut(text, first.saturating_sub(4)..first) == b"/bot";
    let stop = run(text, start, |b| Alphabet::URL.has(b));
    let body = cut(text, start..stop);
    let stands = (5..=16).contains(&digits)
        && (bot || !(edge.is_ascii_alphanumeric() || matches!(edge, b'-' | b'_' | b':' | b'.')));
    (stands && body.len() == 35 && stop <= end && !random::is_filler(body) && random::is_random(body))
        .then(|| push(hits, first, stop, 0.95, true))
}

/// Mailchimp (`-us12`), New Relic (`NRAL`), Mailgun (hyphens after 32 and 40), Azure (`JQQJ99` at 52).
fn by_end(text: &[u8], start: usize, end: usize, hits: &mut Vec<Hit>) -> Option<usize> {
    let first = run(text, start, |b| b.is_ascii_alphanumeric());
    let hex =
        |from: usize, to: usize| cut(text, from..to).iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let edge = !before(text, start).is_ascii_alphanumeric();
    if first - start == 32 && edge && at(text, first) == b'-' {
        let rest = cut(text, first..end);
        let mixed = random::is_random(cut(text, start..first));
        let zone = run(text, first + 3, |b| b.is_ascii_digit());
        let same_case = hex(start, first) || cut(text, start..first).iter().any(|b| b'g' <= *b && *b <= b'z');
        if rest.starts_with(b"-us") && (1..=2).contains(&(zone - first - 3)) && mixed && same_case {
            return Some(push(hits, start, zone, 0.95, true));
        }
        let (second, third) = (run(text, first + 1, |b| b.is_ascii_hexdigit()), first + 18);
        if second - first == 9 && at(text, second) == b'-' && hex(start, first) && hex(second + 1, third) {
            let stop = run(text, second + 1, |b| b.is_ascii_alphanumeric());
            return (stop == third).then(|| push(hits, start, stop, 0.95, true));
        }
    }
    let token = cut(text, start..first);
    // Twilio: "API keys" and accounts have two capitals and 32 digits of hexadecimal.
    let twilio = token.len() == 34 && edge && matches!(token, [b'S', b'K', ..] | [b'A', b'C', ..]);
    if twilio
        && token.iter().skip(2).all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        && !random::is_filler(token)
    {
        return Some(push(hits, start, first, 0.95, true));
    }
    if token.ends_with(b"NRAL") && (36..=40).contains(&token.len()) && edge && random::is_random(token) {
        return Some(push(hits, start, first, 0.95, true));
    }
    if token.len() >= 80 && cut(token, 52..58) == b"JQQJ99" {
        let stop = run(text, first, |b| b == b'=');
        return Some(push(hits, start, stop, 0.95, true));
    }
    None
}

/// What a word before says: `Bearer …` (RFC 6750), `Basic …` (RFC 7617), `IDENTIFIED BY …` (SQL).
fn by_scheme(text: &[u8], start: usize, hits: &mut Vec<Hit>) -> Option<usize> {
    let quoted = before(text, start) != b' ';
    let space = start.checked_sub(if quoted { 2 } else { 1 })?;
    if at(text, space) != b' ' {
        return None;
    }
    let head = cut(text, space.saturating_sub(13)..space);
    let ends = |word: &[u8]| {
        let tail = head.len().checked_sub(word.len()).map(|n| from(head, n));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(word))
    };
    let token = |i| run(text, i, |b| Alphabet::UNRESERVED.has(b) || matches!(b, b'+' | b'/' | b'='));
    let last = before(text, space).to_ascii_lowercase();
    if last == b'y' && ends(b"identified by") {
        let stop = run(cut(text, 0..(start + 128).min(text.len())), start, |b| {
            b > b' ' && !matches!(b, b'\'' | b'"' | b'`' | b';')
        });
        let password = cut(text, start..stop);
        let stands = (quoted || password.iter().any(u8::is_ascii_digit)) && !random::is_placeholder(password);
        return stands.then(|| {
            hits.push(Hit {
                range: start..stop,
                entity: EntityType::EnvSecret,
                score: 0.8,
                validated: false,
            });
            stop
        });
    }
    if last == b'r' && ends(b"bearer") {
        let stop = token(start);
        let body = cut(text, start..stop);
        return (body.len() >= 16 && random::is_random(body)).then(|| push(hits, start, stop, 0.85, false));
    }
    if last == b'c' && ends(b"basic") {
        let stop = token(start);
        return is_basic(cut(text, start..stop)).then(|| push(hits, start, stop, 0.95, true));
    }
    None
}

/// Whether the credentials of the Basic scheme decode to `user:password` in printable ASCII.
pub(super) fn is_basic(token: &[u8]) -> bool {
    let body = token.trim_ascii_end();
    let body = cut(body, 0..body.len() - body.iter().rev().take_while(|b| **b == b'=').count());
    if !(6..=512).contains(&body.len()) {
        return false;
    }
    let (mut bits, mut held, mut colon) = (0u32, 0u32, false);
    for byte in body {
        let Some(value) = super::jwt::sextet(*byte) else { return false };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            let decoded = (bits >> held) as u8;
            if !(b' '..=b'~').contains(&decoded) {
                return false;
            }
            colon |= decoded == b':';
        }
    }
    colon
}

/// Longest stretch between the two halves of a key.
const MAX_PAIR: usize = 120;

/// AWS_SECRET_ACCESS_KEY: 40 characters of base64 soon behind the id `..i`, whatever stands between.
pub(super) fn second_half(text: &[u8], i: usize, hits: &mut Vec<Hit>) {
    let base64 = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
    let limit = (i + MAX_PAIR).min(text.len());
    let mut start = i;
    while start < limit {
        start = run(text, start, |b| !base64(b));
        let end = run(cut(text, 0..(start + 41).min(text.len())), start, base64);
        let token = cut(text, start..end);
        if token.len() == 40 && start < limit && random::is_random(token) && at(text, end) != b'=' {
            let entity = EntityType::AwsSecretAccessKey;
            hits.push(Hit { range: start..end, entity, score: 0.85, validated: false });
            return;
        }
        start = run(text, end, base64).max(start + 1);
    }
}

/// Hashes of passwords in the form of crypt(5): `$2y$10$…`, `$6$…`, `$argon2id$…`, `$apr1$…`.
fn crypt(text: &[u8], start: usize, end: usize, hits: &mut Vec<Hit>) -> Option<usize> {
    let part = |b: u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'$' | b'.' | b'/' | b',' | b'=' | b'+' | b'-' | b'_')
    };
    let first = run_back(text, start, 120, part);
    let first = first + memchr::memchr(b'$', cut(text, first..start))?;
    let stop = run(cut(text, 0..(end + 160).min(text.len())), start, part);
    let hash = cut(text, first..stop);
    const SCHEMES: [&[u8]; 12] = [
        b"$1$",
        b"$2a$",
        b"$2b$",
        b"$2y$",
        b"$5$",
        b"$6$",
        b"$y$",
        b"$7$",
        b"$apr1$",
        b"$argon2",
        b"$scrypt$",
        b"$pbkdf2",
    ];
    let dollars = hash.iter().filter(|b| **b == b'$').count();
    let known = SCHEMES.iter().any(|s| hash.starts_with(s));
    (known && dollars >= 3 && hash.len() >= 30).then(|| push(hits, first, stop, 0.9, true))
}

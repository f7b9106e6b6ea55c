//! CONNECTION_STRING: the password in the user information of a URL (RFC 3986, section 3.2.1), as databases,
//! brokers, proxies and registries take it: `scheme://user:password@host`. The hit is the password alone, so
//! that the text still says what is connected to. Any word is a password there, for nothing else can stand
//! in its place; only templates are left out.
//!
//! Also the lines of PostgreSQL's password file, `host:port:database:user:password`.

use super::random;
use crate::bytes::{at, before, cut, from, run, run_back};
use crate::entity::{EntityType, Hit};

/// Longest user information.
const MAX_USERINFO: usize = 320;

fn is_userinfo(b: u8) -> bool {
    b > b' ' && !matches!(b, b'/' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b'#')
}

/// The end of what is taken for user information at `i`: its last `@`, or none.
fn last_at(text: &[u8], i: usize) -> Option<usize> {
    let window = cut(text, 0..(i + MAX_USERINFO).min(text.len()));
    let end = run(window, i, is_userinfo);
    let found = memchr::memrchr(b'@', cut(text, i..end))?;
    // `a@b?c@d`: what follows the host's start is no longer user information.
    Some(i + found)
}

/// Looks behind the `:` at `i` of `://`; returns where the next may be.
pub(super) fn at_scheme(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> usize {
    if !before(text, i).is_ascii_alphanumeric() || cut(text, i..i + 3) != b"://" {
        return i + 1;
    }
    let start = i + 3;
    let Some(end) = last_at(text, start) else { return start };
    let Some(colon) = memchr::memchr(b':', cut(text, start..end)) else { return start };
    let password = start + colon + 1..end;
    let bytes = cut(text, password.clone());
    let host = at(text, end + 1);
    let named =
        host.is_ascii_alphanumeric() || matches!(host, b'[' | b'$' | b'{' | b'_' | b'%') || host >= 0x80;
    if bytes.is_empty() || !named || random::is_blank(bytes) || bytes.contains(&b'{') {
        return start;
    }
    hits.push(Hit { range: password, entity: EntityType::ConnectionString, score: 0.95, validated: true });
    end
}

/// Whether the `@` at `i` ends a URL's user information with a password: what stands before it is then no
/// e-mail address.
pub(in crate::detect) fn ends_userinfo(text: &[u8], i: usize) -> bool {
    let start = run_back(text, i, MAX_USERINFO, is_userinfo);
    start >= 3
        && cut(text, start.saturating_sub(2)..start) == b"//"
        && at(text, start - 3) == b':'
        && cut(text, start..i).contains(&b':')
}

/// A line of a password file around the `:` at `i` before the port.
pub(super) fn at_port(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> usize {
    let start =
        run_back(text, i, 64, |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'*' | b'_'));
    let port = run(text, i + 1, |b| b.is_ascii_digit());
    if start == i || !matches!(before(text, start), 0 | b'\n') || !(2..=5).contains(&(port - i - 1)) {
        return i + 1;
    }
    let field = |i: usize| {
        let window = cut(text, 0..(i + 64).min(text.len()));
        Some(run(window, i, |b| b > b' ' && b != b':')).filter(|end| *end > i)
    };
    let password = (|| {
        let database = Some(port).filter(|p| at(text, *p) == b':').and_then(|p| field(p + 1))?;
        let user = Some(database).filter(|p| at(text, *p) == b':').and_then(|p| field(p + 1))?;
        let end = Some(user).filter(|p| at(text, *p) == b':').and_then(|p| field(p + 1))?;
        matches!(at(text, end), 0 | b'\n' | b'\r').then_some(user + 1..end)
    })();
    let Some(password) = password else { return i + 1 };
    // Clock times and addresses have digits in every field.
    if !cut(text, port..password.start).iter().any(u8::is_ascii_alphabetic) {
        return i + 1;
    }
    let end = password.end;
    hits.push(Hit { range: password, entity: EntityType::ConnectionString, score: 0.8, validated: false });
    end
}

/// The password in `-u user:password` of curl at the hyphen `i`; returns where the next may be.
pub(super) fn at_option(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> usize {
    let rest = from(text, i);
    let skip = if rest.starts_with(b"-u ") {
        3
    } else if rest.starts_with(b"-user ") {
        6
    } else {
        return i + 1;
    };
    let line = cut(text, i.saturating_sub(256)..i);
    let line = line.rsplit(|b| *b == b'\n').next().unwrap_or_default();
    if memchr::memmem::find(line, b"curl").is_none() {
        return i + 1;
    }
    let mark = at(text, i + skip);
    let start = i + skip + usize::from(matches!(mark, b'"' | b'\''));
    let window = cut(text, 0..(start + 256).min(text.len()));
    let end = run(window, start, |b| b > b' ' && !matches!(b, b'"' | b'\''));
    let Some(colon) = memchr::memchr(b':', cut(text, start..end)) else { return i + 1 };
    let (user, password) = (cut(text, start..start + colon), start + colon + 1..end);
    let bytes = cut(text, password.clone());
    let chosen = bytes.iter().any(|b| !b.is_ascii_lowercase()) && !user.starts_with(b"<");
    if bytes.len() < 4 || !chosen || bytes == user || bytes.starts_with(b"$") || random::is_placeholder(bytes)
    {
        return i + 1;
    }
    hits.push(Hit { range: password, entity: EntityType::EnvSecret, score: 0.8, validated: false });
    end
}

//! `endpoints.allow`: paths that the gateway does not know by themselves. Their bodies are scanned as JSON in
//! which every string is text.
//!
//! An entry is a path without query: `*` stands for any characters but `/`, `**` for any. At most 64 entries
//! of 256 bytes. Only paths that [`crate::endpoint::Endpoint::listed`] accepts are let through.

use core::fmt;

use serde_json::value::RawValue;

use super::reading::{Reader, Text};
use crate::bytes::at;
use crate::endpoint::MAX_LISTED_BYTES;

/// Most entries.
const MAX_ENTRIES: usize = 64;
/// Longest entry, in bytes.
const MAX_ENTRY_BYTES: usize = 256;

/// The listed paths.
#[derive(Default)]
pub struct Endpoints {
    allow: Vec<Vec<u8>>,
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoints({} listed)", self.allow.len())
    }
}

impl Endpoints {
    pub(super) fn compile<'j>(raw: Option<&'j RawValue>, reader: &mut Reader<'j>) -> Self {
        let [allow] = reader.some_fields(raw, &["allow"]);
        let entries: Vec<Text> = reader.read_some(allow).unwrap_or_default();
        if entries.len() > MAX_ENTRIES {
            reader.error("endpoints.allow", format_args!("at most {MAX_ENTRIES} paths"));
        }
        let known = |b: u8| {
            b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b':' | b'@' | b'-' | b'%' | b'*')
        };
        for (n, entry) in entries.iter().enumerate() {
            let path = entry.0.as_bytes();
            if !path.starts_with(b"/") || path.len() > MAX_ENTRY_BYTES || !path.iter().all(|b| known(*b)) {
                let what = "a path of letters, digits, `/._:@%-` and `*`, which begins with `/`";
                reader.error(format_args!("endpoints.allow[{n}]"), what);
            }
        }
        Self { allow: entries.into_iter().map(|entry| entry.0.into_owned().into_bytes()).collect() }
    }

    /// Whether a path, without its query, is let through.
    #[must_use]
    pub fn lists(&self, path: &str) -> bool {
        path.len() <= MAX_LISTED_BYTES && self.allow.iter().any(|entry| fits(entry, path.as_bytes()))
    }
}

/// Whether `path` has the shape of `entry`: all beginnings of `entry` that fit what was read so far are kept,
/// so that it takes at most entry × path steps whatever stars there are.
fn fits(entry: &[u8], path: &[u8]) -> bool {
    let mut open = vec![false; entry.len() + 1];
    mark(&mut open, entry, 0);
    for byte in path {
        let mut next = vec![false; entry.len() + 1];
        for (n, _) in open.iter().enumerate().filter(|(_, open)| **open) {
            match (at(entry, n), at(entry, n + 1)) {
                (b'*', b'*') => mark(&mut next, entry, n),
                (b'*', _) if *byte != b'/' => mark(&mut next, entry, n),
                (b'*', _) => {}
                (wanted, _) if wanted == *byte => mark(&mut next, entry, n + 1),
                _ => {}
            }
        }
        open = next;
    }
    open.last() == Some(&true)
}

/// Marks the place `n` of `entry`, and those behind stars there, which may stand for nothing.
fn mark(open: &mut [bool], entry: &[u8], mut n: usize) {
    loop {
        if let Some(place) = open.get_mut(n) {
            *place = true;
        }
        n += match (at(entry, n), at(entry, n + 1)) {
            (b'*', b'*') => 2,
            (b'*', _) => 1,
            _ => return,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_ends_at_a_slash_and_two_do_not() {
        for (entry, path, wanted) in [
            ("/v1/files", "/v1/files", true),
            ("/v1/files", "/v1/files/1", false),
            ("/v1/files/*", "/v1/files/1", true),
            ("/v1/files/*", "/v1/files/", true),
            ("/v1/files/*", "/v1/files/1/content", false),
            ("/v1/files/*/content", "/v1/files/1/content", true),
            ("/v1/**", "/v1/files/1/content", true),
            ("/v1/**/content", "/v1/files/1/content", true),
            ("/v1/**/content", "/v1/files/1/contents", false),
            ("/v1/*s", "/v1/models", true),
            ("/v1/*", "/v2/models", false),
        ] {
            assert_eq!(fits(entry.as_bytes(), path.as_bytes()), wanted, "{entry} {path}");
        }
    }
}

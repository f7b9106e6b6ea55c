//! Secrets with a vendor's own prefix: OPENAI_API_KEY, GITHUB_TOKEN, AWS_ACCESS_KEY_ID, and JWT.

use crate::bytes::{at, before, cut, run};
use crate::entity::{EntityType, Hit};

/// Longest key that is looked at behind `sk-`; the longest issued today have about 160 characters.
const MAX_KEY: usize = 512;

/// Whether a byte may betray a secret: `_` as in `ghp_`, `-` as in `sk-`, `J` as in `eyJ`, `I` as in `AKIA`.
pub(super) const fn is_sign(byte: u8) -> bool {
    matches!(byte, b'_' | b'-' | b'J' | b'I')
}

/// Looks for a secret around the sign at `i`; returns where the next may be.
pub(super) fn at_sign(text: &[u8], i: usize, byte: u8, hits: &mut Vec<Hit>) -> usize {
    match byte {
        b'_' => at_underscore(text, i, hits),
        b'-' => at_hyphen(text, i, hits),
        b'J' if at(text, i + 1).is_ascii_alphanumeric() => at_jwt(text, i, hits),
        b'I' => at_aws(text, i, hits),
        _ => i + 1,
    }
}

fn is_base64url(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-' || b == b'_'
}

fn push(hits: &mut Vec<Hit>, start: usize, end: usize, entity: EntityType) -> usize {
    hits.push(Hit { range: start..end, entity, score: 1.0, validated: true });
    end
}

/// GITHUB_TOKEN at the `_` of `ghp_`, `gho_`, `ghu_`, `ghs_`, `ghr_` (36 letters and digits or more) and
/// `github_pat_` (82). Source: GitHub, "Behind GitHub's new authentication token formats" (2021).
fn at_underscore(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> usize {
    let classic = i >= 3
        && cut(text, i - 3..i - 1) == b"gh"
        && matches!(before(text, i), b'p' | b'o' | b'u' | b's' | b'r')
        && !before(text, i - 3).is_ascii_alphanumeric();
    if classic {
        let end = run(text, i + 1, |b| b.is_ascii_alphanumeric());
        if (36..=255).contains(&(end - i - 1)) {
            return push(hits, i - 3, end, EntityType::GithubToken);
        }
    }
    if cut(text, i.saturating_sub(10)..i + 1) == b"github_pat_" {
        let end = run(text, i + 1, |b| b.is_ascii_alphanumeric() || b == b'_');
        if end - i > 82 {
            return push(hits, i - 10, end, EntityType::GithubToken);
        }
    }
    i + 1
}

/// OPENAI_API_KEY at the `-` of `sk-`: `sk-…`, `sk-proj-…`, `sk-svcacct-…`, `sk-admin-…` with 20
/// characters or more behind the prefix.
fn at_hyphen(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> usize {
    if i < 2 || cut(text, i - 2..i) != b"sk" || before(text, i - 2).is_ascii_alphanumeric() {
        return i + 1;
    }
    // Bounded, so that `sk-sk-sk-…` costs no more than its length times a constant.
    let window = cut(text, 0..(i + MAX_KEY).min(text.len()));
    let mut end = run(window, i + 1, is_base64url);
    if end == i + MAX_KEY {
        end = run(text, end, is_base64url);
        return push(hits, i - 2, end, EntityType::OpenaiApiKey);
    }
    while matches!(before(text, end), b'-' | b'_') && end > i + 1 {
        end -= 1;
    }
    let body = cut(text, i + 1..end);
    // A key of 20 characters has a digit; words joined by hyphens have none.
    if body.len() >= 20 && !body.starts_with(b"ant-") && body.iter().any(u8::is_ascii_digit) {
        return push(hits, i - 2, end, EntityType::OpenaiApiKey);
    }
    i + 1
}

/// JWT at the `J` of `eyJ` (base64url of `{"`): three parts, the first two JSON objects (RFC 7519,
/// section 3; RFC 7515, section 3.1).
fn at_jwt(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> usize {
    if i < 2 || cut(text, i - 2..i) != b"ey" || is_base64url(before(text, i - 2)) {
        return i + 1;
    }
    let header = run(text, i, is_base64url);
    if at(text, header) != b'.' || cut(text, header + 1..header + 3) != b"ey" {
        return i + 1;
    }
    let payload = run(text, header + 1, is_base64url);
    if at(text, payload) != b'.' || header - i < 8 || payload - header < 8 {
        return i + 1;
    }
    let signature = run(text, payload + 1, is_base64url);
    push(hits, i - 2, signature, EntityType::Jwt)
}

/// AWS_ACCESS_KEY_ID at the first `I` of `AKIA…`, `ASIA…`: 16 characters of base32 behind the prefix.
/// Source: AWS, "IAM identifiers", unique identifier prefixes.
fn at_aws(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> usize {
    let prefix = i >= 2 && matches!(cut(text, i - 2..i + 2), b"AKIA" | b"ASIA");
    if !prefix || before(text, i - 2).is_ascii_alphanumeric() {
        return i + 1;
    }
    let end = run(text, i + 2, |b| matches!(b, b'A'..=b'Z' | b'2'..=b'7'));
    if end - i - 2 == 16 && !at(text, end).is_ascii_alphanumeric() {
        return push(hits, i - 2, end, EntityType::AwsAccessKeyId);
    }
    i + 1
}

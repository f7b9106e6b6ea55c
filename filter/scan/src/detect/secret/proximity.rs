//! SECRET_TOKEN: tokens drawn at random that no form and no name of a secret tells, but that something else
//! does: a name they are given to (`const sonar = "…"`), or a service that issues such tokens, named before
//! them on the same line. Their score is low.
//!
//! Hexadecimal digits and UUIDs are ids and digests more often than not, so that they need the service's
//! name. Nothing that is in a URL is looked at, and no name of a digest.

use super::random;
use super::value::is_uuid;
use crate::bytes::{at, before, cut, run_back};
use crate::entity::{EntityType, Hit};

/// How far before a token something about it is said.
const MAX_BEFORE: usize = 48;
/// Shortest and longest token.
const LENGTHS: core::ops::RangeInclusive<usize> = 20..=128;

/// Services that issue tokens without a form of their own, in lower case.
#[rustfmt::skip]
const SERVICES: &[&[u8]] = &[
    b"abstract", b"adobe", b"ably", b"airtable", b"airbrake", b"algolia", b"alibaba", b"amplitude",
    b"apify", b"appcues", b"asana", b"auth0", b"aws", b"azure", b"bitbucket", b"bitly", b"bittrex",
    b"braintree", b"bugsnag", b"buildkite", b"calendly", b"circleci", b"clearbit", b"clickup",
    b"cloudflare", b"cloudinary", b"codecov", b"coinbase", b"confluent", b"contentful", b"datadog",
    b"deepgram", b"digitalocean", b"discord", b"dropbox", b"drone", b"elastic", b"etsy", b"facebook",
    b"fastly", b"finnhub", b"firebase", b"flickr", b"freshdesk", b"github", b"gitlab", b"gitter",
    b"grafana", b"heroku", b"hubspot", b"ibm", b"intercom", b"ipstack", b"jenkins", b"jira", b"klaviyo",
    b"kraken", b"kucoin", b"linkedin", b"looker", b"mailchimp", b"mailgun", b"mapbox", b"meraki",
    b"mixpanel", b"netlify", b"okta", b"opsgenie", b"pagerduty", b"paypal", b"pusher", b"rapidapi",
    b"rollbar", b"salesforce", b"segment", b"sendgrid", b"sentry", b"shodan", b"snyk", b"sonar",
    b"sourcegraph", b"spotify", b"sumologic", b"travis", b"twilio", b"twitch", b"twitter", b"zendesk",
];

/// Words in the name of what is no secret.
#[rustfmt::skip]
const DIGESTS: &[&[u8]] = &[
    b"hash", b"sha", b"md5", b"checksum", b"digest", b"integrity", b"commit", b"rev", b"etag",
    b"fingerprint", b"csrf", b"address", b"wallet", b"fun", b"version", b"uuid", b"guid", b"public",
    b"signature", b"image", b"file", b"path", b"url", b"href", b"src", b"id", b"nonce", b"cursor",
];

/// The token `start..end`, if what stands before it says that it is one.
pub(super) fn told(text: &[u8], start: usize, end: usize) -> Option<Hit> {
    let token = cut(text, start..end);
    if !LENGTHS.contains(&token.len()) || !random::is_random(token) || !is_bounded(text, start, end) {
        return None;
    }
    let line = run_back(text, start, MAX_BEFORE, |b| b != b'\n');
    let mut folded = [0; MAX_BEFORE];
    for (slot, byte) in folded.iter_mut().zip(cut(text, line..start)) {
        *slot = byte.to_ascii_lowercase();
    }
    let before_it = cut(&folded, 0..start - line);
    let name = assigned(before_it);
    let has = |words: &[&[u8]], place: &[u8]| words.iter().any(|w| memchr::memmem::find(place, w).is_some());
    if memchr::memmem::find(before_it, b"://").is_some() || name.is_some_and(|name| has(DIGESTS, name)) {
        return None;
    }
    let id = is_uuid(token) || token.iter().all(u8::is_ascii_hexdigit);
    let mixed = token.iter().any(u8::is_ascii_uppercase) && token.iter().any(u8::is_ascii_lowercase);
    let word = token.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let alone = is_quote(before(text, start)) || is_line(text, line, start, end, name);
    let service = has(SERVICES, before_it) && (name.is_some() || (!id && start - line <= 24));
    let score = if service {
        0.6
    } else if name.is_some() && alone && !id && mixed && word {
        0.5
    } else {
        return None;
    };
    Some(Hit { range: start..end, entity: EntityType::SecretToken, score, validated: false })
}

/// Whether nothing but quotes and spaces is next to the token.
fn is_bounded(text: &[u8], start: usize, end: usize) -> bool {
    let first = before(text, start);
    let last = at(text, end);
    (is_quote(first) || matches!(first, b' ' | b'=' | b':'))
        && !matches!(at(text, start), b'/' | b'.')
        && (last <= b' ' || is_quote(last) || matches!(last, b';' | b',' | b'\\'))
        && !(matches!(first, b'=' | b':') && before(text, start - 1) == first)
}

fn is_quote(b: u8) -> bool {
    matches!(b, b'"' | b'\'' | b'`')
}

/// Whether a line has the name and the token and nothing else.
fn is_line(text: &[u8], line: usize, start: usize, end: usize, name: Option<&[u8]>) -> bool {
    let head = cut(text, line..start).trim_ascii_start();
    matches!(before(text, line), 0 | b'\n')
        && name.is_some_and(|name| head.len() <= name.len() + 4)
        && matches!(at(text, end), 0 | b'\n' | b'\r')
}

/// The name at the end of `before` that the value behind is given to.
fn assigned(before_it: &[u8]) -> Option<&[u8]> {
    let end = run_back(before_it, before_it.len(), 12, |b| matches!(b, b' ' | b'"' | b'\'' | b'`' | b'\\'));
    let operator = run_back(before_it, end, 4, |b| matches!(b, b'=' | b':' | b'>' | b'?' | b'.'));
    if operator == end {
        return None;
    }
    let end = run_back(before_it, operator, 8, |b| matches!(b, b' ' | b'"' | b'\'' | b']'));
    let start = run_back(before_it, end, MAX_BEFORE, |b| {
        b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')
    });
    (end > start).then(|| cut(before_it, start..end))
}

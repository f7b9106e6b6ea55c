//! The section `keys` as a policy writes it.
//!
//! There may be some hundred thousand, so each is read once, and nothing is kept of it but its record. Of keys that are
//! wrong at most [`MAX_ERRORS`] are named, and the rest counted.

use core::cmp::Ordering;
use core::ops::Range;
use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::shard::{DIGEST_BYTES, Entry, Found};
use crate::bytes::cut;
use crate::policy::Masking;
use crate::policy::limits;
use crate::policy::models::MAX_MODEL_BYTES;
use crate::policy::reading::{Reader, Text};

/// So many wrong keys are named.
const MAX_ERRORS: usize = 100;
/// Longest id or tenant, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// A key as the policy writes it. A misspelt `expires_at` must not make a key that never expires.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key<'j> {
    #[serde(borrow)]
    id: Cow<'j, str>,
    #[serde(borrow)]
    sha256: Cow<'j, str>,
    #[serde(borrow)]
    tenant: Option<Cow<'j, str>>,
    #[serde(borrow)]
    expires_at: Option<&'j RawValue>,
    #[serde(default)]
    revoked: bool,
    #[serde(borrow)]
    models: Option<&'j RawValue>,
    #[serde(borrow)]
    limits: Option<&'j RawValue>,
    #[serde(borrow)]
    masking: Option<&'j RawValue>,
}

/// Keys that were read, sorted by digest.
#[derive(Default)]
pub(super) struct Keys {
    records: Vec<u8>,
    sorted: Vec<Place>,
}

/// Where a key's record lies.
struct Place {
    digest: [u8; DIGEST_BYTES],
    record: Range<usize>,
    /// The key's number in the document.
    number: usize,
}

/// Never inlined: sorting has ten places for it, of 1.5 KB each.
#[inline(never)]
fn in_order(a: &Place, b: &Place) -> Ordering {
    (&a.digest, a.number).cmp(&(&b.digest, b.number))
}

impl Keys {
    pub(super) fn len(&self) -> usize {
        self.sorted.len()
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Entry<'_>> + Clone {
        let entry =
            |place: &Place| Entry { digest: place.digest, record: cut(&self.records, place.record.clone()) };
        self.sorted.iter().map(entry)
    }
}

/// Reads the section.
pub(super) fn read<'j>(raw: Option<&'j RawValue>, masking: &Masking, reader: &mut Reader<'j>) -> Keys {
    let mut keys = Keys::default();
    let mut wrong = 0;
    for (number, raw) in reader.list(raw).into_iter().enumerate() {
        let before = reader.errors.len();
        if wrong < MAX_ERRORS {
            key(&mut keys, number, raw, masking, reader);
        } else if serde_json::from_str::<Key<'_>>(raw.get()).is_err() {
            wrong += 1;
        }
        wrong += usize::from(reader.errors.len() > before);
    }
    // With the standard library's sort: there may be a hundred thousand, which it puts in order in half the time.
    keys.sorted.sort_unstable_by(in_order);
    for pair in keys.sorted.windows(2) {
        let [first, again] = pair else { continue };
        if first.digest == again.digest {
            wrong += 1;
            if wrong <= MAX_ERRORS {
                let at = format_args!("keys[{}].sha256", again.number);
                reader.error(at, format_args!("the same key as keys[{}]", first.number));
            }
        }
    }
    if wrong > MAX_ERRORS {
        reader.error("keys", format_args!("{} more are wrong", wrong - MAX_ERRORS));
    }
    keys
}

/// Reads the key of this number.
fn key<'j>(keys: &mut Keys, number: usize, raw: &'j RawValue, masking: &Masking, reader: &mut Reader<'j>) {
    let Some(key) = reader.read_at::<Key<'_>>(format_args!("keys[{number}]"), raw) else { return };
    let digest = digest_from_hex(&key.sha256);
    if digest.is_none() {
        reader.error(format_args!("keys[{number}].sha256"), "64 hexadecimal digits");
    }
    let expires_at = key.expires_at.and_then(|raw| expires_at(number, raw, reader));
    let tenant = key.tenant.as_deref().unwrap_or_default();
    for (name, value) in [("id", &*key.id), ("tenant", tenant)] {
        if value.len() > MAX_NAME_BYTES {
            let what = format_args!("at most {MAX_NAME_BYTES} bytes");
            reader.error(format_args!("keys[{number}].{name}"), what);
        }
    }
    let own = own(&key, number, masking, reader);
    let Some(digest) = digest else { return };
    let start = keys.records.len();
    let found = Found { id: &key.id, tenant, revoked: key.revoked, expires_at, own: own.as_deref() };
    found.write(&mut keys.records);
    keys.sorted.push(Place { digest, record: start..keys.records.len(), number });
}

/// When a key expires: seconds since 1970, or a time after RFC 3339 in UTC.
fn expires_at<'j>(number: usize, raw: &'j RawValue, reader: &mut Reader<'j>) -> Option<u64> {
    let path = format_args!("keys[{number}].expires_at");
    if !raw.get().starts_with('"') {
        return reader.read_at(path, raw);
    }
    let text: Text<'_> = reader.read_at(path, raw)?;
    let seconds = unix_from_rfc3339(&text.0);
    if seconds.is_none() {
        reader.error(path, "seconds, or YYYY-MM-DDThh:mm:ssZ");
    }
    seconds
}

/// What a key says for itself, checked, as JSON; none where it says nothing.
fn own<'j>(key: &Key<'j>, number: usize, masking: &Masking, reader: &mut Reader<'j>) -> Option<String> {
    if let Some(models) = key.models {
        let path = format!("keys[{number}].models");
        let models: Option<Vec<String>> = reader.read_at(format_args!("{path}"), models);
        let fits = |name: &String| (1..=MAX_MODEL_BYTES).contains(&name.len());
        if !models.iter().flatten().all(fits) {
            reader.error(path, format_args!("a name has 1 to {MAX_MODEL_BYTES} bytes"));
        }
    }
    if let Some(limits) = key.limits {
        limits::read(&format!("keys[{number}].limits"), limits, reader);
    }
    if let Some(raw) = key.masking {
        masking.overrides(&format!("keys[{number}].masking"), raw, reader);
    }
    let members = [("models", key.models), ("limits", key.limits), ("masking", key.masking)];
    let written: Vec<String> =
        members.into_iter().filter_map(|(name, raw)| Some(format!("\"{name}\":{}", raw?.get()))).collect();
    (!written.is_empty()).then(|| format!("{{{}}}", written.join(",")))
}

fn digest_from_hex(hex: &str) -> Option<[u8; 32]> {
    let mut digest = [0u8; 32];
    if hex.len() != 64 {
        return None;
    }
    for (slot, pair) in digest.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        let [high, low] = pair else { return None };
        let value = char::from(*high).to_digit(16)? * 16 + char::from(*low).to_digit(16)?;
        *slot = u8::try_from(value).ok()?;
    }
    Some(digest)
}

/// A number of exactly so many digits.
fn number(text: &str, digits: usize) -> Option<u64> {
    let plain = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

/// `YYYY-MM-DDThh:mm:ss[.fff]Z` as seconds since 1970 (RFC 3339, UTC only).
fn unix_from_rfc3339(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.splitn(3, '-');
    let (year, month, day) = (number(date.next()?, 4)?, number(date.next()?, 2)?, number(date.next()?, 2)?);
    let mut time = time.split('.').next()?.splitn(3, ':');
    let (hour, minute, second) =
        (number(time.next()?, 2)?, number(time.next()?, 2)?, number(time.next()?, 2)?);
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days_in_month = match month {
        2 => 28 + u64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let in_range = year >= 1970 && (1..=12).contains(&month) && (1..=days_in_month).contains(&day);
    if !in_range || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Howard Hinnant's days_from_civil, for years from 1970 on.
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let era_year = shifted_year % 400;
    let day_of_era = era_year * 365 + era_year / 4 - era_year / 100 + day_of_year;
    let days = shifted_year / 400 * 146_097 + day_of_era - 719_468;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

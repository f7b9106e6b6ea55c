//! The callers' keys: known only by their SHA-256.

use core::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

use super::models::Globs;
use crate::limits::Limits;

/// A key as the policy writes it. A misspelt `expires_at` must not make a key that never expires.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    id: String,
    sha256: String,
    tenant: Option<String>,
    expires_at: Option<ExpiresAt>,
    #[serde(default)]
    revoked: bool,
    models: Option<Vec<String>>,
    #[serde(default)]
    limits: Limits,
    #[serde(rename = "masking")]
    _masking: Option<IgnoredAny>,
}

/// Seconds since 1970, or a time after RFC 3339 in UTC.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ExpiresAt {
    Unix(u64),
    Rfc3339(String),
}

#[derive(Clone)]
struct Entry {
    sha256: [u8; 32],
    id: Box<str>,
    tenant: Option<Box<str>>,
    expires_at: Option<u64>,
    revoked: bool,
    /// Most keys have none of their own.
    own: Option<Box<Own>>,
}

/// What a key says for itself.
#[derive(Clone)]
struct Own {
    models: Option<Globs>,
    limits: Limits,
}

/// A caller, known by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller<'p> {
    /// The key's id.
    pub id: &'p str,
    /// Its tenant.
    pub tenant: Option<&'p str>,
    /// By which the caller is counted: the beginning of the key's digest.
    pub number: u64,
    /// What it may use; what is missing the policy says.
    pub limits: Limits,
    /// The models that it may ask for; none where the key does not say it.
    pub models: Option<&'p Globs>,
}

/// Why a caller is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// No key of the policy has this digest.
    Unknown,
    /// The key's time is over.
    Expired,
    /// The key was taken back.
    Revoked,
}

/// All keys, sorted by digest. Looking up compares digests, so its time tells nothing about a key.
#[derive(Default)]
pub struct KeyTable {
    entries: Vec<Entry>,
}

impl fmt::Debug for KeyTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyTable({} keys)", self.entries.len())
    }
}

impl KeyTable {
    /// The table of all keys that could be read. What their limits leave open, `general` says.
    pub(super) fn new(keys: Vec<Option<Key>>, general: Limits, errors: &mut Vec<String>) -> Self {
        let mut entries = Vec::with_capacity(keys.len());
        let mut numbers = Vec::with_capacity(keys.len());
        for (n, key) in keys.iter().enumerate() {
            let Some(key) = key else { continue };
            let Some(sha256) = digest_from_hex(&key.sha256) else {
                errors.push(format!("keys[{n}].sha256: 64 hexadecimal digits"));
                continue;
            };
            let expires_at = match &key.expires_at {
                None => None,
                Some(ExpiresAt::Unix(seconds)) => Some(*seconds),
                Some(ExpiresAt::Rfc3339(text)) => match unix_from_rfc3339(text) {
                    Some(seconds) => Some(seconds),
                    None => {
                        errors.push(format!("keys[{n}].expires_at: seconds, or YYYY-MM-DDThh:mm:ssZ"));
                        continue;
                    }
                },
            };
            if key.limits.burst.is_some() && key.limits.or(general).requests_per_minute.is_none() {
                errors
                    .push(format!("keys[{n}].limits.burst: a burst of what? requests_per_minute is missing"));
            }
            let tenant = key.tenant.as_deref().map(Into::into);
            let models = key.models.as_ref().map(|globs| Globs::new(globs));
            let speaks = models.is_some() || key.limits != Limits::default();
            let own = speaks.then(|| Box::new(Own { models, limits: key.limits }));
            numbers.push((sha256, n));
            entries.push(Entry {
                sha256,
                id: key.id.as_str().into(),
                tenant,
                expires_at,
                revoked: key.revoked,
                own,
            });
        }
        entries.sort_unstable_by_key(|e| e.sha256);
        report_twins(numbers, errors);
        Self { entries }
    }

    /// The caller whose key was shown, at `now` (seconds since 1970).
    ///
    /// # Errors
    /// [`KeyError`], which tells the caller nothing but that the key is not accepted.
    pub fn look_up(&self, key: &[u8], now: u64) -> Result<Caller<'_>, KeyError> {
        let digest: [u8; 32] = Sha256::digest(key).into();
        let found = self.entries.binary_search_by_key(&digest, |e| e.sha256).ok();
        let entry = found.and_then(|n| self.entries.get(n)).ok_or(KeyError::Unknown)?;
        if entry.revoked {
            return Err(KeyError::Revoked);
        }
        if entry.expires_at.is_some_and(|at| at <= now) {
            return Err(KeyError::Expired);
        }
        let number = entry.sha256.first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk));
        let own = entry.own.as_deref();
        Ok(Caller {
            id: &entry.id,
            tenant: entry.tenant.as_deref(),
            number,
            limits: own.map_or(Limits::default(), |own| own.limits),
            models: own.and_then(|own| own.models.as_ref()),
        })
    }
}

/// Most pairs of keys with the same digest that are named.
const MAX_SHOWN_TWINS: usize = 10;

/// Says which keys have the same digest.
fn report_twins(mut numbers: Vec<([u8; 32], usize)>, errors: &mut Vec<String>) {
    numbers.sort_unstable();
    let twins = numbers.windows(2).filter_map(|pair| match pair {
        [(a, first), (b, second)] if a == b => Some((*first, *second)),
        _ => None,
    });
    let twins: Vec<(usize, usize)> = twins.collect();
    for (first, second) in twins.iter().take(MAX_SHOWN_TWINS) {
        errors.push(format!("keys[{second}].sha256: keys[{first}] has the same"));
    }
    if twins.len() > MAX_SHOWN_TWINS {
        errors.push(format!("keys: {} more have the sha256 of another", twins.len() - MAX_SHOWN_TWINS));
    }
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

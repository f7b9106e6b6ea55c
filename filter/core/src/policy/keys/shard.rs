//! The binary form of keys, searched where it lies.
//!
//! | bytes | what |
//! | --- | --- |
//! | 4 | `PVK1` |
//! | 8 | the table that the shard belongs to |
//! | 4 | how many keys |
//! | 36 for each key, by digest | SHA-256 of the key, and where its record begins, from the shard's beginning |
//! | the records | flags (1 revoked, 2 expires, 4 own), 8 bytes where it expires (seconds since 1970), id and tenant, each behind 2 bytes of length, and where the key says more of itself 4 bytes of length and JSON |
//!
//! All numbers are little-endian. At most 4 GiB.

use core::ops::Range;

use crate::bytes::cut;

/// Bytes of a digest.
pub const DIGEST_BYTES: usize = 32;

const MAGIC: &[u8; 4] = b"PVK1";
const HEAD_BYTES: usize = 16;
const ENTRY_BYTES: usize = DIGEST_BYTES + 4;

const REVOKED: u8 = 1;
const EXPIRES: u8 = 2;
const OWN: u8 = 4;

/// A key as it is written.
#[derive(Clone, Copy)]
pub(super) struct Entry<'k> {
    pub(super) digest: [u8; DIGEST_BYTES],
    pub(super) record: &'k [u8],
}

/// A key that was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found<'s> {
    pub(super) id: &'s str,
    pub(super) tenant: &'s str,
    pub(super) revoked: bool,
    pub(super) expires_at: Option<u64>,
    pub(super) own: Option<&'s str>,
}

impl Found<'_> {
    /// Adds its record.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let revoked = if self.revoked { REVOKED } else { 0 };
        let expires = if self.expires_at.is_some() { EXPIRES } else { 0 };
        let own = if self.own.is_some() { OWN } else { 0 };
        out.push(revoked | expires | own);
        out.extend(self.expires_at.iter().flat_map(|at| at.to_le_bytes()));
        for text in [self.id, self.tenant] {
            // Both were checked to be short.
            out.extend_from_slice(&(text.len() as u16).to_le_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        if let Some(own) = self.own {
            out.extend_from_slice(&(own.len() as u32).to_le_bytes());
            out.extend_from_slice(own.as_bytes());
        }
    }
}

/// Writes a shard of these keys, which are sorted by digest.
pub(super) fn write<'k>(table: u64, keys: impl ExactSizeIterator<Item = Entry<'k>> + Clone) -> Vec<u8> {
    let records: usize = keys.clone().map(|key| key.record.len()).sum();
    let mut at = HEAD_BYTES + keys.len() * ENTRY_BYTES;
    let mut out = Vec::with_capacity(at + records);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&table.to_le_bytes());
    out.extend_from_slice(&(keys.len() as u32).to_le_bytes());
    for key in keys.clone() {
        out.extend_from_slice(&key.digest);
        out.extend_from_slice(&(at as u32).to_le_bytes());
        at += key.record.len();
    }
    keys.for_each(|key| out.extend_from_slice(key.record));
    out
}

/// The table that a shard belongs to; none where it is no shard.
#[must_use]
pub fn table_of(shard: &[u8]) -> Option<u64> {
    let (magic, rest) = shard.split_first_chunk::<4>()?;
    (magic == MAGIC).then(|| rest.first_chunk().map(|table| u64::from_le_bytes(*table)))?
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let word = bytes.get(at..)?.first_chunk::<4>()?;
    usize::try_from(u32::from_le_bytes(*word)).ok()
}

/// Where the digest of a key lies, by the key's number.
fn digest_at(number: usize) -> Range<usize> {
    let start = HEAD_BYTES + number * ENTRY_BYTES;
    start..start + DIGEST_BYTES
}

/// How many keys a shard has, at most as many as it has room for.
fn count(shard: &[u8]) -> usize {
    let room = shard.len().saturating_sub(HEAD_BYTES) / ENTRY_BYTES;
    number(shard, HEAD_BYTES - 4).unwrap_or_default().min(room)
}

/// The key of this digest.
pub(super) fn find<'s>(shard: &'s [u8], digest: &[u8; DIGEST_BYTES]) -> Option<Found<'s>> {
    let (mut low, mut high) = (0, count(shard));
    while low < high {
        let middle = low.midpoint(high);
        let range = digest_at(middle);
        match cut(shard, range.clone()).cmp(digest) {
            core::cmp::Ordering::Less => low = middle + 1,
            core::cmp::Ordering::Greater => high = middle,
            core::cmp::Ordering::Equal => return record(shard.get(number(shard, range.end)?..)?),
        }
    }
    None
}

/// All digests, with their records as they are written.
pub(super) fn entries(shard: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    let count = count(shard);
    (0..count).filter_map(move |n| {
        let range = digest_at(n);
        let start = number(shard, range.end)?;
        let next = if n + 1 < count { number(shard, digest_at(n + 1).end)? } else { shard.len() };
        Some(Entry { digest: shard.get(range)?.try_into().ok()?, record: shard.get(start..next)? })
    })
}

/// Whether all of a shard can be read: its keys are sorted, and each has its record.
#[must_use]
pub fn is_whole(shard: &[u8]) -> bool {
    let announced = number(shard, HEAD_BYTES - 4);
    let mut last = None;
    let sorted = entries(shard).all(|entry| {
        let grows = last.is_none_or(|last| last < entry.digest);
        last = Some(entry.digest);
        grows && record(entry.record).is_some()
    });
    table_of(shard).is_some() && sorted && announced == Some(entries(shard).count())
}

/// Reads a record.
fn record(bytes: &[u8]) -> Option<Found<'_>> {
    let (&flags, mut rest) = bytes.split_first()?;
    let mut expires_at = None;
    if flags & EXPIRES > 0 {
        let (at, behind) = rest.split_first_chunk()?;
        (expires_at, rest) = (Some(u64::from_le_bytes(*at)), behind);
    }
    let mut text = |wide: bool| {
        let len = if wide {
            let (len, behind) = rest.split_first_chunk()?;
            rest = behind;
            u32::from_le_bytes(*len) as usize
        } else {
            let (len, behind) = rest.split_first_chunk()?;
            rest = behind;
            usize::from(u16::from_le_bytes(*len))
        };
        let (text, behind) = rest.split_at_checked(len)?;
        rest = behind;
        core::str::from_utf8(text).ok()
    };
    let (id, tenant) = (text(false)?, text(false)?);
    let own = if flags & OWN > 0 { Some(text(true)?) } else { None };
    Some(Found { id, tenant, revoked: flags & REVOKED > 0, expires_at, own })
}

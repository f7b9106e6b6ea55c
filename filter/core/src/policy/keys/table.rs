//! A key table in many shards, each with the keys whose digests begin alike.

use core::fmt::Write;

use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};

use super::shard::{self, DIGEST_BYTES, Entry};
use super::{KeyTable, Source};

/// So many keys may stand in a document that Envoy's workers read: it takes each some half a millisecond.
pub const MAX_IN_DOCUMENT: usize = 256;
/// Most bits of a digest that choose its shard.
pub const MAX_BITS: u32 = 12;
/// About so many keys stand in a shard, 4 KiB of them: a request copies one.
const KEYS_A_SHARD: usize = 64;

/// Which shards hold a policy's keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The table, by what it holds; each of its shards says it.
    #[serde(deserialize_with = "hexadecimal")]
    pub table: u64,
    /// How many keys it has.
    pub count: usize,
    /// How many bits at the beginning of a digest are the number of its shard.
    pub bits: u32,
}

impl Reference {
    /// How many shards there are.
    #[must_use]
    pub fn shards(&self) -> u32 {
        1 << self.bits.min(MAX_BITS)
    }

    /// The number of the shard that a digest would be in.
    #[must_use]
    pub fn shard_of(&self, digest: &[u8; DIGEST_BYTES]) -> u32 {
        let first = digest.first_chunk().map_or(0, |chunk| u32::from_be_bytes(*chunk));
        first.checked_shr(u32::BITS - self.bits.min(MAX_BITS)).unwrap_or_default()
    }
}

fn hexadecimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    u64::from_str_radix(&text, 16).map_err(|_| serde::de::Error::custom("16 hexadecimal digits"))
}

/// A table that was taken out of its document.
#[derive(Clone, PartialEq, Eq)]
pub struct Split {
    /// What stands in the document in its place, JSON.
    pub reference: String,
    /// The shards, by their numbers.
    pub shards: Vec<Vec<u8>>,
}

impl core::fmt::Debug for Split {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Split({} shards)", self.shards.len())
    }
}

impl KeyTable {
    /// The table in shards; none where it may stand in the document, or is elsewhere already.
    #[must_use]
    pub fn split(&self) -> Option<Split> {
        let Source::Here(all) = &self.source else { return None };
        if self.count <= MAX_IN_DOCUMENT {
            return None;
        }
        let shards = self.count.div_ceil(KEYS_A_SHARD).next_power_of_two();
        let digest = Sha256::digest(all);
        let table = digest.first_chunk().map_or(0, |chunk| u64::from_be_bytes(*chunk));
        let reference = Reference { table, count: self.count, bits: shards.ilog2().min(MAX_BITS) };
        let mut of: Vec<Vec<Entry<'_>>> = (0..reference.shards()).map(|_| Vec::new()).collect();
        for entry in shard::entries(all) {
            if let Some(shard) = of.get_mut(reference.shard_of(&entry.digest) as usize) {
                shard.push(entry);
            }
        }
        let shards = of.iter().map(|keys| shard::write(table, keys.iter().copied())).collect();
        let mut written = String::new();
        // Writing to a string does not fail.
        let _ = write!(
            written,
            r#"{{"table":"{table:016x}","count":{},"bits":{}}}"#,
            reference.count, reference.bits
        );
        Some(Split { reference: written, shards })
    }
}

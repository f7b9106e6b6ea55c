//! The callers' keys: known only by their SHA-256.
//!
//! A policy that is read by itself holds them in one [`shard`], which is searched where it lies. In Envoy a policy
//! with many keys would take each worker a long time to read, and the requests on it would wait; so its sender takes
//! the keys out ([`KeyTable::split`]), and brings them as many small shards that all workers share. In the document
//! stands then what tells which shards: `"keys":{"table":"…16 hexadecimal digits…","count":100000,"bits":11}`.
//! A worker reads nothing of them but, for each request, the shard that its caller's key is in.

mod reading;
mod shard;
mod table;

pub use shard::{DIGEST_BYTES, is_whole, table_of};
pub use table::{MAX_BITS, MAX_IN_DOCUMENT, Reference, Split};

use core::fmt;

use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::Masking;
use super::limits;
use super::models::Globs;
use super::reading::Reader;
use crate::limits::Limits;
use shard::Found;

/// Where the shards of a key table are that a policy does not hold itself.
pub trait Shards: fmt::Debug + Send + Sync {
    /// The shard of this number, as it was brought; none where there is none.
    fn read(&self, number: u32) -> Option<Vec<u8>>;
}

/// A caller, known by its key.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// The key's id.
    pub id: String,
    /// Its tenant; empty where it has none.
    pub tenant: String,
    /// By which the caller is counted: the beginning of the key's digest.
    pub number: u64,
    /// What it may use; what is missing the policy says.
    pub limits: Limits,
    /// The models that it may ask for; none where the key does not say it.
    pub models: Option<Globs>,
    /// What is masked otherwise for it, as JSON; none where the key does not say it.
    pub masking: Option<Box<RawValue>>,
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
    /// The shard that the key would be in is not there.
    Unavailable,
}

/// All keys, sorted by digest. Looking up compares digests, so its time tells nothing about a key.
pub struct KeyTable {
    source: Source,
    count: usize,
}

enum Source {
    /// One shard with all of them.
    Here(Vec<u8>),
    /// Many, elsewhere.
    Shared(Reference, Box<dyn Shards>),
}

impl fmt::Debug for KeyTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyTable({} keys)", self.count)
    }
}

impl KeyTable {
    /// Reads the section `keys`; `shards` are there where another program may have taken the keys out.
    pub(super) fn compile<'j>(
        raw: Option<&'j RawValue>,
        masking: &Masking,
        shards: Option<Box<dyn Shards>>,
        reader: &mut Reader<'j>,
    ) -> Self {
        if let (Some(raw), Some(shards)) = (raw.filter(|raw| raw.get().starts_with('{')), shards) {
            let reference = reader.read::<Reference>(raw).unwrap_or_default();
            if reference.bits > MAX_BITS {
                reader.error("keys.bits", format_args!("0 to {MAX_BITS}"));
            }
            return Self { count: reference.count, source: Source::Shared(reference, shards) };
        }
        let keys = reading::read(raw, masking, reader);
        Self { count: keys.len(), source: Source::Here(shard::write(0, keys.iter())) }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Where the keys are, if they are elsewhere.
    #[must_use]
    pub fn reference(&self) -> Option<Reference> {
        match &self.source {
            Source::Here(_) => None,
            Source::Shared(reference, _) => Some(*reference),
        }
    }

    /// The caller whose key was shown, at `now` (seconds since 1970).
    ///
    /// # Errors
    /// [`KeyError`], which tells the caller nothing but that the key is not accepted.
    pub fn look_up(&self, key: &[u8], now: u64) -> Result<Caller, KeyError> {
        let digest: [u8; DIGEST_BYTES] = Sha256::digest(key).into();
        match &self.source {
            Source::Here(shard) => known(&digest, shard::find(shard, &digest), now),
            Source::Shared(reference, shards) => {
                let shard = shards.read(reference.shard_of(&digest)).ok_or(KeyError::Unavailable)?;
                // While a newer table is brought, an older one can be gone.
                if table_of(&shard) != Some(reference.table) {
                    return Err(KeyError::Unavailable);
                }
                known(&digest, shard::find(&shard, &digest), now)
            }
        }
    }
}

fn known(digest: &[u8; DIGEST_BYTES], found: Option<Found<'_>>, now: u64) -> Result<Caller, KeyError> {
    let found = found.ok_or(KeyError::Unknown)?;
    if found.revoked {
        return Err(KeyError::Revoked);
    }
    if found.expires_at.is_some_and(|at| at <= now) {
        return Err(KeyError::Expired);
    }
    let mut caller = Caller {
        id: found.id.to_owned(),
        tenant: found.tenant.to_owned(),
        number: digest.first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk)),
        ..Caller::default()
    };
    if let Some(own) = found.own {
        // It was read before the table was made.
        read_own(own, &mut caller).ok_or(KeyError::Unavailable)?;
    }
    Ok(caller)
}

/// Reads what a key says for itself, which most keys do not; none where that is not to be understood.
fn read_own(own: &str, caller: &mut Caller) -> Option<()> {
    let mut reader = Reader::new(own.as_bytes());
    let [models, limits, masking] = reader.document(&["models", "limits", "masking"], 0)?;
    let models: Option<Vec<String>> = reader.read_some(models);
    caller.models = models.map(|models| Globs::new(&models));
    caller.limits = limits.and_then(|raw| limits::read("limits", raw, &mut reader)).unwrap_or_default();
    caller.masking = masking.map(ToOwned::to_owned);
    reader.into_errors().is_none().then_some(())
}

//! The table of callers' requests and tokens, in data that all workers share. It outlives a reload of the module.

use privet_core::formats::Usage;
use privet_core::gateway::Admitted;
use privet_core::limits::{Limits, Shard, Standing, Verdict, estimate_tokens, shard_of};
use privet_core::refusal::Refusal;
use sha2::{Digest, Sha256};

use crate::host;
use crate::shared::internal_error;

/// How often a shard that others keep changing is tried again; each try means that another request got through.
const MAX_TRIES: usize = 1000;

/// A request that was counted, until its tokens are put right.
#[derive(Debug, Default)]
pub(crate) struct Metered {
    /// None where nothing is limited.
    counted: Option<Counted>,
    standing: Option<Standing>,
}

#[derive(Debug)]
struct Counted {
    caller: u64,
    /// When it was counted.
    at: u64,
    /// Tokens that were reserved; none where tokens are not limited.
    reserved: Option<u64>,
}

impl Metered {
    /// Step 5 by the headers alone, and without counting: who is over the limit is told so before the body comes.
    pub(crate) fn look(admitted: &Admitted, now: u64) -> Option<Refusal> {
        if admitted.limits.is_empty() {
            return None;
        }
        Refusal::by_limit(look(number_of(admitted), &admitted.limits, now))
    }

    /// Step 5: counts a request of so many bytes of text.
    ///
    /// # Errors
    /// 429 where a limit is reached; 503 where the request could not be counted.
    pub(crate) fn take(admitted: &Admitted, text_bytes: u64, now: u64) -> Result<Self, Refusal> {
        if admitted.limits.is_empty() {
            return Ok(Self::default());
        }
        let (caller, tokens) = (number_of(admitted), estimate_tokens(text_bytes));
        let verdict = take(caller, &admitted.limits, now, tokens).map_err(|Contended| internal_error())?;
        let standing = match verdict {
            Verdict::Allowed(standing) => standing,
            verdict => return Err(Refusal::by_limit(verdict).unwrap_or_else(internal_error)),
        };
        let reserved = admitted.limits.tokens_per_day.map(|_| tokens);
        Ok(Self { counted: Some(Counted { caller, at: now, reserved }), standing })
    }

    /// Puts the tokens right at the request's end: as the provider counted them; where it did not, the answer is
    /// reckoned by its bytes; and where there was no good answer, all are given back.
    pub(crate) fn settle(&mut self, status: u16, usage: Usage, answer_bytes: u64, now: u64) {
        let Some(Counted { caller, at, reserved: Some(reserved) }) = self.counted.take() else { return };
        let good = (200..300).contains(&status);
        let counted = usage.input.unwrap_or(reserved) + usage.output.unwrap_or(estimate_tokens(answer_bytes));
        // Who loses a thousand races in a row keeps what was reserved.
        let _ = settle(caller, at, now, reserved, if good { counted } else { 0 });
    }

    /// The headers that tell the caller how it stands.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.standing.into_iter().flat_map(|standing| standing_headers(&standing))
    }
}

/// `x-ratelimit-limit`, `-remaining` and `-reset` (in seconds).
pub(crate) fn standing_headers(standing: &Standing) -> [(&'static str, String); 3] {
    [
        ("x-ratelimit-limit", standing.limit.to_string()),
        ("x-ratelimit-remaining", standing.remaining.to_string()),
        ("x-ratelimit-reset", standing.reset.to_string()),
    ]
}

/// By which a caller is counted: its key, or the address that it comes from.
fn number_of(admitted: &Admitted) -> u64 {
    admitted.caller.unwrap_or_else(|| {
        let digest = Sha256::digest(source_ip());
        digest.first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk))
    })
}

/// The address that the request comes from, without its port.
pub(crate) fn source_ip() -> String {
    let address = String::from_utf8(host::source_address()).unwrap_or_default();
    address.rsplit_once(':').map_or(address.as_str(), |(ip, _)| ip).to_owned()
}

/// A shard could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Contended;

fn name(caller: u64) -> String {
    format!("privet.limits.{}", shard_of(caller))
}

/// What the limits say of a request, without counting it: so that who is over the limit costs little.
fn look(caller: u64, limits: &Limits, now: u64) -> Verdict {
    let shard = host::shared(&name(caller)).unwrap_or_default();
    Shard::read(&shard).look(caller, limits, now, 0)
}

/// Counts a request and reserves its tokens, where the limits let it go on.
fn take(caller: u64, limits: &Limits, now: u64, tokens: u64) -> Result<Verdict, Contended> {
    change(caller, now, |shard| {
        let verdict = shard.take(caller, limits, now, tokens);
        (verdict, matches!(verdict, Verdict::Allowed(_)))
    })
}

/// Puts the tokens right of a request that was counted at `then`.
fn settle(caller: u64, then: u64, now: u64, reserved: u64, used: u64) -> Result<(), Contended> {
    change(caller, now, |shard| (shard.settle(caller, then, reserved, used), reserved != used))
}

/// Changes a caller's shard by compare-and-swap; nothing is written where `change` says that nothing changed.
fn change<T>(caller: u64, now: u64, mut change: impl FnMut(&mut Shard) -> (T, bool)) -> Result<T, Contended> {
    let name = name(caller);
    for _ in 0..MAX_TRIES {
        let read = host::versioned(&name);
        let mut shard = Shard::read(&read.value);
        let (result, changed) = change(&mut shard);
        if !changed || host::replace_shared(&name, &read, &shard.write(now)).unwrap_or_default() {
            return Ok(result);
        }
    }
    Err(Contended)
}

//! Rate limit and quota of a caller: arithmetic on a small table that all workers share.
//!
//! Requests follow the generic cell rate algorithm (ITU-T I.371, "virtual scheduling"): a caller has one time, the
//! *theoretical arrival time* of its next request, and may be at most `burst` requests ahead of it. So a limit
//! needs no window, and is exact: in any stretch of time at most `burst` plus what the rate gives are let in, and
//! a caller that keeps to the rate is never refused. Tokens are counted per day (UTC): estimated when a request
//! comes ([`estimate_tokens`]), and put right when the provider has counted them.
//!
//! The table is kept in [`SHARDS`] pieces, so that a request reads and writes little, and two workers seldom meet.
//! Callers whose state says nothing any more are dropped whenever their piece is written ([`Shard::write`]).

use core::num::{NonZeroU32, NonZeroU64};

pub mod global;

/// Pieces of the table.
pub const SHARDS: u64 = 1024;
/// Nanoseconds of a minute.
const MINUTE: u64 = 60_000_000_000;
/// Nanoseconds of a day.
const DAY: u64 = 24 * 60 * MINUTE;
/// Bytes of a caller in a written shard.
const ENTRY_BYTES: usize = 32;

/// What a caller may use. What is missing is not limited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Requests in a minute, spread evenly.
    pub requests_per_minute: Option<NonZeroU32>,
    /// Requests that may come at once; as many as in a minute where it is missing.
    pub burst: Option<NonZeroU32>,
    /// Tokens of prompts and answers in a day (UTC).
    pub tokens_per_day: Option<NonZeroU64>,
    /// Where it counts.
    pub scope: Option<Scope>,
    /// What becomes of requests while the service that counts for all Envoys is away.
    pub on_limiter_failure: Option<global::OnFailure>,
}

/// Where a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In each Envoy by itself, over all its workers.
    Local,
    /// Over all Envoys.
    Global,
}

impl Limits {
    /// These limits, and for what they leave open those of `general`.
    #[must_use]
    pub fn or(self, general: Self) -> Self {
        // A burst belongs to its rate.
        let burst =
            if self.requests_per_minute.is_some() { self.burst } else { self.burst.or(general.burst) };
        Self {
            requests_per_minute: self.requests_per_minute.or(general.requests_per_minute),
            burst,
            tokens_per_day: self.tokens_per_day.or(general.tokens_per_day),
            scope: self.scope.or(general.scope),
            on_limiter_failure: self.on_limiter_failure.or(general.on_limiter_failure),
        }
    }

    /// Whether nothing is limited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requests_per_minute.is_none() && self.tokens_per_day.is_none()
    }

    /// Nanoseconds between two requests at the rate, and how far ahead a caller may be.
    fn pace(&self) -> Option<(u64, u64)> {
        let rate = u64::from(self.requests_per_minute?.get());
        let burst = self.burst.map_or(rate, |b| u64::from(b.get()));
        let interval = MINUTE / rate;
        Some((interval, interval.saturating_mul(burst)))
    }
}

/// How a caller stands, as the `x-ratelimit-*` headers tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Requests in a minute, or tokens in a day.
    pub limit: u64,
    /// What is left of it now.
    pub remaining: u64,
    /// Seconds until all of it is there again.
    pub reset: u64,
}

/// What the limits say of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may go on. None where requests are not limited.
    Allowed(Option<Standing>),
    /// It came too soon: seconds until the next may come.
    TooSoon(u64, Standing),
    /// The day's tokens are used up: seconds until the next day.
    OverQuota(u64, Standing),
}

/// The state of a caller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Caller {
    /// By which it is known.
    id: u64,
    /// Theoretical arrival time of the next request, in nanoseconds since 1970.
    next: u64,
    /// The day that `tokens` were used on, since 1970.
    day: u64,
    /// Tokens used or reserved on that day.
    tokens: u64,
}

impl Caller {
    fn tokens_on(&self, day: u64) -> u64 {
        if self.day == day { self.tokens } else { 0 }
    }

    /// Whether forgetting it changes nothing.
    fn is_idle(&self, now: u64) -> bool {
        self.next <= now && self.tokens_on(now / DAY) == 0
    }
}

/// A piece of the table.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Shard {
    /// Sorted by id.
    callers: Vec<Caller>,
}

/// The number of the shard in which a caller stands.
#[must_use]
pub fn shard_of(caller: u64) -> u64 {
    caller % SHARDS
}

impl Shard {
    /// Reads what [`Self::write`] wrote. What is no shard is an empty one.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let number = |chunk: &[u8], n: usize| {
            let word = chunk.get(n * 8..n * 8 + 8).and_then(|w| <[u8; 8]>::try_from(w).ok());
            word.map_or(0, u64::from_le_bytes)
        };
        let callers = bytes.chunks_exact(ENTRY_BYTES).map(|c| Caller {
            id: number(c, 0),
            next: number(c, 1),
            day: number(c, 2),
            tokens: number(c, 3),
        });
        Self { callers: callers.collect() }
    }

    /// The shard's bytes, without the callers that are idle at `now`.
    #[must_use]
    pub fn write(&self, now: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.callers.len() * ENTRY_BYTES);
        for caller in self.callers.iter().filter(|c| !c.is_idle(now)) {
            for number in [caller.id, caller.next, caller.day, caller.tokens] {
                bytes.extend_from_slice(&number.to_le_bytes());
            }
        }
        bytes
    }

    /// How many callers stand in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.callers.len()
    }

    /// Whether nobody stands in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.callers.is_empty()
    }

    fn caller(&self, id: u64) -> Caller {
        let at = self.callers.binary_search_by_key(&id, |c| c.id).ok();
        at.and_then(|n| self.callers.get(n)).copied().unwrap_or(Caller { id, ..Caller::default() })
    }

    fn put(&mut self, caller: Caller) {
        match self.callers.binary_search_by_key(&caller.id, |c| c.id) {
            Ok(n) => {
                if let Some(slot) = self.callers.get_mut(n) {
                    *slot = caller;
                }
            }
            Err(n) => self.callers.insert(n, caller),
        }
    }

    /// What the limits say of a request of `id` at `now` (nanoseconds since 1970) that is reckoned at so many
    /// tokens. Changes nothing.
    #[must_use]
    pub fn look(&self, id: u64, limits: &Limits, now: u64, tokens: u64) -> Verdict {
        judge(self.caller(id), limits, now, tokens).0
    }

    /// The same, and where the request may go on it is counted and its tokens are reserved.
    #[must_use]
    pub fn take(&mut self, id: u64, limits: &Limits, now: u64, tokens: u64) -> Verdict {
        let (verdict, after) = judge(self.caller(id), limits, now, tokens);
        if let Some(after) = after {
            self.put(after);
        }
        verdict
    }

    /// Puts the tokens of a request right that has come to its end: `reserved` on the day of `then`, and so many
    /// `used` in truth. On a new day nothing is given back, and what was used counts for the day it began on.
    pub fn settle(&mut self, id: u64, then: u64, reserved: u64, used: u64) {
        let mut caller = self.caller(id);
        if caller.day == then / DAY {
            caller.tokens = caller.tokens.saturating_sub(reserved).saturating_add(used);
            self.put(caller);
        }
    }
}

/// The verdict, and the caller's state where the request goes on.
fn judge(caller: Caller, limits: &Limits, now: u64, tokens: u64) -> (Verdict, Option<Caller>) {
    let mut after = caller;
    let mut standing = None;
    if let Some((interval, ahead)) = limits.pace() {
        let due = caller.next.max(now);
        let next = due.saturating_add(interval);
        let stands = |next: u64| Standing {
            limit: limits.requests_per_minute.map_or(0, |r| u64::from(r.get())),
            remaining: ahead.saturating_sub(next.saturating_sub(now)) / interval.max(1),
            reset: seconds(next.saturating_sub(now)),
        };
        if next.saturating_sub(now) > ahead {
            let wait = next - ahead - now;
            return (Verdict::TooSoon(seconds(wait).max(1), stands(due)), None);
        }
        standing = Some(stands(next));
        after.next = next;
    }
    if let Some(most) = limits.tokens_per_day {
        let day = now / DAY;
        let used = caller.tokens_on(day);
        if used.saturating_add(tokens) > most.get() {
            let left = seconds(DAY - now % DAY);
            let standing =
                Standing { limit: most.get(), remaining: most.get().saturating_sub(used), reset: left };
            return (Verdict::OverQuota(left, standing), None);
        }
        (after.day, after.tokens) = (day, used + tokens);
    }
    (Verdict::Allowed(standing), Some(after))
}

/// Nanoseconds as seconds, rounded up.
fn seconds(nanoseconds: u64) -> u64 {
    nanoseconds.div_ceil(1_000_000_000)
}

/// How many tokens a text is reckoned at: a token for every four bytes, rounded up. Tokenisers of today's models
/// make about four bytes of English one token, and fewer bytes of other languages; as an estimate before the
/// provider has counted, that is near enough, and it costs nothing.
#[must_use]
pub fn estimate_tokens(bytes: u64) -> u64 {
    bytes.div_ceil(4)
}

#[cfg(test)]
mod tests;

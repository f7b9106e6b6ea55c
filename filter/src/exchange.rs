//! What the roles `gateway` and `provider` tell each other about one request, in the memory of the module that both run
//! in on a worker. Nothing of it travels: the request carries a number in its filter state ([`host::set_number`]).
//!
//! The role `gateway` keeps the exchange as long as the request. Borrows are never held over a host call.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use privet_core::formats::Format;
use privet_core::provider::attempt::{Outcome, Reason};
use privet_core::refusal::Code;

use crate::host;

/// A header.
pub(crate) type Header = (Vec<u8>, Vec<u8>);

/// One request on its way to providers.
pub(crate) struct Exchange {
    /// What the client speaks; none where only the policy knows the path.
    pub format: Option<Format>,
    /// The endpoint's path and query, as they are below a provider's base URL.
    pub path: String,
    /// The model that is asked for; empty where the request names none.
    pub model: String,
    /// Whether the path, and not the body, names it.
    pub model_in_path: bool,
    /// Whether the client asked for a stream.
    pub streamed: bool,
    /// Length of the body as it leaves the gateway.
    pub content_length: usize,
    /// The client's headers that speak to one maker's API.
    pub vendor: Vec<Header>,
    /// Whether another attempt may follow the first.
    pub may_fail_over: bool,
    /// The attempts so far.
    pub attempts: Vec<Attempted>,
    /// What the last attempt could say to its provider only nearly, by the names of the documentation.
    pub approximated: Vec<&'static str>,
    /// Why the last attempt was not made.
    pub refused: Option<Code>,
}

/// An attempt.
pub(crate) struct Attempted {
    /// Name of the provider.
    pub provider: String,
    /// When it began, in nanoseconds since 1970.
    pub begun: u64,
    /// The time it has for the beginning of an answer, in milliseconds.
    pub timeout_ms: u64,
    /// How far it came.
    pub outcome: Outcome,
    /// Why it was made, if it is not the first.
    pub reason: Option<Reason>,
}

impl Exchange {
    /// Notes down the beginning of an attempt; returns its number, from 0 on.
    pub(crate) fn begin(&mut self, provider: &str, timeout_ms: u64) -> usize {
        let begun = host::now();
        let reason = self.attempts.last().map(|before| {
            let waited = begun.saturating_sub(before.begun) / 1_000_000;
            Reason::of(before.outcome, waited, before.timeout_ms)
        });
        let outcome = Outcome::default();
        self.attempts.push(Attempted { provider: provider.to_owned(), begun, timeout_ms, outcome, reason });
        self.attempts.len() - 1
    }

    /// Notes down how far an attempt came.
    pub(crate) fn note(&mut self, number: usize, outcome: Outcome) {
        if let Some(attempt) = self.attempts.get_mut(number) {
            attempt.outcome = outcome;
        }
    }
}

/// An exchange that both roles have.
pub(crate) type Shared = Rc<RefCell<Exchange>>;

thread_local! {
    /// By rising numbers.
    static OPEN: RefCell<Vec<(u64, Weak<RefCell<Exchange>>)>> = const { RefCell::new(Vec::new()) };
    static LAST: Cell<u64> = const { Cell::new(0) };
}

/// An exchange in the hands of the role `gateway`; it ends when dropped.
pub(crate) struct Handle {
    number: u64,
    exchange: Shared,
}

impl Handle {
    /// Opens an exchange for the request of the current callback.
    pub(crate) fn open(exchange: Exchange) -> host::Result<Self> {
        let number = LAST.with(|last| {
            last.set(last.get().wrapping_add(1));
            last.get()
        });
        let handle = Self { number, exchange: Rc::new(RefCell::new(exchange)) };
        OPEN.with_borrow_mut(|open| open.push((number, Rc::downgrade(&handle.exchange))));
        host::set_number(number)?;
        Ok(handle)
    }

    /// Looks at it.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Exchange) -> T) -> T {
        look(&self.exchange.borrow())
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        OPEN.with_borrow_mut(|open| {
            if let Ok(place) = open.binary_search_by_key(&self.number, |(number, _)| *number) {
                open.remove(place);
            }
        });
    }
}

/// The exchange of the request of the current callback, if it has one in this module.
pub(crate) fn current() -> Option<Shared> {
    let number = host::number()?;
    OPEN.with_borrow(|open| {
        let place = open.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        open.get(place)?.1.upgrade()
    })
}

//! What is asked of an answer before its values are put back: the policies of the response phase, and with them the
//! output scan, which finds values and secrets that the model brought in.
//!
//! A [`Guard`] asks one set of policies about one answer. It reads the texts as the provider sends them: the request's
//! own values still stand there as placeholders, so whatever is found is not the request's. Values that the request
//! was only warned about went out as they are; they are known by the token map, and do not count either.
//!
//! A whole answer is asked about once, with all that is in it ([`crate::formats::answer::guarded`]). A stream is
//! asked about piece by piece, through a [`window`] for each string that grows.

use std::rc::Rc;

use crate::formats::Usage;
use crate::gateway::Admitted;
use crate::mask::Masked;
use crate::policy::Policy;

mod guard;
mod quotes;
pub mod window;

pub(crate) use guard::Span;
pub use guard::{Guard, Seen};
pub(crate) use quotes::Quotes;
pub(crate) use window::{Window, find_in, replace};

/// Who asks about one answer.
#[derive(Debug, Default)]
pub struct Guards {
    /// The policies in force; none where none of them is for this answer.
    pub live: Option<Guard>,
    /// Those that are only tried: they change nothing.
    pub shadow: Option<Guard>,
}

impl Guards {
    /// Who asks about the answer to a request that has gone out to `provider`.
    #[must_use]
    pub fn of(policy: &Rc<Policy>, admitted: &Admitted, masked: &Masked, provider: &str) -> Self {
        let seen = Seen {
            agent: admitted.agent(),
            model: &masked.model,
            provider,
            score: masked.scores.foreign(),
            text_bytes: masked.coverage.scanned.bytes,
        };
        Self { live: Guard::new(policy, false, &seen), shadow: Guard::new(policy, true, &seen) }
    }

    /// Whether nobody asks.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live.is_none() && self.shadow.is_none()
    }

    /// Whether something may have to be changed or kept from the client.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.live.as_ref().is_some_and(Guard::holds)
    }

    /// All who ask.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Guard> {
        self.live.iter_mut().chain(&mut self.shadow)
    }

    /// Takes in what the provider says of the tokens.
    pub(crate) fn count(&mut self, usage: Usage) {
        self.iter_mut().for_each(|guard| guard.count(usage));
    }

    /// Whether a policy has said that nothing more may go out.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.live.as_ref().is_some_and(Guard::is_blocked)
    }
}

//! Role `provider`: an upstream filter, made anew for each attempt. It gives the request the path, the host, the model and
//! the headers of its provider, and looks at how an answer begins where another provider could still be asked.
//!
//! It stands only in chains that need it (`privet_core::provider::attempt::needs_role`). What one attempt changes in the
//! headers is still there in the next, so each starts from what the role `gateway` has noted down ([`crate::exchange`]).
//! Bodies are not touched but for the model's name.

mod attempt;
mod opening;
mod translation;

use std::rc::Rc;

use privet_core::provider::Provider;

use attempt::Attempt;

pub(crate) struct Root {
    provider: Rc<Provider>,
}

impl Root {
    pub(crate) fn new(provider: Provider) -> Self {
        Self { provider: Rc::new(provider) }
    }

    pub(crate) fn stream(&self) -> Attempt {
        Attempt::new(self.provider.clone())
    }
}

//! One codec per wire format: what its bodies look like, which strings are text, how its answers grow.

pub mod openai_chat;

//! Tests of translation: golden cases (`golden`), what is refused (`refusals`), answers sent back (`history`), how a
//! stream ends (`stages`), thoughts of other providers
//! (`foreign`), and damaged input (`damaged`).

#[path = "translate/damaged.rs"]
mod damaged;
#[path = "translate/foreign.rs"]
mod foreign;
#[path = "translate/golden.rs"]
mod golden;
#[path = "translate/history.rs"]
mod history;
#[path = "translate/refusals.rs"]
mod refusals;
#[path = "translate/stages.rs"]
mod stages;

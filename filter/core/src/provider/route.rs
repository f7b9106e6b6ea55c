//! Where a request goes once its model is known, and under which name of the model.
//!
//! An alias of the policy stands for `provider/id`, and clients may write that themselves. The provider is the one
//! that the header names, else the path's prefix, else the model's, else the primary, else the first. What stands
//! before the slash is only taken for a provider where one has that name: aggregators have models that are called
//! `anthropic/…` themselves. So a header or prefix keeps the name as it is, unless the name begins with the same
//! provider.

use super::{Provider, UnknownProvider};
use crate::policy::models::Asked;
use crate::refusal::{Code, Refusal};

/// What the headers and the path say of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// Its number in the configuration.
    pub provider: Result<usize, UnknownProvider>,
    /// Whether a header or the path's prefix names it.
    pub named: bool,
}

/// Why a request goes nowhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NoRoute {
    /// The header, or the path's prefix, names no provider that is configured.
    #[default]
    Provider,
    /// The alias that was asked for stands for a model of a provider that is not configured.
    Alias,
}

impl From<NoRoute> for Refusal {
    fn from(why: NoRoute) -> Self {
        match why {
            NoRoute::Provider => Self::new(Code::UnknownProvider, "no provider of this name is configured"),
            NoRoute::Alias => {
                let message = "this alias stands for a model of a provider that is not configured";
                Self::new(Code::UnknownProvider, message).at("model")
            }
        }
    }
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The provider's number in the configuration.
    pub provider: Result<usize, NoRoute>,
    /// The path, where the model in it is called otherwise at the provider.
    pub path: Option<String>,
}

impl Default for Route {
    fn default() -> Self {
        Self { provider: Err(NoRoute::Provider), path: None }
    }
}

impl Route {
    /// To what the headers and the path say.
    #[must_use]
    pub fn to(chosen: Chosen) -> Self {
        Self { provider: chosen.provider.map_err(|UnknownProvider| NoRoute::Provider), path: None }
    }
}

/// The provider of a model, and the model's id there.
///
/// # Errors
/// Why there is no provider.
pub fn route<'a>(
    providers: &[Provider],
    chosen: Chosen,
    asked: Asked<'a>,
) -> Result<(usize, &'a str), NoRoute> {
    let owner = asked.resolved.split_once('/').filter(|(_, id)| !id.is_empty());
    let number = |name: &str| providers.iter().position(|p| p.name == name);
    match owner.map(|(name, id)| (number(name), id)) {
        Some((Some(provider), id)) if !chosen.named || chosen.provider == Ok(provider) => Ok((provider, id)),
        Some((None, _)) if asked.alias && !chosen.named => Err(NoRoute::Alias),
        _ => chosen.provider.map(|n| (n, asked.resolved)).map_err(|UnknownProvider| NoRoute::Provider),
    }
}

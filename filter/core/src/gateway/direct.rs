//! Where a model's name leads, and what becomes of it.

use super::Admitted;
use crate::formats::Format;
use crate::mask::Scanned;
use crate::policy::Policy;
use crate::policy::models::Asked;
use crate::provider::Provider;
use crate::provider::route::{Route, route};
use crate::refusal::{Code, Refusal};

/// Step 4, the model: where it leads, whether it may be asked for there, and its name there. Returns the provider's
/// name, empty where there is none.
pub(super) fn direct<'p>(
    policy: &Policy,
    providers: &'p [Provider],
    admitted: &Admitted,
    asked: Asked<'_>,
    scanned: &mut Scanned<'_>,
) -> Result<&'p str, Refusal> {
    let endpoint = &admitted.endpoint;
    if endpoint.format.is_none() {
        scanned.masked.route = Route::to(admitted.chosen);
        let provider = admitted.chosen.provider.ok().and_then(|n| providers.get(n));
        return Ok(provider.map_or("", |p| p.name.as_str()));
    }
    let bare = !asked.alias && !admitted.chosen.named;
    if endpoint.format == Some(Format::Unified) && bare {
        owned(providers, asked.name)?;
    }
    let refused = |message| Refusal::new(Code::ModelNotAllowed, message).at("model");
    let routed = route(providers, admitted.chosen, asked);
    let provider = routed.ok().and_then(|(number, _)| providers.get(number));
    let name = provider.map_or("", |p| p.name.as_str());
    if !policy.models.allow(admitted.models.as_ref(), asked, name) {
        return Err(refused("this model is not one that may be asked for here"));
    }
    scanned.masked.route.provider = routed.map(|(number, _)| number);
    let Ok((_, id)) = routed else { return Ok(name) };
    if provider.is_some_and(|provider| !provider.serves(id)) {
        return Err(refused("the chosen provider does not serve this model"));
    }
    id.clone_into(&mut scanned.masked.route.model);
    if id != asked.name {
        scanned.rename(asked.name, id);
        if endpoint.model.is_some() {
            scanned.masked.route.path = Some(endpoint.path_with_model(id)?);
        }
    }
    Ok(name)
}

/// The gateway's own endpoint asks for a provider's name before the model's.
fn owned(providers: &[Provider], model: &str) -> Result<(), Refusal> {
    let owner = model.split_once('/').filter(|(_, id)| !id.is_empty()).map(|(owner, _)| owner);
    let message = "model: `provider/id`, or an alias of the policy";
    let owner = owner.ok_or_else(|| Refusal::new(Code::Validation, message).at("model"))?;
    if providers.iter().any(|p| p.name == owner) {
        return Ok(());
    }
    Err(Refusal::new(Code::UnknownProvider, "model: no provider of this name is configured").at("model"))
}

//! The names of types: the built-in ones and those that a policy adds.

use crate::entity::{EntityType, is_valid_name};

/// Most custom types of one policy.
pub(super) const MAX_CUSTOM_TYPES: usize = 1024;

/// The types that a policy adds; the n-th is [`EntityType::Custom`] of n.
#[derive(Default)]
pub(super) struct CustomTypes(Vec<Box<str>>);

impl CustomTypes {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn name(&self, number: u16) -> Option<&str> {
        self.0.get(usize::from(number)).map(|name| &**name)
    }

    /// The type of this name, built in or custom.
    pub(super) fn find(&self, name: &str) -> Option<EntityType> {
        EntityType::built_in(name).or_else(|| {
            let number = self.0.iter().position(|n| **n == *name)?;
            u16::try_from(number).ok().map(EntityType::Custom)
        })
    }

    /// The custom type of this name, which is made where it is missing.
    ///
    /// # Errors
    /// Where no type can have that name, or there are too many.
    pub(super) fn find_or_add(&mut self, name: &str) -> Result<EntityType, String> {
        if let Some(known) = self.find(name) {
            return Ok(known);
        }
        if !is_valid_name(name) {
            return Err("upper-case words joined by `_`, at most 48 characters".to_owned());
        }
        if self.0.len() >= MAX_CUSTOM_TYPES {
            return Err(format!("at most {MAX_CUSTOM_TYPES} types of the policy's own"));
        }
        let number = u16::try_from(self.0.len()).unwrap_or(u16::MAX);
        self.0.push(name.into());
        Ok(EntityType::Custom(number))
    }

    /// The custom types, each with its name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (EntityType, &str)> {
        let numbered = self.0.iter().enumerate();
        numbered.filter_map(|(n, name)| Some((EntityType::Custom(u16::try_from(n).ok()?), &**name)))
    }
}

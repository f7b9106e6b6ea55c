//! The shapes that sections have: objects of known members, and words of a list.
//!
//! One visitor reads all objects and one all words. Derived ones, one for each section, made up a tenth of the module.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A value that is written as a word.
pub(in crate::policy) trait Word: Copy + 'static {
    /// The words.
    const NAMES: &'static [&'static str];
    /// What they stand for, in the same order.
    const ALL: &'static [Self];
}

/// The members that an object may have.
#[derive(Clone, Copy)]
pub(in crate::policy) struct Known {
    /// Their names, with those first that must be there.
    pub names: &'static [&'static str],
    /// How many of them must be there.
    pub needed: usize,
    /// What others may be there, which are passed over.
    pub others: Others,
}

/// Members whose names are not [`Known::names`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::policy) enum Others {
    /// There may be none.
    None,
    /// There may be the one of this name.
    One(&'static str),
    /// There may be any.
    Any,
}

/// Reads an object: for each known name its member as it stands, none where it is missing, or is null and need not be
/// there.
impl<'de> DeserializeSeed<'de> for Known {
    type Value = Vec<Option<&'de RawValue>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Known {
    type Value = Vec<Option<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members: Self::Value = vec![None; self.names.len()];
        while let Some(number) = map.next_key_seed(Name(self))? {
            let Some(member) = number.and_then(|number| members.get_mut(number)) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if member.is_some() {
                let name = number.and_then(|number| self.names.get(number));
                return Err(Error::duplicate_field(name.copied().unwrap_or_default()));
            }
            *member = Some(map.next_value()?);
        }
        for (number, (member, name)) in members.iter_mut().zip(self.names).enumerate() {
            if number < self.needed && member.is_none() {
                return Err(Error::missing_field(name));
            }
            *member = member.filter(|member| number < self.needed || member.get() != "null");
        }
        Ok(members)
    }
}

/// Reads the name of a member: its number, none where it is passed over.
struct Name(Known);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        let number = self.0.names.iter().position(|known| *known == name);
        let is_passed_over = match self.0.others {
            Others::None => false,
            Others::One(other) => other == name,
            Others::Any => true,
        };
        if number.is_some() || is_passed_over {
            Ok(number)
        } else {
            Err(E::unknown_field(name, self.0.names))
        }
    }
}

/// Reads one of these words: its number.
pub(super) struct OneOf(pub(super) &'static [&'static str]);

impl<'de> DeserializeSeed<'de> for OneOf {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for OneOf {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a word")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<usize, E> {
        self.0.iter().position(|known| *known == word).ok_or_else(|| E::unknown_variant(word, self.0))
    }
}

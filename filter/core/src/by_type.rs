//! What is noted down by type of value. There are at most some hundred types, so a sorted list does; a tree is 5 KB of
//! code for each sort of note.

use crate::entity::EntityType;

/// A note for each of some types, in the order of the types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByType<V>(Vec<(EntityType, V)>);

impl<V> Default for ByType<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V: Copy> ByType<V> {
    fn place(&self, entity: EntityType) -> Result<usize, usize> {
        self.0.binary_search_by_key(&entity, |(e, _)| *e)
    }

    /// The note of a type.
    #[must_use]
    pub fn get(&self, entity: EntityType) -> Option<V> {
        let place = self.place(entity).ok()?;
        self.0.get(place).map(|(_, note)| *note)
    }

    /// Notes down something of a type, in the place of what was noted before.
    pub fn insert(&mut self, entity: EntityType, note: V) {
        match self.place(entity) {
            Ok(place) => {
                if let Some(old) = self.0.get_mut(place) {
                    *old = (entity, note);
                }
            }
            Err(place) => self.0.insert(place, (entity, note)),
        }
    }

    /// All notes.
    pub fn iter(&self) -> impl Iterator<Item = (EntityType, V)> {
        self.0.iter().copied()
    }

    /// How many types have one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no type has one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl ByType<u32> {
    /// Counts one more of a type.
    pub fn count(&mut self, entity: EntityType) {
        self.insert(entity, self.get(entity).unwrap_or_default() + 1);
    }
}

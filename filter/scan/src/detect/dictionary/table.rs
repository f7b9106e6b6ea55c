//! A hash table from 64-bit keys, which are hashes already, to numbers.

/// Open addressing with linear probing, at most three quarters full. Key 0 marks a free place, so a key
/// of 0 is kept as 1.
pub(super) struct Table {
    /// A power of two of them.
    places: Vec<(u64, u32)>,
    /// How far a key is shifted to number a place: the highest bits of a product are the best mixed ones.
    shift: u32,
    len: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl Table {
    /// A table that grows only beyond so many keys.
    pub(super) fn with_capacity(keys: usize) -> Self {
        let places = (keys.saturating_mul(4) / 3 + 1).next_power_of_two().max(16);
        Self { places: vec![(0, 0); places], shift: 64 - places.trailing_zeros(), len: 0 }
    }

    /// The number of a key.
    #[inline]
    pub(super) fn get(&self, key: u64) -> Option<u32> {
        let key = key.max(1);
        let mut place = self.first_place(key);
        loop {
            match self.places.get(place) {
                Some((k, number)) if *k == key => return Some(*number),
                Some((0, _)) | None => return None,
                Some(_) => place = self.next_place(place),
            }
        }
    }

    /// The number of a key, which is `number` where it had none.
    pub(super) fn get_or_insert(&mut self, key: u64, number: u32) -> u32 {
        if self.len * 4 >= self.places.len() * 3 {
            self.grow();
        }
        let key = key.max(1);
        let mut place = self.first_place(key);
        loop {
            match self.places.get_mut(place) {
                Some((k, known)) if *k == key => return *known,
                Some(free @ (0, _)) => {
                    *free = (key, number);
                    self.len += 1;
                    return number;
                }
                Some(_) => place = self.next_place(place),
                None => return number,
            }
        }
    }

    fn grow(&mut self) {
        let larger = Self::with_capacity(self.places.len());
        let old = core::mem::replace(self, larger);
        for (key, number) in old.places.into_iter().filter(|(key, _)| *key != 0) {
            self.get_or_insert(key, number);
        }
    }

    #[inline(always)]
    fn first_place(&self, key: u64) -> usize {
        (key >> self.shift) as usize
    }

    #[inline(always)]
    fn next_place(&self, place: usize) -> usize {
        if place + 1 < self.places.len() { place + 1 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_keeps_its_number_while_the_table_grows() {
        let mut table = Table::default();
        assert_eq!(table.get(7), None);
        // Neighbours, so that they share places, and the ends of the range.
        let keys = (0..5_000u64).map(|n| n << 20).chain([1, u64::MAX, u64::MAX - 1]);
        for (n, key) in keys.clone().enumerate() {
            let number = u32::try_from(n).unwrap();
            // 0 and 1 are one key.
            let wanted = if key == 1 { 0 } else { number };
            assert_eq!(table.get_or_insert(key, number), wanted);
            assert_eq!(table.get_or_insert(key, 9_999_999), wanted);
        }
        for (n, key) in keys.enumerate() {
            let wanted = if key == 1 { 0 } else { u32::try_from(n).unwrap() };
            assert_eq!(table.get(key), Some(wanted));
            assert_eq!(table.get(key ^ 2), None);
        }
    }
}

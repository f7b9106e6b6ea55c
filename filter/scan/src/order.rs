//! Sorting in little code: the standard library's sorts take about 7 KB of the module for each type and key that
//! they are used with. Here only what compares two items and what swaps them is made for each. What is sorted with this
//! is short, or consists of a few parts that are in order.

/// So many are put in order one by one.
const FEW: usize = 16;

/// Sorts `items` by `key`; those with equal keys keep their order.
pub fn by_key<T, K: Ord>(items: &mut [T], key: &impl Fn(&T) -> K) {
    by(items, &|a, b| key(a) < key(b));
}

/// Sorts `items`, of which one that is `before` another comes first; others keep their order.
pub fn by<T>(items: &mut [T], before: &impl Fn(&T, &T) -> bool) {
    if !items.is_sorted_by(|a, b| !before(b, a)) {
        sort(&mut List { items, before });
    }
}

/// What is sorted. Positions lie inside of it.
trait Sortable {
    fn len(&self) -> usize;
    /// Whether the item at `a` comes before that at `b`.
    fn before(&self, a: usize, b: usize) -> bool;
    fn swap(&mut self, a: usize, b: usize);
}

struct List<'a, T, F> {
    items: &'a mut [T],
    before: &'a F,
}

impl<T, F: Fn(&T, &T) -> bool> Sortable for List<'_, T, F> {
    fn len(&self) -> usize {
        self.items.len()
    }

    fn before(&self, a: usize, b: usize) -> bool {
        matches!((self.items.get(a), self.items.get(b)), (Some(a), Some(b)) if (self.before)(a, b))
    }

    fn swap(&mut self, a: usize, b: usize) {
        if a.max(b) < self.items.len() {
            self.items.swap(a, b);
        }
    }
}

fn sort(list: &mut dyn Sortable) {
    if list.len() <= FEW {
        return insert_each(list);
    }
    let mut order: Vec<usize> = (0..list.len()).collect();
    let mut room = Vec::with_capacity(order.len());
    merge_sort(&mut order, &mut room, &|a, b| list.before(a, b));
    put(list, order);
}

/// Moves each item down to its place among those before it.
fn insert_each(list: &mut dyn Sortable) {
    for end in 1..list.len() {
        let mut i = end;
        while i > 0 && list.before(i, i - 1) {
            list.swap(i - 1, i);
            i -= 1;
        }
    }
}

/// Sorts positions, in a `room` that is empty.
fn merge_sort(order: &mut [usize], room: &mut Vec<usize>, before: &dyn Fn(usize, usize) -> bool) {
    if order.is_sorted_by(|a, b| !before(*b, *a)) {
        return;
    }
    let (left, right) = order.split_at_mut(order.len() / 2);
    merge_sort(left, room, before);
    merge_sort(right, room, before);
    let (mut l, mut r) = (left.iter().copied().peekable(), right.iter().copied().peekable());
    while let (Some(a), Some(b)) = (l.peek(), r.peek()) {
        room.extend(if before(*b, *a) { r.next() } else { l.next() });
    }
    room.extend(l.chain(r));
    order.copy_from_slice(room);
    room.clear();
}

/// Brings each item to its place; `order` says which one is to stand there.
fn put(list: &mut dyn Sortable, mut order: Vec<usize>) {
    for place in 0..order.len() {
        // Each swap brings one item home; what stood there is now where that one came from, and goes on from there.
        let mut from = place;
        while let Some(next) = order.get_mut(from) {
            let next = core::mem::replace(next, from);
            if next == place || next == from {
                break;
            }
            list.swap(from, next);
            from = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_sorts_like_the_standard_library(mut items in prop::collection::vec((0_u8..20, any::<u8>()), 0..200)) {
            let mut expected = items.clone();
            expected.sort_by_key(|item| item.0);
            by_key(&mut items, &|item| item.0);
            prop_assert_eq!(items, expected);
        }
    }

    #[test]
    fn what_stands_backwards_takes_no_longer_than_n_log_n() {
        let mut items: Vec<u32> = (0..100_000).rev().collect();
        let compared = core::cell::Cell::new(0_u64);
        by_key(&mut items, &|item| {
            compared.set(compared.get() + 1);
            *item
        });
        assert!(items.is_sorted());
        assert!(compared.get() < 100_000 * 17 * 4, "{} keys were read", compared.get());
    }
}

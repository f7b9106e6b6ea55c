//! Sorting in little code: the standard library's sorts take about 7 KB of the module for each type and key that
//! they are used with. What is sorted with this is short, or consists of a few parts that are in order.

/// So many are put in order one by one.
const FEW: usize = 16;

/// Sorts `items` by `key`; those with equal keys keep their order.
pub fn by_key<T, K: Ord>(items: &mut Vec<T>, key: &impl Fn(&T) -> K) {
    by(items, &|a, b| key(a) < key(b));
}

/// Sorts `items`, of which one that is `before` another comes first; others keep their order.
pub fn by<T>(items: &mut Vec<T>, before: &impl Fn(&T, &T) -> bool) {
    if items.is_sorted_by(|a, b| !before(b, a)) {
        return;
    }
    if items.len() <= FEW {
        return insert_each(items, before);
    }
    let mut right = items.split_off(items.len() / 2);
    by(items, before);
    by(&mut right, before);
    merge(items, right, before);
}

/// Moves each item down to its place among those before it.
fn insert_each<T>(items: &mut [T], before: &impl Fn(&T, &T) -> bool) {
    for end in 2..=items.len() {
        let mut rest = items.get_mut(..end).unwrap_or_default();
        while let [.., last, item] = rest
            && before(item, last)
        {
            core::mem::swap(last, item);
            rest = rest.split_last_mut().map_or(&mut [], |(_, rest)| rest);
        }
    }
}

/// Takes what is first, of `items` and `right`, until nothing is left. Both are in order.
fn merge<T>(items: &mut Vec<T>, right: Vec<T>, before: &impl Fn(&T, &T) -> bool) {
    let both = Vec::with_capacity(items.len() + right.len());
    let mut left = core::mem::replace(items, both).into_iter().peekable();
    let mut right = right.into_iter().peekable();
    while let (Some(l), Some(r)) = (left.peek(), right.peek()) {
        items.extend(if before(r, l) { right.next() } else { left.next() });
    }
    items.extend(left);
    items.extend(right);
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

//! Check digits: the algorithms that more than one kind of number uses.
//!
//! All take ASCII digits (some also capital letters) and answer for anything else as they please: the form
//! of a value is checked before its check digit.

/// The value of the digit at `n`, or 0.
pub(super) fn digit(value: &[u8], n: usize) -> u32 {
    value.get(n).map_or(0, |b| u32::from(b.wrapping_sub(b'0')))
}

/// The number that the digits from `start` to `end` are.
pub(super) fn number(value: &[u8], start: usize, end: usize) -> u32 {
    crate::bytes::cut(value, start..end)
        .iter()
        .fold(0, |n, b| n.wrapping_mul(10).wrapping_add(u32::from(b.wrapping_sub(b'0'))))
}

/// The sum of the first digits, each times its weight.
pub(super) fn weighted(value: &[u8], weights: &[u32]) -> u32 {
    value.iter().zip(weights).map(|(b, w)| u32::from(b.wrapping_sub(b'0')) * w).sum()
}

/// ISO/IEC 7812-1, annex B ("Luhn"): doubling every second digit from the right; not all zeros.
pub(super) fn luhn(value: &[u8]) -> bool {
    let sum = luhn_sum(value.iter().copied());
    sum > 0 && sum.is_multiple_of(10)
}

/// The sum of Luhn's check, the last digit being the check digit.
pub(super) fn luhn_sum(digits: impl DoubleEndedIterator<Item = u8>) -> u32 {
    digits.rev().enumerate().fold(0, |sum, (n, digit)| {
        let value = u32::from(digit.wrapping_sub(b'0'));
        sum + match n % 2 {
            0 => value,
            _ if value > 4 => value * 2 - 9,
            _ => value * 2,
        }
    })
}

/// ISO 7064, MOD 11,10: the last digit is the check digit.
pub(super) fn mod_11_10(value: &[u8]) -> bool {
    let (last, rest) = value.split_last().unwrap_or((&0, &[]));
    let product = rest.iter().fold(10, |product, b| {
        let sum = (product + u32::from(b.wrapping_sub(b'0'))) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (product + u32::from(last.wrapping_sub(b'0'))) % 10 == 1
}

/// The remainder of a number of any length, letters standing for 10 to 35 (ISO 7064, MOD 97-10, and ISO 13616).
pub(super) fn remainder_97(value: impl Iterator<Item = u8>) -> u32 {
    value.fold(0, |r, b| match b {
        b'0'..=b'9' => (r * 10 + u32::from(b - b'0')) % 97,
        _ => (r * 100 + u32::from(b.wrapping_sub(b'A')) % 26 + 10) % 97,
    })
}

/// J. Verhoeff, "Error Detecting Decimal Codes" (1969): the check over the dihedral group D5.
pub(super) fn verhoeff(value: &[u8]) -> bool {
    const PRODUCT: [[u8; 10]; 10] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ];
    const PERMUTATION: [[u8; 10]; 8] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
        [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
        [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
        [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
        [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ];
    let cell = |table: &[[u8; 10]], row: usize, column: u8| {
        table.get(row).and_then(|r| r.get(usize::from(column))).copied().unwrap_or_default()
    };
    let check = value.iter().rev().enumerate().fold(0u8, |check, (n, b)| {
        let permuted = cell(&PERMUTATION, n % 8, b.wrapping_sub(b'0'));
        cell(&PRODUCT, usize::from(check), permuted)
    });
    check == 0
}

/// Whether there is such a day in some year.
pub(super) fn is_day(month: u32, day: u32) -> bool {
    let last = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=last).contains(&day)
}

/// Whether `ddmm` at `n` is a day.
pub(super) fn is_day_month(value: &[u8], n: usize) -> bool {
    is_day(number(value, n + 2, n + 4), number(value, n, n + 2))
}

/// Whether `mmdd` at `n` is a day.
pub(super) fn is_month_day(value: &[u8], n: usize) -> bool {
    is_day(number(value, n, n + 2), number(value, n + 2, n + 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every value in which one digit is changed.
    fn changed(value: &[u8]) -> impl Iterator<Item = Vec<u8>> {
        let value = value.to_vec();
        (0..value.len()).flat_map(move |n| {
            let value = value.clone();
            (b'0'..=b'9').filter_map(move |digit| {
                let mut other = value.clone();
                let old = core::mem::replace(other.get_mut(n)?, digit);
                (old != digit).then_some(other)
            })
        })
    }

    #[test]
    fn one_changed_digit_is_noticed() {
        type Check = fn(&[u8]) -> bool;
        let checks: [(Check, &[u8]); 4] = [
            (luhn, b"79927398713"),
            (mod_11_10, b"07945"),
            (verhoeff, b"2363"),
            (|v| remainder_97(v.iter().copied()) == 1, b"79444"),
        ];
        for (check, value) in checks {
            assert!(check(value), "{}", String::from_utf8_lossy(value));
            assert!(!changed(value).any(|v| check(&v)), "{}", String::from_utf8_lossy(value));
        }
    }
}

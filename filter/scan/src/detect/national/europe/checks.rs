//! The check digits and built-in dates of the numbers of Europe. Each takes the number without its separators, in the form
//! that its rule has matched; the sources stand with the rules.

use super::super::super::check::{
    digit, is_day, is_day_month, is_month_day, luhn_sum, mod_11_10, number, remainder_97, weighted,
};

pub(super) fn any(_: &[u8]) -> bool {
    true
}

/// The value of a letter, A being 1.
fn letter(v: &[u8], n: usize) -> u32 {
    v.get(n).map_or(0, |b| u32::from(b.wrapping_sub(b'A'))) + 1
}

pub(super) fn nhs(v: &[u8]) -> bool {
    let check = 11 - weighted(v, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    number(v, 0, 9) != 0 && check % 11 == digit(v, 9)
}

pub(super) fn nino(v: &[u8]) -> bool {
    let [first, second, .., suffix] = v else { return false };
    let never = |b: u8| matches!(b, b'D' | b'F' | b'I' | b'Q' | b'U' | b'V');
    let kept = matches!(
        [*first, *second],
        [b'B', b'G'] | [b'G', b'B'] | [b'K', b'N'] | [b'N', b'K' | b'T'] | [b'T', b'N'] | [b'Z', b'Z']
    );
    !never(*first) && !never(*second) && *second != b'O' && !kept && matches!(suffix, b'A'..=b'D')
}

pub(super) fn uk_driver(v: &[u8]) -> bool {
    let (name, rest) = v.split_at_checked(5).unwrap_or_default();
    let letters = name.iter().position(|b| *b == b'9').unwrap_or(5);
    let padded =
        name.iter().enumerate().all(|(n, b)| if n < letters { b.is_ascii_uppercase() } else { *b == b'9' });
    let digits = rest.iter().take(6).all(u8::is_ascii_digit);
    let month = number(rest, 1, 3) % 50;
    let initials = rest.iter().skip(6).take(2).all(|b| b.is_ascii_uppercase() || *b == b'9');
    padded && digits && initials && number(rest, 1, 3) <= 62 && is_day(month, number(rest, 3, 5))
}

pub(super) fn de_tax_id(v: &[u8]) -> bool {
    let mut counts = [0u8; 10];
    for b in v.iter().take(10) {
        if let Some(count) = counts.get_mut(usize::from(b.wrapping_sub(b'0'))) {
            *count += 1;
        }
    }
    let repeated = counts.iter().filter(|c| **c > 1).count();
    digit(v, 0) != 0 && repeated == 1 && counts.iter().all(|c| *c <= 3) && mod_11_10(v)
}

/// The sum of the digits of products with alternating weights, a letter standing for two digits.
fn cross_sum(v: &[u8], weights: &[u32]) -> u32 {
    let digits = v.iter().enumerate().flat_map(|(n, b)| {
        let value = if b.is_ascii_digit() { digit(v, n) } else { letter(v, n) };
        let tens = b.is_ascii_uppercase().then_some(value / 10);
        tens.into_iter().chain([value % 10])
    });
    digits.zip(weights).map(|(d, w)| d * w / 10 + d * w % 10).sum()
}

pub(super) fn de_pension(v: &[u8]) -> bool {
    // For some, 50 is added to the day.
    let day = number(v, 2, 4) % 50;
    let (_, rest) = v.split_at_checked(11).unwrap_or_default();
    let sum = cross_sum(crate::bytes::cut(v, 0..11), &[2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]);
    is_day(number(v, 4, 6), day) && sum % 10 == digit(rest, 0)
}

pub(super) fn de_health(v: &[u8]) -> bool {
    cross_sum(crate::bytes::cut(v, 0..9), &[1, 2, 1, 2, 1, 2, 1, 2, 1, 2]) % 10 == digit(v, 9)
}

pub(super) fn de_lanr(v: &[u8]) -> bool {
    let sum = weighted(v, &[4, 9, 4, 9, 4, 9]);
    (10 - sum % 10) % 10 == digit(v, 6)
}

pub(super) fn de_document(v: &[u8]) -> bool {
    let told = |b: &u8| b.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(b);
    v.iter().all(told) && v.iter().filter(|b| b.is_ascii_digit()).count() >= 4
}

pub(super) fn de_document_10(v: &[u8]) -> bool {
    let value =
        |b: &u8| if b.is_ascii_digit() { u32::from(b - b'0') } else { u32::from(b.wrapping_sub(b'A')) + 10 };
    let sum: u32 = v.iter().take(9).zip([7, 3, 1].into_iter().cycle()).map(|(b, w)| value(b) * w).sum();
    v.first().is_some_and(u8::is_ascii_uppercase) && de_document(v) && sum % 10 == digit(v, 9)
}

pub(super) fn es_nif(v: &[u8]) -> bool {
    let (last, digits) = v.split_last().unwrap_or((&0, &[]));
    b"TRWAGMYFPDXBNJZSQVHLCKE".get(number(digits, 0, digits.len()) as usize % 23) == Some(last)
}

pub(super) fn es_nie(v: &[u8]) -> bool {
    let (first, rest) = v.split_first().unwrap_or((&0, &[]));
    let mut digits = [0u8; 9];
    for (slot, b) in digits.iter_mut().skip(1).zip(rest) {
        *slot = *b;
    }
    if let Some(slot) = digits.first_mut() {
        *slot = first.wrapping_sub(b'X').wrapping_add(b'0');
    }
    matches!(first, b'X'..=b'Z') && es_nif(&digits)
}

pub(super) fn it_fiscal_code(v: &[u8]) -> bool {
    /// What a character counts at the odd places, by its number among digits or letters.
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let order = |b: u8| u32::from(if b.is_ascii_digit() { b - b'0' } else { b.wrapping_sub(b'A') });
    // Letters that stand for digits.
    let numeric =
        |n: usize| v.get(n).is_some_and(|b| b.is_ascii_digit() || matches!(b, b'L'..=b'N' | b'P'..=b'V'));
    let sum: u32 = v.iter().take(15).enumerate().fold(0, |sum, (n, b)| {
        let order = order(*b);
        sum + if n % 2 == 0 { ODD.get(order as usize).copied().unwrap_or_default() } else { order }
    });
    let digits = [6, 7, 9, 10, 12, 13, 14].into_iter().all(numeric);
    let month = v.get(8).is_some_and(|b| b"ABCDEHLMPRST".contains(b));
    digits && month && letter(v, 15) == sum % 26 + 1
}

pub(super) fn fr_nir(v: &[u8]) -> bool {
    // Corsica: 2A counts as 19, 2B as 18.
    let corsica = v.get(6).copied().unwrap_or_default();
    let department = match corsica {
        b'A' => *b"19",
        b'B' => *b"18",
        _ => [v.get(5).copied().unwrap_or_default(), corsica],
    };
    if corsica.is_ascii_uppercase() && (corsica > b'B' || v.get(5) != Some(&b'2')) {
        return false;
    }
    let body = v.iter().take(5).chain(&department).chain(v.iter().take(13).skip(7));
    let month = number(v, 3, 5);
    let remainder = remainder_97(body.copied());
    matches!(digit(v, 0), 1..=4 | 7 | 8)
        && matches!(month, 1..=12 | 20..=42 | 50..=99)
        && 97 - remainder == number(v, 13, 15)
}

pub(super) fn nl_bsn(v: &[u8]) -> bool {
    let sum = weighted(v, &[9, 8, 7, 6, 5, 4, 3, 2]) + 10 * digit(v, 8);
    number(v, 0, 9) != 0 && sum.is_multiple_of(11)
}

pub(super) fn be_number(v: &[u8]) -> bool {
    let body = || v.iter().take(9).copied();
    let check = number(v, 9, 11);
    let dated = is_month_day(v, 2) || matches!(number(v, 2, 4), 0 | 20..=32 | 40..=52);
    let of = |remainder: u32| 97 - remainder == check;
    dated && (of(remainder_97(body())) || of(remainder_97(core::iter::once(b'2').chain(body()))))
}

pub(super) fn pl_pesel(v: &[u8]) -> bool {
    let sum = weighted(v, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]);
    is_day(number(v, 2, 4) % 20, number(v, 4, 6)) && sum.is_multiple_of(10)
}

pub(super) fn pt_nif(v: &[u8]) -> bool {
    let check = 11 - weighted(v, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    digit(v, 0) != 0 && (if check > 9 { 0 } else { check }) == digit(v, 8)
}

/// Whether the month stands at `n` and the day behind it, which may have 60 added.
pub(super) fn se_date(v: &[u8], n: usize) -> bool {
    let day = number(v, n + 2, n + 4);
    is_day(number(v, n, n + 2), if day > 60 { day - 60 } else { day })
}

pub(super) fn se_long(v: &[u8]) -> bool {
    matches!(number(v, 0, 2), 18..=20)
        && se_date(v, 4)
        && luhn_sum(v.iter().skip(2).copied()).is_multiple_of(10)
}

pub(super) fn fi_code(v: &[u8]) -> bool {
    let (check, rest) = v.split_last().unwrap_or((&0, &[]));
    // With a letter for the century, there are eleven characters; with a sign, ten.
    let (serial, century) = match rest.get(6) {
        Some(b) if !b.is_ascii_digit() => (number(rest, 7, 10), *b),
        _ => (number(rest, 6, 9), b'A'),
    };
    let remainder = (u64::from(number(rest, 0, 6)) * 1000 + u64::from(serial)) % 31;
    let known = matches!(century, b'A'..=b'F' | b'U'..=b'Y');
    known
        && serial >= 2
        && is_day_month(v, 0)
        && b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(remainder as usize) == Some(check)
}

pub(super) fn no_number(v: &[u8]) -> bool {
    let (day, month) = (number(v, 0, 2), number(v, 2, 4));
    let check = |weights: &[u32]| (11 - weighted(v, weights) % 11) % 11;
    let dated = is_day(if month > 40 { month - 40 } else { month }, if day > 40 { day - 40 } else { day });
    dated
        && check(&[3, 7, 6, 1, 8, 9, 4, 5, 2]) == digit(v, 9)
        && check(&[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) == digit(v, 10)
}

pub(super) fn ie_ppsn(v: &[u8]) -> bool {
    // Letters A to I count; W, T and X of old numbers do not.
    let second = match v.get(8) {
        Some(b'A'..=b'I') => letter(v, 8),
        None | Some(b'W' | b'T' | b'X') => 0,
        _ => return false,
    };
    let remainder = (weighted(crate::bytes::cut(v, 0..7), &[8, 7, 6, 5, 4, 3, 2]) + second * 9) % 23;
    b"WABCDEFGHIJKLMNOPQRSTUV".get(remainder as usize) == v.get(7)
}

pub(super) fn at_svnr(v: &[u8]) -> bool {
    let sum = weighted(v, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]);
    let month = number(v, 6, 8);
    (is_day(month, number(v, 4, 6)) || month == 13) && digit(v, 0) != 0 && sum % 11 == digit(v, 3)
}

pub(super) fn ch_ahv(v: &[u8]) -> bool {
    number(v, 0, 3) == 756 && weighted(v, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
}

pub(super) fn cz_number(v: &[u8]) -> bool {
    let month = number(v, 2, 4) % 50;
    let month = if month > 20 { month - 20 } else { month };
    let remainder = v.iter().fold(0, |r, b| (r * 10 + u32::from(b.wrapping_sub(b'0'))) % 11);
    is_day(month, number(v, 4, 6)) && remainder == 0
}

pub(super) fn hu_taj(v: &[u8]) -> bool {
    number(v, 0, 8) != 0 && weighted(v, &[3, 7, 3, 7, 3, 7, 3, 7]) % 10 == digit(v, 8)
}

pub(super) fn ro_cnp(v: &[u8]) -> bool {
    let check = weighted(v, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    let county = matches!(number(v, 7, 9), 1..=52 | 70 | 80..=83);
    let dated = (1..=9).contains(&digit(v, 0)) && is_month_day(v, 3);
    dated && county && (if check == 10 { 1 } else { check }) == digit(v, 12)
}

pub(super) fn bg_egn(v: &[u8]) -> bool {
    let sum = weighted(v, &[2, 4, 8, 5, 10, 9, 7, 3, 6]);
    let month = number(v, 2, 4);
    month <= 52 && is_day(month % 20, number(v, 4, 6)) && sum % 11 % 10 == digit(v, 9)
}

pub(super) fn jmbg(v: &[u8]) -> bool {
    let sum = weighted(v, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
    let check = (11 - sum % 11) % 11;
    matches!(digit(v, 4), 0 | 9) && is_day_month(v, 0) && check != 10 && check == digit(v, 12)
}

pub(super) fn baltic(v: &[u8]) -> bool {
    let first = weighted(v, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let second = weighted(v, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
    let check = if first < 10 { first } else { second % 10 };
    (1..=8).contains(&digit(v, 0)) && is_month_day(v, 3) && check == digit(v, 10)
}

pub(super) fn ru_snils(v: &[u8]) -> bool {
    let sum = weighted(v, &[9, 8, 7, 6, 5, 4, 3, 2, 1]);
    number(v, 0, 9) > 1_001_998 && sum % 101 % 100 == number(v, 9, 11)
}

pub(super) fn ru_inn(v: &[u8]) -> bool {
    let first = weighted(v, &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    let second = weighted(v, &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    number(v, 0, 2) != 0 && first == digit(v, 10) && second == digit(v, 11)
}

pub(super) fn ua_rnokpp(v: &[u8]) -> bool {
    // The first weight is -1, which is 10 of 11.
    weighted(v, &[10, 5, 7, 9, 4, 6, 10, 5, 7]) % 11 % 10 == digit(v, 9)
}

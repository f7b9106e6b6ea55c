//! Australia, New Zealand and Africa.

use super::super::check::{digit, is_month_day, luhn, number, verhoeff, weighted};
use super::{Rule, Scores, Topic};
use crate::entity::EntityType;

const TFN: &[Topic] = &[Topic::Tfn, Topic::TaxId];
const MEDICARE: &[Topic] = &[Topic::MedicareCard];

pub(super) const RULES: &[Rule] = &[
    // Australian Taxation Office: MOD 11.
    Rule::new(
        EntityType::AuTfn,
        &["999 999 999", "999999999", "99 999 999", "999-999-999"],
        au_tfn,
        TFN,
        Scores::named(0.95),
    ),
    // Australian Business Register: MOD 89, one subtracted from the first digit.
    Rule::new(EntityType::AuAbn, &["99 999 999 999"], au_abn, &[Topic::Abn], Scores::bare(0.95, 0.8)),
    Rule::new(EntityType::AuAbn, &["99999999999"], au_abn, &[Topic::Abn], Scores::alone(0.95, 0.55)),
    // ASIC: weights 8 to 1, MOD 10.
    Rule::new(EntityType::AuAcn, &["999 999 999", "999999999"], au_acn, &[Topic::Acn], Scores::named(0.9)),
    // Services Australia: weights 1, 3, 7, 9; the first digit is 2 to 6.
    Rule::new(
        EntityType::AuMedicare,
        &["9999 99999 9", "9999-99999-9"],
        au_medicare,
        MEDICARE,
        Scores::bare(0.95, 0.65),
    ),
    Rule::new(EntityType::AuMedicare, &["9999999999"], au_medicare, MEDICARE, Scores::named(0.95)),
    // Inland Revenue: MOD 11, with a second row of weights where the first gives 10.
    Rule::new(
        EntityType::NzIrd,
        &["99-999-999", "999-999-999", "99999999", "999999999"],
        nz_ird,
        &[Topic::Ird],
        Scores::named(0.95),
    ),
    // Department of Home Affairs: the date, citizenship, Luhn.
    Rule::new(
        EntityType::ZaIdNumber,
        &["9999999999999", "999999 9999 999", "999999 9999 99 9"],
        za_id,
        &[Topic::SouthAfrica, Topic::NationalId],
        Scores::bare(0.95, 0.7),
    ),
    // National Identity Management Commission: Verhoeff.
    Rule::new(
        EntityType::NgNin,
        &["99999999999"],
        verhoeff,
        &[Topic::Nigeria, Topic::NationalId],
        Scores::named(0.95),
    ),
];

fn au_tfn(v: &[u8]) -> bool {
    let sum = if v.len() == 8 {
        weighted(v, &[10, 7, 8, 4, 6, 3, 5, 1])
    } else {
        weighted(v, &[1, 4, 3, 7, 5, 8, 6, 9, 10])
    };
    sum > 0 && sum.is_multiple_of(11)
}

fn au_abn(v: &[u8]) -> bool {
    let sum = weighted(v, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    digit(v, 0) != 0 && (sum - 10).is_multiple_of(89)
}

fn au_acn(v: &[u8]) -> bool {
    let sum = weighted(v, &[8, 7, 6, 5, 4, 3, 2, 1]);
    number(v, 0, 9) != 0 && (10 - sum % 10) % 10 == digit(v, 8)
}

fn au_medicare(v: &[u8]) -> bool {
    (2..=6).contains(&digit(v, 0)) && weighted(v, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == digit(v, 8)
}

fn nz_ird(v: &[u8]) -> bool {
    let n = number(v, 0, v.len());
    let digits =
        [n / 100_000_000, n / 10_000_000, n / 1_000_000, n / 100_000, n / 10_000, n / 1_000, n / 100, n / 10];
    let check = |weights: [u32; 8]| {
        let sum: u32 = digits.iter().zip(weights).map(|(d, w)| d % 10 * w).sum();
        (11 - sum % 11) % 11
    };
    let check = match check([3, 2, 7, 6, 5, 4, 3, 2]) {
        10 => check([7, 4, 3, 2, 5, 2, 7, 6]),
        check => check,
    };
    (10_000_000..=150_000_000).contains(&n) && check == n % 10
}

fn za_id(v: &[u8]) -> bool {
    digit(v, 10) <= 2 && is_month_day(v, 2) && luhn(v)
}

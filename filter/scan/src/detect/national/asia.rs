//! Asia, with Turkey and Israel.

use super::super::check::{digit, is_day_month, is_month_day, luhn_sum, number, verhoeff, weighted};
use super::{Rule, Scores, Topic};
use crate::entity::EntityType;

const TURKEY: &[Topic] = &[Topic::Turkey, Topic::NationalId];
const INDIA: &[Topic] = &[Topic::India, Topic::TaxId];
const KOREA: &[Topic] = &[Topic::Korea, Topic::NationalId];
const CHINA: &[Topic] = &[Topic::China, Topic::NationalId];

pub(super) const RULES: &[Rule] = &[
    // Nüfus ve Vatandaşlık İşleri: two check digits, the last over all others.
    Rule::new(EntityType::TrNationalId, &["99999999999"], tr_id, TURKEY, Scores::alone(0.95, 0.6)),
    // Population and Immigration Authority: Luhn over nine digits.
    Rule::new(
        EntityType::IlIdNumber,
        &["999999999", "99999999-9"],
        |v| number(v, 0, 9) != 0 && luhn_sum(v.iter().copied()).is_multiple_of(10),
        &[Topic::Israel],
        Scores::named(0.95),
    ),
    // UIDAI: Verhoeff; 0 and 1 begin no number.
    Rule::new(
        EntityType::InAadhaar,
        &["9999 9999 9999", "9999-9999-9999"],
        aadhaar,
        &[Topic::India, Topic::NationalId],
        Scores::bare(0.95, 0.65),
    ),
    Rule::new(
        EntityType::InAadhaar,
        &["999999999999"],
        aadhaar,
        &[Topic::India, Topic::NationalId],
        Scores::named(0.95),
    ),
    // Income Tax Department: the fourth letter says whose it is.
    Rule::new(EntityType::InPan, &["AAAAA9999A"], pan, INDIA, Scores::bare(0.95, 0.75)),
    Rule::new(EntityType::InPan, &["AAAAA9999A"], |_| true, INDIA, Scores::named(0.85)).unchecked(),
    // GST Council: state, PAN, Z, and a check character MOD 36.
    Rule::new(EntityType::InGstin, &["99AAAAA9999A#A#"], gstin, INDIA, Scores::bare(0.95, 0.95)),
    Rule::new(EntityType::InGstin, &["99AAAAA9999A#A#"], gstin_form, INDIA, Scores::bare(0.85, 0.7))
        .unchecked(),
    // Election Commission: "EPIC".
    Rule::new(EntityType::InVoter, &["AAA9999999"], |_| true, &[Topic::India], Scores::named(0.8))
        .unchecked(),
    // ICA, NRIC and FIN: a check letter of weights 2, 7, 6, 5, 4, 3, 2.
    Rule::new(
        EntityType::SgNricFin,
        &["A9999999A"],
        nric,
        &[Topic::Singapore, Topic::NationalId],
        Scores::bare(0.95, 0.85),
    ),
    // Ministry of the Interior and Safety: the date, the century and sex, MOD 11. Since October 2020 the
    // check digit is gone, so that the form with its hyphen counts too.
    Rule::new(
        EntityType::KrRrn,
        &["999999-9999999"],
        |v| kr_date(v, 1, 4) && kr_check(v, 0),
        KOREA,
        Scores::bare(0.95, 0.9),
    ),
    Rule::new(
        EntityType::KrRrn,
        &["9999999999999"],
        |v| kr_date(v, 1, 4) && kr_check(v, 0),
        KOREA,
        Scores::bare(0.95, 0.65),
    ),
    Rule::new(EntityType::KrRrn, &["999999-9999999"], |v| kr_date(v, 1, 4), KOREA, Scores::bare(0.85, 0.6))
        .unchecked(),
    Rule::new(
        EntityType::KrFrn,
        &["999999-9999999"],
        |v| kr_date(v, 5, 8) && kr_check(v, 2),
        KOREA,
        Scores::bare(0.95, 0.9),
    ),
    Rule::new(
        EntityType::KrFrn,
        &["9999999999999"],
        |v| kr_date(v, 5, 8) && kr_check(v, 2),
        KOREA,
        Scores::bare(0.95, 0.65),
    ),
    Rule::new(EntityType::KrFrn, &["999999-9999999"], |v| kr_date(v, 5, 8), KOREA, Scores::bare(0.85, 0.6))
        .unchecked(),
    // National Tax Service: weights 1, 3, 7, 1, 3, 7, 1, 3, 5.
    Rule::new(
        EntityType::KrBrn,
        &["999-99-99999"],
        kr_business,
        &[Topic::Korea, Topic::TaxId],
        Scores::bare(0.95, 0.7),
    ),
    Rule::new(EntityType::KrBrn, &["9999999999"], kr_business, &[Topic::Korea], Scores::named(0.9)),
    // Korean National Police Agency: region 11 to 28, year, serial, check digits that are not published.
    Rule::new(
        EntityType::KrDriverLicense,
        &["99-99-999999-99"],
        |v| (11..=28).contains(&number(v, 0, 2)),
        &[Topic::License, Topic::AnyLicense],
        Scores::bare(0.9, 0.7),
    )
    .unchecked(),
    Rule::new(
        EntityType::KrDriverLicense,
        &["99 99 999999 99"],
        |v| (11..=28).contains(&number(v, 0, 2)),
        &[Topic::License, Topic::AnyLicense],
        Scores::alone(0.8, 0.5),
    )
    .unchecked(),
    Rule::new(
        EntityType::KrDriverLicense,
        &["999999999999"],
        |v| (11..=28).contains(&number(v, 0, 2)),
        &[Topic::License, Topic::AnyLicense],
        Scores::named(0.8),
    )
    .unchecked(),
    // Department of Provincial Administration: MOD 11, weights 13 to 2.
    Rule::new(
        EntityType::ThNationalId,
        &["9-9999-99999-99-9", "9 9999 99999 99 9"],
        thai,
        &[Topic::Thailand, Topic::NationalId],
        Scores::bare(0.95, 0.85),
    ),
    Rule::new(
        EntityType::ThNationalId,
        &["9999999999999"],
        thai,
        &[Topic::Thailand, Topic::NationalId],
        Scores::named(0.95),
    ),
    // GB 11643: place, date, order, and ISO 7064 MOD 11-2.
    Rule::new(
        EntityType::CnResidentId,
        &["999999999999999999", "99999999999999999A"],
        cn_id,
        CHINA,
        Scores::bare(0.95, 0.95),
    ),
    // 総務省令第85号, "My Number": MOD 11.
    Rule::new(
        EntityType::JpMyNumber,
        &["999999999999", "9999 9999 9999", "9999-9999-9999"],
        jp_number,
        &[Topic::Japan],
        Scores::named(0.95),
    ),
    // Ministry of the Interior: the letter as two digits, weights 1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1.
    Rule::new(
        EntityType::TwNationalId,
        &["A999999999"],
        tw_id,
        &[Topic::Taiwan, Topic::NationalId],
        Scores::named(0.95),
    ),
    // Immigration Department: MOD 11, the check digit in parentheses.
    Rule::new(
        EntityType::HkId,
        &["A999999(#)"],
        hk_id,
        &[Topic::Taiwan, Topic::NationalId],
        Scores::bare(0.95, 0.9),
    ),
    Rule::new(EntityType::HkId, &["A999999#"], hk_id, &[Topic::Taiwan], Scores::named(0.95)),
    // Jabatan Pendaftaran Negara: the date, the place of birth, a serial.
    Rule::new(
        EntityType::MyNric,
        &["999999-99-9999"],
        my_nric,
        &[Topic::Taiwan, Topic::NationalId],
        Scores::bare(0.9, 0.7),
    )
    .unchecked(),
    Rule::new(EntityType::MyNric, &["999999999999"], my_nric, &[Topic::Taiwan], Scores::named(0.8))
        .unchecked(),
    // Permendagri 95/2019: place, the date with 40 added for women, a serial.
    Rule::new(EntityType::IdNik, &["9999999999999999"], id_nik, &[Topic::Indonesia], Scores::named(0.9))
        .unchecked(),
    // Bureau of Internal Revenue.
    Rule::new(
        EntityType::PhTin,
        &["999-999-999", "999-999-999-999", "999-999-999-99999"],
        |_| true,
        &[Topic::TaxId, Topic::Philippines],
        Scores::named(0.7),
    )
    .unchecked(),
    // Federal Authority for Identity: 784, the year, a serial, Luhn.
    Rule::new(
        EntityType::AeEmiratesId,
        &["999-9999-9999999-9", "999999999999999"],
        |v| {
            number(v, 0, 3) == 784
                && matches!(number(v, 3, 5), 19 | 20)
                && luhn_sum(v.iter().copied()).is_multiple_of(10)
        },
        &[Topic::Gulf, Topic::NationalId],
        Scores::bare(0.95, 0.85),
    ),
    // Ministry of Interior: 1 for citizens, 2 for residents, Luhn.
    Rule::new(
        EntityType::SaNationalId,
        &["9999999999"],
        |v| matches!(digit(v, 0), 1 | 2) && luhn_sum(v.iter().copied()).is_multiple_of(10),
        &[Topic::Gulf],
        Scores::named(0.95),
    ),
];

fn tr_id(v: &[u8]) -> bool {
    let odd: u32 = [0, 2, 4, 6, 8].into_iter().map(|n| digit(v, n)).sum();
    let even: u32 = [1, 3, 5, 7].into_iter().map(|n| digit(v, n)).sum();
    let all = odd + even + digit(v, 9);
    digit(v, 0) != 0 && (odd * 7 + 100 - even) % 10 == digit(v, 9) && all % 10 == digit(v, 10)
}

fn aadhaar(v: &[u8]) -> bool {
    digit(v, 0) >= 2 && verhoeff(v) && !v.iter().eq(v.iter().rev())
}

fn pan(v: &[u8]) -> bool {
    v.get(3).is_some_and(|b| b"ABCFGHJLPT".contains(b)) && number(v, 5, 9) != 0
}

fn gstin_form(v: &[u8]) -> bool {
    let state = matches!(number(v, 0, 2), 1..=38 | 97);
    state && v.get(13) == Some(&b'Z') && v.get(12) != Some(&b'0')
}

fn gstin(v: &[u8]) -> bool {
    const CHARACTERS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let value = |b: &u8| CHARACTERS.iter().position(|c| c == b).unwrap_or_default();
    let sum: usize = v
        .iter()
        .take(14)
        .zip([1, 2].into_iter().cycle())
        .map(|(b, w)| value(b) * w / 36 + value(b) * w % 36)
        .sum();
    gstin_form(v) && CHARACTERS.get((36 - sum % 36) % 36) == v.get(14)
}

fn nric(v: &[u8]) -> bool {
    let (first, digits) = v.split_first().unwrap_or((&0, &[]));
    let (offset, letters): (u32, &[u8; 11]) = match first {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"XWUTRQPNJLK"),
        _ => return false,
    };
    let sum = offset + weighted(crate::bytes::cut(digits, 0..7), &[2, 7, 6, 5, 4, 3, 2]);
    letters.get(sum as usize % 11) == v.get(8)
}

/// Whether the number has a date, and its seventh digit lies between these.
fn kr_date(v: &[u8], least: u32, most: u32) -> bool {
    is_month_day(v, 2) && (least..=most).contains(&digit(v, 6))
}

fn kr_check(v: &[u8], added: u32) -> bool {
    let sum = weighted(v, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    (11 - sum % 11 + added) % 10 == digit(v, 12)
}

fn kr_business(v: &[u8]) -> bool {
    let sum = weighted(v, &[1, 3, 7, 1, 3, 7, 1, 3, 5]) + digit(v, 8) * 5 / 10;
    number(v, 0, 3) > 100 && (10 - sum % 10) % 10 == digit(v, 9)
}

fn thai(v: &[u8]) -> bool {
    let sum = weighted(v, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    // The province's code begins with 1 to 9.
    (1..=8).contains(&digit(v, 0)) && digit(v, 1) != 0 && (11 - sum % 11) % 10 == digit(v, 12)
}

fn cn_id(v: &[u8]) -> bool {
    let sum = weighted(crate::bytes::cut(v, 0..17), &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    let dated = matches!(number(v, 6, 8), 18..=20) && is_month_day(v, 10);
    let check = b"10X98765432".get(sum as usize % 11);
    dated && matches!(digit(v, 0), 1..=8) && check == v.get(17)
}

fn jp_number(v: &[u8]) -> bool {
    let remainder = weighted(v, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    (if remainder <= 1 { 0 } else { 11 - remainder }) == digit(v, 11)
}

fn tw_id(v: &[u8]) -> bool {
    // The letters in the order of their numbers from 10 on.
    let order = v.first().and_then(|b| b"ABCDEFGHJKLMNPQRSTUVXYWZIO".iter().position(|l| l == b));
    let letter = order.unwrap_or_default() as u32 + 10;
    let rest = v.get(1..).unwrap_or_default();
    let sum = letter / 10 + letter % 10 * 9 + weighted(rest, &[8, 7, 6, 5, 4, 3, 2, 1, 1]);
    matches!(digit(v, 1), 1 | 2 | 8 | 9) && sum.is_multiple_of(10)
}

fn hk_id(v: &[u8]) -> bool {
    let letter = v.first().map_or(0, |b| u32::from(b.wrapping_sub(b'A')) + 10);
    let rest = v.get(1..7).unwrap_or_default();
    // A single letter stands behind a space, which counts 36.
    let sum = 36 * 9 + letter * 8 + weighted(rest, &[7, 6, 5, 4, 3, 2]);
    let check = match (11 - sum % 11) % 11 {
        10 => b'A',
        n => b'0' + n as u8,
    };
    v.get(7) == Some(&check)
}

fn my_nric(v: &[u8]) -> bool {
    is_month_day(v, 2) && matches!(number(v, 6, 8), 1..=16 | 21..=68 | 71 | 72 | 74..=79 | 82..=93 | 98 | 99)
}

fn id_nik(v: &[u8]) -> bool {
    let mut date = [0u8; 4];
    for (slot, b) in date.iter_mut().zip(v.get(6..10).unwrap_or_default()) {
        *slot = *b;
    }
    if let Some(slot) = date.first_mut().filter(|b| **b >= b'4') {
        *slot -= 4;
    }
    matches!(number(v, 0, 2), 11..=94) && is_day_month(&date, 0)
}

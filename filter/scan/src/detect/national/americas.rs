//! North and South America: numbers of tax, health insurance, banks and persons.

use super::super::check::{digit, is_month_day, luhn_sum, number, weighted};
use super::{Rule, Scores, Topic};
use crate::entity::EntityType;

const TAX: &[Topic] = &[Topic::Itin, Topic::TaxId, Topic::Ssn];
const BRAZIL: &[Topic] = &[Topic::Brazil, Topic::TaxId];
const CUIT: &[Topic] = &[Topic::SouthAmerica, Topic::TaxId];

pub(super) const RULES: &[Rule] = &[
    // IRS, "Individual taxpayer identification number": 9xx, and the ranges of its fourth and fifth digits.
    Rule::new(EntityType::UsItin, &["999-99-9999"], itin, TAX, Scores::bare(0.95, 0.75)),
    Rule::new(
        EntityType::UsItin,
        &["999 99 9999", "999999999", "999-999999", "99999-9999"],
        itin,
        TAX,
        Scores::named(0.9),
    ),
    // CMS, "NPI check digit": Luhn over 80840 and the number, which begins with 1 or 2.
    Rule::new(EntityType::UsNpi, &["9999999999"], npi, &[Topic::Npi], Scores::named(0.95)),
    Rule::new(EntityType::UsNpi, &["9999-999-999"], npi, &[Topic::Npi], Scores::alone(0.95, 0.5)),
    // What is called an NPI and is none by its check digit is somebody's number all the same.
    Rule::new(EntityType::UsNpi, &["9999999999"], any, &[Topic::Npi], Scores::named(0.7)).unchecked(),
    // CMS, "Understanding the Medicare Beneficiary Identifier format": no S, L, O, I, B, Z.
    Rule::new(
        EntityType::UsMbi,
        &["9A#9-A#9-AA99"],
        mbi,
        &[Topic::Mbi, Topic::MedicareCard],
        Scores::bare(0.95, 0.85),
    ),
    Rule::new(
        EntityType::UsMbi,
        &["9A#9A#9AA99"],
        mbi,
        &[Topic::Mbi, Topic::MedicareCard],
        Scores::bare(0.9, 0.6),
    ),
    // American Bankers Association, routing number policy: the ranges of the first two digits, weights 3, 7, 1.
    Rule::new(
        EntityType::AbaRoutingNumber,
        &["999999999", "9999-9999-9"],
        aba,
        &[Topic::Routing],
        Scores::named(0.95),
    ),
    // Government of Canada, "Validate a SIN": Luhn; 0 begins no number, 8 only businesses'.
    Rule::new(
        EntityType::SinCa,
        &["999-999-999"],
        sin,
        &[Topic::Sin, Topic::TaxId],
        Scores::bare(0.95, 0.65),
    ),
    Rule::new(
        EntityType::SinCa,
        &["999 999 999"],
        sin,
        &[Topic::Sin, Topic::TaxId],
        Scores::alone(0.95, 0.55),
    ),
    Rule::new(EntityType::SinCa, &["999999999"], sin, &[Topic::Sin], Scores::named(0.9)),
    // RENAPO, instructivo normativo for the CURP: the date, the sex, and a check digit of weights 18 to 2.
    Rule::new(EntityType::MxCurp, &["AAAA999999AAAAAA#9"], curp, &[Topic::Mexico], Scores::bare(0.95, 0.95)),
    // SAT, "Estructura del RFC": the date, and a check character MOD 11.
    Rule::new(
        EntityType::MxRfc,
        &["AAAA999999###"],
        rfc,
        &[Topic::Mexico, Topic::TaxId],
        Scores::bare(0.95, 0.6),
    ),
    Rule::new(
        EntityType::MxRfc,
        &["AAAA999999###"],
        |v| is_month_day(v, 6),
        &[Topic::Mexico],
        Scores::named(0.85),
    )
    .unchecked(),
    // Receita Federal: two check digits MOD 11 each.
    Rule::new(EntityType::BrCpf, &["999.999.999-99"], cpf, BRAZIL, Scores::bare(0.95, 0.95)),
    Rule::new(EntityType::BrCpf, &["99999999999"], cpf, BRAZIL, Scores::alone(0.95, 0.6)),
    Rule::new(EntityType::BrCnpj, &["99.999.999/9999-99"], cnpj, BRAZIL, Scores::bare(0.95, 0.95)),
    Rule::new(EntityType::BrCnpj, &["99999999999999"], cnpj, BRAZIL, Scores::named(0.95)),
    // Servicio de Registro Civil: MOD 11 with the weights 2 to 7 from the right, K for 10.
    Rule::new(
        EntityType::ClRut,
        &["99.999.999-#", "9.999.999-#"],
        rut,
        &[Topic::SouthAmerica, Topic::TaxId],
        Scores::bare(0.95, 0.8),
    ),
    Rule::new(
        EntityType::ClRut,
        &["99999999-#", "9999999-#"],
        rut,
        &[Topic::SouthAmerica],
        Scores::named(0.95),
    ),
    // AFIP, resolución general on the CUIT: the kind of person, and MOD 11.
    Rule::new(EntityType::ArCuit, &["99-99999999-9"], cuit, CUIT, Scores::bare(0.95, 0.85)),
    Rule::new(EntityType::ArCuit, &["99999999999"], cuit, CUIT, Scores::named(0.95)),
];

fn any(_: &[u8]) -> bool {
    true
}

fn itin(v: &[u8]) -> bool {
    digit(v, 0) == 9 && matches!(number(v, 3, 5), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

fn npi(v: &[u8]) -> bool {
    // The prefix 80840 adds 24 to the sum.
    matches!(digit(v, 0), 1 | 2) && (luhn_sum(v.iter().copied()) + 24).is_multiple_of(10)
}

fn mbi(v: &[u8]) -> bool {
    let letter = |b: u8| !matches!(b, b'S' | b'L' | b'O' | b'I' | b'B' | b'Z');
    digit(v, 0) != 0 && v.iter().all(|b| letter(*b))
}

fn aba(v: &[u8]) -> bool {
    let sum = weighted(v, &[3, 7, 1, 3, 7, 1, 3, 7, 1]);
    matches!(number(v, 0, 2), 1..=12 | 21..=32 | 61..=72 | 80) && sum.is_multiple_of(10)
}

fn sin(v: &[u8]) -> bool {
    digit(v, 0) != 0 && luhn_sum(v.iter().copied()).is_multiple_of(10)
}

/// The value of a character in Mexican numbers, in which Ñ stands between N and O.
fn mexican(b: u8) -> u32 {
    match b {
        b'0'..=b'9' => u32::from(b - b'0'),
        b'A'..=b'N' => u32::from(b - b'A') + 10,
        _ => u32::from(b.wrapping_sub(b'A')) + 11,
    }
}

fn curp(v: &[u8]) -> bool {
    let sum: u32 = v.iter().take(17).zip((2..=18).rev()).map(|(b, weight)| mexican(*b) * weight).sum();
    let sex = matches!(v.get(10), Some(b'H' | b'M' | b'X'));
    sex && is_month_day(v, 6) && (10 - sum % 10) % 10 == digit(v, 17)
}

fn rfc(v: &[u8]) -> bool {
    // Here & stands between N and O.
    let sum: u32 = v.iter().take(12).zip((2..=13).rev()).map(|(b, weight)| mexican(*b) * weight).sum();
    let check = match 11 - sum % 11 {
        11 => b'0',
        10 => b'A',
        n => b'0' + n as u8,
    };
    is_month_day(v, 6) && v.get(12) == Some(&check)
}

/// A check digit MOD 11 over the first `n` digits, weights from the right 2 to `most` again and again.
fn check_11(v: &[u8], n: usize, most: u32) -> u32 {
    let weights = (2..=most).cycle();
    let sum: u32 =
        v.iter().take(n).rev().zip(weights).map(|(b, w)| u32::from(b.wrapping_sub(b'0')) * w).sum();
    (11 - sum % 11) % 11
}

fn cpf(v: &[u8]) -> bool {
    let same = v.iter().all(|b| Some(b) == v.first());
    !same && check_11(v, 9, 11) % 10 == digit(v, 9) && check_11(v, 10, 11) % 10 == digit(v, 10)
}

fn cnpj(v: &[u8]) -> bool {
    number(v, 0, 8) != 0 && check_11(v, 12, 9) % 10 == digit(v, 12) && check_11(v, 13, 9) % 10 == digit(v, 13)
}

fn rut(v: &[u8]) -> bool {
    let (last, rest) = v.split_last().unwrap_or((&0, &[]));
    let check = match check_11(rest, rest.len(), 7) {
        10 => b'K',
        n => b'0' + n as u8,
    };
    rest.iter().any(|b| *b != b'0') && *last == check
}

fn cuit(v: &[u8]) -> bool {
    let check = check_11(v, 10, 7);
    matches!(number(v, 0, 2), 20 | 23..=27 | 30 | 33 | 34 | 50 | 51 | 55) && check.min(9) == digit(v, 10)
}

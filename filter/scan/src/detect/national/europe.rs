//! Europe: national identity numbers, and numbers of tax, pension and health insurance.

mod checks;

use super::super::check::{digit, is_day_month, luhn, mod_11_10, number, weighted};
use super::{Rule, Scores, Topic};
use crate::entity::EntityType;
use checks::{
    any, at_svnr, baltic, be_number, bg_egn, ch_ahv, cz_number, de_document, de_document_10, de_health,
    de_lanr, de_pension, de_tax_id, es_nie, es_nif, fi_code, fr_nir, hu_taj, ie_ppsn, it_fiscal_code, jmbg,
    nhs, nino, nl_bsn, no_number, pl_pesel, pt_nif, ro_cnp, ru_inn, ru_snils, se_date, se_long, ua_rnokpp,
    uk_driver,
};

const DE_TAX: &[Topic] = &[Topic::GermanTax, Topic::TaxId];
const ES: &[Topic] = &[Topic::Spain, Topic::TaxId, Topic::NationalId];
const NINO: &[Topic] = &[Topic::Nino, Topic::Ssn, Topic::NationalId];

pub(super) const RULES: &[Rule] = &[
    // NHS Data Dictionary, "NHS number": MOD 11.
    Rule::new(
        EntityType::UkNhs,
        &["9999999999", "999 999 9999", "999-999-9999"],
        nhs,
        &[Topic::Nhs],
        Scores::named(0.95),
    ),
    // HMRC, National Insurance Manual NIM39110: prefixes that are not given out, suffix A to D.
    Rule::new(
        EntityType::UkNino,
        &["AA999999A", "AA 99 99 99 A", "AA 999999 A", "AA 999999A", "AA-99-99-99-A", "AA99 99 99 A"],
        nino,
        NINO,
        Scores::bare(0.95, 0.8),
    ),
    // DVLA: five letters of the name, the date of birth in an order of its own.
    Rule::new(
        EntityType::UkDrivingLicence,
        &["A#############AA"],
        uk_driver,
        &[Topic::License, Topic::AnyLicense],
        Scores::bare(0.95, 0.85),
    ),
    // § 139b AO; Bundeszentralamt für Steuern, "Informationen zur Berechnung der Prüfziffer": ISO 7064, and
    // of the first ten digits one is there twice or three times.
    Rule::new(
        EntityType::DeTaxId,
        &["99999999999", "99 999 999 999"],
        de_tax_id,
        DE_TAX,
        Scores::bare(0.95, 0.6),
    ),
    Rule::new(
        EntityType::DeTaxId,
        &["99999999999", "99 999 999 999"],
        |v| digit(v, 0) != 0 && mod_11_10(v),
        DE_TAX,
        Scores::named(0.9),
    ),
    // The number of a tax office, "Steuernummer", in the forms of the states. Hardly anything else has these slashes; a
    // file number has its year between them.
    Rule::new(
        EntityType::DeTaxNumber,
        &["99/999/99999", "999/999/99999", "999/9999/9999"],
        any,
        DE_TAX,
        Scores::alone(0.8, 0.5),
    )
    .unchecked(),
    Rule::new(
        EntityType::DeTaxNumber,
        &["99/9999/9999"],
        |v| !(1900..2100).contains(&number(v, 2, 6)),
        DE_TAX,
        Scores::alone(0.8, 0.5),
    )
    .unchecked(),
    Rule::new(
        EntityType::DeTaxNumber,
        &["99/9999/9999", "99 999 99999", "9999999999999"],
        any,
        DE_TAX,
        Scores::named(0.8),
    )
    .unchecked(),
    // Deutsche Rentenversicherung: area, date of birth, initial, serial, check digit (VKVV § 2).
    Rule::new(
        EntityType::DeSocialSecurity,
        &["99999999A999", "99 999999 A 999"],
        de_pension,
        &[Topic::GermanPension, Topic::Ssn],
        Scores::bare(0.95, 0.85),
    ),
    // § 290 SGB V: a letter, eight digits and a check digit.
    Rule::new(
        EntityType::DeHealthInsurance,
        &["A999999999"],
        de_health,
        &[Topic::GermanHealth],
        Scores::named(0.95),
    ),
    // KBV: "Lebenslange Arztnummer", a check digit before the two digits of the field of work.
    Rule::new(EntityType::DeLanr, &["999999999"], de_lanr, &[Topic::GermanDoctor], Scores::named(0.9)),
    // BSI TR-03110 and PAuswV: nine of the letters that are told from digits, then ICAO's check digit.
    Rule::new(
        EntityType::DeIdCard,
        &["##########", "A#########"],
        de_document_10,
        GERMAN_CARD,
        Scores::named(0.95),
    ),
    Rule::new(EntityType::DeIdCard, &["A########"], de_document, GERMAN_CARD, Scores::named(0.85))
        .unchecked(),
    // Real Decreto 1553/2005 and Orden INT/2058/2008: the letter is the remainder of 23.
    Rule::new(
        EntityType::EsNif,
        &["99999999A", "99999999-A", "99.999.999-A"],
        es_nif,
        ES,
        Scores::bare(0.95, 0.75),
    ),
    Rule::new(EntityType::EsNif, &["9999999A", "9999999-A"], es_nif, ES, Scores::named(0.9)),
    Rule::new(
        EntityType::EsNie,
        &["A9999999A", "A9999999-A", "A-9999999-A", "A-9999999A"],
        es_nie,
        ES,
        Scores::bare(0.95, 0.8),
    ),
    // Decreto ministeriale 23/12/1976: sixteen characters with a check letter, digits replaced by letters
    // where two people would have the same code.
    Rule::new(
        EntityType::ItFiscalCode,
        &["AAAAAA##A##A###A"],
        it_fiscal_code,
        &[Topic::Italy, Topic::TaxId],
        Scores::bare(0.95, 0.95),
    ),
    // INSEE: sex, year, month, place, order, and 97 minus the remainder of 97.
    Rule::new(
        EntityType::FrNir,
        &[
            "999999999999999",
            "9 99 99 99 999 999 99",
            "9999999999999 99",
            "999999A99999999",
            "9 99 99 9A 999 999 99",
        ],
        fr_nir,
        &[Topic::France, Topic::Ssn],
        Scores::bare(0.95, 0.8),
    ),
    // Rijksdienst voor Identiteitsgegevens: the "elfproef".
    Rule::new(
        EntityType::NlBsn,
        &["999999999", "9999.99.999", "999.999.999", "9999 99 999"],
        nl_bsn,
        &[Topic::Netherlands, Topic::NationalId],
        Scores::named(0.95),
    ),
    // Arrêté royal du 3 avril 1984: 97 minus the remainder of 97, from 2000 on with a 2 in front.
    Rule::new(
        EntityType::BeNationalNumber,
        &["99.99.99-999.99", "999999-999-99", "999999-999.99"],
        be_number,
        &[Topic::Belgium, Topic::NationalId],
        Scores::bare(0.95, 0.9),
    ),
    Rule::new(
        EntityType::BeNationalNumber,
        &["99999999999", "999999 999 99"],
        be_number,
        &[Topic::Belgium, Topic::NationalId],
        Scores::bare(0.95, 0.6),
    ),
    // Ustawa o ewidencji ludności: the date with the century in the month, weights 1, 3, 7, 9.
    Rule::new(
        EntityType::PlPesel,
        &["99999999999"],
        pl_pesel,
        &[Topic::Poland, Topic::NationalId],
        Scores::alone(0.95, 0.55),
    ),
    // Autoridade Tributária: MOD 11.
    Rule::new(
        EntityType::PtNif,
        &["999999999", "999 999 999"],
        pt_nif,
        &[Topic::Portugal, Topic::Spain, Topic::TaxId],
        Scores::named(0.9),
    ),
    // Skatteverket, SKV 704: the date and Luhn; 60 added to the day for "samordningsnummer".
    Rule::new(
        EntityType::SePersonnummer,
        &["999999-9999", "999999+9999"],
        |v| se_date(v, 2) && luhn(v),
        SWEDEN,
        Scores::bare(0.95, 0.65),
    ),
    Rule::new(
        EntityType::SePersonnummer,
        &["99999999-9999", "999999999999"],
        se_long,
        SWEDEN,
        Scores::alone(0.95, 0.6),
    ),
    Rule::new(
        EntityType::SePersonnummer,
        &["9999999999"],
        |v| se_date(v, 2) && luhn(v),
        SWEDEN,
        Scores::named(0.95),
    ),
    // Skatteverket, SKV 709: the third digit is 2 or more.
    Rule::new(
        EntityType::SeOrganisationsnummer,
        &["999999-9999", "9999999999"],
        |v| digit(v, 2) >= 2 && luhn(v),
        SWEDEN,
        Scores::named(0.9),
    ),
    // Digi- ja väestötietovirasto: the date, a sign for the century, and the remainder of 31.
    Rule::new(
        EntityType::FiPersonalIdentityCode,
        &["999999-999#", "999999+999#", "999999A999#"],
        fi_code,
        &[Topic::Finland, Topic::NationalId],
        Scores::bare(0.95, 0.9),
    ),
    // Skatteetaten: two check digits MOD 11; 40 added to the day for D-numbers.
    Rule::new(
        EntityType::NoFodselsnummer,
        &["99999999999", "999999 99999"],
        no_number,
        &[Topic::Norway, Topic::Sweden, Topic::NationalId],
        Scores::bare(0.95, 0.65),
    ),
    // CPR-kontoret: the date; check digits are given out no longer.
    Rule::new(
        EntityType::DkCpr,
        &["999999-9999", "9999999999"],
        |v| is_day_month(v, 0),
        &[Topic::Denmark],
        Scores::named(0.9),
    )
    .unchecked(),
    // Department of Social Protection: MOD 23, a second letter counting nine times.
    Rule::new(
        EntityType::IePpsn,
        &["9999999A", "9999999AA"],
        ie_ppsn,
        &[Topic::Ireland],
        Scores::named(0.95),
    ),
    // Österreichische Sozialversicherung: the date and MOD 11.
    Rule::new(
        EntityType::AtSvnr,
        &["9999999999", "9999 999999"],
        at_svnr,
        &[Topic::Austria, Topic::GermanPension],
        Scores::named(0.95),
    ),
    // Zentrale Ausgleichsstelle: 756 and the check digit of EAN-13.
    Rule::new(
        EntityType::ChAhv,
        &["999.9999.9999.99"],
        ch_ahv,
        &[Topic::Switzerland, Topic::GermanPension],
        Scores::bare(0.95, 0.95),
    ),
    Rule::new(
        EntityType::ChAhv,
        &["9999999999999"],
        ch_ahv,
        &[Topic::Switzerland, Topic::GermanPension],
        Scores::bare(0.95, 0.7),
    ),
    // Zákon č. 133/2000 Sb.: divisible by eleven, the date with 50 added to women's months.
    Rule::new(
        EntityType::CzBirthNumber,
        &["999999/9999"],
        cz_number,
        &[Topic::Czechia, Topic::NationalId],
        Scores::bare(0.95, 0.8),
    ),
    Rule::new(EntityType::CzBirthNumber, &["9999999999"], cz_number, &[Topic::Czechia], Scores::named(0.95)),
    // 1996. évi XX. törvény: TAJ and tax identifier.
    Rule::new(
        EntityType::HuTaj,
        &["999 999 999", "999999999"],
        hu_taj,
        &[Topic::Hungary],
        Scores::named(0.95),
    ),
    // Legea 105/1996: the date, the county, and the key 279146358279 MOD 11.
    Rule::new(
        EntityType::RoCnp,
        &["9999999999999"],
        ro_cnp,
        &[Topic::Romania, Topic::NationalId],
        Scores::bare(0.95, 0.65),
    ),
    // ГД „ГРАО“: the date with the century in the month, MOD 11.
    Rule::new(EntityType::BgEgn, &["9999999999"], bg_egn, &[Topic::Bulgaria], Scores::named(0.95)),
    // ΗΔΙΚΑ: the date and Luhn.
    Rule::new(
        EntityType::GrAmka,
        &["99999999999"],
        |v| is_day_month(v, 0) && luhn(v),
        &[Topic::Greece],
        Scores::alone(0.95, 0.55),
    ),
    // Zakon o osobnom identifikacijskom broju: ISO 7064, MOD 11,10.
    Rule::new(EntityType::HrOib, &["99999999999"], mod_11_10, &[Topic::Croatia], Scores::named(0.95)),
    // The successors of Yugoslavia: the date with three digits of the year, region, MOD 11.
    Rule::new(
        EntityType::Jmbg,
        &["9999999999999"],
        jmbg,
        &[Topic::Jmbg, Topic::NationalId],
        Scores::bare(0.95, 0.65),
    ),
    // EVS 585, and LST 1185 with the same check: the century and sex, the date, MOD 11 in two steps.
    Rule::new(EntityType::EePersonalCode, &["99999999999"], baltic, &[Topic::Estonia], Scores::named(0.95)),
    Rule::new(EntityType::LtPersonalCode, &["99999999999"], baltic, &[Topic::Lithuania], Scores::named(0.95)),
    // Pilsonības un migrācijas lietu pārvalde; numbers since 2017 begin with 32 and have no date.
    Rule::new(
        EntityType::LvPersonalCode,
        &["999999-99999", "99999999999"],
        |v| is_day_month(v, 0) || number(v, 0, 2) == 32,
        &[Topic::Latvia],
        Scores::named(0.9),
    )
    .unchecked(),
    // Þjóðskrá: the date and MOD 11.
    Rule::new(
        EntityType::IsKennitala,
        &["999999-9999", "9999999999"],
        |v| is_day_month(v, 0) && weighted(v, &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11),
        &[Topic::Iceland],
        Scores::named(0.95),
    ),
    // СФР: MOD 101. ФНС: two check digits MOD 11.
    Rule::new(EntityType::RuSnils, &["999-999-999 99"], ru_snils, &[Topic::Russia], Scores::bare(0.95, 0.85)),
    Rule::new(EntityType::RuSnils, &["99999999999"], ru_snils, &[Topic::Russia], Scores::named(0.9)),
    Rule::new(EntityType::RuInn, &["999999999999"], ru_inn, &[Topic::Russia], Scores::alone(0.95, 0.55)),
    // ДПС України: MOD 11.
    Rule::new(EntityType::UaRnokpp, &["9999999999"], ua_rnokpp, &[Topic::Russia], Scores::named(0.95)),
];

const GERMAN_CARD: &[Topic] = &[Topic::GermanCard, Topic::NationalId];
const SWEDEN: &[Topic] = &[Topic::Sweden, Topic::NationalId];

//! `locales`: the countries whose identifiers are looked for.

use serde_json::value::RawValue;

use crate::entity::{EntityType, built_in};
use crate::policy::reading::{Reader, Text};

/// The codes of ISO 3166-1 alpha-2, as officially assigned.
const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY \
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK \
    FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR \
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK \
    ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM \
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF \
    TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// The types that are switched off: those of a country that is not listed. Without a list none is.
pub(super) fn switched_off<'j>(raw: Option<&'j RawValue>, reader: &mut Reader<'j>) -> Vec<EntityType> {
    let Some(listed) = reader.read_some::<Vec<Text>>(raw) else { return Vec::new() };
    let of_a_country =
        || built_in().filter_map(|(entity, _)| entity.country().map(|country| (entity, country)));
    for (n, code) in listed.iter().enumerate() {
        let is_known = is_country(&code.0) || of_a_country().any(|(_, country)| country == code.0);
        if !is_known {
            let path = format!("masking.locales[{n}]");
            let hint = if code.0.eq_ignore_ascii_case("UK") { "; the United Kingdom is GB" } else { "" };
            reader.error(path, format_args!("a country's two capital letters (ISO 3166){hint}"));
        }
    }
    let is_listed = |country: &str| listed.iter().any(|code| code.0 == country);
    of_a_country().filter(|(_, country)| !is_listed(country)).map(|(entity, _)| entity).collect()
}

fn is_country(code: &str) -> bool {
    code.len() == 2 && COUNTRIES.split(' ').any(|country| country == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_every_country_once_and_in_order() {
        let all: Vec<&str> = COUNTRIES.split(' ').collect();
        assert_eq!(all.len(), 249);
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(all.iter().all(|code| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())));
        assert!(
            is_country("US") && is_country("GB") && !is_country("UK") && !is_country("us") && !is_country("")
        );
    }

    #[test]
    fn every_country_of_a_type_can_be_listed() {
        for (entity, country) in built_in().filter_map(|(e, _)| e.country().map(|c| (e, c))) {
            assert!(is_country(country) || country == "EU", "{entity:?}");
        }
    }
}

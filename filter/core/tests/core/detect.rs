//! What is found in a text: `data/detect/*.toml`, one file per type.
//!
//! A case is a text in which each value stands between `⟦` and `⟧`: `⟦value⟧` for the file's own type,
//! `⟦TYPE|value⟧` for another. `finds` lists texts that hold values, `leaves` texts that hold none, and
//! `finds_joined` texts in parts, so that nothing in the file looks like a live key.

use privet_core::entity::Hit;
use serde::Deserialize;

use crate::fixtures::policy;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    r#type: String,
    /// The policy's `masking` section.
    #[serde(default = "default_masking")]
    masking: String,
    finds: Vec<String>,
    #[serde(default)]
    finds_joined: Vec<Vec<String>>,
    leaves: Vec<String>,
    #[serde(default)]
    leaves_joined: Vec<Vec<String>>,
}

fn default_masking() -> String {
    "{}".to_owned()
}

fn run(file: &str) {
    let file: File = toml::from_str(file).expect("a data file");
    let policy = policy(&file.masking);
    let joined = |lists: &[Vec<String>]| lists.iter().map(|parts| parts.concat()).collect::<Vec<_>>();
    let found = |marked: &str| {
        let text: String = strip_types(marked).replace(['⟦', '⟧'], "");
        let mut hits = Vec::new();
        policy.masking.detector.scan(text.as_bytes(), &mut hits);
        mark(&text, &hits, |hit| match policy.masking.name(hit.entity) {
            name if name == file.r#type => String::new(),
            name => format!("{name}|"),
        })
    };
    let mut wrong = Vec::new();
    for case in file.finds.iter().cloned().chain(joined(&file.finds_joined)) {
        assert!(case.contains('⟦'), "no value is marked: {case}");
        wrong.extend((found(&case) != case).then(|| format!("wanted {case}\n found {}", found(&case))));
    }
    for case in file.leaves.iter().cloned().chain(joined(&file.leaves_joined)) {
        assert!(!case.contains('⟦'), "a value is marked: {case}");
        wrong.extend((found(&case) != case).then(|| format!("wanted {case}\n found {}", found(&case))));
    }
    assert!(wrong.is_empty(), "{} cases\n{}", wrong.len(), wrong.join("\n"));
}

/// `⟦TYPE|value⟧` as `⟦value⟧`.
fn strip_types(marked: &str) -> String {
    let mut parts = marked.split('⟦');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| {
        let value = part.split_once('|').filter(|(name, _)| {
            name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        });
        out + "⟦" + value.map_or(part, |(_, value)| value)
    })
}

/// `text` with its hits between `⟦` and `⟧`.
pub(crate) fn mark(text: &str, hits: &[Hit], name: impl Fn(&Hit) -> String) -> String {
    let (mut out, mut done) = (String::new(), 0);
    for hit in hits {
        out += &text[done..hit.range.start];
        out += &format!("⟦{}{}⟧", name(hit), &text[hit.range.clone()]);
        done = hit.range.end;
    }
    out + &text[done..]
}

/// A test for each data file.
macro_rules! cases {
    ($($name:ident = $file:literal;)*) => {$(
        #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
        #[cfg_attr(not(target_arch = "wasm32"), test)]
        fn $name() {
            run(include_str!(concat!("../data/detect/", $file, ".toml")));
        }
    )*};
}

cases! {
    names_of_persons_are_found_and_nothing_else = "person";
    places_are_found_and_nothing_else = "location";
    postal_addresses_are_found_and_nothing_else = "address";
    names_and_places_in_east_asian_script_are_found_and_nothing_else = "east_asian";

    e_mail_addresses_are_found_and_nothing_else = "email";
    telephone_numbers_are_found_and_nothing_else = "phone";
    card_numbers_are_found_and_nothing_else = "credit_card";
    ibans_are_found_and_nothing_else = "iban";
    ip_addresses_are_found_and_nothing_else = "ip_address";

    hardware_addresses_are_found_and_nothing_else = "mac_address";
    crypto_currency_addresses_are_found_and_nothing_else = "crypto";
    dates_of_birth_are_found_and_no_other_dates = "date_of_birth";
    what_only_its_label_tells_apart_is_found_behind_its_label = "labelled";

    social_security_numbers_are_found_and_nothing_else = "ssn_us";
    identifiers_of_one_country_are_found_and_nothing_else = "national";

    json_web_tokens_are_found_and_nothing_else = "jwt";
    openai_keys_are_found_and_nothing_else = "openai_api_key";
    github_tokens_are_found_and_nothing_else = "github_token";
    aws_access_key_ids_are_found_and_nothing_else = "aws_access_key_id";
    aws_secret_keys_are_found_and_nothing_else = "aws_secret_access_key";
    values_called_an_api_key_are_found_and_nothing_else = "generic_api_key";
    values_called_a_password_are_found_and_nothing_else = "env_secret";
    tokens_of_other_vendors_are_found_and_nothing_else = "secret_token";
    private_key_blocks_are_found_and_nothing_else = "private_key";
    passwords_in_connection_strings_are_found_and_nothing_else = "connection_string";

    values_that_are_written_otherwise_are_found_and_stay_as_they_were_written = "written";

    custom_types_are_found_and_nothing_else = "custom";
    of_overlapping_values_the_confirmed_and_longest_stands = "overlap";
}

//! What policies do, as data: `data/policy/*.toml`.

use privet_core::mask::find;
use privet_core::policy::Policy;
use serde::Deserialize;

use crate::detect::mark;
use crate::fixtures::policy;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    masking: String,
    texts: Vec<String>,
}

/// `⟦TYPE|value⟧` as `value`.
fn plain(marked: &str) -> String {
    let mut parts = marked.split('⟦');
    let first = parts.next().unwrap_or_default().to_owned();
    let value = |part: &str| part.split_once('|').expect("a type").1.replacen('⟧', "", 1);
    parts.fold(first, |out, part| out + &value(part))
}

fn run(file: &str) {
    let file: File = toml::from_str(file).expect("a data file");
    let mut wrong = Vec::new();
    for Case { name, masking, texts } in file.case {
        let policy = policy(&masking);
        for wanted in texts {
            let text = plain(&wanted);
            let mut hits = Vec::new();
            find(text.as_bytes(), &policy.masking, &mut hits);
            let found = mark(&text, &hits, |hit| format!("{}|", policy.masking.name(hit.entity)));
            wrong.extend((found != wanted).then(|| format!("{name}\nwanted {wanted}\n found {found}")));
        }
    }
    assert!(wrong.is_empty(), "{} cases\n{}", wrong.len(), wrong.join("\n"));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn terms_of_dictionaries_are_found() {
    run(include_str!("../data/policy/dictionaries.toml"));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn allowed_values_pass() {
    run(include_str!("../data/policy/allow.toml"));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn rules_locales_and_context_words_decide_what_counts() {
    run(include_str!("../data/policy/rules.toml"));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefusedFile {
    case: Vec<Refused>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    rest: String,
    errors: Vec<String>,
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn everything_that_is_wrong_with_a_policy_is_said_with_its_path() {
    let file: RefusedFile = toml::from_str(include_str!("../data/policy/refused.toml")).expect("a data file");
    for Refused { rest, errors } in file.case {
        let document = format!(r#"{{"schema":1,"revision":"r"{rest}}}"#);
        let said = Policy::parse(document.as_bytes()).expect_err(&rest).0;
        let same =
            said.len() == errors.len() && said.iter().zip(&errors).all(|(s, e)| s.starts_with(e.as_str()));
        assert!(same, "{rest}\nwanted {errors:#?}\nsaid {said:#?}");
    }
}

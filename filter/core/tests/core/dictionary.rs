//! Dictionaries as large and as hostile as a policy may have them. There is no clock in here: what is not
//! linear does not come to an end.

use privet_core::detect::dictionary::{MAX_TERM_WORDS, MAX_TERMS};
use privet_core::entity::Hit;
use privet_core::policy::Policy;
use serde_json::json;

/// A policy whose dictionaries have these terms.
fn policy(terms: &[String]) -> Policy {
    let halves = terms.split_at(terms.len() / 2);
    let masking =
        json!({"dictionaries": [{"type": "A", "terms": halves.0}, {"type": "B", "terms": halves.1}]});
    crate::fixtures::policy(&masking.to_string())
}

fn scan(policy: &Policy, text: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    policy.masking.detector.scan(text.as_bytes(), &mut hits);
    hits
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_hundred_thousand_terms_are_each_found() {
    let terms: Vec<String> = (0..MAX_TERMS).map(|n| format!("project q{n} of z{}", n % 977)).collect();
    let policy = policy(&terms);
    for n in (0..MAX_TERMS).step_by(997) {
        let text = format!("see PROJECT Q{n} of z{} and project q{n} of z{}", n % 977, (n + 1) % 977);
        let hits = scan(&policy, &text);
        assert_eq!(hits.len(), 1, "{n}");
        assert_eq!(&text[hits[0].range.clone()], terms[n].replace("project q", "PROJECT Q"), "{n}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn one_term_more_than_allowed_is_refused() {
    let terms: Vec<String> = (0..=MAX_TERMS).map(|n| n.to_string()).collect();
    let document =
        json!({"schema": 1, "revision": "r", "masking": {"dictionaries": [{"type": "A", "terms": terms}]}});
    let said = Policy::parse(document.to_string().as_bytes()).expect_err("too many").0;
    assert_eq!(said, ["masking.dictionaries: at most 100000 terms in all"]);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn terms_that_begin_alike_are_looked_for_in_linear_time() {
    let alike = "a ".repeat(MAX_TERM_WORDS - 1);
    let mut terms: Vec<String> = (0..MAX_TERMS - 300).map(|n| format!("{alike}{n}")).collect();
    terms.extend((1..=256).map(|n| "a".repeat(n)));
    terms.extend((1..=MAX_TERM_WORDS).map(|n| "a ".repeat(n)));
    let policy = policy(&terms);
    for unit in ["a ", "a", "a  ", "a\n", "a a 1 ", "a山", "é", "a\u{a0}", "a-", "aaaa "] {
        let text = unit.repeat((1 << 20) / unit.len());
        assert!(scan(&policy, &text).iter().all(|hit| hit.range.end <= text.len()), "{unit:?}");
    }
    let text = format!("{alike}99");
    assert_eq!(scan(&policy, &text).first().map(|hit| hit.range.clone()), Some(0..text.len()));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn terms_that_differ_only_around_one_word_are_looked_for_in_linear_time() {
    let marks = ["!", "#", "$", "%", "&", "*", "+", "-", ".", "/"];
    let affix = |mut n: usize| {
        let mut affix = String::new();
        while n > 0 {
            affix.push_str(marks[n % 10]);
            n /= 10;
        }
        affix
    };
    let terms: Vec<String> =
        (0..MAX_TERMS).map(|n| format!("{}a{}", affix(n % 300), affix(n / 300))).collect();
    let policy = policy(&terms);
    let text = "#!a!# a ".repeat((1 << 20) / 8);
    assert!(!scan(&policy, &text).is_empty());
}

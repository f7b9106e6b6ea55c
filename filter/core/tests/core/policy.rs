//! Policies: all errors at once, keys by digest, times.

use privet_core::entity::EntityType;
use privet_core::policy::{Action, DEFAULT_BODY_LIMIT, KEYS, KeyError, MAX_POLICY_BYTES, Policy};

/// SHA-256 of `made-up-key`.
const DIGEST: &str = "1f0991ebdd753c9eafe74bc140e4e9f0be27ef196f1b36f4aec4e15944c1dcbf";

fn parse(rest: &str) -> Result<Policy, Vec<String>> {
    Policy::parse(format!(r#"{{"schema":1,"revision":"r"{rest}}}"#).as_bytes()).map_err(|e| e.0)
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_smallest_policy_masks_everything_and_asks_for_a_key() {
    let policy = parse("").expect("a policy");
    assert!(policy.auth_required);
    assert_eq!((policy.body_limit, policy.revision.as_str()), (DEFAULT_BODY_LIMIT, "r"));
    for (entity, name) in privet_core::entity::built_in() {
        assert_eq!(policy.masking.action(entity), Action::Mask, "{name}");
    }
    assert!(parse(r#","a_new_section":{"x":1}"#).is_ok(), "what is new at the top is ignored");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn all_errors_are_reported_at_once() {
    let document = r#"{"schema":2,"revision":"","body_limit_bytes":0,
        "keys":[{"id":"a","sha256":"xyz"},{"id":"b","sha256":"0000000000000000000000000000000000000000000000000000000000000000","expires_at":"soon"}],
        "masking":{
            "custom":[{"type":"lower","pattern":"a"},{"type":"EMAIL","pattern":"a"},{"type":"BAD","pattern":"("},{"type":"HIGH","pattern":"a","score":2}],
            "entities":{"NOBODY":"mask","PHONE":{"min_score":1.5}}}}"#;
    let errors = Policy::parse(document.as_bytes()).expect_err("errors").0;
    let paths: Vec<&str> = errors.iter().map(|e| e.split(':').next().unwrap_or_default()).collect();
    let wanted = [
        "schema",
        "revision",
        "body_limit_bytes",
        "masking.custom[0].type",
        "masking.custom[1].type",
        "masking.custom[2].pattern",
        "masking.custom[3].score",
        "masking.entities",
        "masking.entities.PHONE.min_score",
        "keys[0].sha256",
        "keys[1].expires_at",
    ];
    assert_eq!(paths, wanted, "{errors:#?}");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn what_is_no_document_is_refused_as_a_whole() {
    for (document, says) in [
        (&b"{"[..], "policy: not valid JSON (line 1, column 1)"),
        (b"", "policy: not valid JSON (line 1, column 0)"),
        (b"{\"revision\":\"r\"}", "policy: missing field `schema` (line 1, column 16)"),
        (b"[]", "policy: a value has the wrong type or range (line 1, column "),
        (b"{\"schema\":1,\n\"revision\":\"\xff\"}", "revision: not valid JSON (line 2, column"),
    ] {
        let said = Policy::parse(document).expect_err("an error").0;
        assert!(said.len() == 1 && said[0].starts_with(says), "{said:?}");
    }
    let large = vec![b' '; MAX_POLICY_BYTES + 1];
    assert!(Policy::parse(&large).expect_err("too large").0[0].contains("larger than"));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn places_of_errors_count_in_the_whole_document() {
    let said = parse(",\n \"masking\": {\n  \"entities\": {\n   \"EMAIL\": 7 }}").expect_err("an error");
    assert_eq!(said, ["masking.entities.EMAIL: a value has the wrong type or range (line 4, column 13)"]);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn errors_repeat_no_key_and_no_pattern() {
    let secret = "do-not-repeat-this";
    for rest in [
        format!(r#","keys":[{{"id":"a","sha256":"{secret}"}}]"#),
        format!(r#","keys":["{secret}"]"#),
        format!(r#","keys":"{secret}""#),
        format!(r#","keys":[{{"id":"a","sha256":"{DIGEST}","expires_at":"{secret}"}}]"#),
        format!(r#","keys":[{{"id":"a","sha256":"{DIGEST}","revoked":"{secret}"}}]"#),
        format!(r#","masking":{{"custom":[{{"type":"A","pattern":"({secret}"}}]}}"#),
        format!(r#","masking":{{"custom":[{{"type":"{secret}","pattern":"a"}}]}}"#),
        format!(r#","masking":{{"entities":{{"EMAIL":"{secret}"}}}}"#),
        format!(r#","masking":{{"default_action":"{secret}"}}"#),
        format!(r#","masking":{{"locales":["{secret}"]}}"#),
        format!(r#","masking":{{"allow":["/{secret}(/"]}}"#),
        format!(r#","masking":{{"allow":"{secret}"}}"#),
        format!(r#","masking":{{"dictionaries":[{{"type":"{secret}","terms":["a"]}}]}}"#),
        format!(r#","masking":{{"dictionaries":[{{"type":"A","terms":"{secret}"}}]}}"#),
        format!(r#","masking":{{"dictionaries":[{{"type":"A","terms":["---------{secret}"]}}]}}"#),
        format!(r#","masking":{{"custom":[{{"type":"A","pattern":"a","context":["---------{secret}"]}}]}}"#),
        format!(r#","masking":{{"custom":[{{"type":"A","pattern":"({secret})*"}}]}}"#),
        format!(r#","masking":{{"custom":{{"{secret}@example.com":["x"}}}}"#),
    ] {
        let errors = parse(&rest).expect_err(&rest);
        assert!(!errors.join(" ").contains(secret), "{errors:?}");
        assert!(!errors.join(" ").contains(DIGEST), "{errors:?}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn keys_are_found_by_their_digest_until_they_expire_or_are_revoked() {
    let look_up = |rest: &str, now| {
        let policy =
            parse(&format!(r#","keys":[{{"id":"k","sha256":"{DIGEST}"{rest}}}]"#)).expect("a policy");
        policy.keys.look_up(b"made-up-key", now).map(|caller| (caller.id, caller.tenant))
    };
    let found = Ok(("k".to_owned(), String::new()));
    assert_eq!(look_up("", 0), found);
    assert_eq!(look_up(r#","tenant":"t""#, u64::MAX), Ok(("k".to_owned(), "t".to_owned())));
    assert_eq!(look_up(r#","revoked":true"#, 0), Err(KeyError::Revoked));
    assert_eq!(look_up(r#","revoked":false,"expires_at":null"#, 0), found);
    assert_eq!(look_up(r#","expires_at":100"#, 99), found);
    assert_eq!(look_up(r#","expires_at":100"#, 100), Err(KeyError::Expired));
    let policy =
        parse(&format!(r#","keys":[{{"id":"k","sha256":"{}"}}]"#, DIGEST.to_uppercase())).expect("a policy");
    assert!(policy.keys.look_up(b"made-up-key", 0).is_ok(), "digits in upper case");
    for key in [&b"made-up-kez"[..], b""] {
        assert_eq!(policy.keys.look_up(key, 0).expect_err("no key"), KeyError::Unknown);
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn models_are_allowed_by_the_policy_and_by_the_key() {
    let policy = parse(&format!(
        r#","models":{{"allow":["gpt-*","openai/o?","quick","claude-x"],"aliases":{{"quick":"mistral/small"}}}},
            "keys":[{{"id":"k","sha256":"{DIGEST}","models":["gpt-4*","quick","mistral/*"]}}]"#
    ))
    .expect("a policy");
    let own = policy.keys.look_up(b"made-up-key", 0).expect("a key").models;
    for (name, provider, for_all, for_key) in [
        ("gpt-4o", "openai", true, true),
        ("gpt-3", "openai", true, false),
        ("openai/gpt-4o", "openai", true, true),
        // Another provider's prefix is part of the name.
        ("azure/gpt-4o", "openai", false, false),
        ("o1", "openai", true, false),
        ("o1", "azure", false, false),
        ("quick", "mistral", true, true),
        ("small", "mistral", false, true),
        ("claude-x", "anthropic", true, false),
        ("Claude-x", "anthropic", false, false),
        ("", "openai", false, false),
    ] {
        let asked = policy.models.resolve(name);
        assert_eq!(policy.models.allow(None, asked, provider), for_all, "{name} at {provider}");
        let both = for_all && for_key;
        assert_eq!(
            policy.models.allow(own.as_ref(), asked, provider),
            both,
            "{name} at {provider}, by the key"
        );
    }
    assert_eq!(policy.models.resolve("quick").resolved, "mistral/small");
    let all = parse("").expect("a policy");
    assert!(all.models.allow(None, all.models.resolve("anything"), "openai"));
    let none = parse(r#","models":{"allow":[]}"#).expect("a policy");
    assert!(!none.models.allow(None, none.models.resolve("anything"), "openai"));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn limits_are_read_for_all_and_for_a_key() {
    let policy = parse(&format!(
        r#","limits":{{"requests_per_minute":60,"burst":5,"tokens_per_day":1000,"scope":"local"}},
            "keys":[{{"id":"k","sha256":"{DIGEST}","limits":{{"tokens_per_day":7}}}}]"#
    ))
    .expect("a policy");
    let number = |n: Option<core::num::NonZeroU64>| n.map(core::num::NonZeroU64::get);
    let own = policy.keys.look_up(b"made-up-key", 0).expect("a key").limits;
    assert_eq!(number(own.or(policy.limits).tokens_per_day), Some(7));
    assert_eq!(number(policy.limits.tokens_per_day), Some(1000));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn times_after_rfc_3339_are_read_in_utc() {
    let at = |time: &str| format!(r#","keys":[{{"id":"k","sha256":"{DIGEST}","expires_at":"{time}"}}]"#);
    for (time, seconds) in [
        ("1970-01-01T00:00:01Z", 1),
        ("2000-02-29T12:00:00Z", 951_825_600),
        ("2000-03-01T00:00:00Z", 951_868_800),
        ("2024-12-31T23:59:59Z", 1_735_689_599),
        ("2026-01-01T00:00:00.250Z", 1_767_225_600),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
    ] {
        let keys = parse(&at(time)).expect(time).keys;
        assert!(keys.look_up(b"made-up-key", seconds - 1).is_ok(), "{time}");
        assert_eq!(keys.look_up(b"made-up-key", seconds).expect_err(time), KeyError::Expired);
    }
    for time in [
        "",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+01:00",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "1969-01-01T00:00:00Z",
        "2026-01T00:00:00Z",
        "x026-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "2026-1-1T0:0:0Z",
    ] {
        assert!(parse(&at(time)).is_err(), "{time}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn names_of_types_are_upper_case_words() {
    for (name, valid) in [
        ("A", true),
        ("EMPLOYEE", true),
        ("A1_B2", true),
        ("", false),
        ("_A", false),
        ("A_", false),
        ("A__B", false),
        ("A_1", false),
        ("1A", false),
        ("a", false),
        ("A B", false),
        ("Ä", false),
        ("A-B", false),
    ] {
        assert_eq!(privet_core::entity::is_valid_name(name), valid, "{name}");
    }
    assert!(privet_core::entity::is_valid_name(&"A".repeat(48)));
    assert!(!privet_core::entity::is_valid_name(&"A".repeat(49)));
    assert_eq!(EntityType::built_in("ssn"), Some(EntityType::SsnUs));
    assert_eq!(EntityType::built_in("SSN_US"), Some(EntityType::SsnUs));
    assert_eq!(EntityType::built_in("Email"), None);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_hundred_thousand_keys_with_twins_are_refused_with_their_numbers() {
    let key = |n: usize| format!(r#"{{"id":"k{n}","sha256":"{n:064x}"}}"#);
    let keys = |numbers: &mut dyn Iterator<Item = usize>| {
        let keys: Vec<String> = numbers.map(key).collect();
        format!(r#","keys":[{}]"#, keys.join(","))
    };
    assert!(parse(&keys(&mut (0..100_000))).is_ok());
    let twins = parse(&keys(&mut (0..100_000).chain([777]))).expect_err("a twin");
    assert_eq!(twins, ["keys[100000].sha256: the same key as keys[777]"]);
    let many = parse(&keys(&mut (0..50_000).chain(0..50_000))).expect_err("twins");
    assert_eq!((many.len(), many[100].as_str()), (101, "keys: 49900 more are wrong"));
    // What is wrong with all of them is said in bounded time and length.
    let bad = format!(r#","keys":[{}7]"#, "7,".repeat(99_999));
    let bad = parse(&bad).expect_err("no keys");
    assert_eq!((bad.len(), bad[100].as_str()), (101, "keys: 99900 more are wrong"));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_key_that_is_called_known_is_read() {
    for key in KEYS {
        let wrong = if key == "revision" { "7" } else { "\"x\"" };
        let others = ["\"schema\":1", "\"revision\":\"r\""].into_iter().filter(|o| !o.contains(key));
        let members: Vec<_> = others.map(str::to_owned).chain([format!("\"{key}\":{wrong}")]).collect();
        let errors =
            Policy::parse(format!("{{{}}}", members.join(",")).as_bytes()).expect_err(key).to_string();
        assert!(errors.starts_with(key), "{key}: {errors}");
    }
    assert!(Policy::parse(br#"{"schema":1,"revision":"r","polices":"x"}"#).is_ok());
}

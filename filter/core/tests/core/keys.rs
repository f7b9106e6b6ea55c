//! Callers' keys: many of them, in the document and in shards, and what a key says for itself.

use std::collections::BTreeMap;

use privet_core::gateway::{Head, admit, read};
use privet_core::policy::keys::{MAX_IN_DOCUMENT, is_whole, table_of};
use privet_core::policy::{Caller, KeyError, Policy, Pushed, Shards};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::provider::provider;

fn sha256(key: &str) -> String {
    Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A policy with these keys.
fn document(keys: &[Value]) -> String {
    json!({ "schema": 1, "keys": keys, "revision": "r" }).to_string()
}

/// The key of this number, every kind of which there is among a few dozen.
fn key(number: usize) -> (String, Value) {
    let shown = format!("caller-{number}");
    let mut key = json!({ "id": format!("id \u{e9} {number}"), "sha256": sha256(&shown) });
    let mut set = |name: &str, value: Value| key[name] = value;
    if number.is_multiple_of(2) {
        set("tenant", json!(format!("t{}", number % 7)));
    }
    match number % 11 {
        0 => set("revoked", json!(true)),
        1 => set("expires_at", json!(1000)),
        2 => set("limits", json!({ "requests_per_minute": number + 1 })),
        3 => set("models", json!(["a*", format!("m{number}")])),
        4 => set("masking", json!({ "entities": { "EMAIL": "allow" } })),
        _ => {}
    }
    (shown, key)
}

/// Shards as a host has them.
#[derive(Debug)]
struct Held(BTreeMap<u32, Vec<u8>>);

impl Shards for Held {
    fn read(&self, number: u32) -> Option<Vec<u8>> {
        self.0.get(&number).cloned()
    }
}

fn held(pushed: &Pushed) -> Box<Held> {
    Box::new(Held((0u32..).zip(pushed.shards.iter().cloned()).collect()))
}

/// All that a look-up says.
fn shown(result: Result<Caller, KeyError>) -> Result<String, KeyError> {
    result.map(|c| {
        let masking = c.masking.map(|raw| raw.get().to_owned());
        format!("{} {} {} {:?} {:?} {masking:?}", c.id, c.tenant, c.number, c.limits, c.models)
    })
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_table_in_shards_says_of_every_key_what_the_document_says() {
    for count in [MAX_IN_DOCUMENT + 1, 1000, 5000] {
        let (names, keys): (Vec<String>, Vec<Value>) = (0..count).map(key).unzip();
        let json = document(&keys);
        let whole = Policy::parse(json.as_bytes()).expect("a policy");
        let pushed = whole.pushed(json.as_bytes()).expect("too many to stay");
        assert!(pushed.document.len() < 200, "{}", pushed.document.len());
        assert!(pushed.shards.iter().all(|shard| is_whole(shard)));
        let policy = Policy::parse_pushed(&pushed.document, held(&pushed)).expect("what is pushed is read");
        assert_eq!((policy.keys.len(), &*policy.revision), (count, "r"));
        assert!(policy.pushed(&pushed.document).is_none(), "there is nothing to take out of it any more");
        for now in [999, 1000] {
            for (number, name) in names.iter().enumerate() {
                let there = shown(policy.keys.look_up(name.as_bytes(), now));
                assert_eq!(there, shown(whole.keys.look_up(name.as_bytes(), now)), "{name}");
                let wanted = match number % 11 {
                    0 => Err(KeyError::Revoked),
                    1 if now == 1000 => Err(KeyError::Expired),
                    _ => Ok(format!("id \u{e9} {number} ")),
                };
                assert_eq!(
                    there.map(|text| text.starts_with(&wanted.clone().unwrap_or_default())),
                    wanted.map(|_| true)
                );
            }
        }
        for number in 0..count {
            let name = format!("nobody-{number}");
            let there = policy.keys.look_up(name.as_bytes(), 0);
            assert_eq!(there.expect_err("nobody's"), KeyError::Unknown, "{name}");
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn few_keys_stay_in_the_document() {
    let keys: Vec<Value> = (0..MAX_IN_DOCUMENT).map(|n| key(n).1).collect();
    let json = document(&keys);
    assert!(Policy::parse(json.as_bytes()).expect("a policy").pushed(json.as_bytes()).is_none());
    assert!(Policy::parse(document(&[]).as_bytes()).expect("a policy").keys.is_empty());
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_shard_that_is_missing_or_of_another_table_lets_nobody_in() {
    let keys: Vec<Value> = (0..400).map(|n| key(n).1).collect();
    let json = document(&keys);
    let pushed = Policy::parse(json.as_bytes()).expect("a policy").pushed(json.as_bytes()).expect("many");
    let others: Vec<Value> = (0..401).map(|n| key(n).1).collect();
    let other = document(&others);
    let newer = Policy::parse(other.as_bytes()).expect("a policy").pushed(other.as_bytes()).expect("many");
    assert_ne!(table_of(&newer.shards[0]), table_of(&pushed.shards[0]));
    for shards in [held(&newer), Box::new(Held(BTreeMap::new()))] {
        let policy = Policy::parse_pushed(&pushed.document, shards).expect("a policy");
        assert_eq!(policy.keys.look_up(b"caller-7", 0).expect_err("gone"), KeyError::Unavailable);
        let head = Head { method: b"POST", path: b"/v1/chat/completions", ..Head::default() };
        let head = Head { api_key: Some(b"caller-7"), ..head };
        let refusal = admit(Some(&policy), &[provider("p", "", true)], &head, 0).expect_err("gone");
        assert_eq!(refusal.status(), 503);
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn only_what_was_pushed_refers_to_a_table() {
    let refers = br#"{"schema":1,"revision":"r","keys":{"table":"00000000000000ff","count":9,"bits":3}}"#;
    let errors = Policy::parse(refers).expect_err("a reference").0;
    assert!(errors[0].starts_with("keys: a value has the wrong type"), "{errors:?}");
    let nothing = || Box::new(Held(BTreeMap::new()));
    let policy = Policy::parse_pushed(refers, nothing()).expect("a policy");
    let reference = policy.keys.reference().expect("a reference");
    assert_eq!((reference.table, reference.count, reference.shards()), (255, 9, 8));
    for wrong in [
        r#"{"table":"xyz","count":9,"bits":3}"#,
        r#"{"table":"ff","count":9,"bits":13}"#,
        r#"{"table":"ff","count":9}"#,
        r#"{"table":"ff","count":9,"bits":3,"more":1}"#,
    ] {
        let document = format!(r#"{{"schema":1,"revision":"r","keys":{wrong}}}"#);
        assert!(Policy::parse_pushed(document.as_bytes(), nothing()).is_err(), "{wrong}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_damaged_shard_is_never_whole_and_never_read_beyond_its_end() {
    let keys: Vec<Value> = (0..300).map(|n| key(n).1).collect();
    let json = document(&keys);
    let pushed = Policy::parse(json.as_bytes()).expect("a policy").pushed(json.as_bytes()).expect("many");
    let shard = &pushed.shards[1];
    for end in 0..shard.len() {
        assert!(!is_whole(&shard[..end]), "cut at {end}");
    }
    // Every byte, changed: whatever is read then, reading ends.
    for at in 0..shard.len() {
        let mut changed = shard.clone();
        changed[at] ^= 0xff;
        let _ = is_whole(&changed);
        let shards = Box::new(Held((0..8).map(|n| (n, changed.clone())).collect()));
        let policy = Policy::parse_pushed(&pushed.document, shards).expect("a policy");
        for number in 0..20 {
            let _ = policy.keys.look_up(format!("caller-{number}").as_bytes(), 0);
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn keys_that_stand_twice_are_named_and_very_many_are_counted() {
    let errors = |keys: &[Value]| Policy::parse(document(keys).as_bytes()).expect_err("refused").0;
    let mut keys: Vec<Value> = (0..3000).map(|n| key(n).1).collect();
    keys[2999] = keys[17].clone();
    keys[2998] = keys[17].clone();
    keys[40]["sha256"] = json!("short");
    assert_eq!(
        errors(&keys),
        [
            "keys[40].sha256: 64 hexadecimal digits",
            "keys[2998].sha256: the same key as keys[17]",
            "keys[2999].sha256: the same key as keys[2998]",
        ]
    );
    let all: Vec<Value> = (0..3000).map(|n| json!({ "id": n.to_string() })).collect();
    let errors = errors(&all);
    assert_eq!(errors.len(), 101);
    assert!(errors[99].starts_with("keys[99]: missing field `sha256` (line 1, column "), "{}", errors[99]);
    assert_eq!(errors[100], "keys: 2900 more are wrong");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn what_a_key_says_for_itself_is_checked_with_the_policy() {
    let key = |more: &str| {
        let document = format!(
            r#"{{"schema":1,"revision":"r","masking":{{"custom":[{{"type":"BADGE","pattern":"B[0-9]+"}}]}},
                "keys":[{{"id":"k","sha256":"{}",{more}}}]}}"#,
            sha256("k")
        );
        Policy::parse(document.as_bytes()).map(drop).map_err(|e| e.0)
    };
    assert_eq!(key(r#""masking":{"entities":{"BADGE":"block","email":{"min_score":0.5}}}"#), Ok(()));
    assert_eq!(key(r#""masking":null,"models":null,"limits":null"#), Ok(()));
    for (more, says) in [
        (r#""masking":{"entities":{"BADG":"block"}}"#, "keys[0].masking.entities: no type `BADG`"),
        (r#""masking":{"entities":{"EMAIL":"drop"}}"#, "keys[0].masking.entities.EMAIL: expected one of"),
        (
            r#""masking":{"entities":{"EMAIL":{"min_score":2}}}"#,
            "keys[0].masking.entities.EMAIL.min_score: 0 to 1",
        ),
        (
            r#""masking":{"entities":{"EMAIL":{"strategy":"partial"}}}"#,
            "keys[0].masking.entities.EMAIL.strategy: says how",
        ),
        (r#""masking":{"enabled":false}"#, "keys[0].masking: unknown field `enabled`"),
        (r#""masking":true"#, "keys[0].masking: a value has the wrong type"),
        (r#""models":["a",""]"#, "keys[0].models: a name has 1 to 256 bytes"),
        (r#""models":[1]"#, "keys[0].models[0]: a value has the wrong type"),
        (r#""limits":{"requests":1}"#, "keys[0].limits: unknown field `requests`"),
        (r#""limits":{"burst":0}"#, "keys[0].limits.burst: a value has the wrong type"),
    ] {
        let errors = key(more).expect_err(more);
        assert!(errors.len() == 1 && errors[0].starts_with(says), "{errors:?}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_keys_own_masking_stands_before_the_policys() {
    let file: toml::Table =
        toml::from_str(include_str!("../data/policy/overrides.toml")).expect("a data file");
    for case in file["case"].as_array().expect("cases") {
        let text = |name: &str| case.get(name).and_then(toml::Value::as_str);
        let name = text("name").expect("a name");
        let own: Value = text("own").map_or(Value::Null, |own| serde_json::from_str(own).expect(name));
        let masking: Value = serde_json::from_str(text("masking").expect("masking")).expect(name);
        // In the document, and in shards.
        for others in [0, MAX_IN_DOCUMENT] {
            let mut keys: Vec<Value> = (0..others).map(|n| key(n).1).collect();
            keys.push(json!({ "id": "k", "sha256": sha256("k"), "masking": own }));
            let json = json!({ "schema": 1, "revision": "r", "masking": masking, "keys": keys }).to_string();
            let mut policy = Policy::parse(json.as_bytes()).expect(name);
            if let Some(pushed) = policy.pushed(json.as_bytes()) {
                policy = Policy::parse_pushed(&pushed.document, held(&pushed)).expect(name);
            }
            let head =
                Head { method: b"POST", path: b"/v1/completions", api_key: Some(b"k"), ..Head::default() };
            let providers = [provider("p", "", true)];
            let admitted = admit(Some(&policy), &providers, &head, 0).expect(name);
            let body = json!({ "model": "m", "prompt": text("text").expect("a text") }).to_string();
            let masked = read(&policy, &providers, &admitted, body.as_bytes()).expect(name);
            if let Some(blocked) = text("blocked") {
                let found: Vec<&str> = masked.blocked.iter().map(|e| policy.masking.name(*e)).collect();
                assert_eq!(found, [blocked], "{name}");
                continue;
            }
            let sent: Value =
                serde_json::from_slice(masked.body.as_deref().unwrap_or(body.as_bytes())).expect(name);
            assert_eq!(sent["prompt"].as_str(), text("sent"), "{name}");
            assert!(masked.blocked.is_empty(), "{name}");
        }
    }
}

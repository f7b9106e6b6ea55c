//! Bent placeholders: what is restored and what is not is `data/bent_placeholders.toml`; it does not depend
//! on how a text is cut, nothing is held back that could not become a placeholder, and what a request
//! writes itself is never restored.

use privet_core::json::write_escaped;
use privet_core::mask::mask;
use privet_core::rehydrate::{GrowingSlot, Restorer, apply};
use privet_core::tokens::TokenMap;
use serde::Deserialize;

use crate::fixtures::{policy, text};
use crate::stream;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    group: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    name: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    text: String,
    restored: Option<String>,
}

fn table() -> Table {
    toml::from_str(include_str!("../data/bent_placeholders.toml")).expect("the table is TOML of its shape")
}

/// The content of a JSON string.
fn escaped(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    write_escaped(&mut out, text.as_bytes(), 1);
    out
}

/// What the content of a JSON string says.
fn unescaped(content: &[u8]) -> String {
    let quoted = format!("\"{}\"", text(content));
    serde_json::from_str(&quoted).unwrap_or_else(|e| panic!("{quoted}: {e}"))
}

/// A text, restored as a whole.
fn whole(map: &TokenMap, text: &str) -> String {
    whole_at(map, text, 1)
}

/// The same at a depth: at 2 the text is JSON itself.
pub(super) fn whole_at(map: &TokenMap, text: &str, depth: u8) -> String {
    let (source, mut splices) = (escaped(text), Vec::new());
    Restorer::default().whole(map, &source, 0..source.len(), depth, &mut splices);
    unescaped(&apply(&source, &splices))
}

/// The text of `pieces` as it grows: what is given out with each, and at the end.
fn grown(map: &TokenMap, pieces: &[&str]) -> Vec<String> {
    let mut slot = GrowingSlot::default();
    let mut out: Vec<String> = pieces
        .iter()
        .map(|piece| {
            let (source, mut splices) = (escaped(piece), Vec::new());
            slot.grow(map, &source, 0..source.len(), 1, false, &mut splices);
            unescaped(&apply(&source, &splices))
        })
        .collect();
    out.push(slot.close(map, 1).map_or_else(String::new, |(rest, _)| unescaped(&rest)));
    out
}

/// The text in pieces of one character.
fn characters(text: &str) -> Vec<&str> {
    text.split("").filter(|c| !c.is_empty()).collect()
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn bent_placeholders_are_restored_where_the_table_says_so_however_they_are_cut() {
    let (map, pairs) = stream::tokens();
    for group in table().group {
        for Case { text, restored } in group.cases {
            let value = |wanted: String, (name, value): &(String, String)| {
                wanted.replace(&format!("{{{name}}}"), value)
            };
            let wanted = pairs.iter().fold(restored.unwrap_or_else(|| text.clone()), value);
            assert_eq!(whole(&map, &text), wanted, "{}: {text:?}", group.name);
            assert_eq!(
                grown(&map, &characters(&text)).concat(),
                wanted,
                "{}: {text:?} by character",
                group.name
            );
            for (cut, _) in text.char_indices() {
                let (a, b) = text.split_at(cut);
                assert_eq!(grown(&map, &[a, b]).concat(), wanted, "{}: {a:?} | {b:?}", group.name);
            }
        }
    }
}

/// A request with more values than the table's map has, and this text.
fn request(written: &str) -> Vec<u8> {
    let mails: String = (0..14).map(|n| format!("user{n}@example.com ")).collect();
    let values = format!(
        "{mails} +1 415 555 0132, +1 415 555 0199, +1 415 555 0111, 4111 1111 1111 1111, <<note>> at-a-work at-b-work"
    );
    serde_json::json!({ "model": "m", "messages": [{ "role": "user", "content": [
        { "type": "text", "text": values }, { "type": "text", "text": written }] }] })
    .to_string()
    .into_bytes()
}

const MASKING: &str =
    r#"{"custom":[{"type":"NOTE","pattern":"<<[^>]*>>"},{"type":"WORK_EMAIL","pattern":"at-[a-z]+-work"}]}"#;

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_placeholder_that_the_request_writes_in_any_form_stays_a_literal() {
    let policy = policy(MASKING);
    for case in table().group.into_iter().flat_map(|g| g.cases) {
        let body = request(&case.text);
        let masked = mask(&body, privet_core::formats::Format::OpenaiChat.request(), &policy.masking)
            .expect("a request");
        assert!(masked.tokens.len() >= 18, "the values are masked: {:?}", masked.tokens);
        assert_eq!(whole(&masked.tokens, &case.text), case.text);
    }
}

/// The held part must be the beginning of something that would be restored.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn what_cannot_become_a_placeholder_is_given_out_at_once() {
    let (map, _) = stream::tokens();
    for (piece, given) in [
        // Nothing of this map begins so.
        ("hello", "hello"),
        ("the", "the"),
        ("It costs 5 euro or 1", "It costs 5 euro or 1"),
        // Small letters, but inside of a word, or with a space behind.
        ("the em", "the "),
        ("them", "them"),
        ("an email ", "an email "),
        ("an email-", "an email-"),
        ("(email_", "(email_"),
        ("an email_11", "an email_11"),
        // A capital and small letters.
        ("Em", ""),
        ("XEm", "XEm"),
        ("Email ", "Email "),
        ("Email_3", ""),
        ("Email_3 x", "user3@example.com x"),
        ("Email_12", "Email_12"),
        // Capitals.
        ("XEM", "X"),
        ("XEMAIL ", "XEMAIL "),
        ("EMAIL ", ""),
        ("EMAIL 3", ""),
        ("EMAIL 3 ", ""),
        ("EMAIL 3 x", "user3@example.com x"),
        ("EMAIL_3 ", "user3@example.com "),
        ("EMAIL\\", ""),
        ("EMAIL\\x", "EMAIL\\x"),
        ("CREDIT CA", ""),
        ("CREDIT CAT", "CREDIT CAT"),
        ("CREDIT CARD_", "CREDIT CARD_"),
        ("WORK EMAIL_1", "WORK "),
        ("CREDIT_CARD_1", ""),
        ("CREDIT_CARD_12", "CREDIT_CARD_12"),
    ] {
        assert_eq!(grown(&map, &[piece])[0], given, "{piece:?}");
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod properties {
    use std::sync::OnceLock;

    use privet_core::mask::mask;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::{MASKING, characters, grown, request, whole};
    use crate::fixtures::policy;
    use crate::properties::cases;
    use crate::stream;

    /// Bits of which placeholders are made, and of what stands around them.
    const BITS: [&str; 44] = [
        "EMAIL", "Email", "email", "WORK", "Work", "CREDIT", "Credit", "CARD", "card", "PHONE", "NOTE",
        "EMA", "Cre", "_", "\\_", "\\", " ", "-", "1", "2", "10", "3", "0", "s", "'s", "’s", ".", ",", ":",
        "=", "/", "(", ")", "\"", "'", "\n", "x", "é", "—", "s ", " = ", ". ", "_1 ", "_1",
    ];

    static RESTORABLE: OnceLock<Vec<(String, String)>> = OnceLock::new();

    fn any_text() -> impl Strategy<Value = String> {
        let placeholder = (
            select(vec!["EMAIL", "Email", "email", "CREDIT CARD", "Credit_Card", "WORK-EMAIL", "PHONE"]),
            select(vec!["_", "\\_", " ", "-"]),
            1..12u32,
        );
        let piece = prop_oneof![
            4 => select(BITS.to_vec()).prop_map(str::to_owned),
            2 => placeholder.prop_map(|(name, separator, number)| format!("{name}{separator}{number}")),
            1 => any::<char>().prop_map(String::from),
        ];
        vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    /// Placeholders in all forms that are restored, each with what follows it, and the same restored.
    fn restorable(pairs: &[(String, String)]) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for (placeholder, value) in pairs {
            let (name, number) = placeholder.rsplit_once('_').expect("a number");
            let title: Vec<String> =
                name.split('_').map(|w| format!("{}{}", &w[..1], w[1..].to_lowercase())).collect();
            let title_once = format!("{}{}", &name[..1], name[1..].to_lowercase());
            for form in [name.to_owned(), title.join("_"), title_once, name.to_lowercase()] {
                let written = form.replace('_', "\u{1}") + "\u{1}";
                let separators = ["_", "\\_", "\\\\_", " ", "-"];
                for (first, second) in separators.iter().flat_map(|f| separators.map(|s| (*f, s))) {
                    let whole =
                        written.replacen('\u{1}', first, form.matches('_').count()).replace('\u{1}', second);
                    for after in [
                        "", " x", ", x", "/ x", "- x", "s x", "s, x", "s/ x", "s- x", "s. ", "s' x", "s\\n",
                        "s—", "'s x", "’s x", ". ", "! ", "\" x", "—", "\\n",
                    ] {
                        all.push((format!("{whole}{number}{after}"), format!("{value}{after}")));
                    }
                }
            }
        }
        all
    }

    proptest! {
        #![proptest_config(cases(400))]

        #[test]
        fn a_text_is_restored_alike_however_it_is_cut(text in any_text(), at in vec(any::<Index>(), 0..5)) {
            let (map, _) = stream::tokens();
            let wanted = whole(&map, &text);
            let all = characters(&text);
            prop_assert_eq!(grown(&map, &all).concat(), &wanted[..], "by character");
            let mut cuts: Vec<usize> = at.iter().map(|i| i.index(all.len() + 1)).chain([0, all.len()]).collect();
            cuts.sort_unstable();
            let pieces: Vec<String> = cuts.windows(2).map(|w| all[w[0]..w[1]].concat()).collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            prop_assert_eq!(grown(&map, &pieces).concat(), &wanted[..], "in {:?}", pieces);
        }

        #[test]
        fn what_is_held_back_can_become_a_placeholder(text in any_text()) {
            let (map, pairs) = stream::tokens();
            let out = grown(&map, &[&text]);
            if out[1].is_empty() {
                return Ok(());
            }
            let all = RESTORABLE.get_or_init(|| restorable(&pairs));
            let becomes_one = all.iter().any(|(written, restored)| {
                (1..written.len()).filter(|n| written.is_char_boundary(*n)).any(|n| {
                    let (begun, rest) = written.split_at(n);
                    text.ends_with(begun) && whole(&map, &format!("{text}{rest}")) == format!("{}{restored}", out[0])
                })
            });
            prop_assert!(becomes_one, "{text:?}: {:?} is given out, {:?} is held back", out[0], out[1]);
        }

        #[test]
        fn what_a_request_writes_is_no_placeholder_in_the_answer(text in any_text()) {
            let body = request(&text);
            let policy = policy(MASKING);
            let masked = mask(&body, privet_core::formats::Format::OpenaiChat.request(), &policy.masking).expect("a request");
            // A text that is masked itself comes back with its values: here it must go out as it is.
            let sent: serde_json::Value =
                serde_json::from_slice(masked.body.as_deref().unwrap_or(&body)).expect("what goes out is JSON");
            prop_assume!(sent["messages"][0]["content"][1]["text"] == text.as_str());
            prop_assert_eq!(whole(&masked.tokens, &text), text);
        }
    }
}

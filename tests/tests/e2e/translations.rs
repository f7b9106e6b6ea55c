//! The makers' own Python packages read what their clients get in the golden cases of translation.

use privet_tests::stack::workspace;

use super::clients::run_client;

#[tokio::test(flavor = "multi_thread")]
async fn the_makers_packages_read_translated_answers_and_streams() {
    let cases = workspace().join("tests/translation");
    let said = run_client("translated.py", &cases.to_string_lossy(), "");
    let counts: serde_json::Value = serde_json::from_str(&said).expect(&said);
    for kind in ["answers", "streams", "failed"] {
        assert!(counts[kind].as_u64().is_some_and(|n| n > 10), "{said}");
    }
}

//! The makers' own Python packages, one script a package. Each runs straight against the test provider,
//! which shows that provider and script speak the format, and through the gateway, where no value may
//! reach the provider and every value must come back all the same.

use std::process::Command;

use privet_tests::provider::TestProvider;
use privet_tests::stack::{Setup, Stack, built, workspace};
use privet_tests::values;

use super::every_value;

/// Runs a script of `tests/python` and returns what it said; it exits 0 only if every value came back.
pub(super) fn run_client(script: &str, url: &str, text: &str) -> String {
    let output = tokio::task::block_in_place(|| {
        Command::new(built("PRIVET_PYTHON", ".tools/clients/bin/python"))
            .arg(workspace().join("tests/python").join(script))
            .args([url, text])
            // No compiled modules beside the scripts, no proxy between a client and loopback.
            .envs([("PYTHONDONTWRITEBYTECODE", "1"), ("NO_PROXY", "*")])
            .output()
            .unwrap_or_else(|e| panic!("{script}: {e}"))
    });
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script}: {said}");
    said
}

/// A value of each type, with characters of two and four bytes around them.
fn text() -> String {
    format!("Grüße 😀\n{}\n\"quoted\" naïve", every_value())
}

/// The script straight against the test provider.
async fn straight(script: &str) {
    let provider = TestProvider::start().await;
    let said = run_client(script, &provider.root_url(), &text());
    assert!(provider.record.seen().len() >= 5, "{said}");
}

/// The script through the gateway, to a provider of this kind that must see no value.
async fn through_the_gateway(script: &str, kind: &str) {
    let provider = TestProvider::start().await;
    for value in values::all() {
        provider.record.forbid(&value.text);
    }
    let stack = Stack::start(&Setup::provider_of(kind, &provider.root_url()));
    let said = run_client(script, &format!("http://{}", stack.address), &text());
    assert_eq!(provider.record.leaks(), Vec::<String>::new());
    assert!(provider.record.seen().len() >= 5, "{said}");
}

macro_rules! clients {
    ($($name:ident, $script:literal, $kind:literal;)*) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn gets_every_value_back_from_the_test_provider() {
                super::straight($script).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn gets_every_value_back_through_the_gateway() {
                super::through_the_gateway($script, $kind).await;
            }
        }
    )*};
}

clients! {
    openai_responses, "openai_responses_client.py", "openai";
    openai_other, "openai_other_client.py", "openai";
    azure, "azure_client.py", "azure";
    anthropic, "anthropic_client.py", "anthropic";
    gemini, "gemini_client.py", "google";
    mistral, "mistral_client.py", "mistral";
    cohere, "cohere_client.py", "cohere";
    bedrock, "bedrock_client.py", "bedrock";
    ollama, "ollama_client.py", "ollama";
}

/// What proves the other tests: a script whose value does not come back fails.
#[tokio::test(flavor = "multi_thread")]
async fn a_script_fails_where_a_value_does_not_come_back() {
    let provider = TestProvider::start().await;
    provider.record.forbid("ann@example.com");
    let text = "to ann@example.com";
    let said = std::panic::AssertUnwindSafe(|| run_client("ollama_client.py", &provider.root_url(), text));
    assert!(std::panic::catch_unwind(said).is_err());
    assert!(!provider.record.leaks().is_empty());
}

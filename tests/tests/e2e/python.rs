//! The makers' own Python packages as clients.

use std::process::Command;

use privet_tests::stack::{built, workspace};

use super::{every_value, stack};

#[tokio::test(flavor = "multi_thread")]
async fn the_openai_package_gets_every_value_back_plain_streamed_and_from_tools() {
    let (provider, stack) = stack().await;
    let output = tokio::task::block_in_place(|| {
        Command::new(built("PRIVET_PYTHON", ".tools/clients/bin/python"))
            .arg(workspace().join("tests/python/openai_client.py"))
            .arg(format!("http://{}/v1", stack.address))
            .arg(every_value())
            .output()
            .expect("python runs")
    });
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(provider.record.leaks().is_empty());
    assert!(provider.record.seen().len() >= 5, "{said}");
}

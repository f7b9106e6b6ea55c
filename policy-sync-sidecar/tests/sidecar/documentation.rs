//! The examples of `docs/try-a-policy.md` print what stands there; `PRIVET_REWRITE=1` puts in what they do.

use std::path::Path;
use std::process::Command;

use super::golden::{difference, read};
use super::support::{run_on, workspace};

/// The first block of this language.
fn block<'a>(document: &'a str, language: &str) -> &'a str {
    let (_, rest) = document.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

/// What a shell prints for a line, in a folder, where the binary is on the path.
fn shell(folder: &Path, line: &str) -> String {
    let bin = Path::new(env!("CARGO_BIN_EXE_privet-sidecar")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let script = format!("{{ {line}\n}} 2>&1");
    let (_, out, _) = run_on(
        Command::new("sh").args(["-c", &script]).current_dir(folder).env("PATH", path).env("NO_COLOR", "1"),
        b"",
    );
    out
}

#[test]
fn the_examples_print_what_the_documentation_says() {
    let path = workspace().join("docs/try-a-policy.md");
    let document = read(&path);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("policy.json"), block(&document, "json")).unwrap();
    std::fs::write(folder.path().join("note.txt"), block(&document, "text")).unwrap();
    let mut actual = String::new();
    let (mut in_console, mut commands) = (false, 0);
    for line in document.lines() {
        in_console = if in_console { line != "```" } else { line == "```console" };
        let command = line.strip_prefix("$ ").filter(|_| in_console);
        if in_console && command.is_none() && line != "```console" {
            continue;
        }
        actual.push_str(line);
        actual.push('\n');
        if let Some(command) = command {
            actual.push_str(&shell(folder.path(), command));
            commands += 1;
        }
    }
    assert!(commands > 2, "the examples are gone");
    assert_eq!(difference(&path, &actual), None, "PRIVET_REWRITE=1 puts in what they print");
}

//! The examples of `docs/try-a-policy.md` print what stands there; `PRIVET_REWRITE=1` puts in what they do.

use std::path::Path;
use std::process::Command;

use super::golden::{difference, read};
use super::support::{run_on, workspace};

/// Writes each block of this language into the file that the text before it names last.
fn write_blocks(document: &str, language: &str, ending: &str, folder: &Path) {
    let start = format!("```{language}\n");
    for (n, _) in document.match_indices(&start) {
        let mut names = document[..n]
            .split('`')
            .filter(|part| part.ends_with(ending) && !part.contains(char::is_whitespace));
        let (block, _) = document[n + start.len()..].split_once("```").unwrap();
        std::fs::write(folder.join(names.next_back().unwrap()), block).unwrap();
    }
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
    write_blocks(&document, "json", ".json", folder.path());
    write_blocks(&document, "text", ".txt", folder.path());
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

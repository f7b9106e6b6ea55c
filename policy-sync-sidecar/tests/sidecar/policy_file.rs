//! A policy in a file: watched, and the last good one stays whatever becomes of the file.

use std::path::Path;

use privet_core::policy::Policy;
use privet_sidecar::config::PolicySource;
use privet_sidecar::policy_source::{Current, PolicyDocument, Timing, follow};
use privet_sidecar::state::StateDir;
use privet_sidecar::status::{Board, Source};
use tempfile::TempDir;

use super::support::{Log, policy, until};

struct Followed {
    folder: TempDir,
    log: Log,
    current: Current,
    board: Board,
}

/// Follows `policy.json` in a new folder; `prepare` fills the folder first.
fn followed(prepare: impl FnOnce(&Path)) -> Followed {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let log = Log::capture();
    let state = StateDir::open(&folder.path().join("state")).unwrap();
    let board = Board::default();
    let source = PolicySource::File(folder.path().join("policy.json"));
    let current = follow(source, state, board.clone(), Timing::default());
    Followed { folder, log, current, board }
}

impl Followed {
    /// Puts a new content in place by renaming, as editors and tools do.
    fn replace(&self, text: &str) {
        let beside = self.folder.path().join("policy.json.tmp");
        std::fs::write(&beside, text).unwrap();
        std::fs::rename(beside, self.folder.path().join("policy.json")).unwrap();
    }

    async fn until_revision(&mut self, revision: &str) {
        let is_it =
            |d: &Option<std::sync::Arc<PolicyDocument>>| d.as_ref().is_some_and(|d| d.revision == revision);
        let document = until(&mut self.current, is_it).await.unwrap();
        assert!(!document.cloud_sync);
    }

    fn revision(&self) -> Option<String> {
        self.current.borrow().as_ref().map(|d| d.revision.clone())
    }
}

fn with(text: &str) -> impl FnOnce(&Path) {
    move |folder| std::fs::write(folder.join("policy.json"), text).unwrap()
}

#[tokio::test]
async fn a_file_that_changes_is_read_again() {
    let mut followed = followed(with(&policy("one")));
    followed.until_revision("one").await;
    followed.replace(&policy("two"));
    followed.until_revision("two").await;
    std::fs::write(followed.folder.path().join("policy.json"), policy("three")).unwrap();
    followed.until_revision("three").await;
}

#[tokio::test]
async fn a_file_that_becomes_invalid_leaves_the_last_good_policy_and_is_complained_about_once() {
    let mut followed = followed(with(&policy("good")));
    followed.until_revision("good").await;
    let invalid = [
        "{",
        "",
        "<html>",
        r#"{"schema":1,"revision":"bad","masking":{"default_action":"explode"}}"#,
        r#"{"schema":2,"revision":"bad"}"#,
    ];
    for (n, text) in invalid.iter().enumerate() {
        followed.replace(text);
        followed.log.until("policy refused, the last good one stays", n + 1).await;
        assert_eq!(followed.revision().as_deref(), Some("good"), "{text}");
    }
    followed.replace(&policy("better"));
    followed.until_revision("better").await;
    let refused = followed.log.lines.borrow().matches("policy refused").count();
    assert_eq!(refused, invalid.len(), "{}", *followed.log.lines.borrow());
}

#[tokio::test]
async fn a_file_that_is_not_there_yet_is_waited_for() {
    let mut followed = followed(|_| ());
    followed.log.until("policy refused", 1).await;
    assert_eq!(followed.revision(), None);
    followed.replace(&policy("late"));
    followed.until_revision("late").await;
}

#[tokio::test]
async fn a_file_that_is_removed_leaves_the_last_good_policy() {
    let mut followed = followed(with(&policy("good")));
    followed.until_revision("good").await;
    std::fs::remove_file(followed.folder.path().join("policy.json")).unwrap();
    followed.log.until("policy refused", 1).await;
    assert_eq!(followed.revision().as_deref(), Some("good"));
}

#[tokio::test]
async fn a_config_map_is_followed_through_its_swap_of_symlinks() {
    use std::os::unix::fs::symlink;
    // As the kubelet does it: policy.json -> ..data/policy.json, ..data -> ..<time>, swapped by renaming.
    let mut followed = followed(|folder| {
        std::fs::create_dir(folder.join("..one")).unwrap();
        std::fs::write(folder.join("..one/policy.json"), policy("one")).unwrap();
        symlink("..one", folder.join("..data")).unwrap();
        symlink("..data/policy.json", folder.join("policy.json")).unwrap();
    });
    followed.until_revision("one").await;
    let folder = followed.folder.path().to_path_buf();
    std::fs::create_dir(folder.join("..two")).unwrap();
    std::fs::write(folder.join("..two/policy.json"), policy("two")).unwrap();
    symlink("..two", folder.join("..data_tmp")).unwrap();
    std::fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
    std::fs::remove_dir_all(folder.join("..one")).unwrap();
    followed.until_revision("two").await;
}

#[tokio::test]
async fn without_a_source_the_built_in_policy_asks_for_no_key_and_masks_unless_told_otherwise() {
    for (masking, injection) in [(true, true), (false, false), (true, false)] {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::open(folder.path()).unwrap();
        let mut current =
            follow(PolicySource::BuiltIn { masking, injection }, state, Board::default(), Timing::default());
        let document = until(&mut current, Option::is_some).await.unwrap();
        let policy = Policy::parse(&document.json).unwrap();
        assert_eq!(document.revision, "built-in");
        assert!(!policy.auth_required);
        assert_eq!(policy.injection.is_on(), injection);
        let said: serde_json::Value = serde_json::from_slice(&document.json).unwrap();
        assert_eq!(said.pointer("/masking/enabled"), Some(&masking.into()));
    }
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_and_not_read_whole() {
    let mut followed = followed(with(&policy("good")));
    followed.until_revision("good").await;
    // Sparse: it has a gigabyte to be read, and takes no place on the disk.
    let large = followed.folder.path().join("large");
    std::fs::File::create(&large).unwrap().set_len(1 << 30).unwrap();
    std::fs::rename(large, followed.folder.path().join("policy.json")).unwrap();
    followed.log.until("larger than", 1).await;
    assert_eq!(followed.revision().as_deref(), Some("good"));
}

#[tokio::test]
async fn the_status_says_which_document_was_refused_and_why() {
    let mut followed = followed(with(&policy("good")));
    followed.until_revision("good").await;
    followed.replace(r#"{"schema":2,"revision":"newer"}"#);
    followed.log.until("policy refused", 1).await;
    let status = followed.board.status().policy;
    assert_eq!((status.source, status.revision.as_deref()), (Source::File, Some("good")));
    let refused = status.refused.unwrap();
    assert_eq!(refused.revision.as_deref(), Some("newer"));
    assert!(refused.errors.starts_with("schema: "), "{}", refused.errors);
    followed.replace(&policy("better"));
    followed.until_revision("better").await;
    assert_eq!(followed.board.status().policy.refused, None);
}

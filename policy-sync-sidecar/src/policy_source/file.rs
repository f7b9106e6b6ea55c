//! A policy in a file of this machine.
//!
//! The file is looked at four times a second and read when it is another one or has changed: this sees
//! renames, and the symlink swaps of a Kubernetes ConfigMap, on every file system.

use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use privet_core::policy::MAX_POLICY_BYTES;

use super::{Origin, Publisher};

const INTERVAL: Duration = Duration::from_millis(250);

/// What tells one state of a file from another: device, inode, size, and both times in nanoseconds.
type Stamp = (u64, u64, u64, (i64, i64), (i64, i64));

pub(super) async fn follow(path: &Path, publisher: &Publisher) {
    let mut last: Option<Result<Stamp, String>> = None;
    loop {
        let owned = path.to_owned();
        let seen = blocking(move || stamp(&owned)).await;
        if last.as_ref() != Some(&seen) {
            let owned = path.to_owned();
            match blocking(move || read(&owned)).await {
                Ok(json) => drop(publisher.publish(json, Origin::Local).await),
                Err(reason) => publisher.refuse(None, format!("{}: {reason}", path.display())),
            }
            last = Some(seen);
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = publisher.sender.closed() => return,
        }
    }
}

/// A file system over a network may take its time.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, String> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|e| e.to_string()),
        Err(e) => Err(e.to_string()),
    }
}

fn stamp(path: &PathBuf) -> std::io::Result<Stamp> {
    let found = std::fs::metadata(path)?;
    let modified = (found.mtime(), found.mtime_nsec());
    Ok((found.dev(), found.ino(), found.len(), modified, (found.ctime(), found.ctime_nsec())))
}

/// Reads a policy file, but not more of it than a policy can have and one byte.
///
/// # Errors
/// Where it cannot be read.
pub fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut json = Vec::new();
    std::fs::File::open(path)?.take(MAX_POLICY_BYTES as u64 + 1).read_to_end(&mut json)?;
    Ok(json)
}

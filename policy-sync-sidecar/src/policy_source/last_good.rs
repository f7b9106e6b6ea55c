//! The last good policy of a control plane, on disk.
//!
//! One line of JSON, `{"privet":"last-policy","sha256":"…64 hexadecimal digits…"}`, and behind it the
//! document as it came. The file is written beside its place, synced and renamed, so that it is whole or
//! not there; the checksum finds what a disk does later.

use std::io;

use serde::{Deserialize, Serialize};

use crate::state::{StateDir, hex, sha256, write_private};

#[derive(Serialize, Deserialize)]
struct Head {
    privet: String,
    sha256: String,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is not what was written.
    #[error("damaged: the checksum is another one")]
    Damaged,
}

/// Keeps a document.
///
/// # Errors
/// Where it cannot be written.
pub fn write(state: &StateDir, json: &[u8]) -> io::Result<()> {
    let head = Head { privet: "last-policy".to_owned(), sha256: hex(&sha256(json)) };
    let mut bytes = serde_json::to_vec(&head)?;
    bytes.reserve(json.len() + 1);
    bytes.push(b'\n');
    bytes.extend_from_slice(json);
    write_private(&state.last_policy(), &bytes)
}

/// Reads the document; none where none was kept.
///
/// # Errors
/// See [`Error`].
pub fn read(state: &StateDir) -> Result<Option<Vec<u8>>, Error> {
    let mut bytes = match std::fs::read(state.last_policy()) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e.into()),
    };
    let end = bytes.iter().position(|b| *b == b'\n').ok_or(Error::Damaged)?;
    let json = bytes.split_off(end + 1);
    let head: Head = serde_json::from_slice(&bytes).map_err(|_| Error::Damaged)?;
    if head.sha256 == hex(&sha256(&json)) { Ok(Some(json)) } else { Err(Error::Damaged) }
}

/// Moves a damaged one out of the way, for people to look at; only the newest is kept.
///
/// # Errors
/// Where it cannot be moved.
pub fn set_aside(state: &StateDir) -> io::Result<()> {
    let path = state.last_policy();
    std::fs::rename(&path, path.with_extension("damaged"))
}

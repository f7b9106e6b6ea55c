//! What the sidecar keeps on disk: the push token, its own id, the providers' keys for Envoy, the last good
//! policy, the outbox.
//! Everything is readable by its owner only, and replaced by renaming.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Longest path of a Unix socket (`sun_path` is 108 bytes with its NUL).
const MAX_SOCKET_PATH: usize = 107;

/// The places below the state directory.
#[derive(Debug, Clone)]
pub struct StateDir {
    root: PathBuf,
    run: PathBuf,
}

impl StateDir {
    /// Makes the directories that are missing.
    ///
    /// # Errors
    /// Where they cannot be made.
    pub fn open(root: &Path) -> io::Result<Self> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(root)?;
        let root = root.canonicalize()?;
        let mut run = root.join("run");
        if run.join("intake.sock").as_os_str().len() > MAX_SOCKET_PATH {
            // Too deep for a socket: a directory beside it, named after it.
            let name = hex(&sha256(root.as_os_str().as_encoded_bytes()));
            run = std::env::temp_dir().join(format!("privet-{}", name.get(..16).unwrap_or(&name)));
        }
        builder.create(&run)?;
        if !run.starts_with(&root) {
            check_private(&run, &root)?;
        }
        builder.create(root.join("secrets"))?;
        Ok(Self { root, run })
    }

    /// The directory itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Envoy's configuration, as rendered.
    #[must_use]
    pub fn envoy_config(&self) -> PathBuf {
        self.root.join("envoy.json")
    }

    /// The last good policy of a control plane.
    #[must_use]
    pub fn last_policy(&self) -> PathBuf {
        self.root.join("last-policy")
    }

    /// The traces that wait.
    #[must_use]
    pub fn outbox(&self) -> PathBuf {
        self.root.join("outbox.db")
    }

    /// Takes the directory for this process, for as long as the file that is returned stays open.
    ///
    /// # Errors
    /// Where another process has it, or there can be no lock.
    pub fn lock(&self) -> io::Result<fs::File> {
        let file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.root.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) => {
                Err(io::Error::new(io::ErrorKind::AddrInUse, "another sidecar uses this directory"))
            }
            Err(fs::TryLockError::Error(e)) => Err(e),
        }
    }

    /// What the control plane knows this gateway by; made at the first call.
    ///
    /// # Errors
    /// Where it can be neither read nor made.
    pub fn gateway_id(&self) -> io::Result<String> {
        kept(&self.root.join("gateway-id"), 16)
    }

    /// The directory with one file per provider's key.
    #[must_use]
    pub fn secrets(&self) -> PathBuf {
        self.root.join("secrets")
    }

    /// The socket of this name.
    #[must_use]
    pub fn socket(&self, name: &str) -> PathBuf {
        self.run.join(name)
    }

    /// The token by which Envoy knows this sidecar; made at the first call.
    ///
    /// # Errors
    /// Where it can be neither read nor made.
    pub fn push_token(&self) -> io::Result<String> {
        kept(&self.root.join("push-token"), 32)
    }
}

/// So many random bytes in hexadecimal, kept in a file.
fn kept(path: &Path, bytes: usize) -> io::Result<String> {
    match fs::read_to_string(path) {
        Ok(text) if text.len() == 2 * bytes => return Ok(text),
        Ok(_) => {}
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(e),
    }
    let mut random = vec![0u8; bytes];
    getrandom::fill(&mut random).map_err(|e| io::Error::other(e.to_string()))?;
    let text = hex(&random);
    write_private(path, text.as_bytes())?;
    Ok(text)
}

/// Reads a token from a file that only its owner can read.
///
/// # Errors
/// Where it cannot be read, others could read it, or it is empty.
pub fn read_token(path: &Path) -> io::Result<String> {
    let mode = fs::metadata(path)?.mode();
    if mode & 0o077 != 0 {
        let reason = format!("others can read it (mode {:o}); make it 0600", mode & 0o777);
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
    }
    let token = fs::read_to_string(path)?.trim().to_owned();
    if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "is empty or holds white space"));
    }
    Ok(token)
}

/// In a directory for everybody the name could be taken: by a link, or by a directory of somebody else.
fn check_private(folder: &Path, root: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(folder)?;
    if found.is_dir() && found.mode() & 0o077 == 0 && found.uid() == fs::metadata(root)?.uid() {
        return Ok(());
    }
    let reason = format!("{} is there already and not for its owner only", folder.display());
    Err(io::Error::new(io::ErrorKind::PermissionDenied, reason))
}

/// Writes a file that only its owner can read: beside its place, then renamed.
///
/// # Errors
/// Where it cannot be written.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    // What a former process left there would lend its mode.
    match fs::remove_file(&beside) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    // The rename itself is safe once the directory is.
    path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).into()
}

/// Hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

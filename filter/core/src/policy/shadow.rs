//! `shadow`: a masking and policies that are evaluated beside those in force and change nothing, so that a change can
//! be tried on real requests before it is made. Read as strictly as the rest: a shadow with errors refuses the policy.

use serde_json::value::RawValue;

use super::policies::{self, Policies};
use super::reading::Reader;
use super::{MAX_REVISION_BYTES, Masking};

/// What is tried.
#[derive(Debug)]
pub struct Shadow {
    /// By which traces name it.
    pub revision: String,
    /// What it would detect and mask.
    pub masking: Masking,
    /// What it would ask.
    pub policies: Policies,
}

impl Shadow {
    pub(super) fn compile<'j>(raw: Option<&'j RawValue>, reader: &mut Reader<'j>) -> Option<Self> {
        let [revision, masking, policies] = reader.fields(raw?, &["revision", "masking", "policies"], 1)?;
        let revision: Option<String> = reader.read_some(revision);
        if revision.as_ref().is_some_and(|r| r.is_empty() || r.len() > MAX_REVISION_BYTES) {
            reader.error("shadow.revision", format_args!("1 to {MAX_REVISION_BYTES} characters"));
        }
        // The paths of its errors begin with its own name.
        let first = reader.errors.len();
        let masking = Masking::compile(masking, reader);
        for error in reader.errors.iter_mut().skip(first).filter(|error| error.starts_with("masking")) {
            error.insert_str(0, "shadow.");
        }
        let policies = policies::compile("shadow.policies", policies, &masking, reader);
        Some(Self { revision: revision?, masking, policies })
    }
}

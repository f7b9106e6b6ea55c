//! What the gate and the policies say of a request: names only, for headers, errors and traces.

/// What fired, in the order of the policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Ids of all that fired.
    pub fired: Vec<String>,
    /// Names of what warns.
    pub warnings: Vec<String>,
    /// Name of what refuses the request; nothing behind it was asked.
    pub blocked: Option<String>,
}

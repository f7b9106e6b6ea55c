//! A policy with as many keys as a large organisation has, and what a caller with one of them sends.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// How many keys the policy has.
pub const KEYS: usize = 100_000;

/// The key of this number, made up.
pub fn key(number: usize) -> String {
    ["caller", "key", &number.to_string()].join("-")
}

/// The policy: each key has a tenant, every tenth limits and models of its own.
pub fn policy(revision: &str, count: usize) -> String {
    let mut document = format!(r#"{{"schema":1,"revision":"{revision}","keys":["#);
    for number in 0..count {
        if number > 0 {
            document.push(',');
        }
        // Writing to a string does not fail.
        let _ =
            write!(document, r#"{{"id":"key-{number:06}","tenant":"tenant-{:04}","sha256":""#, number / 25);
        for byte in Sha256::digest(key(number)) {
            let _ = write!(document, "{byte:02x}");
        }
        document.push('"');
        if number % 10 == 0 {
            document
                .push_str(r#","models":["gpt-4*","mini","bench*"],"limits":{"requests_per_minute":6000000}"#);
        }
        document.push('}');
    }
    document.push_str(
        r#"],"models":{"allow":["gpt-*","mini*","bench*"],"aliases":{"mini":"openai/gpt-4o-mini"}}}"#,
    );
    document
}

/// A thousand keys of a policy of so many, from all over it.
pub fn some(count: usize) -> Vec<String> {
    (0..1000).map(|n| key(n * 7919 % count)).collect()
}

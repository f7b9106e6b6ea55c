//! Which headers of a client go no further than the gateway: those that are the gateway's own business, whatever they
//! say, and any other in which a value is found, as long as it is not one that HTTP itself, traces or a maker's client
//! write.

use crate::entity::Hit;
use crate::mask::find_under;
use crate::policy::{Action, Masking};
use crate::provider::attempt::is_vendor_header;

/// Whether a header belongs to the client's side of the gateway: credentials and what belongs to them, the gateway's
/// own headers and Envoy's, what tells where the client stands, and the wish for a compressed answer. None of these
/// goes on.
///
/// `x-forwarded-proto` is not among them, because Envoy finds no route without it; the route removes it.
#[must_use]
pub fn is_internal_header(name: &[u8]) -> bool {
    // By first letter, because this is asked of every header of every request.
    match name.first() {
        Some(b'x') => {
            const NAMES: [&[u8]; 16] = [
                b"x-api-key",
                b"x-goog-api-key",
                b"x-goog-user-project",
                b"x-goog-iam-authorization-token",
                b"x-auth-token",
                b"x-access-token",
                b"x-functions-key",
                b"x-csrf-token",
                b"x-xsrf-token",
                b"x-real-ip",
                b"x-client-ip",
                b"x-forwarded-for",
                b"x-forwarded-host",
                b"x-forwarded-port",
                b"x-forwarded-client-cert",
                b"x-original-forwarded-for",
            ];
            const PREFIXES: [&[u8]; 4] = [b"x-rivano-", b"x-privet-", b"x-envoy-", b"x-amz-"];
            NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        }
        Some(b'a') => matches!(name, b"authorization" | b"api-key" | b"accept-encoding"),
        Some(b'p') => name == b"proxy-authorization",
        Some(b'c') => matches!(name, b"cookie" | b"cf-connecting-ip"),
        Some(b'f') => name == b"forwarded",
        Some(b'r') => name == b"referer",
        // The client's own account belongs to the client's own key.
        Some(b'o') => {
            matches!(
                name,
                b"origin" | b"openai-organization" | b"openai-project" | b"ocp-apim-subscription-key"
            )
        }
        Some(b't') => name == b"true-client-ip",
        _ => false,
    }
}

/// Whether what a header says comes from a program and not from its user. Versions in `user-agent` look like addresses.
fn is_technical(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 12] = [
        b"host",
        b"content-type",
        b"content-length",
        b"content-encoding",
        b"transfer-encoding",
        b"accept",
        b"te",
        b"user-agent",
        b"traceparent",
        b"x-request-id",
        b"x-forwarded-proto",
        b"connection",
    ];
    name.starts_with(b":")
        || NAMES.contains(&name)
        || name.starts_with(b"x-stainless-")
        || is_vendor_header(name)
}

/// Whether a header holds a value that the policy does not let out as it is. A header cannot carry a placeholder that
/// anybody would understand, so it goes as a whole.
#[must_use]
pub fn holds_value(masking: &Masking, name: &[u8], value: &[u8], hits: &mut Vec<Hit>) -> bool {
    if is_technical(name) {
        return false;
    }
    find_under(name, value, masking, hits, None);
    hits.iter().any(|hit| masking.action_at(hit.entity, hit.score) != Action::Warn)
}

